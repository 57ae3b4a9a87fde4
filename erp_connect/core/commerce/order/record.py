"""The base of every record of an order: one pydantic model, read by two kinds of sender.

Callers of the API are held to the schema that the OpenAPI document shows. What a flow maps
out of a shop's record comes by `Record.read`: it is taken more generously (see `kinds`), null is absent, and what
is wrong is an `OrderError` that names the place. Either way a name that is not a field is refused, because a
misspelt amount would otherwise be lost money.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator

from erp_connect.core.commerce.errors import OrderError
from erp_connect.core.commerce.order.kinds import MAPPED, is_mapped
from erp_connect.core.parse.refused_fields import OBJECT, fault, in_words, place

Self = TypeVar("Self", bound="Record")


class Record(BaseModel):
	"""Immutable. Construct one of values that are known to be right by `model_construct`.

	MISSING, UNKNOWN: what is said of a mapped record without a required field, or with a field too many.
	ELSEWHERE: what is said of names that are no fields, because what they stand for comes in another way.
	SHORT_FORMS: names that a mapped record may have besides, which `spelled_out` turns into fields.
	WHEN_ABSENT: fields that a mapped record may leave out, though callers of the API may not.
	"""

	model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

	MISSING: ClassVar[str] = "{field} is missing: the order needs it."
	UNKNOWN: ClassVar[str] = "{field} is not a field of an order. Known here: {known}."
	ELSEWHERE: ClassVar[Mapping[str, str]] = {}
	SHORT_FORMS: ClassVar[tuple[str, ...]] = ()
	WHEN_ABSENT: ClassVar[Mapping[str, Any]] = {}

	@classmethod
	def read(cls: type[Self], data: Any) -> Self:
		"""The record in `data`, whose keys are the names of its fields; numbers may be texts. Raises `OrderError`."""
		try:
			return cls.model_validate(data, context=MAPPED)
		except ValidationError as error:
			raise cls._in_words(error) from None

	@classmethod
	def spelled_out(cls, data: dict[str, Any]) -> dict[str, Any]:
		"""Mapped `data`, without nulls, with its short forms as the fields they stand for."""
		return data

	@model_validator(mode="before")
	@classmethod
	def _mapped(cls, data: Any, info: ValidationInfo) -> Any:
		if not is_mapped(info):
			return data
		if not isinstance(data, Mapping):
			raise fault("order", OBJECT)
		known = {*cls.model_fields, *cls.SHORT_FORMS}
		for key in data:
			if key not in known:
				template = cls.ELSEWHERE.get(key, cls.UNKNOWN)
				raise fault("unknown", template, at=str(key), known=", ".join(sorted(known)))
		given = cls.spelled_out({key: value for key, value in data.items() if value is not None})
		return {**cls.WHEN_ABSENT, **{key: given[key] for key in given if key not in cls.SHORT_FORMS}}

	@classmethod
	def _in_words(cls, error: ValidationError) -> OrderError:
		first = error.errors(include_url=False, include_input=False)[0]
		template, params = in_words(first)
		if first["type"] == "missing" and not (first.get("ctx") or {}).get("template"):
			template = cls.MISSING
		return OrderError(template, code=first["type"], field=_path(place(first)) or "The order", **params)


def _path(parts: Iterable[str | int]) -> str:
	"""`lines[2].quantity`."""
	found = ""
	for part in parts:
		found += f"[{part}]" if isinstance(part, int) else f".{part}" if found else part
	return found
