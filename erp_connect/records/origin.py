"""Where the changes that are being made come from, for as long as they are being made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe

from erp_connect.records import nesting
from erp_connect.store import sync_link


@contextmanager
def changes_of(account: str | None) -> Iterator[None]:
	"""Changes inside the block are not captured for `account`; with None, for all accounts they are."""
	before = frappe.flags.erp_connect_origin
	frappe.flags.erp_connect_origin = account
	try:
		yield
	finally:
		frappe.flags.erp_connect_origin = before


@contextmanager
def about(doctype: str, name: str | None = None) -> Iterator[None]:
	"""What is saved inside the block is this document; with None, a new one.

	Others that ERPNext or a script changes along are news to the account as well, where it knows them: see `knows_of`.
	"""
	before = frappe.flags.erp_connect_about
	frappe.flags.erp_connect_about = (doctype, name and str(name))
	try:
		yield
	finally:
		frappe.flags.erp_connect_about = before


def is_its_own(account: str, doc: Any) -> bool:
	"""Whether a change of a document is what the account brought itself, or goes along with it.

	False for other accounts, and for a document that the account knows and that was changed beside the one it wrote: the
	invoice, say, which a payment from outside pays. A business event writes several documents: beside them is what a
	script changes while one of them is saved.
	"""
	if account != frappe.flags.erp_connect_origin:
		return False
	if about := frappe.flags.erp_connect_about:
		beside = doc.doctype != about[0] or about[1] not in (None, str(doc.name))
	else:
		beside = nesting.is_changed_beside(doc)
	return not (beside and sync_link.is_linked(account, doc.doctype, str(doc.name)))
