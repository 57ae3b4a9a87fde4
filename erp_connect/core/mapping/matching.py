"""By which fields a record that is not linked yet is recognised: keys of one set together, the sets one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What is overlooked when texts are compared; without it they are equal byte by byte.
EXACT, CASE, CASE_AND_ACCENTS = "", "Case", "Case and accents"


def is_empty(value: Any) -> bool:
	"""Whether a value says nothing, as nothing but spaces do: padded columns of a file, say."""
	return value is None or (isinstance(value, str) and not value.strip())


@dataclass(frozen=True)
class MatchKey:
	"""A field of the document by which a record is recognised.

	ignoring: `EXACT`, `CASE` or `CASE_AND_ACCENTS`. empty: a record without a value is recognised by a document without
	one; otherwise the whole set is not used for such a record. fixed: the value is the flow's, not the record's.
	"""

	field: str
	ignoring: str = EXACT
	empty: bool = False
	fixed: bool = False


MatchSet = tuple[MatchKey, ...]


def in_sets(keys: Iterable[tuple[int, MatchKey]]) -> tuple[MatchSet, ...]:
	"""Keys, each with the number of its set, as sets in the order of their numbers."""
	sets: dict[int, list[MatchKey]] = {}
	for number, key in keys:
		sets.setdefault(number, []).append(key)
	return tuple(tuple(sets[number]) for number in sorted(sets))


def wanted(keys: MatchSet, values: Mapping[str, Any]) -> dict[str, Any] | None:
	"""The values that a document must have to be recognised by a set; None where the set says nothing of the record.

	It does so where a value is missing that must be there, or where all are missing that are the record's own.
	"""
	found = {key.field: values.get(key.field) for key in keys}
	if any(is_empty(found[key.field]) and not key.empty for key in keys):
		return None
	if all(is_empty(found[key.field]) for key in keys if not key.fixed):
		return None
	return found


def sets_of_alternatives(stands_alone: Mapping[str, bool]) -> dict[str, int]:
	"""Sets for fields that were looked at one by one before there were sets: {field: number of its set}.

	stands_alone: whether the value of a field can belong to one record only, as an e-mail address can and a date cannot.
	Where all can, each stays an alternative. Otherwise one that cannot would have recognised strangers: all together.
	"""
	if not all(stands_alone.values()):
		return dict.fromkeys(stands_alone, 1)
	return {field: number for number, field in enumerate(stands_alone, 1)}
