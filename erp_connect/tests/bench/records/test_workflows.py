"""Documents that a workflow approves are submitted by its transitions only; what waits for a person is held and says so."""

from __future__ import annotations

import frappe

from erp_connect.config import inflow
from erp_connect.records import removal, write
from erp_connect.records.errors import HeldForReview
from erp_connect.served import cancelling
from erp_connect.store.transactions import read_committed
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CLERK
from erp_connect.tests.bench.ends_case import EndsTestCase

REQUEST, STATE = "Connect Test Request", "workflow_state"
OPEN, AGREED, CALLED_OFF = "Connect Test Open", "Connect Test Agreed", "Connect Test Called Off"
STRANGER = "Website Manager"  # a role that the account's user does not have


def workflow(doctype: str, role: str, own: int = 1, calls_off: str = ""):
	"""A workflow in which the role agrees, which submits; with `own`, also to what one made oneself.

	calls_off: the role that may cancel what was agreed; nobody where it is not given, and there is no such state.
	"""
	for name in (OPEN, AGREED, CALLED_OFF):
		if not frappe.db.exists("Workflow State", name):
			frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": name}).insert()
	for name in ("Connect Test Agree", "Connect Test Call Off"):
		if not frappe.db.exists("Workflow Action Master", name):
			frappe.get_doc({"doctype": "Workflow Action Master", "workflow_action_name": name}).insert()
	ends = [{"state": CALLED_OFF, "doc_status": "2", "allow_edit": "All"}] if calls_off else []
	ending = {"state": AGREED, "action": "Connect Test Call Off", "next_state": CALLED_OFF, "allowed": calls_off,
		"allow_self_approval": 1}  # fmt: skip
	return frappe.get_doc(
		{
			"doctype": "Workflow",
			"workflow_name": f"Connect Test of {doctype}",
			"document_type": doctype,
			"is_active": 1,
			"send_email_alert": 0,
			"workflow_state_field": STATE,
			"states": [
				{"state": OPEN, "doc_status": "0", "allow_edit": "All"},
				{"state": AGREED, "doc_status": "1", "allow_edit": "All"},
				*ends,
			],
			"transitions": [
				{
					"state": OPEN,
					"action": "Connect Test Agree",
					"next_state": AGREED,
					"allowed": role,
					"allow_self_approval": own,
				},
				*([ending] if calls_off else []),
			],
		}
	).insert()


def request_type() -> str:
	if not frappe.db.exists("DocType", REQUEST):
		rights = {"role": "Sales User", **dict.fromkeys(("read", "write", "create", "submit", "cancel"), 1)}
		fields = [
			{"fieldname": "title", "fieldtype": "Data", "label": "Title"},
			{"fieldname": STATE, "fieldtype": "Link", "options": "Workflow State", "label": "State"},
		]
		frappe.get_doc(
			{"doctype": "DocType", "name": REQUEST, "module": "Core", "custom": 1, "is_submittable": 1,
				"autoname": "hash", "permissions": [rights], "fields": fields}
		).insert()  # fmt: skip
		frappe.db.commit()
	elif not frappe.db.get_value("DocPerm", {"parent": REQUEST}, "cancel"):  # of an earlier run
		doc = frappe.get_doc("DocType", REQUEST)
		doc.permissions[0].cancel = 1
		doc.save()
		frappe.db.commit()
	return REQUEST


