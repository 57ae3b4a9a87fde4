"""Durations as people write them in a setting: `5s, 5m, 30m, 2h, 1d`.

Promises whole seconds, and an error that shows how to write a duration. Never guesses a unit: a bare
number is read as seconds.
"""

from __future__ import annotations

import re

from erp_connect.core.errors import ConfigurationError

MAX_ENTRIES = 30
MAX_SECONDS = 30 * 86400

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d{1,9})\s*([smhd]?)", re.IGNORECASE | re.ASCII)
_SEPARATORS = re.compile(r"[,;\n]")


def parse_duration(text: str) -> int:
	"""Seconds of one duration such as `30m`. Raises ConfigurationError when it cannot be read."""
	match = _DURATION.fullmatch(text.strip())
	if not match:
		raise ConfigurationError(
			"{text} is not a duration. Write a whole number and a unit, for example 30s, 5m, 2h or 1d.",
			code="duration",
			text=text.strip() or '""',
		)
	seconds = int(match[1]) * _UNITS[match[2].lower()]
	if seconds > MAX_SECONDS:
		raise ConfigurationError(
			"The duration {text} is too long. Use at most {limit}.",
			code="duration",
			text=text.strip(),
			limit=format_duration(MAX_SECONDS),
		)
	return seconds


def parse_durations(text: str) -> list[int]:
	"""Seconds of each duration in a list separated by commas; empty entries are skipped.

	Raises ConfigurationError for an unreadable entry, an empty list, or more than `MAX_ENTRIES` entries.
	"""
	entries = [entry for entry in _SEPARATORS.split(text or "") if entry.strip()]
	if not entries:
		raise ConfigurationError(
			"The list of waiting times is empty. Write at least one, for example 5s, 5m, 30m.",
			code="duration",
		)
	if len(entries) > MAX_ENTRIES:
		raise ConfigurationError(
			"The list has {count} waiting times. Use at most {limit}.",
			code="duration",
			count=len(entries),
			limit=MAX_ENTRIES,
		)
	return [parse_duration(entry) for entry in entries]


def format_duration(seconds: int) -> str:
	"""The shortest exact writing of `seconds`: 7200 gives `2h`, 90 gives `90s`."""
	for unit in ("d", "h", "m"):
		if seconds and seconds % _UNITS[unit] == 0:
			return f"{seconds // _UNITS[unit]}{unit}"
	return f"{seconds}s"
