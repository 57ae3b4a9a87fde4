"""The end of a document that one flow tells while a request of another one, which may make its record, is still under way."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config.flow import Flow
from erp_connect.config.request_rules import CREATE
from erp_connect.core.delivery.states import OUT, SENDING
from erp_connect.outbound.merged import UNDER_WAY
from erp_connect.outbound.request import REQUEST_UNDER_WAY, Verdict
from erp_connect.store.merged_links import tells_end
from erp_connect.store.sync_link import Link


def awaited(event: Any, flow: Flow, link: Link | None) -> Verdict | None:
	"""Why the end is not told yet: the answer to a creation was lost, say, and its repetition will find the record."""
	if link or event.steps or not (tells_end(event) or event.event == "cancel"):
		return None
	return Verdict(event, "Failed", REQUEST_UNDER_WAY, frappe._(UNDER_WAY)) if _is_made(event, flow) else None


def _is_made(event: Any, flow: Flow) -> bool:
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Log` made JOIN `tabField Mapping` flow ON flow.name = made.field_mapping"
			" WHERE made.reference_doctype = %s AND made.reference_name = %s AND made.integration = %s"
			" AND made.field_mapping != %s AND flow.remote_entity = %s AND made.direction = %s AND made.operation = %s"
			" AND made.due_at IS NOT NULL AND made.method IS NOT NULL AND (made.frozen = 1 OR made.status = %s) LIMIT 1",
			(
				event.reference_doctype, str(event.reference_name), flow.account,
				flow.name, flow.remote_entity, OUT, CREATE, SENDING,
			),
		)
	)  # fmt: skip
