"""Which failures are one failure: messages that differ only in the record that they speak of."""

from __future__ import annotations

import re
from collections.abc import Iterable

PLACE = "…"
# What tells one record from another: keys, hashes, addresses, times and numbers all have a digit.
_VARIABLE = re.compile(r"[^\s\"'(){}\[\]<>,;=]*\d[^\s\"'(){}\[\]<>,;=]*")
# The row of the flow at fault is the reason; which element of a table it was is not.
_ROW = re.compile(r"(\w+ \d+)(?:, \w+ [\d.]+)?: ")
_SPACE = re.compile(r"\s+")
LIMIT = 300


def same(message: str, own: Iterable[str] = ()) -> str:
	"""A message without what is only of its record: two that become equal have the same reason.

	own: names and ids of the record, which may be words. An HTTP status stands for the reason itself, so the caller
	compares it besides.
	"""
	text = _SPACE.sub(" ", message or "").strip()
	for name in sorted({name for name in own if name}, key=len, reverse=True):
		text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", PLACE, text)
	row = _ROW.match(text)
	head, rest = (f"{row[1]}: ", text[row.end() :]) if row else ("", text)
	return (head + _VARIABLE.sub(PLACE, rest))[:LIMIT]
