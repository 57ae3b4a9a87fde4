"""Amounts of money as ERPNext rounds them on this site: to two decimals, or as many as the System Settings say.

The dinars of Kuwait and Bahrain have three. What is rounded to fewer than ERPNext keeps would leave the rest owed.
"""

from __future__ import annotations

import frappe
from frappe.utils import cint, flt


def digits() -> int:
	"""Decimals of amounts (Currency Precision)."""
	return cint(frappe.db.get_default("currency_precision")) or 2


def rounded(amount: float) -> float:
	"""An amount, in any currency, as ERPNext keeps it."""
	return flt(amount, digits())


def cent() -> float:
	"""The smallest amount that counts as a difference."""
	return 10.0 ** -digits()
