"""Deliveries that came another way with the number of a parcel that is told now: a shop and its warehouse may both tell of
one parcel, and so may a person. Writes nothing."""

from __future__ import annotations

import frappe

from erp_connect.commerce.money import billing
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.events import Fulfilment
from erp_connect.records.errors import HeldForReview
from erp_connect.store import sync_link

ENTITY, DOCTYPE = "fulfilment", "Delivery Note"


def require_none(settings: CommerceSettings, order, parcel: Fulfilment) -> None:
	"""Raises `HeldForReview` where the order has a delivery with the parcel's tracking number that came another way."""
	number = parcel.tracking_number.strip()
	numbered = {"name": ("in", billing.deliveries(order)), "lr_no": number, "is_return": 0}
	for note in frappe.get_all(DOCTYPE, numbered, ["name", "lr_no"]) if number else ():
		if note.lr_no == number and not sync_link.find_document(settings.account, ENTITY, DOCTYPE, note.name):
			raise HeldForReview(
				"{note} is a delivery of order {order} with the tracking number {number}, and did not come by account {account}. If "
				"it is this parcel, nothing is to be done: {done}. If it is another one, deliver parcel {id} by hand, then {done}.",
				code="parcel_elsewhere",
				note=note.name,
				order=order.name,
				number=number,
				account=settings.account,
				id=parcel.id,
			)
