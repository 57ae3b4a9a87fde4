"""Dates and times as text: read ISO forms, write and read a closed set of `%` patterns, move between zones.

Promises: the same text on every machine (month and day names are English, whatever the locale).
Never asks the clock: what is "now" is not known here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_ISO = re.compile(
	r"(\d{4})-(\d{2})-(\d{2})"
	r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?",
	re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d{2})(?::?(\d{2}))?")
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)

# fmt: off
MONTHS = (
	"January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# fmt: on

_WRITE: dict[str, Callable[[dt.datetime], str]] = {
	"Y": lambda m: f"{m.year:04d}",
	"y": lambda m: f"{m.year % 100:02d}",
	"m": lambda m: f"{m.month:02d}",
	"d": lambda m: f"{m.day:02d}",
	"H": lambda m: f"{m.hour:02d}",
	"I": lambda m: f"{m.hour % 12 or 12:02d}",
	"p": lambda m: "AM" if m.hour < 12 else "PM",
	"M": lambda m: f"{m.minute:02d}",
	"S": lambda m: f"{m.second:02d}",
	"f": lambda m: f"{m.microsecond:06d}",
	"j": lambda m: f"{m.timetuple().tm_yday:03d}",
	"B": lambda m: MONTHS[m.month - 1],
	"b": lambda m: MONTHS[m.month - 1][:3],
	"A": lambda m: DAYS[m.weekday()],
	"a": lambda m: DAYS[m.weekday()][:3],
	"z": lambda m: m.strftime("%z"),
	"%": lambda m: "%",
}
_READ = {
	"Y": r"\d{4}",
	"y": r"\d{2}",
	"m": r"\d{1,2}",
	"d": r"\d{1,2}",
	"H": r"\d{1,2}",
	"I": r"\d{1,2}",
	"p": r"[AaPp][Mm]",
	"M": r"\d{2}",
	"S": r"\d{2}",
	"f": r"\d{1,6}",
	"B": "|".join(MONTHS),
	"b": "|".join(name[:3] for name in MONTHS),
	"z": r"Z|[+-]\d{2}:?\d{2}",
}


def parse_iso(text: Any) -> dt.datetime:
	"""A datetime from "2024-01-31", "2024-01-31 10:20:30.5" or "2024-01-31T10:20:30+05:30" / "…Z" / "… UTC".

	Naive when the text has no offset. Raises ValueError for anything else.
	"""
	found = _ISO.fullmatch(text.strip()) if isinstance(text, str) else None
	if not found:
		raise ValueError("not an ISO date")
	year, month, day, hour, minute, second, fraction, offset = found.groups()
	return dt.datetime(
		int(year),
		int(month),
		int(day),
		int(hour or 0),
		int(minute or 0),
		int(second or 0),
		int((fraction or "0")[:6].ljust(6, "0")),
		tzinfo=_offset(offset) if offset else None,
	)


def has_time(text: str) -> bool:
	"""Whether an ISO text carries a time of day."""
	return ":" in text


def check_pattern(pattern: str) -> str:
	"""`pattern` unchanged when all its `%` letters are known; raises ValueError naming the first bad one."""
	for letter in _DIRECTIVE.findall(pattern):
		if letter not in _WRITE:
			raise ValueError("%" + letter)
	return pattern


def write(moment: dt.datetime, pattern: str) -> str:
	"""`moment` written by a checked pattern, for example "%d.%m.%Y"."""
	return _DIRECTIVE.sub(lambda found: _WRITE[found[1]](moment), pattern)


def read(text: str, pattern: str) -> dt.datetime:
	"""The moment a text written by `pattern` stands for; raises ValueError when it does not fit."""
	found = _reader(pattern).fullmatch(text.strip())
	if not found:
		raise ValueError("text does not fit the pattern")
	parts = found.groupdict()
	return dt.datetime(
		_year(parts),
		_month(parts),
		int(parts.get("d") or 1),
		_hour(parts),
		int(parts.get("M") or 0),
		int(parts.get("S") or 0),
		int((parts.get("f") or "0").ljust(6, "0")),
		tzinfo=_offset(parts["z"]) if parts.get("z") else None,
	)


def check_readable(pattern: str) -> str:
	"""`pattern` unchanged when `read` can use it: a year, and no letter twice; raises ValueError otherwise."""
	_reader(pattern)
	if "%Y" not in pattern and "%y" not in pattern:
		raise ValueError("it has no year")
	return pattern


@lru_cache(maxsize=256)
def zone(name: str) -> dt.tzinfo:
	"""The zone of an IANA name ("Asia/Kolkata") or "UTC"; raises ValueError when there is none."""
	if name.upper() in ("UTC", "Z"):
		return dt.timezone.utc
	try:
		return ZoneInfo(name)
	except (KeyError, ValueError, OSError):
		# ZoneInfo answers a name that is a folder ("America") with an OSError.
		raise ValueError(name) from None


def in_zone(moment: dt.datetime, source_zone: str, target_zone: str) -> dt.datetime:
	"""`moment` as seen in `target_zone`; a naive moment is taken to be in `source_zone`."""
	if moment.tzinfo is None:
		moment = moment.replace(tzinfo=zone(source_zone))
	return moment.astimezone(zone(target_zone))


def epoch(moment: dt.datetime, unit: str, source_zone: str) -> int:
	"""Unix time of `moment` in "s" or "ms"; a naive moment is taken to be in `source_zone`."""
	if moment.tzinfo is None:
		moment = moment.replace(tzinfo=zone(source_zone))
	# In whole microseconds: a float timestamp loses milliseconds.
	since = (moment - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)) // dt.timedelta(microseconds=1)
	return since // (1_000_000 if unit == "s" else 1000)


def from_epoch(number: int | float, unit: str, target_zone: str) -> dt.datetime:
	"""The naive moment in `target_zone` of a Unix time in "s" or "ms"; raises ValueError out of range."""
	seconds = number if unit == "s" else number / 1000
	try:
		moment = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc) + dt.timedelta(seconds=seconds)
	except OverflowError:
		raise ValueError("out of range") from None
	return moment.astimezone(zone(target_zone)).replace(tzinfo=None)


def iso(moment: dt.datetime) -> str:
	"""ISO 8601 to the second, with "Z" for UTC and an offset for other zones."""
	text = moment.replace(microsecond=0).isoformat()
	return text[:-6] + "Z" if moment.tzinfo is dt.timezone.utc else text


@lru_cache(maxsize=256)
def _reader(pattern: str) -> re.Pattern[str]:
	parts: list[str] = []
	seen: set[str] = set()
	position = 0
	for found in _DIRECTIVE.finditer(pattern):
		parts.append(re.escape(pattern[position : found.start()]))
		parts.append(_group(found[1], seen))
		position = found.end()
	return re.compile("".join(parts) + re.escape(pattern[position:]), re.IGNORECASE)


def _group(letter: str, seen: set[str]) -> str:
	if letter == "%":
		return "%"
	if letter not in _READ or letter in seen:
		raise ValueError(f"%{letter} cannot be used")
	seen.add(letter)
	return f"(?P<{letter}>{_READ[letter]})"


def _year(parts: dict[str, str]) -> int:
	if parts.get("Y"):
		return int(parts["Y"])
	if parts.get("y"):
		# POSIX: 69-99 are 1969-1999, 00-68 are 2000-2068.
		short = int(parts["y"])
		return short + (1900 if short >= 69 else 2000)
	raise ValueError("the pattern has no year")


def _month(parts: dict[str, str]) -> int:
	name = parts.get("B") or parts.get("b")
	if not name:
		return int(parts.get("m") or 1)
	return next(index for index, month in enumerate(MONTHS, 1) if month.lower().startswith(name.lower()))


def _hour(parts: dict[str, str]) -> int:
	if not parts.get("I"):
		return int(parts.get("H") or 0)
	hour = int(parts["I"]) % 12
	return hour + 12 if (parts.get("p") or "").upper() == "PM" else hour


def _offset(text: str) -> dt.tzinfo:
	found = _OFFSET.fullmatch(text)
	if not found:
		return dt.timezone.utc
	minutes = int(found[2]) * 60 + int(found[3] or 0)
	if not minutes:
		return dt.timezone.utc
	return dt.timezone(dt.timedelta(minutes=minutes if found[1] == "+" else -minutes))
