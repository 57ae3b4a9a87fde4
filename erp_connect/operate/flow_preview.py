"""What a flow would send for all its documents, page by page, without sending or writing anything."""

from __future__ import annotations

from typing import Any

from frappe import _

from erp_connect import compat
from erp_connect.core.payload.jumps import exceeds
from erp_connect.operate import preview
from erp_connect.outbound import backfill
from erp_connect.records import failures

PAGE = 50
FAILS = "fails"
BLANK: dict[str, Any] = {
	"sends": False,
	"told": "",
	"error": "",
	"compared": False,
	"steps": 0,
	"changes": [],
}


def total(mapping, filters: list) -> int:
	"""How many documents match list filters, of those that the session's user may see."""
	return compat.count_list(mapping.document_type, filters)


def page(mapping, filters: list, after: str, *, limit: float) -> dict[str, Any]:
	"""The next documents of a Field Mapping (saved or not) behind name `after`, and what would be sent for them.

	Returns `documents`, each with `name`, `sends`, `outcome` (an operation such as `create`; a reason for which nothing is sent,
	such as `nothing_changed`; or `fails`), `error`, `told` (more on why nothing is sent), `compared` (whether it is known what was
	sent last), `steps` (of how many requests, where it takes several: these are not compared), and `changes`:
	[{path, old, new, jump}], where `jump` marks a number that changes by more than `limit` percent. And `next`: where the
	following page begins; empty after the last. Raises `ConnectError` for a flow or an account that cannot be used.
	"""
	rows = backfill.next_documents(mapping, filters, after, PAGE)
	found = (
		preview.many(mapping, {str(row.name): backfill.event_of(mapping, row) for row in rows})
		if rows
		else {}
	)
	return {
		"documents": [_document(name, told, limit) for name, told in found.items()],
		"next": str(rows[-1].name) if len(rows) == PAGE else "",
	}


def _document(name: str, told: dict[str, Any] | Exception, limit: float) -> dict[str, Any]:
	if isinstance(told, Exception):
		error = failures.detail(told, _("preview again"))
		return BLANK | {"name": name, "outcome": FAILS, "error": error}
	if not told["sends"]:
		return BLANK | {"name": name, "outcome": told["reason"], "told": told.get("told") or ""}
	changes = [one | {"jump": exceeds(one["old"], one["new"], limit)} for one in told.get("changes") or []]
	return BLANK | {
		"name": name,
		"sends": True,
		"outcome": told["operation"].lower(),
		"compared": bool(told.get("compared")),
		"steps": len(told.get("steps") or []),
		"changes": changes,
	}
