"""The background job that works off what came in for one account, one event in one transaction.

An event is claimed under a lease, so that a worker that dies does not take it along. Documents and the event's
state are written together: an event is never done twice, and never marked done without its documents.
"""

from __future__ import annotations

import time
import uuid
from functools import partial
from typing import Any

import frappe

from erp_connect import compat
from erp_connect.calls import switch
from erp_connect.calls.fetcher import Fetcher
from erp_connect.commerce.sales import order_lookup
from erp_connect.config import account as accounts
from erp_connect.config import inflow
from erp_connect.config.account import Account
from erp_connect.core.delivery.states import (
	FAILED,
	PROCESSED,
	PROCESSING,
	SKIPPED,
	SUPERSEDED,
)
from erp_connect.core.errors import LEFT_OUT, let_go
from erp_connect.inbound import batch_write, failing, files, orders_under_way, replies, routing, splitting
from erp_connect.inbound.former_orders import close_former
from erp_connect.jobs import session, steps
from erp_connect.jobs.wakeup import INBOUND
from erp_connect.messages import translate
from erp_connect.outbound.sending import RECONNECT_SECONDS, TURN_SECONDS, Sending
from erp_connect.records import exempt, gone, intake
from erp_connect.records.write import CREATED, IGNORED, Written
from erp_connect.store import database, former_names, inbox, schema, sync_log

# The tasks of an event, or why there are none.
Fetched = tuple[list[routing.Task], Exception | None]
BATCH = 100
RUN_SECONDS = 50
LEASE_SECONDS = 300
# Times an event may take its worker down before it is given up.
DEATHS = 3
DIED = (
	"The worker died each of the {0} times it had this event. Look for a record of unusual size, or too little "
	"memory, in the worker's log; then press Retry."
)


def process(account: str) -> None:
	"""Work off what is due for `account`; what is due to be sent goes out meanwhile. Entry point of the job.

	Leaves the session's user as it found it.
	"""
	INBOUND.started(account)
	with session.session(), session.quick_threads(), Sending(dedicated=False) as sending:
		more = _run(account, sending)
		sending.finish()
	if more:
		INBOUND.wake(account)


def _run(name: str, sending: Sending) -> bool:
	"""True when there is more to do."""
	if not switch.takes_in(name):
		frappe.logger("erp_connect").warning("account %s, or its user, is disabled: its events wait", name)
		return False
	account = accounts.load(name)
	schema.require()
	end = time.monotonic() + RUN_SECONDS
	fetcher = Fetcher(account, paced=True)
	try:
		while time.monotonic() < end:
			if not _takes_in(account):
				return switch.takes_in(name)  # it acts as another user now
			events = _claim(account.name)
			if not events:
				return False
			_attend(events, account, fetcher, sending, end)
	finally:
		fetcher.close()
	return True


def _attend(events: list, account: Account, fetcher: Fetcher, sending: Sending, end: float) -> None:
	"""Fetch what claimed events ask for, write them, and leave to a later job what there was no time for."""
	fetched: dict[str, Fetched | None] = {}
	try:
		fetched = _fetched(events, account, fetcher, sending, end)
		_give_back(_work_off(events, account, fetched, sending, end))
	except Exception:
		if database.is_alive():
			raise
		frappe.logger("erp_connect").warning("the connection to the database died", exc_info=True)
		database.reconnect(RECONNECT_SECONDS, read_committed=True)
		_give_back(events)  # what is written already is no longer this claim's to change
	finally:
		for _tasks_of_one, error in filter(None, fetched.values()):
			let_go(error)


def _fetched(
	events: list, account: Account, fetcher: Fetcher, sending: Sending, end: float
) -> dict[str, Fetched | None]:
	"""What those events ask for of which the records have to be fetched first, by name; several at once.

	None for those for which no time was left.

	No lock is held while records are fetched.
	"""
	found: dict[str, Fetched | None] = {}
	waiting = [event for event in events if routing.fetches(account.name, event)]
	under_way: set[str] = set()
	while waiting or under_way:
		if time.monotonic() > end:
			found |= {event.name: None for event in waiting}
			waiting.clear()
		while waiting and len(under_way) < account.concurrency:
			event = waiting.pop(0)
			under_way.add(event.name)
			sending.crew.start(
				routing.tasks(account.name, event, fetcher),
				account.user,
				partial(_keep, event.name, found, under_way),
			)
		sending.turn(TURN_SECONDS)
	frappe.db.commit()  # what was read must not stand for what is true when it is written
	return found


def _keep(name: str, found: dict, under_way: set[str], tasks: Any, error: Exception | None) -> None:
	under_way.discard(name)
	found[name] = (tasks or [], error)


def _work_off(
	events: list, account: Account, fetched: dict[str, Fetched | None], sending: Sending, end: float
) -> list:
	"""Write the events until `end`; returns those for which no time was left."""
	left = []
	for group in batch_write.groups(events):
		if time.monotonic() > end and not any(fetched.get(event.name) for event in group):
			left += group
			continue
		_act_for(account, sending)
		for event in batch_write.write_all(group):
			tasks = fetched.get(event.name)
			if tasks is None and (event.name in fetched or time.monotonic() > end):
				left.append(event)
			else:
				_act_for(account, sending)
				if not _one(event, account, tasks, sending):
					left.append(event)
	return left


