"""What is held of records that are recognised, or not, ends as its message says: the remedy is done, the record repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe

from erp_connect.api import links
from erp_connect.records.errors import HeldForReview
from erp_connect.records.write import CREATED, UPDATED, Written
from erp_connect.store.bindings import LinkConflict
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import other_company
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

	def test_a_document_that_is_linked_with_another_record_of_its_kind(self):
		flow = self.customers()
		vat, name = f"T2 {self.mark}", f"From there {self.mark}"
		make.link("Customer", self.customer("Known", tax_id=vat), ENTITY, "first")
		made: list[str] = []

		def link() -> None:
			made.append(self.customer("Another"))
			links.link(make.ACCOUNT, ENTITY, "second", "Customer", made[0])

		done = self.ended(
			"make this one's document here and link it",
			lambda: self.take(flow, id="second", vat=vat, name=name),
			link,
		)
		self.assertEqual((done.action, [done.name]), (UPDATED, made))

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

	def test_a_name_that_is_a_document_of_another_company(self):
		rows = [make.row("name", "task", **BOTH), make.row("description", "note")]
		how = {"inbound_id_expression": "id", "remote_entity": ENTITY, "on_missing": "Ignore"}
		flow = self.receives("Task", rows, **how)
		values = {"doctype": "Task", "subject": self.mark, "company": other_company()}
		task = frappe.get_doc(values).insert().name
		done = self.ended(
			"If it is meant, link the two",
			lambda: self.take(flow, id="t-1", task=task, note="from there"),
			lambda: links.link(make.ACCOUNT, ENTITY, "t-1", "Task", task),
		)
		self.assertEqual((done.action, done.name), (UPDATED, task))
		self.assertEqual(frappe.db.get_value("Task", task, "description"), "from there")


class TestIdsOfOthers(MatchCase):
	"""A record whose new id is linked with another document, or with one that was deleted here."""

	def setUp(self) -> None:
		super().setUp()
		rows = [make.row("customer_name", "name"), make.row("website", "site")]
		how = {"inbound_id_expression": "id", "inbound_name_expression": "here", "remote_entity": ENTITY}
		self.flow = self.receives("Customer", rows, **how)
		self.known, self.other = self.customer("Known"), self.customer("Other")
		make.link("Customer", self.known, ENTITY, "old")
		make.link("Customer", self.other, ENTITY, "new")

	def changed(self) -> Written:
		return self.take(
			self.flow, id="new", here=self.known, name=f"Known {self.mark}", site="there.example"
		)

	def test_an_id_of_a_deleted_document(self):
		frappe.db.delete("Customer", {"name": self.other})
		with self.assertRaisesRegex(
			LinkConflict, "was deleted here. Delete that Sync Link, then press Retry"
		):
			self.changed()
		frappe.get_doc("Sync Link", {"external_id": "new"}).delete()
		done = self.changed()
		self.assertEqual((done.action, done.name), (UPDATED, self.known))
		self.assertEqual(
			frappe.db.get_value("Sync Link", {"document_name": self.known}, "external_id"), "new"
		)

	def test_a_new_document_for_an_id_of_a_deleted_one(self):
		frappe.db.delete("Customer", {"name": self.other})
		self.commit()
		record = {"id": "new", "name": f"Made {self.mark}", "site": "there.example"}
		with self.assertRaisesRegex(
			LinkConflict, "was deleted here. Delete that Sync Link, then press Retry"
		):
			self.take(self.flow, **record)
		frappe.db.rollback()
		frappe.get_doc("Sync Link", {"external_id": "new"}).delete()
		self.assertEqual(self.take(self.flow, **record).action, CREATED)
