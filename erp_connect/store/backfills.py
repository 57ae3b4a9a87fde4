"""What the engine changes of Sync Backfill: where the sending of existing documents stands. Nothing here commits."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.store import keys, statements


def create(flow: str, integration: str, filters: str, *, only_unlinked: bool, started_by: str) -> str:
	"""Make a backfill that nobody works on yet. filters: list filters as JSON. Returns its name."""
	row = {
		**statements.standard_values(),
		"name": keys.new_id(),
		"field_mapping": flow,
		"integration": integration,
		"status": "Draft",
		"filters_json": filters,
		"only_unlinked": int(only_unlinked),
		"started_by": started_by,
	}
	statements.insert("Sync Backfill", list(row), [row])
	return row["name"]


def begin(name: str, *, total: int, started_by: str) -> None:
	"""Let it run, or go on where it was stopped, for a user."""
	set_values(name, status="Running", error="", total=total, started_by=started_by)


def name_starters() -> None:
	"""Backfills from before that was written down were started by their owner."""
	frappe.db.sql(
		"UPDATE `tabSync Backfill` SET started_by = owner WHERE started_by IS NULL OR started_by = ''"
	)


def set_values(name: str, **values: Any) -> None:
	"""Write columns of a backfill."""
	frappe.db.set_value("Sync Backfill", name, values)


def stop(name: str) -> None:
	"""Queue no more of it; its place is kept."""
	set_values(name, status="Stopped")
