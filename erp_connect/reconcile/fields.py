"""Which fields of a document and its outside record differ, leaving out how each side writes the same value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.core.mapping.merge import Base
from erp_connect.core.payload.serialise import normalise
from erp_connect.reconcile.sides import Sides
from erp_connect.records import comparing, tables
from erp_connect.records.values import record_values
from erp_connect.store import synced


def differing(sides: Sides, doc, record: dict[str, Any], link: Any) -> list[dict[str, Any]]:
	"""{field, label, here, there} of each field that would be written if `record` came in. Raises `ConnectError`.

	link: row of Sync Link with `synced_values`, or None. Fields that the record does not have are not compared.
	"""
	values, sets = record_values(sides.inward, record, creating=False), comparing.sets_of(sides.inward)
	base = synced.base_of(link.synced_values) if link else None
	known = () if sides.outward else comparing.as_before(doc, values, base, sets)
	there = _compared(normalise(tables.whole(sides.inward, values, doc, known)), sides.quiet)
	here = comparing.of_document(doc, there, there, sets)
	meta = frappe.get_meta(sides.doctype)
	return [
		{"field": name, "label": meta.get_label(name), "here": here.get(name), "there": value}
		for name, value in there.items()
		if not comparing.same(here.get(name), value) and not _written_so(base, name, here.get(name), value)
	]


def changed_here(doc, link: Any, sets: Mapping[str, set[str]]) -> bool:
	"""Whether a document has other values than it had when both sides were last equal; None known is no change.

	sets: see `comparing.of_document`.
	"""
	base = synced.base_of(link.synced_values)
	if base is None:
		return False
	here = comparing.of_document(doc, base.here, base.here, sets)
	return not all(comparing.same(here.get(name), value) for name, value in base.here.items())


def changed_sides(base: Base | None, field: Mapping[str, Any]) -> tuple[bool, bool]:
	"""Whether a field that differs was changed (here, there) since the sides were equal; both where that is not known."""
	name = field["field"]
	if base is None or name not in base.here or name not in base.there:
		return True, True
	return (
		not comparing.same(base.here[name], field["here"]),
		not comparing.same(base.there[name], field["there"]),
	)


def _written_so(base: Base | None, name: str, here: Any, there: Any) -> bool:
	"""Whether the two values are those that stood for the same when the sides were last equal."""
	return changed_sides(base, {"field": name, "here": here, "there": there}) == (False, False)


def _compared(values: dict[str, Any], quiet: frozenset[tuple[str, ...]]) -> dict[str, Any]:
	return {name: _columns(name, value, quiet) for name, value in values.items() if (name,) not in quiet}


def _columns(table: str, value: Any, quiet: frozenset[tuple[str, ...]]) -> Any:
	if not isinstance(value, list):
		return value
	return [{name: item for name, item in row.items() if (table, name) not in quiet} for row in value]
