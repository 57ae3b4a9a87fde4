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


def at_site(moment: datetime) -> datetime:
	"""A moment as the database has it: in the site's zone, without saying so. Raises `BadRecord` at the ends of time."""
	if moment.tzinfo is None:
		return moment
	try:
		return moment.astimezone(ZoneInfo(get_system_timezone())).replace(tzinfo=None)
	except OverflowError:
		raise _no_date(moment.isoformat()) from None


def day_of(text: str) -> date:
	"""The site's day of an ISO date or time; today when empty. Raises `BadRecord`."""
	if not text:
		return frappe.utils.getdate(frappe.utils.nowdate())
	try:
		moment = parse_iso(text)
	except ValueError:
		raise _no_date(text) from None
	return at_site(moment).date()


def past_day_of(text: str) -> date:
	"""As `day_of`, and never later than today: what the books date ahead is not there yet."""
	return min(day_of(text), day_of(""))


def _no_date(text: str) -> BadRecord:
	return BadRecord(
		"{date} is not a date. Send it as 2024-01-31 or 2024-01-31T10:20:30Z.", field="date", date=text
	)
