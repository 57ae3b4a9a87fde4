"""The kinds of values that records of orders consist of: what callers of the API may send, and how mapped values are read.

Each kind is pydantic's schema of the field, which callers are held to, and a reader that takes its place for what a
flow mapped: ids may be numbers, limits are those of the books and not of the API, and a blank is absent. Promises
decimals without float artefacts. Faults carry a template for `OrderError`; the record adds the place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import (
	BeforeValidator,
	Field,
	GetCoreSchemaHandler,
	GetJsonSchemaHandler,
	ValidationInfo,
	WrapValidator,
)
from pydantic.json_schema import JsonSchemaValue, SkipJsonSchema
from pydantic_core import PydanticKnownError, PydanticUseDefault, core_schema

from erp_connect.core.parse.refused_fields import (
	DAY_OR_TIME,
	FLAG,
	LIST,
	NEGATIVE,
	NUMBER,
	ONE_OF,
	TEXT,
	TOO_LONG,
	Said,
	fault,
)
from erp_connect.core.values.numbers import to_decimal

# Context of a validation that reads a mapped record.
MAPPED = {"mapped": True}
# ERPNext computes in binary floats, which hold a cent exactly enough only up to here.
LARGEST_AMOUNT = Decimal(10) ** 11
MAX_DECIMALS = 12
MAX_ROWS = 5000
MAX_TEXT = 2000
# Of what people read: more than anybody writes, and far below what a request may hold.
MAX_WORDS = 100_000
FLAGS = {"": False, "0": False, "1": True, "false": False, "true": True}
CURRENCY = "{field} must be three letters such as EUR."


def is_mapped(info: ValidationInfo) -> bool:
	"""Whether a mapped record is read, and not a request of the API."""
	return info.context is MAPPED


def read_by(read: Callable[[Any], Any]) -> WrapValidator:
	"""Annotation: `read` takes the place of the field's schema where a mapped record is read.

	For plain values only. Around a model the handler, which the traceback of an error keeps, would count the model's
	class twice for Python's garbage collector, which then takes a class that was just made for garbage.
	"""

	def validate(value: Any, handler: Callable[[Any], Any], info: ValidationInfo) -> Any:
		return read(value) if is_mapped(info) else handler(value)

	return WrapValidator(validate)


def text(value: Any, *, needed: bool = False, most: int = MAX_TEXT) -> str:
	"""A text; numbers are taken as their digits, for ids. A blank one is the field's default, or missing."""
	if isinstance(value, bool) or not isinstance(value, str | int):
		raise fault("text", TEXT)
	found = str(value).strip()
	if len(found) > most:
		raise fault("text", TOO_LONG, limit=most)
	if not found:
		raise fault("missing") if needed else PydanticUseDefault()
	return found


def words(value: Any) -> str:
	"""Something for people to read, of any length: what ERPNext cannot keep whole is no reason to refuse an order.

	A number is taken as its digits. What other languages have for "nothing" (false, an empty list) is a blank.
	"""
	if value is False or value == [] or value == {}:
		raise PydanticUseDefault()
	if isinstance(value, float | Decimal) and not isinstance(value, bool):
		value = format(to_decimal(value).normalize(), "f")
	return text(value, most=MAX_WORDS)


def flag(value: Any) -> bool:
	"""A boolean; 0, 1 and their words are taken too."""
	if isinstance(value, bool | int) and value in (0, 1):
		return bool(value)
	if isinstance(value, str) and (word := value.strip().lower()) in FLAGS:
		return FLAGS[word]
	raise fault("flag", FLAG)


def number(value: Any, *, at: str = "") -> Decimal:
	"""The exact decimal of a JSON number or text. at: as for `fault`."""
	try:
		if isinstance(value, bool):
			raise ValueError("a boolean is no amount")
		found = to_decimal(value)
	except ValueError:
		raise fault("number", NUMBER, at=at) from None
	if abs(found) >= LARGEST_AMOUNT:
		raise fault("number", "{field} is too large to be booked exactly.", at=at)
	if int(found.as_tuple().exponent) < -MAX_DECIMALS:
		# Sub-cent digits beyond these only come from a division in binary floats.
		found = round(found, MAX_DECIMALS)
	return found


def maybe_number(value: Any, *, at: str = "") -> Decimal | None:
	"""A number, None when it is left empty."""
	return None if value is None or value == "" else number(value, at=at)


def needed_number(value: Any) -> Decimal:
	if value == "":
		raise fault("missing")
	return number(value)


