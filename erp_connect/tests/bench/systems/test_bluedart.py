"""BlueDart connected: from a Delivery Note to a delivered parcel."""

from __future__ import annotations

import base64
import re
from typing import Any

import frappe

from erp_connect.operate import connection_test, replay
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems import carrier_proofs
from erp_connect.tests.bench.systems.bluedart_case import BlueDartCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes import bluedart
from erp_connect.tests.fakes.bluedart import DELIVERED, LICENCE, RETURNED, TRANSIT
from erp_connect.tests.fakes.troubles import Trouble

CREATE, PICKUP = (
	f"/in/transportation/{path}" for path in ("waybill/v1/GenerateWayBill", "pickup/v1/RegisterPickup")
)
ABROAD = {"address_line1": "3 Alder Road", "city": "Hamburg", "pincode": "20095", "country": "Germany"}


class TestAccount(BlueDartCase, carrier_proofs.AccountProofs, carrier_proofs.CredentialsProofs):
	acting = ("Shipments", "Pickups", "Return pickups", "Tracking")
	entered = {"auth_type": "Session Token", "username": bluedart.CLIENT[0]}
	locked_out, locked_out_told = ("client", ("fake-client", "another")), "The login was refused"

	def times_logged_in(self) -> int:
		return self.fake.logins

	def test_the_connection_test_asks_with_login_id_and_licence_key(self):
		self.connect()
		told = connection_test.run(frappe.get_doc("Integration Settings", self.account))
		self.assertTrue(told["ok"], told)
		((_method, path, _query, body),) = self.fake.calls
		self.assertEqual((path, body["profile"]["LicenceKey"]), ("/finder/v1/GetServicesforPincode", LICENCE))

	def test_keys_stand_in_the_requests_that_want_them_and_in_no_event(self):
		self.connect()
		doc = self.shipped()
		self.fake.reach(doc.awb_number, DELIVERED)
		self.pull("Tracking")
		(_, _, query, body), (_, _, asked, _) = self.fake.calls
		self.assertEqual((query, body["Profile"]["LicenceKey"]), ({}, LICENCE))
		self.assertEqual(asked["lickey"], bluedart.TRACKING_KEY)
		kept = frappe.get_all("Sync Log", {"integration": self.account}, ["*"])
		self.assertTrue(kept)
		self.assertNotIn(LICENCE, str(kept))
		self.assertNotIn(bluedart.TRACKING_KEY, str(kept))


