"""What a flow left out since a linked document was no record outside is sent once it is one."""

from __future__ import annotations

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice

from erp_connect.config import inflow
from erp_connect.operate import linking
from erp_connect.records import write
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply

ITEMS = "Items of brands"


class TestNewlyLinked(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.items = make.flow(
			"Item",
			make.rest("/items"),
			[make.row("name", "name")],
			name=ITEMS,
			condition="brand_doc._link.external_id",
			linked_documents=[{"link_field": "brand", "alias": "brand_doc", "remote_entity": "brand"}],
		)
		self.commit()

	def item(self) -> str:
		"""An item of a new brand, before the brand is known outside. Its brand."""
		brand = make.brand("news").name
		self.name = make.item(brand=brand, is_stock_item=0).name
		self.deliver()
		return brand

	def assert_sent(self, times: int = 1) -> None:
		self.deliver()
		sent = [call.json["name"] for call in self.arrived("/items")]
		self.assertEqual(sent, [self.name] * times, self.history())

	def test_with_the_document_that_is_made_outside(self):
		make.brand_flow()
		self.item()
		self.assert_sent()
		self.assertEqual(
			[(row.status, row.outcome) for row in self.events(reference_name=self.name)],
			[("Skipped", "condition_not_met"), ("Delivered", "")],
		)
		self.assert_sent()

	def test_once_its_creation_that_failed_is_through(self):
		make.brand_flow()
		self.receiver.script("/brands", "503,201")
		self.item()
		self.assert_sent(0)
		self.receiver.script("/brands", Reply(201, {"id": "B-1"}))
		self.later()
		self.assert_sent()

	def test_when_the_record_comes_in(self):
		brand = self.item()
		rows = [make.row("brand", "name", is_match_key=1)]
		flow = make.flow("Brand", [], rows, name="In", direction="Incoming", inbound_id_expression="id")
		write.upsert(inflow.load(flow.name), {"id": "B-1", "name": brand})
		self.assert_sent()
		write.upsert(inflow.load(flow.name), {"id": "B-1", "name": brand})
		self.assert_sent()

	def test_when_a_person_links_them(self):
		brand = self.item()
		make.brand_flow()
		linking.link(make.ACCOUNT, "brand", "B-1", "Brand", brand)
		self.assert_sent()

	def test_what_was_sent_of_the_record_before_it(self):
		doc = frappe.get_doc("Field Mapping", ITEMS)
		doc.requests[1].path = "/brands/{brand_doc._link.external_id}/items/{external_id}"
		doc.save()
		make.brand_flow()
		brand = make.brand("news").name
		self.deliver()
		self.name = make.item(brand=brand, is_stock_item=0).name
		self.assert_sent()
		old = frappe.db.get_value("Sync Link", {"document_type": "Brand"}, ["name", "external_id"])
		frappe.delete_doc("Sync Link", old[0])
		linking.link(make.ACCOUNT, "brand", old[1], "Brand", brand)
		self.deliver()
		self.assertEqual(self.events()[-1].outcome, "nothing_changed", self.history())
		frappe.delete_doc("Sync Link", frappe.db.get_value("Sync Link", {"document_type": "Brand"}))
		linking.link(make.ACCOUNT, "brand", "B-9", "Brand", brand)
		self.deliver()
		self.assertEqual(
			len(self.arrived(f"/brands/B-9/items/{self.links(document_name=self.name)[0].external_id}")), 1
		)

	def test_what_links_to_it_in_a_table(self):
		made = [make.request("Submit", "POST", "/orders")]
		rows = [make.row("name", "name")]
		make.flow("Sales Order", made, rows, remote_entity="order")
		doc = frappe.get_doc("Field Mapping", ITEMS)
		doc.document_type, doc.condition = "Sales Invoice", "items[?order_doc._link.external_id]"
		doc.set("requests", [make.request("Submit", "POST", "/items")])
		doc.set("linked_documents", [])
		linked = {"link_field": "items.sales_order", "alias": "order_doc", "remote_entity": "order"}
		doc.append("linked_documents", linked)
		doc.save()
		order = make.sales_order(make.customer().name, [(make.item(is_stock_item=0).name, 1, 10)])
		self.name = make_sales_invoice(order.name).insert().submit().name
		self.assert_sent()

	def test_what_was_not_recorded_stays(self):
		frappe.db.set_value("Field Mapping", ITEMS, "enabled", 0)
		frappe.get_doc("Field Mapping", ITEMS).save()
		brand = self.item()
		frappe.get_doc("Field Mapping", ITEMS).update({"enabled": 1}).save()
		make.brand_flow()
		linking.link(make.ACCOUNT, "brand", "B-1", "Brand", brand)
		self.assert_sent(0)
