"""The id outside of a linked document, in the path of a request and in its rows."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

LINK = {"link_field": "brand", "alias": "brand_doc", "remote_entity": "brand"}


class TestLinkedIds(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def flow(self, path: str = "/brands/{brand_doc._link.external_id}/items", **link: Any):
		flow = make.flow(
			"Item",
			[make.request("Insert", "POST", path)],
			[make.row("item_code", "code"), make.row("brand_doc._link.external_id", "brand_id")],
			linked_documents=[{**LINK, **link}],
		)
		self.commit()
		return flow

	def test_in_path_and_rows_by_its_entity(self):
		self.flow()
		brand = make.brand()
		make.link("Brand", brand.name, "brand", "B/7")
		make.link("Brand", brand.name, "label", "L-1")
		item = make.item(brand=brand.name)
		self.deliver()
		(request,) = self.arrived()
		self.assertEqual(request.path, "/brands/B%2F7/items")
		self.assertEqual(request.json, {"code": item.item_code, "brand_id": "B/7"})

	def test_one_that_is_not_linked_is_told_and_nothing_is_sent(self):
		self.flow()
		make.item(brand=make.brand().name)
		self.deliver()
		self.assertEqual(self.arrived(), [])
		self.assertIn("brand_doc._link.external_id", self.event().error)

	def test_without_an_entity_it_is_refused_at_save(self):
		with self.assertRaisesRegex(frappe.ValidationError, "_link"):
			self.flow(remote_entity="")
