"""**Offers…** in a real browser: asked for in a draft, one chosen, and what cannot be asked told."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase
from erp_connect.tests.fakes.fault_server import Reply

FOUND = {
	"rates": [
		{"name": "Overnight <b>Air</b>", "total": "88.5", "days": 1, "code": "AIR"},
		{"name": "Ground", "total": 12.4, "days": 4, "code": "GROUND"},
	]
}


class TestOffers(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.rates_flow("Brand", [make.row("name", "goods")], "description")
		self.doc = make.brand("none yet")
		self.commit()

	def test_one_of_the_offers_is_chosen(self):
		self.receiver.script("/rates", Reply(200, FOUND))
		self.desk.open(f"/app/brand/{self.doc.name}")
		self.desk.click("Offers…")
		self.desk.see("Ground")
		self.desk.see("Overnight <b>Air</b>")
		self.desk.see("12.40 EUR")
		self.shot("offers")
		self.assertEqual(self.arrived()[0].json, {"goods": self.doc.name})
		self.desk.click("Choose", ".modal-body button[value='0']")
		self.desk.see("Written into the document.")
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Brand", self.doc.name, "description"), "GROUND")

	def test_what_cannot_be_asked_is_told(self):
		self.receiver.script("/rates", Reply(422, {"message": "No service to this place"}))
		self.desk.open(f"/app/brand/{self.doc.name}")
		self.desk.click("Offers…")
		self.desk.see("No service to this place")
		self.shot("offers_refused")
