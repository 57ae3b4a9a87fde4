"""What pulls and comparisons write into Sync Log about themselves: what interrupts them, and what they did here.

Never commits.
"""

from __future__ import annotations

from typing import Any

from erp_connect.core.delivery.states import CANCELLED, FAILED, IN, INTERRUPTION, PROCESSED, RETRYING
from erp_connect.store import moves, statements
from erp_connect.store.keys import new_id


def interrupt(known: str | None, event: dict[str, Any], *, for_good: bool, **values: Any) -> str:
	"""A walk cannot go on. Returns the row that says so: the one before, while the row of failures goes on.

	known: row of the failure before, if any. event: columns of a new row. for_good: nobody tries again by himself.
	values: columns that say what happened, also in a row that is there.
	"""
	status = FAILED if for_good else RETRYING
	if known and moves.move(INTERRUPTION, status, "name = %s", [known], due_in=None, **values):
		return known
	# There was none, or it is gone by retention, or closed: then this failure begins a row of its own.
	return _insert({**event, **values, "status": status})


def get_through(name: str) -> None:
	"""The walk went on to its end: the failure is over. One that a person closed stays as it is."""
	moves.move(INTERRUPTION, PROCESSED, "name = %s", [name], due_in=None, outcome="")


def stop(name: str | None) -> None:
	"""A person ended a walk whose failure is this row, if it had one: it is not tried again."""
	if name:
		moves.move(INTERRUPTION, CANCELLED, "name = %s", [name], due_in=None)


def report(event: dict[str, Any], error: str = "") -> str:
	"""Keep what was done here without a message from outside, or why not. Returns the name of the row."""
	return _insert({**event, "status": FAILED if error else PROCESSED, "error": error})


def _insert(values: dict[str, Any]) -> str:
	name = new_id()
	row = {**statements.standard_values(), "name": name, "trace_id": name, **values, "direction": IN}
	statements.insert("Sync Log", list(row), [row])
	return name
