"""Keeps for which origins the secrets of an account were entered: encrypted beside them, so that only the server can.

It is renamed and deleted with them.
"""

from __future__ import annotations

import frappe
from cryptography.fernet import InvalidToken
from frappe.utils.password import get_decrypted_password, set_encrypted_password

from erp_connect.core.guard.destinations import Entrusted

DOCTYPE, FIELD = "Integration Settings", "secret_origins"


def read(account: str) -> Entrusted | None:
	"""What is kept of an account; None when nothing is, or it was kept with another encryption key."""
	try:
		text = get_decrypted_password(DOCTYPE, account, FIELD, raise_exception=False)
	except (frappe.ValidationError, InvalidToken):
		return None  # the secrets cannot be read either, which is told where they are
	return Entrusted.from_json(text) if text else None


def keep(account: str, entrusted: Entrusted) -> None:
	"""Keep it in the place of what was kept. Does not commit."""
	set_encrypted_password(DOCTYPE, account, entrusted.as_json(), FIELD)
