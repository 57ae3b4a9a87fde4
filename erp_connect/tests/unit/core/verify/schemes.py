"""The known schemes, ready to verify with."""

from __future__ import annotations

from typing import Any

from erp_connect.core.verify.known_schemes import SCHEMES
from erp_connect.core.verify.scheme import scheme_from_dict
from erp_connect.core.verify.types import Scheme


def scheme_of(name: str, **settings: Any) -> Scheme:
	"""The scheme called `name`, with entries of an account, such as `webhook_id`, in place of its own."""
	return scheme_from_dict({**SCHEMES[name], **settings})
