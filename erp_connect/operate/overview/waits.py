"""What waits for a person, as numbers that lead to the lists behind them."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.operate import reasons

REASONS_SHOWN = 5
LOOKED_AT = 500
COUNTED = 1000
# Names by which the list of events can be filtered.
LISTED = 200


def overview() -> dict[str, Any]:
	"""Of what the session's user may see: `reasons` (the most frequent of what failed or is held), `differences` and
	`alerts` (how many are open, at most 1,000 are counted)."""
	found = reasons.grouped([], looked_at=LOOKED_AT)
	shown = [{**group, "names": group["names"][:LISTED]} for group in found["groups"][:REASONS_SHOWN]]
	return {
		"reasons": shown,
		"more_reasons": max(0, len(found["groups"]) - len(shown)),
		"more": found["more"],
		"differences": _open("Sync Difference"),
		# Those of the whole site stand above the rest.
		"alerts": _open("Sync Alert", ["status", "=", "Open"], ["integration", "is", "set"]),
		"pulls": _open("Sync Cursor", ["status", "in", ["Retrying", "Stopped"]], ["error", "is", "set"]),
	}


def _open(doctype: str, *filters: list) -> int:
	wanted = list(filters) or [["status", "=", "Open"]]
	return len(frappe.get_list(doctype, filters=wanted, pluck="name", limit=COUNTED))
