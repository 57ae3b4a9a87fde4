"""Attributes of items that come in: written as they are spelled here, and made where they are not here yet.

ERPNext knows an attribute, with all values that it may have, in one place for all items; shops name options product by
product. `Red` and `red` are one value for ERPNext, which refuses the second. Never commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe

ITEM, ATTRIBUTE, TABLE = "Item", "Item Attribute", "attributes"
NAME, VALUE = "attribute", "attribute_value"
Row = dict[str, Any]


def spelled(doctype: str, values: dict[str, Any]) -> dict[str, Any]:
	"""`values` of a record, with attributes and their values in the spelling that they have here, if they are here."""
	if doctype != ITEM or not values.get(TABLE):
		return values
	return {**values, TABLE: [_spelled(row) for row in values[TABLE]]}


def _spelled(row: Row) -> Row:
	name = _existing(row.get(NAME))
	if name is None:
		return row
	value = row.get(VALUE)
	known = _values(name).get(_folded(value)) if value else None
	return {**row, NAME: name, **({VALUE: known} if known else {})}


def make(doctype: str, values: dict[str, Any]) -> None:
	"""Make the attributes that a record's item has, and the values that they lack, as the session's user.

	values: as `spelled` has them. Raises Frappe's own errors where the user may not.
	"""
	if doctype != ITEM:
		return
	for name, wanted in _wanted(values.get(TABLE) or ()).items():
		existing = _existing(name)
		if existing is None:
			_write(frappe.get_doc({"doctype": ATTRIBUTE, "attribute_name": name}), wanted)
		elif _lacking(existing, wanted) and not frappe.db.get_value(ATTRIBUTE, existing, "numeric_values"):
			# Locked: another worker may add values of another item.
			_write(frappe.get_doc(ATTRIBUTE, existing, for_update=True), wanted)


def look_anew() -> None:
	"""Let ERPNext see values that another worker has made: it keeps those that it read first, for as long as a job lasts."""
	frappe.flags.attribute_values = None


def _wanted(rows: Any) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	for row in rows:
		if row.get(NAME):
			found.setdefault(row[NAME], []).extend([row[VALUE]] if row.get(VALUE) else [])
	return found


def _existing(name: Any) -> str | None:
	"""The attribute of this name, whatever its case. Accents count, which the database leaves out."""
	found = frappe.db.get_value(ATTRIBUTE, name, "name") if name else None
	return found if found is not None and _folded(found) == _folded(name) else None


def _values(attribute: str) -> dict[str, str]:
	"""The values of an attribute as they are spelled, by what ERPNext tells them apart by."""
	found = frappe.get_all("Item Attribute Value", {"parent": attribute}, pluck=VALUE)
	return {_folded(value): value for value in found}


def _lacking(attribute: str, wanted: list[str]) -> bool:
	known = _values(attribute)
	return any(_folded(value) not in known for value in wanted)


def _write(doc: Any, wanted: list[str]) -> None:
	known = {_folded(row.attribute_value) for row in doc.item_attribute_values}
	short = {_folded(row.abbr) for row in doc.item_attribute_values}
	for value in wanted:
		if _folded(value) not in known:
			known.add(_folded(value))
			doc.append("item_attribute_values", {VALUE: value, "abbr": _abbreviation(value, short)})
	doc.save()


def _abbreviation(value: str, taken: set[str]) -> str:
	"""The value itself, as ERPNext wants no two alike; with a number where another value is abbreviated so."""
	text = next(text for text in _numbered(value) if _folded(text) not in taken)
	taken.add(_folded(text))
	return text


def _numbered(value: str) -> Iterator[str]:
	yield value
	number = 2
	while True:
		yield f"{value} {number}"
		number += 1


def _folded(value: Any) -> str:
	return str(value).strip().lower()
