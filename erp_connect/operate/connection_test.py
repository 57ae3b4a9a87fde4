"""Test Connection: one call with the account's authentication, and a plain answer about it."""

from __future__ import annotations

from typing import Any

from frappe import _

from erp_connect.calls import connection as connections
from erp_connect.config import account as accounts
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.advice import explain
from erp_connect.core.errors import ConnectError
from erp_connect.core.values.inputs import filled
from erp_connect.messages import describe, translate


def run(doc) -> dict[str, Any]:
	"""`ok`, `called` (method and address), `status`, `milliseconds`, `message` and, on failure, `advice`."""
	try:
		account = accounts.from_document(doc)
		path = _path(doc, account)
		connection = connections.open_connection(doc, account)
	except ConnectError as error:
		message = translate(error)
		return {
			"ok": False,
			"called": "",
			"status": None,
			"milliseconds": 0,
			"message": message,
			"advice": "",
		}
	try:
		result = connection.send("GET", path, b"", "", "", flow=None, creates=False)
	finally:
		connection.close()
	return _answer(result)


def _path(doc, account: accounts.Account) -> str:
	path = filled((doc.test_path or "").strip(), account.inputs)
	return path if not path or path.startswith("/") else f"/{path}"


def _answer(result) -> dict[str, Any]:
	ok = result.outcome.kind == outcomes.DELIVERED
	message = describe(result.outcome)
	return {
		"ok": ok,
		"called": f"GET {result.url}",
		"status": result.status,
		"milliseconds": result.duration_ms,
		"message": _("Connected: status {0}.").format(result.status) if ok else message,
		"advice": "" if ok else _(explain(result.outcome)),
	}
