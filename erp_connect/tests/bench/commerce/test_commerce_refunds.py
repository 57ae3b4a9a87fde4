"""Refunds and returns of orders: credit notes, money out, pieces back in stock, to the cent and never twice."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.commerce import settings as commerce
from erp_connect.commerce.money import payments
from erp_connect.commerce.returns import refunds
from erp_connect.core.commerce.order.events import Payment, Refund
from erp_connect.records.errors import BadRecord
from erp_connect.records.write import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import (
	CLERK,
	CommerceTestCase,
	account,
	exchange_rate,
	make_invoice,
	one_account_for_all,
	only,
)


def back(line: str, quantity: float, **values: Any) -> dict[str, Any]:
	return {"line_id": line, "quantity": quantity, **values}


class RefundCase(CommerceTestCase):
	def note_of(self, done) -> Any:
		return frappe.get_doc("Sales Invoice", only(done, "Sales Invoice"))

	def of(self, order, *fields: str) -> Any:
		frappe.db.rollback()
		return frappe.db.get_value("Sales Order", order.name, fields if len(fields) > 1 else fields[0])

	def held(self, code: str, **values: Any) -> None:
		before = self.documents()
		with self.assertRaises(HeldForReview) as caught:
			self.refund(**values)
		self.assertEqual(caught.exception.code, code, str(caught.exception))
		frappe.db.rollback()
		self.assertEqual(self.documents(), before)

	def documents(self) -> list[int]:
		return [frappe.db.count(doctype) for doctype in ("Sales Invoice", "Payment Entry", "Delivery Note")]


class TestRefundsOfPaidInvoices(RefundCase):
	def setUp(self) -> None:
		super().setUp()
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")

	def test_only_money_that_went_out_is_booked_and_what_came_back_is_told(self):
		order = self.paid()
		before = self.documents()
		for status in ("pending", "failed"):
			(written,) = self.refund(id="r-status", amount="10.00", status=status)
			self.assertEqual((written.action, status in written.reason), ("ignored", True))
		self.assertEqual(self.documents(), before)
		with self.assertRaises(BadRecord) as caught:
			self.refund(id="r-status", amount="10.00", status="magic")
		self.assertEqual(caught.exception.params["field"], "status")
		frappe.db.rollback()
		self.refund(id="r-status", amount="10.00", status="succeeded")
		self.assertEqual(self.customer_balance(order), 0)
		(late,) = self.refund(id="r-status", amount="10.00", status="pending")
		self.assertEqual((late.action, "stays so: pending" in late.reason), ("ignored", True))
		for status in ("failed", "cancelled", "reversed"):
			self.held("refund_failed", id="r-status", amount="10.00", status=status)

	def paid(self, **values: Any) -> Any:
		order = self.order(**values)
		done = self.pay(values.get("total", "93.00"))
		self.invoice = frappe.get_doc("Sales Invoice", only(done, "Sales Invoice"))
		return order

	def test_pieces_of_a_line_are_credited_with_their_tax_and_paid_back(self):
		order = self.paid()
		done = self.refund(lines=[back("L2", 1)], amount="22.00", id="refund-1", reason="Broken")
		self.assertEqual([one.doctype for one in done], ["Sales Invoice", "Payment Entry"])
		note = self.note_of(done)
		self.assertEqual((note.docstatus, note.is_return, note.owner), (1, 1, CLERK))
		self.assertEqual(note.return_against, self.invoice.name)
		self.assertEqual((note.grand_total, note.net_total, note.outstanding_amount), (-22, -20, 0))
		booked = self.booked(note.name)
		self.assertEqual(booked["Shop Sales Tax - ET"], 2)
		self.assertEqual(booked[note.debit_to], -22)
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], -22)
		self.assertEqual(self.customer_balance(order), 0)

	def test_the_same_refund_again_changes_nothing(self):
		self.paid()
		first = self.refund(lines=[back("L2", 1)], amount="22.00", id="refund-2")
		before = self.documents()
		(again,) = self.refund(lines=[back("L2", 1)], amount="22.00", id="refund-2")
		self.assertEqual((again.action, again.name), ("unchanged", first[0].name))
		self.assertEqual(self.documents(), before)

	def test_everything_is_given_back(self):
		order = self.paid()
		done = self.refund(lines=[back("L1", 2), back("L2", 3)], shipping="5.00", amount="93.00")
		self.assertEqual(self.note_of(done).grand_total, -93)
		self.assertEqual(self.customer_balance(order), 0)
		books = self.booked(self.invoice.name)
		for account_, amount in self.booked(self.note_of(done).name).items():
			self.assertEqual(amount, -books[account_], account_)

	def test_refunds_in_parts_come_to_the_whole_whatever_the_cents(self):
		order = self.paid(
			lines=[{**self.line("L1", self.first, 3, 0, 0.67), "unit_price": None, "total": "10.00"}],
			shipping=[],
			total="10.67",
		)
		notes = [self.note_of(self.refund(lines=[back("L1", 1)])) for _ in range(3)]
		self.assertAlmostEqual(sum(note.grand_total for note in notes), -10.67, 2)
		self.assertEqual(self.customer_balance(order), 0)
		self.held("quantity_exceeded", lines=[back("L1", 1)])

	def test_more_pieces_or_money_than_were_bought_are_held(self):
		self.paid()
		self.held("quantity_exceeded", lines=[back("L1", 3)])
		self.held("amount_exceeded", amount="93.01")
		self.refund(lines=[back("L1", 2)])
		self.held("quantity_exceeded", lines=[back("L1", 1)])

	def test_amounts_that_the_source_states_win_over_the_share_of_the_line(self):
		self.paid()
		done = self.refund(lines=[back("L2", 1, amount="15.00", tax="1.50")], amount="16.50")
		note = self.note_of(done)
		self.assertEqual((note.grand_total, note.net_total), (-16.5, -15))

	def test_a_sum_that_does_not_add_up_is_held_with_the_difference(self):
		self.paid()
		self.held("refund_total", lines=[back("L2", 1)], amount="30.00")

	def test_an_amount_without_goods_lowers_revenue_and_moves_no_stock(self):
		order = self.paid()
		self.ship()
		done = self.refund(amount="9.30")
		note = self.note_of(done)
		self.assertEqual(note.grand_total, -9.3)
		self.assertEqual({row.qty for row in note.items} - {0}, set())
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (48, 47))
		self.assertEqual(self.customer_balance(order), 0)

	def test_shipping_alone_is_given_back(self):
		order = self.paid()
		note = self.note_of(self.refund(shipping="5.00", amount="5.00"))
		self.assertEqual(note.grand_total, -5)
		self.assertEqual(self.booked(note.name)["Shop Freight - ET"], 5)
		self.assertEqual(self.customer_balance(order), 0)

	def test_pieces_go_back_into_stock_only_when_they_do(self):
		self.paid()
		self.ship()
		done = self.refund(lines=[back("L1", 1, restock=True), back("L2", 1)])
		returned = frappe.get_doc("Delivery Note", only(done, "Delivery Note"))
		self.assertEqual((returned.is_return, [row.qty for row in returned.items]), (1, [-1]))
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (49, 47))

	def test_what_was_given_back_is_not_among_all_that_is_left_to_send(self):
		"""An order that is called complete after a piece of it was refunded: the row of the Sales Order still has it."""
		self.paid()
		self.refund(lines=[back("L2", 1)], amount="22.00")
		self.ship(("L1", 2))
		self.refund(lines=[back("L1", 1, restock=True)], amount="11.00")
		self.ship()
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (49, 48))
		self.assertEqual([one.action for one in self.ship()], ["ignored"])
		# What the source says of single pieces stands.
		self.ship(("L2", 1))
		self.assertEqual(self.stock_of(self.second), 47)

	def test_pieces_that_left_and_stay_with_the_customer_are_not_counted_twice(self):
		self.paid()
		self.ship(("L2", 2))
		self.refund(lines=[back("L2", 2)], amount="44.00")
		self.ship()
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (48, 48))

	def test_pieces_can_come_back_to_another_warehouse(self):
		self.paid()
		self.ship()
		shelf = frappe.db.get_value(
			"Warehouse", {"warehouse_name": "Finished Goods", "company": self.company}
		)
		self.refund(lines=[back("L1", 1, restock=True, location=shelf)])
		self.assertEqual(self.stock_of(self.first), 48)
		held = frappe.db.get_value("Bin", {"item_code": self.first, "warehouse": shelf}, "actual_qty")
		self.assertEqual(held, 1)

	def test_what_never_left_is_not_put_back(self):
		self.paid()
		done = self.refund(lines=[back("L1", 1, restock=True)])
		self.assertNotIn("Delivery Note", [one.doctype for one in done])
		self.assertEqual(self.stock_of(self.first), 50)

	def test_goods_back_without_money_stay_the_customers_credit_until_it_is_paid_out(self):
		order = self.paid()
		done = self.refund(lines=[back("L2", 1)], amount="0")
		self.assertEqual([one.doctype for one in done], ["Sales Invoice"])
		self.assertEqual(self.customer_balance(order), -22)
		done = self.refund(amount="22.00")
		self.assertEqual([one.doctype for one in done], ["Payment Entry"])
		self.assertEqual(self.customer_balance(order), 0)
		self.assertFalse(
			frappe.get_all(
				"Sales Invoice", filters={"customer": order.customer, "outstanding_amount": ("!=", 0)}
			)
		)
		self.held("amount_exceeded", amount="71.01")

	def test_an_invoice_that_took_up_advances_can_be_credited(self):
		self.settings_of_shop(payment_makes="Payment Entry")
		order = self.order()
		self.pay("93.00")
		self.invoice = make_invoice(order)
		self.assertEqual(len(self.invoice.advances), 1)
		note = self.note_of(self.refund(lines=[back("L2", 3)], shipping="5.00", amount="71.00"))
		self.assertEqual((note.grand_total, note.advances), (-71, []))
		self.assertEqual(self.customer_balance(order), 0)

	def test_prices_with_tax_are_given_back_with_tax(self):
		order = self.paid(
			prices_include_tax=True,
			lines=[self.line("L1", self.first, 2, 11.9, 3.8)],
			shipping=[],
			total="23.80",
		)
		note = self.note_of(self.refund(lines=[back("L1", 1, amount="11.90", tax="1.90")], amount="11.90"))
		self.assertEqual((note.grand_total, note.net_total), (-11.9, -10))
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_discount_on_the_order_is_not_paid_back(self):
		order = self.paid(
			lines=[self.line("L1", self.first, 2, 10, 0), self.line("L2", self.second, 3, 20, 0)],
			order_discount={"amount": "8.00", "on": "net"},
			shipping=[],
			total="72.00",
		)
		self.assertEqual(self.note_of(self.refund(lines=[back("L1", 2)])).grand_total, -18)
		self.assertEqual(self.note_of(self.refund(lines=[back("L2", 3)])).grand_total, -54)
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_foreign_refund_clears_its_credit_note(self):
		exchange_rate("EUR", 1.0937)
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		order = self.paid(currency="EUR")
		note = self.note_of(self.refund(lines=[back("L2", 1)], amount="22.00"))
		self.assertEqual((note.grand_total, note.outstanding_amount), (-22, 0))
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_credit_note_made_by_hand_counts(self):
		from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return

		self.paid()
		make_sales_return(self.invoice.name).insert().submit()
		self.held("no_invoice", lines=[back("L1", 1)])


class TestRefundsOfUnpaidInvoices(RefundCase):
	def test_they_lower_what_is_owed_and_no_money_moves(self):
		order = self.order()
		invoice = make_invoice(order)
		done = self.refund(lines=[back("L2", 1)])
		self.assertEqual([one.doctype for one in done], ["Sales Invoice"])
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice.name, "outstanding_amount"), 71)
		self.held("not_paid", lines=[back("L2", 1)], amount="22.00")
		self.pay("71.00")
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_refund_after_a_part_payment_pays_back_what_it_says(self):
		order = self.order()
		make_invoice(order)
		self.pay("50.00")
		self.refund(lines=[back("L2", 1)], amount="22.00")
		self.assertEqual(self.customer_balance(order), 93 - 50 - 22 + 22)

	def test_the_account_can_leave_refunds_and_payments_to_people(self):
		order = self.order()
		make_invoice(order)
		self.settings_of_shop(refund_makes="Nothing")
		(done,) = self.refund(lines=[back("L2", 1)])
		self.assertEqual((done.action, done.name), ("ignored", None))
		self.settings_of_shop(refund_makes="Credit Note and Payment Entry", payment_makes="Nothing")
		done = self.refund(lines=[back("L2", 1)], amount="22.00")
		self.assertEqual([one.doctype for one in done], ["Sales Invoice"])


class TestRefundsBeforeAnyInvoice(RefundCase):
	def test_pieces_come_off_the_order_and_the_money_goes_out(self):
		order = self.order()
		self.pay("93.00")
		done = self.refund(lines=[back("L2", 1)], amount="22.00", id="early-1")
		entry = frappe.get_doc("Payment Entry", only(done, "Payment Entry"))
		self.assertEqual((entry.payment_type, entry.paid_amount, entry.reference_no), ("Pay", 22, "early-1"))
		self.assertEqual(self.of(order, "grand_total"), 71)
		self.assertEqual(self.customer_balance(order), -71)
		(again,) = self.refund(lines=[back("L2", 1)], amount="22.00", id="early-1")
		self.assertEqual((again.action, again.name), ("unchanged", entry.name))
		invoice = make_invoice(frappe.get_doc("Sales Order", order.name))
		self.assertEqual((invoice.grand_total, invoice.outstanding_amount), (71, 0))
		self.assertEqual(self.customer_balance(order), 0)

	def test_an_advance_that_became_too_large_is_amended_and_known_by_its_event(self):
		order = self.order()
		first = only(self.pay("93.00", id="adv-1"), "Payment Entry")
		self.refund(lines=[back("L2", 1)], amount="22.00")
		self.assertEqual(self.of(order, "grand_total", "advance_paid"), (71, 71))
		(known,) = self.pay("93.00", id="adv-1")
		self.assertEqual((known.action, known.name != first), ("unchanged", True))
		entry = frappe.get_doc("Payment Entry", known.name)
		self.assertEqual((entry.amended_from, entry.reference_no, entry.paid_amount), (first, "adv-1", 93))
		self.assertEqual(entry.unallocated_amount, 22)
		self.held("not_paid", amount="71.01")
		self.refund(amount="71.00")
		self.assertEqual(self.customer_balance(order), 0)

	def test_an_order_paid_in_parts_may_become_smaller_than_its_last_part(self):
		order = self.order()
		self.pay("50.00", id="part-1")
		self.pay("43.00", id="part-2")
		self.refund(lines=[back("L2", 3)], amount="66.00")
		self.assertEqual(self.of(order, "grand_total", "advance_paid"), (27, 27))
		again = (("50.00", "part-1"), ("43.00", "part-2"))
		self.assertEqual({self.pay(amount, id=part)[0].action for amount, part in again}, {"unchanged"})
		self.assertEqual(self.customer_balance(order), -27)
		self.refund(amount="27.00")
		self.assertEqual(self.customer_balance(order), 0)

	def test_pieces_called_off_an_order_paid_in_parts_leave_their_money_with_the_customer(self):
		order = self.order()
		self.pay("50.00", id="part-1")
		self.pay("43.00", id="part-2")
		self.cancel(lines=[{"line_id": "L2", "quantity": 2}], id="off-1")
		self.assertEqual(self.of(order, "grand_total", "advance_paid"), (49, 49))
		self.assertEqual(self.customer_balance(order), -93)
		self.refund(amount="93.00")
		self.assertEqual(self.customer_balance(order), 0)

	def test_an_advance_that_the_bank_has_confirmed_is_left_to_a_person(self):
		order = self.order()
		entry = only(self.pay("93.00"), "Payment Entry")
		frappe.db.set_value("Payment Entry", entry, "clearance_date", frappe.utils.today())
		self.commit()
		self.held("advance_cleared", lines=[back("L2", 1)], amount="22.00")
		self.assertEqual(self.of(order, "grand_total"), 93)

	def test_everything_given_back_cancels_the_order(self):
		order = self.order()
		self.pay("93.00")
		self.refund(lines=[back("L1", 2), back("L2", 3)], shipping="5.00", amount="93.00")
		self.assertEqual(self.of(order, "docstatus"), 2)
		self.assertEqual(self.customer_balance(order), 0)
		self.assertEqual(self.cancel()[0].action, "unchanged")

	def test_a_cancelled_order_only_pays_back_what_was_paid(self):
		order = self.order()
		self.pay("93.00")
		self.cancel()
		self.held("not_paid", amount="93.01")
		self.refund(amount="90.00")
		self.held("not_paid", amount="3.01")
		self.refund(amount="3.00")
		self.assertEqual(self.customer_balance(order), 0)

	def test_an_amount_alone_makes_the_order_cheaper_so_that_nobody_owes_it_again(self):
		order = self.order()
		self.pay("93.00")
		done = self.refund(amount="10.00", id="amount-1")
		self.assertEqual([one.doctype for one in done], ["Payment Entry", "Sales Order"])
		self.assertEqual(self.of(order, "grand_total", "advance_paid"), (83, 83))
		self.assertEqual(self.customer_balance(order), -83)
		self.assertEqual(self.refund(amount="10.00", id="amount-1")[0].action, "unchanged")
		self.held("not_paid", amount="83.01")
		self.ship()
		invoice = make_invoice(frappe.get_doc("Sales Order", order.name))
		self.assertEqual((invoice.grand_total, invoice.outstanding_amount), (83, 0))
		books = self.booked(invoice.name)
		self.assertEqual((books["Shop Sales Tax - ET"], books["Shop Freight - ET"]), (-7.14, -4.46))
		self.assertEqual(self.customer_balance(order), 0)
		self.assertEqual(self.of(order, "status", "per_billed", "per_delivered"), ("Completed", 100, 100))

	def test_amounts_and_pieces_together_come_to_the_whole(self):
		order = self.order()
		self.pay("93.00")
		self.refund(amount="10.00")
		self.refund(lines=[back("L2", 1)])
		left = self.of(order, "grand_total")
		self.refund(lines=[back("L2", 2)])
		self.refund(lines=[back("L1", 1)])
		self.refund(amount=str(self.of(order, "grand_total")))
		self.assertLess(left, 83)
		self.assertEqual(self.of(order, "docstatus"), 2)
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_full_amount_ends_the_order_so_that_nothing_ships(self):
		order = self.order()
		self.pay("93.00")
		self.refund(amount="40.00")
		self.refund(amount="53.00")
		self.assertEqual(self.of(order, "status"), "Cancelled")
		self.assertEqual(self.customer_balance(order), 0)
		with self.assertRaises(HeldForReview):
			self.ship()

	def test_a_full_amount_of_a_partly_shipped_order_keeps_what_was_shipped_and_ships_no_more(self):
		order = self.order()
		self.pay("93.00")
		self.ship(("L1", 2))
		self.refund(amount="93.00")
		order.reload()
		self.assertEqual([(row.item_code, row.qty) for row in order.items], [(self.first, 2)])
		self.assertEqual((order.grand_total, order.per_delivered), (0, 100))
		self.assertEqual(self.ship()[0].action, "ignored")
		self.assertEqual(self.customer_balance(order), 0)

	def test_an_amount_beyond_what_the_order_is_worth_makes_it_cheaper_only_by_the_rest(self):
		order = self.order()
		self.pay("93.00")
		self.cancel(id=make.unique("part"), lines=[{"line_id": "L2", "quantity": 1}])
		self.refund(amount="30.00")
		self.assertEqual(self.of(order, "grand_total"), 63)
		self.assertEqual(self.customer_balance(order), -63)

	def test_an_amount_of_an_order_with_percentages_lowers_its_tax_as_well(self):
		taxes = account("Shop Sales Tax", "Tax", "Duties and Taxes")
		order = make.sales_order(make.customer().name, [(self.first, 10, 10)], submit=False)
		row = {"charge_type": "On Net Total", "account_head": taxes, "rate": 19, "description": "VAT"}
		order.append("taxes", row)
		order.disable_rounded_total = 1
		order.save().submit()
		self.commit()
		frappe.set_user(CLERK)
		self.addCleanup(frappe.set_user, "Administrator")
		settings = commerce.load(make.ACCOUNT)
		payment = {"id": make.unique("p"), "amount": "119.00"}
		payments.record(settings, order.name, Payment.read(payment))
		refunds.record(settings, order.name, Refund.read({"id": make.unique("r"), "amount": "11.90"}))
		order.reload()
		self.assertEqual((order.grand_total, order.total_taxes_and_charges), (107.1, 17.1))
		frappe.db.commit()

	def test_pieces_of_an_unpaid_order_come_off_without_money_and_only_once(self):
		order = self.order()
		(done,) = self.refund(lines=[back("L2", 1)], id="early-2")
		self.assertEqual((done.action, done.doctype), ("updated", "Sales Order"))
		self.assertEqual(self.of(order, "grand_total"), 71)
		self.assertEqual(self.refund(lines=[back("L2", 1)], id="early-2")[0].action, "unchanged")
		self.assertEqual(self.of(order, "grand_total"), 71)

	def test_a_delivered_piece_that_comes_back_is_a_return_and_the_order_follows(self):
		order = self.order()
		self.pay("93.00")
		delivery = only(self.ship(), "Delivery Note")
		done = self.refund(lines=[back("L2", 1, restock=True)], amount="22.00", id="return-1")
		self.assertEqual([one.doctype for one in done], ["Payment Entry", "Sales Order", "Delivery Note"])
		returned = frappe.get_doc("Delivery Note", only(done, "Delivery Note"))
		self.assertEqual((returned.docstatus, returned.is_return, returned.return_against), (1, 1, delivery))
		self.assertEqual([(row.item_code, row.qty) for row in returned.items], [(self.second, -1)])
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (48, 48))
		order.reload()
		self.assertEqual([(row.qty, row.delivered_qty) for row in order.items], [(2, 2), (2, 2)])
		self.assertEqual((order.grand_total, order.per_delivered, order.status), (71, 100, "To Bill"))
		self.assertEqual(self.customer_balance(order), -71)
		self.assertEqual(self.ship()[0].action, "ignored")
		self.assertEqual(
			self.refund(lines=[back("L2", 1, restock=True)], id="return-1")[0].action, "unchanged"
		)
		invoice = make_invoice(frappe.get_doc("Sales Order", order.name))
		self.assertEqual((invoice.grand_total, invoice.outstanding_amount), (71, 0))
		self.assertEqual(self.customer_balance(order), 0)
		self.assertEqual(self.of(order, "status", "per_billed"), ("Completed", 100))
		self.assertEqual(self.status_of_delivery(delivery), ("Completed", 100))
		self.assertEqual(frappe.db.get_value("Delivery Note", delivery, "per_returned"), 20)

	def test_delivered_pieces_that_stay_with_the_customer_become_cheaper(self):
		order = self.order()
		self.pay("93.00")
		delivery = only(self.ship(), "Delivery Note")
		done = self.refund(lines=[back("L2", 1)], amount="22.00")
		self.assertEqual([one.doctype for one in done], ["Payment Entry", "Sales Order"])
		order.reload()
		self.assertEqual([(row.qty, row.delivered_qty) for row in order.items], [(2, 2), (3, 3)])
		self.assertEqual((order.grand_total, order.discount_amount, order.status), (71, 20, "To Bill"))
		self.assertEqual(self.stock_of(self.second), 47)
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		invoice = make_invoice(order)
		self.assertEqual((invoice.grand_total, invoice.outstanding_amount), (71, 0))
		self.assertEqual(self.customer_balance(order), 0)
		self.assertEqual(self.of(order, "status"), "Completed")
		self.assertEqual(self.status_of_delivery(delivery), ("Completed", 100))

	def test_all_that_was_delivered_comes_back_and_the_order_is_closed(self):
		order = self.order(shipping=[], total="88.00")
		self.pay("88.00")
		self.ship()
		pieces = [back("L1", 2, restock=True), back("L2", 3, restock=True)]
		self.refund(lines=pieces, amount="88.00")
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (50, 50))
		self.assertEqual(self.of(order, "status", "advance_paid"), ("Closed", 0))
		self.assertEqual(self.customer_balance(order), 0)
		self.held("not_paid", amount="1.00")
		with self.assertRaises(HeldForReview):
			self.pay("1.00")

	def test_of_a_partly_shipped_line_what_comes_back_had_left_and_the_rest_still_leaves(self):
		order = self.order()
		self.ship(("L2", 2))
		self.refund(lines=[back("L2", 1, restock=True)])
		order.reload()
		self.assertEqual((order.items[1].qty, order.items[1].delivered_qty), (2, 1))
		self.refund(lines=[back("L2", 1)])
		order.reload()
		self.assertEqual((order.items[1].qty, order.items[1].delivered_qty), (1, 1))
		self.assertEqual((self.stock_of(self.second), order.grand_total), (49, 49))

	def status_of_delivery(self, name: str) -> tuple[str, float]:
		return frappe.db.get_value("Delivery Note", name, ["status", "per_billed"])

	def test_drafts_and_unknown_orders(self):
		self.settings_of_shop(submit_orders=0)
		self.order()
		self.held("order_draft", amount="1.00")
		with self.assertRaises(BadRecord) as caught:
			self.refund(order_id="nobody-knows", amount="1.00")
		self.assertEqual(caught.exception.code, "missing_link")


class TestOrdersMadeInErpnext(RefundCase):
	"""Orders that the source did not send, but which it may name."""

	def test_their_lines_are_named_by_item_and_given_back_at_erpnexts_amounts(self):
		taxes = account("Shop Sales Tax", "Tax", "Duties and Taxes")
		order = make.sales_order(
			make.customer().name, [(self.first, 3, 9.99), (self.second, 1, 50)], submit=False
		)
		order.append(
			"taxes", {"charge_type": "On Net Total", "account_head": taxes, "rate": 7.5, "description": "VAT"}
		)
		order.disable_rounded_total = 1
		order.save().submit()
		invoice = make_invoice(order)
		self.commit()
		frappe.set_user(CLERK)
		self.addCleanup(frappe.set_user, "Administrator")
		refund = Refund.read({"id": "own-1", "lines": [back(self.first, 3), back(order.items[1].name, 1)]})
		done = refunds.record(commerce.load(make.ACCOUNT), order.name, refund)
		self.assertEqual(self.note_of(done).grand_total, -invoice.grand_total)
		frappe.db.commit()

	def test_before_they_are_invoiced_one_piece_after_the_other(self):
		lines = [(self.first, 3, 30.2), (self.second, 1, 2)]
		order = make.sales_order(make.customer().name, lines)
		self.commit()
		self.order_id = order.name
		self.pay(str(order.grand_total))
		self.refund(lines=[back(self.second, 1)])
		self.refund(lines=[back(self.first, 1)], amount="30.20")
		self.cancel(id=make.unique("off"), lines=[{"line_id": self.first, "quantity": 1}])
		self.assertEqual(self.of(order, "grand_total"), 30.2)
		self.refund(amount="30.20")  # of the piece that was called off
		self.refund(amount="10.20")
		self.assertEqual((self.of(order, "grand_total"), self.customer_balance(order)), (20, -20))
		make_invoice(order.reload())
		self.refund(amount="5.00")
		self.held("quantity_exceeded", lines=[back(self.first, 2)])
		self.refund(lines=[back(self.first, 1)], amount="15.00")
		self.assertEqual(self.customer_balance(order), 0)

	def test_delivered_pieces_come_back_one_after_the_other(self):
		order = make.sales_order(make.customer().name, [(self.first, 4, 10)])
		self.commit()
		self.order_id = order.name
		self.pay("40.00")
		self.ship((self.first, 4))
		self.refund(lines=[back(self.first, 1, restock=True)])
		self.refund(lines=[back(self.first, 1)], amount="10.00")  # the customer keeps it
		self.refund(lines=[back(self.first, 1, restock=True)])
		self.assertEqual((self.of(order, "grand_total"), self.stock_of(self.first)), (10, 48))
		self.held("not_paid", amount="10.01")
		self.refund(amount="10.00")
		self.assertEqual((self.customer_balance(order), self.stock_of(self.first)), (0, 48))


class TestRefundsOfPartPaidOrders(RefundCase):
	"""An order of 93.00, of which a part is paid when an amount goes back: it becomes cheaper by that amount."""

	def part_paid(self) -> Any:
		order = self.order()
		self.pay("40.00")
		self.refund(amount="10.00")
		self.assertEqual(self.of(order, "grand_total"), 83)
		return order

	def test_what_went_back_may_be_paid_once_more(self):
		order = self.part_paid()
		entry = frappe.get_doc("Payment Entry", only(self.pay("53.00"), "Payment Entry"))
		self.assertEqual(
			(entry.paid_amount, entry.total_allocated_amount, entry.unallocated_amount), (53, 43, 10)
		)
		self.assertEqual(self.customer_balance(order), -83)
		invoice = make_invoice(frappe.get_doc("Sales Order", order.name))
		self.assertEqual((invoice.grand_total, invoice.outstanding_amount), (83, 0))
		self.assertEqual(self.customer_balance(order), 0)

	def test_not_a_cent_more(self):
		order = self.part_paid()
		for amount, too_much in (("43.00", "53.01"), ("10.00", "10.01")):
			with self.assertRaises(HeldForReview) as caught:
				self.pay(too_much)
			self.assertEqual(caught.exception.code, "overpaid")
			frappe.db.rollback()
			self.pay(amount)
		with self.assertRaises(HeldForReview):
			self.pay("0.01")
		self.assertEqual(self.customer_balance(order), -83)

	def test_all_of_it_can_go_back(self):
		order = self.part_paid()
		self.pay("53.00")
		self.refund(amount="83.00")
		self.assertEqual(self.customer_balance(order), 0)
		self.assertEqual(self.of(order, "docstatus"), 2)

	def test_with_an_invoice_at_payment(self):
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		order = self.order()
		self.pay("40.00")
		self.refund(amount="10.00")
		self.pay("53.00")
		self.assertEqual(self.customer_balance(order), 0)
