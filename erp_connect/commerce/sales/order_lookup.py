"""What all events after an order have in common: found by its order, done once, refused in ERPNext's words.

Promises that two events of one order wait for each other, and that an event is known again by its own link,
made in the same transaction as its document. Never commits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import frappe

from erp_connect.commerce.sales import amended_orders, order_search, orders
from erp_connect.commerce.sales.order_search import Reference
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.errors import Whole
from erp_connect.records import amendments, plain_words
from erp_connect.records.errors import BadRecord
from erp_connect.records.write import HeldForReview
from erp_connect.store import bindings, locks, sync_link
from erp_connect.store.sync_link import Link

# Raised by ERPNext for reasons that pass by themselves, or that are not about the event.
_NOT_HELD = (frappe.TimestampMismatchError, frappe.DuplicateEntryError, frappe.UniqueValidationError)


class NoOrder(BadRecord):
	"""The order of an event is not here. params: `order_id`, its id outside, empty where the event has none."""


def resolve(settings: CommerceSettings, name: str | None, external_id: str | None) -> str | None:
	"""The Sales Order by its name or its outside id, or what it was amended to; None when there is none the user may see.

	By its name alone, one of another company than the account's is none, unless the account is linked with it. Raises `BadRecord` where both are given, and are those of two orders.
	"""
	if (
		name
		and frappe.db.exists("Sales Order", name)
		and frappe.has_permission("Sales Order", "read", doc=name)
	):
		name = amended_orders.followed(name)
	linked = orders.find(settings, external_id) if external_id else None
	if name and external_id and linked != name:
		raise BadRecord(
			"{name} and the id {id} are not one order. Send one of them, or those of the same order.",
			code="two_orders",
			name=name,
			id=external_id,
		)
	name = name or linked
	if not name or not frappe.db.exists("Sales Order", name) or not (linked or _is_of(settings, name)):
		return None
	return name if frappe.has_permission("Sales Order", "read", doc=name) else None


def _is_of(settings: CommerceSettings, name: str) -> bool:
	if not settings.company or frappe.db.get_value("Sales Order", name, "company") == settings.company:
		return True
	return sync_link.is_linked(settings.account, "Sales Order", name)


def order_of(settings: CommerceSettings, reference: Reference) -> str:
	"""The Sales Order of an event: by the account's own link, else by what else the reference names (`order_search`).

	Raises `NoOrder`, which is tried again later, and `HeldForReview` when several orders fit.
	"""
	own = orders.find(settings, reference.order_id) if reference.order_id else None
	name = own or order_search.find(settings, reference)
	if not name and reference == Reference(payment_id=reference.payment_id):
		raise NoOrder(
			"Payment {payment} is not booked in ERPNext yet, so the order is not known. {trying} If the payment never "
			"comes, import it, then {again}.",
			code="missing_link",
			payment=reference.payment_id,
			order_id="",
		)
	if not name:
		raise NoOrder(
			"Order {order} is not in ERPNext yet. {trying} If the order never comes, import it, then {again}.",
			code="missing_link",
			order=str(reference),
			order_id=reference.order_id,
		)
	return amended_orders.followed(name)


def open_order(settings: CommerceSettings, name: str):
	"""The Sales Order, locked until the transaction ends. Raises Frappe's `PermissionError` for who may not see it."""
	locks.until_commit(f"order:{settings.account}:name:{name}")
	doc = frappe.get_doc("Sales Order", name, for_update=True)
	doc.check_permission("read")
	return doc


def done_before(settings: CommerceSettings, entity: str, external_id: str, order: str) -> Link | None:
	"""The link of an event that was handled; from here on nobody else handles the same one.

	Where a person amended its document, the link names the one that stands. A link whose document was deleted since
	counts as not handled, and is dropped. Raises `BadRecord` when the id
	belongs to an event of another order.
	"""
	locks.until_commit(f"{entity}:{settings.account}:{external_id}")
	link = sync_link.find_external(settings.account, entity, external_id)
	if link and not frappe.db.exists(link.document_type, link.document_name):
		sync_link.remove(link.name)
		return None
	booked_for = link and facts(link).get("order", order)
	if link and order not in (booked_for, amendments.last_amendment("Sales Order", booked_for)):
		raise used_elsewhere(entity, external_id)
	return link and with_last_amendment(link)


def with_last_amendment(link: Link) -> Link:
	"""A link, with the document that stands in place of one that a person amended."""
	return replace(link, document_name=amendments.last_amendment(link.document_type, link.document_name))


def booked_by(settings: CommerceSettings, entity: str, external_id: str) -> str | None:
	"""The document that books an event of the account, or what a person amended it to; None for none that stands."""
	link = sync_link.find_external(settings.account, entity, external_id)
	if not link:
		return None
	link = with_last_amendment(link)
	stands = frappe.db.get_value(link.document_type, link.document_name, "docstatus") in (0, 1)
	return link.document_name if stands else None


def require_booked(link: Link, external_id: str) -> None:
	"""Raises `HeldForReview` where the document of an event that comes again does not stand any more."""
	status, heir = frappe.db.get_value(link.document_type, link.document_name, ["docstatus", "amended_from"])
	if status == 2 or (status == 0 and heir):
		raise HeldForReview(
			"{id} is booked by {document}, which is cancelled, or a draft that it was amended to. If it is to stand, amend and "
			"submit {document}, then {again}; if not, {done}.",
			code="cancelled_here",
			id=external_id,
			document=link.document_name,
		)


def used_elsewhere(entity: str, external_id: str) -> BadRecord:
	"""The error for an id that came with another order before."""
	return BadRecord(
		"The {entity} {id} belongs to another order already. Send an id of its own for each.",
		code="id_used",
		entity=entity,
		id=external_id,
	)


def facts(link: Link) -> dict[str, str]:
	"""What was kept with the link of an event: its order, and the amount of a payment."""
	return json.loads(link.details) if link.details else {}


def bind(settings: CommerceSettings, entity: str, external_id: str, document, **kept: str) -> None:
	"""Link the event with the document it made. kept: `facts` for later. Raises `LinkConflict`."""
	details = json.dumps(kept) if kept else None
	bindings.bind_received(settings.account, entity, document.doctype, document.name, external_id, details)


def require_submitted(order) -> None:
	"""Raises `HeldForReview` unless the Sales Order is submitted."""
	if order.docstatus == 0:
		raise HeldForReview(
			"Sales Order {order} is still a draft. Submit it, then {again}.",
			code="order_draft",
			order=order.name,
		)
	if order.docstatus == 2:
		raise HeldForReview(
			"Sales Order {order} is cancelled. Decide what becomes of this event, book it by hand if need be, then "
			"{done}.",
			code="order_cancelled",
			order=order.name,
		)


@contextmanager
def held_if_refused() -> Iterator[None]:
	"""What ERPNext refuses inside the block is held for a person, with ERPNext's own message."""
	try:
		yield
	except _NOT_HELD:
		raise
	except frappe.ValidationError as error:
		raise HeldForReview(
			"ERPNext refuses this: {message} Put it right, then {again}.",
			code="held",
			message=Whole(_sentence(error)),
		) from error


def _sentence(error: Exception) -> str:
	text = plain_words.said(error)
	return text if text.endswith((".", "!", "?")) else text + "."
