"""Documents are called whatever Frappe allows, and an error that nobody foresaw ends one event, in words."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from erp_connect.config import inflow
from erp_connect.outbound import settle
from erp_connect.records import document
from erp_connect.records.write import upsert
from erp_connect.served import reading
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.shop import Shop


class ShopCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.shop = Shop()
		self.addCleanup(self.shop.stop)
		make.account(self.shop.url, breaker_threshold=0)

	def flow(self, doctype: str, rows: list[dict], **values):
		doc = make.flow(
			doctype,
			make.rest("/things"),
			rows,
			**{
				"name": make.unique("Things both ways"),
				"direction": "Both",
				"remote_entity": "things",
				"external_id_expression": "data.id",
				"inbound_id_expression": "id",
				**values,
			},
		)
		self.commit()
		return doc


class TestNumberedDocuments(ShopCase):
	"""Names that are numbers which the database gives, also of rows."""

	def setUp(self) -> None:
		super().setUp()
		stem = make.unique("Numbered")
		self.row = self._doctype(f"{stem} Row", istable=1)
		self.doctype = self._doctype(
			stem,
			{"fieldname": "rows", "fieldtype": "Table", "label": "Rows", "options": self.row},
			permissions=[{"role": "Item Manager", "read": 1, "write": 1, "create": 1}],
		)
		self.flow_name = self.flow(
			self.doctype,
			[make.row("text", "text"), make.row("rows[].text", "rows[].text")],
			send_nulls=1,
			expose_api=1,
		).name
		self.addCleanup(frappe.delete_doc, "Field Mapping", self.flow_name, force=True, ignore_missing=True)

	def _doctype(self, name: str, *fields: dict, **values) -> str:
		frappe.get_doc(
			{
				"doctype": "DocType",
				"name": name,
				"module": "ERP Connect",
				"custom": 1,
				"autoname": "autoincrement",
				"fields": [{"fieldname": "text", "fieldtype": "Data", "label": "Text"}, *fields],
				**values,
			}
		).insert()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "DocType", name, force=True)
		return name

	def new(self, text: str = "first"):
		doc = frappe.get_doc({"doctype": self.doctype, "text": text, "rows": [{"text": "a"}, {"text": "b"}]})
		doc.insert()
		self.commit()
		return doc

	def test_are_created_changed_and_deleted_outside(self):
		doc = self.new()
		self.assertIsInstance(doc.name, int)
		self.deliver()
		self.assertEqual([row.status for row in self.events()], ["Delivered"], self.history())
		link = self.links(document_name=str(doc.name))[0]
		record = self.shop.things["things"][link.external_id]
		self.assertEqual((record["text"], [row["text"] for row in record["rows"]]), ("first", ["a", "b"]))
		doc.reload()
		doc.text = "second"
		doc.save()
		self.deliver()
		self.assertEqual(self.shop.things["things"][link.external_id]["text"], "second", self.history())
		doc.delete()
		self.deliver()
		self.assertNotIn(link.external_id, self.shop.things["things"], self.history())

	def test_are_written_and_served(self):
		flow = inflow.load(self.flow_name)
		record = {"id": "T-1", "text": "from outside", "rows": [{"text": "x"}]}
		done = upsert(flow, record)
		self.assertEqual((done.action, type(done.name)), ("created", str))
		self.assertEqual(upsert(flow, record).action, "unchanged")
		self.assertEqual(upsert(flow, {**record, "text": "changed"}).action, "updated")
		for values in ({}, {"with_tables": True}, {"order": "modified"}):
			query = reading.Query(limit=10, **values)
			found = reading.page(flow, query)["records"]
			self.assertEqual([(row["name"], row["external_id"]) for row in found], [(done.name, "T-1")])
		self.assertEqual(reading.one(flow, name=done.name, external_id=None)["external_id"], "T-1")
		self.assertEqual(reading.versions_of(self.doctype, [done.name]).keys(), {done.name})


class TestOddNames(ShopCase):
	def test_reach_the_outside_and_come_back_to_the_same_document(self):
		self.flow("Brand", [make.row("brand", "title"), make.row("description", "text")])
		names = [
			make.unique(name)
			for name in ("a/b", "100 %", 'O\'Neill "x"', "Ünïcode 名前", "semi;colon#?&=", "{x}")
		]
		for name in names:
			make.brand(name=name)
		self.deliver()
		self.assertEqual({row.status for row in self.events()}, {"Delivered"}, self.history())
		for name in names:
			frappe.get_doc("Brand", name).update({"description": f"of {name}"}).save()
		self.deliver()
		found = {record["title"]: record["text"] for record in self.shop.things["things"].values()}
		self.assertEqual(found, {name: f"of {name}" for name in names}, self.history())


class TestUnforeseenErrors(ShopCase):
	def setUp(self) -> None:
		super().setUp()
		self.flow("Brand", [make.row("brand", "title"), make.row("description", "text")])
		self.bad, *self.good = [make.brand(name=make.unique("Brand")).name for _ in range(3)]
		self.commit()

	def states(self) -> dict[str, str]:
		return {row.reference_name: row.status for row in self.events()}

	def assert_only_bad_failed(self) -> None:
		self.assertEqual(
			self.states(), {self.bad: "Failed", **dict.fromkeys(self.good, "Delivered")}, self.history()
		)
		self.assertIn("boom", self.event(status="Failed").error)

	def test_in_loading_documents(self):
		real = document.load_many

		def load(doctype, names):
			if self.bad in names:
				raise KeyError("boom")
			return real(doctype, names)

		with patch.object(document, "load_many", load):
			self.deliver()
		self.assert_only_bad_failed()

	def test_in_writing_what_came_of_it(self):
		real = settle._attempt

		def attempt(item, *args):
			if item.prepared.subject.name == self.bad:
				raise KeyError("boom")
			return real(item, *args)

		with patch.object(settle, "_attempt", attempt):
			self.deliver()
		self.assert_only_bad_failed()

	def test_in_keeping_requests_is_tried_again_and_ends(self):
		with patch.object(settle, "store_requests", side_effect=KeyError("boom")):
			for _ in range(12):
				self.deliver()
				self.later(86400)
		self.assertEqual(set(self.states().values()), {"Failed"}, self.history())
		self.assertEqual(self.shop.count("POST"), 0)
		self.assertTrue(all("boom" in row.error for row in self.events()))
