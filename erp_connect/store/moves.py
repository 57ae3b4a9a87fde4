"""Changes the status of Sync Log rows, as `core/delivery/states.py` allows it: the only place where one is updated.

The states from which a move is allowed are part of the UPDATE's condition. So the database checks the move in the
moment in which it makes it, without a query more, and a move that is not allowed changes no row, whatever the caller
believed of it. Whoever has to know looks at the number of rows that were changed, or uses `move_one`, which raises.

	move(OUTGOING, CANCELLED, "name IN %s", [names], due_in=None)        one target state for whatever rows
	move_one(CALL, FAILED, name, due_in=None, error="...")               one row that must be able to make the move
	update_claimed(OUTGOING, token, [{"name": ..., "status": ...}, ...]) another state, and other values, for each row

The condition is written as FIND_IN_SET and not as `status IN (...)`: with the latter, the database may look for the
rows by the index of the states instead of by the names that it was given, and lock rows that nobody asked for.
Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import MappingProxyType
from typing import Any

import frappe
from frappe.utils import now

from erp_connect.core.delivery.states import IN_FLIGHT, LifeCycle
from erp_connect.store import statements

# Of an event that a worker is to take as if nobody had tried it yet.
AFRESH = MappingProxyType({"claim_token": None, "attempts": 0, "error": "", "outcome": ""})


class IllegalMove(RuntimeError):
	"""A row that the caller holds cannot make the move: a fault of this program, which nothing was written for."""


def move(
	life: LifeCycle,
	to: str,
	where: str,
	parameters: Sequence[Any],
	*,
	due_in: float | None,
	only_from: Collection[str] | None = None,
	more_attempts: int = 0,
	touch: bool = True,
	**values: Any,
) -> int:
	"""Give the status `to` to the rows that `where` picks, where their state allows it. Returns how many changed.

	life: of all rows that `where` can pick. where, parameters: a condition, with its values. due_in: seconds of the
	database's clock until a worker may take them, None for never. only_from: of the states that are allowed, those
	that are meant. more_attempts: added to `attempts`. touch: whether `modified` is written; a lease is no news for
	a person. values: other columns. Raises `ValueError` for a status that nothing can become.
	"""
	columns = {"status": to, **values, **({"modified": now()} if touch else {})}
	sets = [statements.assignments(list(columns)), f"due_at = {_due(due_in)}"]
	if more_attempts:
		sets.append(f"attempts = attempts + {int(more_attempts)}")
	frappe.db.sql(
		f"UPDATE `tabSync Log` SET {', '.join(sets)}"
		f" WHERE ({where}) AND direction = %s AND FIND_IN_SET(status, %s)",
		[*columns.values(), *parameters, life.direction, origins(life, to, only_from)],
	)
	return statements.changed_rows()


def move_one(
	life: LifeCycle,
	to: str,
	name: str,
	*,
	due_in: float | None,
	only_from: Collection[str] | None = None,
	**values: Any,
) -> None:
	"""`move` of one row, by a caller who holds it. Raises `IllegalMove` when its state does not allow that."""
	if not move(life, to, "name = %s", [name], due_in=due_in, only_from=only_from, **values):
		status = frappe.db.get_value("Sync Log", name, "status")
		raise IllegalMove(f"Sync Log {name} is {status or 'gone'} and cannot become {to}.")


def update_claimed(life: LifeCycle, claim_token: str, updates: list[dict[str, Any]]) -> int:
	"""Write different values into many rows that a worker has claimed, by one statement. Returns how many changed.

	`updates`: dicts with `name` and the same keys each. The value of `due_in` (seconds, None for never) becomes
	`due_at` by the database's clock. Only rows that still carry `claim_token` change: a worker that lost its lease
	cannot overwrite what its successor did. Where there is a `status`, only rows in flight change that may become it:
	each row of the statement's own table brings along the states that it may come from. So a row that this worker has
	settled already is not settled again.
	"""
	return sum(_update_claimed(life, claim_token, part) for part in statements.parts(updates))


def _update_claimed(life: LifeCycle, claim_token: str, updates: list[dict[str, Any]]) -> int:
	columns = list(updates[0])
	moves = "status" in columns
	names = [*columns, *(["origins"] if moves else [])]
	select = "SELECT " + ", ".join(f"%s AS `{name}`" for name in names)
	union = "UNION ALL SELECT " + ", ".join(["%s"] * len(names))
	values = []
	for update in updates:
		values += [update[column] for column in columns]
		if moves:
			values.append(origins(life, update["status"], IN_FLIGHT))
	frappe.db.sql(
		f"UPDATE `tabSync Log` log JOIN ({select} {' '.join([union] * (len(updates) - 1))}) new ON new.name = log.name"
		f" SET {', '.join(_assignments(columns))}, log.modified = %s WHERE log.claim_token = %s"
		+ (" AND log.direction = %s AND FIND_IN_SET(log.status, new.origins)" if moves else ""),
		[*values, now(), claim_token, *([life.direction] if moves else [])],
	)
	return statements.changed_rows()


def _assignments(columns: list[str]) -> list[str]:
	return [
		"log.due_at = UNIX_TIMESTAMP() + new.due_in"
		if column == "due_in"
		else f"log.`{column}` = new.`{column}`"
		for column in columns
		if column != "name"
	]


def origins(life: LifeCycle, to: str, only_from: Collection[str] | None = None) -> str:
	"""The states whose rows may become `to`, as FIND_IN_SET takes them. Raises `ValueError` when there are none."""
	found = life.origins(to)
	if only_from is not None:
		found &= frozenset(only_from)
	if not found:
		raise ValueError(f"No state of this kind of row may become {to}.")
	return ",".join(sorted(found))


def _due(due_in: float | None) -> str:
	return "NULL" if due_in is None else f"UNIX_TIMESTAMP() + {int(due_in)}"
