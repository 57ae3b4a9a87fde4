"""Times from the database and from outside, made comparable."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import frappe

from erp_connect.core.values import cursor


def latest(*moments: datetime | str | None) -> datetime | None:
	"""The latest of some times, in UTC; those without an offset are in the site's time zone. None when there is none."""
	zone = frappe.utils.get_system_timezone()
	found = [cursor.as_moment(_given(moment), zone) for moment in moments if moment]
	return max((moment.astimezone(timezone.utc) for moment in found if moment), default=None)


def _given(moment: datetime | str) -> datetime | str:
	return moment if isinstance(moment, datetime) else str(moment)


def outside(value: Any, time_zone: str) -> datetime | None:
	"""The moment that the outside wrote as `value`, in UTC; None when it is none."""
	try:
		moment = cursor.as_moment(value, time_zone)
	except ValueError:
		return None
	return moment.astimezone(timezone.utc) if moment else None
