"""How an outside system proves who it is, as data: read strictly, so that a mistake shows when it is saved.

	{"kind": "hmac", "message": "{timestamp}.{body}",
	 "signature": {"header": "Stripe-Signature", "parse": "pairs", "key": "v1", "encoding": "hex"},
	 "timestamp": {"key": "t", "past": 300, "future": 300}, "id": {"body": "id"}, "topic": {"body": "type"}}

Promises: a Scheme that was read can be used; every refusal names the setting and says what to write. A scheme
holds no secret. Never fills in what was not said, except by the defaults written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from erp_connect.core.verify_settings import Settings

HMAC = "hmac"
STANDARD_WEBHOOKS = "standard_webhooks"
PLAIN_DIGEST = "plain_digest"
SHARED_TOKEN = "shared_token"
BASIC = "basic"
PAYTM = "paytm"
RSA = "rsa"
CALLBACK = "callback"
