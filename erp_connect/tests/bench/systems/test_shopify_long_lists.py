"""Orders, parcels and refunds of Shopify with more lines than come at once: whole, or told; never short without a word."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.operate import replay
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shopify_case import TEAPOT, ShopifyCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.test_shopify_orders import money
from erp_connect.tests.fakes.shopify import fixture

LINES, SENT = 120, 60
# Just more than come at once.
MORE = 51
# Payments of one order.
MANY = 21


class TestLongLists(ShopifyCase):
	def setUp(self) -> None:
		super().setUp()
		make.receipt(TEAPOT, SENT)
		self.connect("Orders", "Payments", "Fulfilments", "Refunds")

	def long_order(self, count: int = LINES) -> dict[str, Any]:
		"""An order of so many lines of one teapot each, paid."""
		line = {**fixture("order")["lineItems"][0], "quantity": 1, "discountAllocations": [], "taxLines": []}
		line["originalUnitPriceSet"] = money("1.00")
		lines = [{**line, "id": f"gid://shopify/LineItem/{7000 + number}"} for number in range(count)]
		total, nothing = money(f"{count}.00"), money("0.00")
		order = self.order(
			lineItems=lines, shippingLines=[], totalTipReceivedSet=nothing, totalTaxSet=nothing, totalPriceSet=total
		)  # fmt: skip
		order["transactions"][0]["amountSet"] = total
		return self.fake.add("orders", order)

	def parcel(self, order: dict[str, Any]) -> dict[str, Any]:
		"""A parcel with the first lines of an order."""
		lines = [{"quantity": 1, "lineItem": line} for line in order["lineItems"][:SENT]]
		left = {
			"createdAt": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
			"fulfillmentLineItems": lines,
		}
		return self.fake.follow(order, "fulfillments", self.numbered("fulfillment", "Fulfillment", **left))

	def refund(self, order: dict[str, Any]) -> dict[str, Any]:
		lines = [
			{"quantity": 1, "restockType": "RETURN", "lineItem": line} for line in order["lineItems"][:SENT]
		]
		lines += [
			{"quantity": 1, "restockType": "CANCEL", "lineItem": line} for line in order["lineItems"][SENT:]
		]
		about = {"refundLineItems": lines, "totalRefundedSet": money(f"{LINES}.00")}
		return self.fake.follow(order, "refunds", self.numbered("refund", "Refund", **about))

	def rows_of(self, note: str) -> int:
		return frappe.db.count("Delivery Note Item", {"parent": note})

	@proves("Refund with restock")
	def test_an_order_a_parcel_and_a_refund_come_with_every_line(self):
		order = self.long_order()
		self.pull("Orders")
		self.pull("Payments")
		doc = self.linked("order", order["legacyResourceId"])
		self.assertEqual((len(doc.items), flt(doc.grand_total, 2)), (LINES, LINES), self.history())
		self.parcel(order)
		self.pull("Fulfilments")
		(sent,) = self.links(remote_entity="fulfilment") or self.fail(self.history())
		self.assertEqual(self.rows_of(sent.document_name), SENT)
		self.refund(order)
		self.pull("Refunds")
		against = {"is_return": 1, "return_against": sent.document_name}
		(returned,) = frappe.get_all("Delivery Note", against, pluck="name") or self.fail(self.history())
		self.assertEqual(self.rows_of(returned), SENT)
		paid_back = frappe.get_all(
			"Payment Entry",
			{"payment_type": "Pay", "party": doc.customer, "docstatus": 1},
			pluck="paid_amount",
		)
		self.assertEqual(flt(sum(paid_back), 2), LINES)
		self.assert_all_done()

	def test_a_list_that_the_flow_does_not_ask_on_for_is_told_and_nothing_is_booked(self):
		order = self.long_order(MORE)
		self.pull("Orders")
		flow = self.flow("Fulfilments")
		whole = frappe.db.get_value("Field Mapping", flow, "fetch_body")
		frappe.db.set_value(
			"Field Mapping", flow, "fetch_body", whole.replace("{_after.fulfillmentLineItems}", "{_after.no}")
		)
		frappe.clear_cache(doctype="Field Mapping")
		self.parcel(order)
		self.pull("Fulfilments")
		(event,) = self.events(status="Failed")
		self.assertEqual(event.outcome, "list_goes_on")
		self.assertIn("{_after.fulfillmentLineItems}", event.error)
		self.assertEqual(self.links(remote_entity="fulfilment"), [])
		frappe.db.set_value("Field Mapping", flow, "fetch_body", whole)
		frappe.clear_cache(doctype="Field Mapping")
		replay.retry([event.name])
		self.work()
		(sent,) = self.links(remote_entity="fulfilment") or self.fail(self.history())
		self.assertEqual(self.rows_of(sent.document_name), MORE)

	def test_all_payments_and_tracking_numbers_of_an_order(self):
		order = self.order()
		(paid,) = order["transactions"]
		order["transactions"] = [
			{**paid, "id": f"{paid['id']}{number:02d}", "amountSet": money("3.00")} for number in range(MANY)
		]
		self.fake.add("orders", order)
		self.pull("Orders")
		self.pull("Payments")
		self.assertEqual(len(self.links(remote_entity="payment")), MANY, self.history())
		numbers = [{"company": "DHL", "number": "TRK-1"}, {"company": "DHL", "number": "TRK-2"}]
		now = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
		self.fake.follow(
			order,
			"fulfillments",
			self.numbered("fulfillment", "Fulfillment", trackingInfo=numbers, createdAt=now),
		)
		self.pull("Fulfilments")
		(sent,) = self.links(remote_entity="fulfilment") or self.fail(self.history())
		self.assertEqual(frappe.db.get_value("Delivery Note", sent.document_name, "lr_no"), "TRK-1, TRK-2")
