"""What the file of a batch's results holds: JSON, or an archive of JSON files (tar), each compressed by gzip or not.

Promises never to hold more than `MOST_BYTES` of what it decompresses to, nor to write anything: names in an archive mean
nothing here, and what is no plain file in it is left out.
"""

from __future__ import annotations

import io
import json
import tarfile
import zlib
from typing import Any

from erp_connect.core.errors import ConnectError

MOST_BYTES = 64 * 1024 * 1024
MOST_FILES = 2000
_GZIP = b"\x1f\x8b"
# Where a tar tells that it is one.
_MAGIC = slice(257, 262)


class UnreadableResults(ConnectError):
	"""A file of results is broken, or larger than what is read."""

	default_code = "unreadable_results"


def read_results(content: bytes, most_bytes: int = MOST_BYTES) -> list[Any]:
	"""What the JSON files in `content` hold, in their order. Raises `UnreadableResults`."""
	plain = _inflated(content, most_bytes) if content.startswith(_GZIP) else content
	if plain[_MAGIC] == b"ustar":
		return [_parsed(part) for part in _files(plain)]
	return [_parsed(plain)]


def _inflated(content: bytes, most_bytes: int) -> bytes:
	machine = zlib.decompressobj(31)
	try:
		plain = machine.decompress(content, most_bytes + 1)
	except zlib.error:
		raise UnreadableResults("the file says it is compressed but is not") from None
	if len(plain) > most_bytes:
		raise UnreadableResults("the file holds more than {most} bytes", most=most_bytes)
	if not machine.eof:
		raise UnreadableResults("the file ends too early")
	return plain


def _files(content: bytes) -> list[bytes]:
	found: list[bytes] = []
	try:
		with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
			for entry in archive:
				part = archive.extractfile(entry) if entry.isreg() else None
				if part is None:
					continue
				if len(found) == MOST_FILES:
					raise UnreadableResults("the archive holds more than {most} files", most=MOST_FILES)
				found.append(part.read())
	except (tarfile.TarError, EOFError, ValueError):
		raise UnreadableResults("the archive is broken") from None
	return found


def _parsed(content: bytes) -> Any:
	try:
		return json.loads(content)
	except (ValueError, RecursionError):
		raise UnreadableResults("a file of the results is no JSON") from None
