"""Rows that one worker at a time has: how Sync Cursor, Sync Load and Sync Reconciliation are taken, kept and given back.

`due_at` is an epoch second of the database's clock from which a worker may take a row; while one has it, the end of
its lease; NULL when nobody may. `claim_token` tells whose it is. Never commits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.utils import now


@dataclass(frozen=True)
class Leases:
	"""The rows of one DocType."""

	doctype: str

	def take(self, fields: Iterable[str], column: str, value: str) -> Any | None:
		"""Lock the row with this value, for `update` to say whose it is; None when it is not due, or somebody has it."""
		rows = frappe.db.sql(
			f"SELECT {', '.join(fields)} FROM `tab{self.doctype}`"
			f" WHERE `{column}` = %s AND due_at <= UNIX_TIMESTAMP() FOR UPDATE SKIP LOCKED",
			value,
			as_dict=True,
		)
		return rows[0] if rows else None

	def holds(self, name: str, token: str, status: str) -> bool:
		"""Lock a row until the transaction ends; False when the lease was lost, or the status is another one."""
		row = frappe.db.sql(
			f"SELECT claim_token, status FROM `tab{self.doctype}` WHERE name = %s FOR UPDATE", name
		)
		return bool(row) and row[0] == (token, status)

	def update(self, column: str, value: str, due_in: float | None, values: dict[str, Any]) -> None:
		"""Write rows with the seconds until somebody may take them, None for nobody."""
		assignments = "".join(f"`{name}` = %s, " for name in values)
		due = "NULL" if due_in is None else "UNIX_TIMESTAMP() + %s"
		frappe.db.sql(
			f"UPDATE `tab{self.doctype}` SET {assignments} due_at = {due}, modified = %s WHERE `{column}` = %s",
			[*values.values(), *([] if due_in is None else [whole_seconds(due_in)]), now(), value],
		)


def whole_seconds(due_in: float) -> int:
	"""Never too few: a run just before its time would be followed by another one at its time."""
	return math.ceil(due_in)
