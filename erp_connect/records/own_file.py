"""A File as the document of a flow that comes in: its contents by `_files.file_url`, attached to the document that the record
names. As the session's user, who must be allowed to write that document. Never commits; never fetches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.core.doctype.file.utils import get_content_hash

from erp_connect.config.flow_fields import CONTENTS_OF_FILE
from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import Whole
from erp_connect.core.payload.received_files import ReceivedFile
from erp_connect.messages import translate
from erp_connect.records import names, received_files
from erp_connect.records.errors import BadRecord, HeldForReview

FILE, OWN = CONTENTS_OF_FILE


def is_meant(flow: InFlow) -> bool:
	"""Whether the records of a flow become Files."""
	return flow.document_type == FILE and flow.files is not None


def beside(
	flow: InFlow, record: Mapping[str, Any], values: dict[str, Any], downloads: received_files.Downloads
) -> dict[str, Any]:
	"""What a new File has besides its fields, of which the name of its document becomes as it is written here.

	Raises `HeldForReview`, and `ConnectError` of what cannot be had.
	"""
	values["attached_to_name"] = _document_of(values)
	file, content = _had(flow, record, downloads, creating=True)
	return {"file_name": file.name, "is_private": 1, "content": content}


def renew(flow: InFlow, record: Mapping[str, Any], doc: Any, downloads: received_files.Downloads) -> bool:
	"""Give a File the contents that the record has now; others that share its old ones keep them. Whether they are new."""
	file, content = _had(flow, record, downloads, creating=False)
	if doc.content_hash in received_files.hashes(file.name, content):
		return False
	doc.check_permission("write")
	_document_of(doc)
	# Without both, Frappe takes it for a link to another server.
	doc.file_name, doc.file_url, doc.content, doc.decode = file.name, None, content, False
	# A new place on disk, which is removed if the transaction is rolled back.
	doc.flags.new_file = True
	doc.save_file(content=content, ignore_existing_file_check=True)
	doc.content_hash = doc.content_hash or get_content_hash(content)
	doc.save()
	return True


def _had(
	flow: InFlow, record: Mapping[str, Any], downloads: received_files.Downloads, *, creating: bool
) -> tuple[ReceivedFile, bytes]:
	files = received_files.of_record(flow, record, creating=creating)
	file = next((one for one in files if one.field == OWN), None)
	if file is None:
		raise BadRecord("The record has no contents that a File could have. Map them to _files.file_url.")
	try:
		return file, received_files.content_of(file, downloads)
	except received_files.REFUSED as error:
		raise BadRecord(
			"The file {file} cannot be taken: {reason}. Change it outside, or leave it out of the folder.",
			file=file.name,
			reason=Whole(translate(error).rstrip(".") if hasattr(error, "template") else str(error)),
		) from error


def _document_of(values: Any) -> str:
	"""The name of the document that a file is attached to, which the user may write. Raises `BadRecord` and `HeldForReview`."""
	doctype, name = values.get("attached_to_doctype"), values.get("attached_to_name")
	if not doctype or not name:
		raise BadRecord("The record does not say to which document the file belongs.")
	found = names.alike(doctype, str(name))
	if not found:
		raise HeldForReview(
			"There is no {doctype} {name} that the file could be attached to. Make it, or rename the file outside; then {again}.",
			code="no_document",
			waits_for=(doctype, name),
			doctype=Whole(doctype),
			name=Whole(name),
		)
	frappe.get_doc(doctype, found).check_permission("write")
	return found
