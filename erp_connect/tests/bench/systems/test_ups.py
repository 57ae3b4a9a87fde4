"""UPS connected: from a Delivery Note to a delivered parcel."""

from __future__ import annotations

from erp_connect.tests.bench.systems import carrier_proofs, customs_proofs, dhl_case
from erp_connect.tests.bench.systems.customs_proofs import TABLE, Goods
from erp_connect.tests.bench.systems.fedex_case import ABROAD
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.ups_case import UpsCase
from erp_connect.tests.fakes.troubles import Trouble
from erp_connect.tests.fakes.ups import DELIVERED, RETURNED, TRANSIT
from erp_connect.tests.fakes.ups_rules import INVOICE

SHIP, DETAILS = "/api/shipments/v2409/ship", "/api/track/v1/details/"


class TestAccount(UpsCase, carrier_proofs.AccountProofs, carrier_proofs.CredentialsProofs):
	entered = {"auth_type": "OAuth 2 Client Credentials"}
	locked_out = ("client", ("another", "secret"))

	def times_logged_in(self) -> int:
		return self.fake.given


class TestShipments(
	UpsCase, carrier_proofs.ShipmentProofs, carrier_proofs.NothingTwiceProofs, carrier_proofs.PickupProofs
):
	creation, parcels = SHIP, 2
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
		self.assertEqual(said["ShipFrom"]["Address"]["City"], "Memphis")
		self.assertEqual(said["ShipTo"]["Address"]["StateProvinceCode"], "TN")
		pounds = {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "5.5"}
		self.assertEqual([one["PackageWeight"] for one in said["Package"]], [pounds] * 2)
		self.assertEqual([one["Dimensions"]["Length"] for one in said["Package"]], ["12", "12"])
		self.assertEqual(said["Package"][0]["ReferenceNumber"], [{"Value": doc.name}])
		self.assertEqual((doc.service_provider, doc.carrier, doc.carrier_service), ("UPS", "UPS", "03"))
		self.assertEqual((doc.awb_number, doc.shipment_amount), (number, 28.7))
		files = self.files_of(doc)
		self.assertEqual(set(files), {f"label-{doc.name}.gif", f"label-{doc.name}-2.gif"})
		self.assertEqual(set(files.values()), set(self.fake.labels.values()))
		self.assert_all_done()

	def test_a_row_of_three_equal_packages_gets_three_labels(self):
		self.connect()
		row = {"length": 30, "width": 20, "height": 10, "weight": 2.5, "count": 3}
		doc = self.shipped(shipment_parcel=[row])
		self.assertEqual((len(self.files_of(doc)), len(self.fake.labels)), (3, 3))

	def test_more_equal_packages_than_can_be_told_are_refused_here(self):
		self.connect()
		row = {"length": 30, "width": 20, "height": 10, "weight": 2.5, "count": 11}
		self.shipment(shipment_parcel=[row])
		self.send_all()
		self.assertEqual(self.going_out().status, "Failed", self.history())
		self.assertEqual(self.fake.shipments, {})

	@proves("Rates to choose from")
	def test_a_rate_is_chosen_and_its_service_taken(self):
		self.connect("Shipments", "Rates")
		self.assert_chosen(1, ("02", 27.9))
		self.assertEqual(self.fake.made()[0]["said"]["Service"]["Code"], "02")

	@proves("Return label")
	def test_a_parcel_from_the_customer_gets_a_return_label(self):
		self.connect()
		doc = self.shipped(**self.backwards())
		(shipment,) = self.fake.made()
		said = shipment["said"]
		self.assertEqual(said["ReturnService"], {"Code": "9"})
		self.assertEqual(said["Shipper"]["Address"]["City"], "Memphis")
		self.assertEqual(
			[said[name]["Address"]["City"] for name in ("ShipFrom", "ShipTo")], ["Nashville", "Memphis"]
		)
		self.assertEqual(list(self.files_of(doc).values()), list(self.fake.labels.values()))

	def assert_pickup(self, pickup):
		when = pickup["PickupDateInfo"]
		self.assertEqual((when["ReadyTime"], when["CloseTime"]), ("0900", "1700"))
		self.assertEqual(pickup["PickupPiece"][0]["ServiceCode"], "003")

	def test_what_is_refused_is_told_in_the_carriers_words(self):
		self.connect()
		self.shipment(carrier_service="99")
		self.send_all()
		event = self.going_out()
		self.assertEqual(event.status, "Failed", self.history())
		self.assertIn("The requested service is unavailable", event.error)


