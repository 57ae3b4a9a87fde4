"""Parcels and cancellations of orders: the documents, the stock, the books, and never twice."""

from __future__ import annotations

import frappe

from erp_connect.records.errors import BadRecord
from erp_connect.records.write import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CLERK, CommerceTestCase, make_invoice, only


class TestFulfilments(CommerceTestCase):
	def test_a_parcel_is_delivered_with_its_tracking_number(self):
		order = self.order()
		done = self.ship(("L1", 2), id="parcel-1", tracking_number="1Z999", carrier="UPS")
		note = frappe.get_doc("Delivery Note", only(done, "Delivery Note"))
		self.assertEqual((note.docstatus, note.owner), (1, CLERK))
		self.assertEqual([(row.item_code, row.qty) for row in note.items], [(self.first, 2)])
		self.assertEqual((note.lr_no, note.transporter_name), ("1Z999", "UPS"))
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (48, 50))
		self.assertEqual(self.status(order), "To Deliver and Bill")

	def test_the_same_parcel_again_only_brings_its_tracking_number_up_to_date(self):
		self.order()
		(first,) = self.ship(("L1", 2), id="parcel-2")
		(same,) = self.ship(("L1", 2), id="parcel-2")
		self.assertEqual((same.action, same.name), ("unchanged", first.name))
		(tracked,) = self.ship(("L1", 2), id="parcel-2", tracking_number="JD01", carrier="DHL")
		self.assertEqual((tracked.action, tracked.name), ("updated", first.name))
		self.assertEqual(
			frappe.db.get_value("Delivery Note", first.name, ["lr_no", "transporter_name"]), ("JD01", "DHL")
		)
		self.assertEqual(self.stock_of(self.first), 48)

	def test_parcels_share_out_what_was_ordered_and_no_more(self):
		order = self.order()
		self.ship(("L1", 1), ("L2", 1))
		with self.assertRaises(HeldForReview) as caught:
			self.ship(("L1", 2))
		self.assertEqual(caught.exception.code, "quantity_exceeded")
		self.ship()
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (48, 47))
		self.assertEqual(self.status(order), "To Bill")
		(nothing,) = self.ship()
		self.assertEqual(nothing.action, "ignored")

	def test_two_parcels_together_carry_the_orders_charges_once(self):
		order = self.order()
		notes = [only(self.ship(("L1", 2)), "Delivery Note"), only(self.ship(("L2", 3)), "Delivery Note")]
		totals = [frappe.db.get_value("Delivery Note", name, "grand_total") for name in notes]
		self.assertAlmostEqual(sum(totals), order.grand_total, 2)

	def test_missing_stock_holds_the_parcel_in_erpnexts_words(self):
		empty = make.item().name
		self.order(lines=[self.line("L1", empty, 2, 10, 0)], shipping=[], total="20.00")
		with self.assertRaises(HeldForReview) as caught:
			self.ship(("L1", 2), id="parcel-3")
		self.assertIn(empty, str(caught.exception))
		self.assertNotIn("<", str(caught.exception))
		self.assertFalse(frappe.get_all("Delivery Note Item", filters={"item_code": empty}))
		make.receipt(empty, 2)
		self.assertEqual(self.ship(("L1", 2), id="parcel-3")[0].action, "created")

	def test_a_location_is_a_warehouse_of_the_company_or_refused(self):
		self.order()
		with self.assertRaises(BadRecord) as caught:
			self.ship(("L1", 1), location="4711")
		self.assertEqual(caught.exception.code, "unknown_location")
		with self.assertRaises(HeldForReview):
			# A real warehouse, but with nothing in it.
			self.ship(
				("L1", 1),
				location=frappe.db.get_value(
					"Warehouse", {"warehouse_name": "Finished Goods", "company": self.company}
				),
			)

	def test_a_parcel_that_comes_back_is_returned_and_can_be_sent_again(self):
		order = self.order()
		(sent,) = self.ship(id="parcel-4")
		(returned,) = self.ship(id="parcel-4", status="returned")
		note = frappe.get_doc("Delivery Note", returned.name)
		self.assertEqual((note.is_return, note.return_against, note.docstatus), (1, sent.name, 1))
		self.assertAlmostEqual(note.grand_total, -93, 2)
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (50, 50))
		self.assertEqual(self.status(order), "To Deliver and Bill")
		(again,) = self.ship(id="parcel-4", status="returned")
		self.assertEqual(again.action, "unchanged")
		self.ship(id="parcel-5")
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (48, 47))
		self.assertEqual(self.status(order), "To Bill")
		invoice = make_invoice(frappe.get_doc("Sales Order", order.name))
		self.assertEqual(invoice.grand_total, 93)
		self.assertEqual(self.status(order), "Completed")

	def test_part_of_a_parcel_comes_back_once(self):
		order = self.order()
		self.ship(id="parcel-6")
		for _ in range(2):
			self.ship(("L2", 1), id="parcel-6", status="return_to_sender")
		self.assertEqual((self.stock_of(self.second), self.status(order)), (48, "To Deliver and Bill"))
		self.ship(("L2", 3), id="parcel-6", status="returned")
		self.assertEqual(self.stock_of(self.second), 50)

	def test_parcels_that_have_not_left_and_words_nobody_knows(self):
		self.order()
		self.assertEqual(self.ship(id="parcel-7", status="pending")[0].action, "ignored")
		with self.assertRaises(BadRecord) as caught:
			self.ship(id="parcel-7", status="cancelled")
		self.assertEqual(caught.exception.code, "missing_link")
		with self.assertRaises(BadRecord) as caught:
			self.ship(id="parcel-7", status="lost in space")
		self.assertIn("shipped, pending, returned, cancelled", str(caught.exception))
		self.assertEqual(self.stock_of(self.first), 50)

	def test_an_order_of_which_one_piece_came_back_is_not_closed_while_others_are_out(self):
		self.order(lines=[self.line("L1", self.first, 2, 10, 2)], total="27.00")
		self.ship(id="parcel-8")
		self.ship(("L1", 1), id="parcel-8", status="returned")
		with self.assertRaises(HeldForReview) as caught:
			self.cancel()
		self.assertEqual(caught.exception.code, "in_the_way")

	def test_an_unknown_line_is_named(self):
		self.order()
		with self.assertRaises(BadRecord) as caught:
			self.ship(("L9", 1))
		self.assertIn("L9", str(caught.exception))

	def test_a_line_split_over_two_rows_is_delivered_from_both(self):
		order = self.order(
			lines=[{**self.line("L1", self.first, 3, 0, 0), "unit_price": None, "total": "10.00"}],
			shipping=[],
			total="10.00",
		)
		self.assertEqual(len(order.items), 2)
		self.ship(("L1", 3))
		self.assertEqual(self.stock_of(self.first), 47)

	def status(self, order) -> str:
		frappe.db.rollback()
		return frappe.db.get_value("Sales Order", order.name, "status")


