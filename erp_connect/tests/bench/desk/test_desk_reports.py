"""The reports that an account offers, chosen in its form."""

from __future__ import annotations

import frappe
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase

OFFERED = "return [...document.querySelectorAll('[role=option]')].map((entry) => entry.innerText)"


class TestReportsOffered(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), inbound_enabled=1)
		self.commit()
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.click("Inbound", ".nav-link")

	def test_a_report_is_chosen_by_typing(self):
		driver = self.desk.driver
		shown = "return $(cur_frm.get_field('reports').wrapper).is(':visible')"
		self.desk.until(lambda: self.desk.run(shown), "the field")
		self.desk.run("cur_frm.scroll_to_field('reports')")
		field = driver.find_element(By.CSS_SELECTOR, "[data-fieldname='reports'] input[data-target]")
		field.send_keys("General Led")
		# Frappe 16 offers all of them before it looks for what is typed.
		self.desk.until(
			lambda: (self.desk.run(OFFERED) or [""])[0].strip().startswith("General Ledger"), "the report"
		)
		field.send_keys(Keys.ENTER)
		self.desk.until(lambda: self.desk.run("return cur_frm.doc.reports?.length"), "the row")
		self.desk.settle()
		self.shot("chosen")
		self.desk.run("return cur_frm.save()")
		self.desk.settle()
		frappe.db.rollback()
		rows = frappe.get_all("Integration Report", {"parent": make.ACCOUNT}, pluck="report")
		self.assertEqual(rows, ["General Ledger"])
		self.assertEqual(self.desk.errors(), [])
