"""The closed set of functions an expression may call: JMESPath's own and the ones below.

Promises: no function reaches a clock, a file, a network or an object's attributes; text results are at
most `MAX_TEXT` characters. Functions on text, dates and numbers answer null for null, because empty fields
are the normal case in a document. A value of the wrong kind raises `FunctionFailure`, in plain words.

	upper(s) lower(s) title(s) trim(s) md5(s)   split(s, sep) replace(s, old, new)
	truncate(s, length)                     substring(s, start, length)
	concat(list)                            join_present(sep, list)    both skip nulls
	number(x) string(x)                     round(x, digits)    halves away from zero
	add(a, b) subtract(a, b) multiply(a, b) divide(a, b)        exact decimals, as are sum and avg
	minor_units(amount, currency)           12.5, "EUR" → 1250
	date(x, pattern) year(x) month(x) day(x)
	to_timestamp(x, unit)                   unit "s" or "ms"; a time without an offset is taken as UTC
	default(x, y)                           y when x is null or ""
	if(condition, a, b)                     only the chosen side is evaluated
	get(object, key, fallback)              look-up in an object, for example a literal map
	find(list, key, value)                  the first object of a list whose key has this value; null when none has
	with_each(list, object)                 the objects of a list, each with the entries of another one besides its own
	sum_by(list, key, fields)               its objects, those with the same value of key as one, with these fields added up
	unique(list)                            the elements of a list, each once, where it stands first
	from_json(s)                            the data in a JSON text; null when it is none
	strip_html(s)                           readable text of HTML
	refuse(s)                               no value at all: what it is wanted for fails, and says s
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

from jmespath import functions as standard

from erp_connect.core.values import dates, numbers
from erp_connect.core.values.html import plain_text

MAX_TEXT = 200_000

_ARITHMETIC = Context(prec=40)
_TEXT = {"types": ["string", "null"]}
_NUMERIC = {"types": ["number", "string", "null"]}
_PLAIN_TEXT = {"types": ["string"]}
_PLAIN_NUMBER = {"types": ["number"]}
_LIST = {"types": ["array", "null"]}
_ANY: dict[str, list[str]] = {"types": []}


class FunctionFailure(Exception):
	"""A function could not work on the value it got; `args[0]` says why in plain English."""


class Refusal(FunctionFailure):
	"""An expression wants nothing to be made of this record; `args[0]` says why, and what to do."""


class Functions(standard.Functions):
	"""Function table for the JMESPath interpreter."""

	@standard.signature(_TEXT)
	def _func_upper(self, text):
		return text and text.upper()

	@standard.signature(_TEXT)
	def _func_lower(self, text):
		return text and text.lower()

	@standard.signature(_TEXT)
	def _func_md5(self, text):
		# Some systems name a record by the digest of what it is about, such as an e-mail address.
		return None if text is None else hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

	@standard.signature(_TEXT)
	def _func_title(self, text):
		return text and text.title()

	@standard.signature(_TEXT)
	def _func_trim(self, text):
		return text and text.strip()

	@standard.signature(_TEXT, _PLAIN_TEXT)
	def _func_split(self, text, separator):
		if not separator:
			raise FunctionFailure("the separator is empty")
		return None if text is None else text.split(separator)

	@standard.signature(_TEXT, _PLAIN_TEXT, _PLAIN_TEXT)
	def _func_replace(self, text, old, new):
		if not old:
			raise FunctionFailure("the text to replace is empty")
		if text is None:
			return None
		# Counted first: the result may not even be built when it would be too long.
		bounded(len(text) + text.count(old) * (len(new) - len(old)))
		return text.replace(old, new)

	@standard.signature(_TEXT, _PLAIN_NUMBER)
	def _func_truncate(self, text, length):
		return None if text is None else text[: _count(length)]

	@standard.signature(_TEXT, _PLAIN_NUMBER, _PLAIN_NUMBER)
	def _func_substring(self, text, start, length):
		return None if text is None else text[_count(start) :][: _count(length)]

	@standard.signature(_LIST)
	def _func_concat(self, parts):
		return _join("", parts, keep_empty=True)

	@standard.signature(_PLAIN_TEXT, _LIST)
	def _func_join_present(self, separator, parts):
		return _join(separator, parts, keep_empty=False)

	@standard.signature(_PLAIN_TEXT, {"types": ["array-string"]})
	def _func_join(self, separator, parts):
		return _join(separator, parts, keep_empty=True)

	@standard.signature({"types": ["number", "string", "boolean", "null"]})
	def _func_number(self, value):
		return None if value in (None, "") else numbers.plain(_decimal(value))

	@standard.signature({"types": ["number", "string", "boolean", "null"]})
	def _func_string(self, value):
		return None if value is None else numbers.text_of(value)

	@standard.signature(_NUMERIC, _PLAIN_NUMBER)
	def _func_round(self, value, digits):
		return _calculate(lambda amount: numbers.round_half_up(amount, _count(digits)), value)

	@standard.signature(_NUMERIC, _NUMERIC)
	def _func_add(self, left, right):
		return _calculate(_ARITHMETIC.add, left, right)

	@standard.signature(_NUMERIC, _NUMERIC)
	def _func_subtract(self, left, right):
		return _calculate(_ARITHMETIC.subtract, left, right)

	@standard.signature(_NUMERIC, _NUMERIC)
	def _func_multiply(self, left, right):
		return _calculate(_ARITHMETIC.multiply, left, right)

	@standard.signature(_NUMERIC, _NUMERIC)
	def _func_divide(self, left, right):
		return _calculate(_divide, left, right)

	@standard.signature(_NUMERIC, _PLAIN_TEXT)
	def _func_minor_units(self, amount, currency):
		digits = numbers.currency_digits(currency)
		return _calculate(lambda value: numbers.round_half_up(value.scaleb(digits), 0), amount)

	@standard.signature(_TEXT, _PLAIN_TEXT)
	def _func_date(self, text, pattern):
		moment = _moment(text)
		try:
			return moment and dates.write(moment, dates.check_pattern(pattern))
		except ValueError as error:
			raise FunctionFailure(f"{error} is not a letter of date patterns") from None

	@standard.signature(_TEXT)
	def _func_year(self, text):
		return _part(text, "year")

	@standard.signature(_TEXT)
	def _func_month(self, text):
		return _part(text, "month")

	@standard.signature(_TEXT)
	def _func_day(self, text):
		return _part(text, "day")

	@standard.signature(_TEXT, _PLAIN_TEXT)
	def _func_to_timestamp(self, text, unit):
		if unit not in ("s", "ms"):
			raise FunctionFailure("the unit is 's' or 'ms'")
		moment = _moment(text)
		return moment and dates.epoch(moment, unit, "UTC")

	@standard.signature({"types": ["array-number"]})
	def _func_sum(self, amounts):
		return numbers.plain(sum(map(numbers.to_decimal, amounts), Decimal(0)))

	@standard.signature({"types": ["array-number"]})
	def _func_avg(self, amounts):
		return _calculate(_divide, self._func_sum(amounts), len(amounts)) if amounts else None

	# The interpreter asks these two which side is needed, and evaluates only that one.
	@standard.signature(_ANY, _ANY)
	def _func_default(self, value, fallback):
		return fallback if value is None or value == "" else value

	@standard.signature(_ANY, _ANY, _ANY)
	def _func_if(self, condition, chosen, otherwise):
		return chosen if condition else otherwise

	@standard.signature(
		{"types": ["object", "null"]}, {"types": ["string", "number", "boolean", "null"]}, _ANY
	)
	def _func_get(self, table, key, fallback):
		if not table or key is None:
			return fallback
		return table.get(numbers.text_of(key), fallback)

	@standard.signature(_LIST, _PLAIN_TEXT, {"types": ["string", "number", "boolean", "null"]})
	def _func_find(self, rows, key, value):
		objects = (row for row in rows or () if isinstance(row, dict))
		return next((row for row in objects if value is not None and _same(row.get(key), value)), None)

	@standard.signature(_LIST, {"types": ["object"]})
	def _func_with_each(self, rows, more):
		return None if rows is None else [{**more, **row} for row in rows if isinstance(row, dict)]

	@standard.signature(_LIST, _PLAIN_TEXT, {"types": ["array-string"]})
	def _func_sum_by(self, rows, key, fields):
		summed: dict[str, dict[str, Any]] = {}
		for row in (row for row in rows or () if isinstance(row, dict)):
			known = summed.setdefault(json.dumps(row.get(key), sort_keys=True), {})
			added = {field: self._sum_of(known.get(field), row.get(field)) for field in fields}
			known.update({**row, **known, **added})
		return None if rows is None else list(summed.values())

	def _sum_of(self, left: Any, right: Any) -> Any:
		"""Nothing adds nothing."""
		return self._func_add(left, right) if None not in (left, right) else (right if left is None else left)

	@standard.signature(_LIST)
	def _func_unique(self, values):
		# By what is written: 1 and true are not the same, and neither are "1" and 1.
		known: dict[str, Any] = {}
		for value in values or ():
			known.setdefault(json.dumps(value, sort_keys=True), value)
		return None if values is None else list(known.values())

	@standard.signature(_TEXT)
	def _func_from_json(self, text):
		# Answers hold JSON inside of JSON; what is none says nothing, as with `to_number`.
		try:
			return None if text is None else json.loads(text, parse_constant=_refuse_constant)
		except (ValueError, RecursionError):
			return None

	@standard.signature(_TEXT)
	def _func_strip_html(self, text):
		try:
			return text and plain_text(text)
		except ValueError as error:
			raise FunctionFailure(str(error)) from None

	@standard.signature(_PLAIN_TEXT)
	def _func_refuse(self, text):
		raise Refusal(text)

	@standard.signature(_ANY)
	def _func_to_number(self, value):
		# The standard one would let "NaN" and "inf" through, which no receiver can read.
		try:
			return numbers.plain(numbers.to_decimal(value)) if isinstance(value, str) else _own_number(value)
		except ValueError:
			return None


def _same(left: Any, right: Any) -> bool:
	"""Whether two single values are written alike: an id is a number in one place and a text in another."""
	single = left is not None and not isinstance(left, dict | list)
	return single and numbers.text_of(left) == numbers.text_of(right)


def bounded(length: int) -> None:
	"""Refuse a text result of more than `MAX_TEXT` characters."""
	if length > MAX_TEXT:
		raise FunctionFailure(f"the text would be longer than {MAX_TEXT} characters")


def _refuse_constant(name: str) -> None:
	raise ValueError(f"{name} is not JSON")


def _own_number(value: Any) -> Any:
	return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _join(separator: str, parts: list[Any] | None, keep_empty: bool) -> str | None:
	if parts is None:
		return None
	texts = [_scalar_text(part) for part in parts if part is not None and (keep_empty or part != "")]
	bounded(sum(map(len, texts)) + len(separator) * len(texts))
	return separator.join(texts)


def _scalar_text(value: Any) -> str:
	if isinstance(value, list | dict):
		raise FunctionFailure("only texts and numbers can be put together")
	return numbers.text_of(value)


def _count(number: Any) -> int:
	if number < 0 or number != int(number):
		raise FunctionFailure(f"{number} is not a whole number from 0 up")
	return int(number)


def _decimal(value: Any) -> Decimal:
	try:
		return numbers.to_decimal(value)
	except ValueError:
		raise FunctionFailure(f"{value!r} is not a number") from None


def _calculate(operation: Callable[..., Decimal], *operands: Any) -> Any:
	if any(operand in (None, "") for operand in operands):
		return None
	try:
		return numbers.plain(operation(*(_decimal(operand) for operand in operands)))
	except ValueError as error:
		raise FunctionFailure(str(error)) from None
	except ArithmeticError:
		raise FunctionFailure("the result is not a number") from None


def _divide(left: Decimal, right: Decimal) -> Decimal:
	if not right:
		raise FunctionFailure("division by zero")
	return _ARITHMETIC.divide(left, right)


def _moment(text: str | None) -> Any:
	if not text:
		return None
	try:
		return dates.parse_iso(text)
	except ValueError:
		raise FunctionFailure(f"{text!r} is not a date such as 2024-01-31") from None


def _part(text: str | None, name: str) -> int | None:
	moment = _moment(text)
	return moment and getattr(moment, name)