class TestShipments(
	BlueDartCase, carrier_proofs.ShipmentProofs, carrier_proofs.PickupProofs, carrier_proofs.KilledProofs
):
	troubles = (
		Trouble("POST", CREATE, status=429, headers={"Retry-After": "30"}),
		Trouble("POST", CREATE, status=500),
	)

	@proves("Shipment out", "Several parcels", "Label as a file", "Number and carrier written back")
	def test_a_submitted_shipment_of_two_parcels_gets_its_waybill_and_label(self):
		self.connect()
		doc = self.shipped(parcels=2)
		((number, shipment),) = self.fake.shipments.items()
		services_, shipper, consignee = (
			shipment["said"][name] for name in ("Services", "Shipper", "Consignee")
		)
		self.assertEqual((services_["PieceCount"], services_["ActualWeight"]), (2, 5))
		self.assertEqual(services_["Dimensions"][1], {"Length": 31, "Breadth": 20, "Height": 10, "Count": 1})
		self.assertEqual((services_["ProductCode"], services_["SubProductCode"]), ("A", "P"))
		self.assertEqual((services_["ProductType"], services_["PickupTime"]), (1, "0900"))
		self.assertEqual(services_["DeclaredValue"], doc.value_of_goods)
		self.assertRegex(services_["CreditReferenceNo"], rf"^{re.escape(doc.name[-14:])}-[0-9a-f]{{5}}$")
		self.assertEqual(
			(consignee["ConsigneePincode"], consignee["ConsigneeMobile"]), ("110001", "1123000000")
		)
		self.assertEqual(consignee["ConsigneeAddress1"], "9 Oak Street, New Delhi, Delhi")
		self.assertEqual((shipper["OriginArea"], shipper["CustomerPincode"]), ("JAI", "302001"))
		self.assertEqual(
			(doc.service_provider, doc.carrier, doc.carrier_service), ("BlueDart", "BlueDart", "A")
		)
		self.assertEqual((doc.awb_number, doc.tracking_status), (number, "In Progress"))
		self.assertEqual(doc.tracking_url, f"https://www.bluedart.com/tracking/{number}")
		self.assertEqual(self.files_of(doc), {f"label-{doc.name}.pdf": self.fake.labels[number]})
		self.assert_all_done()

	def test_a_label_as_base64_text_is_a_file_too(self):
		self.connect()
		self.fake.label_as = lambda content: base64.b64encode(content).decode()
		doc = self.shipped()
		self.assertEqual(list(self.files_of(doc).values()), list(self.fake.labels.values()))

	def test_a_long_address_goes_on_in_the_next_lines(self):
		here, there = self.places
		self.places = (
			here,
			{**there, "address_line1": "Tower B, 14th floor, Alder Business Park, Sector 44"},
		)
		self.connect()
		self.shipped(carrier_service="E")
		(shipment,) = self.fake.made()
		consignee = shipment["said"]["Consignee"]
		self.assertEqual(consignee["ConsigneeAddress1"], "Tower B, 14th floor, Alder Bus")
		self.assertEqual(consignee["ConsigneeAddress2"], "iness Park, Sector 44, New Del")
		self.assertEqual(consignee["ConsigneeAddress3"], "hi, Delhi")
		self.assertEqual(shipment["said"]["Services"]["PackType"], "L")

	def assert_pickup(self, pickup):
		found = [pickup[name] for name in ("ShipmentPickupTime", "OfficeCloseTime", "SubProducts")]
		self.assertEqual(found, ["09:00", "17:00", ["E-Tailing"]])

	def test_a_second_pickup_of_a_day_is_none(self):
		self.connect("Shipments", "Pickups")
		self.shipped()
		self.shipped()
		self.assertEqual(len(self.fake.pickups), 1)
		(said,) = [row for row in self.events(direction="Outgoing") if row.status == "Skipped"]
		self.assertIn("A pickup of that day is ordered already.", said.error)

	@proves("Refused in an answer of success")
	def test_what_is_refused_is_told_and_retry_goes_on(self):
		self.connect()
		self.area("BOM")
		doc = self.shipment()
		self.send_all()
		event = self.going_out()
		self.assertEqual(event.status, "Failed", self.history())
		self.assertIn("InvalidAreaScNotInRegion: Origin area is not in region", event.error)
		self.area("JAI")
		replay.retry([event.name])
		self.send_all()
		doc.reload()
		self.assertEqual((doc.status, len(self.fake.made())), ("Booked", 1), self.history())

	def area(self, code: str) -> None:
		"""Enter another origin area into the account."""
		doc = frappe.get_doc("Integration Settings", self.account)
		next(row for row in doc.inputs if row.key == "area").value = code
		doc.save()
		self.commit()

	def test_an_error_with_its_status_is_told_in_the_carriers_words(self):
		self.connect()
		self.shipment(carrier_service="AB")
		self.send_all()
		event = self.going_out()
		self.assertEqual(event.status, "Failed", self.history())
		self.assertIn("InvalidProductCode: ProductCode cannot be blank", event.error)

	def test_what_was_scanned_is_not_cancelled_and_that_is_told(self):
		self.connect()
		doc = self.shipped()
		self.fake.reach(doc.awb_number, TRANSIT)
		doc.cancel()
		self.commit()
		self.send_all()
		(event,) = [row for row in self.events(direction="Outgoing") if row.status == "Failed"]
		self.assertIn("AlreadyInscanned", event.error)

	@proves("Answer lost after the work was done")
	def test_a_lost_answer_makes_no_second_waybill(self):
		self.connect()
		for by_status in (True, False):
			self.fake.refuses_by_status = by_status
			self.fake.troubles.append(Trouble("POST", CREATE, lose_answer=True))
			doc = self.shipment()
			for _ in range(3):
				self.send_all()
				self.later()
			self.assert_the_last(doc)
		self.assertEqual(len(self.fake.shipments), 2)
		self.assert_all_done()

	def assert_one(self, doc, labels):
		self.assertEqual(len(self.fake.shipments), 1)
		self.assert_the_last(doc)

	def assert_the_last(self, doc) -> None:
		"""The Shipment has the number of the last waybill; its label was told once, and is printed by hand."""
		doc.reload()
		number = list(self.fake.shipments)[-1]
		self.assertEqual((doc.status, doc.awb_number), ("Booked", number), self.history())
		self.assertEqual(self.files_of(doc), {})


