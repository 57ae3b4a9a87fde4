"""**Update from Preset** in a real browser: what a newer release changes is seen, chosen and taken over."""

from __future__ import annotations

import copy

import frappe

from erp_connect.api import presets
from erp_connect.store import preset_origins
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase


class TestUpdate(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), system="ERPNext")
		self.flow = presets.add_flows(make.ACCOUNT, "ERPNext", ["Customers"])[0]
		doc = frappe.get_doc("Field Mapping", self.flow)
		self.told = [(row.source, row.target) for row in doc.rows]
		self.path = doc.requests[0].path
		# As if it were of an older release: another path, and a row that came later.
		old = preset_origins.of_flow(doc)
		mapping = copy.deepcopy(dict(old.mapping))
		mapping["requests"][0]["path"] = "/api/v1/old"
		mapping["rows"] = mapping["rows"][:-1]
		doc.requests[0].path = "/api/v1/mine"
		doc.rows = doc.rows[:-1]
		doc.save()
		preset_origins.remember_flow(
			self.flow, preset_origins.Origin(old.preset, old.flow, "0.9", mapping, old.value_maps)
		)
		self.commit()

	def open(self) -> None:
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.choose("Actions", "Update from Preset")
		self.desk.see("Changed by you and by the preset")

	def taken(self):
		self.desk.see("is at release")
		self.desk.see("There is nothing newer.")
		frappe.db.rollback()
		doc = frappe.get_doc("Field Mapping", self.flow)
		self.assertEqual([(row.source, row.target) for row in doc.rows], self.told)
		return doc

	def test_what_was_changed_here_stays(self):
		self.open()
		self.desk.see("/api/v1/old")
		self.desk.see("/api/v1/mine")
		self.shot("update")
		self.desk.click("Take Over", ".modal.show button")
		self.assertEqual(self.taken().requests[0].path, "/api/v1/mine")
		self.shot("updated")

	def test_the_presets_value_is_chosen(self):
		self.open()
		self.desk.press(".modal.show input[value=theirs]")
		self.desk.click("Take Over", ".modal.show button")
		self.assertEqual(self.taken().requests[0].path, self.path)
