"""What differs between the supported versions of Frappe, in one place."""

import frappe
from frappe.model.db_query import DatabaseQuery

VERSION = int(frappe.__version__.split(".")[0])


def count_list(doctype: str, filters: list) -> int:
	"""How many documents match, of those the current user may read."""
	count = "count(name) as total" if VERSION < 16 else {"COUNT": "name", "as": "total"}
	return frappe.get_list(doctype, filters=filters, fields=[count], order_by=None)[0].total


def match_condition(doctype: str, user: str) -> str:
	"""SQL condition on the table of `doctype` for the documents the user may read; empty when all of them.

	For a user whose role may read the DocType: for others it is meaningless.
	"""
	return DatabaseQuery(doctype, user=user).build_match_conditions()


def forget_looked_up_values() -> None:
	"""Look links up anew. Frappe remembers for a whole process that one was missing, also after it was made."""
	getattr(frappe.db, "value_cache", {}).clear()
