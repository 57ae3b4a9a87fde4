"""What orders of Shopify are charged with besides goods, taxes and shipping, and gift cards: sold, and paid with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import flt

from erp_connect.core.presets.inputs import Input
from erp_connect.operate import suggestions
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import account
from erp_connect.tests.bench.systems.shopify_case import ShopifyCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.test_shopify_orders import money
from erp_connect.tests.fakes.shopify import fixture

NOTHING = money("0.00")


class PartsCase(ShopifyCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.restore = 100_000  # the throttle has tests of its own
		self.entries: dict[str, str] = {}

	def booked(self, **changes: Any) -> Any:
		"""The Sales Order of an order with one teapot for 20.00, and 3.80 of tax, unless `changes` say otherwise."""
		if not self.account:
			self.connect("Orders", "Payments", entries=self.entries)
		order = self.order(**{**self.plain(), **changes})
		order["transactions"] = changes.get("transactions") or order["transactions"]
		self.fake.add("orders", order)
		self.pull("Orders")
		return self.linked("order", order["legacyResourceId"])

	@staticmethod
	def teapot(**changes: Any) -> dict[str, Any]:
		tax = {"title": "VAT", "rate": 0.19, "ratePercentage": 19, "priceSet": money("3.80")}
		line = {**fixture("order")["lineItems"][0], "quantity": 1, "originalUnitPriceSet": money("20.00")}
		return {**line, "discountAllocations": [], "taxLines": [tax], **changes}

	def plain(self) -> dict[str, Any]:
		return {
			"lineItems": [self.teapot()],
			"shippingLines": [],
			"totalTipReceivedSet": NOTHING,
			"totalTaxSet": money("3.80"),
			"totalPriceSet": money("23.80"),
		}

	@staticmethod
	def charged(doc: Any) -> dict[str, float]:
		return {row.description: flt(row.tax_amount, 2) for row in doc.taxes}

	def tender(self, *parts: tuple[str, str, str]) -> list[dict[str, Any]]:
		"""Payments of an order, as (gateway, its name for people, amount)."""
		(paid,) = fixture("order")["transactions"]
		return [
			{
				**paid,
				"id": f"gid://shopify/OrderTransaction/{self.fake.number()}",
				"gateway": gateway,
				"formattedGateway": shown,
				"amountSet": money(amount),
			}
			for gateway, shown, amount in parts
		]


class TestCharges(PartsCase):
	@proves("Discounts, shipping, fees")
	def test_tip_duties_and_other_fees_to_the_cent(self):
		fee = {
			"id": "gid://shopify/AdditionalFee/1",
			"name": "Retail delivery fee",
			"price": money("0.28"),
			"taxLines": [{"title": "VAT", "rate": 0.25, "ratePercentage": 25, "priceSet": money("0.07")}],
		}
		doc = self.booked(
			totalTipReceivedSet=money("2.00"), originalTotalDutiesSet=money("6.15"), additionalFees=[fee],
			totalTaxSet=money("3.87"), totalPriceSet=money("32.30"),
		)  # fmt: skip
		self.assertEqual(flt(doc.grand_total, 2), 32.3, self.history())
		charged = self.charged(doc)
		self.assertEqual(
			[charged.get(title) for title in ("Tip", "Duties", "Retail delivery fee")],
			[2.0, 6.15, 0.28],
			charged,
		)

	def test_taxes_of_duties(self):
		doc = self.booked(
			originalTotalDutiesSet=money("6.00"), totalTaxSet=money("4.94"), totalPriceSet=money("30.94")
		)
		self.assertEqual(flt(doc.grand_total, 2), 30.94, self.history())
		charged = self.charged(doc)
		self.assertEqual((charged["Duties"], charged["Tax on duties"]), (6.0, 1.14), charged)

	def test_duties_that_prices_contain_are_not_charged_once_more(self):
		doc = self.booked(dutiesIncluded=True, originalTotalDutiesSet=money("6.15"))
		self.assertEqual(flt(doc.grand_total, 2), 23.8, self.history())
		self.assertNotIn("Duties", self.charged(doc))

	def test_in_prices_with_tax(self):
		doc = self.booked(
			taxesIncluded=True, totalTipReceivedSet=money("2.00"), originalTotalDutiesSet=money("6.15"),
			lineItems=[self.teapot(originalUnitPriceSet=money("23.80"))], totalPriceSet=money("31.95"),
		)  # fmt: skip
		self.assertEqual((flt(doc.grand_total, 2), flt(doc.net_total, 2)), (31.95, 20.0), self.history())


class TestGiftCards(PartsCase):
	def setUp(self) -> None:
		super().setUp()
		self.owed = account("Gift Cards Sold", "", "Current Liabilities")
		defaults = [{"company": self.company, "income_account": self.owed}]
		self.card = make.item(is_stock_item=0, item_defaults=defaults).name
		frappe.db.commit()
		self.entries = {"gift_card_item": self.card}

	def lines(self) -> list[dict[str, Any]]:
		"""A teapot, and a gift card of 50.00, which bears no tax."""
		card = self.teapot(
			id="gid://shopify/LineItem/399", sku=None, name="Gift card - $50", isGiftCard=True, variant=None,
			originalUnitPriceSet=money("50.00"), taxLines=[],
		)  # fmt: skip
		return [self.teapot(), card]

	def balance(self, account_: str, voucher: str) -> float:
		rows = frappe.get_all(
			"GL Entry",
			{"account": account_, "voucher_no": voucher, "is_cancelled": 0},
			["debit", "credit"],
		)
		return flt(sum(row.credit - row.debit for row in rows), 2)

	@proves("Orders in")
	def test_a_gift_card_that_is_sold_is_owed_and_no_income(self):
		doc = self.booked(lineItems=self.lines(), totalPriceSet=money("73.80"))
		self.assertEqual(flt(doc.grand_total, 2), 73.8, self.history())
		self.assertEqual([row.item_code for row in doc.items][1], self.card)
		invoice = make_sales_invoice(doc.name)
		invoice.insert().submit()
		self.assertEqual(self.balance(self.owed, invoice.name), 50.0)
		self.assertEqual(flt(invoice.grand_total, 2), 73.8)

	def test_without_an_item_for_them_the_order_is_held_with_what_to_do(self):
		self.entries = {}
		self.connect("Orders")
		order = self.order(**{**self.plain(), "lineItems": self.lines(), "totalPriceSet": money("73.80")})
		self.fake.add("orders", order)
		self.pull("Orders")
		(event,) = self.events(status="On Hold")
		self.assertIn("Gift Card Item", event.error)

	def test_an_item_is_not_suggested_by_chance(self):
		asked = Input(key="gift_card_item", title="Item", doctype="Item", filters={"name": self.card})
		shop = SimpleNamespace(inputs=(asked,))
		self.assertEqual(suggestions.suggest(shop, self.company), {})

	@proves("Payment in")
	def test_a_gift_card_as_tender_is_taken_off_what_is_owed(self):
		if not frappe.db.exists("Mode of Payment", "Gift card"):
			mode = {"doctype": "Mode of Payment", "mode_of_payment": "Gift card", "type": "General"}
			frappe.get_doc(
				{**mode, "accounts": [{"company": self.company, "default_account": self.owed}]}
			).insert()
			frappe.db.commit()
		doc = self.booked(
			transactions=self.tender(
				("gift_card", "Gift card", "20.00"), ("shopify_payments", "Shopify Payments", "3.80")
			)
		)
		self.pull("Payments")
		entries = [
			frappe.get_doc("Payment Entry", link.document_name)
			for link in self.links(remote_entity="payment")
		]
		by_card = next(one for one in entries if one.mode_of_payment == "Gift card")
		self.assertEqual((by_card.paid_to, flt(by_card.paid_amount, 2)), (self.owed, 20.0), self.history())
		self.assertEqual(self.balance(self.owed, by_card.name), -20.0)
		doc.reload()
		self.assertEqual(flt(doc.advance_paid, 2), 23.8)
		self.assert_all_done()
