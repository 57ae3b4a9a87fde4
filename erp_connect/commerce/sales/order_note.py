"""What the customer wrote to an order: a comment on the Sales Order, where everybody who works on it sees it."""

from __future__ import annotations

import frappe
from frappe import _


def write(order, note: str, *, again: bool = False) -> None:
	"""Add the note to a Sales Order as a comment of the session's user. again: it replaces an earlier one."""
	if note:
		title = _("The customer's note is now:") if again else _("Note of the customer:")
	elif again:
		title = _("The customer has taken the note back.")
	else:
		return
	text = frappe.utils.escape_html(note).replace("\n", "<br>")
	order.add_comment("Comment", text=f"<p><b>{title}</b></p><p>{text}</p>")
