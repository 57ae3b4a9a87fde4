"""Orders out of the ordinary: gift cards, buyers nobody knows, and a day of delivery."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, today

from erp_connect.commerce import settings as commerce
from erp_connect.records.write import UNCHANGED, UPDATED, HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_order_changes import ChangedOrderCase
from erp_connect.tests.bench.commerce_case import CommerceTestCase, account, make_invoice


class TestGiftCards(CommerceTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.owed = account("Gift Cards Sold", "", "Current Liabilities")
		defaults = [{"company": self.company, "income_account": self.owed}]
		self.card = make.item(is_stock_item=0, item_defaults=defaults).name
		self.commit()

	def sold(self, **values):
		"""2 × 10.00, 2.00 tax and a gift card of 50.00."""
		card = {**self.line("G", self.card, 1, 50, 0), "is_gift_card": True, **values}
		return self.order(lines=[self.line("L1", self.first, 2, 10, 2), card], shipping=[], total="72.00")

	def book_on(self, income_account: str | None) -> None:
		item = frappe.get_doc("Item", self.card)
		item.item_defaults[0].income_account = income_account
		item.save()
		self.commit()

	def test_a_gift_card_that_is_sold_is_owed_and_no_income(self):
		order = self.sold()
		invoice = make_invoice(order)
		booked = self.booked(invoice.name)
		self.assertEqual((booked[self.owed], booked[invoice.debit_to], invoice.grand_total), (-50, 72, 72))
		income = frappe.get_cached_value("Company", self.company, "default_income_account")
		self.assertEqual(booked[income], -20)

	def test_the_accounts_own_item_stands_for_gift_cards_without_a_code(self):
		self.settings_of_shop(gift_card_item=self.card)
		order = self.sold(sku="", name="Gift card 50")
		self.assertEqual([row.item_code for row in order.items], [self.first, self.card])
		self.assertEqual(self.booked(make_invoice(order).name)[self.owed], -50)

	def test_a_gift_card_that_would_be_income_is_held_until_its_item_has_a_liability(self):
		self.book_on(None)
		with self.assertRaises(HeldForReview) as caught:
			self.sold()
		self.assertEqual(caught.exception.code, "gift_card")
		self.assertIn(self.card, str(caught.exception))
		self.assertIn("Set a liability ledger account as Default Income Account", str(caught.exception))
		frappe.db.rollback()
		self.book_on(self.owed)
		self.assertEqual(self.sold().grand_total, 72)

	def test_no_item_is_made_of_an_unknown_gift_card(self):
		self.settings_of_shop(missing_item="Create the item", item_group=make.leaf("Item Group"))
		code = make.unique("CARD")
		with self.assertRaises(HeldForReview) as caught:
			self.sold(sku=code)
		self.assertEqual(caught.exception.code, "gift_card")
		self.assertIn("Gift Card Item", str(caught.exception))
		frappe.db.rollback()
		self.assertFalse(frappe.db.exists("Item", code))
		self.settings_of_shop(gift_card_item=self.card)
		self.assertEqual(self.sold(sku=code).items[1].item_code, self.card)

	def test_a_discount_on_the_order_takes_nothing_off_what_is_owed(self):
		lines = [
			self.line("L1", self.first, 2, 10, 2),
			{**self.line("G", self.card, 1, 50, 0), "is_gift_card": True},
		]
		order = self.order(lines=lines, shipping=[], order_discount={"amount": "7.00"}, total="65.00")
		invoice = make_invoice(order)
		self.assertEqual((invoice.grand_total, self.booked(invoice.name)[self.owed]), (65, -50))


class TestChangedGiftCards(ChangedOrderCase):
	def setUp(self) -> None:
		super().setUp()
		self.owed = account("Gift Cards Sold", "", "Current Liabilities")
		defaults = [{"company": self.company, "income_account": self.owed}]
		self.card = make.item(is_stock_item=0, item_defaults=defaults).name
		self.settings_of_shop(gift_card_item=self.card)
		self.goods = self.line("L1", self.first, 2, 10, 1.6)

	def cards(self, quantity: float) -> dict:
		"""The order with gift cards of 5.00."""
		card = {"id": "G", "name": "Card", "quantity": quantity, "unit_price": "5.00", "is_gift_card": True}
		return {"lines": [self.goods, card], "total": str(37 + 5 * quantity)}

	def test_a_gift_card_is_added_changed_and_taken_off(self):
		self.say()
		for statement, rows in (
			(self.cards(1), [(self.first, 2, 10), (self.card, 1, 5)]),
			(self.cards(3), [(self.first, 2, 10), (self.card, 3, 5)]),
			({}, [(self.first, 2, 10)]),
		):
			done, doc = self.say(**statement)
			self.assertEqual((done, self.rows(doc)), (UPDATED, rows))
		_, doc = self.say(**self.cards(2))
		self.assertEqual(self.booked(make_invoice(doc).name)[self.owed], -10)

	def test_a_line_that_turns_out_to_be_a_gift_card_is_exchanged_or_held(self):
		self.say()
		card = {"lines": [{**self.goods, "is_gift_card": True}]}
		self.settings_of_shop(gift_card_item=None)
		self.assertIn("gift card was no, now it is yes", self.held(**card))
		self.assertEqual(self.code, "gift_card")
		self.settings_of_shop(gift_card_item=self.card)
		done, doc = self.say(**card)
		self.assertEqual((done, self.rows(doc)), (UPDATED, [(self.card, 2, 10)]))


class TestBuyers(CommerceTestCase):
	def walk_in(self) -> str:
		name = make.customer().name
		self.settings_of_shop(walk_in_customer=name)
		return name

	def test_an_order_of_nobody_is_the_walk_in_customers_where_there_is_one(self):
		with self.assertRaises(HeldForReview) as caught:
			self.order(customer={})
		self.assertEqual(caught.exception.code, "no_customer")
		frappe.db.rollback()
		walk_in = self.walk_in()
		customers = frappe.db.count("Customer")
		self.assertEqual(self.order(customer={}).customer, walk_in)
		self.assertEqual(frappe.db.count("Customer"), customers)

	def test_whoever_says_something_of_himself_is_no_walk_in(self):
		walk_in = self.walk_in()
		self.assertNotEqual(self.order().customer, walk_in)
		phone = f"+1 212 555 {int(frappe.generate_hash(length=6), 16) % 10**4:04d}"
		for said in (
			{"customer": {"phone": phone}},
			{"customer": {}, "shipping_address": {"email": f"{frappe.generate_hash(length=8)}@example.com"}},
		):
			named = self.order(**said).customer
			self.assertNotEqual(named, walk_in)
			self.assertEqual(self.order(**said).customer, named)

	def test_a_buyer_of_whom_only_the_id_is_said(self):
		known = self.order()
		link = frappe.db.get_value(
			"Sync Link", {"document_type": "Customer", "document_name": known.customer}, "external_id"
		)
		self.walk_in()
		self.assertEqual(self.order(customer={"id": link}).customer, known.customer)
		with self.assertRaises(HeldForReview) as caught:
			self.order(customer={"id": "nobody-has-this"})
		self.assertEqual(caught.exception.code, "no_customer")
		self.assertIn("nobody-has-this", str(caught.exception))

	def test_an_address_of_nobody(self):
		walk_in = self.walk_in()
		order = self.order(customer={}, billing_address={"country": "DE", "postcode": "80331"})
		self.assertEqual((order.customer, order.customer_address), (walk_in, None))
		comment = frappe.get_all(
			"Comment", {"reference_name": order.name, "comment_type": "Comment"}, pluck="content"
		)
		self.assertIn("80331, DE", " ".join(comment))
		with self.assertRaises(HeldForReview) as caught:
			self.order(customer={}, shipping_address={"line1": "1 Road", "country": "DE"})
		self.assertEqual(caught.exception.code, "no_customer")


class TestChangedWalkIns(ChangedOrderCase):
	def setUp(self) -> None:
		super().setUp()
		self.buyer = {}
		self.settings_of_shop(walk_in_customer=make.customer().name)
		self.say()

	def test_the_order_changes_and_stays_the_walk_in_customers(self):
		done, doc = self.say(**self.less())
		self.assertEqual((done, doc.customer), (UPDATED, commerce.load(make.ACCOUNT).walk_in_customer))
		done, doc = self.say(**self.less(), billing_address={"country": "DE"})
		self.assertEqual((done, doc.customer_address), (UNCHANGED, None))
		self.assertEqual(
			frappe.db.count("Comment", {"reference_name": doc.name, "comment_type": "Comment"}), 1
		)

	def test_a_buyer_who_is_named_later_is_held(self):
		self.held(shipping_address={"name": "Made Up", "line1": "1 Road", "country": "DE"})
		self.assertEqual(self.code, "buyer_differs")
		self.held(shipping_address={"line1": "1 Road", "country": "DE"})
		self.assertEqual(self.code, "no_customer")
		self.buyer = {"name": make.unique("Somebody")}
		self.assertIn("buyer", self.held())
		self.assertEqual(self.code, "buyer_differs")


class TestDeliveryDates(ChangedOrderCase):
	def days(self, doc) -> set[str]:
		return {str(doc.delivery_date), *(str(row.delivery_date) for row in doc.items)}

	def comments(self, doc) -> str:
		found = frappe.get_all(
			"Comment", {"reference_name": doc.name, "comment_type": "Comment"}, pluck="content"
		)
		return " ".join(found)

	def test_an_order_says_when_it_is_to_be_delivered_and_changes_it(self):
		day, later = str(add_days(today(), 9)), str(add_days(today(), 12))
		_, doc = self.say(delivery_date=f"{day}T08:00:00")
		self.assertEqual(self.days(doc), {day})
		done, doc = self.say(delivery_date=later)
		self.assertEqual((done, self.days(doc)), (UPDATED, {later}))
		done, doc = self.say(
			delivery_date=later,
			lines=[*self.less()["lines"], self.line("L2", self.second, 1, 5, 0)],
			total="31.20",
		)
		self.assertEqual((done, self.days(doc)), (UPDATED, {later}))
		self.assertEqual(
			self.say(lines=[*self.less()["lines"], self.line("L2", self.second, 1, 5, 0)], total="31.20")[0],
			UNCHANGED,
		)

	def test_without_one_it_is_the_day_of_the_order(self):
		self.assertEqual(self.days(self.say()[1]), {today()})

	def test_none_is_before_the_order_and_the_order_tells_what_was_said(self):
		day = str(add_days(today(), -9))
		_, doc = self.say(delivery_date=day)
		self.assertEqual(self.days(doc), {today()})
		self.assertIn(day, self.comments(doc))
		earlier = str(add_days(today(), -8))
		done, doc = self.say(delivery_date=earlier)
		self.assertEqual((done, self.days(doc)), (UNCHANGED, {today()}))
		self.assertIn(earlier, self.comments(doc))