class TestCancellations(CommerceTestCase):
	def test_an_order_of_which_nothing_happened_is_cancelled_once(self):
		order = self.order()
		(done,) = self.cancel()
		self.assertEqual((done.action, done.name), ("cancelled", order.name))
		self.assertEqual(self.of(order, "docstatus"), 2)
		self.assertEqual(self.cancel()[0].action, "unchanged")

	def test_advances_become_the_customers_own_again(self):
		order = self.order()
		entry = only(self.pay("93.00"), "Payment Entry")
		self.cancel()
		self.assertEqual(self.of(order, "docstatus"), 2)
		self.assertEqual(frappe.db.get_value("Payment Entry", entry, "unallocated_amount"), 93)

	def test_a_draft_is_deleted_and_the_event_known_again(self):
		self.settings_of_shop(submit_orders=0)
		order = self.order()
		self.assertEqual(self.cancel()[0].action, "deleted")
		self.assertFalse(frappe.db.exists("Sales Order", order.name))
		self.assertEqual(self.cancel()[0].action, "unchanged")

	def test_what_follows_from_the_order_is_in_the_way_and_named(self):
		order = self.order()
		note = only(self.ship(("L1", 1)), "Delivery Note")
		with self.assertRaises(HeldForReview) as caught:
			self.cancel()
		self.assertEqual(caught.exception.code, "in_the_way")
		self.assertIn(note, str(caught.exception))
		self.assertEqual(self.of(order, "docstatus"), 1)

	def test_an_order_whose_invoice_was_returned_is_closed(self):
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		order = self.order()
		self.pay("93.00")
		with self.assertRaises(HeldForReview):
			self.cancel()
		self.refund(
			lines=[{"line_id": "L1", "quantity": 2}, {"line_id": "L2", "quantity": 3}],
			shipping="5.00",
			amount="93.00",
		)
		self.assertEqual(self.of(order, "status"), "Closed")
		self.assertEqual(self.cancel()[0].action, "unchanged")

	def test_single_pieces_come_off_the_order_with_their_tax(self):
		order = self.order()
		pieces = [{"line_id": "L2", "quantity": 1}]
		self.assertEqual(self.cancel(id="part-1", lines=pieces)[0].action, "updated")
		order.reload()
		self.assertEqual([row.qty for row in order.items], [2, 2])
		self.assertEqual(order.grand_total, 71)
		self.assertEqual(self.cancel(id="part-1", lines=pieces)[0].action, "unchanged")
		self.assertEqual(self.of(order, "grand_total"), 71)

	def test_pieces_of_a_prepaid_order_leave_an_order_that_can_be_invoiced(self):
		order = self.order()
		self.pay("93.00")
		self.cancel(id="part-7", lines=[{"line_id": "L2", "quantity": 1}])
		invoice = make_invoice(frappe.get_doc("Sales Order", order.name))
		self.assertEqual((invoice.grand_total, invoice.outstanding_amount), (71, 0))
		self.assertEqual(self.customer_balance(order), -22)
		self.refund(amount="22.00")
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_whole_line_can_be_cancelled_and_then_the_rest(self):
		order = self.order()
		self.cancel(id="part-2", lines=[{"line_id": "L1", "quantity": 2}])
		order.reload()
		self.assertEqual([row.item_code for row in order.items], [self.second])
		self.assertEqual(order.grand_total, 71)
		with self.assertRaises(HeldForReview) as caught:
			self.cancel(id="part-3", lines=[{"line_id": "L2", "quantity": 3}])
		self.assertEqual(caught.exception.code, "charges_left")
		self.assertEqual(self.cancel()[0].action, "cancelled")

	def test_pieces_of_a_draft_are_taken_off_as_well(self):
		self.settings_of_shop(submit_orders=0)
		order = self.order()
		self.cancel(id="part-4", lines=[{"line_id": "L2", "quantity": 1}])
		order.reload()
		self.assertEqual((order.docstatus, order.grand_total, order.items[1].qty), (0, 71, 2))

	def test_delivered_pieces_cannot_be_cancelled(self):
		order = self.order()
		self.ship(("L2", 2))
		with self.assertRaises(HeldForReview):
			self.cancel(id="part-5", lines=[{"line_id": "L2", "quantity": 2}])
		self.assertEqual(self.of(order, "grand_total"), 93)
		self.cancel(id="part-5", lines=[{"line_id": "L2", "quantity": 1}])
		self.assertEqual(self.of(order, "grand_total"), 71)

	def test_pieces_of_a_discounted_order_take_their_discount_along(self):
		order = self.order(
			lines=[self.line("L1", self.first, 2, 10, 0), self.line("L2", self.second, 3, 20, 0)],
			order_discount={"amount": "8.00", "on": "net"},
			total="77.00",
		)
		self.cancel(id="part-6", lines=[{"line_id": "L1", "quantity": 2}])
		order.reload()
		self.assertEqual((order.grand_total, order.discount_amount), (59, 6))

	def test_single_lines_need_an_id_and_unknown_orders_wait(self):
		self.order()
		with self.assertRaises(BadRecord):
			self.cancel(lines=[{"line_id": "L1", "quantity": 1}])
		with self.assertRaises(BadRecord) as caught:
			self.cancel(order_id="nobody-knows")
		self.assertEqual(caught.exception.code, "missing_link")

	def of(self, order, field: str):
		frappe.db.rollback()
		return frappe.db.get_value("Sales Order", order.name, field)
