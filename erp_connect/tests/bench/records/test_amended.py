"""Records of documents that a person cancelled and amended: the amended one is what is outside, unless its end was told."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import links
from erp_connect.config import inflow
from erp_connect.operate import replay
from erp_connect.patches import documents_that_were_amended
from erp_connect.records import deletion
from erp_connect.records.errors import HeldForReview
from erp_connect.records.write import SKIPPED, UNCHANGED, UPDATED
from erp_connect.store import exemptions
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_amended_documents import amended
from erp_connect.tests.bench.records.test_match_keys import BOTH, MatchCase
from erp_connect.tests.fakes.fault_server import Reply

ENTITY = "deal"
ROWS = [make.row("po_no", "ref"), make.row("terms", "note")]


def sales_order(**values: Any):
	doc = make.sales_order(make.customer().name, [(make.item().name, 1, 10)], submit=False)
	doc.update(values)
	doc.save()
	doc.submit()
	return doc


class TestIncoming(MatchCase):
	def deals(self, rows: list[dict] = ROWS, **values: Any):
		how = {"inbound_id_expression": "id", "remote_entity": ENTITY, **values}
		return self.receives("Sales Order", rows, **how)

	def linked(self, **values: Any):
		order = sales_order(**{"po_no": "A", "terms": "as agreed", **values})
		make.link("Sales Order", order.name, ENTITY, "d-1")
		return order

	def po_no(self, name: str) -> str:
		return frappe.db.get_value("Sales Order", name, "po_no")

	def test_news_reach_the_amended_document(self):
		flow, order = self.deals(), self.linked()
		new = amended(order)
		done = self.take(flow, id="d-1", ref="B", note="as agreed")
		self.assertEqual((done.action, done.name, self.po_no(new.name)), (UPDATED, new.name, "B"))
		self.assertEqual(self.take(flow, id="d-1", ref="B", note="as agreed").action, UNCHANGED)
		twice = amended(new)
		self.assertEqual(self.take(flow, id="d-1", ref="C", note="as agreed").name, twice.name)

	def test_what_the_person_changed_is_not_taken_back_by_what_was_said_before(self):
		flow, order = self.deals(), self.linked()
		new = amended(order, po_no="by the person", terms="changed by the person")
		done = self.take(flow, id="d-1", ref="A", note="as agreed")
		self.assertEqual((done.action, self.po_no(new.name)), (UNCHANGED, "by the person"))
		done = self.take(flow, id="d-1", ref="B", note="as agreed")
		self.assertEqual((done.action, self.po_no(new.name)), (UPDATED, "B"))
		self.assertEqual(frappe.db.get_value("Sales Order", new.name, "terms"), "changed by the person")

	def test_a_draft_takes_them_and_gives_the_record_back_when_it_is_deleted(self):
		flow, order = self.deals(), self.linked()
		new = amended(order, submit=False)
		self.assertEqual(self.take(flow, id="d-1", ref="B").name, new.name)
		frappe.delete_doc("Sales Order", new.name)
		self.commit()
		(link,) = self.links(external_id="d-1")
		self.assertEqual(link.document_name, order.name)
		new = self.amend_again(order)
		self.assertEqual(self.take(flow, id="d-1", ref="C").name, new.name)

	def test_what_a_person_skipped_stays_skipped(self):
		flow, order = self.deals(), self.linked()
		exemptions.put(make.ACCOUNT, "Sales Order", [order.name], rule=exemptions.SKIP, flow="", reason="")
		new = amended(order, submit=False)
		done = self.take(flow, id="d-1", ref="B")
		self.assertEqual((done.action, done.name), (SKIPPED, new.name))
		frappe.delete_doc("Sales Order", new.name)
		self.assertEqual(frappe.get_all("Sync Exemption", pluck="document_name"), [order.name])

	def amend_again(self, order: Any) -> Any:
		new = frappe.copy_doc(order.reload())
		new.amended_from = order.name
		return new.insert().submit()

	def test_a_document_that_was_cancelled_and_not_amended(self):
		flow, order = self.deals(), self.linked()
		order.cancel()
		frappe.db.commit()
		self.assertEqual(self.take(flow, id="d-1", ref="A").action, UNCHANGED)
		with self.assertRaises(HeldForReview) as caught:
			self.take(flow, id="d-1", ref="B")
		self.assertIn(f"amend {order.name}, then press Retry", str(caught.exception))
		self.assertIn("If it has ended, press Skip", str(caught.exception))
		frappe.db.rollback()
		new = self.amend_again(order)
		self.assertEqual(self.take(flow, id="d-1", ref="B").name, new.name)

	def test_a_cancelled_document_is_not_called_booked_by_a_flow_that_submits(self):
		flow, order = self.deals(submit_document=1), self.linked()
		order.cancel()
		frappe.db.commit()
		with self.assertRaises(HeldForReview) as caught:
			self.take(flow, id="d-1", ref="A")
		self.assertEqual(caught.exception.code, "document_cancelled")
		frappe.db.rollback()
		new = self.amend_again(order)
		done = self.take(flow, id="d-1", ref="A")
		self.assertEqual((done.action, done.name), (UNCHANGED, new.name))

	def tells_ends(self) -> None:
		requests = [
			make.request("Submit", "POST", "/deals"),
			make.request("Cancel", "POST", "/deals/{external_id}/end"),
		]
		rows = [make.row("po_no", "ref")]
		make.flow("Sales Order", requests, rows, name="Deals out", remote_entity=ENTITY)

	def test_what_comes_back_of_an_end_that_was_told_outside_is_no_news(self):
		flow, order = self.deals(submit_document=1), self.linked()
		self.tells_ends()
		order.cancel()
		frappe.db.commit()
		self.assertEqual(self.take(flow, id="d-1", ref="A").action, UNCHANGED)

	def test_where_the_end_was_told_outside_a_person_links_what_stands(self):
		flow, order = self.deals(), self.linked()
		self.tells_ends()
		new = amended(order)
		with self.assertRaises(HeldForReview) as caught:
			self.take(flow, id="d-1", ref="B")
		self.assertIn(f"delete the Sync Link of {order.name}", str(caught.exception))
		frappe.db.rollback()
		frappe.delete_doc("Sync Link", self.links(external_id="d-1")[0].name)
		links.link(make.ACCOUNT, ENTITY, "d-1", "Sales Order", new.name)
		self.assertEqual(self.take(flow, id="d-1", ref="B").name, new.name)

	def test_match_keys_and_names_recognise_the_one_that_stands(self):
		order = sales_order(po_no=self.mark, terms="as agreed")
		new = amended(order)
		keyed = self.deals([make.row("po_no", "ref", **BOTH), make.row("terms", "note")])
		self.assertEqual(self.take(keyed, id="d-2", ref=self.mark, note="as agreed").name, new.name)
		named = self.deals(remote_entity="named", name="Named", inbound_name_expression="here")
		make.link("Sales Order", new.name, "named", "n-1")
		self.assertEqual(self.take(named, id="n-9", here=order.name, note="as agreed").name, new.name)

	def test_a_deletion_is_about_the_amended_document(self):
		flow, order = self.deals(allow_delete=1), self.linked()
		new = amended(order, submit=False)
		done = deletion.delete(inflow.load(flow.name), "d-1")
		self.commit()
		self.assertEqual((done.action, done.name), ("deleted", new.name))
		self.assertEqual(
			(frappe.db.exists("Sales Order", new.name), self.links(external_id="d-1")), (None, [])
		)

	def test_documents_that_were_amended_before(self):
		flow, order = self.deals(), self.linked()
		new = amended(order, po_no="by the person")
		link = self.links(external_id="d-1")[0].name
		frappe.db.set_value("Sync Link", link, {"document_name": order.name, "synced_values": None})
		documents_that_were_amended.execute()
		self.assertEqual(self.take(flow, id="d-1", ref="A").action, UNCHANGED)
		self.assertEqual(self.take(flow, id="d-1", ref="B").name, new.name)


class TestOutgoing(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def deals(self, *requests: dict, **values: Any) -> None:
		rows = [make.row("name", "number"), make.row("po_no", "ref"), make.row("docstatus", "state")]
		make.flow("Sales Order", list(requests), rows, remote_entity=ENTITY, **values)
		self.commit()

	def submitted(self, **values: Any) -> None:
		self.deals(
			make.request("Submit", "POST", "/deals"),
			make.request("Update After Submit", "PUT", "/deals/{external_id}"),
			**values,
		)

	def sent(self) -> list[tuple[str, str, str]]:
		return [(call.method, call.path, call.json["ref"]) for call in self.arrived()]

	def test_the_amended_document_is_the_same_record_where_no_end_is_told(self):
		self.submitted()
		order = sales_order(po_no="A")
		self.deliver()
		new = amended(order, po_no="B")
		self.deliver()
		new.reload().update({"po_no": "C"})
		new.save()
		self.commit()
		self.deliver()
		path = "/deals/R-1"
		self.assertEqual(self.sent(), [("POST", "/deals", "A"), ("PUT", path, "B"), ("PUT", path, "C")])
		self.assertEqual([link.document_name for link in self.links()], [new.name])

	def test_what_was_not_sent_yet_is_sent_once(self):
		self.submitted()
		amended(sales_order(po_no="A"), po_no="B")
		self.deliver()
		self.assertEqual(self.sent(), [("POST", "/deals", "B")])

	def test_an_end_of_which_there_is_nothing_to_tell_is_not_waited_for(self):
		self.deals(make.request("Submit", "POST", "/deals"))
		end = make.request("Cancel", "POST", "/deals/{external_id}/end", send_body=0)
		how = {"remote_entity": ENTITY, "condition": "docstatus == `2`", "name": "Ends"}
		make.flow("Sales Order", [end], [make.row("po_no", "ref")], **how)
		amended(sales_order(po_no="A"), po_no="B")
		self.deliver()
		self.assertEqual(self.sent(), [("POST", "/deals", "B")], self.history())

	def test_every_change_is_told_of_one_record(self):
		self.deals(
			make.request("Insert", "POST", "/deals"), make.request("Change", "PUT", "/deals/{external_id}")
		)
		order = sales_order(po_no="A")
		self.deliver()
		new = amended(order, submit=False, po_no="B")
		self.deliver()
		frappe.delete_doc("Sales Order", new.name)
		self.commit()
		self.deliver()
		self.assertEqual(self.sent(), [("POST", "/deals", "A"), ("PUT", "/deals/R-1", "B")])
		self.assertEqual([link.document_name for link in self.links()], [order.name])

	def test_a_cancelled_document_is_not_sent_as_another_record(self):
		self.deals(
			make.request("Insert", "POST", "/deals"), make.request("Change", "PUT", "/deals/{external_id}")
		)
		order = sales_order(po_no="A")
		self.deliver()
		amended(order, po_no="B")
		self.deliver()
		frappe.get_doc("Sales Order", order.name).db_set("po_no", "late", notify=True)
		self.commit()
		self.deliver()
		self.assertEqual({path for _method, path, _ref in self.sent()}, {"/deals", "/deals/R-1"})
		(event,) = self.events(reference_name=order.name, status="Skipped", outcome="amended")
		self.assertIn(self.links()[0].document_name, event.error)

	def test_where_only_new_records_can_be_made_a_person_decides_whether_it_is_one(self):
		self.deals(make.request("Submit", "POST", "/deals"))
		order = sales_order(po_no="A")
		self.deliver()
		new = amended(order, po_no="B")
		self.deliver()
		self.assertEqual(self.sent(), [("POST", "/deals", "A")])
		self.event(reference_name=new.name, status="On Hold", outcome="amended_before")
		frappe.delete_doc("Sync Link", frappe.db.get_value("Sync Link", {"document_name": order.name}))
		self.commit()
		replay.retry(frappe.get_all("Sync Log", {"status": "On Hold"}, pluck="name"))
		self.deliver()
		self.assertEqual(self.sent(), [("POST", "/deals", "A"), ("POST", "/deals", "B")])


class TestGivenAgain(ConnectTestCase):
	"""A system that knows a record by what a document and the one after it have in common gives both one id."""

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), concurrency=4)
		make.flow(
			"Sales Order",
			[make.request("Submit", "POST", "/deals"),
				make.request("Cancel", "POST", "/deals/{external_id}/end", send_body=0)],
			ROWS, remote_entity=ENTITY, external_id_expression="id", condition="docstatus",
		)  # fmt: skip
		self.receiver.script("/deals", Reply(201, {"id": "R-1"}))
		self.order = sales_order(po_no="A")
		self.deliver()

	def sent(self) -> list[str]:
		return [call.json["ref"] if call.path == "/deals" else "end" for call in self.arrived()]

	def assert_is(self, name: str) -> None:
		# ERPNext reports a cancellation twice.
		self.assertEqual(set(self.statuses()) - {"Superseded"}, {"Delivered"}, self.history())
		links = [(link.document_name, link.external_id) for link in self.links()]
		self.assertEqual((self.sent(), links), (["A", "end", "B"], [(name, "R-1")]))

	def test_the_end_is_told_first_and_then_the_record_is_the_amended_document(self):
		new = amended(self.order, po_no="B")
		self.deliver()
		self.assert_is(new.name)
		new.reload().cancel()
		self.deliver()
		self.assertEqual(self.sent()[3:], ["end"])

	def test_an_end_that_is_tried_again_is_waited_for(self):
		self.receiver.script("/deals/R-1/end", "503,200")
		new = amended(self.order, po_no="B")
		self.deliver()
		event = self.event(reference_name=new.name)
		self.assertEqual(
			(event.status, event.outcome, self.sent()), ("Retrying", "request_under_way", ["A", "end"])
		)
		self.assertIn(self.order.name, event.error)
		self.later()
		self.deliver()
		self.assertEqual(self.sent(), ["A", "end", "end", "B"], self.history())
		self.assertEqual([link.document_name for link in self.links()], [new.name])

	def test_a_document_that_was_made_anew_without_being_amended(self):
		self.order.reload().cancel()
		self.deliver()
		new = sales_order(po_no="B")
		self.deliver()
		self.assert_is(new.name)

	def test_the_record_of_a_document_that_stands_is_not_taken_over(self):
		new = sales_order(po_no="B")
		self.deliver()
		self.event(reference_name=new.name, status="Failed", outcome="link_conflict")
		self.assertEqual([link.document_name for link in self.links()], [self.order.name])
