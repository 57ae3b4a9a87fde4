"""Webhooks that came before their secrets were hidden (a token, an address to answer to) still held them."""

from functools import partial

import frappe

from erp_connect.config import verification
from erp_connect.core.errors import ConnectError
from erp_connect.core.verify import body_secrets
from erp_connect.store import upgrades


def execute() -> None:
	"""Hide them as in those that come now. An account whose scheme cannot be read takes no webhooks, and is left."""
	for name in frappe.get_all("Integration Settings", {"verification": ("is", "set")}, pluck="name"):
		try:
			scheme = verification.scheme_to_be(frappe.get_doc("Integration Settings", name))
		except ConnectError:
			continue  # its form says what is wrong with it
		if body_secrets.names_secrets(scheme):
			upgrades.mask_webhooks(name, partial(body_secrets.without_secrets, scheme))
