"""A flow tried on what was last: records that came, or a page outside, and documents here. Nothing is kept or sent."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from erp_connect.operate import preview, pull_preview, sampling
from erp_connect.outbound import backfill
from erp_connect.records import failures

MOST = 50


def test(mapping, count: int) -> dict[str, Any]:
	"""What a Field Mapping (saved or not) would do with the last records of both sides.

	Returns `records` as `pull_preview.run` has them, `came` (whether they are those that came, and not a page outside), and
	`documents`: each with `name` and what `preview.preview` tells, or `error`. Raises `ConnectError`.
	"""
	count = max(1, min(count, MOST))
	found: dict[str, Any] = {"records": [], "came": True, "documents": []}
	if mapping.direction != "Outgoing":
		if last := sampling.last_records(mapping, count):
			found["records"] = sampling.tried(mapping, last)
		elif (mapping.pull_path or "").strip():
			found |= {"records": pull_preview.run(mapping, count)["records"], "came": False}
	if mapping.direction != "Incoming":
		found["documents"] = [
			_document(mapping, row) for row in _last_documents(mapping.document_type, count)
		]
	return found


def _last_documents(doctype: str, count: int) -> list:
	"""Those that the session's user may see."""
	return frappe.get_list(doctype, fields=["name", "docstatus"], order_by="modified desc", limit=count)


def _document(mapping, row) -> dict[str, Any]:
	name = row.name
	try:
		told = preview.preview(mapping, str(name), backfill.event_of(mapping, row))
	except preview.REFUSALS as error:
		return {"name": name, "error": failures.detail(error, _("preview again"))}
	return {key: told.get(key) for key in ("sends", "reason", "operation", "changes", "external_id")} | {
		"name": name
	}
