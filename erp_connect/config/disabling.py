"""The field by which documents of a type are taken out of use, where their DocType has one."""

from __future__ import annotations

from typing import Any, NamedTuple

import frappe

# Fields that say so, with the values of a document that is out of use and of one that is not.
CHECKS = (("disabled", 1, 0), ("enabled", 0, 1), ("is_active", 0, 1), ("active", 0, 1))
STATUS, ENDED, USUAL = "status", ("Disabled", "Inactive"), ("Enabled", "Active")


class Switch(NamedTuple):
	"""off: the value of a document that is out of use. on: of one that is not."""

	field: str
	off: Any
	on: Any


def switch_of(doctype: str) -> Switch | None:
	"""How documents of a type are taken out of use; None where they cannot be."""
	meta = frappe.get_meta(doctype)
	for name, off, on in CHECKS:
		field = meta.get_field(name)
		if field and field.fieldtype == "Check" and _may_change(meta, field):
			return Switch(name, off, on)
	field = meta.get_field(STATUS)
	if not field or field.fieldtype != "Select" or field.read_only or not _may_change(meta, field):
		return None
	options = (field.options or "").split("\n")
	off = next((option for option in ENDED if option in options), None)
	on = next((option for option in USUAL if option in options), None)
	return Switch(STATUS, off, on) if off and on else None


def _may_change(meta, field) -> bool:
	return not meta.is_submittable or bool(field.allow_on_submit)
