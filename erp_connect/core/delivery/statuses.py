"""HTTP statuses as people write them."""

from __future__ import annotations

import re

from erp_connect.core.errors import ConfigurationError

_STATUS_ENTRY = re.compile(r"([1-5])xx|([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?", re.IGNORECASE | re.ASCII)


def parse_statuses(text: str) -> frozenset[int]:
	"""Statuses written as `2xx, 404` or `200-204, 409`. An empty text means `2xx`.

	Raises ConfigurationError for anything else.
	"""
	found: set[int] = set()
	for entry in (part.strip() for part in (text or "2xx").split(",")):
		if entry:
			found |= _statuses(entry)
	return frozenset(found or range(200, 300))


def _statuses(entry: str) -> set[int]:
	match = _STATUS_ENTRY.fullmatch(entry)
	if not match:
		raise ConfigurationError(
			"{text} is not an HTTP status. Write statuses as 2xx, 404 or 200-204, separated by commas.",
			code="status",
			text=entry,
		)
	if match[1]:
		return set(range(int(match[1]) * 100, int(match[1]) * 100 + 100))
	return set(range(int(match[2]), int(match[3] or match[2]) + 1))
