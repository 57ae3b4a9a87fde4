"""Documents to which a trigger led before a change, and leads no more: the brand that an item leaves."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import frappe
from erpnext.stock.utils import get_or_make_bin

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.outbound.test_files import attach
from erp_connect.tests.fakes.recorders import Queries

BY_BRAND = {"trigger_doctype": "Item", "match_fields": "name=brand"}


class LeftCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def named(self, doctype: str, trigger: dict[str, str], *rows: Any, **values: Any) -> None:
		"""A flow that is started by nothing but its trigger, and writes to the document's name."""
		make.flow(
			doctype,
			[make.request("Change", "PUT", "/told/{name}", operation="Send")],
			list(rows) or [make.row("name", "name")],
			triggers=[trigger],
			**values,
		)
		self.commit()

	def told(self) -> dict[str, Any]:
		"""Document → what was said of it last."""
		return {unquote(one.path.rsplit("/", 1)[1]): one.json for one in self.arrived()}


class TestListsThatAreLeft(LeftCase):
	def setUp(self) -> None:
		super().setUp()
		self.named(
			"Brand",
			BY_BRAND,
			make.row("items[].item_name", "items"),
			linked_documents=[{"link_field": "brand", "alias": "items", "list_of": "Item"}],
			send_nulls=1,
		)
		self.first, self.second, self.third = (make.brand().name for _ in range(3))
		self.item = make.item(brand=self.first, item_name="saw")
		make.item(brand=self.first, item_name="oil")
		self.deliver()
		self.assertEqual(self.lists(), {self.first: ["saw", "oil"]}, self.history())

	def lists(self) -> dict[str, list[str]]:
		return {brand: json["items"] for brand, json in self.told().items()}

	def move(self, brand: str | None, **values: Any) -> None:
		item = frappe.get_doc("Item", self.item.name)
		item.update({"brand": brand, **values})
		item.save()
		self.commit()

	def test_one_that_is_moved_is_told_at_both(self):
		self.move(self.second)
		self.deliver()
		self.assertEqual(self.lists(), {self.first: ["oil"], self.second: ["saw"]}, self.history())

	def test_one_that_is_taken_off_is_told(self):
		self.move(None)
		self.deliver()
		self.assertEqual(self.lists(), {self.first: ["oil"]}, self.history())
		self.assert_arrived(2)

	def test_moved_twice_before_it_is_sent(self):
		self.move(self.second)
		self.move(self.third)
		self.deliver()
		lists = {self.first: ["oil"], self.second: [], self.third: ["saw"]}
		self.assertEqual(self.lists(), lists, self.history())
		self.assert_arrived(4)
		self.assertEqual(self.statuses(status="Superseded"), ["Superseded"] * 2, self.history())

	def test_moved_back_before_it_is_sent(self):
		self.move(self.second)
		self.move(self.first, item_name="hacksaw")
		self.deliver()
		self.assertEqual(self.lists(), {self.first: ["hacksaw", "oil"], self.second: []}, self.history())

	def test_moved_back_after_it_was_sent(self):
		self.move(self.second)
		self.deliver()
		self.move(self.first)
		self.deliver()
		self.assertEqual(self.lists(), {self.first: ["saw", "oil"], self.second: []}, self.history())

	def test_one_that_stays_is_told_once(self):
		before = len(self.events())
		self.move(self.first, item_name="hacksaw")
		self.assertEqual(len(self.events()), before + 1, self.history())

	def test_one_that_is_deleted_is_told_as_before(self):
		before = len(self.events())
		frappe.delete_doc("Item", self.item.name)
		self.deliver()
		self.assertEqual(len(self.events()), before + 1, self.history())
		self.assertEqual(self.lists(), {self.first: ["oil"]}, self.history())

	def test_a_brand_that_is_renamed_after_it_was_left(self):
		self.move(self.second)
		new = frappe.rename_doc("Brand", self.first, make.unique("Renamed"))
		self.deliver()
		self.assertEqual(self.lists()[new], ["oil"], self.history())

	def test_a_brand_that_is_merged_after_it_was_left(self):
		self.move(self.second)
		frappe.rename_doc("Brand", self.first, self.third, merge=True)
		self.deliver()
		self.assertEqual(self.lists()[self.third], ["oil"], self.history())

	def test_one_that_is_set_without_a_save(self):
		frappe.get_doc("Item", self.item.name).db_set("brand", self.second)
		self.deliver()
		self.assertEqual(self.lists(), {self.first: ["oil"], self.second: ["saw"]}, self.history())

	def test_one_that_is_set_again_by_the_same_object(self):
		item = frappe.get_doc("Item", self.item.name)
		item.brand = self.second
		item.save()
		self.deliver()
		item.db_set("brand", self.third)
		self.deliver()
		self.assertEqual(self.lists()[self.second], [], self.history())
		self.assertEqual(self.lists()[self.third], ["saw"], self.history())

	def test_both_are_one_insert_and_go_with_a_rollback(self):
		before = len(self.events())
		item = frappe.get_doc("Item", self.item.name)
		item.brand = self.second
		with Queries() as queries:
			item.save()
		ours = [query for query in queries.seen if "tabSync" in query or "tabIntegration" in query]
		self.assertEqual([query.split("(")[0].strip() for query in ours], ["INSERT INTO `tabSync Log`"])
		self.assertEqual(frappe.db.count("Sync Log"), before + 2)
		# Nothing was asked for to find the one that was left.
		with Queries() as queries:
			item.run_method("on_change")
		self.assertEqual(len(queries.seen), 1)
		frappe.db.rollback()
		self.assertEqual(len(self.events()), before)


