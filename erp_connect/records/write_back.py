"""What the outside answered, written into the document that was sent: fields, also of documents that it links to, and files
that are attached to it.

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

from erp_connect.config import linked_fields
from erp_connect.config.flow import Flow
from erp_connect.config.protected_doctypes import require_writable
from erp_connect.config.request_steps import WrittenBack
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.expressions.text_template import render_text
from erp_connect.core.payload.byte_lists import bytes_of
from erp_connect.core.values.field_types import Reading
from erp_connect.records import failures, origin, submitted
from erp_connect.records.document import Subject
from erp_connect.records.received_files import NONE, REFUSED, Downloads
from erp_connect.records.values import single

# Kinds of fields whose values are not text.
CAST = ("Check", "Int", "Long Int", "Float", "Currency", "Percent", "Date", "Datetime", "Time", "Rating")
DATA_URL = re.compile(r"data:[^,]*;base64,", re.IGNORECASE)
ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


class NotWritten(ConnectError):
	"""What was answered cannot be written into the document."""

	default_code = "not_written_back"


def addresses(flow: Flow, said: dict[str, Any]) -> list[str]:
	"""Where files stand that are to be attached, each once. said: see `write`. Raises `ConnectError` of expressions."""
	files = [file for row, value in _said(flow, said).items() if row.file_name for file in _each(value)]
	return list(dict.fromkeys(file.strip() for file in files if _is_address(file)))


def write(flow: Flow, subject: Subject, said: dict[str, Any], downloads: Downloads = NONE) -> None:
	"""Write what the flow's account answered; that account does not hear of it. See `put`."""
	with origin.changes_of(flow.account):
		put(flow, subject, said, downloads)


def put(flow: Flow, subject: Subject, said: dict[str, Any], downloads: Downloads = NONE) -> None:
	"""Write what a flow wants written back. said: the document's values with the answers of the steps. downloads: the files
	that stand at an address.

	Each value is read as what comes in is. What the answers do not hold is not written; what the document has already
	changes nothing, and nothing is written into one that was cancelled or deleted. Raises `NotWritten`, `BadValue`, why a file could
	not be had, other `ConnectError`s of expressions, and Frappe's own errors (permission, validation).
	"""
	values = _said(flow, said)
	if not values:
		return
	require_writable(subject.doctype)
	if not frappe.db.exists(subject.doctype, subject.name):
		return  # its deletion is told next
	doc = frappe.get_doc(subject.doctype, subject.name, for_update=True)
	if doc.docstatus.is_cancelled():
		return  # meanwhile: nobody can write into it any more, and its cancellation is told next
	for alias in dict.fromkeys(("", *(row.alias for row in values))):
		wanted = {row: value for row, value in values.items() if row.alias == alias}
		for target in _linked(flow, doc, alias) if alias else (doc,):
			_put(target, wanted, said, downloads)


def _put(doc: Any, values: dict[WrittenBack, Any], said: dict[str, Any], downloads: Downloads) -> None:
	doc.check_permission("write")
	wanted = dict(_fields(doc, values, said, downloads))
	changed = {name: value for name, value in wanted.items() if not _same(doc, name, doc.get(name), value)}
	if changed:
		doc.update(changed)
		submitted.save(doc, changed, {row.fieldname for row in values if row.after_submit})
		_require_kept(doc, changed)


def _linked(flow: Flow, doc: Any, alias: str) -> Iterator[Any]:
	"""The documents that a link of `doc`, or of the rows of its table, leads to; each once, and none that is cancelled."""
	link = next(link for link in flow.links if link.alias == alias)
	doctype = linked_fields.linked_doctype(doc.doctype, link.table, link.link_field)
	require_writable(doctype)
	rows = doc.get(link.table) if link.table else [doc]
	for name in dict.fromkeys(row.get(link.link_field) for row in rows):
		if name and frappe.db.exists(doctype, name):
			linked = frappe.get_doc(doctype, name, for_update=True)
			if not linked.docstatus.is_cancelled():
				yield linked


def _said(flow: Flow, said: dict[str, Any]) -> dict[WrittenBack, Any]:
	"""What the answers hold of what is to be written."""
	return {
		row: found for row in flow.written_back if (found := row.value.search(said)) not in (None, "", [])
	}


def _each(value: Any) -> list[Any]:
	if not isinstance(value, list) or bytes_of(value) is not None:
		return [value]
	return [one for one in value if one not in (None, "")]


def _is_address(value: Any) -> bool:
	return isinstance(value, str) and bool(ADDRESS.fullmatch(value.strip()))


def _fields(
	doc: Any, values: dict[WrittenBack, Any], said: dict[str, Any], downloads: Downloads
) -> Iterator[tuple[str, Any]]:
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
		files = [
			_attach(doc, row, _content(row, one, downloads), _name(row, said, number))
			for number, one in enumerate(_each(value), 1)
		]
		if row.fieldname and files:
			yield row.fieldname, files[0].file_url


def _name(row: WrittenBack, said: dict[str, Any], number: int) -> str:
	"""The name of a file; of the second one of a row and of those after it with their number."""
	name = render_text(row.file_name, said)
	if not name:
		raise NotWritten(
			"The file cannot be attached: its name {pattern} lacks a value. Correct File name in Written back.",
			pattern=row.file_name,
		)
	name = name.replace("/", "-")
	if number == 1:
		return name
	stem, dot, ending = name.rpartition(".")
	return f"{stem}-{number}.{ending}" if dot else f"{name}-{number}"


def _attach(doc: Any, row: WrittenBack, content: bytes, name: str) -> Any:
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": name,
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"attached_to_field": row.fieldname or None,
			"is_private": 1,
			"content": content,
		}
	)
	try:
		return file.insert()
	except REFUSED as error:
		if isinstance(error, frappe.PermissionError):
			raise
		raise NotWritten(
			"ERPNext does not take the file {file}: {reason}. Correct the site's limit of size or kinds, or take the file's "
			"row out of Written back to have all else written, and attach the file by hand.",
			file=name,
			reason=Whole(failures.detail(error).rstrip(".")),
		) from error


def _content(row: WrittenBack, value: Any, downloads: Downloads) -> bytes:
	if _is_address(value):
		found = downloads.get(value.strip()) or NotWritten("The file was not fetched: it is empty.")
		if isinstance(found, ConnectError):
			raise found
		return found
	if (listed := bytes_of(value)) is not None:
		return listed
	try:
		return base64.b64decode(DATA_URL.sub("", "".join(value.split()), count=1), validate=True)
	except (AttributeError, binascii.Error, ValueError):
		raise NotWritten(
			"The file cannot be attached: {expression} is not base64, nor the address of a file. Choose the place of the answer "
			"that holds the file or its address.",
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
