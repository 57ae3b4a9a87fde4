"""A record that comes again by its link costs one statement on the link, and loses nothing by it."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.store import bindings
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestKnownAgain(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.id = frappe.generate_hash(length=8)
		rows = [make.row("description", "note"), make.row("date", "day")]
		self.flow = make.flow(
			"ToDo", [], rows, direction="Incoming", inbound_id_expression="id", remote_entity="task"
		)

	def take(self, **record: str) -> write.Written:
		return write.upsert(inflow.load(self.flow.name), {"id": self.id, "note": "Same", **record})

	def link(self) -> dict:
		(found,) = frappe.get_all("Sync Link", {"external_id": self.id}, ["*"])
		return found

	def statements(self, **record: str) -> list[str]:
		"""What is done to links while the record comes."""
		told: list[str] = []
		asked = frappe.db.sql

		def sql(query, *more, **how):
			told.append(str(query))
			return asked(query, *more, **how)

		with patch.object(frappe.db, "sql", sql):
			self.take(**record)
		return [one.split()[0] for one in told if "tabSync Link" in one]

	def test_one_statement_reads_the_link_and_one_writes_it(self):
		self.take(day="2026-11-02")
		frappe.db.set_value("Sync Link", self.link().name, {"last_received": None, "received_hash": "other"})
		self.assertEqual(self.statements(day="2026-11-02"), ["SELECT", "UPDATE"])
		again = self.link()
		self.assertTrue(again.last_received)
		self.assertIsNone(again.received_hash)
		self.statements()
		self.assertEqual(self.link().received_hash, bindings.PARTIAL)

	def test_a_link_that_was_deleted_meanwhile_is_made_anew(self):
		written = self.take()
		bind_again = bindings.bind_again

		def deleted(link: str, binding: bindings.Binding) -> None:
			frappe.db.delete("Sync Link", {"name": link})
			bind_again(link, binding)

		with patch.object(bindings, "bind_again", deleted):
			self.take()
		self.assertEqual(self.link().document_name, written.name)
