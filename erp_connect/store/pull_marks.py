"""From where the pulls of flows go on (rows of Sync Cursor), and when that says nothing any more. Never commits."""

from __future__ import annotations

import frappe


def forget_sizes(flow: str) -> None:
	"""The flow asks in another way: how long the pages were says nothing about the next ones."""
	frappe.db.sql("UPDATE `tabSync Cursor` SET largest = 0 WHERE field_mapping = %s", flow)


def forget_mark(flow: str) -> None:
	"""Changes are told in another way: a time is no token, and no token one of another request.

	Everything is fetched by the next run. A worker that is under way finds that it lost its lease.
	"""
	_forget("field_mapping = %s", [flow])


def forget_other_account(flow: str, account: str) -> None:
	"""The flow belongs to `account` now: what another one was asked last says nothing, and it is walked from the beginning."""
	_forget("field_mapping = %s AND integration != %s", [flow, account], integration=account)


def forget_system(account: str) -> None:
	"""Another system stands behind an account: its flows fetch everything by their next runs."""
	_forget("integration = %s", [account])


def has_begun(account: str) -> bool:
	"""Whether a pull of an account knows from where it goes on."""
	return bool(
		frappe.db.sql(
			"SELECT 1 FROM `tabSync Cursor` WHERE integration = %s AND COALESCE(since, position) IS NOT NULL LIMIT 1",
			account,
		)
	)


def begun_flows(account: str) -> list[str]:
	"""The flows of an account that ask for changes only, since some time or token."""
	return frappe.db.sql_list(
		"SELECT field_mapping FROM `tabSync Cursor` WHERE integration = %s AND COALESCE(since, '') != ''",
		account,
	)


def since_of(flow: str) -> str:
	"""The time, or the token, since which a flow asks for changes; empty where everything is fetched next."""
	return frappe.db.get_value("Sync Cursor", {"field_mapping": flow}, "since") or ""


def _forget(condition: str, values: list[str], **more: str) -> None:
	"""Nothing of what was asked before counts, and whoever goes on with it has lost it. more: columns besides."""
	columns = "".join(f"{name} = %s, " for name in more)
	frappe.db.sql(
		f"UPDATE `tabSync Cursor` SET {columns}since = NULL, high = NULL, position = NULL, largest = 0,"
		f" claim_token = NULL WHERE {condition}",
		[*more.values(), *values],
	)
