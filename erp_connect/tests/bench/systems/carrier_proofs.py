"""What every carrier of the table has to show, in words of no vendor: run by the suite of each, see `carrier_case`."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import offers, parcels
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.carrier_case import CarrierCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.troubles import Trouble


class TwoAccountsProofs(CarrierCase):
	# The flows that act on a Shipment, and whether the carrier takes those from a customer to the company.
	acting: tuple[str, ...] = ("Shipments", "Pickups", "Rates", "Tracking")
	takes_back = True

	@proves("Two accounts never mixed")
	def test_two_accounts_ship_each_its_own(self):
		other = type(self.fake)()
		self.addCleanup(other.stop)
		sides = {"One": (self.company, self.fake), "Two": (other_company(), other)}
		for name, (company, fake) in sides.items():
			self.connect(*self.acting, name=name, fake=fake, company=company)
		for company, fake in sides.values():
			# Those of before are not under way any more.
			frappe.db.set_value("Shipment", {"docstatus": 1}, "tracking_status", "Lost")
			for _company, one in sides.values():
				one.calls.clear()
			for doc in self.of_company(company):
				self.ship_by_all(doc, list(sides))
				self.assertEqual((doc.status, bool(doc.awb_number)), ("Booked", True), self.history())
			(others,) = (one for _company, one in sides.values() if one is not fake)
			self.assertTrue(fake.calls)
			self.assertEqual(others.calls, [])

	def test_an_account_without_a_company_ships_those_of_all(self):
		self.connect(*self.acting, name="One")
		frappe.get_doc("Integration Settings", "One").update({"company": None}).save()
		self.commit()
		for company in (self.company, other_company()):
			for doc in self.of_company(company):
				self.ship_by_all(doc, ["One"])
				self.assertEqual(doc.status, "Booked", self.history())

	def of_company(self, company: str) -> list[Any]:
		"""Drafts of Shipments from a company and, where they are taken, to it: these keep what stood in the other field."""
		docs = [self.shipment(submit=False, pickup_company=company)]
		if self.takes_back:
			another = other_company() if company == self.company else self.company
			values = {**self.backwards(), "delivery_company": company, "pickup_company": another}
			docs.append(self.shipment(submit=False, **values))
		return docs

	def ship_by_all(self, doc: Any, accounts: list[str]) -> None:
		"""Ask for rates, submit and send, and ask for what became of it: by all accounts, if they want."""
		if "Rates" in self.acting:
			for account in accounts:
				offers.ask(self.flow("Rates", account), doc.name)
		doc.reload()
		doc.submit()
		self.commit()
		for self.account in accounts:
			self.send_all()
		for self.account in accounts:
			self.pull("Tracking")
		doc.reload()


class CredentialsProofs(CarrierCase):
	# What the account has of the entries.
	entered: dict[str, str] = {}
	# What the fake has in the place of the credentials that were entered, once they are wrong, and what is told then.
	locked_out: tuple[str, Any]
	locked_out_told = "credentials"

	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		self.connect_all()
		doc = frappe.get_doc("Integration Settings", self.account)
		self.assertEqual({name: doc.get(name) for name in self.entered}, self.entered)

	@proves("Wrong credentials told")
	def test_a_wrong_secret_is_told(self):
		self.connect()
		setattr(self.fake, *self.locked_out)
		self.shipment()
		self.send_all(1)
		self.assert_paused(self.locked_out_told)


class AccountProofs(TwoAccountsProofs):
	def times_logged_in(self) -> int:
		"""How often the fake gave a token."""
		raise NotImplementedError

	@proves("Token expired")
	def test_a_token_that_expired_is_fetched_anew(self):
		self.connect()
		self.shipped()
		self.fake.tokens.clear()
		self.shipped()
		self.assertEqual(self.times_logged_in(), 2)


class PickupProofs(CarrierCase):
	# Shipments that the carrier has when the document is cancelled: one, where it takes none back.
	left_when_cancelled = 0

	def assert_pickup(self, pickup: dict[str, Any]) -> None:
		"""What the carrier was told of a pickup, in its own words."""
		raise NotImplementedError

	@proves("Pickup ordered")
	def test_a_pickup_is_ordered_and_taken_back(self):
		self.connect("Shipments", "Pickups")
		doc = self.shipped()
		self.assertEqual(len(self.fake.pickups), 1, self.history())
		(pickup,) = self.fake.pickups.values()
		self.assert_pickup(pickup)
		doc.cancel()
		self.commit()
		self.send_all()
		left = (self.fake.pickups, len(self.fake.made()))
		self.assertEqual(left, ({}, self.left_when_cancelled), self.history())
		self.assert_all_done()


class AddressProofs(CarrierCase):
	# What an address lacks that the carrier knows, and one that it does not.
	lacking: dict[str, str] = {}
	unknown: dict[str, str] = {}
	# What the carrier says of the first one, and what stands in it then.
	told = ""
	known: dict[str, str] = {}

	@proves("Address check")
	def test_an_address_is_checked_and_what_is_chosen_stands_in_it(self):
		self.connect("Shipments", "Address check")
		flow = self.flow("Address check")
		name = self.address(
			"Customer", make.customer().name, self.phones[1], **{**self.places[1], **self.lacking}
		)
		asked = offers.ask(flow, name)
		self.assertEqual([one["title"] for one in asked["offers"]], [self.told], asked.get("reason"))
		offers.choose(flow, name, asked["token"], 0)
		doc = frappe.get_doc("Address", name)
		self.assertEqual({field: doc.get(field) for field in self.known}, self.known)
		doc.update(self.unknown).save()
		self.assertEqual(offers.ask(flow, name)["offers"], [])


class BusyProofs(CarrierCase):
	# What the carrier answers at first: that it is too busy, and that it is broken.
	troubles: tuple[Trouble, ...] = ()

	@proves("Throttled", "Error 500 survived")
	def test_a_busy_or_broken_server_is_asked_again_where_it_was(self):
		self.connect()
		self.fake.troubles.extend(self.troubles)
		doc = self.shipment()
		for _ in range(3):
			self.send_all()
			self.later()
		doc.reload()
		self.assertEqual((doc.status, len(self.fake.made())), ("Booked", 1), self.history())


class ShipmentProofs(BusyProofs):
	@proves("Cancelled")
	def test_a_cancelled_shipment_is_cancelled_there(self):
		self.connect()
		doc = self.shipped()
		doc.cancel()
		self.commit()
		self.send_all()
		self.assertEqual(self.fake.made(), [], self.history())
		self.assert_all_done()


class KilledProofs(CarrierCase):
	# Which settlement is that of the creation, in words of `worker`, and whether a label is told once more after a lost answer.
	creation_settled = "before"
	label_again = True

	@proves("Killed between creation and label")
	def test_a_worker_that_dies_after_the_creation_makes_no_second_shipment(self):
		services.flush()
		self.connect()
		doc = self.shipment()
		victim = services.Worker(
			die="erp_connect.outbound.settle:deliveries", when=self.creation_settled
		).start()
		self.addCleanup(victim.kill)
		self.wait_for(lambda: not victim.running, 30, "the worker did not die")
		self.assertEqual(len(self.fake.shipments), 1)
		for _ in range(3):
			self.later()
			self.send_all()
		self.assert_one(doc, self.fake.labels if self.label_again else {})

	def assert_one(self, doc: Any, labels: dict[str, bytes]) -> None:
		"""The Shipment is one there, and has its number and these labels."""
		doc.reload()
		((number, _),) = self.fake.shipments.items()
		self.assertEqual((doc.status, doc.awb_number), ("Booked", number), self.history())
		self.assertEqual(set(self.files_of(doc).values()), set(labels.values()))


class NothingTwiceProofs(KilledProofs):
	"""Of a carrier that is asked for the parcels of a Shipment before one is made."""

	creation_settled = "second"
	# Where parcels are made, and of how many one Shipment is.
	creation = ""
	parcels = 1

	@proves("Answer lost after the work was done")
	def test_a_lost_answer_makes_no_second_shipment(self):
		self.connect()
		self.fake.troubles.append(Trouble("POST", self.creation, lose_answer=True))
		doc = self.shipment(parcels=self.parcels)
		for _ in range(3):
			self.send_all()
			self.later()
		self.assert_one(doc, self.fake.labels if self.label_again else {})


class TrackingProofs(CarrierCase):
	# States in which the fake lets a parcel arrive, and come back.
	delivered = returned = None
	# Where the parcel arrives, if the carrier is to say so, and what is said of it then.
	place: tuple[str, ...] = ()
	told = ""

	@proves("Delivered by polling")
	def test_parcels_under_way_are_asked_for_until_they_are_there(self):
		self.connect()
		first, second, third = (self.shipped() for _ in range(3))
		self.fake.reach(first.awb_number, self.delivered, *self.place)
		self.fake.reach(second.awb_number, self.returned)
		self.pull("Tracking")
		for doc in (first, second, third):
			doc.reload()
		found = [doc.tracking_status for doc in (first, second, third)]
		self.assertEqual(found, ["Delivered", "Returned", "In Progress"], self.history())
		self.assertEqual(first.status, "Completed")
		self.assertIn(self.told, first.tracking_status_info or "")
		self.fake.calls.clear()
		self.pull("Tracking")
		self.assertEqual(self.numbers_asked_for(), [third.awb_number])
		self.assert_all_done()

	def test_a_delivery_note_becomes_a_delivered_parcel(self):
		self.connect()
		doc = self.shipped_from_note()
		(note,) = {row.delivery_note for row in doc.shipment_delivery_note}
		said = frappe.db.get_value("Delivery Note", note, ["lr_no", "transporter_name", "docstatus"])
		self.assertEqual(said, (doc.awb_number, doc.carrier, 1), self.history())
		self.assertTrue(doc.awb_number and doc.awb_number in doc.tracking_url)
		labels = list(self.files_of(doc).values())
		self.assertTrue(labels)
		self.assertLessEqual(set(labels), set(self.fake.labels.values()))
		self.fake.reach(doc.awb_number, self.delivered)
		self.pull("Tracking")
		doc.reload()
		self.assertEqual((doc.tracking_status, doc.status), ("Delivered", "Completed"), self.history())
		(shown,) = parcels.of_note(note)
		self.assertEqual(
			(shown["shipment"], shown["tracking_number"], shown["tracking_status"]),
			(doc.name, doc.awb_number, "Delivered"),
		)
		self.assertEqual({label["file_name"] for label in shown["labels"]}, set(self.files_of(doc)))
		self.assert_all_done()

	def numbers_asked_for(self) -> list[str]:
		"""The parcels that the fake was asked about since its `calls` were cleared."""
		raise NotImplementedError
