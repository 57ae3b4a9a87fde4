"""A quantity that moved elsewhere, from a plain dict to a checked record.

Promises exact numbers and one meaning: pieces that came or went, or a count that says how many there are. Never
asks the clock and never guesses an amount.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from erp_connect.core.commerce.errors import OrderError
from erp_connect.core.commerce.order.reader import MAX_TEXT, Reader
from erp_connect.core.values import dates

ID_LIMIT = 140
FIELDS = (
	"id", "item_code", "warehouse", "quantity", "level", "rate", "posting_date", "posting_time", "cancelled", "recorded",
)  # fmt: skip
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?", re.ASCII)


@dataclass(frozen=True)
class Movement:
	"""id: of the movement where it happened, shortened to a digest when it is longer than a link holds. quantity: in the item's
	stock unit, below zero for what went.

	level: of a count, which then is what matters. rate: value of one piece, None where it is not known.
	moment: when, None for now; has_time: whether it names a time of day. cancelled: the movement with this id is
	undone. recorded: ISO time when it was entered or undone over there, which tells older news from newer; or "".
	"""

	id: str
	item_code: str
	warehouse: str
	quantity: Decimal
	level: Decimal | None = None
	rate: Decimal | None = None
	moment: datetime | None = None
	has_time: bool = False
	cancelled: bool = False
	recorded: str = ""


def movement_from_dict(data: Any) -> Movement:
	"""The movement in `data`, whose keys are FIELDS; numbers may be texts. Raises `OrderError`."""
	reader = Reader(data)
	for name in data:
		if name not in FIELDS:
			raise _error("{field} is not a field of a stock movement. Known here: {known}.", "unknown", name,
				known=", ".join(FIELDS))  # fmt: skip
	quantity, level = reader.maybe_amount("quantity"), reader.maybe_amount("level")
	cancelled = reader.flag("cancelled")
	if quantity is None and level is None and not cancelled:
		raise _error("{field} is missing. Map it, or level for a count, in the flow.", "missing", "quantity")
	for name, number in (("level", level), ("rate", reader.maybe_amount("rate"))):
		if number is not None and number < 0:
			raise _error("{field} must not be below zero.", "negative", name)
	moment, has_time = _moment(reader)
	return Movement(
		id=_short(_needed(reader, "id", MAX_TEXT)),
		item_code=_needed(reader, "item_code", ID_LIMIT),
		warehouse=_needed(reader, "warehouse", ID_LIMIT),
		quantity=quantity or Decimal(0),
		level=level,
		rate=reader.maybe_amount("rate"),
		moment=moment,
		has_time=has_time,
		cancelled=cancelled,
		recorded=reader.text("recorded"),
	)


def _needed(reader: Reader, name: str, limit: int) -> str:
	text = reader.text(name)
	if not text:
		raise _error("{field} is missing. Map it in the flow.", "missing", name)
	if len(text) > limit:
		raise _error("{field} is longer than {limit} characters.", "text", name, limit=limit)
	return text


def _short(text: str) -> str:
	return text if len(text) <= ID_LIMIT else hashlib.sha256(text.encode()).hexdigest()


def _moment(reader: Reader) -> tuple[datetime | None, bool]:
	day, clock = reader.text("posting_date"), reader.text("posting_time")
	if not day:
		if clock:
			raise _error("{field} is missing, though there is a posting_time.", "missing", "posting_date")
		return None, False
	try:
		moment = dates.parse_iso(day)
	except ValueError:
		raise _error("{field} is not a date. Send it as 2024-01-31.", "date", "posting_date") from None
	if not clock:
		return moment, dates.has_time(day)
	return datetime.combine(moment.date(), _time(clock), moment.tzinfo), True


def _time(text: str) -> time:
	found = _TIME.fullmatch(text)
	try:
		hour, minute, second, fraction = found.groups() if found else ("", "", "", "")
		return time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")))
	except ValueError:
		raise _error("{field} is not a time. Send it as 13:45:00.", "date", "posting_time") from None


def _error(template: str, code: str, name: str, **params: Any) -> OrderError:
	return OrderError(template, code=code, field=name, **params)
