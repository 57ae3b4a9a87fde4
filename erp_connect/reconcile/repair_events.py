"""The events that repairs queue: a record as if it had just come in, a document as if it had just been saved.

Never commits.
"""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.config.flow import Flow
from erp_connect.core.payload.serialise import fingerprint
from erp_connect.jobs import doorbell
from erp_connect.jobs.wakeup import INBOUND
from erp_connect.reconcile.inside import event_for
from erp_connect.reconcile.sides import Sides
from erp_connect.records import intake
from erp_connect.store import inbox, keys, sync_link, sync_log, synced
from erp_connect.store.sync_difference import DIFFERENT


def inwards(sides: Sides, row: Any, *, decision: Any) -> str:
	"""Let the record of a finding come in, whether it did before or not. Returns the name of the event.

	decision: which side stands, see `records.two_way`; None for the flow's own rules.
	"""
	record = json.loads(row.record)
	state, name = fingerprint(record), keys.new_id()
	key = intake.key_of(sides.inward, row.external_id or state)
	# What waits or failed of the record is superseded by this, as by a newer state of it.
	inbox.supersede({key: name})
	inbox.receive(
		{
			"name": name,
			"trace_id": name,
			"integration": sides.account.name,
			"field_mapping": sides.flow,
			"company": sides.account.company,
			"event": sync_log.PULL,
			"reference_doctype": sides.doctype,
			"reference_name": row.document_name if row.kind == DIFFERENT else None,
			"external_id": row.external_id,
			"order_key": key,
			"dedupe_key": fingerprint([key, state]),
			"fingerprint": state,
			"request_body": row.record,
			"decision": None if decision is None else json.dumps(decision),
		}
	)
	INBOUND.after_commit(sides.account.name)
	return name


def outwards(sides: Sides, document: str, *, linked: bool, seen: str | None = None) -> str:
	"""Send a document as it is, whether that was sent before or not. Returns the name of the event.

	seen: version of the record outside that it is to replace.
	"""
	flow: Flow = sides.outward
	if linked and (
		link := sync_link.find_document(flow.account, flow.remote_entity, sides.doctype, document)
	):
		synced.forget_sent(link.name, flow.name)
		synced.sent([(link.name, None, seen, None)])
	meta = frappe.get_meta(sides.doctype)
	docstatus = frappe.db.get_value(sides.doctype, document, "docstatus") if meta.is_submittable else 0
	names = sync_log.queue(
		[
			{
				"integration": flow.account,
				"field_mapping": flow.name,
				"company": sides.account.company,
				"event": event_for(flow, docstatus or 0),
				"reference_doctype": sides.doctype,
				"reference_name": document,
				"order_key": keys.order_key(flow.name, sides.doctype, document),
			}
		]
	)
	doorbell.after_commit({flow.account})
	return names[0]
