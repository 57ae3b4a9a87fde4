"""How many webhooks of an account were refused, by reason: one text in its Integration State. Nothing here commits."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

import frappe

DOCTYPE, FIELD = "Integration State", "refused_webhooks"
# reason → [how many, when the last one came]
Counts = dict[str, list]


def of_accounts(accounts: Collection[str]) -> dict[str, Counts]:
	"""What is kept, by account; none for those of which nothing was refused."""
	rows = frappe.get_all(
		DOCTYPE,
		filters={"integration": ("in", list(accounts)), FIELD: ("is", "set")},
		fields=["integration", FIELD],
	)
	return {row.integration: json.loads(row[FIELD]) for row in rows}


def add(account: str, more: Mapping[str, tuple[int, str]]) -> None:
	"""Add to the counts of an account. more: reason → (how many, when the last one came). Another account is left alone."""
	text = frappe.db.get_value(DOCTYPE, account, FIELD, for_update=True)
	kept: Counts = json.loads(text or "{}")
	for reason, (count, last) in more.items():
		before, earlier = kept.get(reason, (0, ""))
		kept[reason] = [before + count, max(last, earlier)]
	_write(account, kept)


def forget(account: str) -> None:
	"""Count from nothing on."""
	_write(account, {})


def _write(account: str, counts: Counts) -> None:
	# Without a new time of change: that tells of the account's breaker and limits.
	text = json.dumps(counts, sort_keys=True) if counts else None
	frappe.db.sql(
		"UPDATE `tabIntegration State` SET refused_webhooks = %s WHERE integration = %s", (text, account)
	)
