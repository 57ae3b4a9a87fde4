"""What the outside answered, written into the document that was sent: fields, and files that are attached to it.

As the session's user, whose rights hold as for any other change; not captured for the account that answered. Never
commits.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import frappe
from frappe.utils import cast

from erp_connect.config.flow import Flow
from erp_connect.config.protected_doctypes import require_writable
from erp_connect.config.request_steps import WrittenBack
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.expressions.text_template import render_text
from erp_connect.core.values.field_types import Reading
from erp_connect.records import origin
from erp_connect.records.document import Subject
from erp_connect.records.values import single

# Kinds of fields whose values are not text.
CAST = ("Check", "Int", "Long Int", "Float", "Currency", "Percent", "Date", "Datetime", "Time", "Rating")
DATA_URL = re.compile(r"data:[^,]*;base64,", re.IGNORECASE)


class NotWritten(ConnectError):
	"""What was answered cannot be written into the document."""

	default_code = "not_written_back"


def write(flow: Flow, subject: Subject, said: dict[str, Any]) -> None:
	"""Write what a flow wants written back. said: the document's values with the answers of the steps.

	Each value is read as what comes in is. What the answers do not hold is not written; what the document has already
	changes nothing. Raises `NotWritten`, `BadValue`, other `ConnectError`s of expressions, and Frappe's own errors (permission, validation).
	"""
	values = {row: found for row in flow.written_back if (found := row.value.search(said)) not in (None, "")}
	if not values:
		return
	require_writable(subject.doctype)
	with origin.changes_of(flow.account):
		doc = frappe.get_doc(subject.doctype, subject.name, for_update=True)
		doc.check_permission("write")
		wanted = dict(_fields(doc, values, said))
		changed = {
			name: value for name, value in wanted.items() if not _same(doc, name, doc.get(name), value)
		}
		if changed:
			doc.update(changed)
			doc.save()
			_require_kept(doc, changed)


def _fields(doc: Any, values: dict[WrittenBack, Any], said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
	reading = Reading(frappe.utils.get_system_timezone())
	for row, value in values.items():
		if not row.file_name:
			if isinstance(value, list | dict):
				raise NotWritten(
					"{field} cannot be written back: {expression} gives a list or an object. Choose a single value.",
					field=row.fieldname,
					expression=row.value.text,
				)
			yield row.fieldname, single(doc.meta, row.fieldname, value, reading)
			continue
		file = _attach(doc, row, value, said)
		if row.fieldname:
			yield row.fieldname, file.file_url


def _attach(doc: Any, row: WrittenBack, value: Any, said: dict[str, Any]) -> Any:
	name = render_text(row.file_name, said)
	if not name:
		raise NotWritten(
			"The file cannot be attached: its name {template} lacks a value. Correct File name in Written back.",
			template=row.file_name,
		)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": name.replace("/", "-"),
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"attached_to_field": row.fieldname or None,
			"is_private": 1,
			"content": _content(row, value),
		}
	)
	return file.insert()


def _content(row: WrittenBack, value: Any) -> bytes:
	try:
		return base64.b64decode(DATA_URL.sub("", "".join(value.split()), count=1), validate=True)
	except (AttributeError, binascii.Error, ValueError):
		raise NotWritten(
			"The file cannot be attached: {expression} is not base64. Choose the place of the answer that holds the file "
			"itself; an address of a file is written into a field as it is.",
			expression=row.value.text,
		) from None


def _require_kept(doc: Any, changed: dict[str, Any]) -> None:
	"""Frappe puts back, without a word, what the user may not write by its permission level."""
	kept = frappe.db.get_value(doc.doctype, doc.name, list(changed), as_dict=True)
	lost = [name for name, value in changed.items() if not _same(doc, name, kept[name], value)]
	if lost:
		raise NotWritten(
			"ERPNext did not keep what was written into {fields} of {doctype} {name}: user {user} may not change it by its "
			"permission level, or the document sets it itself.",
			fields=Whole(", ".join(lost)),
			doctype=doc.doctype,
			name=doc.name,
			user=frappe.session.user,
		)


def _same(doc: Any, fieldname: str, have: Any, want: Any) -> bool:
	"""Whether both are one value of the field: an answer has dates and numbers as text, or a number where text is."""
	return _cast(doc, fieldname, have) == _cast(doc, fieldname, want)


def _cast(doc: Any, fieldname: str, value: Any) -> Any:
	kind = doc.meta.get_field(fieldname).fieldtype
	return cast(kind, value) if kind in CAST else str(value if value is not None else "")
