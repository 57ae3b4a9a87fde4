"""Secrets of accounts that were set up before are bound to where these accounts lead now, the borrowed ones as well."""

import frappe

from erp_connect.config import secret_origins
from erp_connect.store import entrusted


def execute() -> None:
	for name in frappe.get_all("Integration Settings", pluck="name"):
		if entrusted.read(name) is None:
			secret_origins.remember(frappe.get_doc("Integration Settings", name))
