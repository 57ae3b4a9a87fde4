"""Attaches the files that a record brings to its document: as the session's user, private, and each content once.

A file that cannot be kept is told beside the record, which is written all the same. Never commits; never fetches.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import frappe
from frappe import _
from frappe.core.api.file import get_max_file_size
from frappe.core.doctype.file.utils import get_content_hash
from frappe.utils.image import strip_exif_data
from PIL.Image import DecompressionBombError
from pypdf.errors import PyPdfError

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import ConnectError
from erp_connect.core.payload import received_files
from erp_connect.core.payload.received_files import BadFile, ReceivedFile, Unread
from erp_connect.messages import translate
from erp_connect.records import failures
from erp_connect.records.missed import Missed

# Contents by their address, or why they could not be had.
Downloads = Mapping[str, bytes | ConnectError]
NONE: Downloads = MappingProxyType({})
SAVEPOINT = "erp_connect_file"
# Of a file, not of the database: Pillow says OSError and DecompressionBombError of pictures that are none, or far too
# large, and pypdf its own or ValueError of documents that are none: Frappe 16 opens each.
REFUSED = (
	ConnectError, frappe.ValidationError, frappe.PermissionError, OSError, DecompressionBombError, PyPdfError, ValueError,
)  # fmt: skip


def addresses(flow: InFlow, record: Mapping[str, Any]) -> list[str]:
	"""Where files of the record stand, each once. Raises `MappingError`."""
	files = of_record(flow, record, creating=True) if flow.fetches_files else []
	return list(dict.fromkeys(file.url for file in files if file.url and not file.problem))


def attach(
	flow: InFlow, record: Mapping[str, Any], doc, downloads: Downloads, *, creating: bool
) -> tuple[bool, tuple[Missed, ...]]:
	"""Attach the files of `record` to `doc`, which is saved. Returns whether anything was new, and what was not kept.

	Raises `MappingError`.
	"""
	made, lost, fields = False, [], {}
	for file in of_record(flow, record, creating=creating):
		frappe.db.savepoint(SAVEPOINT)
		try:
			url, new = _attached(doc, file, content_of(file, downloads))
		except REFUSED as error:
			frappe.db.rollback(save_point=SAVEPOINT)
			lost.append(_lost(file, error))
			continue
		made = made or new
		if file.field and doc.get(file.field) != url:
			fields[file.field] = (url, file)
	if fields:
		lost += _filled(doc, fields)
	return made or bool(fields), tuple(lost)


def of_record(flow: InFlow, record: Mapping[str, Any], *, creating: bool) -> list[ReceivedFile]:
	"""The files that a record brings. Raises `MappingError`."""
	values = flow.files.apply(
		record,
		creating=creating,
		time_zone=frappe.utils.get_system_timezone(),
		numbers=flow.numbers,
		unread=Unread,
	)
	return received_files.received(values)


def unusable(flow: InFlow, record: Mapping[str, Any], *, creating: bool) -> tuple[Missed, ...]:
	"""The files of a record of which it can be told without fetching any that they are not kept. Raises `MappingError`."""
	files = of_record(flow, record, creating=creating) if flow.files else ()
	return tuple(_lost(file, file.problem) for file in files if file.problem)


def content_of(file: ReceivedFile, downloads: Downloads) -> bytes:
	"""The contents of a file. Raises `ConnectError` where they cannot be had or the site does not take them."""
	found = file.problem or file.content
	if found is None:
		found = downloads.get(file.url) or BadFile("it was not fetched")
	if isinstance(found, ConnectError):
		raise found
	if not found:
		raise BadFile("it is empty")
	if len(found) > (most := get_max_file_size()):
		raise BadFile("it has {size} bytes, and at most {most} are taken", size=len(found), most=most)
	allowed = frappe.get_system_settings("allowed_file_extensions")
	# Frappe asks for this only where a person uploads.
	if allowed and file.name.rpartition(".")[2].upper() not in allowed.upper().split():
		raise BadFile("the site's System Settings allow no files of this kind")
	return found


def _attached(doc, file: ReceivedFile, content: bytes) -> tuple[str, bool]:
	"""The address of the file as it is attached to the document, and whether it was not before."""
	doc.check_permission("write")
	owner = {"attached_to_doctype": doc.doctype, "attached_to_name": str(doc.name)}
	known = frappe.get_all(
		"File",
		{**owner, "content_hash": ("in", hashes(file.name, content)), "is_folder": 0},
		pluck="file_url",
		order_by="creation",
		limit=1,
	)
	if known:
		return known[0], False
	made = frappe.get_doc(
		{
			"doctype": "File",
			**owner,
			"attached_to_field": file.field or None,
			"file_name": file.name,
			"is_private": 1,
			"content": content,
		}
	).insert()
	return made.file_url, True


def hashes(name: str, content: bytes) -> list[str]:
	"""What Frappe knows these contents by: of a photo, also as it keeps it without its place and camera."""
	found = [get_content_hash(content)]
	strips = frappe.get_system_settings("strip_exif_metadata_from_uploaded_images")
	if strips and mimetypes.guess_type(name)[0] == "image/jpeg":
		found.append(get_content_hash(strip_exif_data(content, "image/jpeg")))
	return found


def _filled(doc, fields: Mapping[str, tuple[str, ReceivedFile]]) -> Iterable[Missed]:
	"""Write the addresses into the Attach fields of the document, and save it."""
	frappe.db.savepoint(SAVEPOINT)
	try:
		for field, (url, _file) in fields.items():
			doc.set(field, url)
		doc.save()
	except REFUSED as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		doc.reload()
		return [_lost(file, error) for _url, file in fields.values()]
	kept = BadFile("the user may not change that field, or ERPNext kept its own value of it")
	return [_lost(file, kept) for field, (url, file) in fields.items() if doc.get(field) != url]


def _lost(file: ReceivedFile, error: Exception) -> Missed:
	reason = (
		translate(error) if isinstance(error, ConnectError) else failures.detail(error, _("send it again"))
	)
	frappe.clear_messages()
	text = _(
		"The file {0} was not kept: {1}. The record was written without it: attach the file to the document by hand."
	).format(file.name, reason.rstrip("."))
	return Missed(file.place, file.name, None, text)
