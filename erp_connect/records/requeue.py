"""Lets the outside know of a document although nobody saved it: what is kept here stands, and it does not have it.

Also the fingerprints of what the outside would be told, and the release of events that waited for a decision.
"""

from __future__ import annotations

import frappe

from erp_connect.config import flow as flows
from erp_connect.config import inputs
from erp_connect.core.errors import ConnectError
from erp_connect.jobs import doorbell
from erp_connect.records import document, render
from erp_connect.store import keys, sync_log, waiting


def fingerprints(flow_name: str, doc, external_id: str | None) -> tuple[str | None, str]:
	"""Of the state of a document as its flow sends it, and of that part which only goes out.

	The first is None when the flow would send nothing now.
	"""
	try:
		flow = flows.load(flow_name)
		rule = flow.rule("update", linked=True)
		account = frappe.get_cached_value(
			"Integration Settings", flow.account, ["name", "company", "user"], as_dict=True
		)
		account.inputs = inputs.of_account(flow.account)
		source = document.read(doc, flow, account, document.Context("update", external_id))
		state = render.state_fingerprint(flow, rule, source, account) if rule else None
		return state, render.own_fingerprint(flow, source, account)
	except ConnectError:
		return None, ""  # what cannot be sent is told when its event is sent


def own_fingerprint(flow_name: str, doc, external_id: str | None) -> str:
	"""Of that part of the state of a document which only goes out; empty where nothing does, or it cannot be told."""
	if not flows.load(flow_name).own.targets():
		return ""
	return fingerprints(flow_name, doc, external_id)[1]


def build_anew(flow_name: str, doc) -> None:
	"""Requests that were built of a document before, and wait to be repeated, do not say how it is now.

	Does not commit.
	"""
	waiting.build_anew(keys.order_key(flow_name, doc.doctype, doc.name))


def queue_update(flow_name: str, doc, event: str = "update") -> None:
	"""Queue an event that sends the document (anything with `doctype` and `name`) as it is. Does not commit."""
	flow = frappe.get_cached_doc("Field Mapping", flow_name)
	company = frappe.get_cached_value("Integration Settings", flow.integration, "company")
	sync_log.queue(
		[
			{
				"integration": flow.integration,
				"field_mapping": flow_name,
				"company": company,
				"event": event,
				"reference_doctype": doc.doctype,
				"reference_name": doc.name,
				"order_key": keys.order_key(flow_name, doc.doctype, doc.name),
			}
		]
	)
	doorbell.after_commit({flow.integration})


def release_held(flow_name: str, doc) -> None:
	"""Queue the events of a document that waited for a decision, or for what came in. Does not commit."""
	key = keys.order_key(flow_name, doc.doctype, doc.name)
	if waiting.release(key):
		account = frappe.get_cached_value("Field Mapping", flow_name, "integration")
		doorbell.after_commit({account})
