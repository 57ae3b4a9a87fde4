"""Calls behind **Send Parcel…** of a Delivery Note: what its Shipment would say, and making it."""

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _

from erp_connect.api.permissions import require_user
from erp_connect.commerce.shop import parcels
from erp_connect.commerce.stock import shipping
from erp_connect.core.errors import ConnectError
from erp_connect.messages import throw
from erp_connect.store.transactions import read_committed


@frappe.whitelist()
def of_note(name: str) -> list[dict[str, Any]]:
	"""The parcels of a Delivery Note, as far as the caller may read Shipments: `shipment`, what the carrier says of it, and
	`labels`, its files."""
	require_user()
	frappe.has_permission(shipping.NOTE, "read", doc=name, throw=True)
	found = parcels.of_notes([name]).get(name, [])
	return [{**parcel, "labels": parcels.labels(parcel["shipment"])} for parcel in found]


@frappe.whitelist()
def proposal(name: str) -> dict[str, Any]:
	"""What a Shipment of a Delivery Note would say, for a caller who may make one; or its `shipment` that is there."""
	require_user()
	frappe.has_permission(shipping.NOTE, "read", doc=name, throw=True)
	if there := shipping.shipment_of(name):
		return {"shipment": there.name, "docstatus": there.docstatus}
	try:
		return shipping.proposal(name)
	except ConnectError as error:
		throw(error, _("No Shipment made"))


@frappe.whitelist(methods=["POST"])
def send(name: str, values: dict[str, Any] | str) -> dict[str, Any]:
	"""Make the draft of the Shipment of a Delivery Note: `shipment`, its `docstatus`, and whether it was `created`, or there
	already. values: as `proposal` gave them, and as the person changed them."""
	require_user()
	frappe.has_permission(shipping.NOTE, "read", doc=name, throw=True)
	wanted: Mapping[str, Any] = frappe.parse_json(values)
	try:
		with read_committed():
			made = shipping.ship(name, wanted.get("shipment_parcel") or [], wanted)
			frappe.db.commit()  # whoever asks for a second one at this moment waits for it
	except ConnectError as error:
		throw(error, _("No Shipment made"))
	return {"shipment": made.name, "created": made.created, "docstatus": made.docstatus}
