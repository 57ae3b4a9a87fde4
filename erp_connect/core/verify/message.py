"""The bytes that were signed, composed from the parts of a request by a template.

	{body}                       {id}|{timestamp}|{body}                 {method}{url}{body}{timestamp}

Promises: a closed set of parts, each put in once and unchanged. Never serialises anything anew: what is signed
are bytes that travelled.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from erp_connect.core.errors import PayloadError, Whole
from erp_connect.core.parse.body import FORM, JSON
from erp_connect.core.parse.form import form_pairs
from erp_connect.core.parse.json import parse_json
from erp_connect.core.parse.limits import InputError, decode_text
from erp_connect.core.payload import json_members
from erp_connect.core.verify.request import (
	DUPLICATE,
	MALFORMED,
	MISSING,
	InboundRequest,
	VerificationError,
	single,
)
from erp_connect.core.verify.settings import wrong

# Parts that stand for the body: a message without one of them would leave the body unsigned.
BODY_PARTS = frozenset({"body", "body_base64", "body_sha256", "crc32", "form_sorted", "form_values"})
REQUEST_PARTS = frozenset({"method", "url", "url_decoded", "path", "query"})
OTHER_PARTS = frozenset({"id", "timestamp", "secret", "webhook_id"})
NAMED_PARTS = frozenset({"header", "field", "raw"})
_PLACE = re.compile(r"\{(\w+)(?:\.([\w-]{1,100}))?\}", re.ASCII)
_FIELD = re.compile(r"[^\s|]{1,200}")
# Who signs a decoded address decodes these, and leaves all others as they are (source: the schemes that use it).
_DECODED = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)

Part = tuple[str, str]


@lru_cache(maxsize=256)
def message_parts(template: str) -> tuple[str | Part, ...]:
	"""A template as literal texts and (part, name). Raises ConfigurationError for what is not a part."""
	found: list[str | Part] = []
	position = 0
	for match in _PLACE.finditer(template):
		found += [template[position : match.start()], (match[1], match[2] or "")]
		position = match.end()
	found.append(template[position:])
	for piece in found:
		_check_piece(piece)
	return tuple(piece for piece in found if piece)


def covers_body(template: str) -> bool:
	"""Whether the body is among what a template signs."""
	return any(_stands_for_body(piece) for piece in message_parts(template))


def names_part(template: str, part: str) -> bool:
	"""Whether a template uses a part, whatever name stands after it."""
	return any(piece[0] == part for piece in message_parts(template) if isinstance(piece, tuple))


def signed_headers(template: str) -> frozenset[str]:
	"""The headers, in lower case, that a template names."""
	return frozenset(
		piece[1].lower()
		for piece in message_parts(template)
		if isinstance(piece, tuple) and piece[0] == "header"
	)


def compose(
	template: str, request: InboundRequest, values: dict[str, str], *, left_out: str = ""
) -> Callable[[bytes], bytes]:
	"""The signed bytes, as a function of the secret: most templates do not use it.

	values: texts for `id`, `timestamp` and `webhook_id`, as far as the template uses them. left_out: a form
	field that is not signed, for it holds the signature.
	Raises VerificationError for a part that the request lacks.
	"""
	pieces = [
		None if piece == ("secret", "") else _piece(piece, request, values, left_out)
		for piece in message_parts(template)
	]
	return lambda secret: b"".join(secret if piece is None else piece for piece in pieces)


def _check_piece(piece: str | Part) -> None:
	parts = BODY_PARTS | REQUEST_PARTS | OTHER_PARTS
	if isinstance(piece, str):
		if "{" in piece or "}" in piece:
			raise wrong("message", "has a brace that belongs to no part")
	elif (piece[0] in NAMED_PARTS) != bool(piece[1]) or piece[0] not in parts | NAMED_PARTS:
		raise wrong(
			"message",
			"names {part}, which does not exist; use one of {parts} or {named}",
			part=Whole(".".join(filter(None, piece))),
			parts=Whole(", ".join(sorted(parts))),
			named=Whole(", ".join(f"{name}.NAME" for name in sorted(NAMED_PARTS))),
		)


def _stands_for_body(piece: str | Part) -> bool:
	return isinstance(piece, tuple) and (piece[0] in BODY_PARTS or piece[0] in ("field", "raw"))


def _piece(piece: str | Part, request: InboundRequest, values: dict[str, str], left_out: str) -> bytes:
	if isinstance(piece, str):
		return piece.encode()
	part, name = piece
	if part in values:
		return _bytes(values[part])
	if part in _FROM_FORM:
		return _FROM_FORM[part](_form(request, left_out))
	if part in _NAMED:
		return _NAMED[part](request, name)
	return _PLAIN[part](request)


def _bytes(text: str) -> bytes:
	# What a web framework could not decode must not raise here.
	return text.encode("utf-8", "surrogatepass")


def _header(request: InboundRequest, name: str) -> bytes:
	return single(request.header_values(name)).encode()


def _field(request: InboundRequest, name: str) -> bytes:
	value = members(request).get(name)
	if value is None:
		raise VerificationError(MISSING)
	# No separator may hide in a value: two requests could then share one signature.
	if not isinstance(value, str) or not _FIELD.fullmatch(value):
		raise VerificationError(MALFORMED)
	return _bytes(value)


def _raw(request: InboundRequest, name: str) -> bytes:
	"""The bytes of one top-level member of a JSON object, exactly as they came."""
	_require_format(request, JSON)
	try:
		whole = parse_json(request.body, request.limits, any_text=True)
		text = decode_text(request.body)
		raw = json_members.member(text, (name,)) if isinstance(whole, dict) else None
	except (InputError, PayloadError):
		raise VerificationError(MALFORMED) from None
	if raw is None:
		raise VerificationError(MISSING)
	return raw.encode()


def members(request: InboundRequest) -> dict[str, Any]:
	"""The members of a body that is one object. Raises VerificationError for any other body."""
	try:
		data = request.data
	except InputError:
		raise VerificationError(MALFORMED) from None
	if not isinstance(data, dict):
		raise VerificationError(MALFORMED)
	return data


def _form(request: InboundRequest, left_out: str) -> list[tuple[str, str]]:
	_require_format(request, FORM)
	try:
		pairs = form_pairs(request.body, request.limits)
	except InputError:
		raise VerificationError(MALFORMED) from None
	if len({name for name, _ in pairs}) != len(pairs):
		raise VerificationError(DUPLICATE)
	return sorted(pair for pair in pairs if pair[0] != left_out)


def _require_format(request: InboundRequest, expected: str) -> None:
	"""What is signed is read as the event is: bytes that are a form and JSON at once would be two messages."""
	try:
		fits = not request.body.strip() or request.format == expected
	except InputError:
		fits = False
	if not fits:
		raise VerificationError(MALFORMED)


def _url_decoded(url: str) -> bytes:
	head, mark, query = url.partition("?")
	return _bytes(_DECODED.sub(_character, head) + mark + _DECODED.sub(_character, query))


def _character(match: re.Match[str]) -> str:
	return chr(int(match[1], 16))


_PLAIN: dict[str, Callable[[InboundRequest], bytes]] = {
	"body": lambda request: request.body,
	"body_base64": lambda request: base64.b64encode(request.body),
	"body_sha256": lambda request: hashlib.sha256(request.body).hexdigest().encode(),
	"crc32": lambda request: str(zlib.crc32(request.body)).encode(),
	"method": lambda request: _bytes(request.method),
	"url": lambda request: _bytes(request.url),
	"url_decoded": lambda request: _url_decoded(request.url),
	"path": lambda request: _bytes(request.path),
	"query": lambda request: _bytes(request.query_string),
}
_NAMED = {"header": _header, "field": _field, "raw": _raw}
_FROM_FORM: dict[str, Callable[[list[tuple[str, str]]], bytes]] = {
	# Each name with its value, in the order of the names.
	"form_sorted": lambda pairs: _bytes("".join(name + value for name, value in pairs)),
	# Values in the order of their names, nothing for null.
	"form_values": lambda pairs: _bytes("|".join("" if v.lower() == "null" else v for _, v in pairs)),
}
