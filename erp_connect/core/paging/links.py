"""Addresses of the next page, as a source gives them in its answer.

Promises: an address that is handed back leads to the same scheme, host and port as the account's base address,
so that credentials go nowhere else; dot segments, backslashes and control characters are refused. Parameters by which the
account proves itself are left out, also where a source repeats them: they are added anew, and an address is stored.
Never shows the query of an address in a message: it may hold a token.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import SplitResult, unquote_plus, urljoin, urlsplit

from erp_connect.core.errors import MappingError
from erp_connect.core.expressions.path_template import join_url
from erp_connect.core.paging.page import PagingError

MAX_LENGTH = 8000
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\]")
_PORTS = {"http": 80, "https": 443}
# No address holds a <: without that, each of many that are never closed would be looked for to the end.
_TARGET = re.compile(r"<([^<>]*)>")
_PARAMETER = re.compile(
	r"""\s*;\s*([!#$&+\-.^_`|~*\w]*)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?""", re.ASCII | re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def next_link(header: str) -> str:
	"""The address of the first link whose relation is `next` in a `Link` header (RFC 8288); else empty."""
	return next((target for target, relations in links(header) if "next" in relations), "")


def links(header: str) -> list[tuple[str, frozenset[str]]]:
	"""Each link of a `Link` header with its relations, in small letters. Never raises: what is no link is skipped.

	A link with an `anchor` says something about another page, and is left out (RFC 8288, 3.2).
	"""
	found: list[tuple[str, frozenset[str]]] = []
	position = 0
	while target := _TARGET.search(header, position):
		parameters, position = _parameters(header, target.end())
		if "anchor" not in parameters:
			found.append((target[1].strip(), frozenset(parameters.get("rel", "").lower().split())))
	return found


def added_parameters(plain: str, proved: str) -> frozenset[str]:
	"""Names of the query parameters that the proof of the account put into an address. plain: the address before."""
	return _names(proved) - _names(plain)


def _names(url: str) -> frozenset[str]:
	return frozenset(unquote_plus(part.partition("=")[0]) for part in urlsplit(url).query.split("&") if part)


def _left_out(query: str, names: Collection[str]) -> str:
	"""A query without some parameters; what stays is written as it was."""
	kept = [part for part in query.split("&") if unquote_plus(part.partition("=")[0]) not in names]
	return "&".join(kept)


def next_address(text: str, base_url: str, asked: str = "", proof: Collection[str] = ()) -> str:
	"""The address `text` stands for: a path for `join_url(base_url, …)`, or a whole address of the same origin
	when it does not lie below the base address.

	text: an address in any form, relative ones refer to `asked`, the address of the page it stood on. proof: names of the
	query parameters to leave out.
	Raises PagingError when it leads to another origin or cannot be read.
	"""
	wanted = text.strip().replace(" ", "%20")
	if len(wanted) > MAX_LENGTH or _UNSAFE.search(wanted):
		raise _unreadable()
	try:
		address = urlsplit(urljoin(asked or base_url.rstrip("/") + "/", wanted))
		same = _origin(address) == _origin(urlsplit(base_url)) and "@" not in address.netloc
	except ValueError:
		raise _unreadable() from None
	if not same:
		raise PagingError(
			"The source gives the next page at {origin}, which is not where the account leads. "
			"It is not called, because the credentials would go there. Choose another way to turn pages, "
			"or correct the base URL.",
			code="other_origin",
			origin=_shown(address),
		)
	if proof and address.query:
		address = address._replace(query=_left_out(address.query, proof))
	return _below(address, base_url)


def address_of(base_url: str, path: str) -> str:
	"""The whole address of a path, as `next_address` and `core.template.render_path` give it.

	Raises PagingError for an address of another origin, MappingError for a path that would leave its place.
	"""
	if path.lower().startswith(("http://", "https://")):
		inner = next_address(path, base_url)
		return inner if inner.startswith("http") else join_url(base_url, inner)
	return join_url(base_url, path)


def _below(address: SplitResult, base_url: str) -> str:
	base = urlsplit(base_url)
	origin = f"{base.scheme}://{base.netloc}"
	query = f"?{address.query}" if address.query else ""
	try:
		whole = join_url(origin, (address.path or "/") + query)
		stem = base.path.rstrip("/")
		if address.path == stem or address.path.startswith(stem + "/"):
			path = address.path[len(stem) :] + query
			plain = path and not path.startswith("//")
			return path if plain and join_url(base_url, path) == whole else whole
	except MappingError:
		raise _unreadable() from None
	return whole


def _parameters(header: str, position: int) -> tuple[dict[str, str], int]:
	parameters: dict[str, str] = {}
	while found := _PARAMETER.match(header, position):
		position = found.end()
		value = found[2] or ""
		if value.startswith('"'):
			value = _ESCAPED.sub(r"\1", value[1:-1])
		# Only the first of a name counts.
		parameters.setdefault(found[1].lower(), value)
	return parameters, position


def _origin(address: SplitResult) -> tuple[str, str, int | None]:
	scheme = address.scheme.lower()
	return scheme, (address.hostname or "").rstrip("."), address.port or _PORTS.get(scheme)


def _shown(address: SplitResult) -> str:
	return f"{address.scheme}://{address.hostname or '-'}" + (f":{address.port}" if address.port else "")


def _unreadable() -> PagingError:
	return PagingError(
		"The address of the next page cannot be used: it is too long, or holds .., a backslash or a control "
		"character. Check the path to it, or choose another way to turn pages.",
		code="address",
	)
