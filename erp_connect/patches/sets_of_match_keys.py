"""Match keys of a flow were tried one by one. They have sets now: give the keys of flows that have several theirs."""

from __future__ import annotations

import frappe
from frappe import _

from erp_connect.core.mapping.matching import sets_of_alternatives
from erp_connect.store import upgrades

# A value of these can belong to many records.
SHARED = frozenset(
	("Link", "Dynamic Link", "Select", "Date", "Datetime", "Time", "Duration", "Check", "Int", "Long Int", "Float",
	"Currency", "Percent", "Rating", "Color")
)  # fmt: skip


def execute() -> None:
	"""Keep as alternatives what can be; what recognised strangers by itself counts only together with the others.

	What was done is told in a comment on the flow. A flow that has a second set already is left alone.
	"""
	flows: dict[str, list] = {}
	for row in frappe.get_all(
		"Field Mapping Row",
		filters={"is_match_key": 1, "parenttype": "Field Mapping", "direction": ("!=", "Outgoing")},
		fields=["name", "parent", "source", "match_set"],
		order_by="parent, idx",
	):
		flows.setdefault(row.parent, []).append(row)
	for name, rows in flows.items():
		_give_sets(name, rows)


def _give_sets(name: str, rows: list) -> None:
	flow = frappe.get_doc("Field Mapping", name)
	if (flow.purpose or "Document") != "Document" or any((row.match_set or 1) != 1 for row in rows):
		return
	meta = frappe.get_meta(flow.document_type)
	keys = [row for row in rows if meta.get_field(row.source.strip())]
	for row in rows:
		if row not in keys:  # a column of a table never counted
			upgrades.change_row(row.name, is_match_key=0)
	if len(keys) < 2:
		return
	sets = sets_of_alternatives({row.source.strip(): _stands_alone(meta, row.source.strip()) for row in keys})
	for row in keys:
		upgrades.change_row(row.name, match_set=sets[row.source.strip()])
	flow.add_comment("Info", _told(sets))


def _stands_alone(meta, fieldname: str) -> bool:
	field = meta.get_field(fieldname)
	return bool(field.unique or meta.autoname == f"field:{fieldname}" or field.fieldtype not in SHARED)


def _told(sets: dict[str, int]) -> str:
	fields = ", ".join(sets)
	if len(set(sets.values())) > 1:
		return _(
			"Match keys have sets now. {0} are a set each, tried in this order as before. Give them one number where they "
			"shall fit together."
		).format(fields)
	return _(
		"Match keys have sets now. {0} are one set: a record is recognised only where all of them fit. Before, one of them "
		"was enough, and records of others were overwritten. Give them different numbers where one shall be enough."
	).format(fields)
