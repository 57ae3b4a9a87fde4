"""Orders and what follows them in constellations that are rare: what the books and the stock say in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

from erp_connect.records.write import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import (
	CommerceTestCase,
	account,
	exchange_rate,
	make_invoice,
	one_account_for_all,
	only,
)


def tax(amount: str) -> list[dict[str, Any]]:
	return [{"title": "Sales Tax", "rate": 10, "amount": amount}]


class TestYen(CommerceTestCase):
	def setUp(self) -> None:
		super().setUp()
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		exchange_rate("JPY", 0.0067)

	def yen(self, line_id: str, item: str, quantity: float, price: float, tax_: str, **more: str) -> dict:
		return {**self.line(line_id, item, quantity, price, 0), "tax_lines": tax(tax_), **more}

	def test_two_ways_of_shipping_with_tax_included_of_which_one_is_given_back(self):
		order = self.order(
			currency="JPY",
			prices_include_tax=True,
			lines=[self.yen("L1", self.first, 2, 1100, "200"), self.yen("L2", self.second, 1, 550, "50")],
			shipping=[
				{"id": "S1", "title": "Cool", "amount": "330", "tax_lines": tax("30")},
				{"id": "S2", "title": "Plain", "amount": "220", "tax_lines": tax("20")},
			],
			total="3300",
		)
		self.assertEqual(order.grand_total, 3300)
		self.assertEqual(
			self.booked(only(self.pay("3300", currency="JPY"), "Payment Entry"))[self.bank], 22.11
		)
		self.assertEqual(make_invoice(order).outstanding_amount, 0)
		done = self.refund(shipping="220", shipping_tax="20", amount="220")
		note = frappe.get_doc("Sales Invoice", only(done, "Sales Invoice"))
		self.assertEqual((note.grand_total, note.outstanding_amount), (-220, 0))
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], -1.47)
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_coupon_on_prices_that_do_not_divide(self):
		order = self.order(
			currency="JPY",
			prices_include_tax=True,
			lines=[
				self.yen("L1", self.first, 3, 333, "82", discount="99"),
				self.yen("L2", self.second, 1, 550, "45", discount="55"),
			],
			shipping=[{"id": "S1", "title": "Cool", "amount": "330", "tax_lines": tax("30")}],
			total="1725",
		)
		taxes = {row.description: row.tax_amount for row in order.taxes}
		self.assertEqual((order.grand_total, taxes), (1725, {"Cool": 300, "Sales Tax": 157}))

	def test_half_a_cent_in_the_books_is_owed_whole(self):
		"""1550 yen are 10.385 dollars, of which the books keep 10.38: those are 1549.25 yen."""
		lines = [self.line("L1", self.first, 1, 1550, 0)]
		order = self.order(currency="JPY", lines=lines, shipping=[], total="1550")
		invoice = make_invoice(order)
		self.assertEqual(invoice.outstanding_amount, 10.38)
		self.pay("1550", currency="JPY")
		self.assertEqual(self.customer_balance(order), 0)
		self.refund(lines=[{"line_id": "L1", "quantity": 1}], amount="1550")
		self.assertEqual(self.customer_balance(order), 0)


class TestCoarseBooks(CommerceTestCase):
	"""Books in dollars, of which a cent is 0.80 rupees: what was paid is known no finer there."""

	def setUp(self) -> None:
		super().setUp()
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		exchange_rate("INR", 0.0125)

	def bought(self, price: float, quantity: float = 3):
		total = f"{price * quantity:.2f}"
		lines = [self.line("L1", self.first, quantity, price, 0)]
		order = self.order(currency="INR", lines=lines, shipping=[], total=total)
		self.pay(total, currency="INR")
		return order

	def credited(self, amount: str, **more: str) -> float:
		done = self.refund(amount=amount, **more)
		return frappe.db.get_value("Sales Invoice", only(done, "Sales Invoice"), "grand_total")

	def test_an_amount_is_given_back_whole_although_more_seems_to_be_paid(self):
		make_invoice(self.bought(33.33))  # 99.99 are 1.25 dollars, which are 100.00
		self.assertEqual(self.credited("33.33"), -33.33)
		self.assertEqual(self.credited("25.00", id="R-2"), -25)
		self.assertEqual(self.credited("41.66", id="R-3"), -41.66)

	def test_all_is_given_back_although_less_seems_to_be_paid(self):
		order = self.bought(33.37)  # 100.11 are 1.25 dollars
		make_invoice(order)
		self.assertEqual(self.credited("100.11"), -100.11)
		self.assertEqual(self.customer_balance(order), 0)

	def test_several_payments_of_which_each_is_rounded(self):
		lines = [self.line("L1", self.first, 3, 33.33, 0)]
		order = self.order(currency="INR", lines=lines, shipping=[], total="99.99")
		for number in range(3):  # 0.42 dollars each, of 1.25
			self.pay("33.33", currency="INR", id=f"P-{number}")
		invoice = make_invoice(order)
		self.assertEqual((invoice.outstanding_amount, self.customer_balance(order)), (0, 0))

	def test_before_there_is_an_invoice(self):
		order = self.bought(33.33)
		self.refund(amount="25.00")
		order.reload()
		self.assertEqual(order.grand_total, 74.99)

	def test_what_was_not_paid_is_held_all_the_same(self):
		make_invoice(self.bought(33.33))
		with self.assertRaisesRegex(HeldForReview, "only 99.99 INR of the order is left to pay back"):
			self.refund(amount="101.00")


class TestGoods(CommerceTestCase):
	def one_line(self, item: str, quantity: float, price: float) -> Any:
		line = self.line("L1", item, quantity, price, 0)
		return self.order(lines=[line], shipping=[], total=f"{quantity * price:.2f}")

	def bundle(self) -> str:
		"""2 of the first item and 1 of the second."""
		code = make.item(is_stock_item=0).name
		parts = [{"item_code": self.first, "qty": 2}, {"item_code": self.second, "qty": 1}]
		frappe.get_doc({"doctype": "Product Bundle", "new_item_code": code, "items": parts}).insert()
		self.commit()
		return code

	def test_a_bundle_leaves_in_parts_and_one_of_it_comes_back(self):
		order = self.one_line(self.bundle(), 3, 30)
		self.ship(("L1", 2))
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (46, 48))
		self.pay("90.00")
		make_invoice(order)
		self.refund(lines=[{"line_id": "L1", "quantity": 1, "restock": True}], amount="30.00")
		self.assertEqual((self.stock_of(self.first), self.stock_of(self.second)), (48, 49))
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_bundle_that_is_not_invoiced_comes_back_and_the_rest_still_leaves(self):
		order = self.one_line(self.bundle(), 3, 30)
		self.ship(("L1", 2))
		self.pay("90.00")
		self.refund(lines=[{"line_id": "L1", "quantity": 1, "restock": True}], amount="30.00")
		order.reload()
		self.assertEqual((self.stock_of(self.first), order.grand_total), (48, 60))
		self.assertEqual(self.customer_balance(order), -60)
		self.ship(("L1", 1))
		order.reload()
		self.assertEqual((self.stock_of(self.first), order.per_delivered), (46, 100))

	def delivered(self) -> Any:
		"""Two pieces, shipped as parcel P, paid and invoiced."""
		order = self.one_line(self.first, 2, 10)
		self.parcel = make.unique("P")
		self.ship(("L1", 2), id=self.parcel)
		self.pay("20.00")
		make_invoice(order)
		self.assertEqual(self.stock_of(self.first), 48)
		return order

	def give_back(self) -> None:
		self.refund(lines=[{"line_id": "L1", "quantity": 2, "restock": True}], amount="20.00")

	def come_back(self) -> None:
		self.ship(("L1", 2), id=self.parcel, status="returned")

	def by_hand(self) -> None:
		note = frappe.db.get_value("Delivery Note Item", {"item_code": self.first}, "parent")
		make_return_doc("Delivery Note", note).insert().submit()
		self.commit()

	def test_goods_come_back_once_whoever_tells_it_first(self):
		for first, second in (
			(self.give_back, self.come_back),
			(self.come_back, self.give_back),
			(self.by_hand, self.give_back),
		):
			self.first = make.item().name
			make.receipt(self.first, 50)
			order = self.delivered()
			first()
			second()
			self.assertEqual((self.stock_of(self.first), self.customer_balance(order)), (50, 0))

	def test_a_part_that_came_back_with_its_parcel_is_not_taken_back_once_more(self):
		self.settings_of_shop(payment_makes="Payment Entry")
		order = self.order()
		self.pay("93.00")
		before = self.stock_of(self.second)
		parcel = make.unique("parcel")
		self.ship(("L1", 2), ("L2", 3), id=parcel)
		one = {"lines": [{"line_id": "L2", "quantity": 1, "restock": True}], "amount": "22.00"}
		self.ship(("L2", 1), id=parcel, status="returned")
		self.refund(**one)
		order.reload()
		row = order.items[1]
		self.assertEqual((self.stock_of(self.second), row.qty, row.delivered_qty), (before - 2, 2, 2))
		self.refund(**one)
		self.assertEqual(self.stock_of(self.second), before - 1)

	def test_an_order_that_a_person_is_about_to_deliver_is_not_cancelled_beside_him(self):
		order = self.one_line(self.first, 2, 10)
		draft = make_delivery_note(order.name).insert()
		self.commit()
		with self.assertRaises(HeldForReview) as caught:
			self.cancel()
		self.assertIn(draft.name, str(caught.exception))
		frappe.db.rollback()
		draft.delete()
		self.cancel()
		order.reload()
		self.assertEqual(order.docstatus, 2)


class TestRedeemed(CommerceTestCase):
	def test_a_gift_card_pays_for_goods_gets_money_back_and_is_owed_in_between(self):
		owed = account("Gift Cards Sold", "", "Current Liabilities")
		card = make.item(is_stock_item=0, item_defaults=[{"company": self.company, "income_account": owed}])
		mode = make.unique("gift card")
		accounts = [{"company": self.company, "default_account": owed}]
		values = {"mode_of_payment": mode, "type": "General", "accounts": accounts}
		frappe.get_doc({"doctype": "Mode of Payment", **values}).insert()
		line = {**self.line("G", card.name, 1, 50, 0), "is_gift_card": True}
		sold = self.order(lines=[line], shipping=[], total="50.00")
		self.pay("50.00")
		self.assertEqual(self.booked(make_invoice(sold).name)[owed], -50)
		order = self.order()
		self.assertEqual(self.booked(only(self.pay("30.00", gateway=mode), "Payment Entry"))[owed], 30)
		self.pay("63.00")
		done = self.refund(lines=[{"line_id": "L1", "quantity": 2}], amount="22.00", gateway=mode)
		self.assertEqual(self.booked(only(done, "Payment Entry"))[owed], -22)
		self.refund(amount="71.00")
		order.reload()
		self.assertEqual((self.customer_balance(order), order.docstatus), (0, 2))


class TestIds(CommerceTestCase):
	def test_ids_are_told_apart_by_case_and_by_marks(self):
		base = make.unique("Ord")
		ids = (f"{base}-Äb", f"{base}-äB", f"{base}-Ab")
		self.assertEqual(len({self.order(id=id_).name for id_ in ids}), 3)

	def test_payments_are_told_apart_by_case_and_a_blank_makes_no_other(self):
		order = self.order()
		id_ = make.unique("pay-Xy")
		self.pay("10.00", id=id_)
		self.pay("20.00", id=id_.swapcase())
		with self.assertRaises(HeldForReview) as caught:
			self.pay("30.00", id=f"{id_} ")
		self.assertEqual(caught.exception.code, "amount_changed")
		order.reload()
		self.assertEqual(order.advance_paid, 30)


class TestSwitchedOff(CommerceTestCase):
	"""What a person disables in the middle of work stops an event, and no longer than until it is enabled again."""

	def stopped(self, doctype: str, name: str, act: Callable[[], Any]) -> None:
		frappe.db.set_value(doctype, name, "disabled", 1)
		frappe.clear_document_cache(doctype, name)
		self.commit()
		with self.assertRaises(HeldForReview) as caught:
			act()
		frappe.db.rollback()
		self.assertIn("disabled", str(caught.exception))
		self.assertIn("press Retry", str(caught.exception))
		frappe.db.set_value(doctype, name, "disabled", 0)
		frappe.clear_document_cache(doctype, name)
		self.commit()
		act()

	def test_the_item_before_its_parcel(self):
		order = self.order()
		self.stopped("Item", self.first, lambda: self.ship(("L1", 2), ("L2", 3)))
		order.reload()
		self.assertEqual(order.per_delivered, 100)

	def test_the_customer_and_the_bank_before_the_payment(self):
		for doctype in ("Customer", "Account"):
			order = self.order()
			name = order.customer if doctype == "Customer" else self.bank
			self.stopped(doctype, name, lambda: self.pay("93.00"))
			self.assertEqual(self.customer_balance(order), -93)
