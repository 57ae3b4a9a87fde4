"""Parcels of delivery notes, with what the carrier says of them. Only reads, as the session's user."""

from __future__ import annotations

from typing import Any

import frappe


def of_notes(notes: list[str]) -> dict[str, list[dict[str, Any]]]:
	"""Parcels of delivery notes, by note; none for users who may not read shipments."""
	if not notes or not frappe.has_permission("Shipment", "read"):
		return {}
	rows = frappe.get_all(
		"Shipment Delivery Note",
		filters={"delivery_note": ("in", notes), "parenttype": "Shipment"},
		fields=["parent", "delivery_note"],
		distinct=True,
	)
	fields = [
		"carrier",
		"carrier_service",
		"awb_number",
		"tracking_url",
		"tracking_status",
		"tracking_status_info",
	]
	shipments = frappe.get_list(
		"Shipment",
		filters={"name": ("in", {row.parent for row in rows}), "docstatus": ("<", 2)},
		fields=["name", "status", *fields],
	)
	parcels = {shipment.name: _parcel(shipment) for shipment in shipments}
	found: dict[str, list] = {}
	for row in rows:
		if row.parent in parcels:
			found.setdefault(row.delivery_note, []).append(parcels[row.parent])
	return found


def _parcel(row) -> dict[str, Any]:
	return {
		"shipment": row.name,
		"status": row.status,
		"carrier": row.carrier,
		"service": row.carrier_service,
		"tracking_number": row.awb_number,
		"tracking_url": row.tracking_url,
		"tracking_status": row.tracking_status,
		"tracking_details": row.tracking_status_info,
	}


def labels(shipment: str) -> list[dict[str, str]]:
	"""The files of a shipment, which the session's user may read: `file_name`, `file_url`."""
	return frappe.get_all(
		"File",
		{"attached_to_doctype": "Shipment", "attached_to_name": shipment, "is_folder": 0},
		["file_name", "file_url"],
		order_by="creation",
	)
