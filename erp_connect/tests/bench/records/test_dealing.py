"""Documents that name no price list or currency have those of their customer or supplier, else the company's."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.records.errors import HeldForReview
from erp_connect.tests.bench import commerce_case
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ends_case import EndsTestCase
from erp_connect.tests.bench.systems.paytm_case import rupee_company

# Type of the document, field and kind of its party, side of the trade, and a day that it needs.
KINDS = (
	("Sales Order", "customer", make.customer, "selling", "delivery_date"),
	("Sales Invoice", "customer", make.customer, "selling", ""),
	("Quotation", "party_name", make.customer, "selling", ""),
	("Purchase Order", "supplier", make.supplier, "buying", "schedule_date"),
	("Purchase Invoice", "supplier", make.supplier, "buying", ""),
)


class TestDealing(EndsTestCase):
	def setUp(self) -> None:
		super().setUp()
		commerce_case.exchange_rate("EUR", 1.1)
		self.item = make.item(is_stock_item=0).name

	def flow(self, doctype: str, *fields: tuple[str, str]) -> inflow.InFlow:
		pairs = (*(pair for pair in fields if pair[0]), ("items[].qty", "lines[].qty"))
		rows = [make.row("items[].item_code", "lines[].sku", row_key=1), *(make.row(*pair) for pair in pairs)]
		found = make.incoming(doctype, rows)
		self.commit()
		return found

	def written(self, flow: inflow.InFlow, **record: Any) -> Any:
		base = {"id": "1", "day": add_days(today(), 5), "lines": [{"sku": self.item, "qty": 1, "rate": 100}]}
		done = write.upsert(flow, {**base, **record})
		self.commit()
		self.assertEqual(done.missed, ())
		return frappe.get_doc(done.doctype, done.name)

	def listed(self, side: str, price: float, currency: str = "USD", name: str = "") -> str:
		if not name:
			values = {"price_list_name": make.unique("Prices"), side: 1, "currency": currency}
			name = frappe.get_doc({"doctype": "Price List", **values}).insert().name
		values = {"item_code": self.item, "price_list": name, "price_list_rate": price}
		frappe.get_doc({"doctype": "Item Price", **values}).insert()
		return name

	def test_prices_of_the_party(self):
		for side, usual in (("selling", "Standard Selling"), ("buying", "Standard Buying")):
			self.listed(side, 100, name=usual)
			own, other = self.listed(side, 70), self.listed(side, 60)
			for doctype, party, kind, of_side, day in KINDS:
				if of_side != side:
					continue
				with self.subTest(doctype):
					first, second = kind(default_price_list=own).name, kind().name
					flow = self.flow(doctype, (party, "who"), (day, "day"))
					for who, rate in ((first, 70), (second, 100), (first, 70)):
						self.assertEqual(self.written(flow, who=who).items[0].rate, rate)
					flow = self.flow(doctype, (party, "who"), (day, "day"), (f"{side}_price_list", "list"))
					self.assertEqual(self.written(flow, who=first, list=other).items[0].rate, 60)

	def test_a_list_that_is_out_of_use_is_left_alone(self):
		self.listed("selling", 100, name="Standard Selling")
		own = self.listed("selling", 70)
		frappe.db.set_value("Price List", own, "enabled", 0)
		flow = self.flow("Sales Order", ("customer", "who"), ("delivery_date", "day"))
		doc = self.written(flow, who=make.customer(default_price_list=own).name)
		self.assertEqual(doc.items[0].rate, 100)

	def test_the_currency_of_the_party(self):
		commerce_case.one_account_for_all("1")
		self.addCleanup(commerce_case.one_account_for_all, "0")
		for doctype, party, kind, _side, day in KINDS:
			with self.subTest(doctype):
				flow = self.flow(doctype, (party, "who"), (day, "day"), ("items[].rate", "lines[].rate"))
				euros, dollars = kind(default_currency="EUR").name, kind().name
				for who, currency, amount in (
					(euros, "EUR", 110),
					(dollars, "USD", 100),
					(euros, "EUR", 110),
				):
					doc = self.written(flow, who=who)
					self.assertEqual(
						(doc.currency, doc.grand_total, doc.base_grand_total), (currency, 100, amount)
					)
				self.assertEqual(self.written(flow, id="2", who=euros, currency="USD").currency, "USD")
				self.assertEqual(self.written(flow, id="3", who=euros, currency="EUR").currency, "EUR")
				with self.assertRaises(HeldForReview):
					write.upsert(flow, {"id": "4", "who": euros, "day": today(), "currency": "JPY", "lines": [
						{"sku": self.item, "qty": 1, "rate": 100}]})  # fmt: skip
				frappe.db.rollback()

	def test_the_currency_of_the_company(self):
		company = rupee_company()
		flow = self.flow(
			"Sales Order", ("customer", "who"), ("company", "company"), ("delivery_date", "day"),
			("items[].rate", "lines[].rate"),
		)  # fmt: skip
		doc = self.written(flow, who=make.customer().name, company=company)
		self.assertEqual((doc.currency, doc.base_grand_total), ("INR", 100))

	def test_the_currency_of_what_it_is_of(self):
		who = make.supplier(default_currency="EUR").name
		fields = (
			("supplier", "who"),
			("schedule_date", "day"),
			("currency", "currency"),
			("items[].rate", "lines[].rate"),
		)
		order = self.written(self.flow("Purchase Order", *fields), who=who, currency="USD")
		order.submit()
		flow = self.flow("Purchase Receipt", ("supplier", "who"), ("items[].purchase_order", "lines[].order"))
		doc = self.written(flow, who=who, lines=[{"sku": self.item, "qty": 1, "order": order.name}])
		self.assertEqual((doc.currency, doc.grand_total), ("USD", 100))

	def test_a_list_in_another_currency(self):
		"""Prices of a draft that is given another list, or another currency, are worked out anew."""
		commerce_case.one_account_for_all("1")
		self.addCleanup(commerce_case.one_account_for_all, "0")
		for doctype, party, kind, side, day in KINDS:
			with self.subTest(doctype):
				self.item = make.item(is_stock_item=0).name
				dollars, euros = self.listed(side, 50), self.listed(side, 100, "EUR")
				flow = self.flow(
					doctype,
					(party, "who"),
					(day, "day"),
					(f"{side}_price_list", "list"),
					("currency", "currency"),
				)
				who = kind().name
				for name, currency, rate in (
					(dollars, "USD", 50), (euros, "USD", 110), (euros, "EUR", 100), (euros, "USD", 110), (dollars, "USD", 50),
				):  # fmt: skip
					doc = self.written(flow, who=who, list=name, currency=currency)
					self.assertEqual((doc.currency, doc.items[0].rate), (currency, rate))
