"""A change of an order that is held ends as its message says: changed by hand and tried again, or given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from frappe.utils import flt

from erp_connect.api import links
from erp_connect.records.write import UNCHANGED, UPDATED, HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_order_changes import ChangedOrderCase
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.ends_case import EndsTestCase

REMEDY = "by hand as far as that is right and press Retry, or press Skip."


class ChangesCase(EndsTestCase, ChangedOrderCase):
	def goods(self, quantity: float, price: float = 10) -> dict[str, Any]:
		"""A statement without taxes and shipping, which a person can bring about by Update Items."""
		return {
			"lines": [self.line("L1", self.first, quantity, price, 0)],
			"shipping": [],
			"total": str(quantity * price),
		}

	def told(self, words: str, code: str, **statement: Any) -> None:
		"""A statement is held, says what to do, and has changed nothing of the order."""
		reason = self.held(**statement)
		self.assertIn(words, reason)
		self.assertIn("The source has changed the order:", reason)
		self.assertIn(REMEDY, reason)
		self.assertEqual(self.code, code)

	def changed_by_hand(
		self, words: str, code: str, by_hand: Callable[[], Any], **statement: Any
	) -> tuple[str, Any]:
		"""As `told`, then the order is changed by hand and the statement repeated. → (what was done, Sales Order)"""
		self.told(words, code, **statement)
		by_hand()
		self.commit()
		return self.say(**statement)


class TestByHand(ChangesCase):
	def test_an_order_that_is_closed(self):
		_, order = self.say()
		order.update_status("Closed")
		self.commit()

		def reopen() -> None:
			order.reload()
			order.update_status("Draft")

		self.assertIn("by hand as far as that is right and press Retry", self.held(**self.less()))
		done, doc = self.changed_by_hand(" is closed.", "order_closed", reopen, **self.less())
		self.assertEqual((done, flt(doc.grand_total, 2), doc.status), (UPDATED, 26.2, "To Deliver and Bill"))

	def test_an_order_of_which_pieces_were_given_back(self):
		_, order = self.say(**self.goods(2))
		self.refund(lines=[{"line_id": "L1", "quantity": 1}])
		done, doc = self.changed_by_hand(
			"were called off or given back before",
			"given_back",
			lambda: self.update_items(order, 3, 10),
			**self.goods(3),
		)
		self.assertEqual((done, doc.grand_total, self.rows(doc)), (UNCHANGED, 30, [(self.first, 3, 10)]))

	def test_an_order_that_somebody_has_changed(self):
		_, order = self.say(**self.goods(2))
		self.update_items(order, 2, 9)
		done, doc = self.changed_by_hand(
			"and its source had stated",
			"changed_here",
			lambda: self.update_items(order, 1, 10),
			**self.goods(1),
		)
		self.assertEqual((done, doc.grand_total), (UNCHANGED, 10))
		done, doc = self.say(**self.goods(4))
		self.assertEqual((done, doc.grand_total), (UPDATED, 40))

	def test_an_order_whose_rows_somebody_has_changed_at_the_same_total(self):
		def goods(first: float, second: float) -> dict[str, Any]:
			lines = [self.line("L1", self.first, first, 10, 0), self.line("L2", self.second, second, 10, 0)]
			return {"lines": lines, "shipping": [], "total": str(10 * (first + second))}

		_, order = self.say(**goods(2, 2))
		self.update_items(order, 3, 10)
		self.update_items(order, 1, 10, place=1)
		done, doc = self.changed_by_hand(
			"at the same total: somebody has changed it here",
			"changed_here",
			lambda: (self.update_items(order, 4, 10), self.update_items(order, 2, 10, place=1)),
			**goods(4, 2),
		)
		self.assertEqual((done, doc.grand_total), (UNCHANGED, 60))
		done, doc = self.say(**goods(4, 3))
		self.assertEqual((done, doc.grand_total), (UPDATED, 70))

	def test_an_order_of_whose_source_nothing_is_known(self):
		customer = make.customer().name
		order = make.sales_order(customer, [(self.first, 1, 10)])
		make.flow(
			"Sales Order", [], [make.row("id", "id")], direction="Incoming", purpose="Order", topics="*"
		)
		links.link(make.ACCOUNT, "order", self.order_id, "Sales Order", order.name)
		links.link(make.ACCOUNT, "customer", self.buyer["id"], "Customer", customer)
		self.commit()
		done, doc = self.changed_by_hand(
			"said of it before is not known",
			"unknown_source",
			lambda: self.update_items(order, 2, 10),
			**self.goods(2),
		)
		self.assertEqual((done, doc.name, doc.grand_total), (UNCHANGED, order.name, 20))
		done, doc = self.say(**self.goods(3))
		self.assertEqual((done, doc.grand_total), (UPDATED, 30))

	def test_another_buyer_of_a_draft(self):
		self.settings_of_shop(submit_orders=0)
		_, order = self.say(**self.goods(1))
		self.buyer = {"id": make.unique("c"), "name": make.unique("Other")}

		def give_to_the_other() -> None:
			(made,) = self.event("Customer", external_id=self.buyer["id"], customer_name=self.buyer["name"])
			order.customer = made.name
			order.save()

		_, doc = self.changed_by_hand(
			"but its source names another buyer now", "buyer_differs", give_to_the_other, **self.goods(1)
		)
		self.assertEqual(doc.customer_name, self.buyer["name"])

	def test_less_than_was_invoiced(self):
		for own_outstanding in (1, 0):
			self.order_id = make.unique("order")
			_, order = self.say()
			invoice = make_invoice(order)
			done, doc = self.changed_by_hand(
				"Make a credit note for the difference",
				"invoiced",
				lambda invoice=invoice, own=own_outstanding: self.credit(invoice, own),
				shipping=[],
				total="21.60",
			)
			self.assertEqual((done, flt(doc.grand_total, 2)), (UPDATED, 21.6))
			self.assertEqual(self.customer_balance(doc), 21.6)
			with self.assertRaisesRegex(HeldForReview, "only 21.6 USD"):
				self.pay("21.61")
			frappe.db.rollback()
			self.pay("21.60")
			self.assertEqual(self.customer_balance(doc), 0)

	def test_fewer_pieces_than_were_invoiced_and_more_again(self):
		_, order = self.say(**self.goods(4))
		invoice = make_invoice(order)

		def credit() -> None:
			note = make_sales_return(invoice.name)
			note.items[0].qty = -2
			note.update_billed_amount_in_sales_order = 1
			note.insert().submit()

		told = "tick Update Billed Amount in Sales Order in it"
		done, doc = self.changed_by_hand(told, "invoiced", credit, **self.goods(2))
		self.assertEqual((done, doc.grand_total, self.customer_balance(doc)), (UPDATED, 20, 20))
		done, doc = self.say(**self.goods(5))
		self.assertEqual((done, doc.grand_total), (UPDATED, 50))
		self.assertEqual(make_invoice(doc).grand_total, 30)
		self.pay("50.00")
		self.assertEqual(self.customer_balance(doc), 0)

	def test_more_again_than_is_left_of_its_invoices(self):
		_, order = self.say()
		self.credit(make_invoice(order), 1)
		self.say(shipping=[], total="21.60")
		self.told("and 15.4 of that would be owed again. ERPNext makes no second invoice", "credited")

	def credit(self, invoice: Any, own_outstanding: int) -> None:
		"""A credit note of 15.40. own_outstanding: it waits by itself, as ERPNext proposes; else it lowers the invoice."""
		note = make_sales_return(invoice.name)
		note.items[0].update({"qty": -2, "rate": 7.7})
		for row in note.taxes:
			row.tax_amount = 0
		note.update_outstanding_for_self = own_outstanding
		note.insert().submit()
		self.assertEqual(note.grand_total, -15.4)
		left = frappe.db.get_value("Sales Invoice", invoice.name, "outstanding_amount")
		self.assertEqual(left, 37 if own_outstanding else 21.6)


class TestGivenUp(ChangesCase):
	def test_what_nobody_can_change_in_an_order_that_is_submitted(self):
		self.say(date="2026-11-20T10:00:00Z")
		self.told("ERPNext cannot change the currency of order", "currency_differs", currency="EUR")
		self.told(
			"ERPNext cannot change the date of a submitted order", "date_differs", date="2026-11-18T10:00:00Z"
		)

	def test_an_order_that_was_cancelled_here(self):
		_, order = self.say()
		order.cancel()
		self.commit()
		self.told(" is cancelled.", "order_cancelled", **self.less())
