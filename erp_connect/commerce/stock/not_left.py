"""Parcels that are told not to have left: before they are booked, or of one that is. Writes nothing."""

from __future__ import annotations

from frappe import _

from erp_connect.commerce.sales import order_lookup, originals, repeated
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.events import Fulfilment
from erp_connect.records.errors import HeldForReview

ENTITY = "fulfilment"
UNDER_WAY = frozenset(("pending", "open", "created", "processing", "ready", "label_created", "on_hold"))
FAILED = frozenset(("error", "failure", "failed"))
WORDS = UNDER_WAY | FAILED


def why(settings: CommerceSettings, parcel: Fulfilment, status: str) -> str:
	"""Why a parcel of such a status is not booked. Raises `HeldForReview` where it is booked and failed since."""
	document = order_lookup.booked_by(settings, ENTITY, parcel.id)
	if not document:
		return _("Nothing has left: the parcel is {0}.").format(status)
	if status in UNDER_WAY:
		return repeated.stays(document, status)
	if not originals.delivery(document).is_out():
		return _("Its delivery {0} is reversed already: the parcel is {1}.").format(document, status)
	raise HeldForReview(
		"Parcel {parcel} is delivered by {document}, but is {status} now. If it has not left after all, cancel {document}; "
		"if it has, leave {document} as it is. Then {done}.",
		code="parcel_failed",
		parcel=parcel.id,
		document=document,
		status=parcel.status,
	)
