"""DHL Express connected: from a Delivery Note to a delivered parcel."""

from __future__ import annotations

from erp_connect.tests.bench.systems import carrier_proofs, customs_proofs
from erp_connect.tests.bench.systems.customs_proofs import Goods
from erp_connect.tests.bench.systems.dhl_case import ABROAD, DhlCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.dhl import DELIVERED, RETURNED, TRANSIT
from erp_connect.tests.fakes.troubles import Trouble


class TestAccount(DhlCase, carrier_proofs.TwoAccountsProofs, carrier_proofs.CredentialsProofs):
	takes_back = False
	entered = {"auth_type": "Basic"}
	locked_out = ("key", ("another", "secret"))


class TestShipments(
	DhlCase, carrier_proofs.BusyProofs, carrier_proofs.NothingTwiceProofs, carrier_proofs.PickupProofs
):
	left_when_cancelled = 1

	creation = "/shipments"
	label_again = False  # it is printed in the carrier's own portal
	troubles = (
		Trouble("POST", "/shipments", status=429, headers={"Retry-After": "30"}),
		Trouble("POST", "/shipments", status=500),
	)

	@proves("Shipment out", "Several parcels", "Label as a file", "Number and carrier written back")
	def test_a_submitted_shipment_of_two_packages_gets_its_labels(self):
		self.connect()
		doc = self.shipped(parcels=2)
		((number, shipment),) = self.fake.shipments.items()
		said = shipment["said"]
		self.assertRegex(said["plannedShippingDateAndTime"], r"T09:00:00 GMT\+01:00$")
		self.assertEqual([one["weight"] for one in said["content"]["packages"]], [2.5, 2.5])
		self.assertEqual(said["content"]["packages"][1]["dimensions"]["length"], 31)
		self.assertEqual(said["customerReferences"], [{"value": doc.name, "typeCode": "CU"}])
		self.assertEqual((doc.service_provider, doc.carrier, doc.carrier_service), ("DHL", "DHL", "U"))
		self.assertEqual((doc.awb_number, doc.shipment_amount), (number, 49))
		files = self.files_of(doc)
		self.assertEqual(set(files), {f"label-{doc.name}.pdf", f"label-{doc.name}-2.pdf"})
		self.assertEqual(set(files.values()), set(self.fake.labels.values()))
		self.assert_all_done()

	@proves("Rates to choose from")
	def test_a_rate_is_chosen_and_its_product_taken(self):
		self.connect("Shipments", "Rates")
		self.assert_chosen(1, ("U", 24.5))
		self.assertEqual(self.fake.made()[0]["said"]["productCode"], "U")

	def assert_pickup(self, pickup):
		self.assertEqual(pickup["closeTime"], "17:00")

	def test_what_is_refused_is_told_in_the_carriers_words(self):
		self.connect()
		self.shipment(carrier_service="Q")
		self.send_all()
		event = self.going_out()
		self.assertEqual(event.status, "Failed", self.history())
		self.assertIn("The requested product(s) not available", event.error)


class TestAbroad(DhlCase, customs_proofs.CustomsProofs):
	abroad, service = ABROAD, "P"
	digits = 3

	def told(self) -> tuple[list[Goods], float, str]:
		(shipment,) = self.fake.made()
		content = shipment["said"]["content"]
		goods = [
			Goods(
				one["commodityCodes"][0]["value"] if "commodityCodes" in one else None,
				one["manufacturerCountry"],
				one["quantity"]["value"],
				one["price"],
				one["weight"]["netValue"],
			)
			for one in content["exportDeclaration"]["lineItems"]
		]
		return goods, content["declaredValue"], content["declaredValueCurrency"]

	def test_the_invoice_for_customs_is_attached(self):
		self.connect()
		doc = self.shipped(carrier_service="P")
		self.assertIn(f"customs-{doc.name}.pdf", self.files_of(doc))

	def test_the_incoterm_of_the_shipment_is_told(self):
		self.connect()
		for incoterm, told in ((None, "DAP"), ("EXW", "EXW")):
			self.shipped(carrier_service=self.service, incoterm=incoterm)
			self.assertEqual(self.fake.made()[-1]["said"]["content"]["incoterm"], told)

	def test_a_pickup_declares_the_same_value(self):
		self.connect("Shipments", "Pickups")
		self.arrived(self.parcel_of(self.note(currency="EUR", conversion_rate=80)))
		((_, pickup),) = self.fake.pickups.items()
		(said,) = pickup["shipmentDetails"]
		self.assertEqual((said["declaredValue"], said["declaredValueCurrency"]), (65, "EUR"))


class TestAddresses(DhlCase, carrier_proofs.AddressProofs):
	lacking = {"city": "lyon"}
	unknown = {"pincode": "99999"}
	told = "69001 LYON, FR"
	known = {"city": "LYON", "pincode": "69001"}


class TestTracking(DhlCase, carrier_proofs.TrackingProofs):
	delivered, returned = DELIVERED, RETURNED
	place, told = ("Lyon-FR",), "Delivered, Lyon-FR"

	def numbers_asked_for(self) -> list[str]:
		return [query["shipmentTrackingNumber"] for *_, query, _ in self.fake.calls]

	def test_the_latest_of_several_events_is_told_and_the_end_by_any(self):
		self.connect()
		doc = self.shipped()
		for code, place in ((TRANSIT, "Leipzig-DE"), (DELIVERED, "Lyon-FR"), (TRANSIT, "Lyon-FR")):
			self.fake.reach(doc.awb_number, code, place)
		self.pull("Tracking")
		doc.reload()
		self.assertEqual(doc.tracking_status, "Delivered", self.history())
		self.assertIn("Arrived at DHL Sort Facility, Lyon-FR", doc.tracking_status_info)
