"""The order of versions that are neither numbers nor times, such as `rev-9` and `rev-10`."""

from __future__ import annotations

import re
from decimal import Decimal

# As JSON and Python write numbers. The checksum 12e45 is none, nor are nan and 1_000, which `float` would read.
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d{1,3})?", re.ASCII)
_NUMBERS = re.compile(r"(\d+)", re.ASCII)
# 31.12.2026, or is it the other way round? 1.12.3 is no date at all. As a time it would be a guess.
_DAY_OR_MONTH_FIRST = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{1,4}\b", re.ASCII)


def number(version: str) -> Decimal | None:
	"""A version as a number, to the last digit: a float takes 9007199254740993 for 9007199254740992. None where it is none."""
	text = version.strip()
	return Decimal(text) if _NUMBER.fullmatch(text) else None


def is_ambiguous_date(version: str) -> bool:
	"""Whether a text begins with a date of which nobody can tell day and month."""
	return bool(_DAY_OR_MONTH_FIRST.match(version))


def is_before(version: str, known: str) -> bool:
	"""Whether one text is before another: they differ in one number alone, which is smaller.

	For others there is no order that could be told, as for checksums: neither is before the other.
	"""
	mine, theirs = _NUMBERS.split(version), _NUMBERS.split(known)
	if len(mine) != len(theirs):
		return False
	differing = [pair for pair in zip(mine, theirs, strict=True) if pair[0] != pair[1]]
	if len(differing) != 1:
		return False
	return all(_NUMBERS.fullmatch(part) for part in differing[0]) and int(differing[0][0]) < int(
		differing[0][1]
	)
