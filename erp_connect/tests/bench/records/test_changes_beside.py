"""What a script or ERPNext changes while a record from outside is saved is told to the outside, and makes no echo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import PaymentEntry
from erpnext.selling.doctype.customer.customer import Customer
from erpnext.selling.doctype.sales_order.sales_order import SalesOrder

from erp_connect.config import inflow
from erp_connect.core.mapping.merge import ERPNEXT, HOLD, OUTSIDE
from erp_connect.records import write
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase, make_invoice
from erp_connect.tests.bench.two_way_case import FLOW, KIND, TwoWayShopCase, mapped

DETAILS = make.row("customer_details", "details", direction="Outgoing")


def script(method: str, work: Callable[[Any], None], of: type = Customer):
	"""As a server script would: `work` after what the document does itself."""
	before = getattr(of, method)

	def both(doc) -> None:
		before(doc)
		work(doc)

	return patch.object(of, method, both)


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


class TestOfBusinessEvents(CommerceTestCase):
	"""What a script changes beside an order or a payment from outside is told, what the event itself writes is not."""

	def setUp(self) -> None:
		super().setUp()
		make.flow("Brand", make.rest("/brands"), [make.row("name", "name"), make.row("description", "text")])
		make.flow(
			"Sales Order",
			[make.request("Change", "PUT", "/orders/{external_id}")],
			[make.row("status", "status"), make.row("customer_name", "buyer")],
			remote_entity="order",
		)
		make.flow("Customer", make.rest("/customers"), [make.row("customer_name", "name")])
		self.brand = make.brand()
		self.deliver()
		self.receiver.requests.clear()

	def describe(self, text: str) -> Callable[[Any], None]:
		def work(_doc) -> None:
			other = frappe.get_doc("Brand", self.brand.name)
			other.description = text
			other.save(ignore_permissions=True)

		return work

	def told(self) -> list[str]:
		self.deliver()
		return [f"{sent.method} {sent.path.split('/')[1]} {sent.json}" for sent in self.arrived()]

	def test_a_document_that_a_script_changes_beside_an_order(self):
		with script("on_submit", self.describe("sold"), SalesOrder):
			self.order()
		(told,) = self.told()
		self.assertIn("sold", told)
		self.assertIn("PUT brands", told)

	def test_beside_a_payment(self):
		self.order()
		with script("on_submit", self.describe("paid"), PaymentEntry):
			self.pay("93.00")
		(told,) = self.told()
		self.assertIn("paid", told)

	def test_by_a_value_that_is_set_alone(self):
		make.flow(
			"Brand",
			[make.request("Change", "POST", "/marks")],
			[make.row("description", "text")],
			name="Marks",
		)
		self.commit()
		frappe.clear_cache(doctype="Brand")
		self.order()
		with script(
			"on_submit",
			lambda _: frappe.get_doc("Brand", self.brand.name).db_set("description", "set"),
			PaymentEntry,
		):
			self.pay("93.00")
		self.assertIn("POST marks {'text': 'set'}", self.told())

	def test_the_order_itself_where_a_script_changes_it(self):
		order = self.order()

		def work(_doc) -> None:
			frappe.get_doc("Sales Order", order.name).db_set("customer_name", "Renamed by a script")

		with script("on_submit", work, PaymentEntry):
			self.pay("93.00")
		(told,) = self.told()
		self.assertIn("Renamed by a script", told)

	def test_what_the_events_write_is_no_news(self):
		order = self.order()
		self.pay("93.00")
		self.ship(("L1", 2), ("L2", 3))
		make_invoice(frappe.get_doc("Sales Order", order.name))
		self.commit()
		frappe.db.sql("DELETE FROM `tabSync Log` WHERE status = 'Queued'")  # the invoice was made here
		self.refund(lines=[{"line_id": "L1", "quantity": 1}])
		self.assertEqual(self.told(), [], self.history())

	def test_a_save_that_failed_before_does_not_count(self):
		broken = frappe.get_doc({"doctype": "Brand", "brand": self.brand.name})
		with self.assertRaises(frappe.DuplicateEntryError):
			broken.insert()
		frappe.db.rollback()
		self.order()
		self.cancel()
		self.assertEqual(self.told(), [], self.history())
