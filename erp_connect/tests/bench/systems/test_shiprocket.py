"""Shiprocket connected: from a Delivery Note to a delivered parcel."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

import frappe

from erp_connect.calls import file_downloads
from erp_connect.core.guard.egress import Policy
from erp_connect.operate import replay
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.systems import carrier_proofs
from erp_connect.tests.bench.systems.shiprocket_case import ShiprocketCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.shiprocket import CANCELLED, DELIVERED, RETURNED, TRANSIT, Shiprocket
from erp_connect.tests.fakes.troubles import Trouble

WAY = [
	"orders", "orders/create/adhoc", "courier/serviceability", "courier/assign/awb", "courier/generate/pickup",
	"courier/generate/label",
]  # fmt: skip
CREATE, ASSIGN = "/v1/external/orders/create/adhoc", "/v1/external/courier/assign/awb"
BACK = "/v1/external/orders/create/return"


class TestAccount(ShiprocketCase, carrier_proofs.AccountProofs, carrier_proofs.CredentialsProofs):
	acting = ("Shipments", "Returns", "Rates", "Tracking")
	entered = {"auth_type": "Session Token", "username": "api@alder.example.com"}
	locked_out, locked_out_told = ("password", "another"), "Invalid email and password"

	def times_logged_in(self) -> int:
		return self.fake.logins


class TestShipments(ShiprocketCase, carrier_proofs.ShipmentProofs):
	troubles = (
		Trouble("POST", ASSIGN, status=429, headers={"Retry-After": "30"}),
		Trouble("POST", "/v1/external/courier/generate/label", status=500),
	)

	def asked(self) -> list[str]:
		return [path for _method, path, _query, _body in self.fake.calls]

	@proves("Shipment out", "Label as a file", "Number and carrier written back", "Pickup ordered")
	def test_a_submitted_shipment_is_booked_with_its_label(self):
		self.connect()
		doc = self.shipped()
		self.assertEqual(self.asked(), WAY, self.history())
		(order,) = self.fake.made()
		said = order["said"]
		self.assertEqual((said["order_id"], said["pickup_location"]), (doc.name, "Primary"))
		self.assertEqual((said["billing_city"], said["billing_pincode"]), ("New Delhi", "110001"))
		self.assertEqual((said["length"], said["breadth"], said["height"], said["weight"]), (30, 20, 10, 2.5))
		self.assertEqual([(item["units"], item["selling_price"]) for item in said["order_items"]], [(2, 40)])
		self.assertEqual(said["sub_total"], doc.value_of_goods)
		self.assertEqual(
			(
				doc.service_provider,
				doc.carrier,
				doc.carrier_service,
				doc.shipment_amount,
				doc.tracking_status,
			),
			("Shiprocket", "Amazon Surface", "Amazon Surface", 68.5, "In Progress"),
		)
		self.assertEqual((doc.awb_number, doc.shipment_id), (order["awb"], str(order["shipment"])))
		self.assertEqual(doc.tracking_url, f"https://shiprocket.co/tracking/{order['awb']}")
		self.assertEqual(
			self.files_of(doc), {f"label-{doc.name}.pdf": self.fake.labels[f"{order['awb']}.pdf"]}
		)
		self.assertEqual(order["pickup"], 1)
		self.assert_all_done()

	def test_prices_are_in_the_currency_of_the_company(self):
		self.connect()
		note = self.delivery_note(make.customer().name, currency="EUR", conversion_rate=80)
		rows = [{"delivery_note": note.name, "grand_total": note.base_grand_total}]
		self.shipment(shipment_delivery_note=rows)
		self.send_all()
		(order,) = self.fake.made()
		said = order["said"]
		self.assertEqual(
			[(item["units"], item["selling_price"]) for item in said["order_items"]], [(2, 3200)]
		)
		self.assertEqual(said["sub_total"], 6400)

	@proves("Return label")
	def test_a_parcel_from_the_customer_gets_a_return_label_and_is_cancelled(self):
		self.connect("Shipments", "Returns")
		self.fake.troubles += [Trouble("POST", path, lose_answer=True) for path in (BACK, ASSIGN)]
		doc = self.shipment(**self.backwards())
		for _ in range(3):
			self.send_all()
			self.later()
		doc.reload()
		(order,) = self.fake.made()
		self.assertEqual((doc.status, doc.awb_number), ("Booked", order["awb"]), self.history())
		said = order["said"]
		self.assertEqual((order["back"], said["order_id"], order["pickup"]), (True, doc.name, 1))
		towns = [said[f"{place}_city"] for place in ("pickup", "shipping")]
		self.assertEqual(towns, [self.places[1]["city"], self.places[0]["city"]])
		self.assertFalse([key for key in said if key.startswith("billing_") or key == "pickup_location"])
		self.assertEqual(list(self.files_of(doc).values()), list(self.fake.labels.values()))
		doc.cancel()
		self.commit()
		self.send_all()
		self.assertEqual(self.fake.made(), [], self.history())
		self.assert_all_done()

	def test_a_label_on_another_server_is_fetched_without_our_token(self):
		other = Shiprocket()
		self.addCleanup(other.stop)
		self.fake.label_host, other.labels = other.url, self.fake.labels
		self.connect()
		with patch.object(file_downloads, "elsewhere", lambda: Policy.of(["127.0.0.0/8"])):
			doc = self.shipped()
		self.assertEqual(len(self.files_of(doc)), 1)
		self.assertNotIn("Authorization", other.fetched[0])
		self.assertEqual(self.fake.fetched, [])

	@proves("Rates to choose from")
	def test_a_rate_is_chosen_and_its_courier_takes_the_parcel(self):
		self.connect("Shipments", "Rates")
		doc = self.assert_chosen(1, ("Delhivery Air", 112))
		self.assertEqual((doc.carrier, self.fake.made()[0]["courier"]), ("Delhivery Air", 10))

	def test_the_courier_that_was_chosen_takes_it(self):
		self.connect()
		doc = self.shipped(carrier_service="Delhivery Air")
		self.assertEqual((doc.carrier, doc.shipment_amount), ("Delhivery Air", 112))
		self.assertEqual(self.fake.made()[0]["courier"], 10)

	def test_a_courier_that_does_not_serve_the_way_is_told_and_no_other_taken(self):
		self.connect()
		self.shipment(carrier_service="Nobody")
		self.send_all()
		event = self.going_out()
		self.assertEqual((event.status, event.outcome), ("Failed", "no_body"), self.history())
		self.assertEqual(self.fake.made()[0]["awb"], "")

	def test_a_shipment_of_another_carrier_stays_here(self):
		self.connect(entries={"every_shipment": "no"})
		self.shipment()
		self.shipment(service_provider="Another")
		self.send_all()
		self.assertEqual(self.fake.calls, [])

	@proves("Refused in an answer of success")
	def test_an_empty_wallet_is_told_and_retry_goes_on_with_the_number(self):
		self.connect()
		self.fake.balance = 0
		doc = self.shipment()
		self.send_all()
		event = self.going_out()
		self.assertIn("recharge your ShipRocket wallet", event.error)
		self.fake.balance = 500
		replay.retry([event.name])
		self.send_all()
		doc.reload()
		self.assertEqual((doc.status, len(self.fake.made())), ("Booked", 1), self.history())

	@proves("Answer lost after the work was done")
	def test_lost_answers_make_no_second_parcel(self):
		self.connect()
		for path in (CREATE, ASSIGN, "/v1/external/courier/generate/pickup"):
			self.fake.troubles.append(Trouble("POST", path, lose_answer=True))
		doc = self.shipment()
		for _ in range(4):
			self.send_all()
			self.later()
		doc.reload()
		(order,) = self.fake.made()
		self.assertEqual((doc.status, doc.awb_number), ("Booked", order["awb"]), self.history())
		self.assertEqual((doc.carrier, order["pickup"], self.fake.balance), ("Amazon Surface", 1, 9931.5))
		self.assertEqual(len(self.files_of(doc)), 1)

	def test_one_that_is_cancelled_on_its_way_is_cancelled_there_and_leaves_nothing_to_do(self):
		self.connect()
		for path in (CREATE, ASSIGN, "/v1/external/courier/generate/label"):
			self.fake.troubles.append(Trouble("POST", path, lose_answer=True))
			doc = self.shipment()
			self.send_all()
			doc.cancel()
			self.commit()
			for _ in range(3):
				self.later()
				self.send_all()
			self.assertEqual(self.fake.made(), [], self.history())
			doc.reload()
			self.assertEqual((doc.status, doc.awb_number), ("Cancelled", None))
		self.assert_all_done()

	@proves("Killed between creation and label")
	def test_a_worker_that_dies_after_the_creation_makes_no_second_shipment(self):
		services.flush()
		self.connect()
		doc = self.shipment()
		victim = services.Worker(die="erp_connect.calls.exchange:Connection._attempt", when="third").start()
		self.addCleanup(victim.kill)
		self.wait_for(lambda: not victim.running, 30, "the worker did not die")
		self.assertEqual((len(self.fake.made()), self.fake.labels), (1, {}))
		for _ in range(3):
			self.later()
			self.send_all()
		doc.reload()
		self.assertEqual((doc.status, len(self.fake.orders)), ("Booked", 1), self.history())
		self.assertEqual(len(self.files_of(doc)), 1)


class TestAddresses(ShiprocketCase, carrier_proofs.AddressProofs):
	lacking = {"city": "Dehli", "state": ""}
	unknown = {"pincode": "999999"}
	told = "110001 New Delhi, Delhi"
	known = {"city": "New Delhi", "state": "Delhi", "pincode": "110001"}


class TestTracking(ShiprocketCase, carrier_proofs.TrackingProofs):
	delivered, returned = DELIVERED, RETURNED

	@proves("Delivered by webhook", "Webhook twice, one effect")
	def test_a_parcel_on_its_way_is_delivered(self):
		self.connect()
		doc = self.shipped()
		event = self.fake.reach(doc.awb_number, TRANSIT)
		for _ in range(2):
			self.assertEqual(self.by_webhook(event), 200)
		doc.reload()
		self.assertEqual((doc.tracking_status, doc.status), ("In Progress", "Booked"))
		self.assertIn("IN TRANSIT, Jaipur_Hub", doc.tracking_status_info)
		self.by_webhook(self.fake.reach(doc.awb_number, DELIVERED, "New Delhi"))
		doc.reload()
		self.assertEqual((doc.tracking_status, doc.status), ("Delivered", "Completed"), self.history())
		self.assertEqual(len(self.events(direction="Incoming")), 2)
		self.assert_all_done()

	def test_the_customer_is_told_each_status_once_by_the_notification_of_the_page(self):
		text = (Path(__file__).parents[4] / "docs" / "parcel-messages.md").read_text(encoding="utf-8")
		values = json.loads(text.partition("```json notification\n")[2].partition("```")[0])
		made = frappe.get_doc({"doctype": "Notification", **values}).insert()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "Notification", made.name)
		self.connect()
		doc = self.shipped()
		frappe.db.set_value("Shipment", doc.name, "delivery_contact_email", "ida@example.com")
		frappe.db.set_value("Shipment", doc.name, "tracking_status", "")
		transit = self.fake.reach(doc.awb_number, TRANSIT)
		delivered = self.fake.reach(doc.awb_number, DELIVERED, "New Delhi")
		with patch.object(frappe, "sendmail") as mails:
			for event in (
				transit,
				transit,
				{**transit, "current_timestamp": "23 05 2023 12:00:00"},
				delivered,
				delivered,
			):
				self.assertEqual(self.by_webhook(event), 200)
		told = [(call.kwargs["recipients"], call.kwargs["subject"]) for call in mails.call_args_list]
		to, start = ["ida@example.com"], f"Your parcel {doc.awb_number}: "
		self.assertEqual(told, [(to, f"{start}In Progress"), (to, f"{start}Delivered")], self.history())
		self.assertIn('<a href="', mails.call_args.kwargs["message"])
		self.assert_all_done()

	def test_a_wrong_token_is_refused(self):
		self.connect()
		doc = self.shipped()
		self.assertEqual(self.by_webhook(self.fake.reach(doc.awb_number, DELIVERED), token="guessed"), 401)
		doc.reload()
		self.assertEqual(doc.tracking_status, "In Progress")

	def test_what_is_no_parcel_of_ours_has_no_effect(self):
		self.connect()
		doc = self.shipped()
		event = {**self.fake.reach(doc.awb_number, DELIVERED), "awb": "999"}
		self.assertEqual(self.by_webhook(event), 200)
		self.assert_all_done()

	def numbers_asked_for(self) -> list[str]:
		way = "courier/track/awb/"
		paths = [path for _, path, *_ in self.fake.calls]
		self.assertTrue(all(path.startswith(way) for path in paths), paths)
		return [path.removeprefix(way) for path in paths]

	def test_what_was_cancelled_says_nothing_of_delivery(self):
		self.connect()
		doc = self.shipped()
		event = self.fake.reach(doc.awb_number, CANCELLED)
		doc.cancel()
		self.commit()
		self.send_all()
		self.assertEqual(self.by_webhook(event), 200)
		self.assert_all_done()
