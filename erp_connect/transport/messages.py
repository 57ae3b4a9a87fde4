"""Requests and answers as values.

Callers build an `HttpRequest`; `prepare` makes of it the `requests.PreparedRequest` that is authenticated and
sent. Promises that what is put on the wire is valid HTTP: no line breaks in headers, no header that belongs to
the connection. Never opens a connection. Printing a request or an answer shows no header, body or query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote_plus

import requests
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from erp_connect.core.guard.egress import ParsedUrl, wire_target
from erp_connect.core.guard.redaction import redact_url
from erp_connect.transport.errors import TransportError

_PARTS = re.compile(r"(?P<origin>[^/?#]*//[^/?#]*)(?P<target>[^#]*)(?:#.*)?", re.DOTALL)
_METHOD = re.compile(r"[A-Z]{3,12}", re.ASCII)
_REFUSED_METHODS = frozenset({"CONNECT", "TRACE"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8192}")
# Set by the connection itself; a second value would let one request be read as two.
OWN_HEADERS = frozenset(
	{
		"host",
		"content-length",
		"transfer-encoding",
		"connection",
		"keep-alive",
		"upgrade",
		"te",
		"trailer",
		"expect",
		"accept-encoding",
		"proxy-authorization",
		"proxy-connection",
	}
)


@dataclass(frozen=True, repr=False)
class HttpRequest:
	"""One request. body: the exact bytes that travel.

	id: the event's id, which stays the same when the request is repeated; request signatures may use it.
	"""

	method: str
	url: str
	headers: Mapping[str, str] = field(default_factory=dict)
	body: bytes = b""
	id: str = ""

	def __repr__(self) -> str:
		return f"<HttpRequest {self.method} {redact_url(self.url).split('?')[0]}>"

	def with_headers(self, headers: Mapping[str, str]) -> HttpRequest:
		"""The same request with headers added; one of the same name, in any case, is replaced."""
		replaced = {name.lower() for name in headers}
		kept = {name: value for name, value in self.headers.items() if name.lower() not in replaced}
		return replace(self, headers={**kept, **headers})

	def with_query(self, parameters: Mapping[str, str]) -> HttpRequest:
		"""The same request with query parameters added, percent-encoded."""
		return replace(self, url=add_query(self.url, parameters))


class PreparedRequest(requests.PreparedRequest):
	"""A request as it travels: what `requests.auth.AuthBase` classes work on, and what adapters send.

	now, id: seconds since 1970 and the event's id, for signatures. checked: the address once it may be called.
	"""

	now: float = 0.0
	id: str = ""
	checked: ParsedUrl | None = None

	@property
	def path_url(self) -> str:
		"""Path and query, byte for byte as they are sent."""
		match = _PARTS.fullmatch(self.url)
		return wire_target(match["target"]) if match else "/"


class Headers(Mapping[str, str]):
	"""Headers of an answer, found by name in any case. Several of one name are joined by a comma."""

	__slots__ = ("_found",)

	def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
		self._found: dict[str, tuple[str, str]] = {}
		for name, value in pairs:
			known = self._found.get(name.lower())
			self._found[name.lower()] = (known[0], f"{known[1]}, {value}") if known else (name, value)

	def __getitem__(self, name: str) -> str:
		return self._found[name.lower()][1]

	def __iter__(self) -> Iterator[str]:
		return (name for name, _ in self._found.values())

	def __len__(self) -> int:
		return len(self._found)

	def __contains__(self, name: object) -> bool:
		return isinstance(name, str) and name.lower() in self._found

	def __repr__(self) -> str:
		return f"<Headers {', '.join(self)}>"


@dataclass(frozen=True, repr=False)
class HttpResponse:
	"""One answer. truncated: the body was longer than the limit and is cut there.

	elapsed_ms: whole exchange in milliseconds. address: IP address that answered.
	"""

	status: int
	headers: Headers
	body: bytes
	truncated: bool = False
	elapsed_ms: int = 0
	address: str = ""

	def __repr__(self) -> str:
		return f"<HttpResponse {self.status}, {len(self.body)} bytes>"

	@property
	def content_type(self) -> str:
		return self.headers.get("content-type", "")


def add_query(url: str, parameters: Mapping[str, str]) -> str:
	"""The URL with query parameters added, percent-encoded."""
	added = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parameters.items())
	if not added:
		return url
	url, _, fragment = url.partition("#")
	glue = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
	return f"{url}{glue}{added}" + (f"#{fragment}" if fragment else "")


def replace_query(url: str, parameters: Mapping[str, str]) -> str:
	"""The URL with query parameters added in place of those of the same name: an address that a receiver gave back may
	hold what was added for another request."""
	return add_query(without_query(url, parameters), parameters)


def has_query(url: str, name: str) -> bool:
	"""Whether the URL has a query parameter of this name, with a value or without."""
	query = url.partition("#")[0].partition("?")[2]
	return any(unquote_plus(part.partition("=")[0]) == name for part in query.split("&") if part)


def without_query(url: str, names: Iterable[str]) -> str:
	"""The URL without the query parameters of these names; the others stay as they are written."""
	head, mark, query = url.partition("?")
	if not mark:
		return url
	query, hash_mark, fragment = query.partition("#")
	left_out = set(names)
	kept = [part for part in query.split("&") if unquote_plus(part.partition("=")[0]) not in left_out]
	return head + ("?" if kept else "") + "&".join(kept) + hash_mark + fragment


def prepare(
	request: HttpRequest, auth: AuthBase | None = None, *, now: float = 0.0, user_agent: str = ""
) -> PreparedRequest:
	"""The request as it travels, apart from what the connection adds. now: seconds since 1970, for signatures.

	Filled in by hand, because requests' own way would encode the address anew, and then neither what was checked
	nor what an account wrote would be what is sent.
	"""
	prepared = PreparedRequest()
	prepared.method = request.method
	prepared.url = _wire_url(request.url)
	prepared.headers = CaseInsensitiveDict(request.headers)
	prepared.headers.setdefault("User-Agent", user_agent)
	prepared.headers.setdefault("Accept", "*/*")
	prepared.body = request.body or None
	prepared.now = now
	prepared.id = request.id
	return auth(prepared) if auth else prepared


def _wire_url(url: str) -> str:
	match = _PARTS.fullmatch(url)
	return match["origin"] + wire_target(match["target"]) if match else url


def check_prepared(request: PreparedRequest) -> None:
	"""Raises TransportError of kind `invalid_request` for anything that is not valid HTTP."""
	if not _METHOD.fullmatch(request.method) or request.method in _REFUSED_METHODS:
		raise _invalid("The method {name} is not an HTTP method this app sends.", request.method)
	for name, value in request.headers.items():
		_check_header(name, value)


def _check_header(name: str, value: str) -> None:
	if not isinstance(name, str) or not _NAME.fullmatch(name):
		raise _invalid(
			"The header name {name} is not valid. Use letters, digits and hyphens.", str(name)[:40]
		)
	if name.lower() in OWN_HEADERS:
		raise _invalid("The header {name} is set by the connection itself. Remove it from the account.", name)
	# The value itself is never named: it may be a secret.
	if not isinstance(value, str) or not _VALUE.fullmatch(value):
		raise _invalid(
			"The value of the header {name} holds a line break, a character outside Latin-1, or is too long. "
			"Correct it in the account or the flow.",
			name,
		)


def _invalid(template: str, name: str) -> TransportError:
	return TransportError(template, kind="invalid_request", name=name)
