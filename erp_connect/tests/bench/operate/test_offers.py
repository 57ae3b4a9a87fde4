"""Offers for a document: what is asked and kept, and who may choose."""

from __future__ import annotations

import frappe

from erp_connect.api import offers
from erp_connect.operate import offers as offering
from erp_connect.outbound import backfill
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply

FOUND = {
	"rates": [
		{"name": "Air", "total": "88.5", "code": "AIR"},
		{"name": "Ground", "total": 12.4, "code": "GRD"},
	]
}
EXPRESSION = "rates[].{title: name, price: total, currency: 'EUR', service: code}"


class TestOffers(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.flow = self.asking()
		self.doc = make.brand("none yet")
		self.receiver.script("/rates", Reply(200, FOUND))
		self.commit()

	def asking(self, **values):
		return make.flow(
			"Brand",
			values.pop("requests", [make.request("Offers", "POST", "/rates", operation="Send")]),
			[make.row("name", "goods")],
			**{
				"offers_expression": EXPRESSION,
				"write_back": [{"fieldname": "description", "value": "_offer.service"}],
				**values,
			},
		)

	def test_the_cheapest_stands_first_and_what_is_chosen_is_written(self):
		asked = offers.ask(self.flow.name, self.doc.name)
		self.assertEqual(
			[(one["title"], one["price"]) for one in asked["offers"]], [("Ground", 12.4), ("Air", 88.5)]
		)
		offers.choose(self.flow.name, self.doc.name, asked["token"], 0)
		self.assertEqual(frappe.db.get_value("Brand", self.doc.name, "description"), "GRD")

	def test_changes_of_documents_ask_for_nothing(self):
		self.doc.description = "changed"
		self.doc.save()
		self.deliver()
		self.assertEqual((self.events(), self.arrived()), ([], []))

	def test_documents_that_are_there_ask_for_nothing(self):
		backfill.run(backfill.start(self.flow, "[]", only_unlinked=False))
		self.deliver()
		self.assertEqual(self.arrived(), [])

	def test_what_one_was_offered_nobody_else_chooses(self):
		asked = offers.ask(self.flow.name, self.doc.name)
		frappe.set_user(make.user("another@example.com", ("Integration User", *make.ROLES)))
		self.addCleanup(frappe.set_user, "Administrator")
		with self.assertRaisesRegex(frappe.ValidationError, "not at hand"):
			offers.choose(self.flow.name, self.doc.name, asked["token"], 0)

	def test_what_was_offered_for_one_document_is_not_written_into_another(self):
		asked, other = offers.ask(self.flow.name, self.doc.name), make.brand("other")
		with self.assertRaisesRegex(frappe.ValidationError, "not at hand"):
			offers.choose(self.flow.name, other.name, asked["token"], 0)

	def test_a_number_that_was_not_offered_is_refused(self):
		asked = offers.ask(self.flow.name, self.doc.name)
		for number in (-1, 2):
			with self.assertRaisesRegex(frappe.ValidationError, "not at hand"):
				offers.choose(self.flow.name, self.doc.name, asked["token"], number)

	def test_who_may_not_write_the_document_is_refused(self):
		frappe.set_user(make.user("looks-only@example.com", ("Integration User", "Accounts User")))
		self.addCleanup(frappe.set_user, "Administrator")
		if frappe.has_permission("Brand", "write"):
			self.skipTest("this role may write brands here")
		with self.assertRaises(frappe.PermissionError):
			offers.ask(self.flow.name, self.doc.name)
		self.assertEqual(self.arrived(), [])

	def test_an_account_that_is_paused_is_not_asked(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "paused", 1)
		self.commit()
		self.assertIn("paused", offers.ask(self.flow.name, self.doc.name)["reason"])
		self.assertEqual(self.arrived(), [])

	def test_a_document_that_only_one_flow_takes_is_told(self):
		self.flow.condition = "name == 'another'"
		self.flow.save()
		self.assertIn("Only if", offers.ask(self.flow.name, self.doc.name)["reason"])

	def test_an_answer_without_offers_offers_nothing(self):
		self.receiver.script("/rates", Reply(200, {"rates": []}), Reply(200, {"rates": [{"total": 1}]}))
		self.assertEqual(offers.ask(self.flow.name, self.doc.name)["offers"], [])
		self.assertIn("title", offers.ask(self.flow.name, self.doc.name)["reason"])

	def test_flows_of_accounts_that_the_user_may_not_read_are_not_listed(self):
		self.assertEqual([row["name"] for row in offers.flows("Brand")], [self.flow.name])
		self.assertEqual(offering.flows_of("Customer"), [])

	def test_what_cannot_work_is_told_when_it_is_saved(self):
		for words, values in (
			("needs a row of Requests", {"requests": make.rest("/x")}),
			(
				"flow of its own",
				{"requests": [make.request("Offers", "POST", "/r", operation="Send"), *make.rest("/x")]},
			),
			("Written back what", {"write_back": []}),
		):
			with self.subTest(words), self.assertRaisesRegex(frappe.ValidationError, words):
				self.asking(mapping_name=make.unique("Other"), **values)
			frappe.db.rollback()
