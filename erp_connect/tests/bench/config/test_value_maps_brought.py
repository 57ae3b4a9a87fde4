"""A flow that comes in with a Value Map whose name this site has already."""

from __future__ import annotations

import frappe

from erp_connect.api import flows
from erp_connect.config import exchange_format
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

NAME = "Statuses"
FILE = [("first", "1"), ("second", "2")]
HERE = [("first", "X1"), ("second", "2")]


class TestValueMapsBrought(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		for name in frappe.get_all("Value Map", {"name": ("like", f"{NAME}%")}, pluck="name"):
			frappe.delete_doc("Value Map", name, force=True)
		make.account(self.receiver.url())
		self.map = frappe.get_doc({"doctype": "Value Map", "map_name": NAME, "entries": self.rows(FILE)})
		self.map.insert()
		make.flow(
			"Brand",
			make.rest("/b2"),
			[
				make.row("name", "name"),
				make.row("description", "text", transform="Value Map", value_map=NAME),
			],
			"With map",
		)
		self.text = flows.export_mapping("With map")
		frappe.clear_messages()

	def rows(self, pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
		return [{"erp_value": here, "remote_value": there} for here, there in pairs]

	def used_by(self, flow: str) -> tuple[str, list[tuple[str, str]]]:
		name = next(row.value_map for row in frappe.get_doc("Field Mapping", flow).rows if row.value_map)
		return name, [(e.erp_value, e.remote_value) for e in frappe.get_doc("Value Map", name).entries]

	def told(self) -> str:
		return " ".join(str(message.get("message")) for message in frappe.get_message_log())

	def change(self) -> None:
		self.map.set("entries", self.rows(HERE))
		self.map.save()
		frappe.clear_messages()

	def test_one_with_other_entries_stays_and_the_files_gets_a_free_name(self):
		self.change()
		copy = flows.import_mapping(self.text, make.ACCOUNT, "Copy")
		self.assertEqual(self.used_by(copy), (f"{NAME} (2)", FILE))
		self.assertEqual(self.used_by("With map"), (NAME, HERE))
		self.assertIn("(1 differ)", self.told())
		self.assertIn(f"as {NAME} (2).", self.told())

	def test_what_was_brought_before_is_used_again(self):
		self.change()
		for name in ("Copy", "Another"):
			self.assertEqual(
				self.used_by(flows.import_mapping(self.text, make.ACCOUNT, name))[0], f"{NAME} (2)"
			)

	def test_one_with_the_same_entries_is_used(self):
		copy = flows.import_mapping(self.text, make.ACCOUNT, "Copy")
		self.assertEqual(self.used_by(copy), (NAME, FILE))
		self.assertEqual(self.told(), "")

	def test_a_flow_of_a_preset_uses_the_one_of_the_site_and_says_so(self):
		self.change()
		mapping, maps = exchange_format.content(frappe.get_doc("Field Mapping", "With map"))
		name = exchange_format.create(mapping, {NAME: self.rows(FILE)}, make.ACCOUNT, "Of a preset")
		self.assertEqual(self.used_by(name), (NAME, HERE))
		self.assertIn("(1 differ)", self.told())
		self.assertEqual(list(maps), [NAME])
