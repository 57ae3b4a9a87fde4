"""Documents of which a flow sends nothing as long as one that they link to is no record outside: they are sent once it is one.

The price and the stock of a new item are recorded with it, before the item is known to the other side; and of an item that is
made there anew, they were told of the record before it. Never commits.
"""

from __future__ import annotations

from collections.abc import Collection

import frappe

from erp_connect.config import flow as flows
from erp_connect.config import linked_fields
from erp_connect.config.flow import Flow
from erp_connect.config.request_rules import STATES, event_as_is
from erp_connect.core.delivery.states import OUT, SENDING, SKIPPED
from erp_connect.core.errors import ConnectError
from erp_connect.records import requeue
from erp_connect.store import sync_link
from erp_connect.store.keys import order_key

LEFT_OUT = "condition_not_met"


def queue(account: str, remote_entity: str, doctype: str, names: Collection[str]) -> None:
	"""Queue what was left out, or told before, of documents that link to these, whose ids outside are known from now on."""
	for flow, field in _flows(account, remote_entity):
		if not _leads_to(flow, field, doctype):
			continue
		for document in _left_out(flow, field, names):
			if (event := _event(flow, document)) not in STATES:
				requeue.queue_update(flow.name, document, event)


def _flows(account: str, remote_entity: str) -> list[tuple[Flow, str]]:
	"""Flows whose condition looks at the link of a linked document of this kind, with the field that leads to it."""
	found = []
	for name, field in frappe.db.sql(
		"SELECT flow.name, linked.link_field FROM `tabField Mapping` flow"
		" JOIN `tabField Mapping Link` linked ON linked.parent = flow.name"
		" WHERE flow.integration = %s AND flow.enabled = 1 AND flow.direction != 'Incoming'"
		" AND linked.remote_entity = %s AND COALESCE(linked.list_of, '') = ''"
		" AND INSTR(flow.`condition`, CONCAT(linked.alias, '._link'))",
		(account, remote_entity),
	):
		try:
			found.append((flows.load(name), field.strip()))
		except ConnectError:
			continue  # cannot be used, which is told where it is to send
	return found


def _leads_to(flow: Flow, field: str, doctype: str) -> bool:
	"""Whether a field of the document, or of the rows of its table, links to documents of a type."""
	if not frappe.db.exists("DocType", flow.document_type):
		return False
	if field == "name":
		return flow.document_type == doctype
	table, _dot, name = field.rpartition(".")
	return linked_fields.linked_doctype(flow.document_type, table, name) == doctype


def _left_out(flow: Flow, field: str, names: Collection[str]) -> list:
	"""Documents that link to these and of which an event was left out, or is being looked at at this moment; and those that
	were sent before."""
	found = {
		order_key(flow.name, flow.document_type, str(row.name)): row
		for row in _linking(flow.document_type, field, list(names))
	}
	keys = frappe.db.sql_list(
		"SELECT DISTINCT order_key FROM `tabSync Log` WHERE order_key IN %s AND direction = %s"
		" AND (status = %s AND outcome = %s OR status = %s)",
		((*found, ""), OUT, SKIPPED, LEFT_OUT, SENDING),
	)
	sent = sync_link.find_many(
		flow.account, flow.remote_entity, flow.document_type, [row.name for row in found.values()]
	)
	keys = {*keys, *(order_key(flow.name, flow.document_type, name) for name in sent)}
	return [frappe._dict(found[key], doctype=flow.document_type) for key in found if key in keys]


def _linking(doctype: str, field: str, names: list[str]) -> list:
	table, _dot, name = field.rpartition(".")
	where = {name: ("in", names)}
	if table:
		rows = frappe.get_meta(doctype).get_field(table).options
		where = {"parenttype": doctype, "parentfield": table, **where}
		where = {"name": ("in", frappe.get_all(rows, where, pluck="parent", distinct=True))}
	return frappe.get_all(doctype, where, ["name", "docstatus"])


def _event(flow: Flow, document) -> str:
	return event_as_is({rule.event for rule in flow.rules}, document.docstatus or 0)
