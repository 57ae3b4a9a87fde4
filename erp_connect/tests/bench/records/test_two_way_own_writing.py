"""What ERPNext writes in a way of its own when it takes it in goes back as it came, also in rows of tables."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.core.mapping.merge import OUTSIDE
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import FLOW, KIND, TwoWayShopCase

SAID, STANDS = "R&D <Nord>", "R&amp;D &lt;Nord&gt;"


class TestRows(TwoWayShopCase):
	def setUp(self) -> None:
		super().setUp()
		root = frappe.db.get_value("Sales Person", {"is_group": 1})
		self.people = [make.unique("Person") for _ in range(3)]
		for name in self.people:
			person = {"doctype": "Sales Person", "sales_person_name": name, "parent_sales_person": root}
			frappe.get_doc(person).insert()
		self.commit()

	def team(self, *shares: int, **said: str) -> list[dict[str, Any]]:
		"""Rows of a customer's team, of which the first says SAID of its person, or as `said` has it."""
		texts = {0: SAID, **{int(key[1:]): text for key, text in said.items()}}
		return [
			{"who": self.people[place], "share": share, "text": texts.get(place, "")}
			for place, share in enumerate(shares)
		]

	def came(self, *shares: int, **values: Any) -> tuple[Any, str]:
		"""A customer with a team that came from the shop. Returns it, and its id in the shop."""
		key = values.pop("key", 0)
		rows = [
			make.row("customer_name", "name"),
			make.row("website", "site"),
			make.row("sales_team[].sales_person", "team[].who", row_key=key),
			make.row("sales_team[].allocated_percentage", "team[].share"),
			make.row("sales_team[].contact_no", "team[].text"),
		]
		self.flow(OUTSIDE, rows=rows, **values)
		name = make.unique("Team")
		id_ = self.shop.add(KIND, name=name, site="s0", team=self.team(*shares))
		self.pull()
		found = frappe.db.exists("Customer", {"customer_name": name}) or self.fail(self.history())
		doc = frappe.get_doc("Customer", found)
		self.assertEqual(doc.sales_team[0].contact_no, STANDS)
		return doc, id_

	def outside(self, id_: str) -> list[dict[str, Any]]:
		return [{**row, "text": row["text"] or ""} for row in self.shop.things[KIND][id_]["team"]]

	def test_another_field_is_edited(self):
		doc, id_ = self.came(60, 40)
		self.edit(doc, website="s1")
		self.push()
		self.assertEqual(self.shop.things[KIND][id_]["site"], "s1", self.history())
		self.assertEqual(self.outside(id_), self.team(60, 40))
		self.cycles(2)
		self.assertEqual(self.outside(id_), self.team(60, 40))
		self.assertEqual(self.shop.count("PUT"), 1)
		self.edit(doc, website="s2")
		self.push()
		self.assertEqual(self.outside(id_), self.team(60, 40))

	def test_rows_are_edited_added_and_taken_away(self):
		for key in (0, 1):
			with self.subTest(key=key):
				frappe.delete_doc("Field Mapping", FLOW, force=True, ignore_missing=True)
				doc, id_ = self.came(60, 40, key=key)
				doc.sales_team[0].allocated_percentage, doc.sales_team[1].allocated_percentage = 50, 50
				self.edit(doc, sales_team=doc.sales_team)
				self.push()
				self.assertEqual(self.outside(id_), self.team(50, 50), self.history())
				doc.reload()
				doc.sales_team[1].allocated_percentage = 30
				doc.append("sales_team", {"sales_person": self.people[2], "allocated_percentage": 20})
				doc.save()
				self.commit()
				self.push()
				self.assertEqual(self.outside(id_), self.team(50, 30, 20))
				doc.reload()
				doc.sales_team = [doc.sales_team[0], doc.sales_team[1]]
				doc.sales_team[1].allocated_percentage = 50
				doc.save()
				self.commit()
				self.push()
				self.assertEqual(self.outside(id_), self.team(50, 50))

	def test_a_text_that_is_edited_here_goes_as_it_stands(self):
		doc, id_ = self.came(100)
		doc.sales_team[0].contact_no = "R&D"
		doc.save()
		self.commit()
		self.push()
		(row,) = self.shop.things[KIND][id_]["team"]
		self.assertNotIn("Nord", row["text"])
