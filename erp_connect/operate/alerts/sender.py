"""From which Email Account alerts and digests go out.

Frappe takes the default one, without a word, where the one that was asked for cannot send: so it is looked at first.
"""

from __future__ import annotations

import frappe

from erp_connect.core.errors import ConnectError, Whole


class CannotSend(ConnectError):
	"""The Email Account that was chosen sends no e-mail."""

	default_code = "cannot_send"


def address_of(account: str) -> str:
	"""The address from which an Email Account sends. Raises `CannotSend`, with what to do, where it cannot."""
	fields = ["email_id", "enable_outgoing", "awaiting_password", "auth_method", "no_smtp_authentication"]
	found = frappe.db.get_value("Email Account", account, fields, as_dict=True)
	if not found:
		raise CannotSend(
			"The Email Account {account} is not there any more. Choose another one under Sent from, or none.",
			account=Whole(account),
		)
	if not found.enable_outgoing:
		raise CannotSend(
			"The Email Account {account} sends no e-mail. Tick Enable Outgoing in it, or choose another one under Sent from.",
			account=Whole(account),
		)
	takes_password = found.auth_method != "OAuth" and not found.no_smtp_authentication
	if found.awaiting_password and takes_password:
		raise CannotSend(
			"The Email Account {account} has no password yet. Enter it there, or choose another one under Sent from.",
			account=Whole(account),
		)
	return found.email_id
