"""What is held of records that are recognised, or not, ends as its message says: the remedy is done, the record repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe

from erp_connect.api import links
from erp_connect.records.errors import HeldForReview
from erp_connect.records.write import UPDATED, Written
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.records.test_match_keys import BOTH, MatchCase

ENTITY = "customer"


class TestEnds(MatchCase):
	def customers(self, **values: Any):
		"""A flow that knows customers by their tax id, else by their website."""
		rows = [
			make.row("tax_id", "vat", **BOTH),
			make.row("website", "site", **BOTH, match_set=2),
			make.row("customer_name", "name"),
		]
		return self.receives("Customer", rows, inbound_id_expression="id", remote_entity=ENTITY, **values)

	def ended(self, told: str, act: Callable[[], Written], fix: Callable[[], Any]) -> Written:
		"""A record is held and writes nothing; what its message says is done, and the record repeated."""
		self.commit()
		before = frappe.db.count("Customer"), frappe.db.count("Sync Link")
		with self.assertRaises(HeldForReview) as caught:
			act()
		frappe.db.rollback()
		self.assertEqual((frappe.db.count("Customer"), frappe.db.count("Sync Link")), before)
		self.assertIn(told, str(caught.exception))
		self.assertIn("press Retry", str(caught.exception))
		fix()
		self.commit()
		return act()

	def test_a_document_that_is_linked_with_another_id(self):
		flow = self.customers()
		name = self.customer("Known", tax_id=f"T1 {self.mark}")
		link = make.link("Customer", name, ENTITY, "old")

		def correct() -> None:
			link.external_id = "new"
			link.save()

		done = self.ended(
			"correct External id in its Sync Link",
			lambda: self.take(flow, id="new", vat=f"T1 {self.mark}", name=f"From there {self.mark}"),
			correct,
		)
		self.assertEqual((done.action, done.name), (UPDATED, name))

	def test_a_document_that_another_key_contradicts(self):
		flow = self.customers()
		for number, fix in enumerate((self.correct, self.link)):
			site = f"site{number}.{self.mark}"
			name = self.customer(f"Known {number}", tax_id=f"A{number} {self.mark}", website=site)
			record = {
				"id": f"c-{number}",
				"vat": f"B{number} {self.mark}",
				"site": site,
				"name": f"{number} {self.mark}",
			}
			done = self.ended(
				"or link the record with its document",
				lambda record=record: self.take(flow, **record),
				lambda fix=fix, name=name, record=record: fix(name, record),
			)
			self.assertEqual((done.action, done.name), (UPDATED, name))
			self.assertEqual(frappe.db.get_value("Customer", name, "tax_id"), record["vat"])

	def correct(self, name: str, record: dict[str, Any]) -> None:
		doc = frappe.get_doc("Customer", name)
		doc.tax_id = record["vat"]
		doc.save()

	def link(self, name: str, record: dict[str, Any]) -> None:
		links.link(make.ACCOUNT, ENTITY, record["id"], "Customer", name)

	def test_a_record_that_is_not_here(self):
		flow = self.customers(on_missing="Hold for review")
		record = {"id": "c-1", "vat": f"T1 {self.mark}", "site": "", "name": f"From there {self.mark}"}
		made: list[str] = []

		def create() -> None:
			made.append(self.customer("Made"))
			self.link(made[0], record)

		done = self.ended("Create its document and link it", lambda: self.take(flow, **record), create)
		self.assertEqual((done.action, [done.name]), (UPDATED, made))
		self.assertEqual(frappe.db.get_value("Customer", done.name, "tax_id"), record["vat"])
