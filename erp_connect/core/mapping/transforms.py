"""The closed list of transforms a mapping row may apply to a value after its expression found it.

Promises: `prepare` reads and checks the argument once, so that applying costs only the work on the value; None
stays None (except where a Value Map has an entry for ""); a transform on single values is applied to each
element of a list. Failures are MappingErrors that show the value.
Never reaches a record or the clock: links come through `TransformContext.lookup`.

Inwards (`direction="in"`) each transform is reversed where that has a meaning (Value Map, External ID, Lookup,
Minor Units, Date, Datetime, Timestamp, Boolean, Split, Join, Multi-select, JSON); the others work the same both ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import MappingError, Whole, shown
from erp_connect.core.mapping import (
	transform_dates,
	transform_lists,
	transform_numbers,
	transform_text,
	transform_values,
)
from erp_connect.core.mapping.transform_types import Apply, Prepare, TransformContext


@dataclass(frozen=True)
class Transform:
	"""One entry of the list. `whole`: takes a list as one value. `help`: what the argument means. `gives_list`: what it
	makes of a value that comes in is a list, of which each element may fill a row of a table."""

	name: str
	outwards: Prepare
	inwards: Prepare
	help: str = ""
	whole_out: bool = False
	whole_in: bool = False
	gives_list: bool = False


def _same(name: str, prepare: Prepare, help: str = "", whole: bool = False) -> Transform:
	return Transform(name, prepare, prepare, help, whole, whole)


_REGISTRY = {
	transform.name: transform
	for transform in (
		Transform(
			"Value Map",
			transform_values.value_map,
			transform_values.reverse_value_map,
			"keep: values without an entry pass unchanged. An entry for * catches the others.",
		),
		Transform(
			"External ID",
			transform_values.external_id,
			transform_values.external_id,
			"DocType of the link, and the outside object where it has several, as Item: variant; Contact | Lead: either",
		),
		_same(
			"Linked Type",
			transform_values.linked_type,
			"as of External ID, Contact | Lead: which of them the linked record is",
		),
		Transform(
			"Lookup",
			transform_values.lookup,
			transform_values.read_lookup,
			"DocType and field, as Employee.attendance_device_id: the document whose field holds the value",
		),
		_same("Round", transform_numbers.round_to, "decimals, 0 to 9"),
		_same("Number", transform_numbers.number),
		_same("Integer", transform_numbers.integer),
		Transform(
			"Minor Units",
			transform_numbers.minor_units,
			transform_numbers.major_units,
			"currency code (EUR) or decimals (2)",
		),
		Transform(
			"Date", transform_dates.date, transform_dates.read_date, "pattern such as %d.%m.%Y; empty: ISO"
		),
		Transform(
			"Datetime",
			transform_dates.datetime,
			transform_dates.read_datetime,
			"UTC or a zone such as Europe/Berlin, then a pattern if it is not ISO",
		),
		Transform("Timestamp", transform_dates.timestamp, transform_dates.read_timestamp, "s or ms"),
		Transform(
			"Boolean",
			transform_values.boolean,
			transform_values.read_boolean,
			"yes/no, 1/0; empty: true and false",
		),
		_same("Text", transform_text.text),
		_same("Upper", transform_text.upper),
		_same("Lower", transform_text.lower),
		_same("Title", transform_text.title),
		_same("Trim", transform_text.trim),
		_same("Truncate", transform_text.truncate, "largest number of characters"),
		Transform(
			"Split", transform_text.split, transform_text.join, 'separator; ", " in quotes', whole_in=True
		),
		Transform(
			"Join",
			transform_text.join,
			transform_text.split,
			'separator; ", " in quotes',
			whole_out=True,
			gives_list=True,
		),
		Transform(
			"Multi-select",
			transform_lists.multi_select,
			transform_lists.read_multi_select,
			"separator, as in a;b;c; empty: a list. For a table with one link, named as tags[].tag",
			whole_out=True,
			whole_in=True,
			gives_list=True,
		),
		_same("Replace", transform_text.replace, "old=>new"),
		_same("Strip HTML", transform_text.strip_html),
		Transform("JSON", transform_values.to_json, transform_values.from_json, whole_out=True),
	)
}
TRANSFORMS: tuple[str, ...] = tuple(_REGISTRY)


def prepare(
	name: str, argument: str = "", value_map: Mapping[str, Any] | None = None, direction: str = "out"
) -> Apply:
	"""A function (value, context) → value for one row; `name` "" passes values unchanged.

	Raises MappingError (field "transform" or "argument") when the name is unknown or the argument does not fit.
	"""
	if not name:
		return _pass
	transform = _find(name)
	inwards = direction == "in"
	work = (transform.inwards if inwards else transform.outwards)(argument or "", value_map)
	whole = transform.whole_in if inwards else transform.whole_out
	return _guarded(name, work if whole else _elementwise(work))


def gives_list(name: str) -> bool:
	"""Whether a transform makes a list of one value that comes in."""
	return bool(name) and _find(name).gives_list


def argument_help(name: str) -> str:
	"""What the argument of a transform means, in English; empty when it takes none."""
	return _find(name).help


def _find(name: str) -> Transform:
	transform = _REGISTRY.get(name)
	if transform is None:
		raise MappingError(
			"The transform {transform} does not exist. Choose one of the list.",
			field="transform",
			code="unknown_transform",
			transform=name,
		)
	return transform


def _pass(value: Any, context: TransformContext) -> Any:
	return value


def _elementwise(work: Apply) -> Apply:
	def each(value: Any, context: TransformContext) -> Any:
		if isinstance(value, list):
			return [work(element, context) for element in value]
		return work(value, context)

	return each


def _guarded(name: str, work: Apply) -> Apply:
	"""Turn the ValueErrors of the transform functions into messages that name transform and value."""

	def guarded(value: Any, context: TransformContext) -> Any:
		try:
			return work(value, context)
		except (ValueError, ArithmeticError, RecursionError) as error:
			raise MappingError(
				"{transform} cannot use {value}: {reason}. Correct the value or choose another transform.",
				field="transform",
				code="value",
				transform=name,
				value=shown(value if isinstance(value, str) else repr(value)),
				reason=Whole(str(error) or "the value has the wrong kind"),
			) from None

	return guarded
