"""What the engine changes of Sync Backfill: where the sending of existing documents stands. Nothing here commits."""

from __future__ import annotations

from typing import Any

import frappe


def set_values(name: str, **values: Any) -> None:
	"""Write columns of a backfill."""
	frappe.db.set_value("Sync Backfill", name, values)


def stop(name: str) -> None:
	"""Queue no more of it; its place is kept."""
	set_values(name, status="Stopped")
