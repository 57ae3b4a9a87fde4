"""FedEx connected: from a Delivery Note to a delivered parcel."""

from __future__ import annotations

import frappe
from erpnext.controllers.sales_and_purchase_return import make_return_doc

from erp_connect.tests.bench.systems import carrier_proofs, customs_proofs
from erp_connect.tests.bench.systems.customs_proofs import Goods
from erp_connect.tests.bench.systems.fedex_case import ABROAD, FedExCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.fedex import DELIVERED, RETURNED, TRANSIT
from erp_connect.tests.fakes.troubles import Trouble

SHIP, TRACK = "/ship/v1/shipments", "/track/v1/trackingnumbers"


class TestAccount(FedExCase, carrier_proofs.AccountProofs, carrier_proofs.CredentialsProofs):
	entered = {"auth_type": "OAuth 2 Client Credentials"}
	locked_out = ("client", ("another", "secret"))

	def times_logged_in(self) -> int:
		return self.fake.given


class TestShipments(FedExCase, carrier_proofs.ShipmentProofs, carrier_proofs.PickupProofs):
	troubles = (
		Trouble("POST", SHIP, status=429, headers={"Retry-After": "30"}),
		Trouble("POST", SHIP, status=503),
	)

	@proves("Shipment out", "Several parcels", "Label as a file", "Number and carrier written back")
	def test_a_submitted_shipment_of_two_packages_gets_its_labels(self):
		self.connect()
		doc = self.shipped(parcels=2)
		((number, shipment),) = self.fake.shipments.items()
		said = shipment["said"]
		self.assertEqual(said["shipper"]["address"]["city"], "Memphis")
		self.assertEqual(said["recipients"][0]["address"]["stateOrProvinceCode"], "TN")
		parcels = said["requestedPackageLineItems"]
		self.assertEqual([one["weight"] for one in parcels], [{"units": "KG", "value": 2.5}] * 2)
		self.assertEqual([one["dimensions"]["length"] for one in parcels], [30, 31])
		self.assertEqual(parcels[0]["customerReferences"][0]["value"], doc.name)
		self.assertEqual(
			(
				doc.service_provider,
				doc.carrier,
				doc.carrier_service,
				doc.shipment_amount,
				doc.tracking_status,
			),
			("FedEx", "FedEx", "FEDEX_GROUND", 42.9, "In Progress"),
		)
		self.assertEqual(doc.awb_number, number)
		files = self.files_of(doc)
		self.assertEqual(set(files), {f"label-{doc.name}.pdf", f"label-{doc.name}-2.pdf"})
		self.assertEqual(set(files.values()), set(self.fake.labels.values()))
		self.assert_all_done()

	@proves("Rates to choose from")
	def test_a_rate_is_chosen_and_its_service_taken(self):
		self.connect("Shipments", "Rates")
		doc = self.assert_chosen(1, ("FEDEX_2_DAY", 38.1))
		self.assertEqual(self.fake.made()[0]["said"]["serviceType"], "FEDEX_2_DAY")
		self.assertEqual(doc.carrier_service, "FEDEX_2_DAY")

	def test_the_service_that_was_chosen_is_taken(self):
		self.connect()
		doc = self.shipped(carrier_service="FEDEX_2_DAY")
		self.assertEqual((doc.carrier_service, doc.shipment_amount), ("FEDEX_2_DAY", 38.1))

	@proves("Return label")
	def test_a_parcel_from_the_customer_gets_a_return_label(self):
		self.connect()
		doc = self.shipped(**self.backwards())
		(shipment,) = self.fake.made()
		said = shipment["said"]
		self.assertEqual(said["shipper"]["address"]["city"], "Nashville")
		self.assertEqual(said["recipients"][0]["address"]["city"], "Memphis")
		special = said["shipmentSpecialServices"]
		self.assertEqual(special["specialServiceTypes"], ["RETURN_SHIPMENT"])
		self.assertEqual(special["returnShipmentDetail"], {"returnType": "PRINT_RETURN_LABEL"})
		self.assertEqual(list(self.files_of(doc).values()), list(self.fake.labels.values()))

	def assert_pickup(self, pickup):
		origin = pickup["originDetail"]
		self.assertRegex(origin["readyDateTimestamp"], r"T09:00:00Z$")
		self.assertEqual((origin["customerCloseTime"], pickup["packageCount"]), ("17:00:00", 1))
		self.assertEqual((pickup["carrierCode"], pickup["totalWeight"]["value"]), ("FDXG", 2.5))

	def test_what_is_refused_is_told_in_the_carriers_words(self):
		self.connect()
		self.shipment(carrier_service="NOT_A_SERVICE")
		self.send_all()
		event = self.going_out()
		self.assertEqual(event.status, "Failed", self.history())
		self.assertIn("Requested service is not available", event.error)


