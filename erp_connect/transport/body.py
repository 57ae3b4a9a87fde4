"""Reading the body of an answer without trusting its size.

Promises never to hold more than the limit, neither of what arrives nor of what it decompresses to, and to
tell a body that ends too early from one that was cut on purpose. Decompresses by itself, because urllib3 gives
a compressed body that ends too early for a whole one.
"""

from __future__ import annotations

import zlib

import urllib3

from erp_connect.transport.errors import TransportError

_BLOCK = 65536
# Compressed answers that were not asked for; others cannot be read.
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def read_body(raw: urllib3.BaseHTTPResponse, limit: int) -> tuple[bytes, bool]:
	"""The body, decompressed, and whether it was cut at `limit` bytes; an answer that was cut is closed.

	Raises TransportError of kind `decode` for an unknown or broken compression, `truncated` for an incomplete
	one, and what urllib3 raises when reading fails.
	"""
	body, cut = _read_capped(raw, limit)
	return inflate(body, raw.headers.get("content-encoding", ""), limit, cut=cut)


def _read_capped(raw: urllib3.BaseHTTPResponse, limit: int) -> tuple[bytes, bool]:
	blocks: list[bytes] = []
	room = limit + 1
	while room > 0:
		block = raw.read(min(room, _BLOCK), decode_content=False)
		blocks.append(block)
		room -= len(block)
		if not block or (raw.length_remaining == 0 and room > 0):
			return b"".join(blocks), False
	raw.close()
	return b"".join(blocks)[:limit], True


def inflate(body: bytes, encoding: str, limit: int, *, cut: bool = False) -> tuple[bytes, bool]:
	"""The decompressed body and whether it was cut at `limit` bytes.

	encoding: value of `Content-Encoding`. cut: `body` itself is already incomplete. Raises TransportError of
	kind `decode` for an unknown or broken compression, `truncated` for an incomplete one.
	"""
	name = encoding.strip().lower()
	if name in ("", "identity") or not body:
		return body, cut
	if name not in _WINDOW_BITS:
		raise TransportError(
			"The answer is compressed as {encoding}, which was not asked for and is not read.",
			kind="decode",
			sent=True,
			encoding=name[:40],
		)
	try:
		machine = zlib.decompressobj(_window(body, name))
		plain = machine.decompress(body, limit + 1)
	except zlib.error:
		raise TransportError(
			"The answer says it is compressed as {encoding} but is not.",
			kind="decode",
			sent=True,
			encoding=name,
		) from None
	if len(plain) > limit:
		return plain[:limit], True
	if not machine.eof and not cut:
		raise TransportError("The compressed answer ended too early.", kind="truncated", sent=True)
	return plain, cut


def _window(body: bytes, name: str) -> int:
	# Some servers send raw deflate under the name of zlib's format, whose first byte is always 0x?8.
	return -15 if name == "deflate" and body[0] & 0x0F != 8 else _WINDOW_BITS[name]
