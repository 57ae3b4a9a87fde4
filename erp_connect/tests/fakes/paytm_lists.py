"""The lists of a merchant account at Paytm, as its documentation says: pages of at most 50, of at most 30 days.

Orders: https://paytmpayments.com/docs/api/order-list-api, within a body, the last 18 months only. Refunds:
https://paytmpayments.com/docs/api/refund-api-list-api, at the top of the answer. Names and forms of the fields as in
https://github.com/shivam3-garg/payment-mcp (services/order_list_service.py, services/refund_service.py).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

IST = dt.timezone(dt.timedelta(hours=5, minutes=30))
LONGEST, OLDEST, LARGEST = dt.timedelta(days=30), dt.timedelta(days=548), 50
OF_ORDERS = {"mid", "fromDate", "toDate", "orderSearchType", "orderSearchStatus", "pageNumber", "pageSize"}
OF_REFUNDS = {"mid", "startDate", "endDate"}
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


class BadList(Exception):
	"""What was asked for is not given."""


def wall(moment: dt.datetime, glue: str = " ") -> str:
	"""A time as Paytm writes it: the clock in India, without an offset."""
	return moment.astimezone(IST).strftime(f"%Y-%m-%d{glue}%H:%M:%S")


def read(text: str) -> dt.datetime:
	"""A time that Paytm wrote."""
	return dt.datetime.strptime(text[:19].replace("T", " "), "%Y-%m-%d %H:%M:%S").replace(tzinfo=IST)


def page(
	found: list[dict[str, Any]], time: str, body: dict[str, Any], names: tuple[str, str, str, str]
) -> list[dict[str, Any]]:
	"""The records of a page, by their `time`. names: of begin, end, page and size in the body. Raises BadList."""
	start, end = (_moment(body.get(name)) for name in names[:2])
	if end - start > LONGEST or end < start:
		raise BadList("Date range is invalid.")
	number, size = (int(body.get(name, usual)) for name, usual in zip(names[2:], (1, 20), strict=True))
	if not 1 <= size <= LARGEST or number < 1:
		raise BadList("Page size is invalid.")
	within = sorted((one for one in found if start <= read(one[time]) <= end), key=lambda one: one[time])
	return within[(number - 1) * size : number * size]


def count(found: list[dict[str, Any]], time: str, body: dict[str, Any]) -> int:
	start, end = (_moment(body[name]) for name in ("startDate", "endDate"))
	return sum(start <= read(one[time]) <= end for one in found)


def require_recent(body: dict[str, Any], now: dt.datetime) -> None:
	"""Orders of more than 18 months ago are not listed."""
	if now - _moment(body.get("fromDate")) > OLDEST:
		raise BadList("Date range is older than 18 months.")


def _moment(text: Any) -> dt.datetime:
	if not isinstance(text, str) or not _FORM.fullmatch(text):
		raise BadList("Invalid date format.")
	return dt.datetime.fromisoformat(text)
