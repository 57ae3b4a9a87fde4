"""Where the changes that are being made come from, for as long as they are being made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def changes_of(account: str | None) -> Iterator[None]:
	"""Changes inside the block are not captured for `account`; with None, for all accounts they are."""
	before = frappe.flags.erp_connect_origin
	frappe.flags.erp_connect_origin = account
	try:
		yield
	finally:
		frappe.flags.erp_connect_origin = before
