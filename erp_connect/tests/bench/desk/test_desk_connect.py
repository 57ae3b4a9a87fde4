"""Connecting a system in a real browser: chosen, asked for what is the account's own, tested, switched on."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase
from erp_connect.tests.fakes.fault_server import Reply

HERE = ".modal.show"


class TestConnecting(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.user()
		self.commit()

	def choose(self, system: str) -> None:
		self.desk.open("/app/integration-settings")
		self.desk.click("Connect a System")
		self.desk.see("Which system?")
		self.shot("systems")
		self.desk.run("document.querySelector(`[data-system='${arguments[0]}']`).click()", system)
		self.desk.settle()

	def test_from_the_list_to_an_account_that_is_switched_on(self):
		self.receiver.script("/", Reply(200, {"message": "other@example.com"}))
		self.choose("ERPNext")
		self.desk.see("Connect ERPNext or Frappe site")
		for fieldname, value in (
			("input_address", self.receiver.url()),
			("input_api_key", "k-1"),
			("input_api_secret", "s-1"),
			("user", make.USER),
		):
			self.desk.fill(fieldname, value)
		for flow in ("Customers", "Items"):
			self.desk.run("document.querySelector(`[data-unit='${arguments[0]}']`).click()", flow)
		self.shot("entries")
		self.desk.click("Connect", f"{HERE} .modal-footer button")
		self.desk.see("ERPNext or Frappe site is set up")
		self.desk.see("The other side answers.")
		self.assertNotIn("Which system?", self.desk.text())
		self.desk.see("2 flows are ready and switched off.")
		self.shot("made")
		self.desk.click("Switch On", f"{HERE} .modal-footer button")
		self.desk.see("2 flows are switched on.")
		self.shot("on")
		self.desk.click("Open the Account", f"{HERE} .modal-footer button")
		self.desk.see("New Flow")
		frappe.db.rollback()
		doc = frappe.get_doc("Integration Settings", "ERPNext or Frappe site")
		self.assertEqual((doc.api_key, doc.get_password("api_secret")), ("k-1", "s-1"))
		self.assertEqual(frappe.get_all("Field Mapping", {"integration": doc.name}, pluck="enabled"), [1, 1])
