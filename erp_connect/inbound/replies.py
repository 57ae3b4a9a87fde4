"""What is told of an event once it was worked off, where its sender asks for that: a pressed button, say.

The address came in the event, so it is used only where its host is one that the scheme of the webhook names. Whoever
knows it could write there: it is kept beside the event, encrypted and for half an hour. The answer carries no
credentials, follows no redirect, and is tried once: what it tells is in the documents already.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import frappe
import redis
from frappe.utils.password import decrypt, encrypt

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
# For which an address is kept. The senders that ask for answers take none for longer.
KEPT_SECONDS = 1800


class NotTold(ConnectError):
	"""An address did not take what was told."""

	default_code = "not_told"


def keep(event: str, address: str) -> None:
	"""Keep the address at which it is to be told what becomes of a Sync Log row. Never raises, as `after`."""
	if not address:
		return
	try:
		frappe.cache.set_value(_key(event), encrypt(address), expires_in_sec=KEPT_SECONDS)
	except redis.RedisError:
		frappe.logger("erp_connect").warning("nothing will be told of %s", event, exc_info=True)


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
			"Sync Log", event, ["integration", "trace_id", "status", "outcome", "request_body"], as_dict=True
		)
		if not row or row.status not in SETTLED or not switch.may_send(row.integration):
			return
		if not (reply := _asked_for(row.integration)):
			return
		try:
			_send(reply, json.loads(row.request_body or "null"), row)
		except ConnectError:
			frappe.logger("erp_connect").warning("nothing was told of %s", event, exc_info=True)


def _send(reply: Reply, data: Any, row) -> None:
	kept = frappe.cache.get_value(_key(row.trace_id), expires=True)
	if not kept or check_url(address := decrypt(kept), site_policy()).host not in reply.hosts:
		return
	told = {"event": data, "done": row.status == PROCESSED, "status": row.status, "outcome": row.outcome}
	body = json.dumps(compile_expression(reply.body).search(told)).encode()
	request = HttpRequest("POST", address, {"Content-Type": "application/json"}, body)
	with open_client(deadline=DEADLINE_SECONDS) as client:
		status = client.send(request).status
	if not 200 <= status < 300:
		raise NotTold("The address answered with status {status}.", status=status)


def _key(event: str) -> str:
	return f"erp_connect:reply_address:{event}"


def _asked_for(account: str) -> Reply | None:
	doc = frappe.get_cached_doc("Integration Settings", account)
	return _of_scheme(doc.verification, doc.verification_scheme or "") if doc.verification else None


@lru_cache(maxsize=64)
def _of_scheme(name: str, text: str) -> Reply | None:
	"""Kept: it is asked for each webhook that was worked off."""
	return verification.reply_of(name, text)
