"""What is told is what happened: of what Frappe refused nothing, whatever its caller does then."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe
from frappe.model.document import Document

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.capture.calls_case import CallsCase


def discard(doc: Any) -> None:
	"""As Frappe does from its version 16 on."""
	if hasattr(doc, "discard"):
		doc.discard()
		return
	doc._action = "discard"
	doc.set_user_and_timestamp()
	doc.check_if_latest()
	doc.db_set("docstatus", 2)
	delattr(doc, "_action")


class TestRefused(CallsCase):
	def orders(self, *events: str):
		"""A flow of orders, and a submitted one that the other side knows."""
		make.flow(
			"Sales Order",
			[
				make.request("Submit", "POST", "/orders"),
				make.request("Change", "PUT", "/orders/{external_id}"),
				make.request("Cancel", "POST", "/orders/{external_id}/cancel"),
			],
			[make.row("status", "status")],
		)
		doc = make.sales_order(make.customer().name, [(make.item().name, 1, 10)])
		self.calls()
		return frappe.get_doc("Sales Order", doc.name)

	def test_a_deletion_without_a_rollback(self):
		make.brand_flow()
		doc = make.brand()
		make.item(brand=doc.name)
		self.calls()
		with self.assertRaises(frappe.LinkExistsError):
			frappe.delete_doc("Brand", doc.name)
		doc = frappe.get_doc("Brand", doc.name)
		doc.description = "still in use"
		doc.save()
		self.assertEqual(self.calls(), [("POST", "/brands"), ("PUT", "/brands/R-1")], self.history())

	def test_a_cancellation_after_which_a_field_is_set(self):
		doc = self.orders()
		with patch.object(Document, "check_no_back_links_exist", side_effect=frappe.LinkExistsError):
			self.assertRaises(frappe.LinkExistsError, doc.cancel)
		frappe.db.rollback()
		doc.db_set("status", "On Hold")
		self.assertEqual(self.calls(), [("POST", "/orders"), ("PUT", "/orders/R-1")], self.history())

	def test_a_submission_after_which_a_field_is_set(self):
		make.flow(
			"Sales Order", [make.request("Submit", "POST", "/orders")], [make.row("grand_total", "total")]
		)
		doc = make.sales_order(make.customer().name, [(make.item().name, 1, 10)], submit=False)
		self.commit()
		with patch.object(Document, "save_version", side_effect=frappe.ValidationError):
			self.assertRaises(frappe.ValidationError, doc.submit)
		frappe.db.rollback()
		doc.db_set("po_no", "could not be submitted")
		self.assertEqual((self.calls(), self.events()), ([], []))

	def test_a_merge_of_what_is_deleted_then(self):
		make.brand_flow()
		one, two = make.brand("one"), make.brand("two")
		self.calls()
		with (
			patch.object(frappe, "delete_doc", side_effect=frappe.ValidationError),
			self.assertRaises(frappe.ValidationError),
		):
			frappe.rename_doc("Brand", one.name, two.name, merge=True, force=True)
		frappe.db.rollback()
		frappe.delete_doc("Brand", one.name)
		self.assertEqual(self.calls()[2:], [("DELETE", "/brands/R-1")], self.history())


class TestDiscarded(ConnectTestCase):
	"""A draft that is discarded ends as a cancelled document."""

	def discarded(self, *requests: dict) -> list[tuple[str, str]]:
		make.account(self.receiver.url())
		make.flow("Sales Order", list(requests), [make.row("docstatus", "state")])
		doc = make.sales_order(make.customer().name, [(make.item().name, 1, 10)], submit=False)
		self.deliver()
		discard(frappe.get_doc("Sales Order", doc.name))
		self.deliver()
		return [(request.method, request.path) for request in self.arrived()]

	def test_who_knows_the_draft_hears_of_its_cancellation(self):
		calls = self.discarded(
			*make.rest("/orders"), make.request("Cancel", "POST", "/orders/{external_id}/cancel")
		)
		self.assertEqual(calls, [("POST", "/orders"), ("POST", "/orders/R-1/cancel")], self.history())

	def test_without_a_request_for_cancellations_it_is_an_update(self):
		calls = self.discarded(*make.rest("/orders"))
		self.assertEqual(calls, [("POST", "/orders"), ("PUT", "/orders/R-1")], self.history())
		self.assertEqual(self.arrived()[-1].json, {"state": 2})

	def test_who_hears_of_submitted_documents_only_hears_nothing(self):
		calls = self.discarded(
			make.request("Submit", "POST", "/orders"),
			make.request("Cancel", "POST", "/orders/{external_id}/cancel"),
		)
		self.assertEqual((calls, self.events()), ([], []))
