"""What is done with orders of Magento here, told to the shop: parcels, invoices, cancellations, comments."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice

from erp_connect.tests.bench.systems.magento_case import ROOT, SCARF, TEAPOT, MagentoCase
from erp_connect.tests.bench.systems.shop_case import in_several_rows
from erp_connect.tests.bench.systems.system import proves


class TestOrdersOut(MagentoCase):
	def came(self, *flows: str) -> tuple[dict[str, Any], Any]:
		"""An order of the shop, and the Sales Order that it became."""
		self.connect(*flows)
		order = self.fake.add("orders", self.order(), items=self.open_lines())
		self.pull("Orders")
		return order, self.linked("order", order["entity_id"])

	def open_lines(self) -> list[dict[str, Any]]:
		return [{**line, "qty_invoiced": 0} for line in self.order()["items"]]

	@proves("Order status out", "Tracking out")
	def test_parcels_become_shipments_of_their_pieces(self):
		order, doc = self.came("Shipments to the shop", "Shipments")
		note = self.parcel(doc, lr_no="TRK-1", transporter_name="Parcel Post")
		self.send()
		path = f"{ROOT}/order/{order['entity_id']}/ship"
		(sent,) = self.fake.sent("POST", path)
		self.assertEqual(sent["items"], [{"order_item_id": 301, "qty": 1}])
		track = {"track_number": "TRK-1", "title": "Parcel Post", "carrier_code": "custom"}
		self.assertEqual((sent["tracks"], sent["notify"]), ([track], True))
		(link,) = self.links(remote_entity="fulfilment")
		self.assertEqual(
			(link.document_name, int(link.external_id) in self.fake.records["shipments"]), (note.name, True)
		)
		rest = make_delivery_note(doc.name)
		rest.insert().submit()
		self.send()
		self.assertEqual(
			self.fake.sent("POST", path)[1]["items"],
			[{"order_item_id": 301, "qty": 1}, {"order_item_id": 302, "qty": 1}],
		)
		self.assertNotIn("tracks", self.fake.sent("POST", path)[1])
		# What comes back is what is here already.
		self.pull("Shipments")
		self.assertEqual(
			{link.document_name for link in self.links(remote_entity="fulfilment")}, {note.name, rest.name}
		)
		self.assert_all_done()

	def test_a_tracking_number_that_comes_later_is_told_once(self):
		_, doc = self.came("Shipments to the shop", "Shipments")
		note = self.parcel(doc)
		self.send()
		(link,) = self.links(remote_entity="fulfilment") or self.fail(self.history())
		shipment, path = int(link.external_id), f"{ROOT}/shipment/track"
		self.assertEqual(self.fake.records["shipments"][shipment]["tracks"], [])
		self.fake.trouble("POST", path, lose_answer=True)
		self.is_tracked(note)
		for _ in range(2):
			self.send()
			self.later()
		tracks = self.fake.records["shipments"][shipment]["tracks"]
		told = [(one["track_number"], one["title"], one["carrier_code"]) for one in tracks]
		self.assertEqual(told, [("TRK-7", "Parcel Post", "custom")], self.history())
		note.reload().save()
		self.send()
		self.assertEqual(len(self.fake.sent("POST", path)), 1)
		# A number that changes is one more track of the same shipment.
		self.is_tracked(note, lr_no="TRK-8")
		self.send()
		tracks = self.fake.records["shipments"][shipment]["tracks"]
		self.assertEqual([one["track_number"] for one in tracks], ["TRK-7", "TRK-8"], self.history())
		(link,) = self.links(remote_entity="fulfilment")
		self.assertEqual((link.document_name, link.external_id), (note.name, str(shipment)))
		self.pull("Shipments")
		self.assertEqual(len(self.links(remote_entity="fulfilment")), 1)
		self.assert_all_done()

	def test_a_line_in_several_rows_goes_out_once(self):
		order, doc = self.came("Shipments to the shop", "Invoices to the shop")
		for make, path in ((make_delivery_note, "ship"), (make_sales_invoice, "invoice")):
			in_several_rows(make(doc.name), TEAPOT).insert().submit()
			self.send()
			(sent,) = self.fake.sent("POST", f"{ROOT}/order/{order['entity_id']}/{path}")
			both = [{"order_item_id": 301, "qty": 2}, {"order_item_id": 302, "qty": 1}]
			self.assertEqual(sent["items"], both)
		self.assert_all_done()

	@staticmethod
	def parcel(order: Any, **values: Any) -> Any:
		"""One teapot of the two."""
		doc = make_delivery_note(order.name)
		doc.items = [row for row in doc.items if row.item_code != SCARF]
		doc.items[0].qty = 1
		doc.update(values)
		doc.insert().submit()
		return doc

	def test_a_parcel_that_the_shop_does_not_take_is_told(self):
		order, doc = self.came("Shipments to the shop")
		for line in order["items"]:
			line["qty_shipped"] = line["qty_ordered"]
		self.parcel(doc)
		self.send()
		(event,) = self.events(status="Failed")
		self.assertIn("does not allow a shipment", str(event))

	def test_a_parcel_without_a_line_of_the_order_ships_nothing(self):
		"""Without lines the shop would ship all that is left."""
		order, doc = self.came("Shipments to the shop")
		(link,) = self.links(remote_entity="order")
		frappe.db.set_value("Sync Link", link.name, "details", None)
		self.parcel(doc)
		self.send()
		self.assertEqual(self.fake.sent("POST", f"{ROOT}/order/{order['entity_id']}/ship"), [])
		self.assertEqual(
			[event.outcome for event in self.events(status="Retrying")], ["missing_link"], self.history()
		)

	def test_an_invoice_takes_the_payment_of_its_pieces(self):
		order, doc = self.came("Invoices to the shop")
		bill = make_sales_invoice(doc.name)
		bill.items = [row for row in bill.items if row.item_code == SCARF]
		bill.insert().submit()
		self.send()
		(sent,) = self.fake.sent("POST", f"{ROOT}/order/{order['entity_id']}/invoice")
		self.assertEqual((sent["items"], sent["capture"]), ([{"order_item_id": 302, "qty": 1}], True))
		(link,) = self.links(remote_entity="invoice")
		self.assertEqual(
			(link.document_name, self.fake.records["invoices"][int(link.external_id)]["state"]),
			(bill.name, 2),
		)
		self.assert_all_done()

	def test_an_order_that_is_cancelled_here_is_canceled_there(self):
		self.connect("Cancellations to the shop")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		self.linked("order", order["entity_id"]).cancel()
		self.send()
		self.assertEqual(self.fake.records["orders"][order["entity_id"]]["state"], "canceled", self.history())
		self.assert_all_done()

	def test_an_order_that_the_shop_does_not_cancel_any_more_is_told(self):
		self.connect("Cancellations to the shop")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		self.fake.records["orders"][order["entity_id"]]["state"] = "complete"
		self.linked("order", order["entity_id"]).cancel()
		self.send()
		self.assertEqual(len(self.events(status="Failed")), 1, self.history())

	def test_the_buyer_is_told_what_was_sent(self):
		self.connect("Order comments")
		order = self.fake.add("orders", self.order())
		self.pull("Orders")
		note = make_delivery_note(self.linked("order", order["entity_id"]).name)
		note.update({"lr_no": "TRK-1"})
		note.insert().submit()
		self.send()
		((id_, told),) = self.fake.comments
		self.assertEqual(
			(id_, told["comment"], told["is_customer_notified"]), (order["entity_id"], "Shipped TRK-1", 1)
		)
		self.assert_all_done()
