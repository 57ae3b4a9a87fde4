"""All documents that lead to the one that is sent: the items of a brand."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.records import document, flow_contents
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

ITEMS = {"link_field": "brand", "alias": "items", "list_of": "Item", "remote_entity": "article"}
TRIGGER = {"trigger_doctype": "Item", "match_fields": "name=brand"}


class TestListedDocuments(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.commit()

	def flow(self, *rows: Any, link: dict[str, str] = ITEMS, **values: Any) -> Any:
		flow = make.flow(
			"Brand",
			[
				make.request("Insert", "POST", "/brands"),
				make.request("Change", "POST", "/brands", operation="Create"),
			],
			rows
			or [
				make.row("items[].item_code", "items[].code"),
				make.row("items[]._link.external_id", "items[].id"),
			],
			linked_documents=[link],
			triggers=[TRIGGER],
			**values,
		)
		self.commit()
		return flow

	def test_each_with_its_id_outside_and_anew_when_one_of_them_changes(self):
		self.flow(send_nulls=1)
		brand = make.brand()
		first, second = (make.item(brand=brand.name) for _ in range(2))
		make.link("Item", second.name, "article", "A-2")
		make.item()
		self.commit()
		self.deliver()
		# What the brand's own event says, and those of its items, is one request.
		(request,) = self.arrived()
		self.assertEqual(
			request.json, {"items": [{"code": first.name, "id": None}, {"code": second.name, "id": "A-2"}]}
		)

	def test_tables_of_each(self):
		self.flow(make.row("unique(items[].uoms[].uom)", "units"))
		brand = make.brand()
		for _ in range(2):
			make.item(brand=brand.name)
		self.commit()
		self.deliver()
		self.assertEqual(self.arrived()[0].json, {"units": ["Nos"]})

	def test_more_than_can_be_listed_are_told(self):
		self.flow()
		brand = make.brand()
		for _ in range(3):
			make.item(brand=brand.name)
		self.commit()
		with patch.object(document, "MOST_LISTED", 2):
			self.deliver()
		self.assertEqual(self.arrived(), [])
		(event,) = self.events(status="Failed")
		self.assertIn("More than 2 documents of type Item belong to", event.error)

	def test_a_list_that_cannot_be_had_is_refused_at_save(self):
		for wrong in ({"list_of": "Customer"}, {"list_of": "Item Barcode"}, {"link_field": "item_group"}):
			with self.subTest(wrong), self.assertRaisesRegex(frappe.ValidationError, "could be listed"):
				self.flow(link={**ITEMS, **wrong})
			frappe.db.rollback()
		with self.assertRaisesRegex(frappe.ValidationError, "not a link field"):
			self.flow(link={**ITEMS, "link_field": "taxes.brand"})
		frappe.db.rollback()

	def test_who_may_not_read_what_is_listed_does_not_see_what_was_sent(self):
		flow = self.flow()
		self.assertTrue(flow_contents.is_readable(flow.name, "Administrator"))
		self.assertIn("Item", flow_contents._linked_types(flow))
