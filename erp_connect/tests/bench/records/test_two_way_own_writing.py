"""What ERPNext writes in a way of its own when it takes it in goes back as it came; what only decides goes as it stands here."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.core.mapping.merge import ERPNEXT, HOLD, NEWEST, OUTSIDE, PER_FIELD
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import FLOW, KIND, TwoWayShopCase, mapped

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


class TestChoices(TwoWayShopCase):
	"""`disabled` here is a word in the shop, made by a choice."""

	def chosen(self, policy: str, back: str = "state == 'inactive'") -> tuple[Any, str]:
		frappe.delete_doc("Field Mapping", FLOW, force=True, ignore_missing=True)
		rows = [
			*mapped(),
			make.row("if(disabled, 'inactive', 'active')", "state", direction="Outgoing"),
			make.row("disabled", back, direction="Incoming"),
		]
		self.flow(policy, rows=rows)
		doc, id_ = self.linked(tax_id="0")
		self.pull()
		return doc, id_

	def state(self, id_: str) -> str:
		return self.shop.things[KIND][id_]["state"]

	def disabled(self, doc: Any) -> int:
		frappe.db.rollback()
		return frappe.db.get_value("Customer", doc.name, "disabled")

	def test_what_was_chosen_here_stays_when_another_field_is_edited(self):
		for policy in (HOLD, OUTSIDE, ERPNEXT, NEWEST, PER_FIELD):
			for back in ("state == 'inactive'", "if(was.state == 'inactive', `1`, `0`)"):
				with self.subTest(policy=policy, back=back):
					doc, id_ = self.chosen(policy, back)
					self.edit(doc, disabled=1)
					self.push()
					self.assertEqual(self.state(id_), "inactive", self.history())
					for text in ("t1", "t2"):
						self.edit(doc, tax_id=text)
						self.push()
						self.assertEqual((self.state(id_), self.there(id_)[0]), ("inactive", text))

	def test_what_is_chosen_outside_afterwards_comes_in(self):
		doc, id_ = self.chosen(OUTSIDE)
		self.edit(doc, disabled=1)
		self.push()
		self.shop.change(KIND, id_, state="active")
		self.pull()
		self.assertEqual((self.disabled(doc), self.state(id_)), (0, "active"), self.history())
		self.shop.change(KIND, id_, state="inactive")
		self.pull()
		self.edit(doc, tax_id="t3")
		self.push()
		self.assertEqual((self.disabled(doc), self.state(id_)), (1, "inactive"))

	def test_what_a_choice_only_depends_on_is_not_said_by_it(self):
		frappe.delete_doc("Field Mapping", FLOW, force=True, ignore_missing=True)
		rows = [
			*mapped(),
			make.row("if(disabled, 'none', 'all')", "letters", direction="Outgoing"),
			make.row("disabled", "gone", direction="Incoming"),
		]
		self.flow(OUTSIDE, rows=rows)
		doc, id_ = self.linked(tax_id="0")
		self.shop.change(KIND, id_, gone=0)
		self.pull()
		self.edit(doc, disabled=1)
		self.push()
		self.shop.change(KIND, id_, site="s1")
		self.pull()
		self.assertEqual(
			(self.disabled(doc), self.shop.things[KIND][id_]["letters"]), (1, "none"), self.history()
		)
