"""A user of its own for an account: with the roles that its flows need, and no way to log in."""

from __future__ import annotations

from collections.abc import Iterable

import frappe

# A name that no mail server has: https://www.rfc-editor.org/rfc/rfc2606#section-2
DOMAIN = "erp-connect.invalid"


def make(account: str, roles: Iterable[str]) -> str:
	"""Make a user for an account that is called so, as the session's user. Returns its name.

	Raises `frappe.PermissionError` for whoever may not make users. It has no password and gets no mail.
	"""
	address = _free_address(account)
	user = frappe.new_doc("User")
	user.update(
		{
			"email": address,
			# Else it is the account's name, of which Frappe says in a message of its own that it is taken.
			"username": address,
			"first_name": account,
			"send_welcome_email": 0,
			"user_type": "System User",
			"roles": [{"role": role} for role in roles],
		}
	)
	user.insert()
	return user.name


def _free_address(account: str) -> str:
	local = "".join(
		letter if letter.isascii() and letter.isalnum() else "-" for letter in account.lower()
	).strip("-")
	base = (local or "account")[:40]
	number, address = 1, f"{base}@{DOMAIN}"
	while frappe.db.exists("User", address):
		number += 1
		address = f"{base}-{number}@{DOMAIN}"
	return address
