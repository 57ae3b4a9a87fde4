"""What belongs to one site, taken out of the texts of a flow: an input of the preset stands in its place.

Names of companies, users, warehouses and the like that stand as a whole constant or as a literal of an expression are
replaced where an input is read there. Everything that still names them is told with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from erp_connect.core.guard.sensitive import telling

# Behind these an expression looks at a part of the document, where the inputs are not seen.
_NARROWS = re.compile(r"\[\?|\[\*\]|\[\]|(?<!\|)\|(?!\|)|(?<!&)&(?!&)|\.\{|\.\[|\.\*|^\s*[\[{]")
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'")
# A value that stands in a query as it is; of one that is put in when the request is made, no part is here.
_QUERY = re.compile(r"[?&]([\w.\[\]-]+)=([^&{}\s]*)")
# A name of fewer characters is found in any text.
SHORTEST = 4


def constant(text: str, keys: Mapping[str, str]) -> str:
	"""A constant with its input in place of a name that it is as a whole. keys: of the inputs, by these names."""
	return f"{{input.{keys[text]}}}" if text in keys else text


def expression(text: str, keys: Mapping[str, str]) -> str:
	"""An expression over a document with inputs in place of its literals that are names.

	One that narrows what it looks at stays as it is, since inputs are only found at the top of the document.
	"""
	if not text or _NARROWS.search(_LITERAL.sub("''", text)):
		return text
	return _LITERAL.sub(lambda found: f"_input.{keys[found[1]]}" if found[1] in keys else found[0], text)


def literals(text: str) -> set[str]:
	"""The texts between single quotes in an expression."""
	return set(_LITERAL.findall(text))


def texts(value: Any) -> set[str]:
	"""All texts in JSON-like values, and the literals of those that are expressions."""
	if isinstance(value, Mapping):
		return set().union(*(texts(part) for part in value.values()))
	if isinstance(value, list | tuple):
		return set().union(*(texts(part) for part in value))
	return {value} | literals(value) if isinstance(value, str) else set()


def mentions(value: Any, names: frozenset[str]) -> Iterator[tuple[str, str]]:
	"""Places in JSON-like values, such as `flows.2.mapping.condition`, whose text names one of these, with the name.

	Names of fewer than four characters are only found where they are the whole text.
	"""
	for place, text in _leaves(value):
		for name in sorted(names):
			if text == name or (len(name) >= SHORTEST and _word(name).search(text)):
				yield place, name


def secrets_in_queries(value: Any) -> Iterator[tuple[str, str]]:
	"""Places in JSON-like values whose text has a query with a value that is secret by its name, with that name."""
	for place, text in _leaves(value):
		for name, given in _QUERY.findall(text):
			if given and telling(name):
				yield place, name


def places_of(value: Any, secret: str) -> list[str]:
	"""Places in JSON-like values whose text has this in it, be it within a word."""
	return [place for place, text in _leaves(value) if secret in text]


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
	if isinstance(value, Mapping):
		for key, part in value.items():
			yield from _leaves(part, f"{place}.{key}" if place else str(key))
	elif isinstance(value, list | tuple):
		for number, part in enumerate(value):
			yield from _leaves(part, f"{place}.{number}")
	elif isinstance(value, str):
		yield place, value


def _word(name: str) -> re.Pattern[str]:
	return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
