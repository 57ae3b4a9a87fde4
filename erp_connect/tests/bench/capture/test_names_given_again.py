"""A document gets the name that a deleted one had: it is another one outside, unless it is the same thing again."""

from __future__ import annotations

import frappe
from frappe.core.doctype.deleted_document.deleted_document import restore
from frappe.model.naming import revert_series_if_last

from erp_connect.api import events, exemptions
from erp_connect.capture import numbers
from erp_connect.store.exemptions import SKIP
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.capture.calls_case import CallsCase
from erp_connect.tests.fakes.fault_server import Reply
from erp_connect.tests.fakes.recorders import Queries


class GivenAgainCase(CallsCase):
	def linked(self) -> dict[str, str]:
		"""External id → document."""
		return {link.external_id: link.document_name for link in self.links()}


class TestNumbers(GivenAgainCase):
	"""Frappe gives the number of the last document again once that is deleted."""

	def setUp(self) -> None:
		super().setUp()
		self.customer, self.item = make.customer().name, make.item().name

	def flow(self, *events: str) -> None:
		requests = {
			"Insert": make.request("Insert", "POST", "/orders"),
			"Update": make.request("Update", "PUT", "/orders/{external_id}"),
			"Submit": make.request("Submit", "POST", "/orders"),
			"Update After Submit": make.request("Update After Submit", "PUT", "/orders/{external_id}"),
			"Cancel": make.request("Cancel", "POST", "/orders/{external_id}/cancel"),
			"Delete": make.request("Delete", "DELETE", "/orders/{external_id}", send_body=0),
		}
		make.flow(
			"Sales Order",
			[requests[event] for event in events],
			[make.row("name", "number"), make.row("grand_total", "total")],
		)
		self.commit()

	def order(self, rate: float, submit: bool = True):
		return make.sales_order(self.customer, [(self.item, 1, rate)], submit=submit)

	def end(self, name: str) -> None:
		doc = frappe.get_doc("Sales Order", name)
		if doc.docstatus == 1:
			doc.cancel()
		frappe.delete_doc("Sales Order", name)
		self.commit()

	def test_the_next_order_is_a_record_of_its_own(self):
		self.flow("Submit", "Update After Submit", "Cancel")
		name = self.order(10).name
		self.calls()
		self.end(name)
		self.assertEqual(self.calls()[-1], ("POST", "/orders/R-1/cancel"))
		self.assertEqual(self.order(20).name, name)
		self.assertEqual(self.calls()[2:], [("POST", "/orders")], self.history())
		self.assertEqual(self.arrived()[-1].json, {"number": name, "total": 20.0})
		linked = self.linked()
		self.assertEqual(len(linked), 2)
		self.assertIn(name, linked.values())
		self.assertFalse(frappe.db.exists("Sales Order", linked["R-1"]))

	def test_what_waits_of_the_former_one_is_told_of_its_record(self):
		self.flow("Submit", "Cancel", "Delete")
		name = self.order(10).name
		self.calls()
		self.end(name)
		self.order(20)
		self.assertEqual(
			sorted(self.calls()[1:]),
			sorted([("POST", "/orders/R-1/cancel"), ("DELETE", "/orders/R-1"), ("POST", "/orders")]),
			self.history(),
		)
		self.assertEqual(list(self.linked().values()), [name])

	def test_what_failed_of_the_former_one_is_told_of_its_record(self):
		self.flow("Submit", "Cancel")
		name = self.order(10).name
		self.calls()
		self.receiver.script("/orders/R-1/cancel", "422,200")
		self.end(name)
		self.calls()
		self.order(20)
		self.calls()
		events.retry([self.event(status="Failed").name])
		self.assertEqual(self.calls()[-1], ("POST", "/orders/R-1/cancel"))
		self.assertEqual(self.arrived()[-1].json, {"number": name, "total": 10.0})

	def test_a_draft_that_was_deleted_while_its_creation_is_repeated(self):
		self.flow("Insert", "Update")
		self.receiver.script(
			"/orders", Reply(fault="close"), Reply(201, {"id": "A"}), Reply(201, {"id": "B"})
		)
		name = self.order(10, submit=False).name
		self.calls()
		self.end(name)
		self.order(20, submit=False)
		self.later()
		self.calls()
		self.later()
		self.assertNotIn("PUT", [method for method, _ in self.calls()], self.history())
		# They are two documents now, of which either may go first.
		self.assertEqual(sorted(request.json["total"] for request in self.arrived()), [10.0, 10.0, 20.0])

	def test_an_order_that_is_restored_is_the_same_record(self):
		self.flow("Insert", "Update")
		name = self.order(10, submit=False).name
		self.calls()
		self.end(name)
		restore(frappe.db.get_value("Deleted Document", {"deleted_name": name}), alert=False)
		doc = frappe.get_doc("Sales Order", name)
		doc.items[0].rate = 30
		doc.save()
		self.assertEqual(self.calls()[-1], ("PUT", "/orders/R-1"), self.history())
		self.assertEqual(self.linked(), {"R-1": name})

	def test_nothing_is_looked_up_before_a_linked_document_was_deleted(self):
		numbers.unmark_all()
		self.flow("Submit")
		name = self.order(10).name
		self.end(self.order(10, submit=False).name)  # of which nothing is known
		self.calls()
		self.assertEqual(self.looks(), 0)
		self.end(name)
		self.assertEqual(self.looks(), 1)

	def looks(self) -> int:
		with Queries() as queries:
			self.order(20)
		return sum("EXISTS (SELECT 1 FROM `tabSync Link`" in text for text in queries.seen)

	def test_what_erpnext_deletes_with_all_transactions_of_a_company(self):
		"""It deletes by SQL, and sets the number back."""
		numbers.unmark_all()
		self.flow("Submit", "Update After Submit")
		doc = self.order(10)
		self.calls()
		frappe.new_doc("Transaction Deletion Record").run_method("on_submit")
		for doctype in ("Sales Order Item", "Sales Order"):
			frappe.db.delete(doctype, {"parent" if "Item" in doctype else "name": doc.name})
		revert_series_if_last(doc.naming_series, doc.name)
		self.commit()
		self.assertEqual(self.order(20).name, doc.name)
		self.assertEqual(self.calls(), [("POST", "/orders"), ("POST", "/orders")], self.history())


