"""Where the changes that are being made come from, for as long as they are being made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

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


def is_its_own(account: str, doctype: str, name: str) -> bool:
	"""Whether a change of a document is what the account brought itself, or goes along with it.

	False for other accounts, and for a document that the account knows and that was changed beside the one it wrote: the
	invoice, say, which a payment from outside pays.
	"""
	if account != frappe.flags.erp_connect_origin:
		return False
	about_type, about_name = frappe.flags.erp_connect_about or (doctype, None)
	if doctype == about_type and about_name in (None, str(name)):
		return True
	return not sync_link.is_linked(account, doctype, str(name))
