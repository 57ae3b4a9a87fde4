"""An event that several flows take becomes an event for each of them.

So each flow's work stands by itself: what one of them cannot use holds up none of the others, and is shown, tried
again or given up alone. The events share their trace id. Never commits.
"""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.config import inflow
from erp_connect.config.inflow import DOCUMENT
from erp_connect.core.errors import ConnectError
from erp_connect.inbound import routing
from erp_connect.records import identity
from erp_connect.store import inbox, sync_link, sync_log


def apart(account: str, events: list) -> None:
	"""Give each of these leased events to one flow, and insert one for each further flow that takes it."""
	for event in events:
		if event.event == sync_log.PULL or event.field_mapping:
			continue
		takers = inflow.takers(account, event.topic or "")
		if len(takers) > 1:
			event.field_mapping = takers[0]
			inbox.split(event.name, {name: {} for name in takers})


def note(account: str, name: str, topic: str, body: str) -> None:
	"""Let a webhook that was just stored be known as one about its document, where a flow sends that as well.

	Where it holds several records, the first one that is linked counts. What cannot be read is told when it is written.
	"""
	flows = inflow.both_ways(account, topic)
	if not flows:
		return
	payload = json.loads(body)
	about = {flow: _about(flow, payload) for flow in flows}
	if any(about.values()):
		inbox.split(name, {flow: about.get(flow, {}) for flow in inflow.takers(account, topic)})


def _about(name: str, payload: Any) -> dict[str, str]:
	try:
		flow = inflow.load(name)
		found = routing.records(flow, payload) if flow.purpose == DOCUMENT else []
		for record in found:
			external_id = identity.identify(flow, record)
			link = external_id and sync_link.find_external(flow.account, flow.remote_entity, external_id)
			if link and link.document_type == flow.document_type:
				return {
					"reference_doctype": link.document_type,
					"reference_name": link.document_name,
					"external_id": external_id,
				}
	except (ConnectError, frappe.DoesNotExistError):
		pass  # told when the event is worked off
	return {}
