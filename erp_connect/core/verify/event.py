"""What is known of a request once it is proved: which event it is, what it is about, and when it was signed.

Promises: an id for every request, of at most 140 characters, the same for every try of one delivery as far as
the vendor makes that possible. Never raises because of the body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from erp_connect.core.parse.limits import InputError
from erp_connect.core.verify.message import covers_body, names_part, signed_headers
from erp_connect.core.verify.places import BODY, HEADER, Place
from erp_connect.core.verify.request import InboundRequest
from erp_connect.core.verify.types import Scheme

MAX_LENGTH = 140
_HASHED = "sha256:"


@dataclass(frozen=True)
class Verified:
	"""A request that is proved to come from the account.

	id: of the event, for telling repetitions; `sha256:` and the digest of the body where the vendor sends none.
	topic: what kind of event, empty when it is not said. timestamp: when it was signed, in seconds since 1970,
	or None. fingerprint: SHA-256 of the body. id_signed: whether the id is covered by the proof; where it is
	not, whoever caught a request could send it again under another id, so tell repetitions by the fingerprint
	as well.
	"""

	id: str
	topic: str
	timestamp: float | None
	fingerprint: str
	id_signed: bool


def event_of(scheme: Scheme, request: InboundRequest, timestamp: float | None) -> Verified:
	"""The event in a request whose proof was checked."""
	body_signed = scheme.callback is not None or (
		scheme.signature is not None and covers_body(scheme.message)
	)
	place, text = _first(scheme.id, request)
	signed = body_signed if place is None or place.kind == BODY else _header_signed(scheme, place)
	return Verified(
		id=_short(text) if place else _HASHED + request.fingerprint,
		topic=_first(scheme.topic, request)[1][:MAX_LENGTH],
		timestamp=timestamp,
		fingerprint=request.fingerprint,
		id_signed=signed,
	)


def id_place(scheme: Scheme, request: InboundRequest) -> Place | None:
	"""Where the id of `event_of` stands; None where the vendor sends none."""
	return _first(scheme.id, request)[0]


def _first(places: Iterable[Place], request: InboundRequest) -> tuple[Place | None, str]:
	for place in places:
		try:
			texts = [text.strip() for text in place.texts(request)]
		except InputError:
			continue
		if len(texts) == 1 and texts[0]:
			return place, texts[0]
	return None, ""


def _header_signed(scheme: Scheme, place: Place) -> bool:
	if scheme.signature is None or place.kind != HEADER:
		return False
	is_first = place == scheme.id[0]
	return (is_first and names_part(scheme.message, "id")) or place.name.lower() in signed_headers(
		scheme.message
	)


def _short(text: str) -> str:
	"""The id itself, or its digest where it is too long for a column or holds what no log should show."""
	if len(text) <= MAX_LENGTH and text.isprintable():
		return text
	return _HASHED + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
