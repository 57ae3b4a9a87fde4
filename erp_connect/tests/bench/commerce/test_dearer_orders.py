"""An order that is invoiced and becomes dearer by what ERPNext invoices with goods alone: taxes, charges, a discount less."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import flt

from erp_connect.records.write import UNCHANGED, UPDATED
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_ends_of_changes import ChangesCase
from erp_connect.tests.bench.commerce_case import make_invoice

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
