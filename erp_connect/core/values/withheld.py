"""A record of which the reader may not have everything: what is withheld is not in it, and looking it up raises."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any


class Guarded(dict):
	"""The values of a record without those that are withheld, for expressions.

	Asking for a field that is withheld raises what `refuse` makes of its name: neither the value leaves the house nor
	an empty one in its place. Taken as a whole, the record holds the other fields.
	"""

	def __init__(
		self, values: Mapping[str, Any], withheld: Collection[str], refuse: Callable[[str], Exception]
	) -> None:
		super().__init__({name: value for name, value in values.items() if name not in withheld})
		self.withheld = frozenset(withheld)
		self.refuse = refuse

	def get(self, key: Any, default: Any = None) -> Any:
		if key in self.withheld:
			raise self.refuse(key)
		return super().get(key, default)

	def __missing__(self, key: Any) -> Any:
		raise self.refuse(key) if key in self.withheld else KeyError(key)

	def __or__(self, other: Mapping[str, Any]) -> Guarded:
		return Guarded({**self, **other}, self.withheld, self.refuse)
