"""An entry of a clearing account as a payment provider lists it, as a checked record of what a flow mapped."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Annotated

from erp_connect.core.commerce.order.kinds import MaybeCurrency, needed_number, read_by, text
from erp_connect.core.commerce.order.record import Record

ID_LIMIT = 140
Name = Annotated[str, read_by(partial(text, needed=True, most=ID_LIMIT))]
Text = Annotated[str, read_by(text)]


class ClearingEntry(Record):
	"""id: of the payment, refund or dispute that moved the money. other_id: another one that it may be booked under, such as that
	of the entry itself.

	account: the ledger account here that stands for the provider's balance. amount: what the balance became larger by, with
	the fee taken off; below zero for what it became smaller by. currency: of the balance. payout: id of the payout that took
	it along; empty where there is none.
	"""

	MISSING = "{field} is missing. Map it in the flow."
	UNKNOWN = "{field} is not a field of a clearing entry. Known here: {known}."

	id: Name
	account: Name
	amount: Annotated[Decimal, read_by(needed_number)]
	other_id: Text = ""
	currency: MaybeCurrency = ""
	payout: Text = ""

	@property
	def ids(self) -> list[str]:
		"""All ids that it may be booked under."""
		return [one for one in dict.fromkeys((self.id, self.other_id)) if one]