class TestAbroad(UpsCase, customs_proofs.CustomsProofs):
	abroad, service = ABROAD, "65"
	weighed = False

	def told(self) -> tuple[list[Goods], float, str]:
		(shipment,) = self.fake.made()
		said = shipment["said"]
		goods = [
			Goods(
				one.get("CommodityCode"),
				one["OriginCountryCode"],
				int(one["Unit"]["Number"]),
				float(one["Unit"]["Value"]),
				None,
			)
			for one in said["ShipmentServiceOptions"]["InternationalForms"]["Product"]
		]
		total = said["InvoiceLineTotal"]
		return goods, float(total["MonetaryValue"]), total["CurrencyCode"]

	def test_the_invoice_for_customs_is_attached(self):
		self.connect()
		doc = self.shipped(carrier_service="65")
		(shipment,) = self.fake.made()
		self.assertEqual(shipment["said"]["ReferenceNumber"], [{"Value": doc.name}])
		self.assertEqual(self.files_of(doc)[f"customs-{doc.name}.pdf"], INVOICE)

	def test_the_incoterm_says_who_pays_the_duties(self):
		self.connect()
		for incoterm, charges in ((None, ["01"]), ("DAP", ["01"]), ("DDP", ["01", "02"])):
			self.shipped(carrier_service=self.service, incoterm=incoterm)
			said = self.fake.made()[-1]["said"]
			form = said["ShipmentServiceOptions"]["InternationalForms"]
			self.assertEqual(form.get("TermsOfShipment"), incoterm)
			told = said["PaymentInformation"]["ShipmentCharge"]
			self.assertEqual([one["Type"] for one in told], charges)

	def test_no_invoice_is_made_within_the_european_union(self):
		self.places = (dhl_case.HERE, dhl_case.THERE)
		self.phones = dhl_case.DhlCase.phones
		self.connect()
		self.arrived(self.parcel_of(self.note(articles=[{**TABLE, "country_of_origin": None}])))
		(shipment,) = self.fake.made()
		self.assertNotIn("ShipmentServiceOptions", shipment["said"])
		self.assertNotIn("InvoiceLineTotal", shipment["said"])


class TestAddresses(UpsCase, carrier_proofs.AddressProofs):
	lacking = {"address_line1": "9 oak st", "pincode": "37011"}
	unknown = {"address_line1": "1 Nowhere"}
	told = "9 OAK ST, NASHVILLE, TN 37011-1234"
	known = {"address_line1": "9 OAK ST", "city": "NASHVILLE", "state": "TN", "pincode": "37011-1234"}


class TestTracking(UpsCase, carrier_proofs.TrackingProofs):
	delivered, returned = DELIVERED, RETURNED
	place, told = ("NASHVILLE",), "DELIVERED, NASHVILLE"

	def numbers_asked_for(self) -> list[str]:
		paths = [path for _, path, *_ in self.fake.calls]
		self.assertTrue(all(path.startswith(DETAILS) for path in paths), paths)
		return [path.removeprefix(DETAILS) for path in paths]

	@proves("Delivered by webhook", "Webhook twice, one effect")
	def test_notices_are_asked_for_and_lead_to_the_delivery(self):
		self.connect()
		doc = self.shipped()
		self.fake.reach(doc.awb_number, TRANSIT)
		self.assertEqual(self.by_webhook(doc.awb_number, "091500", credential="guessed"), 401)
		for _ in range(2):
			self.assertEqual(self.by_webhook(doc.awb_number, "091500"), 200)
		doc.reload()
		self.assertIn("Arrived at Facility, MEMPHIS", doc.tracking_status_info)
		self.fake.reach(doc.awb_number, DELIVERED, "NASHVILLE")
		self.by_webhook(doc.awb_number, "160200")
		doc.reload()
		self.assertEqual((doc.tracking_status, doc.status), ("Delivered", "Completed"), self.history())
		self.assertEqual(len(self.events(direction="Incoming")), 2)
		self.assert_all_done()

	def test_a_parcel_without_notices_is_a_parcel_all_the_same(self):
		self.connect()
		self.fake.no_notices = True
		doc = self.shipped()
		self.assertTrue(doc.awb_number and self.files_of(doc))
		self.assertEqual(self.fake.destinations, {})

	def test_a_number_that_is_not_known_keeps_no_other_waiting(self):
		self.connect()
		first, second = self.shipped(), self.shipped()
		del self.fake.shipments[first.awb_number]
		self.fake.reach(second.awb_number, DELIVERED)
		self.pull("Tracking")
		second.reload()
		self.assertEqual(second.tracking_status, "Delivered", self.history())
