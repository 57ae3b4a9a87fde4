"""What is said to an order in words: a comment on its document, where everybody who works on it sees it."""

from __future__ import annotations

from datetime import date

import frappe
from frappe import _
from frappe.utils import format_date

from erp_connect.core.commerce.order.lines import OrderDiscount


def write(order, note: str, *, again: bool = False) -> None:
	"""Add the note to a Sales Order as a comment of the session's user. again: it replaces an earlier one."""
	if note:
		title = _("The customer's note is now:") if again else _("Note of the customer:")
	elif again:
		title = _("The customer has taken the note back.")
	else:
		return
	_comment(order, title, note)


def write_discount(order, discount: OrderDiscount) -> None:
	"""Tell by which code an order was discounted: ERPNext has no field for the codes of others."""
	if label := " ".join(filter(None, (discount.code, discount.title))):
		_comment(order, _("Discount of the order:"), label)


def write_nameless(order, address: str) -> None:
	"""Tell an address of nobody, which no customer can have."""
	_comment(order, _("Address without a name:"), address)


def write_reason(document, reason: str, day: date | None = None) -> None:
	"""Tell why, and when, pieces were called off or given back; a draft that was deleted has nobody to be told."""
	if not (reason or day) or not frappe.db.exists(document.doctype, document.name):
		return
	if day:
		_comment(document, _("Called off on {0}:").format(format_date(day)), reason or "-")
	else:
		_comment(document, _("Reason:"), reason)


def _comment(document, title: str, text: str) -> None:
	lines = frappe.utils.escape_html(text).replace("\n", "<br>")
	document.add_comment("Comment", text=f"<p><b>{title}</b></p><p>{lines}</p>")
