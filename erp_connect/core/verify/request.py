"""A request that came in, as verification sees it: the bytes and texts that travelled, nothing interpreted.

Promises: header names in any case, every value of a repeated header, and a body that is parsed at most once,
within limits. Never trusts anything in it, and never shows the body in its repr.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from erp_connect.core.errors import ConnectError
from erp_connect.core.parse.body import body_format, parse_body
from erp_connect.core.parse.limits import DEFAULT_LIMITS, Limits

MAX_VALUE = 4096
_MAX_QUERY_FIELDS = 100

NO_SECRET = "no_secret"
BAD_SECRET = "bad_secret"
MISSING = "missing"
DUPLICATE = "duplicate"
MALFORMED = "malformed"
TOO_LONG = "too_long"
STALE = "stale"
FUTURE = "future"
MISMATCH = "mismatch"
EXPIRED = "expired"
CALLBACK_NEEDED = "callback_needed"
# Where a system has several ways of proof: not one that is for such a request, or not one that is for such an event.
NO_WAY = "no_way"
WRONG_TOPIC = "wrong_topic"
# For the caller, who finds the account: refused with the same words.
UNKNOWN_ACCOUNT = "unknown_account"
NO_SCHEME = "no_scheme"
NOT_ALLOWED = "not_allowed_address"
METHOD = "method"
REASONS = (
	NO_SECRET,
	BAD_SECRET,
	MISSING,
	DUPLICATE,
	MALFORMED,
	TOO_LONG,
	STALE,
	FUTURE,
	MISMATCH,
	EXPIRED,
	CALLBACK_NEEDED,
	NO_WAY,
	WRONG_TOPIC,
	UNKNOWN_ACCOUNT,
	NO_SCHEME,
	NOT_ALLOWED,
	METHOD,
)


class VerificationError(ConnectError):
	"""A request is not proved to come from the account. Its message is the same whatever the cause.

	reason: one of `REASONS`, for logs and for those who look after the account: told to a caller, it would help to guess.
	account: whose address was called, where that is known and nothing else is.
	"""

	default_code = "verification"

	def __init__(self, reason: str, account: str = "") -> None:
		super().__init__(
			"The request could not be verified. Check that both sides hold the same secret, that the signature "
			"settings fit, and that the clocks agree."
		)
		self.reason = reason
		self.account = account


@dataclass(frozen=True)
class InboundRequest:
	"""method: in capitals. url: as the sender called it, with scheme, host and query. headers and query: pairs,
	repeated names included. body: the raw bytes, before any decoding. limits: for reading the body.
	"""

	method: str
	url: str
	headers: tuple[tuple[str, str], ...] = ()
	body: bytes = field(default=b"", repr=False)
	query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
	limits: Limits = field(default=DEFAULT_LIMITS, repr=False)

	@cached_property
	def data(self) -> Any:
		"""The parsed body, whatever its texts are; None for an empty one. Raises InputError."""
		content_type = self.header_values("content-type")
		kind = content_type[0] if content_type else None
		return parse_body(self.body, kind, self.limits, rows=True, any_text=True)

	@property
	def format(self) -> str:
		"""How `data` reads the body: `json`, `xml` or `form`. Raises InputError where it is none of them."""
		content_type = self.header_values("content-type")
		return body_format(self.body, content_type[0] if content_type else None)

	@cached_property
	def fingerprint(self) -> str:
		"""SHA-256 of the body in hexadecimal."""
		return hashlib.sha256(self.body).hexdigest()

	@property
	def path(self) -> str:
		"""The path of the URL as it travelled; empty for a URL that cannot be read."""
		return _split(self.url)[0]

	@property
	def query_string(self) -> str:
		"""The query of the URL as it travelled, without the question mark."""
		return _split(self.url)[1]

	def header_values(self, name: str) -> list[str]:
		"""Every value of a header, in order."""
		wanted = name.lower()
		return [value for key, value in self.headers if key.lower() == wanted]

	def query_values(self, name: str) -> list[str]:
		"""Every value of a query parameter, in order."""
		return [value for key, value in self.query if key == name]


def inbound_request(
	method: str,
	url: str,
	headers: Mapping[str, str] | Iterable[tuple[str, str]],
	body: bytes,
	*,
	query: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
	limits: Limits = DEFAULT_LIMITS,
) -> InboundRequest:
	"""An InboundRequest from what a web framework hands over. query: taken from the URL when not given."""
	pairs = _pairs(headers)
	return InboundRequest(
		method.upper(), url, pairs, bytes(body), _query(url) if query is None else _pairs(query), limits
	)


def single(values: list[str]) -> str:
	"""The one value there is. Raises VerificationError: missing, duplicate, too_long, or malformed for a value
	with characters that no signature, token or time has."""
	if not values or values == [""]:
		raise VerificationError(MISSING)
	if len(values) > 1:
		raise VerificationError(DUPLICATE)
	value = values[0]
	if len(value) > MAX_VALUE:
		raise VerificationError(TOO_LONG)
	if not value.isascii() or not value.isprintable():
		raise VerificationError(MALFORMED)
	return value.strip()


def _pairs(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
	items = given.items() if isinstance(given, Mapping) else given
	return tuple((str(name), str(value)) for name, value in items)


def _query(url: str) -> tuple[tuple[str, str], ...]:
	text = _split(url)[1]
	if text.count("&") >= _MAX_QUERY_FIELDS:
		return ()
	return tuple(parse_qsl(text, keep_blank_values=True, errors="replace"))


def _split(url: str) -> tuple[str, str]:
	try:
		parts = urlsplit(url)
	except ValueError:
		return "", ""
	return parts.path, parts.query
