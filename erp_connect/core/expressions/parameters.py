"""Parameters of a request that a flow adds, in the query or as headers; their values are text templates.

Promises: a parameter whose template has a missing value is left out as a whole; a value fills exactly its place. What
cannot be a header is refused. Never adds credentials.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.expressions.text_template import render_text

QUERY, HEADER = "Query", "Header"
PLACES = (QUERY, HEADER)
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8192}")


@dataclass(frozen=True)
class Parameter:
	"""A parameter of the request. place: Query or Header. value: a text template."""

	place: str
	key: str
	value: str = ""


def parameters_from(rows: Sequence[Any]) -> tuple[Parameter, ...]:
	"""Parameters from rows that have place, key and value, as keys or as attributes."""
	return tuple(
		Parameter(
			place=_cell(row, "place") or QUERY,
			key=_cell(row, "key").strip(),
			value=_cell(row, "value"),
		)
		for row in rows
	)


def rendered(
	parameters: Sequence[Parameter], place: str, data: Mapping[str, Any], taken: Container[str] = ()
) -> list[tuple[str, str]]:
	"""Name and value of the parameters that go to `place`, without those of which a value is missing.

	taken: names that something else fills. Raises MappingError for a template that cannot be rendered.
	"""
	found = (
		(row.key, render_text(row.value, data))
		for row in parameters
		if row.place == place and row.key not in taken
	)
	return [(key, value) for key, value in found if value is not None]


def with_query(path: str, pairs: Sequence[tuple[str, str]]) -> str:
	"""The path with these query parameters added, percent-encoded."""
	added = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in pairs)
	if not added:
		return path
	glue = "" if path.endswith(("?", "&")) else "&" if "?" in path else "?"
	return f"{path}{glue}{added}"


def check_header(name: str, value: str) -> None:
	"""Raises ConfigurationError for what cannot be a header."""
	if not HEADER_NAME.fullmatch(name):
		raise ConfigurationError("{name} is not the name of a header.", code="header", name=name)
	# The value itself is never named: it may be a secret.
	if not _HEADER_VALUE.fullmatch(value):
		raise ConfigurationError(
			"The value of the header {name} holds a line break, a character outside Latin-1, or is too long.",
			code="header",
			name=name,
		)


def _cell(row: Any, name: str) -> str:
	value = row.get(name) if hasattr(row, "get") else getattr(row, name, None)
	return "" if value is None else str(value)
