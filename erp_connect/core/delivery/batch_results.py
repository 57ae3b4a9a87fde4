"""Which result of a batch belongs to which record that was sent.

Promises: a result is given to a record only where that can be told: by a key that stands in both, or by the order
where the other system promises it and nothing in the answer speaks against it. A record of which nothing can be
told gets no result. Never judges a result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

# How deep fields of records and results are compared.
_DEPTH = 3


def key_of(value: Any) -> str | None:
	"""A key as text, so that 7 and "7" are one; None for what cannot be a key."""
	if isinstance(value, float) and value.is_integer():
		value = int(value)
	if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
		return None
	return str(value)


def by_key(sent: list[str | None], received: list[str | None]) -> list[int | None]:
	"""For each record, the position of its result; None where there is none, or where it cannot be told.

	sent, received: the keys of the records and of the results, as `key_of` gives them. A key that is there twice on
	either side tells nothing.
	"""
	twice = {key for keys in (sent, received) for key, count in Counter(keys).items() if count > 1}
	places = {key: place for place, key in enumerate(received) if key is not None and key not in twice}
	return [places.get(key) for key in sent]


def by_order(records: list[Any], results: list[Any]) -> list[int | None]:
	"""For each record, the position of its result where the order is promised.

	All None when the numbers differ, or when a field that stands in all records and all results holds the same values
	in another order: then the promise was not kept.
	"""
	if len(records) != len(results) or _reordered(records, results):
		return [None] * len(records)
	return list(range(len(records)))


def _reordered(records: list[Any], results: list[Any]) -> bool:
	if len(records) < 2:
		return False
	sent, received = _columns(records), _columns(results)
	return any(
		sent[path] != received[path] and sorted(sent[path]) == sorted(received[path])
		for path in sent.keys() & received.keys()
		if len(set(sent[path])) == len(records)
	)


def _columns(records: list[Any]) -> dict[tuple[str, ...], list[str]]:
	"""The values of each place that holds a text or number in every record, by place."""
	flat = [dict(_places(record)) for record in records]
	shared = set(flat[0]).intersection(*flat[1:])
	return {path: [values[path] for values in flat] for path in shared}


def _places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
	if isinstance(value, dict) and len(path) < _DEPTH:
		for name, inner in value.items():
			yield from _places(inner, (*path, name))
	elif path and (key := key_of(value)) is not None:
		yield path, key
