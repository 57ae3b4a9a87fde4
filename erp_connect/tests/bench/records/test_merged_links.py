"""After two documents were merged, every id of either leads to the one that is left."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config import flow as flows
from erp_connect.config import inflow
from erp_connect.core.errors import ConnectError
from erp_connect.records import deletion, render, write
from erp_connect.records.values import record_values
from erp_connect.store import linked_ids, schema, sync_link
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase


def links(**filters: Any) -> dict[str, tuple[str, int]]:
	rows = frappe.get_all("Sync Link", filters=filters, fields=["external_id", "document_name", "merged"])
	return {row.external_id: (row.document_name, row.merged) for row in rows}


def merge(doctype: str, old: str, new: str) -> None:
	frappe.rename_doc(doctype, old, new, merge=True, show_alert=False)


class TestCustomers(CommerceTestCase):
	def buyer(self, external_id: str, name: str = "", **values: Any) -> str:
		return self.order(
			customer={"id": external_id, "name": name or make.unique("Buyer"), **values}
		).customer

	def test_the_next_order_of_either_buyer_is_the_survivors(self):
		first, second, third = (self.buyer(key) for key in ("c-1", "c-2", "c-3"))
		merge("Customer", second, first)
		self.assertEqual([self.buyer("c-2"), self.buyer("c-1")], [first, first])
		merge("Customer", first, third)
		self.assertEqual([self.buyer(key) for key in ("c-1", "c-2", "c-3")], [third] * 3)
		numbers = sorted(number for _name, number in links(remote_entity="customer").values())
		self.assertEqual(numbers, [0, 1, 2])
		self.assertEqual(links(remote_entity="customer")["c-3"], (third, 0))

	def test_merging_is_what_a_held_order_asked_for(self):
		mark = frappe.generate_hash(length=6)
		twins = [make.customer(customer_name=f"Twin {number}", tax_id=mark).name for number in range(2)]
		with self.assertRaisesRegex(ConnectError, "merge them in ERPNext"):
			self.buyer("c-1", tax_id=mark)
		merge("Customer", twins[1], twins[0])
		self.assertEqual(self.buyer("c-1", tax_id=mark), twins[0])

	def test_a_record_that_is_changed_or_gone_outside(self):
		first, second = self.buyer("c-1"), self.buyer("c-2")
		merge("Customer", second, first)
		(written,) = self.event("Customer", external_id="c-2", customer_name="Whoever", tax_id="T-9")
		self.assertEqual(written.name, first)
		self.assertEqual(frappe.db.get_value("Customer", first, "tax_id"), "T-9")
		self.assertEqual(links(remote_entity="customer"), {"c-1": (first, 0), "c-2": (first, 1)})


class TestFlows(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		flow = make.flow(
			"Customer", [], [make.row("customer_name", "name")],
			direction="Incoming", inbound_id_expression="id", allow_delete=1,
		)  # fmt: skip
		self.flow = inflow.load(flow.name)
		self.first, self.second = (self.take(key).name for key in ("1", "2"))
		merge("Customer", self.second, self.first)

	def take(self, external_id: str) -> write.Written:
		return write.upsert(self.flow, {"id": external_id, "name": make.unique("Merged")})

	def test_a_record_of_either_id_is_written_into_the_survivor(self):
		self.assertEqual([self.take(key).name for key in ("2", "1", "2")], [self.first] * 3)
		self.assertEqual(links(), {"1": (self.first, 0), "2": (self.first, 1)})
		self.assertEqual(linked_ids.external_id(make.ACCOUNT, "Customer", self.first), "1")

	def test_the_deletion_of_the_other_record_leaves_the_survivor(self):
		done = deletion.delete(self.flow, "2")
		self.assertEqual((done.action, done.name), ("ignored", self.first))
		self.assertIn("merged", done.reason)
		self.assertTrue(frappe.db.exists("Customer", self.first))
		self.assertEqual(links(), {"1": (self.first, 0)})
		self.assertEqual(deletion.delete(self.flow, "1").action, "deleted")

	def test_with_the_survivor_all_its_links_go(self):
		self.assertEqual(deletion.delete(self.flow, "1").action, "deleted")
		self.assertEqual(links(), {})
		self.assertEqual(self.take("2").action, "created")

	def test_a_link_without_an_id_is_dropped(self):
		third = make.customer().name
		make.link("Customer", third, "customer", None)
		merge("Customer", third, self.first)
		self.assertEqual(set(links()), {"1", "2"})

	def test_one_document_still_has_one_link_of_a_kind(self):
		with self.assertRaises(frappe.UniqueValidationError):
			make.link("Customer", self.first, "customer", "3")
		frappe.db.rollback()

	def test_the_index_of_before_is_replaced(self):
		sync_link.remove(frappe.db.get_value("Sync Link", {"external_id": "1"}))
		columns = "integration, remote_entity, document_type, document_name"
		frappe.db.sql_ddl("ALTER TABLE `tabSync Link` DROP INDEX unique_document")
		frappe.db.sql_ddl(f"ALTER TABLE `tabSync Link` ADD UNIQUE INDEX unique_document ({columns})")
		self.addCleanup(schema.ensure)
		self.assertIn("Sync Link.unique_document", schema.missing_indexes())
		schema.ensure()
		self.assertEqual(schema.missing_indexes(), [])


class TestEntities(ConnectTestCase):
	"""An item is a variant and an inventory item of a shop: which id is meant is the entity's to say."""

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.item, self.other = make.item().name, make.item().name
		make.link("Item", self.item, "variant", "V1")
		make.link("Item", self.item, "inventory_item", "I1")
		make.link("Item", self.other, "inventory_item", "V1")

	def sent(self, argument: str, item: str = "") -> Any:
		flow = make.flow(
			"Item Price", make.rest("/prices"), [make.row("item_code", "id", transform="External ID", argument=argument)]
		)  # fmt: skip
		out, account = flows.from_document(flow), frappe._dict(name=make.ACCOUNT)
		frappe.delete_doc("Field Mapping", flow.name)
		source = {"item_code": item or self.item}
		return render.payload_of(out.mapping, out, source, account, creating=True)["id"]

	def read(self, argument: str, external_id: str) -> Any:
		flow = make.flow(
			"Item Price", [], [make.row("item_code", "id", transform="External ID", argument=argument)],
			direction="Incoming", inbound_id_expression="id",
		)  # fmt: skip
		found = inflow.from_document(flow)
		frappe.delete_doc("Field Mapping", flow.name)
		return record_values(found, {"id": external_id}, creating=True)["item_code"]

	def test_the_entity_decides_which_id_is_sent(self):
		self.assertEqual(self.sent("Item: variant"), "V1")
		self.assertEqual(self.sent("Item:inventory_item"), "I1")
		with self.assertRaisesRegex(ConnectError, "Item: inventory_item.*Item: variant"):
			self.sent("Item")
		self.assertEqual(self.sent("Item", self.other), "V1")
		with self.assertRaisesRegex(ConnectError, "not linked"):
			self.sent("Item: variant", self.other)

	def test_the_entity_decides_which_document_an_id_means(self):
		self.assertEqual(self.read("Item: variant", "V1"), self.item)
		self.assertEqual(self.read("Item: inventory_item", "V1"), self.other)
		with self.assertRaisesRegex(ConnectError, "Item: inventory_item.*Item: variant"):
			self.read("Item", "V1")
		self.assertEqual(self.read("Item", "I1"), self.item)
