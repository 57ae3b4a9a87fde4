"""Offers by the API: asked for, and one of them taken, with the rights of the caller."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase
from erp_connect.tests.fakes.fault_server import Reply

AIR, GROUND = (
	{"name": "Air", "total": "88.5", "code": "AIR"},
	{"name": "Ground", "total": 12.4, "code": "GRD"},
)
CALLER, STRANGER = "warehouse-app@example.com", "shop-app@example.com"


class TestOffersByApi(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.user(CALLER, (*make.ROLES, "Integration User"))
		self.change(user=CALLER)
		for name, path in (("Carrier A", "/a"), ("Carrier B", "/b")):
			make.account(self.receiver.url(), name)
			make.flow(
				"Brand",
				[make.request("Offers", "POST", path, operation="Send")],
				[make.row("name", "goods")],
				mapping_name=f"{name} rates",
				integration=name,
				offers_expression="rates[].{title: name, price: total, currency: 'EUR', service: code}",
				write_back=[{"fieldname": "description", "value": "_offer.service"}],
			)
		self.doc = make.brand("none yet")
		self.receiver.script("/a", Reply(200, {"rates": [AIR]}))
		self.receiver.script("/b", Reply(200, {"rates": [GROUND]}))
		self.commit()
		self.draft = {"doctype": "Brand", "name": self.doc.name}

	def taken(self, offer: str, **more: str):
		return self.call("take_offer", {**self.draft, "offer": offer, **more})

	def description(self) -> str:
		frappe.db.rollback()
		return frappe.db.get_value("Brand", self.doc.name, "description")

	def test_the_cheapest_of_all_accounts_is_taken(self):
		answer = self.ok(self.call("offers", self.draft))
		first, second = answer["offers"]
		self.assertEqual((first["account"], first["title"], first["price"]), ("Carrier B", "Ground", 12.4))
		self.assertEqual((second["account"], second["currency"]), ("Carrier A", "EUR"))
		self.assertEqual(answer["refused"], [])
		taken = self.ok(self.taken(first["offer"]))
		self.assertEqual(self.description(), "GRD")
		self.assertEqual(taken["modified"], str(frappe.db.get_value("Brand", self.doc.name, "modified")))

	def test_one_account_is_asked_and_one_that_refuses_says_why(self):
		self.receiver.script("/a", Reply(400, {"error": "no parcels"}))
		answer = self.ok(self.call("offers", self.draft))
		self.assertEqual([one["account"] for one in answer["offers"]], ["Carrier B"])
		((account, reason),) = [(one["account"], one["reason"]) for one in answer["refused"]]
		self.assertIn("offers nothing", f"{account}: {reason}")
		only = self.ok(self.call("offers", {**self.draft, "account": "Carrier B"}, method="GET"))
		self.assertEqual((len(only["offers"]), only["refused"]), (1, []))
		self.refused(self.call("offers", {**self.draft, "account": "Nobody"}), 404, "no_offers")
		for key in ("doctype", "name"):
			self.refused(self.call("offers", {**self.draft, key: ""}), 422)
			self.refused(self.call("take_offer", {**self.draft, "offer": "x", key: ""}), 422)

	def test_what_was_not_offered_for_this_document_is_not_taken(self):
		offer = self.ok(self.call("offers", self.draft))["offers"][0]["offer"]
		other = make.brand("other")
		self.commit()
		for wrong in (f"{offer}9", "x.0", offer.replace(".", "")):
			self.refused(self.taken(wrong), 422, "no_offers")
		self.refused(self.taken(offer, name=other.name), 422, "no_offers")
		self.assertEqual(self.description(), "none yet")

	def test_a_user_who_may_not_read_the_account_asks_nobody(self):
		make.user(STRANGER, make.ROLES)
		self.change(user=STRANGER)
		self.refused(self.call("offers", self.draft), 404, "no_offers")
		self.assertEqual(self.arrived(), [])
