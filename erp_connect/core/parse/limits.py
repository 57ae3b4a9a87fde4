"""What comes in as bytes, turned into data or refused: sizes, encodings, and the door to each format.

Promises: work and memory stay within the limits whatever the bytes are, and everything that is refused is
refused with InputError, which knows its HTTP status. Never fetches, never resolves entities, never guesses
at broken input, and never changes the bytes it was given.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ConnectError

STATUS = {"too_large": 413, "media_type": 415, "content_encoding": 415, "charset": 415}
_CHUNK = 64 * 1024
_GZIP_WINDOW = 31  # 15 bits of window, and 16 to say that a gzip header comes first
_MAX_DECLARED_DIGITS = 18


class InputError(ConnectError):
	"""What came in cannot be accepted. `status` is the HTTP status to answer with: 400, 413 or 415.

	code: too_large, media_type, content_encoding, charset, json, xml, form, depth, keys, items, number, text
	or duplicate.
	"""

	default_code = "input"

	def __init__(self, code: str, template: str, **params: Any) -> None:
		super().__init__(template, code=code, **params)

	@property
	def status(self) -> int:
		return STATUS.get(self.code, 400)


@dataclass(frozen=True)
class Limits:
	"""How much may come in.

	max_bytes: of a body, and of what a compressed one unpacks to. max_depth: of objects and lists in each
	other, or of XML elements. max_keys: object members in all, or XML elements and attributes. max_items: list
	elements and members in all. max_digits: of one whole number. max_fields: of a form. gzip: whether a
	compressed body is read at all.
	"""

	max_bytes: int = 1_000_000
	max_depth: int = 32
	max_keys: int = 10_000
	max_items: int = 100_000
	max_digits: int = 30
	max_fields: int = 1_000
	gzip: bool = False


DEFAULT_LIMITS = Limits()


def check_declared_size(content_length: str | None, limits: Limits = DEFAULT_LIMITS) -> None:
	"""Refuse a body by its `Content-Length` header before a byte of it is read. None or empty: not declared.

	Raises InputError `too_large`, or `text` for a header that is not a number.
	"""
	if not content_length:
		return
	if not re.fullmatch(r"\d{1,40}", content_length, re.ASCII):
		raise InputError("text", "The Content-Length header is not a number. Send the length in bytes.")
	digits = content_length.lstrip("0") or "0"
	if len(digits) > _MAX_DECLARED_DIGITS or int(digits) > limits.max_bytes:
		raise too_large(limits)


def check_size(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> None:
	"""Raises InputError `too_large` for more bytes than allowed."""
	if len(raw) > limits.max_bytes:
		raise too_large(limits)


def decode_content(raw: bytes, content_encoding: str | None, limits: Limits = DEFAULT_LIMITS) -> bytes:
	"""The body without its `Content-Encoding`: as it is, or unpacked from one layer of gzip where allowed.

	Unpacking stops at `limits.max_bytes`. Raises InputError `content_encoding` or `too_large`.
	"""
	check_size(raw, limits)
	encoding = (content_encoding or "identity").strip().lower()
	if encoding == "identity":
		return raw
	if encoding not in ("gzip", "x-gzip") or not limits.gzip:
		raise InputError(
			"content_encoding",
			"A body with Content-Encoding {encoding} is not accepted here. Send it uncompressed.",
			encoding=encoding,
		)
	return _gunzip(raw, limits)


def too_large(limits: Limits) -> InputError:
	"""The refusal of too much."""
	return InputError(
		"too_large",
		"The body is larger than {limit} bytes. Send less at once.",
		limit=limits.max_bytes,
	)


def decode_text(raw: bytes) -> str:
	"""Text of UTF-8 bytes, without a byte order mark. Raises InputError `charset`."""
	try:
		return raw.decode("utf-8-sig")
	except UnicodeDecodeError:
		raise InputError("charset", "The body is not UTF-8. Send it in UTF-8.") from None


def _gunzip(raw: bytes, limits: Limits) -> bytes:
	unpacker = zlib.decompressobj(_GZIP_WINDOW)
	parts, size, rest = [], 0, raw
	try:
		while rest and not unpacker.eof:
			part = unpacker.decompress(rest, _CHUNK)
			size += len(part)
			if size > limits.max_bytes:
				raise too_large(limits)
			parts.append(part)
			rest = unpacker.unconsumed_tail
	except zlib.error:
		raise _broken_gzip() from None
	if not unpacker.eof or unpacker.unused_data:
		raise _broken_gzip()
	return b"".join(parts)


def _broken_gzip() -> InputError:
	return InputError("content_encoding", "The body is not one complete gzip stream. Send it uncompressed.")
