"""What a body in XML means for a model: XML tells neither a list of one element nor an empty value from others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

NAMESPACE = "@xmlns"


def fitted(data: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
	"""The fields of a parsed body as the model has them: a single element is a list where the model has one, also where
	it stands in an element around the list (`<lines><line/></lines>`). Empty elements are as if they were not there.
	"""
	found = {}
	for name, value in data.items():
		field = model.model_fields.get(name)
		value = _fitted(value, field.annotation) if field else value
		if value is not None and not name.startswith(NAMESPACE):
			found[name] = value
	return found


def _fitted(value: Any, annotation: Any) -> Any:
	for kind in _kinds(annotation):
		if get_origin(kind) is list:
			return _list(value, get_args(kind)[0])
		if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(value, dict):
			return fitted(value, kind)
	return value


def _list(value: Any, element: Any) -> list[Any] | None:
	if isinstance(value, dict) and len(value) == 1 and not set(value) & _fields(element):
		(value,) = value.values()
	if value is None:
		return None
	found = value if isinstance(value, list) else [value]
	return [_fitted(one, element) for one in found if one is not None]


def _fields(element: Any) -> set[str]:
	"""The names of the fields of an element that is an object."""
	models = [kind for kind in _kinds(element) if isinstance(kind, type) and issubclass(kind, BaseModel)]
	return {name for kind in models for name in kind.model_fields}


def _kinds(annotation: Any) -> Iterator[Any]:
	"""The kinds that a field takes, without what is said besides."""
	if get_origin(annotation) is Annotated:
		yield from _kinds(get_args(annotation)[0])
	elif get_origin(annotation) in (Union, UnionType):
		for part in get_args(annotation):
			yield from _kinds(part)
	else:
		yield annotation
