"""Wrong values for every field of a model, and what a caller must not read in the answer to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from erp_connect.core.errors import fill
from erp_connect.core.parse.refused_fields import OTHER, in_words, place

WRONG: tuple[Any, ...] = (
	None, True, -1, 1.5, 10**30, float("nan"), "", "x" * 150_000, "29.11.2026", "12:00", [], [[]], ["x"] * 6000, [{}] * 60, {},
	{"no": {}}, object(),
)  # fmt: skip
# Signs of a regular expression, and the words of Python and of pydantic.
_NOT_FOR_CALLERS = re.compile(
	r"[\\^$|*]|\(\?|\[|\b(?:pattern|regex|Decimal|dict|dictionary|str|int|float|bool|NoneType|instance|[Tt]uple|Input|Value error|"
	r"valid \w+|validator|function)\b"
)


def wrong_inputs(model: type[BaseModel]) -> Iterator[dict[str, Any]]:
	"""Inputs of which one field is wrong, at each depth; the other fields are missing."""
	yield {"no_such_field": 1}
	for name, field in model.model_fields.items():
		key = field.alias or name
		for value in (*WRONG, *({"key": value} for value in WRONG), *([value] for value in WRONG)):
			yield {key: value}
		if inner := model_in(field.annotation):
			for given in wrong_inputs(inner):
				yield {key: given}
				yield {key: [given]}


def model_in(annotation: Any) -> type[BaseModel] | None:
	"""The model that a field holds, perhaps in a list or with others; None where it holds none."""
	if isinstance(annotation, type) and issubclass(annotation, BaseModel):
		return annotation
	return next(filter(None, map(model_in, get_args(annotation))), None)


def answers(model: type[BaseModel], given: Any) -> Iterator[str]:
	"""What a caller may be told of an input, of each mistake in it."""
	try:
		model.model_validate(given)
	except ValidationError as error:
		for mistake in error.errors(include_url=False, include_input=False):
			template, params = in_words(mistake)
			if template == OTHER:
				yield f"{mistake['type']}: not in words"
			yield fill(template, {**params, "field": ".".join(map(str, place(mistake)))})


def unfit(model: type[BaseModel]) -> set[str]:
	"""Answers to wrong values that are not for people; empty where all are."""
	told = {text for given in wrong_inputs(model) for text in answers(model, given)}
	assert told, f"{model.__name__} refuses nothing"
	return {text[:200] for text in told if is_unfit(text)}


def is_unfit(text: str) -> bool:
	"""Whether an answer holds a pattern, a place that nothing fills, or words of the language it is written in."""
	return bool(_NOT_FOR_CALLERS.search(text)) or "{" in text or "not in words" in text
