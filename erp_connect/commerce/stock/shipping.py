"""The Shipment of a Delivery Note, as ERPNext makes it of one: what a carrier is told to send.

As the session's user, whose rights hold. Never commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import frappe
from erpnext.stock.doctype.delivery_note.delivery_note import make_shipment
from erpnext.stock.doctype.shipment.shipment import get_address_name, get_contact_name
from frappe.contacts.doctype.address.address import get_address_display, get_default_address
from frappe.contacts.doctype.contact.contact import get_contact_details
from frappe.utils import flt, getdate, today

from erp_connect.core.errors import ConnectError

NOTE, SHIPMENT = "Delivery Note", "Shipment"
# What a person or program may say of the Shipment; the rest is as ERPNext has it from the Delivery Note.
SAID = (
	"pickup_address_name",
	"delivery_address_name",
	"delivery_contact_name",
	"pickup_date",
	"pickup_from",
	"pickup_to",
	"description_of_content",
	"service_provider",
	"carrier_service",
)
# Of which document types some of these are.
PLACES = {
	"pickup_address_name": "Address",
	"delivery_address_name": "Address",
	"delivery_contact_name": "Contact",
}
SIZES = ("length", "width", "height")
PARCEL = (*SIZES, "weight", "count")
# The field holds 140 characters and more; labels and customs papers have room for few.
CONTENT = 100


class NotShipped(ConnectError):
	"""No Shipment can be made of a Delivery Note."""

	default_code = "not_shipped"


@dataclass(frozen=True)
class Shipped:
	"""name: of the Shipment. created: whether it was made just now, and not there already. docstatus: where it stands."""

	name: str
	created: bool
	docstatus: int


def shipment_of(note: str) -> Shipped | None:
	"""The Shipment that a Delivery Note is in, the newest of several; none that was cancelled."""
	named = frappe.get_all(
		f"{SHIPMENT} {NOTE}", {"delivery_note": note, "parenttype": SHIPMENT}, pluck="parent", distinct=True
	)
	# One that was discarded says so itself, and its rows need not.
	standing = {"name": ("in", named), "docstatus": ("<", 2)}
	found = frappe.get_all(SHIPMENT, standing, ["name", "docstatus"], order_by="creation desc", limit=1)
	return Shipped(found[0].name, False, found[0].docstatus) if found else None


def proposal(note: str) -> dict[str, Any]:
	"""What a Shipment of a Delivery Note would say: the fields of `SAID` and `shipment_parcel`, one parcel of the whole
	weight, where the items say it. Raises `NotShipped`, and `frappe.PermissionError`."""
	made = _mapped(_note(note))
	return {
		**{name: made.get(name) for name in SAID},
		"shipment_parcel": [{"weight": _weight(note), "count": 1, **dict.fromkeys(SIZES, 0)}],
	}


def ship(note: str, parcels: Sequence[Mapping[str, Any]], said: Mapping[str, Any]) -> Shipped:
	"""Make the draft of the Shipment of a Delivery Note; or the one that is there already, and nothing changed.

	parcels: each with `weight` (kg) and perhaps `length`, `width`, `height` (cm) and `count`. said: of the fields of `SAID`,
	instead of what is proposed. Several at once make one, inside `read_committed`. Raises `NotShipped`, Frappe's own errors.
	"""
	doc = _note(note, for_update=True)
	if there := shipment_of(note):
		return there
	if not parcels:
		raise NotShipped("Enter at least one parcel, with its weight.")
	made = _mapped(doc)
	chosen = {name: value for name, value in said.items() if name in SAID and value}
	for name in PLACES.keys() & chosen:
		if chosen[name] != made.get(name):
			frappe.get_doc(PLACES[name], chosen[name]).check_permission("read")
	made.update(chosen)
	_complete(made)
	made.set("shipment_parcel", [])
	for parcel in parcels:
		made.append("shipment_parcel", {name: parcel[name] for name in PARCEL if parcel.get(name)})
	made.insert()
	return Shipped(made.name, True, 0)


def _note(name: str, **how: Any):
	"""The Delivery Note, of which the session's user may make a Shipment."""
	if not frappe.has_permission(SHIPMENT, "create"):
		raise NotShipped(
			"User {user} may not create a Shipment. Give the user a role that may, such as Stock Manager.",
			code="not_allowed",
			user=frappe.session.user,
		)
	doc = frappe.get_doc(NOTE, name, **how)
	doc.check_permission("read")
	if not doc.docstatus.is_submitted():
		raise NotShipped("{name} is not submitted. Submit it first, then send the parcel.", name=name)
	if doc.is_return:
		raise NotShipped("{name} takes goods back. Make the Shipment for its way back by hand.", name=name)
	return doc


def _mapped(note):
	"""As ERPNext makes it, completed as its form does, with the Delivery Note once: ERPNext adds it once for each item."""
	made = make_shipment(note.name)
	made.flags.ignore_permissions = False  # ERPNext's mappers may have set it; the user's own rights count
	value = sum(flt(row.grand_total) for row in made.shipment_delivery_note)
	made.set("shipment_delivery_note", [{"delivery_note": note.name, "grand_total": value}])
	made.update(
		{
			"pickup_from_type": "Company",
			"delivery_to_type": "Customer",
			"pickup": made.pickup_company,
			"delivery_to": made.delivery_customer,
			"pickup_address_name": made.pickup_address_name or _address("Company", made.pickup_company),
			"delivery_address_name": made.delivery_address_name
			or _address("Customer", made.delivery_customer),
			"delivery_contact_name": made.delivery_contact_name
			or get_contact_name("Customer", made.delivery_customer),
			"pickup_date": today(),
			"description_of_content": _content(note),
		}
	)
	return made


def _complete(made) -> None:
	"""What the form of ERPNext fetches as addresses are chosen, of those that the user may read.

	Raises `NotShipped` where one lacks, or the day is over.
	"""
	for side, party in (("pickup", made.pickup_company), ("delivery", made.delivery_customer)):
		address = made.get(f"{side}_address_name")
		if not address:
			raise NotShipped(
				"{party} has no address. Add one there, or choose the address for this Shipment.", party=party
			)
		if frappe.has_permission("Address", "read", doc=address):
			made.set(f"{side}_address", get_address_display(address))
	contact = made.delivery_contact_name
	if contact and frappe.has_permission("Contact", "read", doc=contact):
		details = get_contact_details(contact)
		lines = ("contact_display", "contact_email", "contact_phone", "contact_mobile")
		made.delivery_contact = "<br>".join(filter(None, dict.fromkeys(map(details.get, lines))))
		made.delivery_contact_email = details["contact_email"]
	if getdate(made.pickup_date) < getdate():
		raise NotShipped("The pickup date {date} is over. Enter today or a later day.", date=made.pickup_date)


def _address(doctype: str, name: str) -> str | None:
	return get_address_name(doctype, name) or get_default_address(doctype, name)


def _content(note) -> str:
	names = dict.fromkeys(row.item_name for row in note.items if row.item_name)
	return frappe.utils.strip_html(", ".join(names))[:CONTENT]


def _weight(note: str) -> float:
	"""The weight of all items in kilograms, where each says it so; 0 otherwise."""
	rows = frappe.get_all(f"{NOTE} Item", {"parent": note}, ["total_weight", "weight_uom"])
	known = all(row.total_weight and (row.weight_uom or "").lower() in ("kg", "kilogram") for row in rows)
	return round(sum(row.total_weight for row in rows), 3) if rows and known else 0.0
