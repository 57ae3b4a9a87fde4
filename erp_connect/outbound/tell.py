"""Lets the outside know of a document although nobody saved it: what is kept here stands, and it does not have it.

Also the fingerprint of what the outside would be told, and the release of events that waited for a decision.
"""

from __future__ import annotations

import frappe

from erp_connect.config import flow as flows
from erp_connect.core.errors import ConnectError
from erp_connect.outbound import document, prepare, wakeup
from erp_connect.store import sync_log


def fingerprint(flow_name: str, doc, external_id: str | None) -> str | None:
	"""The state of a document as its flow sends it; None when it would send nothing now."""
	try:
		flow = flows.load(flow_name)
		rule = flow.rule("update", linked=True)
		account = frappe.get_cached_value(
			"Integration Settings", flow.account, ["name", "company", "user"], as_dict=True
		)
		source = document.read(doc, flow, account, event="update", external_id=external_id)
		return prepare.state_fingerprint(flow, rule, source, account) if rule else None
	except ConnectError:
		return None  # what cannot be sent is told when its event is sent


def queue_update(flow_name: str, doc) -> None:
	"""Queue an event that sends the document as it is. Does not commit."""
	flow = frappe.get_cached_doc("Field Mapping", flow_name)
	company = frappe.get_cached_value("Integration Settings", flow.integration, "company")
	sync_log.queue(
		[
			{
				"integration": flow.integration,
				"field_mapping": flow_name,
				"company": company,
				"event": "update",
				"reference_doctype": doc.doctype,
				"reference_name": doc.name,
				"order_key": sync_log.order_key(flow_name, doc.doctype, doc.name),
			}
		]
	)
	wakeup.after_commit({flow.integration})


def release_held(flow_name: str, doc) -> None:
	"""Queue the events of a document that waited for a decision. Does not commit."""
	key = sync_log.order_key(flow_name, doc.doctype, doc.name)
	if sync_log.release(key, prepare.CONFLICT_OPEN):
		account = frappe.get_cached_value("Field Mapping", flow_name, "integration")
		wakeup.after_commit({account})
