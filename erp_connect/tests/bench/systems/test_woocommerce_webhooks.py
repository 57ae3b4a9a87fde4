"""Webhooks of WooCommerce: registered by its API, pinged, signed, delivered, removed."""

from __future__ import annotations

import json
from typing import Any

from frappe.utils import flt

from erp_connect.operate import webhooks
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.woocommerce_case import WooCommerceCase

ORDER_TOPICS = {"order.created", "order.updated", "order.restored"}


class TestWebhooks(WooCommerceCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect("Orders")
		self.register()

	def hook(self, topic: str = "order.created") -> dict[str, Any]:
		return next(one for one in self.fake.webhooks.made.values() if one["topic"] == topic)

	@proves("Webhooks registered and removed")
	def test_those_that_the_flows_need_are_registered_once_and_removed(self):
		self.assertEqual({one["topic"] for one in self.fake.webhooks.made.values()}, ORDER_TOPICS)
		self.assertEqual(self.fake.webhooks.pings, [200] * len(ORDER_TOPICS))
		self.assertEqual(set(self.register().kept), ORDER_TOPICS)
		self.assertEqual(len(self.fake.webhooks.made), len(ORDER_TOPICS))
		report = webhooks.remove(self.account)
		self.assertEqual((set(report.removed), report.left), (ORDER_TOPICS, []))
		self.assertEqual(self.fake.webhooks.made, {})

	def test_one_that_the_shop_switched_off_is_made_again(self):
		self.hook()["status"] = "disabled"
		self.assertEqual(self.register().made, ["order.created"])
		self.assertEqual({one["status"] for one in self.fake.webhooks.made.values()}, {"active"})

	@proves("Orders in by webhook")
	def test_an_order_that_is_placed_and_changed(self):
		order = self.fake.add("orders", self.order())
		self.work()
		self.assertEqual(flt(self.linked("order", order["id"]).grand_total, 2), 85.85)
		self.fake.change("orders", order["id"], number="A-77")
		self.work()
		self.assertEqual(self.fake.webhooks.deliveries, [("order.created", 200), ("order.updated", 200)])
		self.assertIn("A-77", self.linked("order", order["id"]).po_no)
		self.assert_all_done()

	@proves("Webhook with a changed byte refused")
	def test_a_changed_byte_is_refused_and_nothing_is_stored(self):
		raw = json.dumps(self.order()).encode()
		proof = self.fake.webhooks.headers(self.hook(), raw)["X-WC-Webhook-Signature"]
		changed = raw.replace(b"85.85", b"15.85")
		self.assertNotEqual(changed, raw)
		status = self.fake.webhooks.deliver(self.hook(), changed, **{"X-WC-Webhook-Signature": proof})
		self.assertEqual((status, self.events()), (401, []))

	@proves("Webhook twice, one effect")
	def test_twice_has_one_effect(self):
		order = self.order()
		raw = json.dumps(order).encode()
		for _ in range(2):
			self.assertEqual(self.fake.webhooks.deliver(self.hook(), raw), 200)
		self.work()
		self.assertEqual(len(self.events()), 1)
		self.linked("order", order["id"])

	def test_two_changes_within_a_second_both_count(self):
		order = self.order()
		later = {**order, "number": "B-88"}
		first, second = (json.dumps(one).encode() for one in (order, later))
		hook = self.hook()
		ids = {self.fake.webhooks.headers(hook, raw)["X-WC-Webhook-Delivery-ID"] for raw in (first, second)}
		self.assertEqual(len(ids), 1)
		for raw in (first, second):
			self.fake.webhooks.deliver(hook, raw)
		self.work()
		self.assertIn("B-88", self.linked("order", order["id"]).po_no)
