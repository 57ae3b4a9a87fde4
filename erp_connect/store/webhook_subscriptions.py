"""Webhook Subscription: what an account has registered outside, so that it can be looked at, renewed and removed.

One row for each topic of an account. Nothing here commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from frappe.utils import now

from erp_connect.core.errors import capped

DOCTYPE = "Webhook Subscription"
REGISTERED, FAILED = "Registered", "Failed"
FIELDS = (
	"name", "topic", "names", "status", "remote_id", "address", "made_at", "expires_on", "checked_on", "message",
)  # fmt: skip


@dataclass(frozen=True)
class Subscription:
	"""topic: as events name it, `*` for several. names: that are subscribed to outside. remote_id: empty where none is known outside. address: that is called.

	made_at: base URL of the account at that time; the id means something there only. Times are the site's.
	"""

	name: str
	topic: str
	names: str
	status: str
	remote_id: str
	address: str
	made_at: str
	expires_on: datetime | None
	checked_on: datetime | None
	message: str


def of_account(account: str) -> list[Subscription]:
	"""All subscriptions of an account, by topic."""
	rows = frappe.get_all(DOCTYPE, filters={"integration": account}, fields=list(FIELDS), order_by="topic")
	return [
		Subscription(**{key: row[key] if row[key] is not None else _none(key) for key in FIELDS})
		for row in rows
	]


def failed(account: str) -> list[Subscription]:
	"""Those of an account that could not be registered, or ended."""
	return [row for row in of_account(account) if row.status == FAILED]


def keep(account: str, topic: str, **values: Any) -> None:
	"""Write what is known of the subscription of an account to a topic; the row is made where there is none.

	values: by fieldname; times are the site's.
	"""
	if "message" in values:
		values["message"] = capped(values["message"])
	stamp, user = now(), frappe.session.user
	row = {
		"name": frappe.generate_hash(length=12), "creation": stamp, "modified": stamp, "owner": user,
		"modified_by": user, "integration": account, "topic": topic, **values,
	}  # fmt: skip
	changed = [*values, "modified", "modified_by"]
	frappe.db.sql(
		f"INSERT INTO `tab{DOCTYPE}` ({', '.join(f'`{key}`' for key in row)}) VALUES ({', '.join(['%s'] * len(row))})"
		f" ON DUPLICATE KEY UPDATE {', '.join(f'`{key}` = VALUES(`{key}`)' for key in changed)}",
		list(row.values()),
	)


def forget(name: str) -> None:
	"""There is no such subscription any more."""
	frappe.db.sql("DELETE FROM `tabWebhook Subscription` WHERE name = %s", name)


def to_look_after(checked_before: datetime) -> list[str]:
	"""Enabled accounts that accept webhooks, and have a subscription nobody has looked at since that time."""
	return frappe.db.sql_list(
		"SELECT DISTINCT row.integration FROM `tabWebhook Subscription` row"
		" JOIN `tabIntegration Settings` account ON account.name = row.integration"
		" WHERE account.enabled = 1 AND account.paused = 0 AND account.inbound_enabled = 1"
		" AND (row.checked_on IS NULL OR row.checked_on < %s)",
		checked_before,
	)


def _none(key: str) -> str | None:
	return None if key.endswith("_on") else ""
