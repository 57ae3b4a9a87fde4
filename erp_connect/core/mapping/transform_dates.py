"""Transforms on dates and times (see `dates`). ERPNext's times are naive, in the site's zone.

Promises: English names whatever the locale; a moment that is written and read back is the same moment to the
second. Never uses the current time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from erp_connect.core.errors import Whole
from erp_connect.core.mapping.transform_text import bad_argument
from erp_connect.core.mapping.transform_types import Apply, TransformContext
from erp_connect.core.values import dates, numbers

_SITE_DATE = "%Y-%m-%d"
_SITE_DATETIME = "%Y-%m-%d %H:%M:%S"


def date(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""A date or time → its calendar date, by the pattern. The zone is not changed."""
	pattern = _pattern(argument.strip() or _SITE_DATE)
	return lambda value, context: None if value in (None, "") else dates.write(_moment(value), pattern)


def read_date(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""What `date` writes → YYYY-MM-DD."""
	pattern = _readable(argument.strip())

	def work(value: Any, context: TransformContext) -> Any:
		if value in (None, ""):
			return None
		return dates.write(dates.read(_text(value), pattern) if pattern else _moment(value), _SITE_DATE)

	return work


def datetime(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""A site time → ISO 8601 with offset, in the zone of the argument (else the site's), or by the pattern."""
	zone, pattern = _zone_and_pattern(argument)

	def work(value: Any, context: TransformContext) -> Any:
		if value in (None, ""):
			return None
		moment = dates.in_zone(_moment(value), context.time_zone, zone or context.time_zone)
		return dates.write(moment, pattern) if pattern else dates.iso(moment)

	return work


def read_datetime(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""What `datetime` writes → the site's time. Without an offset it is taken in the zone of the argument."""
	zone, pattern = _zone_and_pattern(argument)
	_readable(pattern)

	def work(value: Any, context: TransformContext) -> Any:
		if value in (None, ""):
			return None
		moment = dates.read(_text(value), pattern) if pattern else _moment(value)
		return dates.write(
			dates.in_zone(moment, zone or context.time_zone, context.time_zone), _SITE_DATETIME
		)

	return work


def timestamp(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""A site time → Unix time in seconds or milliseconds."""
	unit = _unit(argument)
	return lambda value, context: (
		None if value in (None, "") else dates.epoch(_moment(value), unit, context.time_zone)
	)


def read_timestamp(argument: str, value_map: Mapping[str, Any] | None) -> Apply:
	"""Unix time → the site's time."""
	unit = _unit(argument)

	def work(value: Any, context: TransformContext) -> Any:
		if value in (None, ""):
			return None
		number = numbers.plain(numbers.to_decimal(value))
		return dates.write(dates.from_epoch(number, unit, context.time_zone), _SITE_DATETIME)

	return work


def _moment(value: Any) -> dt.datetime:
	try:
		return dates.parse_iso(value)
	except ValueError:
		raise ValueError("it is not a date such as 2024-01-31 or 2024-01-31 10:20:30") from None


def _text(value: Any) -> str:
	if not isinstance(value, str):
		raise ValueError("it is not a text")
	return value


def _pattern(pattern: str) -> str:
	try:
		return dates.check_pattern(pattern)
	except ValueError as error:
		raise bad_argument(
			"The date pattern {pattern} holds {letter}, which is not known. Use %Y %m %d %H %M %S and the like.",
			pattern=pattern,
			letter=Whole(str(error)),
		) from None


def _readable(pattern: str) -> str:
	if not pattern:
		return pattern
	try:
		dates.check_readable(_pattern(pattern))
	except ValueError as error:
		raise bad_argument(
			"Dates written as {pattern} cannot be read back: {reason}. Use %Y, %m and %d, each once.",
			pattern=pattern,
			reason=Whole(str(error)),
		) from None
	return pattern


def _zone_and_pattern(argument: str) -> tuple[str, str]:
	first, _, rest = argument.strip().partition(" ")
	if "%" in first:
		return "", _pattern(argument.strip())
	if rest and "%" not in rest:
		raise bad_argument(
			"{pattern} is not a date pattern. Write UTC %d.%m.%Y %H:%M for example.", pattern=rest
		)
	try:
		dates.zone(first or "UTC")
	except ValueError:
		raise bad_argument(
			"{zone} is not a time zone. Write UTC or a name such as Europe/Berlin.", zone=first
		) from None
	return first, _pattern(rest.strip())


def _unit(argument: str) -> str:
	unit = argument.strip() or "s"
	if unit not in ("s", "ms"):
		raise bad_argument("Timestamp takes s (seconds) or ms (milliseconds) as argument.")
	return unit
