"""A multi-select (a table with one link) that is a text or a list outside, both ways: in no order, and always whole."""

from __future__ import annotations

import frappe

from erp_connect.core.mapping.merge import HOLD
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import FLOW, TwoWayShopCase
from erp_connect.tests.fakes.shop import PAGES

DEALS = "deals"
REASONS = ("Price", "Quality", "Service")
TABLE = "lost_reasons[].lost_reason"


class MultiSelectCase(TwoWayShopCase):
	separator = ";"

	def setUp(self) -> None:
		super().setUp()
		for reason in REASONS:
			if not frappe.db.exists("Opportunity Lost Reason", reason):
				frappe.get_doc({"doctype": "Opportunity Lost Reason", "lost_reason": reason}).insert()
		self.customer = make.customer()
		make.flow(
			"Opportunity",
			make.rest("/deals"),
			[
				make.row("opportunity_from", "from"),
				make.row("party_name", "party"),
				make.row("customer_name", "title", direction="Outgoing"),
				make.row(TABLE, "reasons", transform="Multi-select", argument=self.separator),
			],
			name=FLOW,
			direction="Both",
			remote_entity=DEALS,
			external_id_expression="data.id",
			inbound_id_expression="id",
			conflict_policy=HOLD,
			pull_path="/deals",
			**PAGES,
		)
		self.commit()
		frappe.db.set_single_value("CRM Settings", "default_valid_till", 0)

	def outside(self, reasons, **values) -> str:
		"""A deal that was made outside and came in."""
		id_ = self.shop.add(
			DEALS, **{"from": "Customer", "party": self.customer.name, "reasons": reasons, **values}
		)
		self.pull()
		return id_

	def doc(self, id_: str):
		frappe.db.rollback()
		return frappe.get_doc("Opportunity", self.links(external_id=id_)[0].document_name)

	def reasons(self, id_: str) -> list[str]:
		return [row.lost_reason for row in self.doc(id_).lost_reasons]

	def save(self, id_: str, *reasons: str) -> None:
		doc = self.doc(id_)
		doc.set("lost_reasons", [{"lost_reason": reason} for reason in reasons])
		doc.save()
		self.commit()


class TestText(MultiSelectCase):
	def test_comes_in_is_changed_and_goes_out(self):
		id_ = self.outside("Quality;Price")
		self.assertEqual(self.reasons(id_), ["Price", "Quality"])
		self.save(id_, "Service", "Price")
		self.push()
		self.assertEqual(self.shop.things[DEALS][id_]["reasons"], "Price;Service")
		self.shop.change(DEALS, id_, reasons="Quality")
		self.pull()
		self.assertEqual(self.reasons(id_), ["Quality"], "what the outside took away is taken away here")
		self.shop.change(DEALS, id_, reasons="")
		self.pull()
		self.assertEqual(self.reasons(id_), [])

	def test_another_order_is_no_change_on_either_side(self):
		id_ = self.outside("Price;Quality")
		self.save(id_, "Quality", "Price")
		self.push()
		self.assertEqual(self.shop.count("PUT"), 0, self.history())
		modified = self.doc(id_).modified
		self.shop.change(DEALS, id_, reasons="Quality;Price")
		self.pull()
		self.assertEqual((self.doc(id_).modified, self.reasons(id_)), (modified, ["Quality", "Price"]))

	def test_another_order_is_no_conflict(self):
		id_ = self.outside("Price;Quality")
		self.save(id_, "Quality", "Price", "Service")
		self.shop.change(DEALS, id_, reasons="Quality;Price", unmapped="x")
		self.pull()
		self.assertFalse(self.events(status="On Hold"), self.history())
		self.cycles(2)
		self.assertEqual(self.shop.things[DEALS][id_]["reasons"], "Price;Quality;Service")

	def test_both_changed_is_held(self):
		id_ = self.outside("Price")
		self.save(id_, "Price", "Service")
		self.shop.change(DEALS, id_, reasons="Quality")
		self.pull()
		self.assertEqual(self.event(status="On Hold").outcome, "both_changed")

	def test_null_empties_and_nothing_said_does_not(self):
		id_ = self.outside("Price")
		self.shop.things[DEALS][id_].pop("reasons")
		self.shop.change(DEALS, id_, unmapped="x")
		self.pull()
		self.assertEqual(self.reasons(id_), ["Price"])
		self.shop.change(DEALS, id_, reasons=None)
		self.pull()
		self.assertEqual(self.reasons(id_), [])

	def test_a_value_that_is_not_there_is_refused_by_name(self):
		self.shop.add(DEALS, **{"from": "Customer", "party": self.customer.name, "reasons": "Price;Weather"})
		self.pull()
		self.assertIn("Weather", self.event(direction="Incoming").error)
		self.assertFalse(self.links())


class TestList(MultiSelectCase):
	separator = ""

	def test_both_ways(self):
		id_ = self.outside(["Quality", "Price"])
		self.assertEqual(self.reasons(id_), ["Price", "Quality"])
		self.save(id_, "Service", "Price")
		self.push()
		self.assertEqual(self.shop.things[DEALS][id_]["reasons"], ["Price", "Service"])
		self.shop.change(DEALS, id_, reasons=[])
		self.pull()
		self.assertEqual(self.reasons(id_), [])
