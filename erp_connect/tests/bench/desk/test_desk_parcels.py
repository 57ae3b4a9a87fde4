"""**Send Parcel…** of a Delivery Note in a real browser: its Shipment is made once, a rate chosen, and its parcel shown."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import parcels
from erp_connect.commerce.stock import shipping
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase
from erp_connect.tests.bench.dispatch import Dispatch, contact
from erp_connect.tests.bench.systems.fedex_case import FedExCase
from erp_connect.tests.fakes.fault_server import Reply
from erp_connect.tests.fakes.fedex import DELIVERED

RATES = {"rates": [{"name": "Overnight Air", "total": 88.5, "days": 1, "code": "AIR"}]}

WEIGHT = ".modal.show .grid-row[data-idx='1'] input[data-fieldname='weight']"


class ParcelsDeskCase(DeskCase):
	def weigh(self, kilograms: str) -> None:
		"""Enter the weight of the one parcel, as a person does."""
		self.desk.until(lambda: self.desk.run("return window.cur_dialog?.display"), "the dialog")
		self.shot("asked")
		self.desk.press(
			".modal.show [data-fieldname='shipment_parcel'] .grid-row[data-idx='1'] [data-fieldname='weight']"
		)
		self.desk.until(lambda: self.desk.run(f"return document.querySelector({WEIGHT!r})"), "the entry")
		self.desk.run(
			f"const e = document.querySelector({WEIGHT!r}); e.value = arguments[0]; $(e).trigger('change');",
			kilograms,
		)


class TestParcels(ParcelsDeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.rates_flow("Shipment", [make.row("shipment_parcel[].weight", "kg[]")], "carrier_service")
		make.flow(
			"Shipment",
			[make.request("Submit", "POST", "/parcels", operation="Create")],
			[make.row("name", "reference")],
			name="Parcels",
		)
		self.receiver.script("/rates", Reply(200, RATES))
		self.note = Dispatch().note().name
		self.commit()

	def shipments(self) -> list[Any]:
		frappe.db.rollback()
		rows = frappe.get_all("Shipment Delivery Note", {"delivery_note": self.note}, pluck="parent")
		return [frappe.get_doc("Shipment", name) for name in rows]

	def test_a_delivery_note_is_sent_and_shows_its_parcel(self):
		self.desk.open(f"/app/delivery-note/{self.note}")
		self.desk.click("Send Parcel…")
		self.desk.see("Parcel of")
		self.weigh("2.5")
		self.shot("dialog")
		self.desk.click("Make Shipment", ".modal-footer button")
		self.desk.see("Overnight Air")
		self.shot("rates")
		(doc,) = self.shipments()
		self.assertEqual([row.weight for row in doc.shipment_parcel], [2.5])
		self.assertEqual(self.arrived()[0].json, {"kg": [2.5]})
		self.desk.click("Choose", ".modal-body button[value='0']")
		self.desk.see("Written into the document.")
		(doc,) = self.shipments()
		self.assertEqual(doc.carrier_service, "AIR")
		told = {
			"carrier": "Swift <b>Ltd</b>",
			"awb_number": "AWB-1",
			"tracking_url": "https://example.com/AWB-1",
			"tracking_status": "Delivered",
			"tracking_status_info": "Signed for, Nashville",
		}
		doc.db_set(told)
		label = {
			"doctype": "File",
			"file_name": f"label-{self.note}.txt",
			"content": self.note,
			"is_private": 1,
		}
		frappe.get_doc({**label, "attached_to_doctype": doc.doctype, "attached_to_name": doc.name}).insert()
		self.commit()
		self.desk.open(f"/app/delivery-note/{self.note}")
		for text in ("AWB-1", "Delivered"):
			self.desk.see(text)
		self.shot("beside")
		self.desk.click("Connections")
		for text in (doc.name, "Swift <b>Ltd</b> · AIR", "Signed for, Nashville", f"label-{self.note}.txt"):
			self.desk.see(text)
		self.shot("shown")
		self.assertNotIn("Send Parcel…", self.buttons())
		self.assert_readable()

	def test_a_form_that_is_behind_leads_to_the_one_there_is(self):
		self.desk.open(f"/app/delivery-note/{self.note}")
		self.desk.see("Send Parcel…")
		there = shipping.ship(self.note, [{"weight": 1}], {}).name
		self.commit()
		self.desk.click("Send Parcel…")
		self.desk.see(f"There is Shipment {there} already.")
		self.assertEqual(len(self.shipments()), 1)

	def test_who_may_make_none_is_shown_no_button(self):
		self.as_user()
		self.desk.open(f"/app/delivery-note/{self.note}")
		self.desk.see(self.note)
		self.desk.settle()
		self.assertNotIn("Send Parcel…", self.buttons())


class TestCarrier(FedExCase, ParcelsDeskCase):
	def test_from_a_delivery_note_to_the_parcel_at_the_door(self):
		self.connect("Shipments", "Rates", "Tracking")
		customer = make.customer().name
		contact(customer, "Ada Byron", "ada@example.com")
		here, there = self.places
		note = self.delivery_note(
			customer,
			company_address=self.address("Company", self.company, self.phones[0], **here),
			shipping_address_name=self.address("Customer", customer, self.phones[1], **there),
		).name
		self.commit()
		self.desk.open(f"/app/delivery-note/{note}")
		self.desk.click("Send Parcel…")
		self.weigh("2.5")
		self.desk.click("Make Shipment", ".modal-footer button")
		self.desk.see("Fedex 2 Day")
		self.desk.click("Choose", ".modal-body button[value='1']")
		self.desk.see("Written into the document.")
		self.desk.click("Submit")
		self.desk.click("Yes", ".modal.show button")
		self.desk.see("Submitted")
		self.send_all()
		(parcel,) = parcels.of_note(note)
		self.assertEqual((parcel["service"], parcel["status"]), ("FEDEX_2_DAY", "Booked"), self.history())
		self.desk.open(f"/app/delivery-note/{note}")
		for text in (parcel["tracking_number"], "In Progress"):
			self.desk.see(text)
		self.fake.reach(parcel["tracking_number"], DELIVERED)
		self.pull("Tracking")
		self.desk.open(f"/app/delivery-note/{note}")
		self.desk.see("Delivered")
		self.desk.click("Connections")
		self.desk.see(f"label-{parcel['shipment']}.pdf")
		self.shot("delivered")