class TestReturns(BlueDartCase, carrier_proofs.KilledProofs):
	"""Parcels from a customer to the company. The first answer is that of the area in which they are fetched."""

	creation_settled = "second"

	def shipment(self, **values: Any) -> Any:
		return super().shipment(**{**self.backwards(), **values})

	def returned(self, *flows: str) -> Any:
		"""A Shipment from a customer, whose pickup waits for the number of its waybill and is ordered a moment later."""
		self.connect("Shipments", "Return pickups", "Tracking", *flows)
		doc = self.shipped()
		self.later()
		self.send_all()
		return doc

	@proves("Return label")
	def test_a_parcel_from_the_customer_gets_a_label_is_fetched_and_arrives(self):
		doc = self.returned("Pickups")
		((number, shipment),) = self.fake.shipments.items()
		services, shipper, consignee, back = (
			shipment["said"][name] for name in ("Services", "Shipper", "Consignee", "Returnadds")
		)
		self.assertEqual((services["IsReversePickup"], shipper["IsToPayCustomer"]), (True, True))
		self.assertEqual((shipper["OriginArea"], shipper["CustomerPincode"]), ("DEL", "110001"))
		self.assertEqual(shipper["CustomerAddress1"], "9 Oak Street, New Delhi, Delhi")
		self.assertEqual((consignee["ConsigneePincode"], back["ReturnPincode"]), ("302001", "302001"))
		self.assertEqual(back["ReturnAddress1"], "4 Mill Lane, Jaipur, Rajasthan")
		self.assertEqual((doc.awb_number, doc.carrier_service), (number, "A"))
		self.assertEqual(self.files_of(doc), {f"label-{doc.name}.pdf": self.fake.labels[number]})
		((_, pickup),) = self.fake.pickups.items()
		self.assertEqual(
			(pickup["AWBNo"], pickup["AreaCode"], pickup["IsReversePickup"]), ([number], "DEL", True)
		)
		self.assertEqual((pickup["CustomerPincode"], pickup["ShipmentPickupTime"]), ("110001", "09:00"))
		note = doc.shipment_delivery_note[0].delivery_note
		self.assertIsNone(frappe.db.get_value("Delivery Note", note, "lr_no"))
		self.fake.reach(number, DELIVERED)
		self.pull("Tracking")
		doc.reload()
		self.assertEqual((doc.tracking_status, doc.status), ("Delivered", "Completed"), self.history())
		self.assert_all_done()

	def test_a_cancelled_one_takes_waybill_and_pickup_back(self):
		doc = self.returned()
		self.assertEqual((len(self.fake.made()), len(self.fake.pickups)), (1, 1), self.history())
		doc.reload()
		doc.cancel()
		self.commit()
		self.send_all()
		self.assertEqual((self.fake.made(), self.fake.pickups), ([], {}), self.history())
		self.assert_all_done()

	def test_lost_answers_make_no_second_waybill_and_no_second_pickup(self):
		self.connect("Shipments", "Return pickups")
		self.fake.troubles.append(Trouble("POST", CREATE, lose_answer=True))
		self.fake.troubles.append(Trouble("POST", PICKUP, lose_answer=True))
		doc = self.shipment()
		for _ in range(4):
			self.send_all()
			self.later()
		self.assert_one(doc, {})
		self.assertEqual(len(self.fake.pickups), 1)
		self.assertIn("The pickup of this parcel is ordered already.", self.history())

	def assert_one(self, doc, labels):
		doc.reload()
		((number, _),) = self.fake.shipments.items()
		self.assertEqual((doc.status, doc.awb_number), ("Booked", number), self.history())
		self.assertEqual(self.files_of(doc), {})

	def test_one_that_the_customer_brings_is_not_fetched(self):
		self.connect("Shipments", "Return pickups")
		self.shipped(pickup_type="Self delivery")
		self.later()
		self.send_all()
		self.assertEqual((len(self.fake.made()), self.fake.pickups), (1, {}))

	def test_a_postal_code_that_is_not_known_is_told_before_a_waybill_is_made(self):
		here, there = self.places
		self.places = (here, {**there, "pincode": "999999"})
		self.connect()
		self.shipment()
		self.send_all()
		self.assertIn("BlueDart does not know the postal code of the address", self.going_out().error)
		self.assertEqual(self.fake.shipments, {})

	def test_one_from_abroad_is_refused_in_words(self):
		here, _ = self.places
		self.places = (here, ABROAD)
		self.connect()
		self.shipment()
		self.send_all()
		self.assertIn("BlueDart fetches parcels in India only.", self.going_out().error)
		self.assertEqual((self.fake.shipments, self.fake.calls), ({}, []))