class TestOthersThatAreLeft(LeftCase):
	def test_a_file_that_goes_to_another_document(self):
		first, second = make.brand(), make.brand()
		file = attach(first)
		self.named(
			"Brand",
			{"trigger_doctype": "File", "match_fields": "name=attached_to_name"},
			make.row("_attachments[].name", "files"),
		)
		file = frappe.get_doc("File", file.name)
		file.attached_to_name = second.name
		file.save()
		self.deliver()
		self.assertEqual(self.told()[second.name], {"files": [file.file_name]}, self.history())
		self.assertEqual(self.told()[first.name], {"files": []}, self.history())

	def test_rows_of_a_table(self):
		customers = [make.customer().name for _ in range(3)]
		contact = frappe.get_doc(
			{
				"doctype": "Contact",
				"first_name": make.unique("Ann"),
				"links": [{"link_doctype": "Customer", "link_name": name} for name in customers[:2]],
			}
		).insert()
		self.named(
			"Customer",
			{"trigger_doctype": "Contact", "table_field": "links", "match_fields": "name=link_name"},
		)
		contact = frappe.get_doc("Contact", contact.name)
		contact.links[0].link_name = customers[2]
		contact.save()
		self.deliver()
		self.assertEqual(sorted(self.told()), sorted(customers), self.history())
		self.assertEqual(len(self.events()), 3, self.history())
		# A row that is taken off.
		contact.reload()
		contact.remove(contact.links[0])
		contact.save()
		self.deliver()
		self.assertEqual(len(self.events()), 5, self.history())

	def test_several_values(self):
		item = make.item().name
		other = frappe.get_all(
			"Warehouse", {"company": make.company(), "is_group": 0}, pluck="name", order_by="name desc"
		)
		bins = [get_or_make_bin(item, warehouse) for warehouse in (make.warehouse(), other[0])]
		self.assertNotEqual(*bins)
		order = make.sales_order(make.customer().name, [(item, 1, 10)], submit=False)
		order.items[0].warehouse = make.warehouse()
		order.save()
		self.named(
			"Bin",
			{
				"trigger_doctype": "Sales Order",
				"table_field": "items",
				"match_fields": "item_code=item_code, warehouse=warehouse",
			},
		)
		order = frappe.get_doc("Sales Order", order.name)
		order.items[0].warehouse = other[0]
		order.save()
		self.deliver()
		self.assertEqual(sorted(self.told()), sorted(bins), self.history())