def _takes_in(account: Account) -> bool:
	"""Whether events may still be written, and as this user: asked before each, since a person may say stop at any time."""
	return switch.takes_in(account.name, account.user)


def _act_for(account: Account, sending: Sending) -> None:
	"""Let what is due go out, then be the account's user again."""
	sending.turn(0)
	if frappe.session.user != account.user:
		frappe.set_user(account.user)


def _give_back(events: list) -> None:
	"""Leave claimed events to a later job, before their lease runs out. Commits."""
	if events:
		inbox.give_back(events[0].token, {event.name: event.attempts for event in events})
		frappe.db.commit()  # other workers may take them now


def _claim(account: str) -> list:
	token = uuid.uuid4().hex
	events = _risky_alone(inbox.lock_due(account, BATCH, waiting_flows=_disabled_flows(account)))
	if events:
		former_names.follow_flows(events)
		inbox.lease([event.name for event in events], token, LEASE_SECONDS)
		splitting.apart(account, events)
	frappe.db.commit()  # the lease must be visible to other workers before the work begins
	for event in events:
		event.attempts += 1
		event.token = token
	return events


def _disabled_flows(account: str) -> list[str]:
	"""Flows whose fetched records wait: skipped, they would never be fetched again."""
	return frappe.get_all("Field Mapping", {"integration": account, "enabled": 0}, pluck="name")


def _risky_alone(events: list) -> list:
	"""An event whose worker died goes alone, so that it takes no others down."""
	if events and events[0].status == PROCESSING:
		return events[:1]
	return [event for event in events if event.status != PROCESSING]


def _one(event, account: Account, fetched: Fetched | None, sending: Sending) -> bool:
	"""Write an event, or settle why not. False where account or flow were switched off meanwhile: it is to be given back."""
	tasks, error = fetched or _tasks(event, account)
	if any(task.flow.fetches_files for task in tasks) and _takes_in(account):
		tasks, error = files.had(tasks, event.attempts, account, sending)
		_act_for(account, sending)
		frappe.db.commit()  # what was read must not stand for what is true when it is written
	if not inbox.hold([event.name], event.token):
		frappe.db.rollback()  # lets go of the locks
		return True
	waits_for_flow = event.event == sync_log.PULL and not (tasks or error)
	if waits_for_flow or not _takes_in(account):
		frappe.db.rollback()  # lets go of the locks
		return False
	if event.status == PROCESSING and event.attempts > DEATHS:
		inbox.settle(event.name, FAILED, outcome="worker_died", error=frappe._(DIED).format(DEATHS))
		frappe.db.commit()  # given up for good, before anything else is tried
		return True
	compat.forget_between_records()
	try:
		if error:
			raise error
		_write(event, account, tasks)
	except Exception as failure:
		frappe.db.rollback()
		failing.settle(event, account, failure, tasks)
		let_go(failure)
	frappe.clear_messages()
	frappe.db.commit()  # documents and the state of the event become true together
	replies.after(event, account.name)
	return True


def _tasks(event, account: Account) -> Fetched:
	"""What the event asks for, or why that cannot be told."""
	try:
		return steps.run(routing.tasks(account.name, event, None)), None
	except Exception as error:  # settled like an error of writing
		return [], error
	finally:
		frappe.db.commit()  # what was read must not stand for what is true when it is written


def _write(event, account: Account, tasks: list[routing.Task]) -> None:
	if event.event == sync_log.PULL and batch_write.outdated(event):
		inbox.settle(event.name, SUPERSEDED, outcome="newer_version")
		return
	done = [written for task in tasks for written in _carried_out(task)]
	if batch_write.all_skipped(done):
		inbox.settle(event.name, SKIPPED, outcome=exempt.OUTCOME, **_subject(done))
	elif done:
		told = {"outcome": batch_write.outcome_of(done), **_subject(done)}
		inbox.settle(event.name, PROCESSED, **told | _ended(event, tasks, done))
		close_former(tasks, done, event.name)
	else:
		inbox.settle(event.name, SKIPPED, **routing.not_taken(account.name, event))
	created = [one.external_id for one in done if one.action == CREATED and one.external_id]
	inbox.hurry_parked(account.name, created)


def _carried_out(task: routing.Task) -> list[Written]:
	try:
		return routing.carry_out(task)
	except order_lookup.NoOrder as error:
		flow, order_id = task.flow, error.params["order_id"]
		if flow.on_missing != inflow.IGNORE or not order_id:
			raise
		if orders_under_way.is_under_way(flow.account, order_id):
			raise
		return [Written(IGNORED, "Sales Order", None, order_id, translate(error, trying=LEFT_OUT))]


def _ended(event, tasks: list[routing.Task], done: list[Written]) -> dict:
	"""What is kept of a told deletion, by which older events of the record that are tried again know of it."""
	if not all(task.gone for task in tasks):
		return {}
	values = {"outcome": gone.OUTCOME}
	if not event.order_key and len(done) == 1 and done[0].external_id:
		values["order_key"] = intake.key_of(tasks[0].flow, done[0].external_id)
	return values


def _subject(done: list) -> dict:
	last = done[-1]
	return {
		"reference_doctype": last.doctype,
		"reference_name": last.name,
		"external_id": last.external_id,
		"response_body": batch_write.as_json(done),
		"error": batch_write.told(done),
	}
