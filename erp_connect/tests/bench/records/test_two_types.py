"""One record that two flows take for documents of two types: what is the matter is said, and what helps helps."""

from __future__ import annotations

import frappe

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.store.bindings import LinkConflict
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestTwoTypes(ConnectTestCase):
	def test_another_outside_object_lets_both_be_made(self):
		make.account(self.receiver.url())
		how = {"remote_entity": "contact", "direction": "Incoming", "inbound_id_expression": "id"}
		customers = make.flow("Customer", [], [make.row("customer_name", "name")], name="Buyers", **how)
		group = make.row("supplier_group", "group")
		suppliers = make.flow(
			"Supplier", [], [make.row("supplier_name", "name"), group], name="Sellers", **how
		)
		record = {"id": make.unique("c"), "name": make.unique("Nord"), "group": make.leaf("Supplier Group")}
		self.commit()
		write.upsert(inflow.load(customers.name), record)
		self.commit()
		with self.assertRaises(LinkConflict) as caught:
			write.upsert(inflow.load(suppliers.name), record)
		self.assertIn("Enter another Outside object in one of the two flows", str(caught.exception))
		frappe.db.rollback()
		suppliers.reload().remote_entity = "supplier"
		suppliers.save()
		self.commit()
		done = write.upsert(inflow.load(suppliers.name), record)
		self.assertEqual((done.action, done.doctype), (write.CREATED, "Supplier"))
