"""Documents here for which a pull asks: chosen by filters on the form of the flow, as in a list."""

from __future__ import annotations

import json

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase

FORM = "/app/field-mapping/Test Brand"
AREA = "[data-fieldname='parent_filter_area']"
WAITING = [["Brand", "description", "=", "waiting"]]


class TestDocumentsHere(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.flow(
			"Brand",
			[],
			[make.row("brand", "_parent.name", is_match_key=1), make.row("description", "state")],
			direction="Incoming",
			pull_path="/track/{_parent.name}",
			parent_doctype="Brand",
			parent_records="[].{name: name}",
			parent_filters=json.dumps(WAITING),
			inbound_id_expression="_parent.name",
			on_missing="Ignore",
		)
		self.commit()

	def kept(self) -> list:
		frappe.db.rollback()
		return json.loads(frappe.db.get_value("Field Mapping", "Test Brand", "parent_filters") or "[]")

	def until(self, script: str, what: str) -> None:
		self.desk.until(lambda: self.desk.run(f"return {script}"), what)

	def open(self) -> None:
		self.desk.open(FORM)
		self.desk.click("Pull", ".nav-link")
		self.until(f'document.querySelector("{AREA} .filter-field input")?.offsetParent', "the filters")

	def save(self) -> None:
		self.desk.click("Save")
		self.until("!cur_frm.is_dirty() && !frappe.ui.form.is_saving", "the save")

	def test_the_filters_are_shown_and_a_changed_one_is_saved(self):
		self.open()
		self.assertFalse(self.desk.run("return cur_frm.is_dirty()"))
		# What is drawn first may be drawn anew: the one that stands in the end is typed into.
		self.desk.settle()
		value = self.desk.driver.find_element("css selector", f"{AREA} .filter-field input")
		self.assertEqual(value.get_attribute("value"), "waiting")
		self.desk.run("arguments[0].scrollIntoView({block: 'center'})", value)
		self.desk.until(value.is_displayed, "the field of the filter")
		self.shot("documents-here")
		value.clear()
		value.send_keys("late\t")
		self.until("cur_frm.is_dirty()", "the change")
		self.save()
		self.assertEqual(self.kept(), [["Brand", "description", "=", "late"]])

	def test_another_doctype_begins_without_filters(self):
		self.open()
		self.desk.run("return cur_frm.set_value('parent_doctype', 'Customer')")
		self.save()
		self.assertEqual(self.kept(), [])
