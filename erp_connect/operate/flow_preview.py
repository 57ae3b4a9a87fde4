"""What a flow would send for all its documents, page by page, without sending or writing anything."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from erp_connect import compat
from erp_connect.core.payload.jumps import exceeds
from erp_connect.operate import preview
from erp_connect.records import failures

PAGE = 50
FAILS = "fails"


def total(mapping, filters: list) -> int:
	"""How many documents match list filters, of those that the session's user may see."""
	return compat.count_list(mapping.document_type, filters)


def page(mapping, filters: list, after: str, *, limit: float) -> dict[str, Any]:
	"""The next documents of a Field Mapping (saved or not) behind name `after`, and what would be sent for them.

	Returns `documents`, each with `name`, `sends`, `outcome` (an operation such as `create`; a reason for which nothing is sent,
	such as `nothing_changed`; or `fails`), `error`, `compared` (whether it is known what was sent last), and `changes`:
	[{path, old, new, jump}], where `jump` marks a number that changes by more than `limit` percent. And `next`: where the
	following page begins; empty after the last. Raises `ConnectError` for a flow or an account that cannot be used.
	"""
	doctype = mapping.document_type
	names = frappe.get_list(
		doctype,
		filters=[*filters, [doctype, "name", ">", after]],
		pluck="name",
		order_by="name asc",
		limit=PAGE,
	)
	found = preview.many(mapping, [str(name) for name in names], event_of(mapping)) if names else {}
	return {
		"documents": [_document(name, told, limit) for name, told in found.items()],
		"next": str(names[-1]) if len(names) == PAGE else "",
	}


def event_of(mapping) -> str:
	"""The event for which documents that exist are looked at: an update, where the flow sends updates."""
	events = [frappe.scrub(row.event) for row in mapping.requests if row.event]
	return "update" if "update" in events or not events else events[0]


def _document(name: str, told: dict[str, Any] | Exception, limit: float) -> dict[str, Any]:
	if isinstance(told, Exception):
		error = failures.detail(told, _("preview again"))
		return {
			"name": name,
			"sends": False,
			"outcome": FAILS,
			"error": error,
			"compared": False,
			"changes": [],
		}
	sends = bool(told["sends"])
	changes = told.get("changes") or [] if sends else []
	return {
		"name": name,
		"sends": sends,
		"outcome": told["operation"].lower() if sends else told["reason"],
		"error": "",
		"compared": bool(told.get("compared")),
		"changes": [one | {"jump": exceeds(one["old"], one["new"], limit)} for one in changes],
	}
