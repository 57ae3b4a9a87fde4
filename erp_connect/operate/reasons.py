"""What failed or waits for a person, grouped by equal reason, so that one repair takes all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import frappe

from erp_connect.core.delivery import advice, reasons
from erp_connect.core.delivery.states import FAILED, IN, ON_HOLD, RETRYING

# Events that are looked at, the newest first; more than that is told.
LOOKED_AT = 5000
FIELDS = [
	"name", "status", "direction", "event", "integration", "field_mapping", "reference_doctype", "reference_name",
	"external_id", "outcome", "response_status", "error", "creation",
]  # fmt: skip


def grouped(
	filters: list, statuses: Iterable[str] = (FAILED, ON_HOLD), looked_at: int = LOOKED_AT
) -> dict[str, Any]:
	"""The events with these list filters that the session's user may see, by account, flow, status and reason.

	`groups`: the most frequent first, each with `reason` (of its newest event), `advice`, `names`, `count`, `oldest`, `newest`
	and what its events share. `looked_at`: how many events there were; `more`: whether there are further ones.

	looked_at: how many events are looked at, the newest first.
	"""
	rows = frappe.get_list(
		"Sync Log",
		filters=[*filters, ["Sync Log", "status", "in", list(statuses)]],
		fields=FIELDS,
		order_by="creation desc",
		limit=looked_at + 1,
	)
	found: dict[tuple, dict[str, Any]] = {}
	for row in rows[:looked_at]:
		key = _key(row)
		if key not in found:
			found[key] = _group(row)
		_count(found[key], row)
	groups = sorted(found.values(), key=lambda group: -group["count"])
	return {"groups": groups, "looked_at": len(rows[:looked_at]), "more": len(rows) > looked_at}


def next_step(event: Any) -> str:
	"""What the other system's answer to an event asks a person to do, translated; empty where that is not known.

	event: with direction, status and outcome, as a row or a document.
	"""
	if event.direction == IN or event.status not in (FAILED, RETRYING):
		return ""
	text = advice.of_event(event.outcome or "", failed=event.status == FAILED)
	return text and frappe._(text)


def _key(row: Mapping[str, Any]) -> tuple:
	said = reasons.same(row["error"] or "", (row["reference_name"] or "", row["external_id"] or ""))
	return (
		row["status"],
		row["direction"],
		row["event"] if row["direction"] == IN else "",  # what came in is repaired by what it is
		row["integration"],
		row["field_mapping"],
		row["outcome"],
		row["response_status"],
		said,
	)


def _group(row: Any) -> dict[str, Any]:
	shared = (
		"status", "direction", "event", "integration", "field_mapping", "outcome", "response_status", "reference_doctype",
	)  # fmt: skip
	return {
		**{name: row[name] for name in shared},
		"reason": row["error"] or "",
		"advice": next_step(row),
		"newest": row["creation"],
		"names": [],
		"count": 0,
	}


def _count(group: dict[str, Any], row: Mapping[str, Any]) -> None:
	group["names"].append(row["name"])
	group["count"] += 1
	group["oldest"] = row["creation"]
