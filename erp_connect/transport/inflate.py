"""Reading the body of an answer without trusting its size.

Promises never to hold more than the limit, neither of what arrives nor of what it decompresses to, and to
tell a body that ends too early from one that was cut on purpose.
"""

from __future__ import annotations

import http.client
import zlib

from erp_connect.transport.errors import TransportError

_BLOCK = 65536
# Compressed answers that were not asked for; others cannot be read.
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def read_capped(answer: http.client.HTTPResponse, limit: int) -> tuple[bytes, bool]:
	"""The body as received and whether it was cut at `limit` bytes.

	Raises TransportError of kind `truncated` when the connection ends before the announced length.
	"""
	blocks: list[bytes] = []
	room = limit + 1
	while room > 0:
		block = answer.read(min(room, _BLOCK))
		if not block:
			break
		blocks.append(block)
		room -= len(block)
	body = b"".join(blocks)
	if len(body) > limit:
		return body[:limit], True
	if answer.length:
		raise TransportError(
			"The answer ended after {got} of {announced} bytes.",
			kind="truncated",
			sent=True,
			got=len(body),
			announced=len(body) + answer.length,
		)
	return body, False


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
