"""The credentials of accounts: how old they are, when they are to be renewed, and when they end. Never a secret itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from erp_connect.config import secret_ages
from erp_connect.operate.overview.credentials import granted_until


def rows(account: str = "") -> list[dict[str, Any]]:
	"""One row for each credential of the accounts that the session's user may read, the oldest first."""
	names = frappe.get_list(
		"Integration Settings", filters={"name": account} if account else {}, pluck="name", limit=0
	)
	found = [row for name in names for row in _of(frappe.get_cached_doc("Integration Settings", name))]
	return sorted(found, key=lambda row: (row["entered_on"] is None, row["entered_on"] or getdate()))


def _of(doc) -> list[dict[str, Any]]:
	found = [
		_row(
			doc,
			one.label,
			one.on,
			renew=one.on + timedelta(days=doc.rotate_after_days)
			if one.on and doc.rotate_after_days
			else None,
			ends=getdate(doc.credentials_end) if doc.credentials_end else None,
		)
		for one in secret_ages.of_document(doc)
	]
	if until := granted_until(doc):
		found.append(_row(doc, _("Access granted by {0}").format(doc.token_user), None, ends=getdate(until)))
	return found


def _row(doc, label: str, on, *, renew=None, ends=None) -> dict[str, Any]:
	today = getdate()
	state = _("In order")
	if ends and ends <= today:
		state = _("Ended")
	elif renew and renew < today:
		state = _("To renew")
	elif on is None and not ends:
		state = _("Kept elsewhere, age unknown")
	return {
		"integration": doc.name,
		"enabled": doc.enabled,
		"credential": label,
		"entered_on": on,
		"age": (today - on).days if on else None,
		"renew_by": renew,
		"ends_on": ends,
		"state": state,
	}
