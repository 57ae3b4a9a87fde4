"""Parcels of WooCommerce: fulfilments with tracking, out and in, where the shop has them switched on."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe.utils import now_datetime

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shop_case import in_several_rows
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.woocommerce_case import TEAPOT, WooCommerceCase
from erp_connect.tests.fakes import woocommerce_fulfilments as fulfilments

TEAPOTS = 901


class TestParcels(WooCommerceCase):
	def came(self, *flows: str) -> tuple[dict[str, Any], Any]:
		"""An order of two teapots and a scarf, and its Sales Order."""
		self.connect(*flows)
		make.receipt(TEAPOT, 5)
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		return order, self.linked("order", order["id"])

	def parcels(self, order: dict[str, Any]) -> list[dict[str, Any]]:
		kept = self.fake.children.get(("orders", order["id"], "fulfillments"), {})
		return [one for one in kept.values() if not one["date_deleted"]]

	def parcel(self, doc: Any, **values: Any) -> Any:
		"""One teapot of the two."""
		note = make_delivery_note(doc.name)
		note.items = [row for row in note.items if row.item_code == TEAPOT]
		note.items[0].qty = 1
		note.update(values)
		note.insert().submit()
		return note

	@proves("Tracking out")
	def test_a_delivery_note_is_a_fulfilment_once_and_until_it_is_cancelled(self):
		order, doc = self.came("Parcels to the shop", "Parcels taken back", "Fulfilments")
		path = f"/wp-json/wc/v3/orders/{order['id']}/fulfillments"
		self.fake.trouble("POST", path, lose_answer=True)
		note = self.parcel(doc, lr_no="TRK-1", transporter_name="Parcel Post")
		self.send()
		self.later()
		self.send()
		(one,) = self.parcels(order)
		self.assertEqual(len(self.fake.sent("POST", path)), 1)
		metas = {meta["key"]: meta["value"] for meta in one["meta_data"]}
		self.assertEqual((one["status"], metas["_items"]), ("fulfilled", [{"item_id": TEAPOTS, "qty": 1}]))
		self.assertEqual((metas["_tracking_number"], metas["_shipping_provider"]), ("TRK-1", "Parcel Post"))
		self.assertEqual(self.fake.mails, [one["id"]])
		self.assertEqual(self.linked("fulfilment", one["id"]).name, note.name)
		# What comes back is what is here already.
		self.pull("Fulfilments")
		self.assertEqual(frappe.db.count("Delivery Note Item", {"against_sales_order": doc.name}), 1)
		note.cancel()
		self.send()
		self.assertEqual(self.parcels(order), [], self.history())
		self.assert_all_done()

	def test_a_line_in_several_rows_goes_out_once(self):
		order, doc = self.came("Parcels to the shop")
		in_several_rows(make_delivery_note(doc.name), TEAPOT).insert().submit()
		self.send()
		(one,) = self.parcels(order) or self.fail(self.history())
		metas = {meta["key"]: meta["value"] for meta in one["meta_data"]}
		self.assertEqual(metas["_items"], [{"item_id": TEAPOTS, "qty": 2}, {"item_id": 902, "qty": 1}])
		self.assert_all_done()

	def test_a_tracking_number_that_comes_later_is_told_once(self):
		order, doc = self.came("Parcels to the shop", "Fulfilments")
		note = self.parcel(doc)
		self.send()
		(one,) = self.parcels(order) or self.fail(self.history())
		path = f"/wp-json/wc/v3/orders/{order['id']}/fulfillments/{one['id']}"
		before = {meta["key"]: meta["value"] for meta in one["meta_data"]}
		self.assertNotIn("_tracking_number", before)
		self.fake.trouble("POST", path, lose_answer=True)
		self.is_tracked(note)
		for _ in range(2):
			self.send()
			self.later()
		(one,) = self.parcels(order)
		metas = {meta["key"]: meta["value"] for meta in one["meta_data"]}
		told = {"_tracking_number": "TRK-7", "_shipping_provider": "Parcel Post"}
		self.assertEqual(metas, {**before, **told}, self.history())
		self.assertEqual((len(self.fake.sent("POST", path)), self.fake.mails), (1, [one["id"]] * 2))
		note.reload().save()
		self.send()
		self.assertEqual(len(self.fake.sent("POST", path)), 1)
		# What comes back is what is here already.
		self.pull("Fulfilments")
		self.assertEqual(frappe.db.count("Delivery Note Item", {"against_sales_order": doc.name}), 1)
		self.assertEqual(self.linked("fulfilment", one["id"]).name, note.name)
		self.assert_all_done()

	@proves("Fulfilments in")
	def test_a_fulfilment_of_the_shop_is_a_delivery_note_once(self):
		order, doc = self.came("Fulfilments")
		draft = {
			"status": "unfulfilled",
			"meta_data": [{"key": "_items", "value": [{"item_id": 902, "qty": 1}]}],
		}
		fulfilments.create(self.fake, order, draft)
		metas = {
			"_items": [{"item_id": TEAPOTS, "qty": 1}],
			"_tracking_number": "1Z9",
			"_shipping_provider": "ups",
			# Now: the stock is hardly older.
			"_date_fulfilled": str(now_datetime())[:19],
		}
		sent = {
			"status": "fulfilled",
			"meta_data": [{"key": key, "value": value} for key, value in metas.items()],
		}
		one = fulfilments.create(self.fake, order, sent)
		self.pull("Fulfilments")
		note = self.linked("fulfilment", one["id"])
		self.assertEqual((note.doctype, note.lr_no, note.transporter_name), ("Delivery Note", "1Z9", "ups"))
		self.assertEqual([(row.item_code, row.qty) for row in note.items], [(TEAPOT, 1)])
		self.fake.change("orders", order["id"], customer_note="Ring twice")
		self.pull("Fulfilments")
		self.assertEqual(len(self.links(remote_entity="fulfilment")), 1)
		self.assert_all_done()

	def test_a_shop_without_the_feature_is_told_what_to_switch_on(self):
		_, doc = self.came("Parcels to the shop")
		self.fake.fulfilments_on = False
		self.parcel(doc, lr_no="TRK-1")
		self.send()
		(event,) = self.events(status="Failed")
		self.assertIn("Order Fulfillments", str(event))
