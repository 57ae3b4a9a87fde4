"""What came of the events behind a pull, a load or a backfill: those itself only say that everything was fetched or queued."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.core.delivery import states
from erp_connect.store import loads, sync_log

# What is not done, in the words of the form: a state of an event → where it counts.
GROUPS = {
	"failed": (states.FAILED,),
	"held": (states.ON_HOLD,),
	"waiting": (states.QUEUED, states.SENDING, states.RETRYING, states.RECEIVED, states.PROCESSING),
}
COUNTED = 1000
ROWS = 500


def of_flow(flow: str) -> dict[str, Any]:
	"""What is not done of all that came in by a flow, as `of_rows` tells of a row."""
	return _counted(_came_in_by(flow), {})


def of_rows(doctype: str, names: list[str]) -> dict[str, dict[str, Any]]:
	"""What is not done of the events of backfills, loads or pulls, by the name of each that the session's user may see.

	Each with the numbers `failed`, `held` and `waiting`, at most 1,000 of each, and the `filters` of the list that lead to
	the events themselves. At most 500 rows are looked at.
	"""
	filters_of = FILTERS[doctype]
	rows = frappe.get_list(doctype, filters={"name": ("in", names[:ROWS])}, fields=["*"])
	return {row.name: _counted(*filters_of(row)) for row in rows}


def _of_backfill(row) -> tuple[dict[str, str], dict[str, str]]:
	return {"field_mapping": row.field_mapping, "backfill": row.name}, {}


def _of_pull(row) -> tuple[dict[str, str], dict[str, str]]:
	return _came_in_by(row.field_mapping), {}


def _came_in_by(flow: str) -> dict[str, str]:
	return {"field_mapping": flow, "direction": states.IN}


def _of_load(row) -> tuple[dict[str, str], dict[str, str]]:
	"""An event does not say which walk has fetched it: those count that came while the load went on."""
	end = row.finished if row.status in (loads.COMPLETED, loads.CANCELLED) else None
	times = {">=": row.started, "<=": end}
	return (
		{"field_mapping": row.field_mapping, "event": sync_log.PULL},
		{sign: str(time) for sign, time in times.items() if time},
	)


FILTERS = {"Sync Backfill": _of_backfill, "Sync Cursor": _of_pull, "Sync Load": _of_load}


def _counted(filters: dict[str, str], created: dict[str, str]) -> dict[str, Any]:
	"""filters: what columns hold. created: sign → when the events came."""
	rules = [[name, "=", value] for name, value in filters.items()]
	rules += [["creation", sign, time] for sign, time in created.items()]
	shown = filters | ({"creation": [json.dumps(rule) for rule in created.items()]} if created else {})
	return {group: _number([*rules, ["status", "in", found]]) for group, found in GROUPS.items()} | {
		"filters": shown
	}


def _number(rules: list[list[Any]]) -> int:
	return len(frappe.get_list("Sync Log", filters=rules, pluck="name", limit=COUNTED))
