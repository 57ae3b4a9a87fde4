"""What Desk must know of this app when it starts: two queries, and only for users who have a role of the app."""

import frappe

from erp_connect.api.permissions import has_app_permission


def extend(bootinfo) -> None:
	"""Add the document types that have a flow, so that the forms of all others cost no call; offers: those for which offers
	can be asked for."""
	if has_app_permission():
		doctypes = frappe.get_all("Field Mapping", pluck="document_type", distinct=True)
		asking = {"enabled": 1, "offers_expression": ("is", "set")}
		offers = frappe.get_all("Field Mapping", asking, pluck="document_type", distinct=True)
		bootinfo["erp_connect"] = {"doctypes": doctypes, "offers": offers}