def not_negative(value: Any, *, code: str = "negative", template: str = NEGATIVE) -> Decimal | None:
	"""A number from zero up, None when it is left empty. code, template: of the fault below zero."""
	found = maybe_number(value)
	if found is not None and found < 0:
		raise fault(code, template)
	return found


def from_zero(value: Any) -> Decimal:
	"""A number from zero up; zero when it is left empty."""
	return not_negative(value) or Decimal(0)


def _ordered(value: Any) -> Decimal:
	needed_number(value)
	found = not_negative(
		value, code="order", template="{field} must not be below zero: give returned pieces as a refund."
	)
	return found or Decimal(0)


def _rate(value: Any) -> Decimal | None:
	"""20, 20.0 and 20.00 are one rate, so that rows of the same tax are found to be the same."""
	found = maybe_number(value)
	return None if found is None else Decimal(format(found.normalize(), "f"))


def _currency(value: Any) -> str:
	found = text(value, needed=True).upper()
	if len(found) != 3 or not found.isascii() or not found.isalpha():
		raise fault("currency", CURRENCY)
	return found


def _discount_base(value: Any) -> str:
	found = text(value).lower()
	if found not in ("net", "grand"):
		raise fault("choice", ONE_OF, choices="net, grand")
	return found


@dataclass(frozen=True)
class Rows:
	"""Annotation of a list: how many entries callers of the API may send; mapped ones have the bounds of the books."""

	most: int
	least: int = 0

	def __get_pydantic_core_schema__(
		self, source: Any, handler: GetCoreSchemaHandler
	) -> core_schema.CoreSchema:
		return core_schema.with_info_before_validator_function(self._checked, handler(source))

	def __get_pydantic_json_schema__(
		self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
	) -> JsonSchemaValue:
		return handler(schema) | {"maxItems": self.most} | ({"minItems": self.least} if self.least else {})

	def _checked(self, value: Any, info: ValidationInfo) -> Any:
		if is_mapped(info):
			if not isinstance(value, list | tuple):
				raise fault("list", LIST)
			if len(value) > MAX_ROWS:
				raise fault("list", "{field} has more than {limit} rows.", limit=MAX_ROWS)
		elif isinstance(value, list):
			self._count(len(value))
		return value

	def _count(self, count: int) -> None:
		found = {"field_type": "List", "actual_length": count}
		if count > self.most:
			raise PydanticKnownError("too_long", {**found, "max_length": self.most})
		if count < self.least:
			raise PydanticKnownError("too_short", {**found, "min_length": self.least})


def _refuse_of_callers(value: Any, info: ValidationInfo) -> Any:
	if not is_mapped(info):
		raise PydanticKnownError("extra_forbidden")
	return value


# Annotation of a field that only a flow fills: to callers of the API it is no field.
ONLY_MAPPED = BeforeValidator(_refuse_of_callers)
HIDDEN = SkipJsonSchema()

_needed = partial(text, needed=True)

Words = Annotated[str, Field(max_length=MAX_WORDS), read_by(words)]
Text40 = Annotated[str, Field(max_length=40), read_by(text)]
Text140 = Annotated[str, Field(max_length=140), read_by(text)]
Id = Annotated[str, Field(min_length=1, max_length=140), read_by(_needed)]
IdInOrder = Annotated[str, Field(max_length=140), read_by(_needed)]
Day = Annotated[
	str,
	Field(max_length=40, pattern=r"^$|^\d{4}-\d{2}-\d{2}(?:[T ].*)?$"),
	Said(DAY_OR_TIME, "date"),
	read_by(text),
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), Said(CURRENCY, "currency"), read_by(_currency)]
MaybeCurrency = Annotated[
	str,
	Field(pattern=r"^$|^[A-Z]{3}$"),
	Said(CURRENCY, "currency"),
	read_by(lambda value: text(value).upper()),
]
DiscountBase = Annotated[Literal["net", "grand"], read_by(_discount_base)]
Flag = Annotated[bool, read_by(flag)]

Amount = Annotated[Decimal, read_by(needed_number)]
MaybeAmount = Annotated[Decimal | None, read_by(maybe_number)]
NotNegative = Annotated[Decimal, Field(ge=0), read_by(from_zero)]
Discount = Annotated[Decimal | None, Field(ge=0), read_by(not_negative)]
Rate = Annotated[Decimal | None, read_by(_rate)]
Ordered = Annotated[Decimal, Field(ge=0), read_by(_ordered)]
