"""Credentials that end soon or have ended, and secrets that should have been renewed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import format_datetime, formatdate, get_datetime, getdate, now_datetime

from erp_connect.config import secret_ages
from erp_connect.operate.alerts.kinds import ENDED, ENDING, TO_RENEW
from erp_connect.operate.overview.credentials import granted_until
from erp_connect.store.alerts import Problem

NEAR_DAYS = 14


def ending(account) -> Iterator[Problem]:
	"""account: with `name`, `connected_app`, `token_user` and `credentials_end`."""
	if until := granted_until(account):
		helps = _("Press Grant Access in the account.")
		yield from _problem(account.name, until, format_datetime(until), helps)
	if account.credentials_end:
		until = datetime.combine(getdate(account.credentials_end), time.min)
		helps = _(
			"Get new ones from the other system, enter them in the account, and correct Credentials end on."
		)
		yield from _problem(account.name, until, formatdate(account.credentials_end), helps)


def _problem(account: str, until: datetime, day: str, helps: str) -> Iterator[Problem]:
	until = get_datetime(until)
	if until <= now_datetime():
		text = _("The credentials ended on {0}.").format(day)
		yield Problem(account, ENDED, 1, f"{text} {helps}")
	elif until < now_datetime() + timedelta(days=NEAR_DAYS):
		text = _("The credentials end on {0}.").format(day)
		yield Problem(account, ENDING, 1, f"{text} {helps}", reminded=False)


def to_renew(account) -> Iterator[Problem]:
	"""account: with `name` and `rotate_after_days`."""
	if not account.rotate_after_days:
		return
	doc = frappe.get_cached_doc("Integration Settings", account.name)
	if old := secret_ages.older_than(doc, account.rotate_after_days):
		shown = ", ".join(f"{one.label} ({formatdate(one.on)})" for one in old)
		text = _("Older than {0} days: {1}. Renew them at the other system, and enter them in the account.")
		yield Problem(
			account.name, TO_RENEW, len(old), text.format(account.rotate_after_days, shown), reminded=False
		)
