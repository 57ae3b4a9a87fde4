"""Contents of files in a request: a mark stands for them until it is sent, so that no copy of a file is kept with it.

A mark is made of what a file is (its name and the checksum of its contents), so that two states of a document that
differ in a file differ as payloads. At sending each mark gives way to the contents: as base64 text, or, where a form is
sent in parts, as they are. Only marks that the sender has contents for are looked at; a text that looks like another one
is refused when the request is built (`marks`). Never reads a file.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote_plus

from erp_connect.core.errors import PayloadError

# By these names expressions know the files of a document: all of them, and those of its Attach fields by field.
ATTACHED, OF_FIELDS = "_attachments", "_files"
FORM = "application/x-www-form-urlencoded"
_AS_TEXT, _AS_PART = "erp-connect-file-", "erp-connect-part-"
_MARK = re.compile(rb"erp-connect-(?:file|part)-[0-9a-f]{40}")
_LIKE_A_MARK = re.compile(rb"erp-connect-(?:file|part)-", re.IGNORECASE)


def mark(name: str, checksum: str) -> str:
	"""What stands for the contents of a file, as base64 text, in the values of a document."""
	return _AS_TEXT + hashlib.sha256(f"{checksum}\n{name}".encode()).hexdigest()[:40]


def as_part(text: str) -> str:
	"""The mark for the contents as they are, of the mark for base64 text."""
	return _AS_PART + text.removeprefix(_AS_TEXT)


def _as_text(found: str) -> str:
	"""The mark for base64 text, of either mark."""
	return _AS_TEXT + found.removeprefix(_AS_PART).removeprefix(_AS_TEXT)


def marks(body: bytes) -> Counter[str]:
	"""How often each file is in a body, by its mark for base64 text.

	Raises PayloadError where a mark was changed, as by a transform: the receiver would get the rest of it.
	"""
	found = [match.decode() for match in _MARK.findall(body)]
	if len(found) < len(_LIKE_A_MARK.findall(body)):
		raise _changed()
	return Counter(_as_text(text) for text in found)


def size(body: bytes, sizes: Mapping[str, int]) -> int:
	"""Bytes of a body once the contents are in it, at least. sizes: of the contents in bytes, by mark."""
	added = 0
	for found in _MARK.findall(body):
		text = found.decode()
		length = sizes.get(_as_text(text), 0)
		added += (length if text.startswith(_AS_PART) else (length + 2) // 3 * 4) - len(text)
	return len(body) + added


def filled(body: bytes, content_type: str, contents: Mapping[str, bytes]) -> bytes:
	"""The body with the contents in place of their marks. contents: by the mark for base64 text."""

	def content(match: re.Match[bytes]) -> bytes:
		text = match[0].decode()
		found = contents.get(_as_text(text))
		if found is None:
			return match[0]
		if text.startswith(_AS_PART):
			return found
		encoded = b64encode(found)
		return quote_plus(encoded).encode() if content_type.startswith(FORM) else encoded

	return _MARK.sub(content, body)


def unknown_mark() -> PayloadError:
	"""For a mark of which the document has no file."""
	return PayloadError(
		"A text of the document looks like the place of a file's contents, but no file of the document has it. Correct the "
		"text, or leave the field out of the mapping.",
		code="file_mark",
	)


def _changed() -> PayloadError:
	return PayloadError(
		"The contents of a file were changed by a transform or a function before they were read. Map content as it is, or "
		"with concat around it.",
		code="file_mark",
	)
