"""Value maps that a flow brings where this site has some of the same names: which it uses, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import escape_html

DOCTYPE = "Value Map"


def entries_of(value_map: str) -> list[dict[str, Any]]:
	"""The entries of a value map of this site."""
	return frappe.get_all(
		"Value Map Entry", filters={"parent": value_map}, fields=["erp_value", "remote_value"], order_by="idx"
	)


def beside_others(mapping: Mapping, value_maps: Mapping) -> tuple[dict, dict]:
	"""A flow and its value maps, those renamed that this site has with other entries. Tells which."""
	names = {name: _free_name(name, entries) for name, entries in value_maps.items()}
	for name, other in names.items():
		if other != name:
			_tell(
				_(
					"This site has a Value Map {0} with other entries ({1} differ). The flow uses the one of the file, as {2}."
				),
				name,
				differing(name, value_maps[name]),
				other,
			)
	rows = [
		{**row, "value_map": names[row["value_map"]]} if row.get("value_map") in names else row
		for row in mapping.get("rows") or ()
	]
	return {**mapping, "rows": rows}, {names[name]: entries for name, entries in value_maps.items()}


def tell_kept(name: str, entries: Iterable[Mapping]) -> None:
	"""Tell that the value map of this site is used, where what was brought has other entries."""
	if count := differing(name, entries):
		_tell(
			_(
				"The Value Map {0} is here already, with other entries ({1} differ). It was left as it is, and the flow uses it."
			),
			name,
			count,
		)


def differing(name: str, entries: Iterable[Mapping]) -> int:
	"""How many entries the value map of this site has otherwise, or in another order; 0 where it is the same."""
	here, there = _pairs(entries_of(name)), _pairs(entries)
	if here == there:
		return 0
	known, brought = Counter(here), Counter(there)
	return max(1, (known - brought).total(), (brought - known).total())


def _free_name(name: str, entries: Iterable[Mapping]) -> str:
	"""The name, or the next one by which this site has no value map, or one with these entries."""
	candidate, number = name, 2
	while frappe.db.exists(DOCTYPE, candidate) and differing(candidate, entries):
		candidate, number = f"{name} ({number})", number + 1
	return candidate


def _pairs(entries: Iterable[Mapping]) -> list[tuple[str, str]]:
	return [(entry.get("erp_value") or "", entry.get("remote_value") or "") for entry in entries]


def _tell(text: str, *values: Any) -> None:
	shown = [escape_html(value) if isinstance(value, str) else value for value in values]
	frappe.msgprint(text.format(*shown), title=_("Value Map"), indicator="orange")
