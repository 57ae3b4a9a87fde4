"""What is told to who changes a flow that knows records already."""

from __future__ import annotations

import json

import frappe

from erp_connect.api import events
from erp_connect.store import inbox, sync_log
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import FLOW, KIND, TwoWayShopCase, mapped


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

	def test_where_nothing_can_be_compared_the_row_comes_in_first(self):
		"""What is told to do works: what stands outside is not written over, and what differs is decided as by any flow."""
		self.flow(rows=mapped()[:2], topics="*", pull_path="", fetch_path="")
		doc, id_ = self.linked()
		doc.db_set("website", "https://here.example")
		(told,) = self.told(rows=mapped())
		self.assertIn("let the row be Incoming until it has sent its records", told)
		self.told(rows=[*mapped()[:2], make.row("website", "site", direction="Incoming")])
		self.shop.change(KIND, id_, site="https://there.example")
		self.sends(self.shop.things[KIND][id_])
		events.resolve_conflict(self.event(status="On Hold").name, side="there")
		self.work()
		self.told(rows=mapped())
		self.assertEqual(doc.reload().website, "https://there.example", self.history())
		doc.tax_id = "17"
		doc.save()
		self.commit()
		self.push()
		self.assert_sides(doc, id_, "17", "https://there.example")

	def sends(self, record: dict) -> None:
		"""A webhook brings a record."""
		inbox.receive(
			{
				"integration": make.ACCOUNT,
				"event": sync_log.WEBHOOK,
				"topic": "x",
				"request_body": json.dumps(record),
			}
		)
		self.work()

	def test_a_row_that_is_added_to_a_flow_that_only_comes_in(self):
		self.flow(rows=mapped()[:2])
		self.linked()
		self.told(direction="Incoming", requests=[])
		(told,) = self.told(rows=mapped())
		self.assertIn(f"{frappe.bold('website')} is not filled in", told)
		self.assertEqual(self.told(direction="Outgoing", requests=make.rest("/customers")), [])
