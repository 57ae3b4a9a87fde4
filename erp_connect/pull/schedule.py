"""When flows pull and compare: by their schedule, in the site's time zone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import frappe
from croniter import croniter
from frappe.utils import now_datetime

from erp_connect.config import pulling
from erp_connect.core.errors import ConnectError
from erp_connect.store import pull_marks, sync_cursor


def seconds_to_next(cron: str, after: datetime | None = None) -> float | None:
	"""Seconds until a cron expression is due again; None for the empty one, which only a person starts."""
	if not cron:
		return None
	start = after or now_datetime()
	return max(1.0, (croniter(cron, start).get_next(datetime) - start).total_seconds())


def arrange(flow: str, before: Any = None) -> None:
	"""Bring the cursor of a flow in line with its settings. before: the flow as it was. Does not commit."""
	doc = frappe.get_doc("Field Mapping", flow)
	if doc.direction == "Outgoing" or not (doc.pull_path or "").strip():
		sync_cursor.remove(flow)
		return
	sync_cursor.ensure(flow, doc.integration)
	if before and pulling.stamp_of(before) != pulling.stamp_of(doc):
		pull_marks.forget_sizes(flow)
	if before and pulling.mark_of(before) != pulling.mark_of(doc):
		pull_marks.forget_mark(flow)
	cron = pulling.cron_of(doc.pull_schedule, doc.pull_cron) if doc.enabled else ""
	sync_cursor.schedule(flow, seconds_to_next(cron))


def next_run(flow: str) -> float | None:
	"""Seconds until a flow pulls again by itself; None when only a person starts it."""
	try:
		return seconds_to_next(pulling.load(flow).cron)
	except (ConnectError, frappe.DoesNotExistError):
		return None
