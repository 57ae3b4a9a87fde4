"""**Skip or Pin…** in a real browser: from a document, its mark there, and taken back from the list."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import EVIL, SHOWN, DeskCase


class TestSkipOrPin(DeskCase):
	def test_a_document_is_skipped_and_taken_back(self):
		make.account(self.receiver.url())
		make.brand_flow()
		brand = make.brand()
		self.commit()
		self.desk.open(f"/app/brand/{brand.name}")
		self.desk.press(".page-head:not(.hide) .menu-btn-group > button")
		self.desk.click("Skip or Pin…", ".menu-item-label, .dropdown-item")
		self.desk.see("Holds until it is taken back")
		self.desk.fill("reason", f"Not yet {EVIL}")
		self.shot("dialog")
		self.desk.click("Save", ".modal-footer button")
		self.desk.see("Decided for 1 of 1.")
		self.deliver()
		self.assert_arrived(0)
		self.assertEqual(self.event().status, "Skipped")
		self.desk.open(f"/app/brand/{brand.name}")
		self.desk.see("Skipped")
		self.desk.see(SHOWN)  # in the timeline
		self.assertEqual(
			self.desk.run("return $('.erp-connect-sync.sidebar-section').text().split('Skipped').length"), 2
		)
		self.shot("document")
		self.desk.open("/app/sync-exemption")
		self.desk.see(brand.name)
		self.shot("list")
		name = frappe.get_all("Sync Exemption", pluck="name")[0]
		self.desk.open(f"/app/sync-exemption/{name}")
		self.desk.see("Not yet")
		self.shot("form")
		self.desk.click("Take Back")
		self.desk.see("1 taken back.")
		self.deliver()
		self.assert_arrived(1, "/brands")
