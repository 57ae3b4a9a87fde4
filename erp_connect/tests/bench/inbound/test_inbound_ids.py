"""A record in which the id expression finds nothing is not written: it would become a new document at each change."""

from __future__ import annotations

import frappe

from erp_connect.operate import replay
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase


class TestRecordsWithoutAnId(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.flow = self.customer_flow(inbound_id_expression="id", expose_api=1)
		self.name = make.unique("Alder")
		self.commit()

	def record(self, kind: str) -> dict:
		return {"contact_id": 7, "name": self.name, "kind": kind, "address": {"city": "Berlin"}}

	def test_it_is_refused_with_the_paths_that_exist_and_one_retry_after_the_correction_makes_one_document(
		self,
	):
		for kind in ("Company", "Individual"):
			self.ok(self.hook(self.record(kind)))
		self.work()
		rows = self.events()
		self.assertEqual([(row.status, row.outcome) for row in rows], [("Failed", "no_id")] * 2)
		for words in ("id finds nothing", self.flow.name, "contact_id, name, kind, address.city"):
			self.assertIn(words, rows[0].error)
		self.assertEqual(self.count("Customer", customer_name=self.name), 0)
		self.flow.reload()
		self.flow.inbound_id_expression = "contact_id"
		self.flow.save()
		self.assertEqual(replay.retry([row.name for row in rows]), 2)
		self.work()
		self.assertEqual(self.statuses(), ["Processed"] * 2)
		self.assertEqual(self.count("Customer", customer_name=self.name), 1)
		self.assertEqual(
			frappe.db.get_value("Customer", {"customer_name": self.name}, "customer_type"), "Individual"
		)

	def test_the_api_says_so_to_its_caller(self):
		error = self.refused(
			self.call("upsert", {"entity": "customer", "record": self.record("Company")}), 422, "no_id"
		)
		self.assertIn("contact_id", error["message"])
		self.assertEqual(self.count("Customer", customer_name=self.name), 0)

	def test_spaces_are_no_id(self):
		"""Padded columns of a file, say: each such record overwrote the one before."""
		for blank in ("   ", "\u00a0"):
			record = {**self.record("Company"), "id": blank}
			self.refused(self.call("upsert", {"entity": "customer", "record": record}), 422, "no_id")
		self.assertEqual(self.count("Customer", customer_name=self.name), 0)

	def test_a_flow_that_does_not_say_where_ids_stand_writes_as_before(self):
		self.flow.inbound_id_expression = ""
		self.flow.save()
		self.ok(self.hook(self.record("Company")))
		self.work()
		self.assertEqual(self.count("Customer", customer_name=self.name), 1)
