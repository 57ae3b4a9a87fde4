"""Orders paid in several parts that become smaller by more than the latest part: what is left in the books."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.records.write import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase, only


class TestAdvances(CommerceTestCase):
	def books(self, order: Any) -> dict[str, float]:
		"""What the order comes to and has of advances, and what of payments belongs to no document."""
		order.reload()
		entries = frappe.get_all(
			"Payment Entry",
			filters={"party": order.customer, "docstatus": 1, "payment_type": "Receive"},
			fields=["paid_amount", "unallocated_amount"],
		)
		return {
			"total": order.grand_total,
			"advance": order.advance_paid,
			"free": flt(sum(entry.unallocated_amount for entry in entries), 2),
			"paid": flt(sum(entry.paid_amount for entry in entries), 2),
			"balance": self.customer_balance(order),
		}

	def paid_order(self, *parts: str) -> Any:
		self.buyer = {"id": make.unique("c"), "name": make.unique("Buyer")}
		order = self.order(customer=self.buyer)
		self.entries = [only(self.pay(part), "Payment Entry") for part in parts]
		self.commit()
		return order

	def update(self, total: str, *lines: dict[str, Any]) -> None:
		shipping = [{"id": "S", "title": "Parcel", "amount": "5.00"}]
		said = {"currency": "USD", "customer": self.buyer, "lines": list(lines), "shipping": shipping}
		self.event("Order", id=self.order_id, total=total, **said)

	def test_a_refund_and_another_of_the_rest(self):
		for parts in (("50.00", "43.00"), ("10.00", "20.00", "63.00"), ("63.00", "20.00", "10.00")):
			with self.subTest(parts=parts):
				order = self.paid_order(*parts)
				self.refund(amount="60.00")
				left = {"total": 33, "advance": 33, "free": 60, "paid": 93, "balance": -33}
				self.assertEqual(self.books(order), left)
				self.refund(amount="13.00")
				left = {"total": 20, "advance": 20, "free": 73, "paid": 93, "balance": -20}
				self.assertEqual(self.books(order), left)
				self.refund(amount="20.00")
				self.assertEqual(self.books(order)["balance"], 0)

	def test_a_return(self):
		order = self.paid_order("50.00", "43.00")
		self.refund(lines=[{"line_id": "L2", "quantity": 3}])
		left = {"total": 27, "advance": 27, "free": 66, "paid": 93, "balance": -27}
		self.assertEqual(self.books(order), left)

	def test_a_cancellation_of_lines(self):
		order = self.paid_order("50.00", "43.00")
		self.cancel(id="off-" + self.order_id, lines=[{"line_id": "L2", "quantity": 3}])
		left = {"total": 27, "advance": 27, "free": 66, "paid": 93, "balance": -93}
		self.assertEqual(self.books(order), left)
		self.refund(amount="66.00")
		self.assertEqual(self.books(order), {**left, "balance": -27})

	def test_an_update_down_and_up_again(self):
		order = self.paid_order("50.00", "43.00")
		first, second = self.line("L1", self.first, 2, 10, 2), self.line("L2", self.second, 3, 20, 6)
		self.update("27.00", first)
		left = {"total": 27, "advance": 27, "free": 66, "paid": 93, "balance": -93}
		self.assertEqual(self.books(order), left)
		self.update("93.00", first, second)
		self.assertEqual(self.books(order), {**left, "total": 93})
		with self.assertRaisesRegex(HeldForReview, "only 0.0 USD"):
			self.pay("66.00")
		frappe.db.rollback()
		self.update("27.00", first)
		self.refund(amount="66.00")
		self.update("93.00", first, second)
		self.pay("66.00")
		self.assertEqual(self.books(order)["balance"], -93)
		with self.assertRaises(HeldForReview):
			self.pay("0.01")

	def test_of_an_order_up_again_a_part_is_to_be_paid(self):
		order = self.paid_order("50.00")
		first, second = self.line("L1", self.first, 2, 10, 2), self.line("L2", self.second, 3, 20, 6)
		self.update("27.00", first)
		self.update("93.00", first, second)
		with self.assertRaisesRegex(HeldForReview, "only 43.0 USD"):
			self.pay("43.01")
		frappe.db.rollback()
		self.pay("43.00")
		self.assertEqual(self.customer_balance(order), -93)

	def test_what_a_person_used_for_something_else_is_to_be_paid_again(self):
		order = self.paid_order("93.00")
		first, second = self.line("L1", self.first, 2, 10, 2), self.line("L2", self.second, 3, 20, 6)
		self.update("27.00", first)
		other = make.sales_invoice(order.customer, self.first, 40)
		entry = frappe.get_last_doc("Payment Entry", {"party": order.customer, "docstatus": 1})
		tool = frappe.new_doc("Payment Reconciliation")
		tool.update({"company": self.company, "party_type": "Customer", "party": order.customer})
		tool.receivable_payable_account = entry.paid_from
		tool.get_unreconciled_entries()
		entries = [row.as_dict() for row in tool.payments if row.reference_name == entry.name]
		invoices = [row.as_dict() for row in tool.invoices if row.invoice_number == other.name]
		tool.allocate_entries(frappe._dict({"invoices": invoices, "payments": entries}))
		tool.reconcile()
		self.commit()
		self.update("93.00", first, second)
		with self.assertRaisesRegex(HeldForReview, "only 40.0 USD"):
			self.pay("40.01")
		frappe.db.rollback()
		self.pay("40.00")

	def test_what_was_freed_stays_so_where_a_person_amends_the_payment(self):
		order = self.order()
		self.pay("93.00")
		self.cancel(id=make.unique("part"), lines=[{"line_id": "L2", "quantity": 1}])
		old = frappe.get_doc("Payment Entry", {"docstatus": 1, "party": order.customer})
		old.cancel()
		new = frappe.copy_doc(old)
		new.update({"amended_from": old.name, "reference_no": "corrected"})
		new.insert().submit()
		self.commit()
		self.refund(amount="22.00")
		order.reload()
		self.assertEqual((order.grand_total, self.customer_balance(order)), (71, -71))
		with self.assertRaises(HeldForReview):
			self.pay("22.00")

	def test_a_payment_that_the_bank_has_confirmed_is_left_while_another_can_be_fitted(self):
		order = self.paid_order("50.00", "43.00")
		frappe.db.set_value("Payment Entry", self.entries[1], "clearance_date", frappe.utils.today())
		self.refund(amount="22.00")
		left = {"total": 71, "advance": 71, "free": 22, "paid": 93, "balance": -71}
		self.assertEqual(self.books(order), left)
		self.assertEqual(frappe.db.get_value("Payment Entry", self.entries[1], "docstatus"), 1)
