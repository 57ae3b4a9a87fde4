"""What MariaDB says when it refuses a row, as an error that tells the value at fault and what to do.

https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
"""

from __future__ import annotations

import re
from typing import Any

from erp_connect.core.errors import ConnectError, Whole

THERE_ALREADY, BAD_VALUE, OLD_TABLES = "duplicate", "bad_value", "old_tables"
# By number: duplicate key, no value, too long, out of range, cut off, not of the column's kind, unknown column or table.
_DUPLICATE = (1022, 1062, 1169, 1557, 1586, 1761, 1762, 1859)
_EMPTY = (1048, 1364)
_TOO_LONG = (1406,)
_OUT_OF_RANGE = (1264, 1690)
_UNFIT = (1265, 1292, 1366)
_OLD_TABLES = (1054, 1146)
_VALUE_AND_KEY = re.compile(r"Duplicate entry '(?P<value>.*)' for key '(?P<key>.*)'", re.DOTALL)
_FIELD = re.compile(r"(?:[Cc]olumn|Field) (?:`[^`]*`\.)*['`](?P<field>[^'`]+)['`]")
_VALUE = re.compile(r"value: '(?P<value>.*)' for column ", re.DOTALL)
# The bytes of a text from the one on that the column does not take.
_HALF = re.compile(r"Incorrect string value: '(?P<bytes>(?:\\x[0-9A-Fa-f]{2})+)' for column")


class Refused(ConnectError):
	"""The database keeps a row from being written. code: THERE_ALREADY, BAD_VALUE or OLD_TABLES."""

	default_code = BAD_VALUE


def refusal(arguments: tuple[Any, ...]) -> Refused | None:
	"""The refusal that an error of the driver tells by its `args` (number, message); None where it is none that is known."""
	number, message = (arguments[0], str(arguments[-1])) if arguments else (None, "")
	if number in _DUPLICATE:
		return _there_already(message)
	if number in _OLD_TABLES:
		return Refused(
			"The tables of this site are not what its apps expect: {reason}. Ask your administrator to run bench migrate, then "
			"{again}.",
			code=OLD_TABLES,
			reason=Whole(message),
		)
	found = _FIELD.search(message)
	field = found["field"] if found else ""
	if not field:
		return _without_field(number, message)
	if number in _TOO_LONG or _is_cut_off(message):
		return Refused(
			"The value of {field} is longer than the field can hold. Shorten it outside, or by a transform of the flow, then "
			"{again}.",
			field=field,
		)
	if number in _OUT_OF_RANGE:
		return Refused(
			"The number of {field} is too large or too small for the field. Correct it, then {again}.",
			field=field,
		)
	if number in _EMPTY:
		return Refused(
			"{field} has no value and needs one. Give the flow a row or a default for it, or correct the record outside, then "
			"{again}.",
			field=field,
		)
	if number in _UNFIT:
		value = _VALUE.search(message)
		return Refused(
			"{field} cannot be {value}: the field holds something else. Correct it, or map it with a transform, then {again}.",
			field=field,
			value=value["value"] if value else "-",
		)
	return None


def _is_cut_off(message: str) -> bool:
	"""Whether a text did not fit, so that its last letter was cut in two: `Incorrect string value: '\\xC3'`."""
	found = _HALF.search(message)
	if not found:
		return False
	try:
		bytes.fromhex(found["bytes"].replace("\\x", "")).decode()
	except UnicodeDecodeError as error:
		return error.reason == "unexpected end of data"
	return False


def _there_already(message: str) -> Refused:
	found = _VALUE_AND_KEY.search(message)
	return Refused(
		"Another document has {value} already, which may be there only once ({key}). Correct it; or if it is the same, link that "
		"document with the record (in its menu: Link with a Record Outside…); then {again}.",
		code=THERE_ALREADY,
		value=found["value"] if found else "-",
		key=found["key"].rsplit(".", 1)[-1] if found else "-",
	)


def _without_field(number: Any, message: str) -> Refused | None:
	if number not in (*_TOO_LONG, *_OUT_OF_RANGE, *_EMPTY, *_UNFIT):
		return None
	return Refused(
		"The database cannot keep a value: {reason}. Correct it, or map it with a transform, then {again}.",
		reason=Whole(message),
	)
