"""A person corrects the external id in a Sync Link: nothing is known of that record yet."""

from __future__ import annotations

import frappe

from erp_connect.config import inflow
from erp_connect.core.mapping.merge import ERPNEXT, HOLD, OUTSIDE
from erp_connect.records import write
from erp_connect.store import sync_log
from erp_connect.tests.bench.two_way_case import BLIND, FLOW, KIND, TwoWayShopCase


class TestCorrectedLinks(TwoWayShopCase):
	def corrected(self, policy: str, **values):
		"""A customer who was linked with a wrong record, that has changed often, and the id of the right one."""
		self.flow(policy)
		doc, wrong = self.linked(tax_id="0", website="0")
		for text in "123":
			self.shop.change(KIND, wrong, site=text)
		self.pull()
		right = self.shop.add(KIND, name=doc.customer_name, **{"tax": "0", "site": "3", **values})
		link = frappe.get_doc("Sync Link", self.link(doc).name)
		link.external_id = right
		link.save()
		self.commit()
		return doc.reload(), right

	def test_the_states_of_the_right_record_are_no_old_ones(self):
		doc, id_ = self.corrected(OUTSIDE, tax="right")
		self.pull()
		self.assert_sides(doc, id_, "right", "3")

	def test_what_differs_is_a_conflict(self):
		doc, _id = self.corrected(HOLD, tax="right")
		self.pull()
		self.assertEqual(self.event(status="On Hold").outcome, "both_changed")
		self.assertEqual(self.here(doc), ("0", "3"))

	def test_erpnext_wins_over_it(self):
		doc, id_ = self.corrected(ERPNEXT, tax="right")
		self.pull()
		self.push()
		self.assert_sides(doc, id_, "0", "3")

	def test_what_the_other_record_had_is_sent(self):
		doc, id_ = self.corrected(OUTSIDE, tax="", site="")
		doc.save()
		self.push()
		self.assertEqual(self.there(id_), ("0", "3"), self.history())

	def test_what_came_before_the_wrong_record_was_heard_is_written(self):
		self.flow(OUTSIDE, direction="Incoming", topics="*", **BLIND)
		early = sync_log.last_seq()
		wrong = write.upsert(inflow.load(FLOW), {"id": "W", "name": "One", "tax": "w"}, arrived=early + 2)
		link = frappe.get_doc("Sync Link", {"external_id": "W"})
		link.external_id = "R"
		link.save()
		done = write.upsert(inflow.load(FLOW), {"id": "R", "name": "One", "tax": "r"}, arrived=early + 1)
		self.assertEqual((done.action, done.name), ("updated", wrong.name))

	def test_the_same_id_changes_nothing(self):
		self.flow(HOLD)
		doc, id_ = self.linked(tax_id="0")
		before = self.link(doc)
		frappe.get_doc("Sync Link", before.name).save()
		self.commit()
		self.assertEqual(self.link(doc).synced_values, before.synced_values)
