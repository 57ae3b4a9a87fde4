"""The files that a record brings, as the rows of a mapping put them together: `_attachments` and `_files` inwards.

	{"_attachments": [{"name": "a.pdf", "content": "JVBERi0…"}], "_files": {"image": {"url": "https://…"}}}

Contents come as base64 text, also as a data URI, or as an address. A file that cannot be used does not stop the others:
it carries its `problem`. Pure; never reads or fetches anything.
"""

from __future__ import annotations

import binascii
import unicodedata
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from posixpath import basename
from typing import Any
from urllib.parse import unquote, urlsplit

from erp_connect.core.errors import ConnectError, shown
from erp_connect.core.payload.contents import ATTACHED, OF_FIELDS
from erp_connect.core.values.paths import Path

# What may be said of a file that comes in.
COLUMNS = ("name", "content", "url")
# Files of one record, and the bytes that they may have in all.
MOST, MOST_BYTES = 20, 50_000_000
NAME_LENGTH = 100
_DATA_URI, _BASE64 = "data:", ";base64,"
# Signs that mean something in an address, a path or a page.
_UNSAFE = str.maketrans(dict.fromkeys('<>:"|?*#%&\\/', "_"))


class BadFile(ConnectError):
	"""A file of a record cannot be used."""

	default_code = "bad_file"


@dataclass(frozen=True)
class ReceivedFile:
	"""name: cleaned. content: None where it stands at `url`. field: the Attach field it belongs to, empty for none.

	problem: why it cannot be used.
	"""

	name: str
	content: bytes | None = None
	url: str = ""
	field: str = ""
	problem: ConnectError | None = None

	@property
	def place(self) -> str:
		"""What the rows of the flow call it."""
		return f"{OF_FIELDS}.{self.field}" if self.field else ATTACHED


@dataclass(frozen=True)
class Unread:
	"""What the record has in its list of files where the rows of the flow find nothing of a file: see `Filling.unread`."""

	element: Any


def is_file_path(path: Path) -> bool:
	"""Whether a target of a row is part of a file, not of the document."""
	return path[0] in (ATTACHED, OF_FIELDS)


def received(values: Mapping[str, Any]) -> list[ReceivedFile]:
	"""The files in what a mapping made of a record, in their order; those of which nothing is said are none."""
	files = list(_received(values))
	return [*files[:MOST], *(_one_too_many(file, len(files)) for file in files[MOST:])]


def _received(values: Mapping[str, Any]) -> Iterator[ReceivedFile]:
	for field, said in (values.get(OF_FIELDS) or {}).items():
		if file := _file(said, field):
			yield file
	for said in values.get(ATTACHED) or ():
		if file := _file(said, ""):
			yield file


def _file(said: Any, field: str) -> ReceivedFile | None:
	if isinstance(said, Unread):
		return ReceivedFile("?", field=field, problem=_unread(said.element))
	if not isinstance(said, Mapping) or not any(said.get(column) for column in COLUMNS):
		return None
	texts = {column: said.get(column) or "" for column in COLUMNS}
	url = texts["url"].strip() if isinstance(texts["url"], str) else ""
	name = cleaned_name(texts["name"]) or cleaned_name(unquote(basename(_path(url))))
	try:
		if not name:
			raise BadFile("it has no name. Map its name to {place}.name", place=_place(field))
		if texts["content"]:
			return ReceivedFile(name, _decoded(texts["content"]), field=field)
		if not url:
			raise BadFile("the record holds neither its content nor its address")
	except BadFile as error:
		return ReceivedFile(name or "?", field=field, problem=error)
	return ReceivedFile(name, url=url, field=field)


def _unread(element: Any) -> BadFile:
	return BadFile(
		"nothing that the rows for files name stands in {element}. Correct these rows in the flow, or the record; for a "
		"list of mere addresses, write files[] instead of files[].url",
		element=shown(repr(element)),
	)


def cleaned_name(text: Any) -> str:
	"""A file name without folders, control signs and what means something in an address; its ending survives a cut."""
	if not isinstance(text, str):
		return ""
	last = text[-4 * NAME_LENGTH :].replace("\\", "/").rpartition("/")[2]
	plain = "".join(
		sign for sign in unicodedata.normalize("NFC", last) if unicodedata.category(sign)[0] != "C"
	)
	name = plain.translate(_UNSAFE).strip(" .")
	stem, dot, ending = name.rpartition(".")
	if len(name) <= NAME_LENGTH:
		return name
	return (
		f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}"
		if dot and len(ending) < 10
		else name[:NAME_LENGTH]
	)


def _place(field: str) -> str:
	return f"{OF_FIELDS}.{field}" if field else f"{ATTACHED}[]"


def _path(url: str) -> str:
	try:
		return urlsplit(url).path
	except ValueError:  # no address at all, which is told when it is fetched
		return ""


def _decoded(text: Any) -> bytes:
	if not isinstance(text, str):
		raise BadFile("its content is no text in base64")
	head, mark, rest = text.partition(_BASE64) if text.startswith(_DATA_URI) else ("", "", text)
	try:
		return b64decode("".join((rest if mark else text).split()), validate=True)
	except (binascii.Error, ValueError):
		raise BadFile("its content is no text in base64") from None


def _one_too_many(file: ReceivedFile, count: int) -> ReceivedFile:
	error = BadFile(
		"the record brings {count} files, and at most {most} are taken of one record", count=count, most=MOST
	)
	return ReceivedFile(file.name, field=file.field, problem=error)
