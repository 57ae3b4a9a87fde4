"""An order that is invoiced and becomes dearer by what ERPNext invoices with goods alone: taxes, charges, a discount less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import flt, today

from erp_connect.records.write import UNCHANGED, UPDATED
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_ends_of_changes import ChangesCase
from erp_connect.tests.bench.commerce_case import make_invoice, only
from erp_connect.tests.bench.ends_case import EndsTestCase

TOLD = "so ERPNext makes no invoice from it of the {} more that it would come to"
TIP = {"fees": [{"kind": "tip", "title": "Tip", "amount": "5.00"}], "total": "42.00"}


class TestDearer(ChangesCase):
	def invoiced(self, **statement: Any) -> Any:
		"""The invoice of an order that is paid."""
		self.order_id = make.unique("order")
		_, order = self.say(**statement)
		self.pay(str(order.grand_total))
		return make_invoice(order)

	def test_charges_taxes_and_discount(self):
		coupon = {"order_discount": {"amount": "10.00", "on": "grand"}, "total": "27.00"}
		more_tax = {"lines": [self.line("L1", self.first, 2, 10, 4)], "total": "39.40"}
		express = {"shipping": [{"id": "S", "title": "Parcel", "amount": "19.40"}], "total": "41.00"}
		for before, change, missing in (
			({}, TIP, "5.0"),
			({}, express, "4.0"),
			({}, more_tax, "2.4"),
			(coupon, {}, "10.0"),
		):
			with self.subTest(change):
				self.invoiced(**before)
				self.told(TOLD.format(missing), "invoiced", **change)

	def test_a_credit_note_for_all_lets_it_be_invoiced_anew(self):
		invoice = self.invoiced()

		def credit() -> None:
			note = make_sales_return(invoice.name)
			note.advances = []
			note.update_billed_amount_in_sales_order = 1
			note.insert().submit()

		done, doc = self.changed_by_hand(
			"so ERPNext makes no invoice from it of the 5.0 more", "invoiced", credit, **TIP
		)
		self.assertEqual((done, doc.grand_total, make_invoice(doc).grand_total), (UPDATED, 42, 42))
		self.pay("5.00")
		self.assertEqual(self.customer_balance(doc), 0)
		self.assertEqual(self.say(**TIP)[0], UNCHANGED)

	def test_an_invoice_by_hand_is_all_it_needs(self):
		invoice = self.invoiced()
		self.told(TOLD.format("5.0"), "invoiced", **TIP)
		other = make.sales_invoice(invoice.customer, make.item(is_stock_item=0).name, 5)
		self.commit()
		self.put_aside("book it as a payment on account", "overpaid", lambda: self.pay("5.00"))
		self.assertEqual(frappe.get_doc("Sales Invoice", other.name).outstanding_amount, 5)

	def test_what_goods_are_left_to_be_invoiced_with(self):
		self.invoiced()
		dearer = [self.line("L1", self.first, 2, 11, 1.76)]
		done, doc = self.say(lines=dearer, **{**TIP, "total": "44.16"})
		self.assertEqual((done, doc.status, flt(doc.grand_total, 2)), (UPDATED, "To Deliver and Bill", 44.16))
		self.assertEqual(len(make_sales_invoice(doc.name).items), 1)

	def test_one_that_is_invoiced_in_part(self):
		_, order = self.say()
		doc = make_sales_invoice(order.name)
		doc.items[0].qty = 1
		doc.insert().submit()
		self.commit()
		done, order = self.say(**TIP)
		self.assertEqual((done, order.grand_total), (UPDATED, 42))


class TestPayments(EndsTestCase):
	"""Of an order of 93.00, of which a person invoiced the goods and their taxes: 88.00."""

	def setUp(self) -> None:
		super().setUp()
		self.placed = self.order()
		doc = make_sales_invoice(self.placed.name)
		for row in doc.taxes:
			if row.description == "Parcel":
				row.tax_amount = 0
		doc.insert().submit()
		self.commit()
		self.goods = doc

	def ways(self) -> Iterator[str]:
		for makes in ("Payment Entry", "Sales Invoice and Payment Entry"):
			with self.subTest(makes):
				self.settings_of_shop(payment_makes=makes)
				yield makes

	def test_what_no_invoice_is_made_of(self):
		for _ in self.ways():
			for amount, left in (("93.00", "5.0"), ("90.00", "2.0")):
				told = f"pays {left} of Sales Order {self.placed.name} that are not invoiced"
				self.put_aside(told, "billed", lambda amount=amount: self.pay(amount))
		self.put_aside("and makes no further invoice from it", "billed", lambda: self.pay("93.00"))
		other = make.sales_invoice(self.placed.customer, make.item(is_stock_item=0).name, 5)
		for invoice in (self.goods.name, other.name):
			entry = get_payment_entry("Sales Invoice", invoice, bank_account=self.bank)
			entry.update({"reference_no": make.unique("no"), "reference_date": today()})
			entry.insert().submit()
		self.commit()
		self.assertEqual(self.customer_balance(self.placed), 0)

	def test_an_open_invoice_is_paid(self):
		for _ in self.ways():
			entry = only(self.pay("44.00"), "Payment Entry")
			rows = frappe.get_doc("Payment Entry", entry).references
			self.assertEqual(
				[(row.reference_name, row.allocated_amount) for row in rows], [(self.goods.name, 44)]
			)
