"""Sends documents on the days on which a flow begins or ceases to be about them, as a price that begins later.

Promises that each day of the site is looked through once, also those on which nothing ran. What ended is followed by
what stands in its place; where nothing does, its end is an event of its own, since the other side keeps the last state
unless it is told. Commits.
"""

from __future__ import annotations

from datetime import date, timedelta

import frappe
from frappe.utils import getdate

from erp_connect.config import flow as flows
from erp_connect.config.flow import Flow
from erp_connect.config.request_rules import STATES, event_as_is
from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.mapping.turning_days import TODAY, Turn, turns_of
from erp_connect.records import requeue
from erp_connect.records.standing_prices import SUCCESSIONS
from erp_connect.store import last_day, sync_link, synced

# After that long, what was missed is left to Send Existing Documents.
MOST_DAYS = 31
DATES = ("Date", "Datetime")


def look() -> None:
	"""Queue what turns today, and on the days since the last look."""
	today = getdate()
	last = last_day.last()
	if last is not None and last >= today:
		return
	since = max(last or today - timedelta(days=1), today - timedelta(days=MOST_DAYS))
	for name in frappe.get_all(
		"Field Mapping", {"enabled": 1, "direction": ("!=", "Incoming")}, pluck="name"
	):
		_look(name, since, today)
	last_day.remember(today)
	frappe.db.commit()  # the events and the day that was looked through become true together


def _look(name: str, since: date, today: date) -> None:
	try:
		flow, expressions = flows.load(name), _expressions(name)
	except ConnectError:
		return  # cannot be used, which is told where it is to send
	if not frappe.db.exists("DocType", flow.document_type):
		return
	began, ended = set(), set()
	for turn in turns_of(expressions):
		(began if turn.begins else ended).update(_turned(flow.document_type, turn, since, today))
	alone = ended - began
	if ended and (succession := SUCCESSIONS.get(flow.document_type)):
		standing = succession.after(ended, today)
		began.update(standing)
		alone = set(succession.without(alone, standing))
	for document in sorted(began | ended):
		_send(flow, document, flows.END if document in alone else "update")


def _expressions(name: str) -> list[Expression]:
	"""Those of a flow that go by the day."""
	doc = frappe.get_cached_doc("Field Mapping", name)
	texts = [doc.condition, *(row.source for row in doc.rows)]
	return [compile_expression(text.strip()) for text in texts if text and TODAY in text]


def _turned(doctype: str, turn: Turn, since: date, today: date) -> list[str]:
	"""Documents for which a turn came after `since`, up to `today`."""
	field = frappe.get_meta(doctype).get_field(turn.field)
	if field is None or field.fieldtype not in DATES:
		return []
	first = since + timedelta(days=1 - turn.days)
	behind = today + timedelta(days=1 - turn.days)
	found = frappe.get_all(doctype, [[turn.field, ">=", first], [turn.field, "<", behind]], pluck="name")
	return [str(name) for name in found]


def _send(flow: Flow, name: str, event: str) -> None:
	"""Queue an event, unless the flow sends nothing of a document in its state.

	What was sent of the document before does not count: another one stood there meanwhile.
	"""
	submittable = frappe.get_meta(flow.document_type).is_submittable
	docstatus = frappe.db.get_value(flow.document_type, name, "docstatus") if submittable else 0
	if event_as_is({rule.event for rule in flow.rules}, docstatus or 0) in STATES:
		return
	link = sync_link.find_document(flow.account, flow.remote_entity, flow.document_type, name)
	if link:
		synced.forget_sent(link.name, flow.name)
	requeue.queue_update(flow.name, frappe._dict(doctype=flow.document_type, name=name), event)
