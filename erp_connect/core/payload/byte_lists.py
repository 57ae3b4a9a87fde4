"""Contents of a file that are told as a list of numbers, one for each byte, as some systems write them into JSON."""

from __future__ import annotations

from typing import Any


def bytes_of(value: Any) -> bytes | None:
	"""The contents that a list of numbers from 0 to 255 stands for; None for anything else, and for an empty list."""
	if not isinstance(value, list) or not value:
		return None
	return bytes(value) if all(type(one) is int and 0 <= one <= 255 for one in value) else None
