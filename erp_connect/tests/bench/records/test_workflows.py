"""Documents that a workflow approves are submitted by its transitions only; what waits for a person is held and says so."""

from __future__ import annotations

import frappe

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.store.transactions import read_committed
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CLERK
from erp_connect.tests.bench.ends_case import EndsTestCase

REQUEST, STATE = "Connect Test Request", "workflow_state"
OPEN, AGREED = "Connect Test Open", "Connect Test Agreed"
STRANGER = "Website Manager"  # a role that the account's user does not have


def workflow(doctype: str, role: str, own: int = 1):
	"""A workflow in which the role agrees, which submits; with `own`, also to what one made oneself."""
	for name in (OPEN, AGREED):
		if not frappe.db.exists("Workflow State", name):
			frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": name}).insert()
	if not frappe.db.exists("Workflow Action Master", "Connect Test Agree"):
		frappe.get_doc(
			{"doctype": "Workflow Action Master", "workflow_action_name": "Connect Test Agree"}
		).insert()
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
			],
			"transitions": [
				{
					"state": OPEN,
					"action": "Connect Test Agree",
					"next_state": AGREED,
					"allowed": role,
					"allow_self_approval": own,
				}
			],
		}
	).insert()


def request_type() -> str:
	if not frappe.db.exists("DocType", REQUEST):
		rights = {"role": "Sales User", **dict.fromkeys(("read", "write", "create", "submit"), 1)}
		fields = [
			{"fieldname": "title", "fieldtype": "Data", "label": "Title"},
			{"fieldname": STATE, "fieldtype": "Link", "options": "Workflow State", "label": "State"},
		]
		frappe.get_doc(
			{"doctype": "DocType", "name": REQUEST, "module": "Core", "custom": 1, "is_submittable": 1,
				"autoname": "hash", "permissions": [rights], "fields": fields}
		).insert()  # fmt: skip
		frappe.db.commit()
	return REQUEST


class TestWorkflows(EndsTestCase):
	def approved_by(self, doctype: str, role: str, own: int = 1):
		doc = workflow(doctype, role, own)
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
