"""What a script or ERPNext changes while a record from outside is saved is told to the outside, and makes no echo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import frappe
from erpnext.selling.doctype.customer.customer import Customer

from erp_connect.config import inflow
from erp_connect.core.mapping.merge import ERPNEXT, HOLD, OUTSIDE
from erp_connect.records import write
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import FLOW, KIND, TwoWayShopCase, mapped

DETAILS = make.row("customer_details", "details", direction="Outgoing")


def script(method: str, work: Callable[[Any], None]):
	"""As a server script would: `work` after what the Customer does itself."""
	before = getattr(Customer, method)

	def both(doc) -> None:
		before(doc)
		work(doc)

	return patch.object(Customer, method, both)


class TestOfTheDocument(TwoWayShopCase):
	def test_a_field_that_the_record_did_not_bring_is_told(self):
		for policy in (OUTSIDE, ERPNEXT, HOLD):
			with self.subTest(policy):
				self.flow(policy)
				doc, id_ = self.linked(tax_id="0", website="old")
				with script("validate", lambda doc: doc.update({"website": f"site-of-{doc.tax_id}"})):
					self.shop.change(KIND, id_, tax="1")
					self.pull()
					self.cycles()
				self.assert_sides(doc, id_, "1", "site-of-1")
				self.assertEqual(self.shop.count("PUT"), 1, self.history())
				self.start_over()

	def start_over(self) -> None:
		frappe.delete_doc("Field Mapping", FLOW)
		self.shop.calls.clear()

	def test_what_only_goes_out_is_told(self):
		self.flow(HOLD, rows=[*mapped(), DETAILS])
		doc, id_ = self.linked(tax_id="0")
		with script("validate", lambda doc: doc.update({"customer_details": f"taxed {doc.tax_id}"})):
			self.shop.change(KIND, id_, tax="1")
			self.pull()
			self.cycles()
		self.assertEqual(self.shop.things[KIND][id_]["details"], "taxed 1", self.history())
		self.assertEqual(self.shop.count("PUT"), 1)

	def test_when_it_was_saved_is_no_news(self):
		self.flow(HOLD, rows=[*mapped(), make.row("modified", "saved", direction="Outgoing")])
		_doc, id_ = self.linked(tax_id="0")
		self.shop.change(KIND, id_, tax="1")
		self.pull()
		self.cycles()
		self.assertEqual(self.shop.count("PUT"), 0, self.history())

	def test_a_second_save_by_a_script_counts(self):
		self.flow(HOLD)
		doc, id_ = self.linked(tax_id="0")

		def again(doc) -> None:
			if doc.tax_id and not doc.website:
				other = frappe.get_doc("Customer", doc.name)
				other.website = "saved-again"
				other.save()

		with script("on_update", again):
			self.shop.change(KIND, id_, tax="1")
			self.pull()
			self.cycles()
		self.assert_sides(doc, id_, "1", "saved-again")

	def test_what_a_rule_makes_of_the_field_itself_goes_not_back_and_forth(self):
		self.flow(OUTSIDE)
		doc, id_ = self.linked(tax_id="0")
		with script("validate", lambda doc: doc.update({"tax_id": (doc.tax_id or "").upper()})):
			self.shop.change(KIND, id_, tax="t1")
			self.pull()
			self.cycles()
		self.assertEqual((self.here(doc)[0], self.there(id_)[0]), ("T1", "t1"), self.history())
		self.assertEqual(self.shop.count("PUT"), 0)


class TestOfOthers(TwoWayShopCase):
	def setUp(self) -> None:
		super().setUp()
		make.flow("Brand", make.rest("/brands"), [make.row("name", "name"), make.row("description", "text")],
			external_id_expression="data.id")  # fmt: skip
		self.commit()

	def comes_in(self, brand, **values: Any) -> None:
		"""A customer comes in, and a script says so on a brand."""

		def on_update(doc) -> None:
			other = frappe.get_doc("Brand", brand.name)
			other.description = f"for {doc.tax_id}"
			other.save()

		with script("on_update", on_update):
			write.upsert(inflow.load(FLOW), {"id": "1", "name": make.unique("C"), "version": 1, **values})
		self.push()

	def test_a_document_that_the_account_knows_is_told(self):
		self.flow(HOLD)
		brand = make.brand()
		self.push()
		self.comes_in(brand, tax="7")
		(record,) = self.shop.things["brands"].values()
		self.assertEqual(record["text"], "for 7", self.history())
		self.assertEqual(self.shop.count("POST", "/customers"), 0)

	def test_one_that_it_does_not_know_stays_here(self):
		self.flow(HOLD)
		brand = make.brand()
		frappe.db.delete("Sync Log")
		self.comes_in(brand, tax="7")
		self.assertEqual(self.events(reference_doctype="Brand"), [], self.history())
