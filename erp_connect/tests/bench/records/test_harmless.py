"""Words in pointed brackets that come from outside stand in the document, made harmless, whoever cleans its texts."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config import inflow
from erp_connect.records.write import upsert
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

SAID, STANDS = "R&D <Nord>", "R&amp;D &lt;Nord&gt;"


class TestHarmless(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def write(self, doctype: str, rows: list[dict[str, Any]], *records: dict[str, Any]) -> Any:
		"""The document after the records were written one after the other."""
		doc = make.flow(
			doctype, [], rows, direction="Incoming", remote_entity=frappe.scrub(doctype), inbound_id_expression="id"
		)  # fmt: skip
		self.commit()
		for record in records:
			done = upsert(inflow.load(doc.name), {"id": "r1", **record})
			self.assertEqual(done.missed, ())
		return frappe.get_doc(doctype, done.name)

	def test_in_texts_that_a_document_cleans_itself(self):
		"""ERPNext takes markup out of the descriptions of Items: https://docs.frappe.io/erpnext/user/manual/en/stock-settings"""
		frappe.db.set_single_value("Stock Settings", "clean_description_html", 1)
		rows = [
			make.row("item_code", "code"),
			make.row("item_group", "group"),
			make.row("description", "text"),
		]
		item = {"code": make.unique("HARMLESS"), "group": make.leaf("Item Group")}
		written = self.write("Item", rows, {**item, "text": SAID}, {**item, "text": f"<h2>Oak</h2> {SAID}"})
		self.assertIn("&lt;Nord&gt;", written.description)
		self.assertIn("Oak", written.description)

	def test_in_other_texts_of_new_and_known_documents(self):
		rows = [make.row("subject", "title"), make.row("description", "text")]
		issue = self.write(
			"Issue", rows, {"title": "Late", "text": SAID}, {"title": SAID, "text": f"<p>See {SAID}</p>"}
		)
		self.assertEqual(issue.subject, STANDS)
		self.assertEqual(issue.description, "<p>See R&amp;D &lt;Nord&gt;</p>")

	def test_markup_of_programs_is_none_of_words(self):
		rows = [make.row("subject", "title"), make.row("description", "text")]
		text = '<p onclick="x()">Fine</p><script>alert(1)</script>'
		issue = self.write("Issue", rows, {"title": "Late", "text": text})
		self.assertIn("<p>Fine</p>", issue.description)
		self.assertNotIn("<script", issue.description)
