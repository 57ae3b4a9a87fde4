"""What is left of an account, a flow or a record that is deleted: events that nobody would take up, links, keys. Never commits."""

from __future__ import annotations

import frappe

from erp_connect.core.delivery.states import (
	CANCELLABLE,
	CANCELLED,
	DELIVERED,
	FAILED,
	IN,
	INCOMING,
	INTERRUPTION,
	OPEN,
	OUT,
	OUTGOING,
	PROCESSED,
	SUPERSEDED,
	LifeCycle,
)
from erp_connect.store import exemptions, loads, moves, pull_marks, reconciliations, sync_log
from erp_connect.store.keys import order_key

ACCOUNT_DELETED, FLOW_DELETED, OTHER_SYSTEM = "account_deleted", "flow_deleted", "other_system"
# What was built for a system to which the account does not lead any more.
OF_ANOTHER = (ACCOUNT_DELETED, OTHER_SYSTEM)
# Names in one statement.
AT_ONCE = 1000
# Not done. What a worker has at this moment as well: what comes of it could not be written any more.
UNDONE = OPEN | CANCELLABLE


def forget_account(account: str) -> None:
	"""Cancel what is not done of an account that is being deleted, and forget what its ids mean.

	Another account may have its name one day, and another system behind it: its customer 77 is somebody else, and its
	event 1001 did not come before.
	"""
	cancel_of_account(account)
	forget_ids(account)
	exemptions.forget(integration=account)


def cancel_of_account(account: str) -> None:
	"""Cancel all events of an account that is being deleted and that are not done."""
	_cancel("integration", account, ACCOUNT_DELETED, UNDONE)
	_build_anew(account)


def forget_system(account: str) -> int:
	"""Forget what was kept of the system behind an account, which leads to another one from now on.

	Its links, what came from it or waits for it, and how far pulls, loads and comparisons have come. Returns how many
	events were cancelled.
	"""
	cancelled = _cancel("integration", account, OTHER_SYSTEM, UNDONE)
	_build_anew(account)
	forget_ids(account)
	pull_marks.forget_system(account)
	for flow in frappe.get_all("Field Mapping", {"integration": account}, pluck="name"):
		loads.remove(flow)
		reconciliations.remove(flow)
	return cancelled


def forget_ids(account: str) -> None:
	"""Delete the links of an account, let the keys of what came in be used again, and mark what was sent: it holds old ids."""
	frappe.db.delete("Sync Link", {"integration": account})
	frappe.db.sql(
		"UPDATE `tabSync Log` SET outcome = %s WHERE integration = %s AND direction = %s AND FIND_IN_SET(status, %s)"
		" AND method IS NOT NULL",
		(OTHER_SYSTEM, account, OUT, ",".join((DELIVERED, SUPERSEDED))),
	)
	frappe.db.sql(
		"UPDATE `tabSync Log` SET dedupe_key = NULL WHERE integration = %s AND dedupe_key IS NOT NULL",
		account,
	)


def _build_anew(account: str) -> None:
	"""Let a Retry of what was cancelled make a request of its own: what was built, or answered in steps, holds old ids."""
	frappe.db.sql(
		"UPDATE `tabSync Log` SET frozen = 0, steps = NULL WHERE integration = %s AND direction = %s AND status = %s"
		" AND (frozen = 1 OR steps IS NOT NULL)",
		(account, OUT, CANCELLED),
	)


def forget_record(account: str, remote_entity: str, external_id: str | None) -> None:
	"""Let a record whose end the outside told, and whose link was removed, be news to all flows of the account that fetch it.

	Else one that is there again, just as it was, would be known to them and not be made anew. What still waits stays, and
	so do the keys of webhooks, by which those that are sent twice are known.
	"""
	flows = frappe.get_all(
		"Field Mapping", {"integration": account, "remote_entity": remote_entity}, pluck="name", limit=0
	)
	if flows and external_id:
		frappe.db.sql(
			"UPDATE `tabSync Log` SET dedupe_key = NULL WHERE order_key IN %s AND dedupe_key IS NOT NULL"
			" AND direction = %s AND event != %s AND status IN %s",
			(
				tuple(order_key(f"in:{flow}", remote_entity, external_id) for flow in flows),
				IN, sync_log.WEBHOOK, (PROCESSED, SUPERSEDED),
			),
		)  # fmt: skip


def cancel_of_flow(flow: str) -> None:
	"""Cancel the events of a flow that is being deleted, except those that a worker has or that failed.

	A webhook stays: other flows may take it, too.
	"""
	_cancel("field_mapping", flow, FLOW_DELETED, CANCELLABLE - {FAILED}, kept=sync_log.WEBHOOK)
	exemptions.forget(field_mapping=flow)


def missing_accounts() -> list[str]:
	"""Names of accounts that do not exist and of which events are not done."""
	# One look into the index for each state: the database jumps from account to account.
	named = {
		account
		for status in UNDONE
		for (account,) in frappe.db.sql(
			"SELECT DISTINCT integration FROM `tabSync Log` WHERE status = %s", status
		)
		if account
	}
	there = set(frappe.get_all("Integration Settings", pluck="name"))
	return sorted(named - there)


def cancel_late() -> None:
	"""Cancel what a transaction that ran across the deletion of its account wrote for it."""
	for account in missing_accounts():
		cancel_of_account(account)


def accounts_of_links() -> list[str]:
	"""Names of accounts that do not exist and have links."""
	return frappe.db.sql_list(
		"SELECT DISTINCT link.integration FROM `tabSync Link` link LEFT JOIN `tabIntegration Settings` account"
		" ON account.name = link.integration WHERE account.name IS NULL"
	)


def _cancel(column: str, value: str, outcome: str, statuses: frozenset[str], kept: str = "") -> int:
	"""Returns how many there were."""
	# Found first, and changed by their names: an UPDATE would lock every row of the account that it looks at.
	found = frappe.db.sql(
		f"SELECT name, direction, event FROM `tabSync Log` WHERE `{column}` = %s AND status IN %s"
		" AND event != %s",
		(value, tuple(statuses), kept),
	)
	for life, names in _by_life(found):
		for start in range(0, len(names), AT_ONCE):
			moves.move(
				life, CANCELLED, "name IN %s", [tuple(names[start : start + AT_ONCE])],
				only_from=statuses, due_in=None, next_attempt=None, outcome=outcome,
			)  # fmt: skip
	return len(found)


def _by_life(rows: list[tuple[str, str, str]]) -> list[tuple[LifeCycle, list[str]]]:
	"""Names of rows by what they are. A call of the API is none of them: it ends with its caller."""
	received = (sync_log.WEBHOOK, sync_log.PULL, sync_log.BULK, sync_log.EXPORT)
	found = (
		(OUTGOING, [name for name, direction, _ in rows if direction != IN]),
		(INCOMING, [name for name, direction, event in rows if direction == IN and event in received]),
		(
			INTERRUPTION,
			[name for name, direction, event in rows if direction == IN and event not in received],
		),
	)
	return [(life, names) for life, names in found if names]
