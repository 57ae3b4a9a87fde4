"""A file that is sent in parts to one place outside, each told by `Content-Range` (RFC 9110, 14.4), as resumable uploads want it.

The other side answers 308 as long as parts are missing, and says by `Range` what it has; the last part is answered like
any request. What was not answered is asked for without contents before anything more is sent: so a file that is whole
there is never sent twice. Pure values: never reads a file, never sends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Whether the file is sent as one body, or part by part.
WHOLE, IN_PARTS = "Whole", "In Parts"
KIB = 1024
USUAL_KIB = 8192
# "Resume Incomplete": parts of the file are missing.
INCOMPLETE = 308
# The place does not exist (any more): the upload begins anew at another one.
ENDED = frozenset({404, 410})
_RANGE = re.compile(r"\s*(?:bytes\s*=)?\s*0\s*-\s*(\d+)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
	"""Bytes `start` up to, but not including, `end` of a file of `total` bytes. asks: only what is there already is asked."""

	start: int
	end: int
	total: int
	asks: bool = False

	@property
	def content_range(self) -> str:
		if self.asks or self.start == self.end:
			return f"bytes */{self.total}"
		return f"bytes {self.start}-{self.end - 1}/{self.total}"

	def of(self, content: bytes) -> bytes:
		return b"" if self.asks else content[self.start : self.end]


def next_part(taken: int, total: int, size: int, *, again: bool) -> Part:
	"""The part after the first `taken` bytes. size: of a part in bytes. again: what became of the last try is not known."""
	start = min(taken, total)
	return Part(start, min(start + max(size, 1), total), total, asks=again)


def taken_by(headers: Mapping[str, str]) -> int:
	"""How many bytes the other side has, by the `Range` of its answer 308; without one, none."""
	found = next((value for name, value in headers.items() if name.lower() == "range"), "")
	match = _RANGE.fullmatch(found)
	return int(match[1]) + 1 if match else 0
