"""What a document may go through before its event is sent: renamed, merged, deleted, cancelled, forbidden."""

from __future__ import annotations

import csv
import io

import frappe
from frappe.core.doctype.data_import.data_import import start_import
from frappe.utils.file_manager import save_file

from erp_connect.api import events
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.services import in_thread
from erp_connect.tests.fakes.fault_server import Reply


class TestNames(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.commit()

	def calls(self) -> list[tuple[str, str]]:
		return [(request.method, request.path) for request in self.arrived()]

	def rename(self, old: str, new: str, merge: bool = False) -> None:
		frappe.rename_doc("Brand", old, new, merge=merge, force=True)

	def test_a_renamed_document_keeps_its_link_and_is_updated(self):
		doc, new = make.brand(), make.unique("Renamed")
		self.deliver()
		self.rename(doc.name, new)
		self.deliver()
		self.assertEqual([link.document_name for link in self.links()], [new])
		renamed = frappe.get_doc("Brand", new)
		renamed.description = "after the rename"
		renamed.save()
		self.deliver()
		self.assertEqual({call for call in self.calls() if call[0] == "POST"}, {("POST", "/brands")})
		self.assertEqual(self.calls()[-1], ("PUT", "/brands/R-1"))
		self.assertEqual(self.arrived()[-1].json, {"name": new, "text": "after the rename"})

	def test_a_document_renamed_while_its_request_is_under_way_is_linked_by_its_new_name(self):
		doc, new = make.brand(), make.unique("Renamed")
		self.commit()
		self.receiver.script("/brands", Reply(201, {"id": "R-1"}, seconds=0.6))
		thread = in_thread(self.deliver)
		self.wait_for(self.arrived)
		self.rename(doc.name, new)
		self.commit()
		thread.join(10)
		self.later()  # the new name waits where it met the request under way
		self.deliver()
		self.assertEqual([(link.document_name, link.external_id) for link in self.links()], [(new, "R-1")])
		self.assertEqual(self.calls(), [("POST", "/brands"), ("PUT", "/brands/R-1")])
		self.assertEqual(self.arrived()[-1].json["name"], new)

	def test_a_document_renamed_before_it_was_sent_is_created_once_under_its_new_name(self):
		doc, new = make.brand(), make.unique("Renamed")
		self.commit()
		self.rename(doc.name, new)
		self.deliver()
		self.assertEqual([request.json["name"] for request in self.arrived()], [new])
		self.assertEqual(self.calls(), [("POST", "/brands")])

	def test_after_a_merge_the_target_is_sent_by_its_own_link(self):
		one, two = make.brand("one"), make.brand("two")
		self.deliver()
		ids = {link.document_name: link.external_id for link in self.links()}
		self.rename(one.name, two.name, merge=True)
		self.deliver()
		self.assertEqual(
			{(link.document_name, link.external_id, link.merged) for link in self.links()},
			{(two.name, ids[two.name], 0), (two.name, ids[one.name], 1)},
		)
		target = frappe.get_doc("Brand", two.name)
		target.description = "merged"
		target.save()
		self.deliver()
		self.assertEqual(self.calls()[-1], ("PUT", f"/brands/{ids[two.name]}"))
		self.assertEqual([call[0] for call in self.calls()].count("POST"), 2)

	def test_a_merge_into_a_document_that_was_never_sent_hands_over_the_link(self):
		one = make.brand("one")
		self.deliver()
		frappe.flags.in_patch = True
		two = make.brand("two")
		frappe.flags.in_patch = False
		self.rename(one.name, two.name, merge=True)
		self.deliver()
		self.assertEqual(
			[(link.document_name, link.external_id) for link in self.links()], [(two.name, "R-1")]
		)

	def test_a_deleted_document_is_deleted_outside_and_its_link_removed(self):
		doc = make.brand()
		self.deliver()
		doc.delete()
		self.deliver()
		self.assertEqual(self.calls(), [("POST", "/brands"), ("DELETE", "/brands/R-1")])
		self.assertEqual(self.links(), [])
		again = make.brand(name=doc.name)
		self.deliver()
		self.assertEqual(self.calls()[-1], ("POST", "/brands"))
		self.assertEqual([link.document_name for link in self.links()], [again.name])

	def test_inserted_and_deleted_before_sending_is_nothing(self):
		make.brand().delete()
		self.deliver()
		self.assert_arrived(0)
		self.assertEqual(set(self.statuses()), {"Skipped"})

	def test_updated_and_deleted_before_sending_is_one_deletion(self):
		doc = make.brand()
		self.deliver()
		doc.description = "second"
		doc.save()
		doc.delete()
		self.deliver()
		self.assertEqual(self.calls()[1:], [("DELETE", "/brands/R-1")])

	def test_many_saves_become_one_call_with_the_last_state(self):
		doc = make.brand("0")
		for number in range(1, 6):
			doc.description = str(number)
			doc.save()
			self.commit()
		self.deliver()
		self.assertEqual([(r.method, r.json["text"]) for r in self.arrived()], [("POST", "5")])
		self.assertEqual(sorted(self.statuses()), ["Delivered"] + ["Superseded"] * 5)


class TestSubmittable(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.flow(
			"Sales Order",
			[
				make.request("Submit", "POST", "/orders"),
				make.request("Update After Submit", "PUT", "/orders/{external_id}"),
				make.request("Cancel", "POST", "/orders/{external_id}/cancel"),
			],
			[
				make.row("name", "number"),
				make.row("po_no", "reference"),
				make.row("amended_from", "replaces"),
			],
		)
		self.customer, self.item = make.customer().name, make.item().name
		self.commit()

	def order(self, submit: bool = True):
		return make.sales_order(self.customer, [(self.item, 1, 10)], submit=submit)

	def calls(self) -> list[tuple[str, str]]:
		return [(request.method, request.path) for request in self.arrived()]

	def test_a_draft_is_not_sent(self):
		self.order(submit=False)
		self.deliver()
		self.assert_arrived(0)

	def test_submitted_and_cancelled_before_sending_is_nothing(self):
		self.order().cancel()
		self.deliver()
		self.assert_arrived(0)
		self.assertEqual(set(self.statuses()), {"Skipped", "Superseded"} & set(self.statuses()))

	def test_what_waits_for_one_document_goes_in_order_in_one_drain_and_a_cancel_once(self):
		order = self.order()
		self.deliver()
		order = frappe.get_doc("Sales Order", order.name)
		order.po_no = "PO-1"
		order.save()
		self.commit()
		order.cancel()
		self.deliver()
		self.assertEqual(
			self.calls(), [("POST", "/orders"), ("PUT", "/orders/R-1"), ("POST", "/orders/R-1/cancel")]
		)

	def test_an_amended_document_is_a_new_record(self):
		order = self.order()
		self.deliver()
		order = frappe.get_doc("Sales Order", order.name)
		order.cancel()
		amended = frappe.copy_doc(order)
		amended.amended_from = order.name
		amended.insert().submit()
		self.deliver()
		self.assertEqual(
			self.calls(), [("POST", "/orders"), ("POST", "/orders/R-1/cancel"), ("POST", "/orders")]
		)
		self.assertEqual(self.arrived()[-1].json["replaces"], order.name)
		self.assertEqual({link.document_name for link in self.links()}, {order.name, amended.name})


class TestRights(ConnectTestCase):
	def test_nothing_is_sent_that_the_accounts_user_may_not_read(self):
		poor = make.user("poor-bot@example.com", ("Projects User",))
		make.account(self.receiver.url(), user=poor)
		make.brand_flow()
		make.brand()
		self.deliver()
		self.assert_arrived(0)
		row = self.event()
		self.assertEqual((row.status, row.outcome, row.request_body), ("Failed", "no_permission", None))
		self.assertIn(poor, row.error)

	def test_a_linked_document_that_the_user_may_not_read_stays_inside(self):
		poor = make.user("items-bot@example.com", ("Item Manager",))
		make.account(self.receiver.url(), user=poor)
		make.flow(
			"Item",
			[make.request("Insert", "POST", "/items")],
			[make.row("item_code", "sku"), make.row("buyer.customer_name", "buyer")],
			linked_documents=[{"link_field": "customer", "alias": "buyer"}],
		)
		make.item(
			customer=make.customer().name, is_customer_provided_item=1, is_purchase_item=0, valuation_rate=0
		)
		self.deliver()
		self.assert_arrived(0)
		self.assertEqual(self.event().outcome, "no_permission")

	def test_the_session_keeps_its_user(self):
		make.account(self.receiver.url())
		make.brand_flow()
		make.brand()
		self.deliver()
		self.assertEqual(frappe.session.user, "Administrator")

	def test_administrator_and_guest_are_refused_as_users_of_an_account(self):
		for user in ("Administrator", "Guest"):
			self.assertRaises(frappe.ValidationError, make.account, self.receiver.url(), user=user)


class TestDataImport(ConnectTestCase):
	def test_imported_rows_arrive(self):
		make.account(self.receiver.url())
		make.brand_flow(
			batch_size=10,
			batch_path="records",
			batch_results="results",
			batch_in_order=1,
			external_id_expression="id",
		)
		self.commit()
		names = [make.unique("Imported") for _ in range(20)]
		doc = self.data_import(names)
		start_import(doc.name)
		self.assertEqual(frappe.db.get_value("Data Import", doc.name, "status"), "Success")
		self.receiver.script(
			"/brands",
			*[Reply(200, {"results": [{"id": f"{batch}-{n}"} for n in range(10)]}) for batch in range(2)],
		)
		self.deliver()
		self.assert_arrived(2)
		sent = [record["name"] for request in self.arrived() for record in request.json["records"]]
		self.assertEqual(sorted(sent), sorted(names))
		self.assertEqual(set(self.statuses()), {"Delivered"})

	def data_import(self, names: list[str]):
		text = io.StringIO()
		csv.writer(text).writerows(
			[["Brand Name", "Description"], *[[name, "from a file"] for name in names]]
		)
		file = save_file(
			frappe.generate_hash(length=8) + ".csv", text.getvalue().encode(), "", "", is_private=1
		)
		return frappe.get_doc(
			{
				"doctype": "Data Import",
				"reference_doctype": "Brand",
				"import_type": "Insert New Records",
				"import_file": file.file_url,
				"mute_emails": 1,
			}
		).insert()


class TestCancelledAndDeleted(ConnectTestCase):
	"""The other side learns how a document ended, although it is gone when that is sent."""

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.customer = make.customer()
		self.item = make.item().name

	def flow(self, *events: str, **values) -> None:
		requests = {
			"Submit": make.request("Submit", "POST", "/orders"),
			"Cancel": make.request("Cancel", "POST", "/orders/{external_id}/cancel"),
			"Delete": make.request("Delete", "DELETE", "/orders/{external_id}", send_body=0),
		}
		rows = [make.row("name", "name"), make.row("docstatus", "state"), make.row("grand_total", "total")]
		make.flow("Sales Order", [requests[event] for event in events], rows, **values)

	def order(self):
		doc = make.sales_order(self.customer.name, [(self.item, 2, 10)])
		self.deliver()
		return doc

	def delete(self, doc) -> None:
		frappe.delete_doc("Sales Order", doc.name)
		self.deliver()

	def calls(self) -> list[tuple[str, str]]:
		return [(request.method, request.path) for request in self.arrived()]

	def ends(self) -> list[str]:
		"""Of what was not joined: a cancellation is reported a second time while ERPNext sets the status."""
		return [status for status in self.statuses() if status != "Superseded"]

	def test_the_cancellation_of_a_deleted_order_goes_out(self):
		self.flow("Submit", "Cancel")
		doc = self.order()
		doc.cancel()
		self.delete(doc)
		self.assertEqual(self.calls(), [("POST", "/orders"), ("POST", "/orders/R-1/cancel")], self.history())
		self.assertEqual(self.arrived()[-1].json, {"name": doc.name, "state": 2, "total": 20.0})
		self.assertEqual(self.ends(), ["Delivered", "Delivered"])

	def test_it_goes_out_before_the_deletion_where_the_flow_tells_that_too(self):
		self.flow("Submit", "Cancel", "Delete")
		doc = self.order()
		doc.cancel()
		self.delete(doc)
		self.assertEqual(self.calls()[1:], [("POST", "/orders/R-1/cancel"), ("DELETE", "/orders/R-1")])

	def test_a_refused_cancellation_is_retried_after_the_deletion(self):
		self.flow("Submit", "Cancel")
		doc = self.order()
		self.receiver.script("/orders/R-1/cancel", "422,200")
		doc.cancel()
		self.deliver()
		self.delete(doc)
		events.retry([self.event(status="Failed").name])
		self.deliver()
		self.assertEqual(self.ends(), ["Delivered", "Delivered"], self.history())
		self.assertEqual(self.arrived()[-1].json["total"], 20.0)

	def test_a_new_order_under_the_same_name_does_not_lend_its_values(self):
		self.flow("Submit", "Cancel")
		doc = self.order()
		doc.cancel()
		frappe.delete_doc("Sales Order", doc.name)
		again = make.sales_order(self.customer.name, [(self.item, 7, 10)], submit=False)
		if again.name != doc.name:
			frappe.rename_doc("Sales Order", again.name, doc.name, force=True)
		self.deliver()
		self.assertEqual(self.arrived()[-1].json["total"], 20.0)

	def test_the_last_state_of_a_deleted_document_reaches_who_knows_it(self):
		make.flow(
			"Brand",
			[r for r in make.rest("/brands") if r["event"] != "Delete"],
			[make.row("description", "text")],
		)
		doc = make.brand("first")
		self.deliver()
		doc.description = "retired"
		doc.save()
		doc.delete()
		self.deliver()
		self.assertEqual([request.json["text"] for request in self.arrived()], ["first", "retired"])

	def test_a_document_nobody_heard_of_stays_unsaid(self):
		self.flow("Submit", "Cancel")
		doc = make.sales_order(self.customer.name, [(self.item, 2, 10)])
		doc.cancel()
		self.delete(doc)
		self.assertEqual((self.calls(), set(self.statuses())), ([], {"Skipped"}))

	def test_without_a_copy_the_event_fails_and_says_what_to_do(self):
		"""Deleted by plain SQL, or before copies were kept."""
		self.flow("Submit", "Cancel")
		doc = self.order()
		doc.cancel()
		frappe.db.delete("Sales Order", doc.name)
		self.deliver()
		row = self.event(event="cancel", attempts=1)
		self.assertEqual((row.status, row.outcome), ("Failed", "document_deleted"))
		self.assertIn("by hand", row.error)
