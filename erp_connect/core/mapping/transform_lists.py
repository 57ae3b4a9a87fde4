"""Multi-select: the values of a table with one link, as a list or as one text, whatever their order.

Outwards, what the expression found becomes a list, or a text with the separator of the argument. Inwards, a list or such
a text becomes the values again, of which each fills a row. Promises: no value twice, in one order whatever the order
was, so that order is no difference; a value that holds the separator is refused, since it would come back as two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.core.mapping.transform_text import as_text, unquoted
from erp_connect.core.mapping.transform_types import Apply, TransformContext
from erp_connect.core.mapping.transform_values import reverse_value_map, value_map


def multi_select(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	"""Values → list, or text where a separator is given. entries: a Value Map for each of them."""
	separator, translate = unquoted(argument), value_map("", entries) if entries else _same

	def work(value: Any, context: TransformContext) -> Any:
		if value is None:
			return None
		values = _distinct(translate(one, context) for one in _elements(value))
		if not separator:
			return values
		texts = [as_text(one) for one in values]
		if found := next((text for text in texts if separator in text), None):
			raise ValueError(f"{found} holds the separator, so it would come back as two values")
		return separator.join(texts)

	return work


def read_multi_select(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	"""List, or text with the separator → values."""
	separator, translate = unquoted(argument), reverse_value_map("", entries) if entries else _same

	def work(value: Any, context: TransformContext) -> Any:
		if value is None:
			return None
		found = _parts(value, separator) if isinstance(value, str) else _elements(value)
		return _distinct(translate(one, context) for one in found)

	return work


def _parts(text: str, separator: str) -> list[str]:
	"""The values in a text; without a separator it is one value."""
	return [part.strip() for part in (text.split(separator) if separator else [text])]


def _elements(value: Any) -> list[Any]:
	values = value if isinstance(value, list) else [value]
	if any(isinstance(one, list | dict) for one in values):
		raise ValueError(
			"an object or a list is not one of several values. Name the column, as in tags[].tag"
		)
	return values


def _distinct(values: Any) -> list[Any]:
	"""Each value once, without empty ones, in the order of their texts."""
	return [
		found for _, found in sorted({as_text(one): one for one in values if one not in (None, "")}.items())
	]


def _same(value: Any, context: TransformContext) -> Any:
	return value
