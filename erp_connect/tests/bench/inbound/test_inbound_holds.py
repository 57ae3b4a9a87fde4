"""Orders that miss something are held, by the API and by webhooks, and done after the fix; orders in other currencies."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.api import events
from erp_connect.inbound import process as processing
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_orders import FIXTURES, OrderTestCase


class TestCurrencies(OrderTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.forget()
		self.addCleanup(self.forget)

	def forget(self) -> None:
		frappe.db.rollback()
		frappe.db.delete("Currency Exchange", {"from_currency": ("in", ("EUR", "GBP"))})
		self.commit()

	def rate(self, currency: str, rate: float) -> None:
		frappe.get_doc(
			{"doctype": "Currency Exchange", "date": "2026-11-01", "from_currency": currency, "to_currency": "USD",
				"exchange_rate": rate, "for_selling": 1}
		).insert()  # fmt: skip
		self.commit()

	def test_two_currencies_with_rates_of_their_own(self):
		self.rate("EUR", 1.0837)
		self.rate("GBP", 1.2719)
		for currency, rate in (("EUR", 1.0837), ("GBP", 1.2719), ("USD", 1)):
			for name in (
				"tax on top",
				"inclusive tax",
				"taxed shipping",
				"discount on net",
				"three for ten",
				"fees and a tip",
			):
				with self.subTest(name, currency=currency):
					body = self.order(**FIXTURES[name], currency=currency)
					body["customer"] = {
						**body["customer"],
						"id": currency,
						"email": f"{currency.lower()}@example.com",
					}
					self.assertEqual(self.assert_booked(body).conversion_rate, rate)

	def test_without_a_rate_it_is_held_and_done_after_the_rate_is_entered(self):
		body = self.order(**FIXTURES["tax on top"], currency="EUR")
		self.assertIn("EUR", self.assert_held(body, "missing_rate"))
		self.rate("EUR", 1.1)
		self.assert_booked(body)


class TestHolds(OrderTestCase):
	"""By the API 409, by a webhook On Hold; both work after the fix."""

	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Sales Order", [],
			[
				make.row(path, path) for path in (
					"id", "currency", "total", "total_tax", "date", "customer.id", "customer.name", "customer.email",
					"lines[].id", "lines[].sku", "lines[].name", "lines[].quantity", "lines[].unit_price",
				)
			] + [make.row("lines[].tax_lines", "lines[].tax_lines")],
			name="Orders", direction="Incoming", purpose="Order", remote_entity="order", topics="orders/create",
		)  # fmt: skip
		self.commit()

	def body(self, **values: Any) -> dict[str, Any]:
		return {
			**self.order(**FIXTURES["tax on top"]),
			"customer": {
				"id": make.unique("c"),
				"name": "Held",
				"email": f"{frappe.generate_hash(length=8)}@example.com",
			},
			**values,
		}

	def held_then_done(self, body: dict[str, Any], code: str, fix, words: str = "") -> None:
		webhook = {**body, "id": make.unique("O")}
		before = self.world()
		self.ok(self.hook(webhook, topic="orders/create"))
		self.work()
		event = self.event(event="webhook")
		self.assertEqual((event.status, event.outcome), ("On Hold", code), self.history())
		self.assertIn("press Retry", event.error)
		self.assertIn(words, event.error)
		self.assertEqual(self.world(), before)
		told = self.assert_held(body, code)
		self.assertIn("repeat the call", told)
		self.assertNotIn("Retry", told)
		fix()
		self.commit()
		self.assertEqual(events.retry([event.name]), 1)
		self.work()
		event = self.event(event="webhook")
		self.assertEqual(
			(event.status, event.reference_doctype), ("Processed", "Sales Order"), self.history()
		)
		doc = frappe.get_doc("Sales Order", event.reference_name)
		self.assertEqual((doc.docstatus, flt(doc.grand_total, 2)), (1, flt(body["total"], 2)))
		self.assert_booked(body)

	def test_a_missing_item(self):
		sku = make.unique("SKU")
		body = self.body()
		body["lines"][0] = {**body["lines"][0], "sku": sku}
		self.held_then_done(
			body, "missing_item", lambda: make.selling_item(sku), f"There is no item for article {sku}"
		)

	def test_a_missing_item_that_is_a_barcode_of_another(self):
		sku = frappe.generate_hash(length=12)
		body = self.body()
		body["lines"][0] = {**body["lines"][0], "sku": sku}

		def fix() -> None:
			item = make.item(is_stock_item=0)
			item.append("barcodes", {"barcode": sku})
			item.save()

		self.held_then_done(body, "missing_item", fix)

	def test_a_missing_account(self):
		self.change(commerce_accounts=self.accounts[1:])
		self.held_then_done(
			self.body(),
			"missing_account",
			lambda: self.change(commerce_accounts=self.accounts),
			f"Add it to Ledger accounts of account {make.ACCOUNT}",
		)

	def test_a_difference_above_the_rounding_limit_of_the_account(self):
		self.held_then_done(
			self.body(total="24.07"), "total_differs", lambda: self.change(rounding_limit=0.07)
		)

	def test_a_missing_rate(self):
		frappe.db.delete("Currency Exchange", {"from_currency": "CHF"})
		self.commit()
		rate = {
			"doctype": "Currency Exchange",
			"date": "2026-11-01",
			"from_currency": "CHF",
			"to_currency": "USD",
			"exchange_rate": 1.2,
			"for_selling": 1,
		}
		self.addCleanup(frappe.db.delete, "Currency Exchange", {"from_currency": "CHF"})
		self.held_then_done(
			self.body(currency="CHF"),
			"missing_rate",
			lambda: frappe.get_doc(rate).insert(),
			"Enter one in Currency Exchange",
		)

	def test_an_order_that_does_not_add_up_stays_held_until_a_corrected_one_is_booked(self):
		body = self.body(total="25.00")
		self.ok(self.hook(body, topic="orders/create", id="w-1"))
		self.work()
		event = self.event()
		self.assertEqual((event.status, event.outcome), ("On Hold", "total_differs"), self.history())
		self.assertIn("25.00", event.error)
		events.retry([event.name])
		self.work()
		self.assertEqual(self.event().status, "On Hold")
		self.ok(self.hook({**body, "total": "24.00"}, topic="orders/create", id="w-2"))
		self.work()
		self.assertEqual(self.statuses(), ["Superseded", "Processed"], self.history())

	def test_the_same_order_in_two_events_is_one_sales_order(self):
		body = self.body()
		for number in range(3):
			self.ok(self.hook({**body, "n": number}, topic="orders/create"))
		processing.process(make.ACCOUNT)
		self.assertEqual(self.statuses(), ["Processed"] * 3, self.history())
		self.assertEqual(len({row.reference_name for row in self.events()}), 1)
		self.assertEqual(self.count("Sales Order", po_no=body["id"]), 1)
