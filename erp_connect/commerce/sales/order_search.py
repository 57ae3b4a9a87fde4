"""Which Sales Order an event is of that names no order of its own account.

A payment may come by a gateway's account while the order came by a shop's, or was made in ERPNext; then it names
the order by its number, by an invoice, by its name here, or by the id it has at the other account. A refund may name
nothing but the payment that it pays back. Promises one order or none: where several fit, a person decides. An account that takes in orders itself is not answered with
another account's ids and numbers, because the order that is meant may still be on its way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import frappe

from erp_connect.commerce.sales import order_number
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.errors import OrderError
from erp_connect.core.errors import Whole
from erp_connect.records.write import HeldForReview
from erp_connect.store import sync_link

DOCTYPE = "Sales Order"
ENTITY = "order"
PAYMENT = "payment"


@dataclass(frozen=True)
class Reference:
	"""What an event says of its order; at least one is given. order_id: an id of any kind, order_number: what people
	call it, invoice_id: the name of a Sales Invoice, payment_id: a payment that the account has booked, or will."""

	order_id: str = ""
	order_number: str = ""
	invoice_id: str = ""
	payment_id: str = ""

	@classmethod
	def read(cls, values: dict[str, object]) -> Reference:
		"""From the fields of a mapped record. Raises `OrderError` for what is no text or number, and when none is given."""
		given = {}
		for field, value in values.items():
			if isinstance(value, bool | float | dict | list):
				raise OrderError("{field} must be text.", code="text", field=field)
			given[field] = "" if value is None else str(value).strip()
		if not any(given.values()):
			raise OrderError(
				"The record has no order_id. Map the order's id in the flow, or its order_number, invoice_id or payment_id.",
				code="missing",
				field="order_id",
			)
		return cls(**given)

	def __str__(self) -> str:
		return self.order_id or self.order_number or self.invoice_id or self.payment_id


def find(settings: CommerceSettings, reference: Reference) -> str | None:
	"""The Sales Order that fits all of the reference. Raises `HeldForReview` when several do."""
	found: set[str] | None = None
	for field, search in _SEARCHES.items():
		if text := getattr(reference, field):
			fitting = search(settings, text)
			if field == "payment_id" and not fitting and reference != Reference(payment_id=text):
				continue  # not booked yet: the order is known by the rest
			found = fitting if found is None else found & fitting
	if found and len(found) > 1:
		raise _several(settings, reference, found)
	return next(iter(found or ()), None)


def _several(settings: CommerceSettings, reference: Reference, found: set[str]) -> HeldForReview:
	readable = [name for name in sorted(found) if frappe.has_permission(DOCTYPE, "read", doc=name)]
	return HeldForReview(
		"{reference} may be any of several orders: {orders}. Link the right one with it in account {account} (in its menu: "
		"Link with a Record Outside…), then {again}.",
		code="several_orders",
		reference=str(reference),
		orders=Whole(", ".join(readable[:5]) or "-"),
		account=settings.account,
	)


def _by_any_id(settings: CommerceSettings, text: str) -> set[str]:
	found = _by_name(settings, text) | _by_invoice(settings, text)
	if found or _takes_in_orders(settings.account):
		return found
	return _by_link(settings, text) | _by_number(settings, text)


def _by_name(settings: CommerceSettings, text: str) -> set[str]:
	return _of_company(settings, {"name": text}, "name", text)


def _by_number(settings: CommerceSettings, text: str) -> set[str]:
	rows = order_number.called(text, settings.company or "")
	return {row.name for row in rows if row.docstatus != 2} or {row.name for row in rows}


def _by_invoice(settings: CommerceSettings, text: str) -> set[str]:
	rows = frappe.get_all(
		"Sales Invoice Item",
		filters={"parent": text, "parenttype": "Sales Invoice", "sales_order": ("is", "set")},
		fields=["parent", "sales_order"],
	)
	orders = [row.sales_order for row in rows if row.parent == text]
	return _of_company(settings, {"name": ("in", orders)}, "name") if orders else set()


def _by_link(settings: CommerceSettings, text: str) -> set[str]:
	rows = frappe.get_all(
		"Sync Link",
		filters={"remote_entity": ENTITY, "document_type": DOCTYPE, "external_id": text},
		fields=["external_id", "document_name"],
	)
	orders = [row.document_name for row in rows if row.external_id == text]
	return _of_company(settings, {"name": ("in", orders)}, "name") if orders else set()


def _by_payment(settings: CommerceSettings, text: str) -> set[str]:
	link = sync_link.find_external(settings.account, PAYMENT, text)
	order = json.loads(link.details).get("order") if link and link.details else None
	return _of_company(settings, {"name": order}, "name", order) if order else set()


def _of_company(settings: CommerceSettings, filters: dict, field: str, text: str | None = None) -> set[str]:
	"""Names of orders of the account's company. text: what `field` is, to the letter: the database folds."""
	if settings.company:
		filters = {**filters, "company": settings.company}
	rows = frappe.get_all(DOCTYPE, filters=filters, fields=["name", field])
	return {row.name for row in rows if text is None or row[field] == text}


def _takes_in_orders(account: str) -> bool:
	return bool(
		frappe.db.exists(
			"Field Mapping",
			{"integration": account, "purpose": "Order", "enabled": 1, "direction": ("!=", "Outgoing")},
		)
	)


_SEARCHES = {
	"invoice_id": _by_invoice,
	"order_number": _by_number,
	"payment_id": _by_payment,
	"order_id": _by_any_id,
}
