"""The files of a document, as expressions see them: what is attached to it, and what its Attach fields hold.

`_attachments` lists all of them; `_files` has those of Attach fields by field, also in rows of tables and in linked
documents. Each has `name, type, size, private, field, url, remote, id`, `public_url` (where anybody can fetch it, with
the server's name; empty for private files) and `content`: a mark that gives way to the
contents when the request is sent (`core.payload.contents`). Both readers, the account's user and a person who looks,
must be allowed to read a file; what they may not, and what is only a link to another server, raises when it is asked for.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable, Iterator
from posixpath import basename
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import frappe
from frappe.core.doctype.file.utils import get_content_hash

from erp_connect import compat
from erp_connect.config.flow_fields import ATTACH_FIELDS, CONTENTS_OF_FILE
from erp_connect.core.errors import ConnectError
from erp_connect.core.payload import contents
from erp_connect.core.payload.contents import ATTACHED, OF_FIELDS
from erp_connect.core.payload.serialise import require_size
from erp_connect.core.values.withheld import Guarded

# Of an address: what stands for itself, and what is encoded already.
KEPT = "%/:=&?~#+!$,;'@()*[]"
FILE, OWN_CONTENTS = CONTENTS_OF_FILE
UNKNOWN_TYPE = "application/octet-stream"
COLUMNS = (
	"name", "file_name", "file_url", "file_size", "content_hash", "is_private", "attached_to_doctype", "attached_to_name",
	"attached_to_field",
)  # fmt: skip
# Of a file that may not be read: all but the field that it belongs to, so that a filter can leave it out.
SECRET = ("id", "name", "type", "size", "private", "url", "public_url", "remote", "content")


class NoContents(ConnectError):
	"""The contents of a file cannot be had, or not by this reader."""

	default_code = "no_file"


class Files:
	"""Adds files to the values of one document. readers: users who must all be allowed to read them."""

	def __init__(self, readers: Iterable[str]) -> None:
		self.readers = tuple(readers)

	def add(self, source: dict, doctype: str) -> None:
		"""`_attachments`, and `_files` of the document and of the rows of its tables. source: its readable values."""
		self.add_fields(source, doctype)
		found = [
			self._closed_by_field(self._entry(row), source) for row in _attached(doctype, source["name"])
		]
		known = {dict.get(entry, "id") for entry in found} - {None}
		source[ATTACHED] = [
			*found,
			*(file for file in source[OF_FIELDS].values() if dict.get(file, "id") not in known),
		]

	def add_fields(self, source: dict, doctype: str) -> None:
		"""`_files` of a document or linked document, and of the rows of its tables."""
		meta = frappe.get_meta(doctype)
		self._add_fields(source, meta, doctype, source.get("name"))
		for table in meta.get_table_fields():
			child = frappe.get_meta(table.options)
			for row in dict.get(source, table.fieldname) or ():
				self._add_fields(row, child, doctype, source.get("name"))

	def _add_fields(self, values: dict, meta, doctype: str, name: str | None) -> None:
		closed = _closed(values)
		found = {
			field.fieldname: self._of_url(values[field.fieldname], field.fieldname, doctype, name)
			for field in meta.fields
			if field.fieldtype in ATTACH_FIELDS
			and field.fieldname not in closed
			and values.get(field.fieldname)
		}
		if doctype == FILE:
			found[OWN_CONTENTS] = self._itself(values)
		values[OF_FIELDS] = Guarded(found, closed, values.refuse) if closed else found

	def _itself(self, values: dict) -> dict:
		"""Of a File as the document: that very file."""
		rows = frappe.get_all(FILE, {"name": values.get("name"), "is_folder": 0}, COLUMNS)
		if not rows:
			return _without(OWN_CONTENTS, _not_there(values.get("file_url") or values.get("name") or ""))
		return self._entry(rows[0])

	def _of_url(self, url: str, field: str, doctype: str, name: str | None) -> dict:
		"""The file that an Attach field names by its address."""
		address = urlsplit(url)
		if address.scheme:
			return self._entry(frappe._dict(file_url=url, file_name=unquote(basename(address.path)))) | {
				"field": field
			}
		rows = frappe.get_all(
			"File", {"file_url": unquote(address.path), "is_folder": 0}, COLUMNS, order_by="creation"
		)
		if not rows:
			return _without(field, _not_there(url))
		own = [row for row in rows if (row.attached_to_doctype, row.attached_to_name) == (doctype, name)]
		# Whoever writes the address of somebody else's private file into a field must not have it sent.
		if usable := own or [row for row in rows if not row.is_private]:
			return self._entry(usable[0]) | {"field": field}
		return _without(field, _not_attached(url, doctype, name))

	def _entry(self, row) -> dict:
		"""A File row as expressions see it; one that raises for what may not be had."""
		name, field = row.file_name or basename(row.file_url or ""), row.attached_to_field or ""
		remote = bool(urlsplit(row.file_url or "").scheme)
		entry = {
			"id": row.name,
			"name": name,
			"type": mimetypes.guess_type(name)[0] or UNKNOWN_TYPE,
			"size": row.file_size or 0,
			"private": bool(row.is_private),
			"field": field,
			"url": row.file_url,
			"public_url": None
			if row.is_private
			else frappe.utils.get_url(quote(row.file_url or "", safe=KEPT)),
			"remote": remote,
		}
		if row.name and (refused := self._refused(row.name, name)):
			return _without(field, refused)
		if remote:
			return Guarded(entry, ("content",), lambda _field: _only_a_link(name, row.file_url))
		try:
			checksum = row.content_hash or get_content_hash(read(frappe.get_doc("File", row.name)))
		except NoContents as error:
			return Guarded(entry, ("content",), _raising(error))
		return entry | {"content": contents.mark(name, checksum), "checksum": checksum}

	def _refused(self, file: str, name: str) -> NoContents | None:
		doc = frappe.get_doc("File", file)
		for user in self.readers:
			if not doc.has_permission("read", user=user):
				return NoContents(
					"User {user} may not read the file {file}. Give the user a role that may, attach the file to the document, or "
					"leave it out of the mapping.",
					code="no_permission",
					user=user,
					file=name,
				)
		return None

	@staticmethod
	def _closed_by_field(entry: dict, source: dict) -> dict:
		"""The file of a field that may not be read is closed as the field is."""
		field = dict.get(entry, "field")
		if field in _closed(source):
			return Guarded({"field": field}, SECRET, lambda _key: source.refuse(field))
		return entry


def read(file) -> bytes:
	"""The contents of a File document. Raises `NoContents` where the site has none."""
	if file.is_folder or not file.file_url or urlsplit(file.file_url).scheme:
		raise _only_a_link(file.file_name, file.file_url)
	try:
		return compat.file_content(file)
	except OSError:
		raise _not_there(file.file_url) from None
	except frappe.ValidationError:
		frappe.clear_last_message()  # Frappe's own words, which only a page of Desk would show
		raise _not_there(file.file_url) from None


def chosen(body: bytes, source: dict, max_bytes: int) -> dict[str, dict[str, Any]]:
	"""The files whose contents belong into a body: mark → `file` (id), `name`, `type`, `checksum`.

	source: the document's values. Raises `PayloadError` when the body would be too large with them, and for marks that
	are of no file of the document.
	"""
	wanted = contents.marks(body)
	if not wanted:
		return {}
	offered = {entry["content"]: entry for entry in entries(source)}
	if any(mark not in offered for mark in wanted):
		raise contents.unknown_mark()
	require_size(contents.size(body, {mark: offered[mark]["size"] for mark in wanted}), max_bytes)
	return {
		mark: {
			"file": offered[mark]["id"],
			**{key: offered[mark][key] for key in ("name", "type", "checksum")},
		}
		for mark in wanted
	}


def entries(source: Any) -> Iterator[dict]:
	"""The files, with contents, that the values of a document offer, in rows and linked documents too."""
	for name, value in source.items():
		found = value.values() if name == OF_FIELDS else value if name == ATTACHED else ()
		yield from (file for file in found if dict.get(file, "content"))
		if name in (OF_FIELDS, ATTACHED):
			continue
		for part in value if isinstance(value, list) else (value,):
			if isinstance(part, dict):
				yield from entries(part)


def _closed(values: dict) -> frozenset[str]:
	"""Fields that may not be read."""
	return values.withheld if isinstance(values, Guarded) else frozenset()


def _attached(doctype: str, name: str) -> list:
	filters = {"attached_to_doctype": doctype, "attached_to_name": name, "is_folder": 0}
	return frappe.get_all("File", filters, COLUMNS, order_by="creation, name")


def _without(field: str, error: NoContents) -> Guarded:
	return Guarded({"field": field}, SECRET, _raising(error))


def _raising(error: NoContents) -> Callable[[str], NoContents]:
	return lambda _field: error


def _only_a_link(name: str, url: str) -> NoContents:
	return NoContents(
		"The file {file} is only a link to {url}, so its contents are not here. Map its url, leave it out with "
		"_attachments[?!remote], or upload the file itself.",
		file=name,
		url=url,
	)


def _not_attached(url: str, doctype: str, name: str | None) -> NoContents:
	return NoContents(
		"The private file {url} is not attached to {doctype} {name}. Attach it there; then {again}.",
		code="no_permission",
		url=url,
		doctype=doctype,
		name=name or "",
	)


def _not_there(url: str) -> NoContents:
	return NoContents("There is no file {url} on this site any more. Attach it again; then {again}.", url=url)
