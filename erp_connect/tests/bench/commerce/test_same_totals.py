"""A changed order of which the total stays: taxes, charges and names follow all the same, and nothing is forgotten."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import flt

from erp_connect.commerce.money import billing
from erp_connect.records.write import UNCHANGED, UPDATED, HeldForReview
from erp_connect.tests.bench.commerce.test_ends_of_changes import ChangesCase
from erp_connect.tests.bench.commerce_case import make_invoice


class TestSameTotal(ChangesCase):
	def more_tax(self) -> dict[str, Any]:
		"""37.00 as before, of which 0.40 are tax that were shipping."""
		return {
			"lines": [self.line("L1", self.first, 2, 10, 2)],
			"shipping": [{"id": "S", "title": "Parcel", "amount": "15.00"}],
		}

	def charged(self, doc: Any) -> dict[str, float]:
		return {row.description: flt(row.tax_amount, 2) for row in doc.taxes if row.tax_amount}

	def test_charges_and_taxes(self):
		self.say()
		done, doc = self.say(**self.more_tax())
		self.assertEqual((done, self.charged(doc)), (UPDATED, {"Parcel": 15, "Sales Tax": 2}))
		self.assertEqual(self.say(**self.more_tax())[0], UNCHANGED)
		tip = {
			"shipping": [{"id": "S", "title": "Parcel", "amount": "10.00"}],
			"fees": [{"kind": "tip", "title": "Tip", "amount": "5.00"}],
		}
		done, doc = self.say(**{**self.more_tax(), **tip})
		self.assertEqual((done, self.charged(doc)), (UPDATED, {"Parcel": 10, "Sales Tax": 2, "Tip": 5}))
		self.assertEqual(self.charged(make_invoice(doc)), {"Parcel": 10, "Sales Tax": 2, "Tip": 5})

	def test_a_rest_that_is_invoiced_has_the_rest_of_the_taxes(self):
		_, order = self.say()
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		self.invoice_of(order, 1)
		self.say(**self.more_tax())
		self.pay("37.00")
		taxes = [row for doc in self.invoices_of(order) for row in doc.taxes]
		self.assertEqual(flt(sum(row.tax_amount for row in taxes if row.description == "Sales Tax"), 2), 2)
		self.assertEqual(self.customer_balance(order), 0)

	def test_what_is_invoiced_whole_is_held_until_it_is_credited(self):
		_, order = self.say()
		invoice = make_invoice(order)

		def credit() -> None:
			note = make_sales_return(invoice.name)
			note.update_billed_amount_in_sales_order = 1
			note.insert().submit()

		done, doc = self.changed_by_hand(
			"all of it, with other taxes, charges or discount", "invoiced", credit, **self.more_tax()
		)
		self.assertEqual((done, self.charged(doc)), (UPDATED, {"Parcel": 15, "Sales Tax": 2}))
		self.assertEqual(self.charged(make_invoice(doc)), {"Parcel": 15, "Sales Tax": 2})
		self.assertEqual(self.customer_balance(doc), 37)

	def test_names_of_the_goods(self):
		line = self.line("L1", self.first, 2, 10, 1.6)
		self.say(lines=[{**line, "name": "Mug (Anna)"}])
		done, doc = self.say(lines=[{**line, "name": "Mug (Bert)"}])
		self.assertEqual((done, doc.items[0].item_name, doc.docstatus), (UPDATED, "Mug (Bert)", 1))
		self.assertEqual(make_invoice(doc).items[0].item_name, "Mug (Bert)")

	def test_what_was_given_back_of_them_stays_so(self):
		self.say()
		self.pay("37.00")
		make_invoice(self.say()[1])
		self.refund(lines=[{"line_id": "L1", "quantity": 1}])
		self.refund(shipping="15.40")
		done, _ = self.say(lines=[{**self.line("L9", self.first, 2, 10, 1.6), "name": "Renamed"}])
		self.assertEqual(done, UPDATED)
		with self.assertRaisesRegex(HeldForReview, "15.40 USD paid back"):
			self.refund(shipping="15.40")
		with self.assertRaisesRegex(HeldForReview, "L9"):
			self.refund(lines=[{"line_id": "L9", "quantity": 2}])
		self.ship()
		self.assertEqual(self.stock_of(self.first), 49)

	def invoice_of(self, order: Any, pieces: float) -> None:
		doc = make_sales_invoice(order.name)
		doc.items[0].qty = pieces
		for row in doc.taxes:
			row.tax_amount = flt(row.tax_amount / 2, 2)
		doc.insert().submit()
		self.commit()

	def invoices_of(self, order: Any) -> list[Any]:
		return [frappe.get_doc("Sales Invoice", name) for name in billing.invoices(order)]
