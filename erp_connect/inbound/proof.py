"""Proves a webhook, also where the vendor has to be asked or its certificate fetched.

Both go through the guarded transport, to the account's own address or to the hosts that the scheme names.
"""

from __future__ import annotations

import frappe

from erp_connect.calls.connection import open_client, open_connection
from erp_connect.config import account as accounts
from erp_connect.config.verification import Verification
from erp_connect.core.errors import ConnectError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.verify import verification
from erp_connect.core.verify.types import CALLBACK
from erp_connect.core.verify.verification import InboundRequest, Verified
from erp_connect.transport.messages import HttpRequest

CERTIFICATE_HOURS = 12
CERTIFICATE_LIMIT = 64 * 1024


def prove(account: Verification, request: InboundRequest, now: float) -> Verified:
	"""What is known of a request that comes from the account's system.

	Raises `VerificationError`, and `ConnectError` when the vendor cannot be asked: then it may try again.
	"""
	scheme = account.scheme
	if scheme.kind == CALLBACK:
		return _ask(account, request, now)
	if scheme.certificate:
		pem = _certificate(verification.certificate_url(scheme, request))
		return verification.verify(scheme, request, [Secret(pem)], now)
	return verification.verify(scheme, request, account.secrets, now)


def _ask(account: Verification, request: InboundRequest, now: float) -> Verified:
	question = verification.callback_request(account.scheme, request, now)
	settings = frappe.get_cached_doc("Integration Settings", account.name)
	connection = open_connection(settings, accounts.from_document(settings))
	try:
		answer = connection.ask(question.method, question.path, question.body)
	finally:
		connection.close()
	return verification.confirm(account.scheme, request, answer.status, answer.body, now)


def _certificate(url: str) -> str:
	key = f"erp_connect:certificate:{url}"
	if cached := frappe.cache.get_value(key, expires=True):
		return cached
	pem = _fetched(url)
	frappe.cache.set_value(key, pem, expires_in_sec=CERTIFICATE_HOURS * 3600)
	return pem


def _fetched(url: str) -> str:
	with open_client(max_response_bytes=CERTIFICATE_LIMIT) as client:
		answer = client.send(HttpRequest("GET", url))
	if answer.status != 200:
		raise ConnectError(
			"The vendor's certificate cannot be fetched now (status {status}).", status=answer.status
		)
	return answer.body.decode("ascii", "replace")
