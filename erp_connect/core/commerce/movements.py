"""A quantity that moved elsewhere, as a checked record of what a flow mapped.

Promises exact numbers and one meaning: pieces that came or went, or a count that says how many there are. Never
asks the clock and never guesses an amount.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, time
from decimal import Decimal
from functools import cached_property, partial
from typing import Annotated, Any

from pydantic import model_validator

from erp_connect.core.commerce.order.kinds import Discount, Flag, MaybeAmount, read_by, text
from erp_connect.core.commerce.order.record import Record
from erp_connect.core.parse.refused_fields import fault
from erp_connect.core.values import dates

ID_LIMIT = 140
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?", re.ASCII)


def _digest(value: Any) -> str:
	found = text(value, needed=True)
	return found if len(found) <= ID_LIMIT else hashlib.sha256(found.encode()).hexdigest()


Text = Annotated[str, read_by(text)]
Name = Annotated[str, read_by(partial(text, needed=True, most=ID_LIMIT))]


class Movement(Record):
	"""id: of the movement where it happened, shortened to a digest when it is longer than a link holds. quantity: in the item's
	stock unit, below zero for what went.

	level: of a count, which then is what matters. rate: value of one piece, None where it is not known.
	posting_date, posting_time: when, in ISO; empty for now. cancelled: the movement with this id is undone.
	recorded: ISO time when it was entered or undone over there, which tells older news from newer; or "".
	"""

	MISSING = "{field} is missing. Map it in the flow."
	UNKNOWN = "{field} is not a field of a stock movement. Known here: {known}."

	id: Annotated[str, read_by(_digest)]
	item_code: Name
	warehouse: Name
	quantity: MaybeAmount = None
	level: Discount = None
	rate: Discount = None
	posting_date: Text = ""
	posting_time: Text = ""
	cancelled: Flag = False
	recorded: Text = ""

	@cached_property
	def moment(self) -> datetime | None:
		"""When it moved, None for now."""
		if not self.posting_date:
			if self.posting_time:
				raise fault(
					"missing", "{field} is missing, though there is a posting_time.", at="posting_date"
				)
			return None
		try:
			day = dates.parse_iso(self.posting_date)
		except ValueError:
			raise fault("date", "{field} is not a date. Send it as 2024-01-31.", at="posting_date") from None
		clock = self.posting_time
		return datetime.combine(day.date(), _time(clock), day.tzinfo) if clock else day

	@property
	def said(self) -> dict[str, str]:
		"""What moved, in texts that are equal for equal movements: of a count, only the level matters."""
		kind, number = ("quantity", self.quantity) if self.level is None else ("level", self.level)
		return {
			"item": self.item_code,
			"warehouse": self.warehouse,
			kind: f"{Decimal(number or 0).normalize():f}",
		}

	@property
	def has_time(self) -> bool:
		"""Whether `moment` names a time of day."""
		return bool(self.posting_time) or bool(self.posting_date and dates.has_time(self.posting_date))

	@model_validator(mode="after")
	def _means_something(self) -> Movement:
		if self.quantity is None and self.level is None and not self.cancelled:
			raise fault(
				"missing", "{field} is missing. Map it, or level for a count, in the flow.", at="quantity"
			)
		_ = self.moment
		return self


def _time(clock: str) -> time:
	found = _TIME.fullmatch(clock)
	try:
		hour, minute, second, fraction = found.groups() if found else ("", "", "", "")
		return time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")))
	except ValueError:
		raise fault("date", "{field} is not a time. Send it as 13:45:00.", at="posting_time") from None
