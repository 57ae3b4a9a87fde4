"""Records of a flow held against what is here: with documents field by field, or with what is booked of them."""

from __future__ import annotations

from collections.abc import Iterable

from erp_connect.config.inflow import CLEARING, PAYMENT, REFUND
from erp_connect.reconcile import money, outside, refunded
from erp_connect.reconcile.outside import Item, Seen
from erp_connect.reconcile.sides import Sides

# What is booked of a record, by its purpose.
BOOKED = {PAYMENT: money.payment, REFUND: refunded.refund, CLEARING: money.entry}


def look(sides: Sides, items: Iterable[Item]) -> Seen:
	"""What is to be said of records, as `outside.look` and `money.look` do. Writes nothing."""
	booked = BOOKED.get(sides.inward.purpose)
	return money.look(sides, items, booked) if booked else outside.look(sides, items)
