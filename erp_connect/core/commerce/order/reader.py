"""Reading one level of a plain dict with the path of every value, so that an error can name its place.

Promises decimals without float artefacts, ids as text, and that no key is overlooked: a key that nobody
asked for is refused, because a misspelt amount would otherwise be lost money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from erp_connect.core.commerce.errors import OrderError
from erp_connect.core.values.numbers import to_decimal

# ERPNext computes in binary floats, which hold a cent exactly enough only up to here.
LARGEST_AMOUNT = Decimal(10) ** 11
MAX_DECIMALS = 12
MAX_ROWS = 5000
MAX_TEXT = 2000

Record = TypeVar("Record")


class Reader:
	"""One dict of an order. path: where it stands, empty for the order itself."""

	def __init__(self, data: Any, path: str = "") -> None:
		if not isinstance(data, Mapping):
			raise OrderError("{field} must be an object with named fields.", field=path or "The order")
		self.data = data
		self.path = path
		self.asked: set[str] = set()

	def at(self, key: str) -> str:
		"""The path of a key, for messages."""
		return f"{self.path}.{key}" if self.path else key

	def has(self, key: str) -> bool:
		"""Whether a key is there and not null."""
		return self._value(key) is not None

	def text(self, key: str, *, required: bool = False) -> str:
		"""A text; numbers are taken as their digits, for ids. Empty when absent."""
		value = self._value(key)
		if value is None or value == "":
			if required:
				raise OrderError(
					"{field} is missing: the order needs it.", field=self.at(key), code="missing"
				)
			return ""
		if isinstance(value, bool) or not isinstance(value, str | int):
			raise OrderError("{field} must be text.", field=self.at(key), code="text")
		text = str(value).strip()
		if len(text) > MAX_TEXT:
			raise OrderError(
				"{field} is longer than {limit} characters.", field=self.at(key), limit=MAX_TEXT, code="text"
			)
		return text

	def flag(self, key: str) -> bool:
		"""A boolean; 0, 1 and their words are taken too. False when absent."""
		value = self._value(key)
		known = {None: False, "": False, "0": False, "1": True, "false": False, "true": True}
		if isinstance(value, bool):
			return value
		if isinstance(value, int) and value in (0, 1):
			return bool(value)
		if value is None or (isinstance(value, str) and value.strip().lower() in known):
			return known[value.strip().lower() if value else None]
		raise OrderError("{field} must be true or false.", field=self.at(key), code="flag")

	def amount(self, key: str) -> Decimal:
		"""A number that must be there."""
		number = self.maybe_amount(key)
		if number is None:
			raise OrderError("{field} is missing: the order needs it.", field=self.at(key), code="missing")
		return number

	def maybe_amount(self, key: str) -> Decimal | None:
		"""A number, None when absent or empty."""
		value = self._value(key)
		if value is None or value == "":
			return None
		return number_at(value, self.at(key))

	def not_negative(self, key: str) -> Decimal:
		"""A number from zero up, zero when absent."""
		number = self.maybe_amount(key) or Decimal(0)
		if number < 0:
			raise OrderError("{field} must not be below zero.", field=self.at(key), code="negative")
		return number

	def total_of(self, key: str) -> Decimal:
		"""The sum of a list of amounts, each a number or an object with `amount`; zero when absent."""
		total = Decimal(0)
		for index, value in enumerate(self._list(key)):
			path = f"{self.at(key)}[{index}]"
			inner = value.get("amount") if isinstance(value, Mapping) else value
			total += number_at(inner, path)
		return total

	def choice(self, key: str, choices: tuple[str, ...]) -> str:
		"""One of `choices`; the first when absent."""
		value = self.text(key).lower() or choices[0]
		if value not in choices:
			raise OrderError(
				"{field} must be one of {choices}.",
				field=self.at(key),
				choices=", ".join(choices),
				code="choice",
			)
		return value

	def rows(self, key: str, read: Callable[[Reader], Record]) -> tuple[Record, ...]:
		"""A list of objects, each read by `read`; empty when absent."""
		return tuple(record for record in self._rows(key, read))

	def record(self, key: str, read: Callable[[Reader], Record]) -> Record | None:
		"""One object read by `read`, None when absent."""
		value = self._value(key)
		return None if value is None else _whole(Reader(value, self.at(key)), read)

	def done(self) -> None:
		"""Raises OrderError for a key that nobody asked for."""
		for key in self.data:
			if key not in self.asked:
				raise OrderError(
					"{field} is not a field of an order. Known here: {known}.",
					field=self.at(str(key)),
					known=", ".join(sorted(self.asked)),
					code="unknown",
				)

	def _value(self, key: str) -> Any:
		self.asked.add(key)
		return self.data.get(key)

	def _list(self, key: str) -> list[Any]:
		value = self._value(key)
		if value is None:
			return []
		if not isinstance(value, list | tuple):
			raise OrderError("{field} must be a list.", field=self.at(key), code="list")
		if len(value) > MAX_ROWS:
			raise OrderError(
				"{field} has more than {limit} rows.", field=self.at(key), limit=MAX_ROWS, code="list"
			)
		return list(value)

	def _rows(self, key: str, read: Callable[[Reader], Record]) -> Iterator[Record]:
		for index, value in enumerate(self._list(key)):
			yield _whole(Reader(value, f"{self.at(key)}[{index}]"), read)


def number_at(value: Any, path: str) -> Decimal:
	"""The exact decimal of a JSON number or text. Raises OrderError naming `path`."""
	try:
		if isinstance(value, bool):
			raise ValueError("a boolean is no amount")
		number = to_decimal(value)
	except ValueError:
		raise OrderError("{field} must be a number such as 12.50.", field=path, code="number") from None
	if abs(number) >= LARGEST_AMOUNT:
		raise OrderError("{field} is too large to be booked exactly.", field=path, code="number")
	if int(number.as_tuple().exponent) < -MAX_DECIMALS:
		# Sub-cent digits beyond these only come from a division in binary floats.
		number = round(number, MAX_DECIMALS)
	return number


def _whole(reader: Reader, read: Callable[[Reader], Record]) -> Record:
	record = read(reader)
	reader.done()
	return record
