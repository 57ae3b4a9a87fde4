"""Documents that are sent because others change: one order with their own events, also when something is renamed."""

from __future__ import annotations

from urllib.parse import quote

import frappe

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestTriggers(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), concurrency=4)

	def stock(self) -> None:
		make.flow(
			"Bin",
			[make.request("Change", "PUT", "/stock/{item_code}", operation="Send")],
			[make.row("actual_qty", "quantity")],
			triggers=[
				{
					"trigger_doctype": "Stock Ledger Entry",
					"match_fields": "item_code=item_code, warehouse=warehouse",
				}
			],
		)
		self.commit()

	def test_the_level_of_an_item_that_is_renamed_before_it_is_sent(self):
		self.stock()
		item, new = make.item(), make.unique("Renamed")
		make.receipt(item.name, 3)
		frappe.rename_doc("Item", item.name, new, force=True)
		self.deliver()
		self.assertEqual(
			[(request.path, request.json["quantity"]) for request in self.arrived()],
			[(f"/stock/{quote(new)}", 3)],
			self.history(),
		)

	def test_what_stands_in_the_way_of_a_name_is_not_a_name(self):
		self.stock()
		item = make.item()
		make.receipt(item.name, 3)
		frappe.rename_doc("Warehouse Type", self.warehouse_type(item.name), make.unique("Type"), force=True)
		self.deliver()
		self.assert_arrived(1)

	def test_who_names_a_trigger_that_is_renamed_or_merged(self):
		make.flow(
			"Customer",
			[
				make.request("Insert", "POST", "/customers"),
				make.request("Change", "PUT", "/customers/{name}"),
			],
			[make.row("name", "id"), make.row("customer_group", "group")],
			triggers=[{"trigger_doctype": "Customer Group", "match_fields": "customer_group=name"}],
		)
		old, new, left = (self.group(make.unique(name)) for name in ("Old", "New", "Left"))
		for group in (old, old, left):
			make.customer(customer_group=group)
		self.commit()
		self.deliver()
		self.receiver.forget()
		frappe.delete_doc("Customer Group", new)
		frappe.rename_doc("Customer Group", old, new, force=True)
		self.assert_told(new, 2)
		frappe.rename_doc("Customer Group", new, left, merge=True, force=True)
		self.assert_told(left, 2)
		self.assertEqual(self.statuses().count("Failed"), 0, self.history())

	def group(self, name: str) -> str:
		parent = frappe.db.get_value("Customer Group", {"is_group": 1})
		group = {"doctype": "Customer Group", "customer_group_name": name, "parent_customer_group": parent}
		return frappe.get_doc(group).insert().name

	def assert_told(self, group: str, count: int) -> None:
		self.commit()
		for _ in range(2):
			self.deliver()
		told = [call.json["group"] for call in self.arrived() if call.json["group"] == group]
		self.assertEqual(len(told), count, self.history())
		self.receiver.forget()

	def warehouse_type(self, name: str) -> str:
		return frappe.get_doc({"doctype": "Warehouse Type", "name": name}).insert().name

	def test_a_document_that_is_made_and_triggered_at_once_is_made_once(self):
		make.flow(
			"Item Price",
			[
				make.request("Insert", "POST", "/prices"),
				make.request("Update", "PUT", "/prices/{external_id}"),
				make.request("Change", "PUT", "/prices/{external_id}"),
			],
			[make.row("price_list_rate", "price")],
			triggers=[{"trigger_doctype": "Item", "match_fields": "item_code=name"}],
		)
		self.commit()
		item = make.item()
		frappe.get_doc(
			{
				"doctype": "Item Price",
				"item_code": item.name,
				"price_list": "Standard Selling",
				"price_list_rate": 5,
			}
		).insert()
		item.reload().save()
		self.deliver()
		self.later()
		self.deliver()
		self.assertEqual([request.method for request in self.arrived()], ["POST"], self.history())
		(link,) = self.links()
		self.assertEqual(link.external_id, "R-1")

	def test_each_of_several_documents_is_sent(self):
		make.flow(
			"Item",
			[*make.rest("/items")[:2], make.request("Change", "PUT", "/items/{external_id}")],
			[make.row("name", "code"), make.row("brand_doc.description", "text")],
			linked_documents=[{"link_field": "brand", "alias": "brand_doc"}],
			triggers=[{"trigger_doctype": "Brand", "match_fields": "brand=brand"}],
			external_id_expression="id",
		)
		self.commit()
		brand, other = make.brand("old"), make.brand("other")
		items = [make.item(brand=brand.name).name for _ in range(3)]
		make.item(brand=other.name)
		self.deliver()
		before = len(self.arrived())
		brand.description = "new"
		brand.save()
		self.deliver()
		told = [one.json for one in self.arrived()[before:]]
		self.assertEqual(
			sorted((one["code"], one["text"]) for one in told),
			sorted((item, "new") for item in items),
			self.history(),
		)
		led = self.events(outcome="sent_each")[-1]
		self.assertEqual(led.status, "Skipped")
		self.assertIn("3", led.error)
