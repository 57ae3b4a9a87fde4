"""What is told of an event once it was worked off, where its sender asks for that: a pressed button, say.

The address stands in the event, so it is used only where its host is one that the scheme of the webhook names. The
answer carries no credentials, follows no redirect, and is tried once: what it tells is in the documents already.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import frappe

from erp_connect.calls import switch
from erp_connect.calls.connection import open_client, site_policy
from erp_connect.config import verification
from erp_connect.core.delivery.states import FAILED, ON_HOLD, PROCESSED, SKIPPED
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.guard.egress import check_url
from erp_connect.core.verify.types import Reply
from erp_connect.jobs.session import session
from erp_connect.store import sync_log
from erp_connect.transport.messages import HttpRequest

JOB = "erp_connect.inbound.replies.send"
# States in which there is something to tell.
SETTLED = (PROCESSED, SKIPPED, FAILED, ON_HOLD)
DEADLINE_SECONDS = 10


class NotTold(ConnectError):
	"""An address did not take what was told."""

	default_code = "not_told"


def after(event, account: str) -> None:
	"""Have it told what became of an event of which that is asked for. Never raises: nothing depends on it."""
	if event.event != sync_log.WEBHOOK:
		return
	try:
		if _asked_for(account):
			frappe.enqueue(JOB, queue="short", event=event.name)
	except Exception:  # any failure of the queue or of a scheme that was changed meanwhile
		frappe.logger("erp_connect").warning("nothing is told of %s", event.name, exc_info=True)


def send(event: str) -> None:
	"""Job: tell what became of a Sync Log row. What fails is a line in the log file; an account that was paused or
	switched off meanwhile tells nothing."""
	with session():
		row = frappe.db.get_value(
			"Sync Log", event, ["integration", "status", "outcome", "request_body"], as_dict=True
		)
		if not row or row.status not in SETTLED or not switch.may_send(row.integration):
			return
		if not (reply := _asked_for(row.integration)):
			return
		try:
			_send(reply, json.loads(row.request_body or "null"), row)
		except ConnectError:
			frappe.logger("erp_connect").warning("nothing was told of %s", event, exc_info=True)


def address_in(reply: Reply, data: Any) -> str:
	"""The address that an event names, "" where it names none that may be answered. Raises `ConnectError` for one that
	this site may not call."""
	found = compile_expression(reply.address.name).search(data)
	if not isinstance(found, str) or not found:
		return ""
	return found if check_url(found, site_policy()).host in reply.hosts else ""


def _send(reply: Reply, data: Any, row) -> None:
	if not (address := address_in(reply, data)):
		return
	told = {"event": data, "done": row.status == PROCESSED, "status": row.status, "outcome": row.outcome}
	body = json.dumps(compile_expression(reply.body).search(told)).encode()
	request = HttpRequest("POST", address, {"Content-Type": "application/json"}, body)
	with open_client(deadline=DEADLINE_SECONDS) as client:
		status = client.send(request).status
	if not 200 <= status < 300:
		raise NotTold("The address answered with status {status}.", status=status)


def _asked_for(account: str) -> Reply | None:
	doc = frappe.get_cached_doc("Integration Settings", account)
	return _of_scheme(doc.verification, doc.verification_scheme or "") if doc.verification else None


@lru_cache(maxsize=64)
def _of_scheme(name: str, text: str) -> Reply | None:
	"""Kept: it is asked for each webhook that was worked off."""
	return verification.reply_of(name, text)
