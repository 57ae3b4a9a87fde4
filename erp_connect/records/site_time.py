"""When something happened, as the site has it: one rule for the dates of orders, payments, refunds and movements.

A time with an offset becomes the time in the site's zone, and its day is the day there. A time or date without one is
the site's own already.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import frappe
from frappe.utils import get_system_timezone

from erp_connect.core.values.dates import parse_iso
from erp_connect.records.errors import BadRecord

FIRST_YEAR = 1000  # the database keeps no earlier ones


def at_site(moment: datetime) -> datetime:
	"""A moment as the database has it: in the site's zone, without saying so. Raises `BadRecord` at the ends of time."""
	if moment.tzinfo is None:
		return moment
	try:
		return moment.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)
	except OverflowError:
		raise _no_date(moment.isoformat()) from None


def moment_of(text: str) -> datetime:
	"""The site's time of an ISO date or time, and of no other text: `2026-11` is no moment. Raises `BadRecord`."""
	try:
		moment = parse_iso(text)
	except ValueError:
		raise _no_date(text) from None
	if moment.year < FIRST_YEAR:
		raise _no_date(text)
	return at_site(moment)


def is_none(text: str) -> bool:
	"""Whether a text is what programs write where they have no date: one of the year 1, which Frappe takes for none, too."""
	return text.strip().startswith("0001-")


def day_of(text: str) -> date:
	"""The site's day of an ISO date or time; today when empty. Raises `BadRecord`."""
	return moment_of(text).date() if text else frappe.utils.getdate(frappe.utils.nowdate())


def past_day_of(text: str) -> date:
	"""As `day_of`, and never later than today: what the books date ahead is not there yet."""
	return min(day_of(text), day_of(""))


def _no_date(text: str) -> BadRecord:
	return BadRecord(
		"{date} is not a date. Send it as 2024-01-31 or 2024-01-31T10:20:30Z.", field="date", date=text
	)
