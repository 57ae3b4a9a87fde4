"""Records of a flow held against what is here: with documents field by field, or with what is booked of them."""

from __future__ import annotations

from collections.abc import Iterable

from erp_connect.reconcile import money, outside
from erp_connect.reconcile.outside import Item, Seen
from erp_connect.reconcile.sides import Sides


def look(sides: Sides, items: Iterable[Item]) -> Seen:
	"""What is to be said of records, as `outside.look` and `money.look` do. Writes nothing."""
	return money.look(sides, items) if sides.is_money else outside.look(sides, items)
