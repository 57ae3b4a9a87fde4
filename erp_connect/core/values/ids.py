"""Event ids: unique without a database, sortable by the time they were made. And what can be the id of a record outside.

Promises 26 characters of Crockford base32 in capitals (the ULID form): 48 bits of milliseconds, then 80
bits of randomness. Never reads a clock or a random source; the caller passes both in.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BYTES = 10
_LENGTH = 26
_MAX_MS = 2**48 - 1


def new_event_id(now_ms: int, randomness: bytes) -> str:
	"""A new id for an event of `now_ms` (milliseconds since 1970), made unique by 10 random bytes.

	Ids made in a later millisecond sort after earlier ones. Raises ValueError for a wrong number of bytes
	or a time outside 48 bits: both are mistakes in the calling code.
	"""
	if len(randomness) != RANDOM_BYTES:
		raise ValueError(f"{RANDOM_BYTES} random bytes are needed, not {len(randomness)}")
	if not 0 <= now_ms <= _MAX_MS:
		raise ValueError("the time is outside the range of an event id")
	number = (now_ms << 80) | int.from_bytes(randomness, "big")
	return "".join(ALPHABET[(number >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


# The lengths of columns that hold ids of records.
ID_LIMIT = 140
# From here on a float does not tell whole numbers apart.
_EXACT = 2**53


def as_id(value: object) -> str | None:
	"""The id of a record outside as text; None for what is none (spaces alone, say), or longer than is kept.

	7, 7.0 and "7" are one id: some languages write all their numbers with a fraction.
	"""
	if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
		value = int(value)
	if isinstance(value, bool) or not isinstance(value, str | int):
		return None
	text = str(value)
	return text if text.strip() and len(text) <= ID_LIMIT else None
