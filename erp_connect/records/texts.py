"""Records with a text that no document can hold: refused by the field in which it stands."""

from __future__ import annotations

from typing import Any

from erp_connect.core.parse.texts import bad_text
from erp_connect.records.errors import BadRecord


def require(record: Any) -> None:
	"""Raises `BadRecord` "text", naming the place, for parsed data with a NUL or half of a character in a text."""
	if place := bad_text(record):
		raise BadRecord(
			"{field} holds a NUL character or half of a character, which no field can keep. Correct it outside and send the "
			"record again.",
			code="text",
			field=place,
		)