class TestAbroad(FedExCase, customs_proofs.CustomsProofs):
	abroad, service = ABROAD, "FEDEX_INTERNATIONAL_PRIORITY"

	def told(self) -> tuple[list[Goods], float, str]:
		(shipment,) = self.fake.made()
		customs = shipment["said"]["customsClearanceDetail"]
		goods = [
			Goods(
				one.get("harmonizedCode"),
				one["countryOfManufacture"],
				one["quantity"],
				one["unitPrice"]["amount"],
				one["weight"]["value"],
			)
			for one in customs["commodities"]
		]
		total = customs["totalCustomsValue"]
		return goods, total["amount"], total["currency"]

	def test_the_incoterm_says_who_pays_the_duties(self):
		self.connect()
		for incoterm, payer in ((None, "RECIPIENT"), ("DAP", "RECIPIENT"), ("DDP", "SENDER")):
			self.shipped(carrier_service=self.service, incoterm=incoterm)
			said = self.fake.made()[-1]["said"]["customsClearanceDetail"]
			self.assertEqual(said["commercialInvoice"].get("termsOfSale"), incoterm)
			self.assertEqual(said["dutiesPayment"]["paymentType"], payer)
			self.assertEqual("payor" in said["dutiesPayment"], payer == "SENDER")

	def test_what_comes_back_from_abroad_is_told_as_it_went(self):
		self.connect()
		sent = self.note(currency="EUR", conversion_rate=80)
		back = make_return_doc("Delivery Note", sent.name).insert().submit()
		self.arrived(self.parcel_of(back, **self.backwards()))
		goods, total, currency = self.told()
		self.assertEqual(
			[(one.pieces, one.price, one.weight) for one in goods], [(1, 40, 0.5), (2, 12.5, 0.5)]
		)
		self.assertEqual((total, currency), (65, "EUR"))


class TestAddresses(FedExCase, carrier_proofs.AddressProofs):
	lacking = {"address_line1": "9 oak st"}
	unknown = {"country": "Canada", "state": "ON"}
	told = "9 OAK ST, NASHVILLE, TN 37011-1234"
	known = {"address_line1": "9 OAK ST", "city": "NASHVILLE", "pincode": "37011-1234"}


class TestTracking(FedExCase, carrier_proofs.TrackingProofs):
	delivered, returned = DELIVERED, RETURNED
	place, told = ("NASHVILLE",), "Delivered, NASHVILLE"

	def numbers_asked_for(self) -> list[str]:
		((_, path, _, body),) = self.fake.calls
		self.assertEqual(path, TRACK)
		return [one["trackingNumberInfo"]["trackingNumber"] for one in body["trackingInfo"]]

	def test_more_parcels_than_a_request_takes(self):
		self.connect()
		doc = self.shipped()
		self.fake.reach(doc.awb_number, DELIVERED)
		for number in range(34):
			copy = frappe.copy_doc(doc)
			copy.update(
				{"docstatus": 1, "awb_number": f"{doc.awb_number}{number}", "tracking_status": "In Progress"}
			)
			copy.db_insert()
		self.commit()
		self.fake.calls.clear()
		self.pull("Tracking")
		self.assertEqual([len(body["trackingInfo"]) for *_, body in self.fake.calls], [30, 5])
		doc.reload()
		self.assertEqual(doc.tracking_status, "Delivered", self.history())

	@proves("Webhook with a changed byte refused", "Webhook twice, one effect")
	def test_a_signed_notice_counts_once_and_a_changed_one_not(self):
		self.connect()
		doc = self.shipped()
		self.fake.reach(doc.awb_number, TRANSIT)
		self.assertEqual(self.by_webhook(doc.awb_number, change=b" "), 401)
		for _ in range(2):
			self.assertEqual(self.by_webhook(doc.awb_number), 200)
		self.assertEqual(len(self.events(direction="Incoming")), 1)
		doc.reload()
		self.assertIn("In transit, MEMPHIS", doc.tracking_status_info)
