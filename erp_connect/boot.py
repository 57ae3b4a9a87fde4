"""What Desk must know of this app when it starts: three queries, and only for users who have a role of the app."""

import frappe

from erp_connect.api.permissions import has_app_permission


def extend(bootinfo) -> None:
	"""Add the document types that have a flow, so that the forms of all others cost no call; offers: those for which offers
	can be asked for; parcels: those that show theirs, where a flow sends Shipments."""
	if has_app_permission():
		doctypes = frappe.get_all("Field Mapping", pluck="document_type", distinct=True)
		asking = {"enabled": 1, "offers_expression": ("is", "set")}
		offers = frappe.get_all("Field Mapping", asking, pluck="document_type", distinct=True)
		sending = {
			"enabled": 1,
			"document_type": "Shipment",
			"direction": "Outgoing",
			"offers_expression": ("is", "not set"),
		}
		parcels = ["Delivery Note"] if frappe.db.exists("Field Mapping", sending) else []
		bootinfo["erp_connect"] = {"doctypes": doctypes, "offers": offers, "parcels": parcels}
