"""The contents of files, read when a request is sent: a repetition sends the same ones, or is not sent.

Each is known by its checksum. A File that is gone or has other contents now may be replaced by another one with the very
same contents, as when the file was attached again.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.core.doctype.file.utils import get_content_hash

from erp_connect.config.account import Account
from erp_connect.core.delivery.progress import progress_of
from erp_connect.core.errors import ConnectError
from erp_connect.core.payload.contents import filled
from erp_connect.core.payload.serialise import require_size
from erp_connect.core.payload.uploads import next_part
from erp_connect.messages import translate
from erp_connect.outbound import settle
from erp_connect.outbound.request import Prepared, Verdict
from erp_connect.records import attachments
from erp_connect.records.attachments import NoContents


def read(group: list[Prepared], account: Account, token: str) -> list[Prepared]:
	"""Read the files of claimed requests, as the session's user. Returns the requests that may be sent.

	The others end with the reason. Commits where there are such.
	"""
	if not any(item.files for item in group):
		return group
	ready, unread = [], []
	for item in group:
		try:
			item.contents = {mark: _content(file) for mark, file in item.files.items()}
			if item.in_parts:
				_take_part(item)
			elif item.contents:
				require_size(
					len(filled(item.body, item.content_type, item.contents)), account.max_payload_bytes
				)
			ready.append(item)
		except ConnectError as error:
			item.contents = {}
			unread.append(Verdict(item.event, "Failed", error.code, translate(error)))
	if unread:
		settle.verdicts(token, unread, account)
	return ready


def _take_part(item: Prepared) -> None:
	"""Leave of the file what is sent now. How much the other side has is known by the event's row, after a try whose answer is
	not known by asking it alone."""
	(mark, content) = next(iter(item.contents.items()))
	taken = progress_of(item.event.steps).taken
	item.part = next_part(taken, len(content), item.stage.step.part_size, again=item.event.attempts > 1)
	item.contents = {mark: item.part.of(content)}


def _content(file: dict[str, Any]) -> bytes:
	"""The contents that a request was built with. file: see `attachments.chosen`. Raises `NoContents`."""
	same = frappe.get_all(
		"File", {"content_hash": file["checksum"], "is_folder": 0}, pluck="name", order_by="creation"
	)
	for name in dict.fromkeys([file["file"], *same]):
		doc = frappe.get_doc("File", name) if frappe.db.exists("File", name) else None
		if doc is None or not doc.has_permission("read"):
			continue
		try:
			content = attachments.read(doc)
		except NoContents:
			continue
		if get_content_hash(content) == file["checksum"]:
			return content
	raise NoContents(
		"The contents of file {file} were changed or removed since the request was built, or may not be read any more. "
		"Press Retry to have the document sent as it is now; where the outcome of an earlier attempt is unknown, attach the file "
		"as it was first.",
		code="file_changed",
		file=file["name"],
	)