class TestAbroad(BlueDartCase):
	"""Parcels that cross the border, with two Items of which customs are told."""

	TABLE = {
		"customs_tariff_number": "94036000",
		"country_of_origin": "India",
		"weight_per_unit": 0.5,
		"weight_uom": "Kg",
	}
	LAMP = {"customs_tariff_number": "940520", "country_of_origin": "Germany"}

	phones = ("+91 141 4000000", "+49 40 12345678")

	def setUp(self) -> None:
		super().setUp()
		self.places = (self.places[0], ABROAD)
		self.articles = [self.TABLE, self.LAMP]
		for number in ("94036000", "940520"):
			if not frappe.db.exists("Customs Tariff Number", number):
				frappe.get_doc({"doctype": "Customs Tariff Number", "tariff_number": number}).insert()

	def delivery_note(self, customer: str, **values: Any) -> Any:
		rows = []
		for quantity, article in enumerate(self.articles, 1):
			item = make.item(**article).name
			make.receipt(item, 5)
			warehouse = frappe.db.get_value("Stock Ledger Entry", {"item_code": item}, "warehouse")
			rows.append({"item_code": item, "qty": quantity, "rate": 40, "warehouse": warehouse})
		return super().delivery_note(customer, items=rows, **values)

	@proves("Customs data")
	def test_a_parcel_abroad_brings_what_customs_ask_for(self):
		self.connect("Shipments", "Pickups")
		doc = self.shipped(incoterm="DDP")
		((number, shipment),) = self.fake.shipments.items()
		services, consignee = (shipment["said"][name] for name in ("Services", "Consignee"))
		note = frappe.get_doc("Delivery Note", doc.shipment_delivery_note[0].delivery_note)
		self.assertEqual(
			(services["ProductCode"], services["ProductType"], doc.carrier_service), ("I", 2, "I")
		)
		self.assertEqual(
			(consignee["ConsigneeCountryCode"], consignee["ConsigneeCityName"]), ("DE", "Hamburg")
		)
		self.assertEqual(
			(consignee["ConsigneePincode"], consignee["ConsigneeMobile"]), ("20095", "494012345678")
		)
		self.assertEqual((services["CurrencyCode"], services["DeclaredValue"]), (note.currency, 120))
		self.assertEqual((services["IncotermCode"], services["TermsOfTrade"]), ("DDP", "DDP"))
		self.assertTrue(services["IsDutyTaxPaidByShipper"])
		table, lamp = services["itemdtl"]
		self.assertEqual([one["HSCode"] for one in (table, lamp)], ["94036000", "940520"])
		self.assertEqual([one["countryOfOrigin"] for one in (table, lamp)], ["IN", "DE"])
		self.assertEqual([one["ItemID"] for one in (table, lamp)], [row.item_code for row in note.items])
		found = [
			(one["Itemquantity"], one["PerUnitRate"], one["TotalValue"], one["Unit"]) for one in (table, lamp)
		]
		self.assertEqual(found, [(1, 40, 40, "PCS"), (2, 40, 80, "PCS")])
		# One has a weight of its own, the other one its part of the parcel.
		self.assertEqual((table["Weight"], lamp["Weight"]), (0.5, 1.667))
		self.assertEqual(table["InvoiceNumber"], note.name)
		self.assertEqual(self.files_of(doc), {f"label-{doc.name}.pdf": self.fake.labels[number]})
		((_, pickup),) = self.fake.pickups.items()
		self.assertEqual((pickup["ProductCode"], pickup["SubProducts"]), ("I", [""]))
		self.assert_all_done()

	def test_what_customs_would_miss_is_told_at_once_and_nothing_is_sent(self):
		self.articles = [
			{**self.TABLE, "customs_tariff_number": None},
			{**self.LAMP, "country_of_origin": None},
		]
		self.connect()
		doc = self.shipment()
		self.send_all()
		event = self.going_out()
		note = frappe.get_doc("Delivery Note", doc.shipment_delivery_note[0].delivery_note)
		table, lamp = (row.item_code for row in note.items)
		self.assertEqual(
			event.error,
			"Customs data cannot be told: this Shipment has no Incoterm; "
			f"Item {table} has no Customs Tariff Number; Item {lamp} has no Country of Origin. Enter in each Item what it lacks, "
			"then press Retry; for the rest, cancel this Shipment and amend it.",
		)
		self.assertEqual((event.status, self.fake.calls), ("Failed", []))

	def test_what_was_missing_is_entered_and_retry_goes_on(self):
		self.articles = [{**self.TABLE, "customs_tariff_number": None}]
		self.connect()
		doc = self.shipment(incoterm="DAP")
		self.send_all()
		event = self.going_out()
		self.assertIn("has no Customs Tariff Number", event.error)
		note = frappe.get_doc("Delivery Note", doc.shipment_delivery_note[0].delivery_note)
		item = frappe.get_doc("Item", note.items[0].item_code)
		item.customs_tariff_number = "94036000"
		item.save()
		self.commit()
		replay.retry([event.name])
		self.send_all()
		doc.reload()
		self.assertEqual((doc.status, len(self.fake.made())), ("Booked", 1), self.history())


