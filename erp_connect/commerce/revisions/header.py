"""Writes number, dates, addresses, buyer and note of an order into its Sales Order. Never commits."""

from __future__ import annotations

from datetime import date
from typing import Any

from frappe import _
from frappe.utils import escape_html, getdate

from erp_connect.commerce.parties import contacts
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.sales import buyers, order_note, order_number
from erp_connect.commerce.sales.order_dates import date_of, delivery_day
from erp_connect.commerce.sales.order_statement import FIELDS, Header
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.model import Order, PostalAddress
from erp_connect.records.write import HeldForReview

ADDRESSES = {
	"billing_address": ("Billing", "customer_address"),
	"shipping_address": ("Shipping", "shipping_address_name"),
}


WRITTEN = ("po_no", "transaction_date", "delivery_date", *(target for _kind, target in ADDRESSES.values()))


def write(settings: CommerceSettings, doc, order: Order, header: Header) -> list[str]:
	"""Write stated fields into the Sales Order. Returns the names of its fields that changed.

	order: for the id, and what a customer is recognised by. Raises `HeldForReview` for what cannot be changed.
	"""
	return _Writing(settings, doc, order).write(header)


class _Writing:
	"""The fields of one statement, each by the method of its name."""

	def __init__(self, settings: CommerceSettings, doc, order: Order) -> None:
		self.settings = settings
		self.doc = doc
		self.order = order
		self.fitter = Fitter(doc.company)
		self.rows_changed = False
		self.fixed: list[str] = []

	def write(self, header: Header) -> list[str]:
		doc = self.doc
		before = {field: str(doc.get(field) or "") for field in WRITTEN}
		for field in FIELDS:
			if field in header:
				getattr(self, f"_{field}")(header[field])
		changed = [field for field, value in before.items() if str(doc.get(field) or "") != value]
		if changed or self.rows_changed:
			doc.set_customer_address()
			doc.save()
		if "note" in header:
			order_note.write(doc, header["note"], again=True)
			changed.append("note")
		self.fitter.comment_on(doc.doctype, doc.name)
		if self.fixed:
			doc.add_comment("Comment", "<br>".join(self.fixed))
		return changed

	def _customer(self, buyer: Any) -> None:
		"""What the order says of its buyer is added; another buyer is a matter for a person."""
		found, _known = buyers.of_order(self.settings, self.order, self.fitter)
		if found != self.doc.customer:
			raise self._other_buyer()

	def _other_buyer(self) -> HeldForReview:
		return HeldForReview(
			"Sales Order {order} is of customer {customer}, but its source names another buyer now.",
			code="buyer_differs",
			order=self.doc.name,
			customer=self.doc.customer,
		)

	def _number(self, number: str) -> None:
		fitted = order_number.fitted(self.order.model_copy(update={"number": number}), self.fitter)
		doc = self.doc
		doc.po_no = order_number.free(self.settings, doc.customer, fitted, self.order.id, own=doc.name)

	def _date(self, date: str) -> None:
		doc, wanted = self.doc, getdate(date_of(self.order))
		if wanted == getdate(doc.transaction_date):
			return
		if doc.docstatus:
			raise HeldForReview(
				"Sales Order {order} is dated {date}, and ERPNext cannot change the date of a submitted order.",
				code="date_differs",
				order=doc.name,
				date=str(doc.transaction_date),
			)
		doc.transaction_date = wanted
		self._deliver_on(max(wanted, getdate(doc.delivery_date)))

	def _delivery_date(self, date: str) -> None:
		self._deliver_on(delivery_day(date, self.doc.transaction_date, self.fitter))

	def _deliver_on(self, wanted: date) -> None:
		"""Rows too: ERPNext makes the order's date that of its last row."""
		for row in self.doc.items:
			self.rows_changed |= getdate(row.delivery_date) != wanted
			row.delivery_date = wanted
		self.doc.delivery_date = wanted

	def _billing_address(self, address: PostalAddress) -> None:
		self._address("billing_address", address)

	def _shipping_address(self, address: PostalAddress) -> None:
		self._address("shipping_address", address)

	def _address(self, field: str, address: PostalAddress) -> None:
		"""Another address of the buyer; where ERPNext fixes it with the submit (16 does), the order tells of it instead."""
		kind, target = ADDRESSES[field]
		doc = self.doc
		if doc.customer == self.settings.walk_in_customer:
			self._nameless(address)
			return
		fitted = self.fitter.address(buyers.address_values(kind, address))
		(name,) = contacts.write_addresses(doc.customer, [fitted])
		described = doc.meta.get_field(target)
		if doc.docstatus == 0 or described.allow_on_submit or doc.get(target) == name:
			doc.set(target, name)
			return
		self.fixed.append(
			_(
				"{0} is {1} at the source now. ERPNext does not change it on a submitted order: choose it on the delivery and "
				"the invoice."
			).format(_(described.label), escape_html(name))
		)

	def _nameless(self, address: PostalAddress) -> None:
		"""Of an order of nobody; one that names somebody now is not the walk-in customer's any more."""
		if buyers.names_somebody(address):
			raise self._other_buyer()
		buyers.require_no_street(address)
		order_note.write_nameless(self.doc, buyers.in_words(address))

	def _note(self, note: str) -> None:
		"""Written at last, when the order is saved."""
