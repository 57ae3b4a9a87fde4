"""Events of orders that came by another account or were made in ERPNext: the right order, or held."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from frappe.utils import today

from erp_connect.api import links
from erp_connect.commerce import settings as commerce
from erp_connect.commerce.handlers import HANDLERS
from erp_connect.commerce.sales.order_lookup import NoOrder
from erp_connect.core.commerce.errors import OrderError
from erp_connect.records.errors import BadRecord
from erp_connect.records.write import HeldForReview, Written
from erp_connect.store.transactions import read_committed
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CLERK, CommerceTestCase, make_invoice, only

GATEWAY, SECOND = "Test Gateway", "Second Shop"


class TestOrdersOfOthers(CommerceTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), name=GATEWAY, user=CLERK, payment_account=self.bank)
		self.commit()

	def by_gateway(self, purpose: str, **record: Any) -> list[Written]:
		return self.by(GATEWAY, purpose, **record)

	def by(self, account: str, purpose: str, **record: Any) -> list[Written]:
		"""Handle an event of another account, as its user."""
		frappe.db.commit()
		try:
			with read_committed():
				frappe.set_user(CLERK)
				done = HANDLERS[purpose](commerce.load(account), {"id": make.unique("g"), **record})
				frappe.db.commit()
				return done
		finally:
			frappe.set_user("Administrator")
			frappe.db.rollback()

	def allocated(self, done: list[Written]) -> list[str]:
		entry = frappe.get_doc("Payment Entry", only(done, "Payment Entry"))
		return [row.reference_name for row in entry.references]

	def test_a_payment_finds_the_order_by_the_shops_id_number_name_or_invoice(self):
		number = make.unique("R")
		order = self.order(number=number)
		pay = lambda **named: self.allocated(self.by_gateway("Payment", amount="10.00", **named))  # noqa: E731
		self.assertEqual(pay(order_id=self.order_id), [order.name])
		self.assertEqual(pay(order_id=number), [order.name])
		self.assertEqual(pay(order_number=number), [order.name])
		self.assertEqual(pay(order_id=order.name), [order.name])
		invoice = make_invoice(frappe.get_doc("Sales Order", order.name))
		self.assertEqual(invoice.outstanding_amount, 53)
		self.assertEqual(pay(invoice_id=invoice.name), [invoice.name])
		self.assertEqual(pay(order_id=invoice.name), [invoice.name])
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice.name, "outstanding_amount"), 33)
		self.assertEqual(self.customer_balance(order), 33)

	def test_an_order_made_in_erpnext_is_paid_and_refunded_by_its_number(self):
		number = make.unique("PO")
		order = make.sales_order(make.customer().name, [(self.first, 2, 50)], submit=False)
		order.update({"po_no": number, "disable_rounded_total": 1})
		order.save().submit()
		self.by_gateway("Payment", amount="100.00", order_number=number)
		self.assertEqual(self.customer_balance(order), -100)
		self.by_gateway("Refund", amount="100.00", order_number=number)
		order.reload()
		self.assertEqual((order.status, self.customer_balance(order)), ("Cancelled", 0))

	def test_one_charge_that_shop_and_gateway_tell_of_is_booked_once(self):
		order = self.order()
		booked = only(self.pay("40.00", id="t-1", reference="ch_1"), "Payment Entry")
		with self.assertRaises(HeldForReview) as caught:
			self.by_gateway("Payment", id="ch_1", amount="40.00", order_id=self.order_id)
		self.assertIn(booked, str(caught.exception))
		self.assertIn("If it is this one, nothing is to be done: press Skip", str(caught.exception))
		self.assertEqual(self.customer_balance(order), -40)
		# Ids are equal letter by letter, and two payments of one account may have one number.
		self.by_gateway("Payment", id="CH_1", amount="10.00", order_id=self.order_id)
		self.pay("10.00", id="t-2", reference="ch_1")
		self.assertEqual(self.customer_balance(order), -60)

	def test_one_refund_that_shop_and_gateway_tell_of_is_booked_once(self):
		order = self.order()
		self.pay("93.00")
		back = {"lines": [{"line_id": "L2", "quantity": 1}], "amount": "22.00"}
		booked = only(self.refund(id="r1", **back), "Payment Entry")
		for told in ({"id": "re_1", "amount": "22.00"}, {"id": "r1", "amount": "21.00"}):
			with self.subTest(told), self.assertRaises(HeldForReview) as caught:
				self.by_gateway("Refund", order_id=self.order_id, **told)
			self.assertIn(booked, str(caught.exception))
			self.assertIn("If it is this refund, nothing is to be done: press Skip", str(caught.exception))
			frappe.db.rollback()
		# One account may pay the same amount back twice, and another one some other amount.
		self.refund(id="r2", **back)
		self.by_gateway("Refund", id="re_2", amount="5.00", order_id=self.order_id)
		self.assertEqual(self.customer_balance(order), -93 + 22 + 22 + 5)

	def test_nor_one_that_a_person_has_paid_back(self):
		order = self.order()
		self.pay("93.00")
		entry = get_payment_entry("Sales Order", order.name, bank_account=self.bank)
		entry.update(
			{"payment_type": "Pay", "paid_from": self.bank, "paid_to": entry.paid_from, "references": []}
		)
		entry.update(
			{"reference_no": "re_hand", "reference_date": today(), "paid_amount": 22, "received_amount": 22}
		)
		entry.insert().submit()
		self.commit()
		with self.assertRaises(HeldForReview) as caught:
			self.refund(id="re_hand", amount="22.00")
		self.assertIn(entry.name, str(caught.exception))

	def test_nor_one_that_a_person_has_booked_for_the_invoice(self):
		order = self.order()
		invoice = make_invoice(frappe.get_doc("Sales Order", order.name))
		entry = make.payment_entry(invoice)
		frappe.db.set_value("Payment Entry", entry.name, "reference_no", "ch_2")
		frappe.db.set_value("Sales Invoice", invoice.name, "outstanding_amount", 93)
		with self.assertRaises(HeldForReview) as caught:
			self.by_gateway("Payment", id="ch_2", amount="93.00", order_id=self.order_id)
		self.assertIn(entry.name, str(caught.exception))

	def test_a_refund_is_of_the_order_whose_payment_it_pays_back(self):
		order = self.order()
		refund = lambda payment: self.by_gateway("Refund", amount="20.00", payment_id=payment)  # noqa: E731
		with self.assertRaises(NoOrder) as caught:
			refund("pay_1")
		self.assertIn("Payment pay_1 is not booked", str(caught.exception))
		frappe.db.rollback()
		self.by_gateway("Payment", id="pay_1", amount="93.00", order_id=self.order_id)
		with self.assertRaises(NoOrder):
			refund("PAY_1")
		frappe.db.rollback()
		refund("pay_1")
		order.reload()
		self.assertEqual((order.grand_total, self.customer_balance(order)), (73, -73))

	def test_a_refund_of_which_no_money_went_out_needs_no_order(self):
		for status in ("pending", "failed", "voided"):
			(done,) = self.by_gateway("Refund", amount="20.00", payment_id="nobody's", status=status)
			self.assertEqual((done.action, status in done.reason), ("ignored", True))

	def test_a_refund_that_names_a_payment_of_another_order_finds_none(self):
		self.order()
		self.by_gateway("Payment", id="pay_2", amount="93.00", order_id=self.order_id)
		with self.assertRaises(NoOrder):
			self.by_gateway("Refund", amount="20.00", payment_id="pay_2", order_number="of another")

	def test_what_the_gateway_refunds_of_the_shops_order_counts_for_the_shop_too(self):
		order = self.order()
		self.by_gateway("Payment", amount="93.00", order_id=self.order_id)
		self.by_gateway("Refund", id="r1", amount="22.00", lines=[{"line_id": "L2", "quantity": 1}],
			order_id=self.order_id)  # fmt: skip
		with self.assertRaises(HeldForReview):
			self.refund(lines=[{"line_id": "L2", "quantity": 3}])
		frappe.db.rollback()
		self.refund(
			lines=[{"line_id": "L2", "quantity": 2}, {"line_id": "L1", "quantity": 2}], shipping="5.00"
		)
		order.reload()
		self.assertEqual((order.status, self.customer_balance(order)), ("Cancelled", 0))

	def test_two_orders_of_one_number_are_held_until_a_link_says_which(self):
		number = make.unique("R")
		orders = [self.order(number=number), self.order(number=number)]
		with self.assertRaises(HeldForReview) as caught:
			self.by_gateway("Payment", amount="93.00", order_id=number)
		self.assertEqual(caught.exception.code, "several_orders")
		for order in orders:
			self.assertIn(order.name, str(caught.exception))
		self.assertIn("Link the right one with it in account", str(caught.exception))
		self.assertIn("press Retry", str(caught.exception))
		paths = ("id", "amount", "order_id")
		make.flow(
			"Payment Entry", [], [make.row(path, path) for path in paths],
			name="Payments", integration=GATEWAY, direction="Incoming", purpose="Payment", remote_entity="payment",
			topics="*",
		)  # fmt: skip
		links.link(GATEWAY, "order", number, "Sales Order", orders[1].name)
		done = self.by_gateway("Payment", amount="93.00", order_id=number)
		self.assertEqual(self.allocated(done), [orders[1].name])

	def shops_with_one_number(self) -> tuple[str, list[str]]:
		"""A number, and two orders of it of one buyer, by two shops: in the second one the shop's name stands behind it."""
		make.account(
			self.receiver.url(),
			name=SECOND,
			user=CLERK,
			price_list="Standard Selling",
			warehouse=make.warehouse(),
		)
		number = make.unique("R")
		told = {
			"currency": "USD",
			"number": number,
			"customer": {"name": "Ida Nord", "email": f"{number.replace(' ', '')}@example.com"},
			"lines": [self.line("L1", self.first, 2, 10, 0)],
			"total": "20.00",
		}
		made = [self.event("Order", id=make.unique("a"), **told), self.by(SECOND, "Order", **told)]
		return number, [written.name for (written,) in made]

	def test_one_number_of_two_shops_is_of_both_orders(self):
		number, both = self.shops_with_one_number()
		told_apart = frappe.get_all("Sales Order", {"name": ("in", both)}, pluck="po_no")
		self.assertEqual(set(told_apart), {number, f"{number} ({SECOND})"})
		for named in ({"order_number": number}, {"order_id": number}):
			with self.assertRaises(HeldForReview) as caught:
				self.by_gateway("Payment", amount="20.00", **named)
			self.assertEqual(caught.exception.code, "several_orders")
		frappe.rename_doc("Integration Settings", SECOND, "Shop Two", force=True)
		self.addCleanup(frappe.delete_doc, "Integration Settings", "Shop Two", force=True)
		with self.assertRaises(HeldForReview):
			self.by_gateway("Payment", amount="93.00", order_number=number)

	def test_the_number_that_had_to_be_told_apart_finds_its_order_alone(self):
		number, both = self.shops_with_one_number()
		frappe.db.set_value("Sales Order", both[0], "po_no", make.unique("R"))
		frappe.db.set_value("Sales Order", self.order().name, "po_no", f"{number} (sold at a fair)")
		done = self.by_gateway("Payment", amount="20.00", order_number=number)
		self.assertEqual(self.allocated(done), [both[1]])

	def test_a_shop_with_orders_of_its_own_waits_for_them(self):
		number = make.unique("R")
		self.order(number=number)
		make.flow(
			"Sales Order",
			[],
			[make.row("id", "id")],
			integration=GATEWAY,
			direction="Incoming",
			purpose="Order",
		)
		with self.assertRaises(BadRecord) as caught:
			self.by_gateway("Payment", amount="93.00", order_id=number)
		self.assertEqual(caught.exception.code, "missing_link")

	def test_no_order_fits_another_case_another_company_or_nothing_at_all(self):
		number = make.unique("Case")
		order = self.order(number=number)
		for named in ({"order_number": number.upper()}, {"order_id": number, "order_number": "other"}):
			with self.assertRaises(BadRecord) as caught:
				self.by_gateway("Payment", amount="1.00", **named)
			self.assertEqual(caught.exception.code, "missing_link")
		with self.assertRaises(OrderError):
			self.by_gateway("Payment", amount="1.00")
		self.assertEqual(self.customer_balance(order), 0)
