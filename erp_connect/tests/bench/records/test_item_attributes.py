"""Attributes that items bring from outside: known whatever their case, and made where the flow says so."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.records import item_attributes
from erp_connect.tests.base import ConnectTestCase


class TestItemAttributes(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.name = f"Size {frappe.generate_hash(length=6)}"

	def rows(self, *values: str, name: str = "") -> dict[str, Any]:
		return {"attributes": [{"attribute": name or self.name, "attribute_value": one} for one in values]}

	def make(self, *values: str, name: str = "") -> None:
		item_attributes.make("Item", self.rows(*values, name=name))

	def known(self) -> list[tuple[str, str]]:
		doc = frappe.get_doc("Item Attribute", self.name)
		return [(row.attribute_value, row.abbr) for row in doc.item_attribute_values]

	def test_an_attribute_is_made_once_and_given_what_it_lacks(self):
		self.make("S")
		self.make("M", "s", name=self.name.upper())
		self.assertEqual(self.known(), [("S", "S"), ("M", "M")])
		before = frappe.db.get_value("Item Attribute", self.name, "modified")
		self.make("m")
		self.assertEqual(frappe.db.get_value("Item Attribute", self.name, "modified"), before)

	def test_a_template_brings_the_name_alone(self):
		item_attributes.make("Item", {"attributes": [{"attribute": self.name}]})
		self.assertEqual(self.known(), [])

	def test_an_abbreviation_that_another_value_has_is_not_taken_twice(self):
		values = [{"attribute_value": "Large", "abbr": "L"}]
		frappe.get_doc(
			{"doctype": "Item Attribute", "attribute_name": self.name, "item_attribute_values": values}
		).insert()
		self.make("L")
		self.assertEqual(self.known(), [("Large", "L"), ("L", "L 2")])

	def test_a_range_of_numbers_is_left_as_it_is(self):
		frappe.get_doc(
			{
				"doctype": "Item Attribute",
				"attribute_name": self.name,
				"numeric_values": 1,
				"from_range": 1,
				"to_range": 9,
				"increment": 1,
			}
		).insert()
		self.make("12")
		self.assertEqual(self.known(), [])

	def test_spelling_is_that_of_here_and_other_documents_are_left_alone(self):
		self.make("Red")
		spelled = item_attributes.spelled("Item", self.rows("RED", "Green", name=self.name.lower()))
		self.assertEqual(spelled, self.rows("Red", "Green"))
		foreign = self.rows("RED")
		self.assertIs(item_attributes.spelled("Task", foreign), foreign)
		self.assertEqual(item_attributes.spelled("Item", {"item_name": "Pot"}), {"item_name": "Pot"})
