"""Orders of WooCommerce and what follows them, from the shop's own payloads to ERPNext's documents."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.woocommerce_case import SCARF, TEAPOT, WooCommerceCase
from erp_connect.tests.fakes.woocommerce import fixture

ROOT = "/wp-json/wc/v3"


class TestOrders(WooCommerceCase):
	@proves("Orders in", "Tax of several rates", "Prices with tax", "Discounts, shipping, fees")
	def test_an_order_comes_to_the_cent_with_everything_that_was_charged(self):
		self.connect("Orders")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		doc = self.linked("order", order["id"])
		self.assertEqual((doc.docstatus, doc.currency, doc.owner), (1, "USD", "system-clerk@example.com"))
		self.assertEqual(
			flt(doc.grand_total, 2),
			flt(order["total"], 2),
			[(t.description, t.tax_amount) for t in doc.taxes],
		)
		self.assertEqual([(row.item_code, row.qty) for row in doc.items], [(TEAPOT, 2), (SCARF, 1)])
		self.assertEqual(flt(sum(t.tax_amount for t in doc.taxes if "VAT" in t.description), 2), 10.87)
		self.assertEqual(doc.customer_name, "Greta Ohlsen")
		self.assertIn("Lindenweg 8", doc.address_display)
		self.assertIn("Hafenstrasse 3", doc.shipping_address)
		comments = frappe.get_all(
			"Comment", {"reference_name": doc.name, "comment_type": "Comment"}, pluck="content"
		)
		self.assertTrue(any("neighbour" in text and "autumn10" in text for text in comments), comments)

	def test_a_guest_with_a_download_that_has_no_sku_and_costs_nothing(self):
		self.connect("Orders", "Payments", "Products")
		mark = frappe.generate_hash(length=6)
		values = {"id": self.fake.number(), "sku": "", "name": f"Guide {mark}", "virtual": True}
		product = self.fake.add("products", {**fixture("product"), **values})
		self.pull("Products")
		line = {
			**fixture("order")["line_items"][0],
			"product_id": product["id"],
			"sku": "",
			"quantity": 1,
			"taxes": [],
		}
		line.update({"subtotal": "12.00", "subtotal_tax": "0.00", "total": "0.00", "total_tax": "0.00"})
		nothing = {
			"tax_lines": [],
			"shipping_lines": [],
			"fee_lines": [],
			"total_tax": "0.00",
			"total": "0.00",
		}
		blank = {key: "" for key in fixture("order")["shipping"]}
		order = self.fake.add(
			"orders", self.order(customer_id=0, line_items=[line], shipping=blank, **nothing)
		)
		self.pull("Orders")
		self.pull("Payments")
		doc = self.linked("order", order["id"])
		self.assertEqual(
			(doc.items[0].item_code, doc.grand_total), (self.linked("product", product["id"]).name, 0)
		)
		self.assertEqual(self.links(remote_entity="payment"), [])
		self.assert_all_done()

	@proves("Several currencies")
	def test_currencies_with_their_own_decimals(self):
		from erp_connect.tests.bench.commerce_case import exchange_rate, one_account_for_all

		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		exchange_rate("EUR", 1.1)
		exchange_rate("JPY", 0.007)
		self.connect("Orders")
		euro = self.fake.add("orders", self.order(currency="EUR", **self.today()))
		yen = self.fake.add("orders", self.order(currency="JPY", **self.yen(), **self.today()))
		self.pull("Orders")
		for order, digits in ((euro, 2), (yen, 0)):
			doc = self.linked("order", order["id"])
			self.assertEqual(
				(doc.currency, flt(doc.grand_total, digits)), (order["currency"], flt(order["total"], digits))
			)

	@staticmethod
	def today() -> dict[str, str]:
		return {"date_created_gmt": f"{frappe.utils.today()}T06:00:00"}

	@staticmethod
	def yen() -> dict[str, Any]:
		line = {
			**fixture("order")["line_items"][0],
			"quantity": 1,
			"subtotal": "1000",
			"total": "1000",
			"total_tax": "100",
		}
		line["taxes"] = [{"id": 1, "total": "100", "subtotal": "100"}]
		tax = {
			**fixture("order")["tax_lines"][0],
			"tax_total": "100",
			"shipping_tax_total": "0",
			"label": "JCT",
			"rate_percent": 10,
		}
		return {
			"line_items": [line], "tax_lines": [tax], "shipping_lines": [], "fee_lines": [], "coupon_lines": [], "total_tax": "100", "total": "1100",
		}  # fmt: skip

	@proves("Several pages", "Changes only")
	def test_pages_and_then_changes_only(self):
		self.connect("Orders")
		self.in_small_pages("Orders")
		orders = [self.fake.add("orders", self.order()) for _ in range(3)]
		cursor = self.pull("Orders")
		self.assertEqual(self.fake.count("GET", f"{ROOT}/orders"), 3)  # the first page is looked at again
		self.assertEqual((cursor.status, len(self.links(remote_entity="order"))), ("Idle", 3), self.history())
		since = orders[-1]["date_modified_gmt"]
		self.fake.change("orders", orders[0]["id"], customer_note="Ring twice")
		self.pull("Orders")
		(asked,) = [query for _, path, query, _ in self.fake.calls[3:] if path == f"{ROOT}/orders"]
		self.assertEqual((asked["modified_after"], asked["dates_are_gmt"]), (since, "true"))

	@proves("Years loaded in windows")
	def test_orders_of_years_are_loaded_in_windows_while_changes_come(self):
		self.connect("Orders")
		days = ("2026-06-03T10:00:00", "2026-08-01T00:00:00", "2026-11-02T23:59:59")
		orders = [
			self.fake.add("orders", self.order(date_created_gmt=day, date_modified_gmt=day)) for day in days
		]
		load = self.load("Orders", "2026-06-01T00:00:00")
		self.assertEqual((load.status, load.queued), ("Completed", 3), self.history())
		asked = [
			query for _, path, query, _ in self.fake.calls if path == f"{ROOT}/orders" and "after" in query
		]
		self.assertEqual(
			(asked[0]["after"], asked[0]["before"]), ("2026-05-31T23:59:59", "2026-07-01T00:00:00")
		)
		self.assertFalse([query for query in asked if "modified_after" in query])
		for order in orders:
			self.assertEqual(self.linked("order", order["id"]).docstatus, 1)
		late = self.fake.add("orders", self.order(date_modified_gmt=load.up_to))
		self.pull("Orders")
		(changes,) = [query for _, _, query, _ in self.fake.calls if "modified_after" in query]
		self.assertLess(changes["modified_after"], load.up_to)
		self.assertEqual(len(self.links(remote_entity="order")), 4)
		self.assertTrue(self.linked("order", late["id"]))

	@proves("Order changed")
	def test_an_order_that_is_edited_in_the_shop_is_changed(self):
		self.connect("Orders")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		lines = [{**order["line_items"][0], "quantity": 3, "subtotal": "63.03", "total": "56.73", "total_tax": "10.78",
			"taxes": [{"id": 1, "total": "10.7787", "subtotal": "11.97"}]}, order["line_items"][1]]  # fmt: skip
		taxes = [{**order["tax_lines"][0], "tax_total": "11.56"}, order["tax_lines"][1]]
		self.fake.change(
			"orders", order["id"], line_items=lines, tax_lines=taxes, total_tax="14.47", total="108.36"
		)
		self.pull("Orders")
		doc = self.linked("order", order["id"])
		self.assertEqual((doc.items[0].qty, flt(doc.grand_total, 2)), (3, 108.36), self.history())

	@proves("Order cancelled")
	def test_cancelled_and_deleted_orders_are_cancelled_and_strangers_passed_over(self):
		self.connect("Orders", "Cancellations")
		self.register()
		order, other = (self.fake.add("orders", self.order()) for _ in range(2))
		self.work()
		self.fake.change("orders", order["id"], status="cancelled")
		self.fake.remove("orders", other["id"])
		self.fake.add("orders", self.order(status="cancelled"))
		self.work()
		self.assertEqual(
			[self.linked("order", one["id"]).docstatus for one in (order, other)], [2, 2], self.history()
		)
		self.assert_all_done()

	@proves("Payment in")
	def test_a_payment_is_an_advance_of_its_order(self):
		self.connect("Orders", "Payments")
		order = self.fake.add("orders", self.order())
		self.fake.add("orders", self.order(status="on-hold", date_paid=None, date_paid_gmt=None))
		self.pull("Orders")
		self.pull("Payments")
		payment = self.linked("payment", order["transaction_id"])
		self.assertEqual((flt(payment.paid_amount, 2), payment.docstatus), (85.85, 1))
		self.assertEqual(payment.references[0].reference_name, self.linked("order", order["id"]).name)
		self.assertEqual(len(self.links(remote_entity="payment")), 1)
		self.assert_all_done()


class TestRefunds(WooCommerceCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect("Orders", "Payments", "Refunds")
		self.order_ = self.fake.add("orders", self.order())
		self.pull("Orders")
		self.pull("Payments")

	def deliver_order(self) -> Any:
		from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

		doc = make_delivery_note(self.linked("order", self.order_["id"]).name)
		doc.insert().submit()
		frappe.db.commit()
		return doc

	def given(self, **how: Any) -> list[Any]:
		"""What a refund of one teapot that had left became."""
		restock = how.pop("restock", False)
		self.fake.refund(self.order_["id"], self.refund_of(self.order_, **how), restock=restock)
		self.pull("Refunds")
		self.assert_all_done()
		return frappe.get_all(
			"Delivery Note", {"is_return": 1, "return_against": self.sent.name}, ["name", "docstatus"]
		)

	def paid_back(self) -> float:
		order = self.linked("order", self.order_["id"])
		rows = frappe.get_all(
			"Payment Entry",
			{"payment_type": "Pay", "party": order.customer, "docstatus": 1},
			pluck="paid_amount",
		)
		return flt(sum(rows), 2)

	@proves("Refund with restock")
	def test_pieces_that_came_back_into_stock(self):
		self.sent = self.deliver_order()
		(returned,) = self.given(restock=True)
		rows = frappe.get_all("Delivery Note Item", {"parent": returned.name}, ["item_code", "qty"])
		self.assertEqual([(row.item_code, row.qty) for row in rows], [(TEAPOT, -1)])
		self.assertEqual(self.paid_back(), 22.5)

	@proves("Refund without restock")
	def test_pieces_that_stay_away(self):
		self.sent = self.deliver_order()
		self.assertEqual(self.given(restock=False), [])
		self.assertEqual(self.paid_back(), 22.5)

	@proves("Refund of an amount", "Refunds compared")
	def test_an_amount_alone(self):
		self.sent = self.deliver_order()
		self.assertEqual(self.given(line_items=[], tax_lines=[], amount="7.00"), [])
		self.assertEqual(self.paid_back(), 7.0)
		self.assertEqual(self.compared("Refunds"), (0, 0, 0, 0), self.history())
		(refund,) = self.fake.children["orders", self.order_["id"], "refunds"].values()
		refund["amount"] = "9.00"
		self.assertEqual(self.compared("Refunds"), (0, 0, 1, 0), self.history())
