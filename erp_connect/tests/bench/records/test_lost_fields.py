"""A field that goes after a flow was saved with it: nothing is written or sent as if it had never been asked for."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_field

from erp_connect.api import events
from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.records.values import BadValue
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

FIELD = "connect_test_grade"
ROWS = [make.row("brand", "name"), make.row(FIELD, "grade"), make.row("description", "text")]


class TestLostFields(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.find()
		self.addCleanup(self.lose)

	def find(self) -> None:
		create_custom_field("Brand", {"fieldname": FIELD, "label": "Grade", "fieldtype": "Data"})
		self.commit()
		frappe.clear_cache(doctype="Brand")

	def lose(self) -> None:
		frappe.delete_doc_if_exists("Custom Field", f"Brand-{FIELD}")
		self.commit()
		frappe.clear_cache(doctype="Brand")

	def lost(self, text: str) -> Any:
		"""The event of a change that is sent after the field went."""
		brand = make.brand()
		self.deliver()
		self.lose()
		brand.reload()
		brand.description = text
		brand.save()
		self.deliver()
		return self.events()[-1]

	def test_a_record_that_brings_it_is_refused_whole(self):
		flow = make.flow("Brand", [], ROWS, direction="Incoming", inbound_id_expression="name")
		name = make.unique("Brand")
		write.upsert(inflow.load(flow.name), {"name": name, "grade": "A", "text": "first"})
		self.lose()
		with self.assertRaises(BadValue) as caught:
			write.upsert(inflow.load(flow.name), {"name": name, "grade": "B", "text": "second"})
		self.assertIn(f"Brand has no field {FIELD}", str(caught.exception))
		self.assertEqual(frappe.db.get_value("Brand", name, "description"), "first")

	def test_a_document_is_not_sent_without_it_and_retry_goes_on_once_the_flow_is_right(self):
		flow = make.flow("Brand", make.rest("/brands"), ROWS)
		event = self.lost("changed")
		self.assertEqual((event.status, event.outcome), ("Failed", "unknown_field"), self.history())
		self.assertIn(FIELD, event.error)
		self.assert_arrived(1)
		flow.reload()
		flow.rows = [row for row in flow.rows if row.source != FIELD]
		flow.save()
		events.retry([event.name])
		self.deliver()
		self.assert_arrived(2)

	def test_a_condition_that_reads_it_does_not_turn_into_one_that_never_holds(self):
		make.flow("Brand", make.rest("/brands"), ROWS[:1], condition=f"{FIELD} != 'old' && description")
		self.assertEqual(self.lost("changed").outcome, "unknown_field", self.history())
