"""Webhooks that prove themselves in the header `Authorization`, by a scheme of their account.

Frappe answers 401 to a token or password there that is none of its own, before the webhook is looked at. On the address
of webhooks nobody signs in as a user, so it is kept from Frappe, and given to the account's scheme.
"""

from __future__ import annotations

from typing import Any

import frappe

PATH = "/api/method/erp_connect.api.webhook."
HEADER, KEPT = "HTTP_AUTHORIZATION", "erp_connect.authorization"


def keep_from_frappe() -> None:
	"""Before-request hook."""
	environ = frappe.request.environ
	if frappe.request.path.startswith(PATH) and HEADER in environ:
		environ[KEPT] = environ.pop(HEADER)


def give_back(request: Any) -> Any:
	"""The request as it came."""
	if KEPT in request.environ:
		request.environ[HEADER] = request.environ.pop(KEPT)
	return request
