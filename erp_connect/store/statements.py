"""Statements of many rows, put together from dicts. Knows no table by name and never commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import frappe
from frappe.utils import now

# Stays well below MariaDB's longest statement (max_allowed_packet, 16 MB by default).
STATEMENT_CHARACTERS = 2_000_000


def standard_values() -> dict[str, Any]:
	"""What every new row of Frappe has besides its name."""
	stamp, user = now(), frappe.session.user
	return {"creation": stamp, "modified": stamp, "owner": user, "modified_by": user}


def insert(doctype: str, columns: Sequence[str], rows: list[dict[str, Any]], **expressions: str) -> None:
	"""Insert rows, as many by one statement as it may hold.

	A column that no row names has the table's default; one that only others name is NULL.
	expressions: column → SQL that gives its value, the same in each row.
	"""
	# Each column costs time in Python and in the database, also one that is NULL everywhere.
	columns = [column for column in columns if any(row.get(column) is not None for row in rows)]
	names = ", ".join(f"`{column}`" for column in (*columns, *expressions))
	one = f"({', '.join([*['%s'] * len(columns), *expressions.values()])})"
	for part in parts(rows):
		frappe.db.sql(
			f"INSERT INTO `tab{doctype}` ({names}) VALUES {', '.join([one] * len(part))}",
			[row.get(column) for row in part for column in columns],
		)


def parts(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
	"""The rows in parts, each of which fits into one statement."""
	part, size = [], 0
	for row in rows:
		length = sum(len(value) for value in row.values() if isinstance(value, str))
		if part and size + length > STATEMENT_CHARACTERS:
			yield part
			part, size = [], 0
		part.append(row)
		size += length
	if part:
		yield part


def assignments(columns: Sequence[str]) -> str:
	"""`a` = %s, `b` = %s"""
	return ", ".join(f"`{column}` = %s" for column in columns)


def changed_rows() -> int:
	"""How many rows the last statement changed: those that had the same values before are not counted."""
	return frappe.db._cursor.rowcount
