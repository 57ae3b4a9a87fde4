"""Transforms that translate a value: value maps, links to external ids, booleans, JSON text.

Never invents a value: what has no entry or no link is an error, unless the row says what to use instead.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from erp_connect.core.errors import MappingError, Whole
from erp_connect.core.mapping.transform_text import as_text, bad_argument, no_argument
from erp_connect.core.mapping.transform_types import Apply, TransformContext
from erp_connect.core.values.field_types import truth

_MISSING = object()


def value_map(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	"""ERPNext's value → the outside's. The entry for "" also catches None, the one for * all others."""
	_check_entries(entries)
	return _translate({_key(key): found for key, found in (entries or {}).items()}, _keeps(argument))


def reverse_value_map(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	"""The outside's value → ERPNext's. Refuses a map in which two entries give the same outside value."""
	_check_entries(entries)
	reverse: dict[str, Any] = {}
	for key, outside in (entries or {}).items():
		if key == "*":
			continue
		if _key(outside) in reverse:
			raise MappingError(
				"Two entries of the value map give {value}, so it cannot be read backwards. Keep one of them.",
				field="value_map",
				code="value_map",
				value=outside,
			)
		reverse[_key(outside)] = key
	return _translate(reverse, _keeps(argument))


def external_id(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	"""A linked record's name ↔ its id at the other side, by the look-up of the context. Of several kinds, the first linked."""
	return _linked("External ID", argument, lambda kind, found: found)


def linked_type(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	"""The DocType of the link that `external_id` finds by the same argument: for a field that says what another is of."""
	return _linked("Linked Type", argument, lambda kind, found: _doctype(kind))


def _linked(transform: str, argument: str, wanted: Callable[[str, str], str]) -> Apply:
	kinds = [kind.strip() for kind in argument.split("|")]
	if not all(map(_doctype, kinds)):
		raise bad_argument(
			"{transform} needs the DocType of the linked record as argument, for example Customer, or several: {example}.",
			transform=transform,
			example="Contact | Lead",
		)

	def work(value: Any, context: TransformContext) -> Any:
		if value in (None, ""):
			return None
		for kind in kinds if context.lookup else ():
			if (found := context.lookup(kind, as_text(value))) not in (None, ""):
				return wanted(kind, found)
		raise MappingError(
			"{doctype} {name} is not linked with the other system yet. Send or link that record first.",
			field="transform",
			code="missing_link",
			doctype=Whole(" / ".join(kinds)),
			name=as_text(value),
		)

	return work


def _doctype(kind: str) -> str:
	return kind.partition(":")[0].strip()


def lookup(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	"""The name of a linked document → the value of one of its fields, by which the other side knows it."""
	kind = _by_field(argument)

	def work(value: Any, context: TransformContext) -> Any:
		return context.lookup(kind, as_text(value)) if context.lookup and value not in (None, "") else None

	return work


def read_lookup(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	"""The value of a field → the name of the document that has it."""
	kind = _by_field(argument)
	doctype, _dot, by = kind.rpartition(".")

	def work(value: Any, context: TransformContext) -> Any:
		if value in (None, ""):
			return None
		found = context.lookup(kind, as_text(value)) if context.lookup else None
		if found is None:
			raise MappingError(
				"No {doctype} has {value} as {by}. Enter it there, or correct the record.",
				field="transform",
				code="missing_link",
				doctype=doctype,
				by=by,
				value=as_text(value),
			)
		return found

	return work


def _by_field(argument: str) -> str:
	doctype, _dot, by = (part.strip() for part in argument.rpartition("."))
	if not (doctype and by):
		raise bad_argument(
			"Lookup needs a DocType and the field by which the other side knows its documents as argument, for example"
			" Employee.attendance_device_id."
		)
	return f"{doctype}.{by}"


def boolean(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	"""A check box → true and false, or the two words of the argument ("yes/no", "1/0" as numbers)."""
	yes, no = _two_words(argument)
	return lambda value, context: None if value is None else (yes if truth(value) else no)


def read_boolean(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	"""What `boolean` writes → 1 or 0, as ERPNext stores a check box."""
	yes, no = _two_words(argument)

	def work(value: Any, context: TransformContext) -> Any:
		if value is None:
			return None
		known = {_key(yes).lower(): 1, _key(no).lower(): 0}
		return known.get(as_text(value).strip().lower(), _MISSING) if argument.strip() else int(truth(value))

	return lambda value, context: _present(work(value, context), yes, no)


def to_json(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	no_argument("JSON", argument)
	return lambda value, context: (
		None
		if value is None
		else json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
	)


def from_json(argument: str, entries: Mapping[str, Any] | None) -> Apply:
	no_argument("JSON", argument)

	def work(value: Any, context: TransformContext) -> Any:
		if value in (None, ""):
			return None
		try:
			return json.loads(as_text(value), parse_constant=_refuse_constant)
		except json.JSONDecodeError:
			raise ValueError("it is not JSON") from None

	return work


def _translate(table: dict[str, Any], keep: bool) -> Apply:
	def work(value: Any, context: TransformContext) -> Any:
		found = table.get(_key(value), _MISSING)
		if found is not _MISSING:
			return found
		if value is None or keep:
			return value
		if "*" in table:
			return table["*"]
		raise MappingError(
			"The value map has no entry for {value}. Add one, or an entry for * that catches the others.",
			field="value_map",
			code="unmapped_value",
			value=value,
		)

	return work


def _check_entries(entries: Mapping[str, Any] | None) -> None:
	if not entries:
		raise MappingError(
			"The row uses a value map that has no entries. Add the values to translate.",
			field="value_map",
			code="value_map",
		)


def _keeps(argument: str) -> bool:
	word = argument.strip().lower()
	if word not in ("", "keep"):
		raise bad_argument("Value Map takes the word keep as argument, or nothing.")
	return word == "keep"


def _key(value: Any) -> str:
	return "" if value is None else as_text(value)


def _two_words(argument: str) -> tuple[Any, Any]:
	if not argument.strip():
		return True, False
	words = [word.strip() for word in argument.split("/")]
	if len(words) != 2 or words[0].lower() == words[1].lower():
		raise bad_argument("Boolean needs two different words as argument, for example yes/no.")
	if all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
		return int(words[0]), int(words[1])
	return words[0], words[1]


def _present(value: Any, yes: Any, no: Any) -> Any:
	if value is _MISSING:
		raise ValueError(f"it is neither {yes} nor {no}")
	return value


def _refuse_constant(name: str) -> Any:
	raise ValueError(f"{name} is not a number")