class TestWorkflows(EndsTestCase):
	def approved_by(self, doctype: str, role: str, own: int = 1, calls_off: str = ""):
		doc = workflow(doctype, role, own, calls_off)
		self.commit()
		self.addCleanup(self.commit)
		self.addCleanup(frappe.clear_cache, doctype=doctype)
		if field := frappe.db.exists("Custom Field", {"dt": doctype, "fieldname": STATE}):
			self.addCleanup(frappe.delete_doc, "Custom Field", field)
		self.addCleanup(frappe.delete_doc, "Workflow", doc.name)
		frappe.clear_cache(doctype=doctype)
		return doc

	def request(self) -> list[write.Written]:
		frappe.db.commit()
		try:
			with read_committed():
				frappe.set_user(CLERK)
				done = write.upsert(inflow.load("Requests"), {"id": "1", "title": "x"})
				frappe.db.commit()
				return [done]
		finally:
			frappe.set_user("Administrator")

	def stands(self, doctype: str, name: str) -> tuple[int, str]:
		frappe.db.rollback()
		return frappe.db.get_value(doctype, name, ["docstatus", STATE])

	def flow(self):
		request_type()
		return make.flow(
			REQUEST,
			[],
			[make.row("title", "title")],
			name="Requests",
			direction="Incoming",
			submit_document=1,
			inbound_id_expression="id",
		)

	def test_a_user_who_may_agree_submits_by_the_workflow(self):
		self.flow()
		self.approved_by(REQUEST, "Sales User")
		(done,) = self.request()
		self.assertEqual(self.stands(REQUEST, done.name), (1, AGREED))

	def test_without_that_right_it_is_held_until_a_role_may(self):
		self.flow()
		doc = self.approved_by(REQUEST, STRANGER)

		def allow() -> None:
			doc.transitions[0].allowed = "Sales User"
			doc.save()

		(done,) = self.ended("Let a role of that user take a transition", self.request, allow, "workflow")
		self.assertEqual(self.stands(REQUEST, done.name), (1, AGREED))

	def test_nobody_agrees_to_his_own_where_that_is_not_allowed(self):
		flow = self.flow()
		self.approved_by(REQUEST, "Sales User", own=0)

		def leave_it_to_a_person() -> None:
			flow.submit_document = 0
			flow.save()

		(done,) = self.ended('"Submit the document" in the flow', self.request, leave_it_to_a_person)
		self.assertEqual(self.stands(REQUEST, done.name), (0, OPEN))

	def test_orders_wait_as_drafts_where_the_account_says_so(self):
		self.approved_by("Sales Order", STRANGER)
		record = self.record(
			lines=[self.line("L1", self.first, 1, 10, 1)], total="11.00"
		)  # with taxes: as in one pass
		(done,) = self.ended(
			'clear "Submit orders" in the account',
			lambda: self.event("Order", **record),
			lambda: self.settings_of_shop(submit_orders=0),
			"workflow",
		)
		self.assertEqual(self.stands("Sales Order", done.name), (0, OPEN))

	def test_orders_are_submitted_by_a_user_who_may_agree(self):
		self.approved_by("Sales Order", "Sales User")
		(done,) = self.event("Order", **self.record())
		self.assertEqual(self.stands("Sales Order", done.name), (1, AGREED))

	def test_a_payment_is_amended_by_the_workflow_when_its_order_becomes_smaller(self):
		self.approved_by("Payment Entry", "Accounts User")
		order = self.order()
		(paid,) = self.pay("93.00")
		self.cancel(id="c-1", lines=[{"line_id": "L1", "quantity": 1}])
		self.assertEqual((order.reload().grand_total, order.advance_paid), (82, 82))
		(new,) = frappe.get_all("Payment Entry", {"amended_from": paid.name}, pluck="name")
		self.assertEqual(self.stands("Payment Entry", new), (1, AGREED))

	def test_an_order_is_cancelled_by_a_transition(self):
		self.approved_by("Sales Order", "Sales User", calls_off="Sales User")
		order = self.order()
		self.cancel()
		self.assertEqual(self.stands("Sales Order", order.name), (2, CALLED_OFF))

	def test_a_cancellation_waits_for_a_role_that_may(self):
		doc = self.approved_by("Sales Order", "Sales User", calls_off=STRANGER)
		order = self.order()

		def allow() -> None:
			doc.transitions[1].allowed = "Sales User"
			doc.save()

		self.ended("Let a role of that user do so", self.cancel, allow, "workflow")
		self.assertEqual(self.stands("Sales Order", order.name), (2, CALLED_OFF))

	def test_a_cancellation_waits_for_a_person_who_may(self):
		self.approved_by("Sales Order", "Sales User", calls_off=STRANGER)
		order = self.order()
		self.ended(
			"cancel it by hand",
			self.cancel,
			lambda: frappe.get_doc("Sales Order", order.name).cancel(),
			"workflow",
		)
		self.assertEqual(self.stands("Sales Order", order.name)[0], 2)

	def test_without_such_transitions_who_may_edit_may_cancel(self):
		doc = self.approved_by("Sales Order", "Sales User")
		order = self.order()
		doc.states[1].allow_edit = STRANGER
		doc.save()
		self.commit()
		with self.assertRaises(HeldForReview):
			self.cancel()
		frappe.db.rollback()
		doc.reload()
		doc.states[1].allow_edit = "All"
		doc.save()
		self.cancel()
		self.assertEqual(self.stands("Sales Order", order.name)[0], 2)

	def test_a_call_that_cancels_and_a_record_that_is_gone_are_checked_too(self):
		flow = self.flow()
		flow.update({"on_remote_delete": "Delete", "gone_expression": "gone", "expose_api": 1})
		flow.save()
		self.approved_by(REQUEST, "Sales User", calls_off=STRANGER)
		(done,) = self.request()
		for cancel in (
			lambda: cancelling.cancel(inflow.load("Requests"), name=done.name, external_id=None),
			lambda: removal.carry_out(
				inflow.load("Requests"), {"id": "1", "gone": True}, topic=None, arrived=None
			),
		):
			frappe.set_user(CLERK)
			try:
				with self.assertRaises(HeldForReview):
					cancel()
			finally:
				frappe.db.rollback()
				frappe.set_user("Administrator")
			self.assertEqual(self.stands(REQUEST, done.name), (1, AGREED))
