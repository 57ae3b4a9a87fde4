"""What a transform is made of: prepared once with its argument, then applied to each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from erp_connect.core.values.number_formats import PLAIN, NumberFormat

Lookup = Callable[[str, str], str | None]


@dataclass(frozen=True)
class TransformContext:
	"""What a transform may know besides the value.

	time_zone: IANA zone in which the site writes its naive times. lookup: (doctype, name) → external id
	outwards, (doctype, external id) → name inwards; None when there is no link. The doctype may be followed by a colon
	and the outside entity; with a dot and a field behind it, the value of that field stands for the external id. value_map: used by `apply_transform` only; rows carry their own. numbers: how the outside
	writes numbers as text.
	"""

	time_zone: str = "UTC"
	lookup: Lookup | None = None
	numbers: NumberFormat = PLAIN
	value_map: Mapping[str, Any] | None = None


Apply = Callable[[Any, TransformContext], Any]


Prepare = Callable[[str, Mapping[str, Any] | None], Apply]
