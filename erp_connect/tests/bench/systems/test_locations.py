"""Parcels and returns move the stock of the place that the shop names; a place nobody mapped is told, and moves nothing."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import frappe

from erp_connect.operate import replay
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.magento_case import MagentoCase
from erp_connect.tests.bench.systems.shopify_case import ShopifyCase
from erp_connect.tests.fakes import shopify

LOCATION = "655441491"


class Places:
	"""What both shops' tests look at: `other` is the warehouse of the place that was entered with the account."""

	def setUp(self) -> None:
		super().setUp()
		self.other = frappe.db.get_value(
			"Warehouse", {"company": self.company, "warehouse_name": "Finished Goods"}
		)
		for item in self.articles[:1]:
			moved = frappe.copy_doc(make.receipt(item, 5))
			moved.items[0].t_warehouse = self.other
			moved.insert().submit()

	def warehouses(self, order: str, **filters: Any) -> list[tuple[str, float]]:
		"""What was delivered of an order, or came back."""
		fields = ["warehouse", "qty"]
		rows = frappe.get_all("Delivery Note Item", {"against_sales_order": order, **filters}, fields)
		return sorted((row.warehouse, row.qty) for row in rows)

	def assert_held_until_mapped(self, map_: str, unknown: str) -> None:
		"""Of one parcel the place is unknown, which is told until the Value Map has an entry for it."""
		done = ("Processed", "Delivered", "Skipped", "Superseded")
		(event,) = [row for row in self.events() if row.status not in done] or self.fail(self.history())
		self.assertIn(f"{unknown} is not a warehouse of {self.company}", self.history())
		doc = frappe.get_doc("Value Map", f"{self.account}: {map_}")
		self.addCleanup(self.forget, doc.name, len(doc.entries))
		doc.append("entries", {"erp_value": make.warehouse(), "remote_value": unknown})
		doc.save()
		self.commit()
		replay.retry([event.name])
		self.work()
		self.assert_all_done()

	def forget(self, name: str, count: int) -> None:
		frappe.db.rollback()
		doc = frappe.get_doc("Value Map", name)
		doc.entries = doc.entries[:count]
		doc.save()
		self.commit()


class TestShopifyLocations(Places, ShopifyCase):
	def test_parcels_leave_their_location_and_pieces_come_back_to_theirs(self):
		self.connect("Orders", "Payments", "Refunds", "Fulfilments", entries={"stock_warehouse": self.other})
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		self.pull("Payments")
		name = self.linked("order", order["legacyResourceId"]).name
		piece = {**shopify.fixture("fulfillment")["fulfillmentLineItems"][0], "quantity": 1}
		now = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
		for number in (LOCATION, "2"):
			parcel = {"fulfillmentLineItems": [piece], "createdAt": now, "location": self.place(number)}
			self.fake.follow(order, "fulfillments", self.numbered("fulfillment", "Fulfillment", **parcel))
		self.pull("Fulfilments")
		self.assertEqual(self.warehouses(name), [(self.other, 1)], self.history())
		self.assert_held_until_mapped("Shopify Locations", "2")
		left = [(self.other, 1), (make.warehouse(), 1)]
		self.assertEqual(self.warehouses(name), sorted(left))
		# It came back to the other place than the one that its parcel, the first one, had left.
		back = {**shopify.fixture("refund")["refundLineItems"][0], "location": self.place("2")}
		self.fake.follow(order, "refunds", self.numbered("refund", "Refund", refundLineItems=[back]))
		self.pull("Refunds")
		self.assertEqual(self.warehouses(name), sorted([*left, (make.warehouse(), -1)]), self.history())
		self.assert_all_done()

	def place(self, number: str) -> dict[str, str]:
		id_ = f"gid://shopify/Location/{number}"
		return {"id": id_, "legacyResourceId": number, "name": f"Place {number}"}


class TestMagentoSources(Places, MagentoCase):
	def test_shipments_leave_the_warehouse_of_their_source(self):
		self.connect("Orders", "Shipments", entries={"stock_warehouse": self.other})
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		name = self.linked("order", order["entity_id"]).name
		for source in ("default", "reno"):
			named = {"extension_attributes": {"source_code": source}}
			self.of("shipment", order, created_at=f"{frappe.utils.today()} 12:00:00", **named)
		self.pull("Shipments")
		self.assertEqual(self.warehouses(name), [(self.other, 1)], self.history())
		self.assert_held_until_mapped("Magento Sources", "reno")
		self.assertEqual(self.warehouses(name), sorted([(self.other, 1), (make.warehouse(), 1)]))
