"""The status an order ends with once pieces were refunded that were never delivered: as a person would end it."""

from __future__ import annotations

import frappe
from frappe.utils import flt

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase


# 2 × 10.00 and 3 × 20.00 with 10 % tax and 5.00 shipping.
class TestOrderEnds(CommerceTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")

	def ends(self, order) -> str:
		frappe.db.rollback()
		return frappe.db.get_value("Sales Order", order.name, "status")

	def reserved(self, item: str) -> float:
		bin_ = {"item_code": item, "warehouse": make.warehouse()}
		return flt(frappe.db.get_value("Bin", bin_, "reserved_qty"))

	def piece(self, *, restock: bool = False) -> dict:
		return {"lines": [{"line_id": "L2", "quantity": 1, "restock": restock}], "amount": "22.00"}

	def test_refunded_before_the_rest_is_sent(self):
		for restock in (False, True):
			for with_lines in (False, True):
				with self.subTest(restock=restock, with_lines=with_lines):
					order = self.order()
					self.pay("93.00")
					self.assertEqual(self.ends(order), "To Deliver")
					self.refund(**self.piece(restock=restock))
					self.assertEqual(self.ends(order), "To Deliver", "the rest is still to be sent")
					self.ship(*((("L1", 2), ("L2", 2)) if with_lines else ()))
					self.assertEqual((self.ends(order), self.reserved(self.second)), ("Closed", 0))
					self.assertEqual(self.customer_balance(order), 0)

	def test_refunded_after_the_rest_was_sent(self):
		order = self.order()
		self.pay("93.00")
		self.ship(("L1", 2), ("L2", 2))
		self.assertEqual((self.ends(order), self.reserved(self.second)), ("To Deliver", 1))
		self.refund(**self.piece())
		self.assertEqual((self.ends(order), self.reserved(self.second)), ("Closed", 0))
		# What was delivered comes back later all the same.
		before = self.stock_of(self.second)
		self.refund(**self.piece(restock=True))
		self.assertEqual((self.ends(order), self.stock_of(self.second) - before), ("Closed", 1))
		self.assertEqual(self.customer_balance(order), 0)

	def test_all_refunded_before_anything_is_sent(self):
		order = self.order()
		self.pay("93.00")
		self.refund(
			lines=[{"line_id": "L1", "quantity": 2}, {"line_id": "L2", "quantity": 3}], shipping="5.00"
		)
		self.assertEqual((self.ends(order), self.reserved(self.second)), ("Closed", 0))
		# What the source says of single pieces stands.
		self.ship(("L1", 1))
		self.assertEqual((self.ends(order), self.stock_of(self.first)), ("Closed", 49))

	def test_what_is_not_invoiced_comes_off_the_order(self):
		order = self.order()
		self.ship(("L1", 2), ("L2", 2))
		self.refund(lines=[{"line_id": "L2", "quantity": 1}])
		self.assertEqual(self.ends(order), "To Bill")
		self.assertEqual(self.reserved(self.second), 0)

	def test_a_parcel_that_comes_back_opens_it_again(self):
		order = self.order()
		self.pay("93.00")
		self.refund(**self.piece())
		self.ship(id="parcel of all")
		self.assertEqual(self.ends(order), "Closed")
		self.ship(id="parcel of all", status="returned")
		self.assertEqual((self.ends(order), self.reserved(self.second)), ("To Deliver", 3))
		self.ship(id="parcel sent anew")
		self.assertEqual(self.ends(order), "Closed")

	def test_all_paid_back_before_the_parcel_comes_back(self):
		pieces = [{"line_id": "L1", "quantity": 2}, {"line_id": "L2", "quantity": 3}]
		for makes in ("Payment Entry", "Sales Invoice and Payment Entry"):
			self.settings_of_shop(payment_makes=makes)
			for said in ({"amount": "93.00"}, {"lines": pieces, "shipping": "5.00", "amount": "93.00"}):
				for refund_first in (True, False):
					with self.subTest(makes=makes, said=said, refund_first=refund_first):
						order = self.order()
						self.pay("93.00")
						parcel, before = make.unique("P"), self.stock_of(self.second)
						self.ship(id=parcel)
						back = lambda: self.ship(id=parcel, status="returned")  # noqa: B023, E731
						for event in (lambda: self.refund(**said), back)[:: 1 if refund_first else -1]:  # noqa: B023
							event()
						self.assertEqual((self.ends(order), self.reserved(self.second)), ("Closed", 0))
						self.assertEqual(self.stock_of(self.second), before)
						self.assertEqual(self.customer_balance(order), 0)

	def test_the_first_of_two_parcels_comes_back_after_all_was_paid_back(self):
		for makes in ("Payment Entry", "Sales Invoice and Payment Entry"):
			with self.subTest(makes=makes):
				self.settings_of_shop(payment_makes=makes)
				order = self.order()
				self.pay("93.00")
				parcel = make.unique("P")
				self.ship(("L1", 2), id=parcel)
				self.refund(amount="93.00")
				self.ship(("L1", 2), id=parcel, status="returned")
				self.assertEqual((self.ends(order), self.reserved(self.first)), ("Closed", 0))
				self.assertEqual((self.stock_of(self.first), self.customer_balance(order)), (50, 0))

	def test_what_is_paid_for_of_a_parcel_that_comes_back_is_sent_again(self):
		for makes in ("Payment Entry", "Sales Invoice and Payment Entry"):
			for said in (self.piece(), {"amount": "22.00"}):
				with self.subTest(makes=makes, said=said):
					self.settings_of_shop(payment_makes=makes)
					order = self.order()
					self.pay("93.00")
					parcel, before = make.unique("P"), self.stock_of(self.second)
					self.ship(id=parcel)
					self.refund(**said)
					self.ship(id=parcel, status="returned")
					self.assertIn(self.ends(order), ("To Deliver", "To Deliver and Bill"))
					self.ship()
					# An amount alone names no piece: all of them are still the buyer's.
					self.assertEqual(before - self.stock_of(self.second), 2 if "lines" in said else 3)
					self.ship(id=parcel, status="returned")
					self.assertEqual(self.customer_balance(order) + 71, 0 if makes == "Payment Entry" else 71)

	def test_a_part_of_a_parcel_comes_back_after_it_was_paid_back(self):
		order = self.order()
		self.pay("93.00")
		parcel = make.unique("P")
		self.ship(id=parcel)
		self.refund(**self.piece())
		self.ship(("L2", 1), id=parcel, status="returned")
		self.assertEqual((self.ends(order), self.reserved(self.second)), ("Closed", 0))
		# One more comes back, and nobody has paid that back.
		self.ship(("L2", 2), id=parcel, status="returned")
		self.assertEqual(self.ends(order), "To Deliver")
		self.ship()
		self.assertEqual((self.ends(order), self.stock_of(self.second)), ("Closed", 48))

	def test_an_order_that_cost_nothing_is_sent_again_when_its_parcel_came_back(self):
		self.settings_of_shop(payment_makes="Payment Entry")
		order = self.order(lines=[self.line("L1", self.first, 2, 0, 0)], shipping=[], total="0.00")
		parcel = make.unique("P")
		self.ship(id=parcel)
		self.ship(id=parcel, status="returned")
		self.assertNotEqual(self.ends(order), "Closed")
		self.ship()
		self.assertEqual(self.stock_of(self.first), 48)

	def test_the_rest_is_invoiced_at_last(self):
		"""Four pieces invoiced, then five ordered, three given back: the fifth is paid and invoiced last."""
		line = lambda count: {  # noqa: E731
			"lines": [self.line("L1", self.first, count, 10, 0)], "shipping": [], "total": f"{10 * count}.00",
		}  # fmt: skip
		buyer = {"id": make.unique("c"), "name": make.unique("Buyer")}
		for paid_last in (True, False):
			with self.subTest(paid_last=paid_last):
				order = self.order(customer=buyer, **line(4))
				self.pay("40.00")
				self.event("Order", id=self.order_id, currency="USD", customer=buyer, **line(5))
				self.refund(lines=[{"line_id": "L1", "quantity": 3}], amount="30.00")
				for step in (self.ship, lambda: self.pay("10.00"))[:: 1 if paid_last else -1]:
					self.assertNotEqual(self.ends(order), "Closed")
					step()
				self.assertEqual((self.ends(order), self.reserved(self.first)), ("Closed", 0))
				self.assertEqual(self.customer_balance(order), 0)

	def test_one_that_a_person_holds_or_closed_stays_so(self):
		order = self.order()
		self.pay("93.00")
		frappe.get_doc("Sales Order", order.name).update_status("On Hold")
		self.commit()
		self.refund(
			lines=[{"line_id": "L1", "quantity": 2}, {"line_id": "L2", "quantity": 3}], shipping="5.00"
		)
		self.assertEqual(self.ends(order), "On Hold")

	def test_everything_delivered_and_paid_back_for_goods_that_stay(self):
		order = self.order()
		self.pay("93.00")
		self.ship()
		self.refund(**self.piece())
		self.assertEqual(self.ends(order), "Completed")
