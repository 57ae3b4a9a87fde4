"""The background job that works off what came in for one account, one event in one transaction.

An event is claimed under a lease, so that a worker that dies does not take it along. Documents and the event's
state are written together: an event is never done twice, and never marked done without its documents.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from erp_connect import compat
from erp_connect.config import account as accounts
from erp_connect.config.account import Account
from erp_connect.inbound import errors, routing, wakeup
from erp_connect.inbound.write import HeldForReview
from erp_connect.store import schema, sync_log
from erp_connect.store.transactions import read_committed

BATCH = 20
RUN_SECONDS = 50
LEASE_SECONDS = 300
# Times an event may take its worker down before it is given up.
DEATHS = 3
DIED = (
	"The worker died each of the {0} times it had this event. Look for a record of unusual size, or too little "
	"memory, in the worker's log; then press Retry."
)
# May be over by itself: the record it points to is on its way, or somebody holds a lock.
PASSING = ("missing_link", "busy", "conflict")


def process(account: str) -> None:
	"""Work off what is due for `account`. Entry point of the job; leaves the session's user as it found it."""
	wakeup.started(account)
	user = frappe.session.user
	try:
		with read_committed():
			if _run(accounts.load(account)):
				wakeup.wake(account)
	finally:
		frappe.set_user(user)


def _run(account: Account) -> bool:
	"""True when there is more to do."""
	schema.require()
	if not frappe.db.get_value("User", account.user, "enabled"):
		frappe.logger("erp_connect").warning("user of account %s is disabled: its events wait", account.name)
		return False
	frappe.set_user(account.user)
	end = time.monotonic() + RUN_SECONDS
	while time.monotonic() < end:
		events = _claim(account.name)
		if not events:
			return False
		for event in events:
			_one(event, account)
	return True


def _claim(account: str) -> list:
	token = uuid.uuid4().hex
	events = frappe.db.sql(
		"SELECT name, status, topic, event, request_body, attempts, trace_id, seq FROM `tabSync Log`"
		" WHERE integration = %s AND due_at <= UNIX_TIMESTAMP() AND direction = 'Incoming' AND event != %s"
		" ORDER BY due_at, seq LIMIT %s FOR UPDATE SKIP LOCKED",
		(account, sync_log.BULK, BATCH),
		as_dict=True,
	)
	events = _risky_alone(events)
	if events:
		frappe.db.sql(
			"UPDATE `tabSync Log` SET status = 'Processing', attempts = attempts + 1, claim_token = %s,"
			" due_at = UNIX_TIMESTAMP() + %s WHERE name IN %s",
			(token, LEASE_SECONDS, tuple(event.name for event in events)),
		)
	frappe.db.commit()  # the lease must be visible to other workers before the work begins
	for event in events:
		event.attempts += 1
		event.token = token
	return events


def _risky_alone(events: list) -> list:
	"""An event whose worker died goes alone, so that it takes no others down."""
	if events and events[0].status == "Processing":
		return events[:1]
	return [event for event in events if event.status != "Processing"]


def _one(event, account: Account) -> None:
	if not _still_mine(event):
		return
	if event.status == "Processing" and event.attempts > DEATHS:
		_settle(event, status="Failed", outcome="worker_died", error=frappe._(DIED).format(DEATHS))
		frappe.db.commit()  # given up for good, before anything else is tried
		return
	compat.forget_looked_up_values()
	try:
		done = routing.handle(account.name, event.topic or "", json.loads(event.request_body or "null"))
		_settle(
			event,
			status="Processed" if done else "Skipped",
			outcome="" if done else "no_flow",
			**_subject(done),
		)
	except Exception as error:
		frappe.db.rollback()
		_failed(event, account, error)
	frappe.clear_messages()
	frappe.db.commit()  # documents and the state of the event become true together


def _still_mine(event) -> bool:
	"""Lock the event until the transaction ends; False when its lease ran out and another worker has it."""
	token = frappe.db.sql("SELECT claim_token FROM `tabSync Log` WHERE name = %s FOR UPDATE", event.name)
	return bool(token) and token[0][0] == event.token


def _subject(done: list) -> dict:
	if not done:
		return {}
	last = done[-1]
	return {
		"reference_doctype": last.doctype,
		"reference_name": last.name,
		"external_id": last.external_id,
		"response_body": json.dumps(
			[
				{"action": one.action, "doctype": one.doctype, "name": one.name, "reason": one.reason}
				for one in done
			]
		),
	}


def _failed(event, account: Account, error: Exception) -> None:
	answer = errors.of(error, event.trace_id)
	values = {"outcome": answer.code[:60], "error": errors.detail(error)[:1000]}
	if isinstance(error, HeldForReview):
		_settle(event, status="On Hold", **values)
		return
	passing = answer.code in PASSING or answer.status >= 500
	delay = account.retry.next_delay(event.attempts, random=random.random()) if passing else None
	if delay is None:
		_settle(event, status="Failed", **values)
		return
	_settle(event, status="Retrying", next_attempt=now_datetime() + timedelta(seconds=delay), **values)
	frappe.db.sql(
		"UPDATE `tabSync Log` SET due_at = UNIX_TIMESTAMP() + %s WHERE name = %s", (delay, event.name)
	)


def _settle(event, **values) -> None:
	sync_log.set_values(event.name, due_at=None, last_attempt=now_datetime(), **values)
