"""What a person cancelled and amended stands for what it was: news from outside reach the document that stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry

from erp_connect.commerce.sales import order_state
from erp_connect.commerce.sales.claims import REFUND
from erp_connect.records.errors import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_stock_movements import StockMovementTestCase
from erp_connect.tests.bench.commerce_case import make_invoice, only
from erp_connect.tests.bench.ends_case import EndsTestCase


def amended(doc: Any, *, submit: bool = True, **values: Any) -> Any:
	"""What a person makes of a submitted document by Cancel, Amend and Submit."""
	doc.reload()
	doc.cancel()
	new = frappe.copy_doc(doc)
	new.update({"amended_from": doc.name, **values})
	new.insert()
	if submit:
		new.submit()
	frappe.db.commit()
	return new


class AmendedCase(EndsTestCase):
	def held(self, code: str, act: Callable[[], Any]) -> HeldForReview:
		with self.assertRaises(HeldForReview) as caught:
			act()
		frappe.db.rollback()
		self.assertEqual(caught.exception.code, code, str(caught.exception))
		return caught.exception


class TestOrders(AmendedCase):
	def amended_order(self, **how: Any) -> Any:
		return amended(self.order(), **how)

	def test_payment_parcel_refund_and_change_reach_the_order_that_stands(self):
		new = self.amended_order()
		self.pay("93.00")
		self.ship(("L1", 1))
		self.refund(lines=[{"line_id": "L2", "quantity": 1}], amount="22.00")
		new.reload()
		self.assertEqual((new.advance_paid, new.grand_total), (71, 71))
		self.assertEqual([(row.qty, row.delivered_qty) for row in new.items], [(2, 1), (2, 0)])
		self.assertEqual(make_invoice(new).outstanding_amount, 0)
		(link,) = self.links(remote_entity="order", external_id=self.order_id)
		self.assertEqual(link.document_name, new.name)

	def test_a_payment_by_the_name_of_the_order_that_was_amended(self):
		old = self.order()
		new = amended(old)
		named = {"id": make.unique("pay"), "order_id": old.name, "amount": "93.00", "status": "paid"}
		self.event("Payment", **named)
		new.reload()
		self.assertEqual(new.advance_paid, 93)
		self.ship(("L1", 2))
		(link,) = self.links(remote_entity="order")
		self.assertEqual((link.document_name, link.external_id), (new.name, self.order_id))

	def test_what_was_remembered_by_another_way_is_kept(self):
		new = self.amended_order()
		order_state.load(make.ACCOUNT, new.name).save()
		state = order_state.load(make.ACCOUNT, new.name)
		state.apply(REFUND, "known")
		state.save()
		self.commit()
		self.ship(("L1", 2))
		state = order_state.load(make.ACCOUNT, new.name)
		self.assertEqual((state.external_id, state.was_applied(REFUND, "known")), (self.order_id, {}))
		self.assertEqual(state.rows("L2"), [new.items[1].name])

	def test_amended_twice_and_lines_are_known_by_their_article(self):
		new = amended(self.amended_order())
		self.ship(("L2", 3), ("L1", 2))
		new.reload()
		self.assertEqual(new.per_delivered, 100)

	def test_a_draft_is_waited_for(self):
		new = self.amended_order(submit=False)
		error = self.held("order_draft", lambda: self.pay("93.00"))
		self.assertIn(f"{new.name}, which is still a draft. Submit it, then press Retry", str(error))
		new.submit()
		self.commit()
		self.pay("93.00")
		new.reload()
		self.assertEqual(new.advance_paid, 93)

	def test_a_draft_that_is_deleted_brings_no_second_order(self):
		new = self.amended_order(submit=False)
		self.held("order_draft", lambda: self.pay("93.00"))
		new.delete()
		self.commit()
		self.held("order_cancelled", lambda: self.pay("93.00"))

	def test_one_that_is_called_off_is_left_to_the_person_who_amended_it(self):
		new = self.amended_order()
		self.put_aside("cancel it by hand", "order_amended", self.cancel)
		new.reload()
		self.assertEqual(new.docstatus, 1)
		new.cancel()
		self.commit()
		self.assertEqual([one.action for one in self.cancel()], ["unchanged"])

	def test_one_that_was_amended_and_cancelled_for_good_takes_nothing(self):
		amended(self.order()).cancel()
		self.commit()
		self.held("order_cancelled", lambda: self.pay("93.00"))


class TestEvents(AmendedCase):
	def test_money_that_was_taken_back_of_an_amended_payment(self):
		order = self.order()
		entry = amended(frappe.get_doc("Payment Entry", only(self.pay("93.00", id="P"), "Payment Entry")))
		self.assertEqual([one.name for one in self.pay("93.00", id="P")], [entry.name])
		again = lambda: self.pay("93.00", id="P", status="chargeback")  # noqa: E731
		self.assertIn(entry.name, str(self.held("payment_taken_back", again)))
		entry.cancel()
		self.commit()
		self.assertEqual([one.action for one in again()], ["ignored"])
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_refund_that_failed_of_which_the_credit_note_was_amended(self):
		order = self.order()
		self.pay("93.00")
		make_invoice(order)
		back = {"id": "R", "lines": [{"line_id": "L1", "quantity": 2}], "amount": "22.00"}
		done = self.refund(**back)
		frappe.get_doc("Payment Entry", only(done, "Payment Entry")).cancel()
		note = amended(frappe.get_doc("Sales Invoice", only(done, "Sales Invoice")))
		error = self.held("refund_failed", lambda: self.refund(**back, status="failed"))
		self.assertIn(note.name, str(error))

	def test_the_parcel_of_an_amended_delivery_comes_back(self):
		self.order()
		note = frappe.get_doc("Delivery Note", only(self.ship(("L1", 2), id="Z"), "Delivery Note"))
		amended(note)
		self.assertEqual(self.stock_of(self.first), 48)
		self.ship(("L1", 2), id="Z", status="returned")
		self.assertEqual(self.stock_of(self.first), 50)

	def test_what_is_cancelled_here_and_comes_again_is_not_called_booked(self):
		order = self.order()
		events = {
			"Payment Entry": lambda: self.pay("93.00", id="P"),
			"Delivery Note": lambda: self.ship(("L1", 2), id="Z"),
		}
		for doctype, event in events.items():
			with self.subTest(doctype):
				doc = frappe.get_doc(doctype, only(event(), doctype))
				doc.cancel()
				self.commit()
				self.held("cancelled_here", event)
				self.put_aside("amend and submit", "cancelled_here", event)
				new = frappe.copy_doc(doc)
				new.amended_from = doc.name
				new.insert()
				self.commit()
				self.held("cancelled_here", event)
				new.submit()
				self.commit()
				self.assertEqual([(one.action, one.name) for one in event()], [("unchanged", new.name)])
		order.reload()
		self.assertEqual((order.advance_paid, order.items[0].delivered_qty), (93, 2))

	def test_a_parcel_that_came_back_and_is_on_its_way_again(self):
		order = self.order()
		self.ship(("L2", 3), id="Z")
		self.ship(("L2", 1), id="Z", status="returned")
		self.assertEqual([one.action for one in self.ship(("L2", 3), id="Z")], ["unchanged"])
		self.ship(("L2", 3), id="Z", status="returned")
		self.put_aside("is reversed", "parcel_came_back", lambda: self.ship(("L2", 3), id="Z"))
		order.reload()
		self.assertEqual((order.per_delivered, self.stock_of(self.second)), (0, 50))

	def test_a_parcel_whose_goods_came_back_by_a_refund_may_still_be_tracked(self):
		order = self.order()
		self.pay("93.00")
		self.ship(("L1", 2), id="Z")
		make_invoice(order)
		self.refund(lines=[{"line_id": "L1", "quantity": 2, "restock": True}], amount="22.00")
		(done,) = self.ship(("L1", 2), id="Z", tracking_number="T-1", status="delivered")
		self.assertEqual(done.action, "updated")


class TestMovements(StockMovementTestCase):
	def test_a_movement_is_undone_in_the_entry_that_stands(self):
		entry = amended(frappe.get_doc("Stock Entry", self.move("m-1", quantity=4).name))
		self.assertEqual(self.level(), 4)
		self.assertEqual(self.move("m-1", quantity=4).name, entry.name)
		self.assertEqual(self.move("m-1", cancelled=True).action, "cancelled")
		self.assertEqual(self.level(), 0)

	def test_one_that_a_person_cancelled_is_not_called_booked(self):
		entry = frappe.get_doc("Stock Entry", self.move("m-1", quantity=4).name)
		entry.cancel()
		self.commit()
		with self.assertRaises(HeldForReview) as caught:
			self.move("m-1", quantity=4)
		frappe.db.rollback()
		self.assertEqual(caught.exception.code, "cancelled_here")
		stands = frappe.copy_doc(entry)
		stands.amended_from = entry.name
		stands.insert().submit()
		self.commit()
		self.assertEqual((self.move("m-1", quantity=4).name, self.level()), (stands.name, 4))


class TestPaidBefore(AmendedCase):
	"""What was paid of an order before a person amended it: ERPNext takes it off the order, and it came in all the same."""

	def paid_and_amended(self, *amounts: str) -> tuple[Any, list[str]]:
		"""The order that stands, and the payments that were of the one before."""
		order = self.order()
		entries = [only(self.pay(amount), "Payment Entry") for amount in amounts]
		new = amended(order, advance_paid=0)
		for entry, amount in zip(entries, amounts, strict=True):
			left = frappe.db.get_value("Payment Entry", entry, "unallocated_amount")
			self.assertEqual(left, float(amount))
		return new, entries

	def test_the_whole_is_not_paid_twice(self):
		new, (entry,) = self.paid_and_amended("93.00")
		self.put_aside(
			f"Amend {entry} with a row for the order. If payment",
			"paid_before_amendment",
			lambda: self.pay("93.00"),
		)
		old = frappe.get_doc("Payment Entry", entry)
		row = {"reference_doctype": "Sales Order", "reference_name": new.name, "allocated_amount": 93}
		stands = amended(old, references=[row])
		self.assertEqual((new.reload().advance_paid, stands.unallocated_amount), (93, 0))
		self.put_aside("booked by hand already", "overpaid", lambda: self.pay("93.00"))

	def test_the_rest_is_paid(self):
		new, _entries = self.paid_and_amended("50.00")
		self.held("paid_before_amendment", lambda: self.pay("43.01"))
		self.pay("43.00")
		self.assertEqual(new.reload().advance_paid, 43)
		self.held("paid_before_amendment", lambda: self.pay("0.01"))

	def test_what_an_invoice_takes_up_later_counts_once(self):
		new, _entries = self.paid_and_amended("50.00")
		invoice = self.invoice(new, submit=False)
		invoice.update({"allocate_advances_automatically": 1, "only_include_allocated_payments": 0})
		invoice.save()
		invoice.submit()
		self.assertEqual(invoice.reload().outstanding_amount, 43)
		self.commit()
		self.held("overpaid", lambda: self.pay("43.01"))
		self.pay("43.00")
		self.assertEqual(invoice.reload().outstanding_amount, 0)

	def test_a_refund_pays_it_back(self):
		new, _entries = self.paid_and_amended("93.00")
		done = self.refund(lines=[{"line_id": "L2", "quantity": 1}], amount="22.00")
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], -22)
		self.assertEqual((new.reload().grand_total, self.customer_balance(new)), (71, -71))
		self.held("not_paid", lambda: self.refund(amount="71.01"))

	def test_a_payment_of_two_orders_counts_for_each_with_its_part(self):
		buyer = {"id": make.unique("c"), "name": make.unique("Buyer")}
		first, first_id = self.order(customer=buyer), self.order_id
		entry = only(self.pay("93.00"), "Payment Entry")
		new = amended(first, advance_paid=0)
		other = make_invoice(self.order(customer=buyer))
		row = {"reference_doctype": "Sales Invoice", "reference_name": other.name, "allocated_amount": 60}
		amended(frappe.get_doc("Payment Entry", entry), references=[row])
		self.order_id = first_id
		self.held("paid_before_amendment", lambda: self.pay("60.01"))
		self.pay("60.00")
		self.assertEqual(new.reload().advance_paid, 60)

	def test_a_refund_of_a_cancelled_order_that_was_paid_by_hand(self):
		order = self.order()
		entry = get_payment_entry("Sales Order", order.name)
		entry.update({"reference_no": make.unique("by-hand"), "reference_date": entry.posting_date})
		entry.insert()
		entry.submit()
		order.reload()
		order.cancel()
		self.commit()
		self.put_aside(
			"what was booked by hand is the customer's since",
			"not_paid",
			lambda: self.refund(amount="93.00"),
		)
