"""Removes what the app put outside its own DocTypes. Data of ERPNext stays untouched."""

import frappe

from erp_connect.install import MANAGER, USER
from erp_connect.outbound import subscriptions


def before_uninstall() -> None:
	subscriptions.remove_all()
	for doctype, fieldname in (("Has Role", "role"), ("Custom DocPerm", "role"), ("DocPerm", "role")):
		frappe.db.delete(doctype, {fieldname: ("in", (MANAGER, USER))})
	for role in (MANAGER, USER):
		frappe.delete_doc_if_exists("Role", role, force=True)
