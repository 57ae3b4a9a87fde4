"""Which of an account's credentials end, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime, formatdate, get_datetime, getdate, now_datetime

# Of what ends later than this nobody has to think yet.
AHEAD_DAYS = 30


def ends(account: Any) -> list[str]:
	"""What ends within 30 days or has ended, in words. account: with the fields that `overview.accounts` reads."""
	found = []
	dated = (
		(account.previous_secret_expires, _("The old signing secret is valid until {0}")),
		(account.previous_verification_expires, _("The old secret of webhooks is valid until {0}")),
	)
	for moment, words in dated:
		if moment and now_datetime() < get_datetime(moment):
			found.append(words.format(format_datetime(moment)))
	if end := granted_until(account):
		words = _("The access granted ended on {0}. Press Grant Access in the account.")
		if end > now_datetime():
			words = _("The access granted ends on {0}. Press Grant Access in the account before.")
		if end < now_datetime() + timedelta(days=AHEAD_DAYS):
			found.append(words.format(format_datetime(end)))
	if account.credentials_end and (day := getdate(account.credentials_end)):
		words = _("The credentials end on {0}.") if day > getdate() else _("The credentials ended on {0}.")
		if (day - getdate()).days < AHEAD_DAYS:
			found.append(words.format(formatdate(day)))
	return found


def granted_until(account: Any) -> datetime | None:
	"""When the token of a Connected App ends that cannot be renewed; None where it can be, or has no end."""
	if not (account.connected_app and account.token_user):
		return None
	token = frappe.db.get_value(
		"Token Cache",
		{"connected_app": account.connected_app, "user": account.token_user},
		["modified", "expires_in", "refresh_token"],
		as_dict=True,
	)
	if not token or token.refresh_token or not token.expires_in:
		return None
	return get_datetime(token.modified) + timedelta(seconds=token.expires_in)