class TestAddresses(BlueDartCase, carrier_proofs.AddressProofs):
	lacking = {"city": "Dehli", "state": ""}
	unknown = {"pincode": "999999"}
	told = "110001 Connaught Place, New Delhi, Delhi"
	known = {"city": "New Delhi", "state": "Delhi", "pincode": "110001"}


class TestTracking(BlueDartCase, carrier_proofs.TrackingProofs):
	delivered, returned = DELIVERED, RETURNED
	place, told = ("CONNAUGHT PLACE",), "SHIPMENT DELIVERED, CONNAUGHT PLACE, 01 December 2026 08:15"

	def numbers_asked_for(self) -> list[str]:
		return [query["numbers"] for *_, query, _ in self.fake.calls]

	def test_a_key_that_is_not_that_of_the_login_is_told(self):
		self.connect()
		self.shipped()
		doc = frappe.get_doc("Integration Settings", self.account)
		for row in doc.parameters:
			if row.place == "Query":
				row.secret = "another"
		doc.save()
		self.commit()
		self.pull("Tracking")
		self.assertIn("licence key of tracking", self.history())

	@proves("Delivered by webhook", "Webhook twice, one effect")
	def test_a_parcel_on_its_way_is_delivered(self):
		self.connect()
		doc = self.shipped()
		notice = self.fake.reach(doc.awb_number, TRANSIT)
		for _ in range(2):
			self.assertEqual(self.by_webhook(notice), 200)
		doc.reload()
		self.assertEqual((doc.tracking_status, doc.status), ("In Progress", "Booked"))
		self.assertEqual(doc.tracking_status_info, "SHIPMENT ARRIVED, JAIPUR HUB, 2026-12-01 0815")
		self.by_webhook(self.fake.reach(doc.awb_number, DELIVERED, "CONNAUGHT PLACE"))
		doc.reload()
		self.assertEqual((doc.tracking_status, doc.status), ("Delivered", "Completed"), self.history())
		self.assertEqual(len(self.events(direction="Incoming")), 2)
		self.assert_all_done()

	def test_of_several_scans_in_a_notice_the_latest_of_each_parcel_counts(self):
		self.connect()
		first, second = self.shipped(), self.shipped()
		scans = [
			(first, "DL", "SHIPMENT DELIVERED", "02-12-2026", "0915"),
			(second, "UD", "SHIPMENT OUTSCAN", "01-12-2026", "1000"),
			(first, "UD", "SHIPMENT INSCAN", "30-11-2026", "2315"),
		]
		# The lite form of a notice: each scan is a shipment of its own, without its details.
		notice = {
			"statustracking": [
				{
					"Shipment": {
						"WaybillNo": doc.awb_number, "Scan": words, "ScanCode": "000", "ScanGroupType": "T",
						"ScanDate": day, "ScanTime": hour, "ScanType": kind, "ScannedLocationCode": "CNP",
					}
				}
				for doc, kind, words, day, hour in scans
			]
		}  # fmt: skip
		self.assertEqual(self.by_webhook(notice), 200)
		for doc in (first, second):
			doc.reload()
		self.assertEqual([first.tracking_status, second.tracking_status], ["Delivered", "In Progress"])
		self.assertEqual(first.tracking_status_info, "SHIPMENT DELIVERED, CNP, 2026-12-02 0915")
		self.assert_all_done()

	def test_a_wrong_key_is_refused(self):
		self.connect()
		doc = self.shipped()
		self.assertEqual(self.by_webhook(self.fake.reach(doc.awb_number, DELIVERED), key="guessed"), 401)
		doc.reload()
		self.assertEqual(doc.tracking_status, "In Progress")
