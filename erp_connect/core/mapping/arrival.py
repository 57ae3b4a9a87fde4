"""Which event said a field of a record last, where records have no version: so that an older one, tried again, does not undo it.

Events are told apart by their place in the order of arrival. What is known is a JSON text: for each flow one place for all
its fields, and beside it those of fields that its later events left out. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

_HEARD = "heard"


def overtaken(known: str | None, flow: str, fields: Iterable[str], arrived: int) -> set[str]:
	"""Those of `fields` that an event of the flow which came after the place `arrived` has said already.

	known: as of `noted`. flow: a short text that stands for it.
	"""
	of_all, of_some = _places(_read(known), flow)
	return {field for field in fields if arrived < of_some.get(field, of_all)}


def noted(known: str | None, flow: str, of_flow: Iterable[str], fields: Iterable[str], arrived: int) -> str:
	"""What is known once an event that came at `arrived` has said `fields`, of all those of its flow.

	known: what was known before; whatever else it says stays.
	"""
	before = _read(known)
	of_all, of_some = _places(before, flow)
	places = {field: of_all for field in of_flow} | of_some
	places |= {field: max(arrived, places.get(field, 0)) for field in fields}
	newest = max(places.values(), default=arrived)
	others = {field: place for field, place in sorted(places.items()) if place < newest}
	heard = {**before.get(_HEARD, {}), flow: [newest, others] if others else [newest]}
	return json.dumps({**before, _HEARD: heard}, separators=(",", ":"))


def without(known: str | None) -> str | None:
	"""What is known besides, for a link that leads to another record now; None: nothing."""
	rest = {name: value for name, value in _read(known).items() if name != _HEARD}
	return json.dumps(rest, separators=(",", ":")) if rest else None


def _places(known: dict[str, Any], flow: str) -> tuple[int, dict[str, int]]:
	of_all, *of_some = known.get(_HEARD, {}).get(flow) or [0]
	return of_all, of_some[0] if of_some else {}


def _read(known: str | None) -> dict[str, Any]:
	return json.loads(known) if known else {}
