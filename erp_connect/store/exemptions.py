"""Sync Exemption: documents that a person took out of what an account sends, writes, or both. Never commits.

It speaks of the document by its name alone, so that it holds before there is a link, and after the document is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import frappe

from erp_connect.core.delivery.states import IN, OUT
from erp_connect.store import keys, statements

DOCTYPE = "Sync Exemption"
# The reason of what was skipped for one.
OUTCOME = "exempt"
SKIP, PIN_HERE, PIN_OUTSIDE = "Skip", "Pin Here", "Pin Outside"
# What each of them stops: what goes out, what comes in.
STOPS = {SKIP: (OUT, IN), PIN_HERE: (IN,), PIN_OUTSIDE: (OUT,)}


@dataclass(frozen=True)
class Exemption:
	"""flow: name of the one flow it holds for; empty for all of the account. by: the user who decided it."""

	name: str
	integration: str
	document_type: str
	document_name: str
	flow: str
	rule: str
	reason: str
	by: str
	since: datetime


def stopping(
	direction: str, account: str, doctype: str, names: Collection[str], flow: str
) -> dict[str, Exemption]:
	"""Those of many documents that a flow does not send (`OUT`) or write (`IN`), by name; in one query.

	The first that somebody decided counts, where several hold.
	"""
	if not names:
		return {}
	rules = [rule for rule, stopped in STOPS.items() if direction in stopped]
	rows = frappe.db.sql(
		"SELECT name, integration, document_type, document_name, field_mapping AS flow, rule, reason, owner AS `by`,"
		" creation AS since FROM `tabSync Exemption` WHERE integration = %s AND document_type = %s"
		" AND document_name IN %s AND rule IN %s AND IFNULL(field_mapping, '') IN %s ORDER BY creation DESC, name",
		(account, doctype, tuple(str(name) for name in names), tuple(rules), ("", flow)),
		as_dict=True,
	)
	return {row.document_name: _exemption(row) for row in rows}


def all_stopping(
	direction: str, account: str, doctype: str, flow: str, most: int
) -> dict[str, Exemption] | None:
	"""As `stopping`, of all documents of a type, in one query; None where more than `most` are decided."""
	rules = [rule for rule, stopped in STOPS.items() if direction in stopped]
	rows = frappe.db.sql(
		"SELECT name, integration, document_type, document_name, field_mapping AS flow, rule, reason, owner AS `by`,"
		" creation AS since FROM `tabSync Exemption` WHERE integration = %s AND document_type = %s"
		" AND rule IN %s AND IFNULL(field_mapping, '') IN %s ORDER BY creation DESC, name LIMIT %s",
		(account, doctype, tuple(rules), ("", flow), most + 1),
		as_dict=True,
	)
	return None if len(rows) > most else {row.document_name: _exemption(row) for row in rows}


def by_names(names: list[str]) -> list[Exemption]:
	"""Exemptions by their own names, locked until the transaction ends. Those that are gone are left out."""
	if not names:
		return []
	rows = frappe.db.sql(
		"SELECT name, integration, document_type, document_name, field_mapping AS flow, rule, reason, owner AS `by`,"
		" creation AS since FROM `tabSync Exemption` WHERE name IN %s ORDER BY creation, name FOR UPDATE",
		(tuple(names),),
		as_dict=True,
	)
	return [_exemption(row) for row in rows]


def of_documents(account: str, doctype: str, names: Collection[str], flow: str) -> list[Exemption]:
	"""What is decided of documents for just this flow, or where it is empty, for all flows of the account."""
	found = frappe.db.sql_list(
		"SELECT name FROM `tabSync Exemption` WHERE integration = %s AND document_type = %s AND document_name IN %s"
		" AND IFNULL(field_mapping, '') = %s",
		(account, doctype, tuple(names), flow),
	)
	return by_names(found)


def put(
	account: str, doctype: str, names: Iterable[str], *, rule: str, flow: str, reason: str
) -> list[Exemption]:
	"""Exempt documents from now on, in place of what was decided of them for the same flow before. Returns what that was.

	flow: empty for all flows of the account.
	"""
	names = list(dict.fromkeys(str(name) for name in names))
	replaced = of_documents(account, doctype, names, flow)
	remove([exemption.name for exemption in replaced])
	known = {"integration": account, "document_type": doctype, "field_mapping": flow, "rule": rule}
	rows = [
		{
			**statements.standard_values(),
			**known,
			"name": keys.new_id(),
			"document_name": name,
			"reason": reason,
		}
		for name in names
	]
	statements.insert(DOCTYPE, list(rows[0]), rows)
	return replaced


def remove(names: list[str]) -> None:
	"""Delete exemptions by their own names."""
	if names:
		frappe.db.delete(DOCTYPE, {"name": ("in", names)})


def forget(**filters: str) -> None:
	"""Delete all exemptions of a deleted account (`integration`) or flow (`field_mapping`)."""
	frappe.db.delete(DOCTYPE, filters)


def before_account_merge(old: str, new: str) -> None:
	"""What is decided at both accounts stands as it is at the one that is left."""
	frappe.db.sql(
		"DELETE one FROM `tabSync Exemption` one JOIN `tabSync Exemption` other"
		" ON other.document_type = one.document_type AND other.document_name = one.document_name"
		" AND IFNULL(other.field_mapping, '') = IFNULL(one.field_mapping, '')"
		" WHERE one.integration = %s AND other.integration = %s",
		(old, new),
	)


def before_flow_merge(old: str, new: str) -> None:
	"""What is decided for both flows stands as it is for the one that is left."""
	frappe.db.sql(
		"DELETE one FROM `tabSync Exemption` one JOIN `tabSync Exemption` other"
		" ON other.document_type = one.document_type AND other.document_name = one.document_name"
		" AND other.integration = one.integration WHERE one.field_mapping = %s AND other.field_mapping = %s",
		(old, new),
	)


def now_of(doctype: str, old: str, new: str) -> None:
	"""The document is called `new`, or was amended to it; what was decided of `new` itself stays."""
	frappe.db.sql(
		"UPDATE IGNORE `tabSync Exemption` SET document_name = %s WHERE document_type = %s AND document_name = %s",
		(new, doctype, old),
	)


def end_of(doctype: str, name: str) -> None:
	"""Nothing is decided of a document any more: it is merged into another one, or another one gets its name."""
	frappe.db.delete(DOCTYPE, {"document_type": doctype, "document_name": name})


def _exemption(row: frappe._dict) -> Exemption:
	return Exemption(**{**row, "flow": row.flow or "", "reason": row.reason or ""})
