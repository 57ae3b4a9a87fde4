"""A change outside that could not be written here is not written over by the next change of the document."""

from __future__ import annotations

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter

from erp_connect.api import events
from erp_connect.core.mapping.merge import ERPNEXT, HOLD, PER_FIELD
from erp_connect.store import waiting
from erp_connect.tests.bench.two_way_case import KIND, TwoWayShopCase


class TestRefusedOutside(TwoWayShopCase):
	def refused(self, policy: str):
		"""A customer of which a change outside was refused, and that was then changed here."""
		self.flow(policy)
		doc, id_ = self.linked(tax_id="1")
		needed = make_property_setter("Customer", "market_segment", "reqd", 1, "Check")
		self.addCleanup(self.give_way, needed)
		self.commit()
		frappe.clear_cache(doctype="Customer")
		self.shop.change(KIND, id_, tax="there")
		self.pull()
		self.assertEqual(self.event(event="pull").status, "Failed")
		self.give_way(needed)
		self.edit(doc, website="here.example")
		self.push()
		return doc, id_

	def give_way(self, needed) -> None:
		if frappe.db.exists("Property Setter", needed.name):
			needed.delete()
			self.commit()
			frappe.clear_cache(doctype="Customer")

	def last(self):
		return self.events(direction="Outgoing")[-1]

	def test_it_waits_and_both_changes_stand_after_a_retry(self):
		doc, id_ = self.refused(PER_FIELD)
		self.assertEqual((self.last().status, self.there(id_)), ("On Hold", ("there", "")), self.history())
		events.retry([self.event(event="pull").name])
		self.work()
		self.push()
		self.assert_sides(doc, id_, "there", "here.example")

	def test_it_goes_out_after_the_other_was_skipped(self):
		doc, id_ = self.refused(HOLD)
		self.assertFalse(waiting.release_decided())
		events.cancel([self.event(event="pull").name])
		self.assertTrue(waiting.release_decided())
		self.push()
		self.assert_sides(doc, id_, "1", "here.example")

	def test_where_erpnext_wins_it_goes_out(self):
		doc, id_ = self.refused(ERPNEXT)
		self.assert_sides(doc, id_, "1", "here.example")
