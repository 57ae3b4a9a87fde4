"""Change times as sources write them: ISO text, Unix time in seconds, milliseconds or microseconds, as number or text.

Promises: a time is handed back as it was written; what is derived from one keeps its notation (date or time,
`T` or space, fraction, offset, text or number). What is no time is compared as a number or as text, and no
seconds are taken from it. Never asks the clock.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from erp_connect.core.values import dates
from erp_connect.core.values.numbers import plain

_ISO = re.compile(
	r"(?P<date>\d{4}-\d{2}-\d{2})"
	r"(?:(?P<glue>[T ])(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2}(?P<fraction>[.,]\d{1,9})?)?"
	r"(?P<rest>\s*(?:Z|z|[+-]\d{2}:?\d{2})?))?",
	re.ASCII,
)
_DIGITS = re.compile(r"-?\d{1,19}(?:\.\d{1,9})?", re.ASCII)
# Parts of a second in a Unix time of this size and above, as far as the year 5138. Smaller numbers, up to the
# year 1973, are taken for counters.
_UNITS = ((10**14, 1_000_000), (10**11, 1000), (10**8, 1))
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


def later(a: Any, b: Any, time_zone: str = "UTC") -> Any:
	"""The later of two change times, as it was written; `a` when they are equal. Either may be None.

	time_zone: of times without an offset; counts only where one time has an offset and the other has none.
	"""
	return b if older(a, b, time_zone) else a


def older(a: Any, b: Any, time_zone: str = "UTC") -> bool:
	"""Whether `a` is before `b`. None, which is no time at all, is before every time."""
	if a is None or b is None:
		return a is None and b is not None
	left, right = _exact(a, time_zone), _exact(b, time_zone)
	if left is not None and right is not None:
		return left < right
	left_number, right_number = _number(a), _number(b)
	if left_number is not None and right_number is not None:
		return left_number < right_number
	return str(a) < str(b)


def is_earlier(a: str, b: str, time_zone: str) -> bool | None:
	"""Whether one time is certainly before another; None where one of them is no time, or says no time of day.

	time_zone: IANA name, of times without an offset. Where its clock goes back they come twice: what may be the later one is
	not earlier.
	"""
	if (has_time(a) and has_time(b)) is not (has_time(a) or has_time(b)):
		return None
	if is_local(a) and is_local(b):  # by the clock on the wall
		again, time_zone = min(repeated(a, time_zone), repeated(b, time_zone)), "UTC"
	else:
		again = repeated(a, time_zone)
	first, second = _exact(a, time_zone), _exact(b, time_zone)
	if first is None or second is None:
		return None
	return (first[0] + dt.timedelta(seconds=again), first[1]) < second


def has_time(value: str) -> bool:
	"""Whether a text says a time of day, or is a number."""
	return _number(value) is not None or ":" in value


def latest(a: Any, b: Any, time_zone: str = "UTC") -> Any:
	"""As `later`, but what is no time never counts beside one: a text such as n/a, or a number that is too small."""
	is_time = as_moment(a, time_zone) is not None
	if is_time == (as_moment(b, time_zone) is not None):
		return later(a, b, time_zone)
	return a if is_time else b


def is_local(value: Any) -> bool:
	"""Whether it is a time without an offset, so that it depends on a time zone."""
	moment = None if _number(value) is not None else _parsed(value)
	return moment is not None and moment.tzinfo is None


def repeated(value: Any, time_zone: str) -> int:
	"""Seconds by which the clock of `time_zone` goes back over a time without an offset; 0 for any other time.

	Such a time comes twice, and what is stored when it comes again may carry an earlier one.
	"""
	if not is_local(value):
		return 0
	moment = _parsed(value)
	first, again = (moment.replace(tzinfo=dates.zone(time_zone), fold=fold).utcoffset() for fold in (0, 1))
	return max(0, int((first - again).total_seconds()))


def skipped(value: Any, time_zone: str) -> int:
	"""Seconds by which the clock of `time_zone` goes forward over a time without an offset, so that it never is; else 0.

	Whoever reads such a time takes it for one that is so much later, or earlier.
	"""
	if not is_local(value):
		return 0
	moment = _parsed(value)
	zone = dates.zone(time_zone)
	before, after = (moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
	return max(0, int((after - before).total_seconds()))


def from_before(value: Any, seconds: int, time_zone: str) -> Any:
	"""The time from which changes are asked for that may have been stored `seconds` after `value`, in the same notation.

	time_zone: of times without an offset. Where its clock goes back over `value`, that hour is asked for once more; no time is
	asked from that a clock which goes forward leaves out.
	"""
	since = minus(value, seconds + repeated(value, time_zone))
	return minus(since, skipped(since, time_zone))


def minus(value: Any, seconds: int) -> Any:
	"""The time `seconds` (a whole number) before `value`, in the same notation.

	Never later than that: what the notation cannot hold is rounded down. What is no time is handed back.
	"""
	if as_moment(value, "UTC") is None or not seconds:
		return value
	number = _number(value)
	if number is not None:
		return _written(number - seconds * _unit(number), value)
	return _earlier_text(value.strip(), seconds) or value


def written_as(moment: dt.datetime, like: Any, time_zone: str) -> Any:
	"""A moment in the notation of the change time `like`; never later than it. `like` itself where that is no time.

	moment: with an offset. time_zone: IANA name, of a notation without an offset.
	"""
	before = as_moment(like, time_zone)
	if before is None:
		return like
	if is_local(like):  # by the clock on the wall, which an hour of summer time lies between
		moment = dates.in_zone(moment, "UTC", time_zone).replace(tzinfo=None)
		before = _parsed(like)
	return minus(like, -int((moment - before) // dt.timedelta(seconds=1)))


def as_moment(value: Any, time_zone: str) -> dt.datetime | None:
	"""The moment a change time stands for, with an offset; None when it is no time.

	time_zone: IANA name, of times without an offset; raises ValueError when it does not exist.
	"""
	number = _number(value)
	if number is not None:
		unit = _unit(number)
		return _EPOCH + dt.timedelta(microseconds=int(number * (1_000_000 // unit))) if unit else None
	moment = _parsed(value)
	try:
		return dates.in_zone(moment, time_zone, "UTC") if moment else None
	except OverflowError:
		return None


def _exact(value: Any, time_zone: str) -> tuple[dt.datetime, str] | None:
	"""A moment with the digits of its fraction that a datetime cannot hold."""
	moment = as_moment(value, time_zone)
	if moment is None:
		return None
	found = _ISO.fullmatch(value.strip()) if isinstance(value, str) else None
	fraction = (found and found["fraction"]) or ""
	return moment, fraction[7:].ljust(3, "0")


def _parsed(value: Any) -> dt.datetime | None:
	if isinstance(value, dt.datetime):
		return value
	try:
		return dates.parse_iso(value)
	except ValueError:
		return None


def _number(value: Any) -> Decimal | None:
	if isinstance(value, bool):
		return None
	if isinstance(value, int | float):
		number = Decimal(str(value))
		return number if number.is_finite() else None
	if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
		return Decimal(value.strip())
	return None


def _unit(number: Decimal) -> int:
	"""Parts of a second that a Unix time counts; 0 for a number that is none."""
	return next((unit for limit, unit in _UNITS if limit <= number < 10**17), 0)


def _written(number: Decimal, like: Any) -> Any:
	if isinstance(like, str):
		return format(number, "f")
	return plain(number) if isinstance(like, int) else float(number)


def _earlier_text(text: str, seconds: int) -> str:
	found = _ISO.fullmatch(text)
	try:
		moment = dates.parse_iso(text).replace(tzinfo=None, microsecond=0) - dt.timedelta(seconds=seconds)
	except OverflowError:
		return ""
	date = moment.date().isoformat()
	if not found["glue"]:
		return date
	time = f"{moment.hour:0{len(found['hour'])}d}:{moment.minute:02d}"
	second = f":{moment.second:02d}{found['fraction'] or ''}" if found["second"] else ""
	return f"{date}{found['glue']}{time}{second}{found['rest']}"
