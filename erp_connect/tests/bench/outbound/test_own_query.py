"""Requests of one flow with GraphQL queries of their own: one creates, another one updates."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply

CREATE = "mutation($brand: BrandInput!) { brandCreate(brand: $brand) { id } }"
UPDATE = "mutation($id: ID!, $text: String) { brandUpdate(id: $id, text: $text) { id } }"


class TestOwnQuery(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.commit()

	def flow(self, **values: Any) -> Any:
		requests = [
			make.request("Insert", "POST", "/graphql"),
			make.request(
				"Update",
				"POST",
				"/graphql",
				graphql_query=UPDATE,
				body="{id: external_id, text: description}",
			),
		]
		rows = [make.row("name", "brand.name"), make.row("description", "brand.text")]
		how = {"graphql_query": CREATE, "external_id_expression": "data.brandCreate.id", **values}
		flow = make.flow("Brand", requests, rows, **how)
		self.commit()
		return flow

	def test_each_request_asks_with_its_own(self):
		self.flow()
		self.receiver.script("/graphql", Reply(200, {"data": {"brandCreate": {"id": "B-1"}}}))
		brand = make.brand(description="Teapots")
		self.commit()
		self.deliver()
		self.receiver.script(
			"/graphql",
			Reply(200, {"data": {"brandUpdate": None}, "errors": [{"message": "Too short"}]}),
		)
		brand.description = "Tea"
		brand.save()
		self.commit()
		self.deliver()
		created, updated = (one.json for one in self.arrived())
		self.assertEqual(
			(created["query"], created["variables"]),
			(CREATE, {"brand": {"name": brand.name, "text": "Teapots"}}),
		)
		self.assertEqual((updated["query"], updated["variables"]), (UPDATE, {"id": "B-1", "text": "Tea"}))
		# It is judged as a query, too.
		self.assertIn("Too short", self.events(status="Failed")[0].error)

	def test_what_cannot_be_judged_or_batched_is_refused_at_save(self):
		for values, told in (
			({"graphql_query": ""}, "Enter a GraphQL query in the flow"),
			({"batch_size": 5, "batch_path": "brands"}, "Set Records per request to 1"),
		):
			with self.subTest(told), self.assertRaisesRegex(frappe.ValidationError, told):
				self.flow(**values)
			frappe.db.rollback()