class TestGivenNames(GivenAgainCase):
	"""Names that people give, which mean the same thing when they come again."""

	def flow(self) -> None:
		"""Of brands, without a word on deletions."""
		make.flow(
			"Brand",
			[row for row in make.rest("/brands") if row["event"] != "Delete"],
			[make.row("name", "name"), make.row("description", "text")],
		)
		self.commit()

	def test_what_is_made_anew_has_its_record(self):
		self.flow()
		doc = make.brand("first")
		self.calls()
		doc.delete()
		make.brand("second", doc.name)
		self.assertEqual(self.calls(), [("POST", "/brands"), ("PUT", "/brands/R-1")])

	def test_a_deletion_that_failed_does_not_take_it_away(self):
		make.brand_flow()
		doc = make.brand("first")
		self.calls()
		self.receiver.script("/brands/R-1", Reply(403, {}), Reply(200, {"id": "R-1"}))
		doc.delete()
		self.calls()
		failed = self.event(event="delete", status="Failed").name
		make.brand("second", doc.name)
		self.calls()
		events.retry([failed])
		self.assertEqual(self.calls()[-1], ("PUT", "/brands/R-1"), self.history())
		row = self.event(name=failed)
		self.assertEqual((row.status, row.outcome), ("Skipped", "taken_over"))
		self.assertIn(doc.name, row.error)
		self.assertEqual(self.linked(), {"R-1": doc.name})

	def test_one_that_is_renamed_to_it_keeps_its_own_record(self):
		self.flow()
		gone, other = make.brand("one"), make.brand("two")
		self.calls()
		gone.delete()
		frappe.rename_doc("Brand", other.name, gone.name, force=True)
		self.assertEqual(self.calls()[2:], [("PUT", "/brands/R-2")], self.history())
		self.assertEqual(self.linked()["R-2"], gone.name)

	def test_capitals_that_change_leave_all_as_it_is(self):
		self.flow()
		doc = make.brand(name=make.unique("brand"))
		self.commit()
		exemptions.exempt(make.ACCOUNT, "Brand", [doc.name], SKIP)
		self.calls()
		frappe.rename_doc("Brand", doc.name, doc.name.upper(), force=True)
		self.assertTrue(frappe.db.exists("Sync Exemption", {"document_type": "Brand"}))
