"""How a value from outside is read for each field type of a DocType.

Promises: a value is either what its field can hold, in the form that Frappe's own form sends it, or it is refused
with the reason. Nothing is taken for zero. Numbers are rounded to what their column keeps, as the database does it, so
that a value is the same before and after; of a time, whole seconds are kept. Text of a plain text field stays as it is.
Never looks at a clock; the zone of the site is an argument.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from erp_connect.core.values import dates
from erp_connect.core.values.number_formats import PLAIN, NumberFormat
from erp_connect.core.values.numbers import plain, round_half_up, text_of

# What the columns of the database hold: int, bigint, decimal(21,9) and, of a rating, decimal(3,2).
_INT, _BIGINT, _DECIMAL = 2**31, 2**63, Decimal(10) ** 12
_DIGITS, _RATING_DIGITS = 9, 2
_TRUE = frozenset({"1", "true", "yes", "y", "on"})
_FALSE = frozenset({"", "0", "false", "no", "n", "off"})
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,9})?)?", re.ASCII)
# As Frappe writes a duration, and as ISO 8601 does.
_DURATION = re.compile(
	r"(?:(\d{1,6})d)?\s?(?:(\d{1,6})h)?\s?(?:(\d{1,6})m)?\s?(?:(\d{1,6})s)?", re.IGNORECASE | re.ASCII
)
_ISO_DURATION = re.compile(
	r"P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True)
class Reading:
	"""What a reading depends on. time_zone: IANA zone of the site, in which its times are kept."""

	time_zone: str = "UTC"
	numbers: NumberFormat = PLAIN


Read = Callable[[Any, Reading], Any]


def read(fieldtype: str, value: Any, reading: Reading) -> Any:
	"""`value` (parsed JSON) as a field of this type holds it. Raises ValueError with the reason.

	None stays None, and what has no reading of its own stays as it is. An empty text says that the field is empty:
	so it stays, since Frappe would put the field's default in the place of None, except where a column cannot hold it.
	"""
	reader = _READERS.get(fieldtype)
	if reader is None or value is None:
		return value
	if isinstance(value, str) and not value.strip():
		return _EMPTY.get(fieldtype, "")
	return reader(value, reading)


def structured(fieldtype: str) -> bool:
	"""Whether a field of this type holds an object or a list."""
	return fieldtype in ("JSON", "Geolocation")


def truth(value: Any) -> bool:
	"""Whether a number, a truth value or a word such as "yes" means true. Raises ValueError for anything else."""
	word = text_of(value).strip().lower()
	if word in _TRUE:
		return True
	if word in _FALSE:
		return False
	raise ValueError("it is neither yes nor no")


def _number(value: Any, reading: Reading) -> Decimal:
	if isinstance(value, bool):
		raise ValueError("it is a truth value, not a number")
	return reading.numbers.read(value)


def _whole(limit: int) -> Read:
	def work(value: Any, reading: Reading) -> int:
		number = _number(value, reading)
		if number != number.to_integral_value():
			raise ValueError("it has a fraction, and the field holds whole numbers")
		if not -limit <= number < limit:
			raise ValueError("it is too large for the field")
		return int(number)

	return work


def _decimal(value: Any, reading: Reading, digits: int = _DIGITS) -> int | float:
	number = _number(value, reading)
	if abs(number) >= _DECIMAL:
		raise ValueError("it is too large for the field")
	return plain(round_half_up(number, digits))


def _percent(value: Any, reading: Reading) -> int | float:
	return _decimal(value.strip().removesuffix("%") if isinstance(value, str) else value, reading)


def _rating(value: Any, reading: Reading) -> int | float:
	number = _decimal(value, reading, _RATING_DIGITS)
	if not 0 <= number <= 1:
		raise ValueError("a rating is kept as a share from 0 to 1. Divide it by its number of stars")
	return number


def _date(value: Any, reading: Reading) -> str:
	moment = _moment(value)
	if moment.tzinfo is not None:
		moment = _in_site(moment, reading)
	return dates.write(moment, "%Y-%m-%d")


def _datetime(value: Any, reading: Reading) -> str:
	moment = _in_site(_moment(value), reading)
	return dates.write(moment, "%Y-%m-%d %H:%M:%S.%f" if moment.microsecond else "%Y-%m-%d %H:%M:%S")


def _moment(value: Any):
	try:
		return dates.parse_iso(value)
	except ValueError:
		raise ValueError(
			"it is not a date such as 2024-01-31 or 2024-01-31 10:20:30. Choose the transform Date, Datetime or "
			"Timestamp for another form"
		) from None


def _in_site(moment, reading: Reading):
	try:
		return dates.in_zone(moment, reading.time_zone, reading.time_zone)
	except OverflowError:
		raise ValueError("it is out of range") from None


def _time(value: Any, reading: Reading) -> str:
	found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
	if not found:
		raise ValueError("it is not a time such as 14:30 or 14:30:00")
	return f"{int(found[1]):02d}:{found[2]}:{found[3] or '00'}"


def _duration(value: Any, reading: Reading) -> int | float:
	if isinstance(value, str):
		text = value.strip()
		found = _DURATION.fullmatch(text) or _ISO_DURATION.fullmatch(text)
		if found and any(found.groups()):
			days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
			return _decimal(((days * 24 + hours) * 60 + minutes) * 60 + seconds, reading)
	try:
		number = _decimal(value, reading)
	except ValueError:
		raise ValueError("it is not a duration: send seconds, or a text such as 1d 2h 30m") from None
	if number < 0:
		raise ValueError("a duration is not negative")
	return number


def _json(value: Any, reading: Reading) -> str:
	if isinstance(value, dict | list):
		return json.dumps(value, ensure_ascii=False, allow_nan=False)
	if isinstance(value, str):
		try:
			json.loads(value)
		except (ValueError, RecursionError):
			raise ValueError("it is not JSON") from None
		return value
	return json.dumps(value)


_EMPTY = {"Check": 0, "Rating": None, "Duration": None, "JSON": None, "Geolocation": None}
_READERS: dict[str, Read] = {
	"Int": _whole(_INT),
	"Long Int": _whole(_BIGINT),
	"Float": _decimal,
	"Currency": _decimal,
	"Percent": _percent,
	"Rating": _rating,
	"Check": lambda value, reading: int(truth(value)),
	"Date": _date,
	"Datetime": _datetime,
	"Time": _time,
	"Duration": _duration,
	"JSON": _json,
	"Geolocation": _json,
}
