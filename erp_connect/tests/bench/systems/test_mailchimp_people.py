"""Mailchimp connected: people who are here already, and several of one address."""

from __future__ import annotations

import frappe

from erp_connect.tests.bench.systems.mailchimp_case import MailchimpCase


class TestKnownPeople(MailchimpCase):
	def test_a_new_member_who_is_a_contact_a_customer_or_a_lead_is_not_made_a_second_person(self):
		second = {
			"email_ids": [{"email_id": self.mail("main"), "is_primary": 1}, {"email_id": self.mail("2nd")}]
		}
		names = [self.contact(**values).name for values in ({"email": self.mail("c").title()}, second)]
		customer, lead = self.customer(email_id=self.mail("shop")), self.lead()
		self.connect("Leads", "New members")
		there = {who: self.fake.join(self.mail(who), FNAME=who) for who in ("c", "2nd", "shop", "lea", "new")}
		for _ in range(2):
			self.assertEqual(self.pull("New members").status, "Idle", self.history())
		made = frappe.get_all("Lead", {"email_id": ("in", list(map(self.mail, there)))}, pluck="email_id")
		self.assertEqual(sorted(made), sorted([lead.email_id, self.mail("new")]), self.history())
		self.assertEqual(self.linked("lead", there["lea"]).name, lead.name)
		told = {row.external_id: row.error or "" for row in self.events(direction="Incoming")}
		contact = frappe.db.get_value("Contact Email", {"email_id": customer.email_id}, "parent")
		for who, name in zip(("c", "2nd", "shop"), (*names, contact), strict=True):
			self.assertIn(f"Contact {name} has {self.mail(who)} already", told[there[who]])
		self.assertEqual([told[there[who]] for who in ("lea", "new")], ["", ""])
		self.assertEqual(self.compared("New members")[0], 0, "what is left out is not missing")
		self.assert_all_done(direction="Incoming")

	def test_a_new_member_who_is_a_contact_is_left_out_by_webhook_too(self):
		name = self.contact().name
		self.connect("Leads", "New members")
		self.register()
		self.fake.join(self.mail())
		self.work()
		self.assertFalse(frappe.db.exists("Lead", {"email_id": self.mail()}), self.history())
		told = [row.error or "" for row in self.events(direction="Incoming")]
		self.assertIn(f"Contact {name} has {self.mail()} already", "".join(told))
