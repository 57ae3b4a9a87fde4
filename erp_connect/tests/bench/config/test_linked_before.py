"""What is told to who changes a flow that knows records already."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import FLOW, TwoWayShopCase, mapped


class TestLinkedBefore(TwoWayShopCase):
	def told(self, **values) -> list[str]:
		"""What is told where the flow is saved with other values."""
		doc = frappe.get_doc("Field Mapping", FLOW)
		doc.update(values)
		frappe.clear_messages()
		doc.save()
		self.commit()
		messages = map(frappe.parse_json, frappe.get_message_log())
		return [one["message"] for one in messages if one.get("title") == "Records that are linked"]

	def test_another_object_makes_second_records(self):
		self.flow()
		self.assertEqual(self.told(remote_entity="nobody"), [])
		self.told(remote_entity="customers")
		self.linked()
		(told,) = self.told(remote_entity="buyers")
		self.assertIn(f"linked with a record as {frappe.bold('customers')}: 1.", told)
		self.assertEqual(self.told(remote_entity="customers"), [])

	def test_of_an_object_that_another_flow_has_too_nothing_is_told(self):
		self.flow()
		self.linked()
		make.flow("Contact", make.rest("/x"), [make.row("first_name", "x")], remote_entity="customers")
		self.assertEqual(self.told(remote_entity="buyers"), [])

	def test_a_row_that_is_added_was_not_exchanged_yet(self):
		self.flow(rows=mapped()[:2])
		self.linked()
		(told,) = self.told(rows=mapped())
		self.assertIn(
			f"{frappe.bold('website')} was not exchanged yet for the documents that are linked (1)", told
		)
		self.assertEqual(self.told(rows=mapped()), [])
		self.assertEqual(
			self.told(rows=[*mapped(), make.row("customer_details", "x", direction="Outgoing")]), []
		)

	def test_a_row_that_is_added_to_a_flow_that_only_comes_in(self):
		self.flow(rows=mapped()[:2])
		self.linked()
		self.told(direction="Incoming", requests=[])
		(told,) = self.told(rows=mapped())
		self.assertIn(f"{frappe.bold('website')} is not filled in", told)
		self.assertEqual(self.told(direction="Outgoing", requests=make.rest("/customers")), [])
