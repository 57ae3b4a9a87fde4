"""What is done with orders of Shopify here, told to the shop: parcels with their tracking number, cancellations, closed orders."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

from erp_connect.operate import replay
from erp_connect.tests.bench.systems.shop_case import in_several_rows
from erp_connect.tests.bench.systems.shopify_case import SCARF, TEAPOT, ShopifyCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.shopify_http import Trouble
from erp_connect.tests.fakes.shopify_shipping import IN_PROGRESS, fulfillment_order

CREATE = "fulfillmentCreate"
TRACK = "fulfillmentTrackingInfoUpdate"


class OrdersOutCase(ShopifyCase):
	def setUp(self) -> None:
		super().setUp()
		self.fake.restore = 100_000  # the throttle has tests of its own

	def came(self, *flows: str, **changes: Any) -> tuple[dict[str, Any], Any]:
		"""An order of the shop, and the Sales Order that it became."""
		self.connect("Orders", *flows)
		order = self.fake.add("orders", self.order(**changes))
		self.pull("Orders")
		self.fake.calls.clear()
		return order, self.linked("order", order["legacyResourceId"])

	@staticmethod
	def parcel(order: Any, pieces: dict[str, int], **values: Any) -> Any:
		"""A submitted Delivery Note of some pieces of an order."""
		doc = make_delivery_note(order.name)
		doc.items = [row for row in doc.items if row.item_code in pieces]
		for row in doc.items:
			row.qty = pieces[row.item_code]
		doc.update(values)
		doc.insert().submit()
		return doc

	def failed(self) -> str:
		(event,) = self.events(status="Failed") or self.fail(self.history())
		return event.error


class TestParcels(OrdersOutCase):
	@proves("Tracking out")
	def test_each_parcel_becomes_a_fulfilment_of_its_pieces(self):
		order, doc = self.came("Parcels to the shop", "Fulfilments")
		first = self.parcel(doc, {TEAPOT: 1}, lr_no="TRK-1", transporter_name="Parcel Post")
		self.send()
		(made,) = order["fulfillments"] or self.fail(self.history())
		(line,) = made["fulfillmentLineItems"]
		self.assertEqual((line["lineItem"]["id"], line["quantity"]), ("gid://shopify/LineItem/301", 1))
		self.assertEqual(made["trackingInfo"], [{"company": "Parcel Post", "number": "TRK-1"}])
		self.assertEqual(self.fake.notified, [made["id"]])
		self.assertEqual(order["fulfillmentOrders"][0]["status"], IN_PROGRESS)
		rest = self.parcel(doc, {TEAPOT: 1, SCARF: 1})
		self.send()
		pieces = {
			one["lineItem"]["sku"]: one["quantity"]
			for one in order["fulfillments"][1]["fulfillmentLineItems"]
		}
		self.assertEqual(pieces, {TEAPOT: 1, SCARF: 1}, self.history())
		self.assertEqual(order["fulfillments"][1]["trackingInfo"], [])
		# What comes back is what is here already.
		self.pull("Fulfilments")
		found = {link.document_name: link.external_id for link in self.links(remote_entity="fulfilment")}
		self.assertEqual(
			found,
			{
				note.name: record["legacyResourceId"]
				for note, record in zip((first, rest), order["fulfillments"], strict=True)
			},
		)
		self.assert_all_done()

	@proves("Answer lost after the work was done")
	def test_an_answer_that_is_lost_ships_nothing_twice(self):
		self.ships_once(lr_no="TRK-9", transporter_name="DHL")

	def test_nor_does_one_of_a_parcel_without_a_tracking_number(self):
		self.ships_once()

	def ships_once(self, **tracking: str) -> None:
		order, doc = self.came("Parcels to the shop")
		self.fake.troubles.append(Trouble(CREATE, lose_answer=True))
		# One of two: the shop would take the same call twice.
		note = self.parcel(doc, {TEAPOT: 1}, **tracking)
		self.send()
		self.assertEqual(self.links(remote_entity="fulfilment", document_name=note.name), [])
		self.later()
		self.send()
		(made,) = order["fulfillments"]
		(link,) = self.links(remote_entity="fulfilment", document_name=note.name) or self.fail(self.history())
		self.assertEqual(link.external_id, made["legacyResourceId"])
		self.assertEqual(len(self.fake.sent(CREATE)), 1)
		# The next one looks just the same, and is another.
		second = self.parcel(doc, {TEAPOT: 1}, **tracking)
		self.send()
		self.assertEqual(len(order["fulfillments"]), 2, self.history())
		(link,) = self.links(remote_entity="fulfilment", document_name=second.name)
		self.assertEqual(link.external_id, order["fulfillments"][1]["legacyResourceId"])
		self.assert_all_done()

	def test_a_tracking_number_that_comes_later_is_told_once(self):
		order, doc = self.came("Parcels to the shop")
		note = self.parcel(doc, {TEAPOT: 1})
		self.send()
		(made,) = order["fulfillments"] or self.fail(self.history())
		self.assertEqual(made["trackingInfo"], [])
		self.fake.troubles.append(Trouble(TRACK, lose_answer=True))
		self.is_tracked(note)
		for _ in range(2):
			self.send()
			self.later()
		self.assertEqual(
			made["trackingInfo"], [{"company": "Parcel Post", "number": "TRK-7"}], self.history()
		)
		self.assertEqual((len(self.fake.sent(TRACK)), self.fake.notified), (1, [made["id"]] * 2))
		note.reload().save()
		self.send()
		self.assertEqual((len(self.fake.sent(TRACK)), len(order["fulfillments"])), (1, 1))
		(link,) = self.links(remote_entity="fulfilment", document_name=note.name)
		self.assertEqual(link.external_id, made["legacyResourceId"])
		self.assert_all_done()

	def test_a_line_in_several_rows_goes_out_once(self):
		order, doc = self.came("Parcels to the shop")
		in_several_rows(make_delivery_note(doc.name), TEAPOT).insert().submit()
		self.send()
		(made,) = order["fulfillments"] or self.fail(self.history())
		pieces = [(line["lineItem"]["sku"], line["quantity"]) for line in made["fulfillmentLineItems"]]
		self.assertEqual(pieces, [(TEAPOT, 2), (SCARF, 1)])
		self.assert_all_done()

	def test_a_number_that_comes_before_a_lost_answer_is_asked_for_makes_no_second_parcel(self):
		order, doc = self.came("Parcels to the shop")
		self.fake.troubles.append(Trouble(CREATE, lose_answer=True))
		note = self.parcel(doc, {TEAPOT: 1})
		self.send()
		self.is_tracked(note)
		for _ in range(3):
			self.later()
			self.send()
		(made,) = order["fulfillments"]
		self.assertEqual([one["number"] for one in made["trackingInfo"]], ["TRK-7"], self.history())
		self.assertEqual((len(self.fake.sent(CREATE)), len(self.fake.sent(TRACK))), (1, 1))
		self.assert_all_done()

	def test_an_order_that_is_on_hold_there_is_told_and_goes_after_a_retry(self):
		order, doc = self.came("Parcels to the shop")
		order["fulfillmentOrders"] = [fulfillment_order(self.fake, order["lineItems"], "ON_HOLD")]
		self.parcel(doc, {TEAPOT: 2})
		self.send()
		self.assertIn("fulfillmentOrderId", self.failed())
		self.assertEqual(self.fake.sent(CREATE), [])
		order["fulfillmentOrders"][0]["status"] = "OPEN"
		replay.retry([self.events(status="Failed")[0].name])
		self.send()
		self.assertEqual(len(order["fulfillments"]), 1, self.history())

	def test_of_several_fulfilment_orders_the_one_that_holds_the_parcel(self):
		order, doc = self.came("Parcels to the shop")
		teapot, scarf = order["lineItems"]
		order["fulfillmentOrders"] = [
			fulfillment_order(self.fake, [{**teapot, "quantity": 1}]),
			fulfillment_order(self.fake, [{**teapot, "quantity": 1}, scarf]),
		]
		self.parcel(doc, {SCARF: 1})
		self.send()
		self.assertEqual(
			[line["remainingQuantity"] for one in order["fulfillmentOrders"] for line in one["lineItems"]],
			[1, 1, 0],
			self.history(),
		)
		# No single one has two teapots left: nothing is sent in part.
		self.parcel(doc, {TEAPOT: 2})
		self.send()
		self.assertIn("fulfillmentOrderId", self.failed())
		self.assertEqual(len(order["fulfillments"]), 1)

	def test_a_parcel_without_a_line_of_the_order_ships_nothing(self):
		"""Without lines the shop would ship all that is left."""
		order, doc = self.came("Parcels to the shop")
		(link,) = self.links(remote_entity="order")
		frappe.db.set_value("Sync Link", link.name, "details", None)
		self.parcel(doc, {TEAPOT: 1})
		self.send()
		self.assertEqual((order["fulfillments"], self.fake.sent(CREATE)), ([], []))
		self.failed()

	def test_a_parcel_that_is_taken_back_before_its_lost_answer_is_asked_for(self):
		order, doc = self.came("Parcels to the shop", "Parcels taken back")
		self.fake.troubles.append(Trouble(CREATE, lose_answer=True))
		note = self.parcel(doc, {TEAPOT: 1})
		self.send()
		note.reload().cancel()
		for _ in range(4):
			self.send()
			self.later()
		self.assertEqual([one["status"] for one in order["fulfillments"]], ["CANCELLED"], self.history())
		self.assert_all_done()

	def test_a_parcel_that_is_taken_back_between_the_steps_of_its_request(self):
		order, doc = self.came("Parcels to the shop", "Parcels taken back")
		self.fake.troubles.append(Trouble("order", 503))
		note = self.parcel(doc, {TEAPOT: 1})
		self.send()
		self.assertEqual(order["fulfillments"], [], self.history())
		note.reload().cancel()
		for _ in range(4):
			self.send()
			self.later()
		self.assertFalse(
			[one for one in order["fulfillments"] if one["status"] != "CANCELLED"], self.history()
		)
		self.assert_all_done()

	def test_a_parcel_that_is_taken_back_can_be_sent_again(self):
		order, doc = self.came("Parcels to the shop", "Parcels taken back")
		note = self.parcel(doc, {TEAPOT: 2}, lr_no="TRK-1")
		self.send()
		self.fake.troubles.append(Trouble("fulfillmentCancel", lose_answer=True))
		note.cancel()
		self.send()
		self.later()
		self.send()
		self.assertEqual([one["status"] for one in order["fulfillments"]], ["CANCELLED"], self.history())
		self.assertEqual(len(self.fake.sent("fulfillmentCancel")), 1)
		self.parcel(doc, {TEAPOT: 2}, lr_no="TRK-1")
		self.send()
		self.assertEqual(
			[one["status"] for one in order["fulfillments"]], ["CANCELLED", "SUCCESS"], self.history()
		)
		self.assert_all_done()


class TestStatus(OrdersOutCase):
	@proves("Order status out")
	def test_a_cancelled_order_is_cancelled_there_once(self):
		order, doc = self.came("Cancellations to the shop", "Cancellations")
		self.fake.troubles.append(Trouble("orderCancel", lose_answer=True))
		doc.cancel()
		self.send()
		self.later()
		self.send()
		self.assertEqual((bool(order["cancelledAt"]), order["cancelReason"]), (True, "OTHER"), self.history())
		(sent,) = self.fake.sent("orderCancel")
		self.assertEqual((sent["restock"], sent["notify"]), (True, True))
		self.pull("Cancellations")
		self.assert_all_done()

	def test_an_order_that_the_shop_does_not_cancel_any_more_is_told(self):
		order, doc = self.came("Cancellations to the shop")
		self.fake.follow(order, "fulfillments", self.numbered("fulfillment", "Fulfillment"))
		doc.cancel()
		self.send()
		self.assertIn("outstanding fulfillments", self.failed())

	@proves("Order status out")
	def test_a_closed_order_is_archived_there(self):
		order, doc = self.came("Closed orders")
		doc.update_status("Closed")
		self.send()
		self.assertTrue(order.get("closedAt"), self.history())
		self.assert_all_done()
