"""What is held of refunds and cancellations ends as its message says, or leaves nothing behind and is booked by hand."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from erpnext.controllers.sales_and_purchase_return import make_return_doc

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import account, only
from erp_connect.tests.bench.ends_case import EndsTestCase


def back(line: str, quantity: float, **values: Any) -> dict[str, Any]:
	return {"line_id": line, "quantity": quantity, **values}


class TestRefunds(EndsTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")

	def paid(self) -> Any:
		"""An order of 93.00 with its invoice, which is paid."""
		order = self.order()
		self.sold = frappe.get_doc("Sales Invoice", only(self.pay("93.00"), "Sales Invoice"))
		return order

	def test_a_refund_that_failed_after_it_was_booked(self):
		order = self.paid()
		booked = self.refund(id="failed", amount="10.00")
		again = lambda: self.refund(id="failed", amount="10.00", status="failed")  # noqa: E731
		self.put_aside("Cancel what was booked, and pay back in another way", "refund_failed", again)
		for one in reversed(booked):
			frappe.get_doc(one.doctype, one.name).cancel()
		self.assertEqual([one.action for one in again()], ["ignored"])
		self.assertEqual(self.customer_balance(order), 0)

	def test_what_was_credited_by_hand(self):
		self.paid()
		make_sales_return(self.sold.name).insert().submit()
		self.put_aside(
			"make the credit note by hand", "no_invoice", lambda: self.refund(lines=[back("L1", 1)])
		)

	def test_pieces_that_a_person_has_not_invoiced_yet(self):
		"""Of one line somebody made the invoice by hand; the other one is given back."""
		self.settings_of_shop(payment_makes="Payment Entry")
		order = self.order()
		invoice = self.invoice(order, submit=False)
		invoice.items = [row for row in invoice.items if row.item_code == self.first]
		invoice.taxes = []
		invoice.save().submit()
		self.pay("93.00")

		def invoice_the_rest() -> None:
			self.sold = self.invoice(order.reload())

		done = self.ended(
			"If it is not invoiced yet, submit the invoice of it",
			lambda: self.refund(lines=[back("L2", 1)], amount="22.00"),
			invoice_the_rest,
			"no_invoice",
		)
		note = frappe.get_doc("Sales Invoice", only(done, "Sales Invoice"))
		self.assertEqual((note.return_against, note.grand_total), (self.sold.name, -22))
		self.assertEqual(self.customer_balance(order), 0)

	def test_pieces_of_which_some_go_back_to_stock(self):
		order = self.order()
		invoice = self.invoice(order, submit=False)
		invoice.update({"update_stock": 1, "set_warehouse": make.warehouse()})
		invoice.save().submit()
		self.put_aside(
			"puts only some pieces back into stock",
			"mixed_restock",
			lambda: self.refund(lines=[back("L1", 1, restock=True), back("L2", 1)]),
		)
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (48, 47))

	def test_pieces_that_left_with_another_invoice_go_back_to_stock(self):
		"""One of three was sold by an invoice that moves stock, the others left with their parcel."""
		order = self.order(lines=[self.line("L1", self.first, 3, 10, 3)], shipping=[], total="33.00")
		invoice = self.invoice(order, submit=False)
		invoice.update({"update_stock": 1, "set_warehouse": make.warehouse()})
		invoice.items[0].qty, invoice.taxes[0].tax_amount = 1, 1
		invoice.save().submit()
		self.ship(("L1", 1))
		self.pay("33.00")
		self.put_aside(
			"which moves stock by itself, but another invoice is credited",
			"mixed_restock",
			lambda: self.refund(lines=[back("L1", 2, restock=True)]),
		)
		self.assertEqual(self.stock_of(self.first), 48)
		# Each by itself is booked, and so are pieces that do not come back.
		self.refund(lines=[back("L1", 1, restock=True)])
		self.assertEqual(self.stock_of(self.first), 49)
		self.refund(lines=[back("L1", 1, restock=True)])
		self.assertEqual(self.stock_of(self.first), 50)
		self.refund(lines=[back("L1", 1)])
		self.assertEqual((self.stock_of(self.first), self.customer_balance(order)), (50, 0))

	def test_a_credit_note_to_which_erpnext_adds_something(self):
		"""The invoice was made with a Shipping Rule, which ERPNext applies to its credit note as well."""
		order = self.order()
		invoice = self.invoice(order, submit=False)
		invoice.shipping_rule = shipping_rule()
		invoice.save().submit()
		self.put_aside(
			"for this credit note, the source to 22",
			"total_differs",
			lambda: self.refund(lines=[back("L2", 1)]),
		)

	def test_an_amount_that_is_off_by_more_than_rounding(self):
		order = self.paid()
		done = self.ended(
			"Map the difference as an adjustment; if it is rounding, raise Rounding limit",
			lambda: self.refund(id=f"refund-{order.name}", lines=[back("L2", 1)], amount="22.07"),
			lambda: self.settings_of_shop(rounding_limit=0.07),
			"refund_total",
		)
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], -22.07)
		self.assertEqual(self.customer_balance(order), 0)

	def test_an_invoiced_order_that_is_paid_back_by_an_amount_alone_is_not_sent(self):
		order = self.paid()
		self.ship(("L1", 1))
		self.refund(amount="93.00")
		order.reload()
		self.assertEqual((order.status, self.customer_balance(order)), ("Closed", 0))
		bin_ = {"item_code": self.second, "warehouse": make.warehouse()}
		self.assertEqual(frappe.db.get_value("Bin", bin_, "reserved_qty"), 0)

	def test_a_refund_that_only_keeps_a_fee(self):
		self.paid()
		fee = [{"id": "fee", "title": "Restocking", "amount": "-5.00"}]
		self.put_aside(
			"more than it gives back", "fee_alone", lambda: self.refund(adjustments=fee, amount="0")
		)

	def test_pieces_of_which_nobody_says_the_serial_numbers(self):
		series = f"{make.unique('SN')}.####"
		numbered = make.item(has_serial_no=1, serial_no_series=series).name
		make.receipt(numbered, 5)
		self.settings_of_shop(payment_makes="Payment Entry")
		order = self.order(lines=[self.line("L1", numbered, 3, 10, 3)], total="38.00")
		self.pay("38.00")
		sent = only(self.ship(), "Delivery Note")

		def return_one() -> None:
			doc = make_return_doc("Delivery Note", sent)
			row = doc.items[0]
			row.update({"qty": -1, "stock_qty": -1, "serial_no": row.serial_no.splitlines()[0]})
			doc.set("taxes", [])
			doc.insert().submit()

		refund = {"id": make.unique("refund"), "lines": [back("L1", 1, restock=True)], "amount": "11.00"}
		self.ended(
			"Make the return of it by hand", lambda: self.refund(**refund), return_one, "which_numbers"
		)
		self.assertEqual(self.stock_of(numbered), 3)
		self.assertEqual(self.invoice(order.reload()).grand_total, 27)
		# All that is left: nobody has to say which.
		self.refund(lines=[back("L1", 2, restock=True)])
		self.assertEqual((self.stock_of(numbered), self.customer_balance(order)), (5, 0))

	def test_more_than_was_bought(self):
		self.paid()
		self.put_aside(
			"This cannot be booked as it is:", "quantity_exceeded", lambda: self.refund(lines=[back("L1", 3)])
		)


class TestPiecesThatCameOffBefore(EndsTestCase):
	"""A cancellation or a change says nothing of money: the refund that pays it back may name the pieces again."""

	def refund_of_one(self) -> Any:
		return self.refund(lines=[back("L2", 1)], amount="22.00")

	def test_by_a_cancellation(self):
		order = self.order()
		self.pay("93.00")
		self.cancel(id=make.unique("part"), lines=[back("L2", 1)])
		self.put_aside("If it pays for just those", "taken_off_before", self.refund_of_one)
		self.assertEqual([one.doctype for one in self.refund(amount="22.00")], ["Payment Entry"])
		order.reload()
		self.assertEqual((order.grand_total, self.customer_balance(order)), (71, -71))
		# Nothing is paid too much any more: this one is about a further piece.
		self.refund_of_one()
		order.reload()
		self.assertEqual((order.grand_total, self.customer_balance(order)), (49, -49))

	def test_paid_back_by_an_amount_alone(self):
		self.order()
		self.pay("93.00")
		self.ship()
		self.refund(amount="22.00")
		came_back = {"lines": [back("L2", 1, restock=True)], "amount": "0"}
		self.put_aside("their value would come off twice", "paid_before", lambda: self.refund(**came_back))

	def test_by_a_change(self):
		buyer = {"id": make.unique("c"), "name": make.unique("Buyer")}
		order = self.order(customer=buyer)
		self.pay("93.00")
		kept = {"id": self.order_id, "currency": "USD", "customer": buyer, "total": "71.00"}
		shipping = [{"id": "S", "title": "Parcel", "amount": "5.00"}]
		lines = [self.line("L1", self.first, 2, 10, 2), self.line("L2", self.second, 2, 20, 4)]
		self.event("Order", lines=lines, shipping=shipping, **kept)
		self.put_aside("If it pays for just those", "taken_off_before", self.refund_of_one)
		self.refund(lines=[back("L1", 1)], amount="11.00")
		order.reload()
		self.assertEqual((order.grand_total, self.customer_balance(order)), (60, -82))


class TestReductions(EndsTestCase):
	def test_an_order_whose_tax_a_person_has_made_a_percentage(self):
		self.settings_of_shop(submit_orders=0)
		order = self.order()
		next(row for row in order.taxes if row.description == "Sales Tax").update(
			{"charge_type": "On Net Total", "rate": 12}
		)
		order.save().submit()
		self.assertEqual(order.grand_total, 94.6)
		self.put_aside(
			"is left of it by the amounts of the source. Change the order by hand",
			"total_differs",
			lambda: self.refund(lines=[back("L2", 1)]),
		)

	def test_pieces_that_a_person_has_taken_off(self):
		order = self.order()
		self.update_items(order, 1, 10)
		one = [back("L1", 1)]
		words = "Take off the order by hand what is to come off"
		self.put_aside(words, "changed_here", lambda: self.cancel(id=make.unique("part"), lines=one))
		self.put_aside(words, "changed_here", lambda: self.refund(lines=one))

	def test_an_order_with_an_invoice_that_is_still_a_draft(self):
		order = self.order()
		self.pay("93.00")
		draft = self.invoice(order, submit=False)
		self.ended(
			"Submit or delete it",
			lambda: self.refund(amount="22.00"),
			lambda: draft.delete(),
			"invoice_draft",
		)
		self.assertEqual(self.customer_balance(order), -71)

	def test_charges_without_goods(self):
		order = self.order()
		self.cancel(id=make.unique("part"), lines=[back("L1", 2)])
		self.put_aside(
			"Cancel the order or invoice the charges by hand",
			"charges_left",
			lambda: self.cancel(id=make.unique("part"), lines=[back("L2", 3)]),
		)
		order.reload().cancel()
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, "docstatus"), 2)


def shipping_rule() -> str:
	"""A Shipping Rule that adds 7.00."""
	company = make.company()
	return (
		frappe.get_doc(
			{
				"doctype": "Shipping Rule",
				"label": make.unique("Courier"),
				"shipping_rule_type": "Selling",
				"company": company,
				"account": account("Shop Courier", "Chargeable", "Direct Income"),
				"cost_center": frappe.get_cached_value("Company", company, "cost_center"),
				"calculate_based_on": "Fixed",
				"shipping_amount": 7,
			}
		)
		.insert()
		.name
	)
