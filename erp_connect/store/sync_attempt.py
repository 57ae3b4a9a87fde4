"""Writes Sync Attempt: one row for each HTTP exchange. `retention` removes them with their events."""

from __future__ import annotations

from typing import Any

from erp_connect.store import statements
from erp_connect.store.keys import new_id

COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "sync_log", "integration", "attempt", "step", "started",
	"duration_ms", "outcome", "response_status", "error", "method", "url", "request_headers", "request_body",
	"response_headers", "response_body",
)  # fmt: skip


def write_attempts(attempts: list[dict[str, Any]]) -> None:
	"""Insert rows of COLUMNS. Bodies and headers come redacted and capped. Does not commit."""
	fixed = statements.standard_values()
	statements.insert(
		"Sync Attempt", COLUMNS, [{**fixed, "name": new_id(), **attempt} for attempt in attempts]
	)
