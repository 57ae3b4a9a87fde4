"""What the forms of this app only show is enforced on the server as well: a form is no boundary.

Frappe makes a field read-only in its form and takes it all the same from whoever calls the server by hand.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cast

NUMBERS = ("Check", "Int", "Long Int", "Float", "Percent", "Currency")


class OwnedRow(Document):
	"""A row of a table, which is saved and deleted with the record it belongs to, and in no other way.

	Frappe also saves a row by itself, with nothing of what its record checks.
	"""

	def validate(self) -> None:
		self._refuse()

	def on_trash(self) -> None:
		self._refuse()

	def _refuse(self) -> None:
		frappe.throw(
			_("A row of {0} is changed together with its {1}. Change it there and save that.").format(
				_(self.doctype), _(self.parenttype or "record")
			),
			frappe.PermissionError,
		)


class EngineRecord(Document):
	"""A record that the engine alone writes, by `store/`: people change it by the buttons, which are calls."""

	def validate(self) -> None:
		frappe.throw(
			_("{0} is written by ERP Connect alone. Use the buttons of its form.").format(_(self.doctype)),
			frappe.PermissionError,
		)


def refuse_rows_of_others(doc: Document) -> None:
	"""Raise `frappe.PermissionError` where a document names rows that belong to another one.

	Frappe would move them here, with what is kept for them, and take them from the other. Call it from `validate`.
	"""
	for table in doc.meta.get_table_fields():
		names = [row.name for row in doc.get(table.fieldname) if row.name]
		if names and frappe.db.exists(
			table.options, {"name": ("in", names), "parent": ("!=", doc.name), "parenttype": doc.doctype}
		):
			frappe.throw(
				_("A row of the table {0} belongs to another {1}. Add a new row instead.").format(
					_(table.label), _(doc.doctype)
				),
				frappe.PermissionError,
			)


def keep_read_only(doc: Document, *, once: Collection[str] = (), moving: Collection[str] = ()) -> None:
	"""Refuse values for the fields that the form of a document only shows. Call it from `before_validate`.

	once: fields that may be given when the document is made. moving: fields that the engine changes without a new time
	of change, so that a form may hold what they were before: these keep the stored value. Raises
	`frappe.CannotChangeConstantError`.
	"""
	before = doc.get_doc_before_save()
	for field in _shown_only(doc.doctype):
		stored = before.get(field.fieldname) if before else field.default
		if before is None and field.fieldname in once:
			continue
		if _plain(field, doc.get(field.fieldname)) == _plain(field, stored):
			continue
		if before and field.fieldname in moving:
			doc.set(field.fieldname, stored)
			continue
		frappe.throw(
			_("{0} is set by ERP Connect alone and cannot be entered or changed.").format(_(field.label)),
			frappe.CannotChangeConstantError,
		)


def _shown_only(doctype: str) -> list:
	# As the app ships them: what a form was customised to does not count.
	return frappe.get_all(
		"DocField",
		filters={"parent": doctype, "parenttype": "DocType", "read_only": 1},
		fields=["fieldname", "fieldtype", "label", "default"],
		order_by="idx",
	)


def _plain(field: Any, value: Any) -> Any:
	"""A value as it can be compared with what a form or a call sends for it."""
	if field.fieldtype in NUMBERS:
		return cast("Float", value)
	if field.fieldtype == "Datetime" and value:
		return frappe.utils.get_datetime(value)
	return str(value or "")
