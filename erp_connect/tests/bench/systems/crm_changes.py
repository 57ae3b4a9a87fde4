"""What is changed at a CRM after both sides were equal, and must not be taken back by the next change here."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench.systems.crm_case import COMPANY, DEAL, LEAD, PERSON, CrmCase


class ChangesOutside(CrmCase):
	def test_a_deal_that_is_opened_again_is_open_on_both_sides(self):
		self.connect_for(COMPANY, DEAL)
		doc = self.opportunity(self.customer().name)
		self.send_all()
		id_ = self.id_of(doc, DEAL)
		for stage, status in (("won", "Converted"), ("qualified", "Open"), ("lost", "Lost"), ("new", "Open")):
			self.alter(DEAL, id_, stage=stage)
			self.pull_of(DEAL)
			doc.reload()
			self.assertEqual(doc.status, status, self.history())
			doc.opportunity_amount += 5
			doc.save()
			self.send_all()
			self.assertEqual(self.said(DEAL, id_)["stage"], stage)

	def test_what_erpnext_makes_of_an_opportunity_is_told_and_stays(self):
		"""As where an order is made of it, or taken back: the status is set without a save."""
		self.connect_for(COMPANY, DEAL)
		doc = self.opportunity(self.customer().name)
		self.send_all()
		id_ = self.id_of(doc, DEAL)
		for status, stage in (("Converted", "won"), ("Open", "qualified"), ("Lost", "lost")):
			doc.reload()
			doc.db_set("status", status)
			self.send_all()
			self.assertEqual(self.said(DEAL, id_)["stage"], stage, self.history())
			for _ in range(2):
				doc.reload()
				doc.opportunity_amount += 5
				doc.save()
				self.send_all()
				said = self.said(DEAL, id_)
				self.assertEqual((said["stage"], float(said["amount"])), (stage, doc.opportunity_amount))

	def test_another_status_of_an_open_deal_stays(self):
		self.connect_for(COMPANY, DEAL)
		doc = self.opportunity(self.customer().name)
		doc.db_set("status", "Quotation")
		self.send_all()
		self.pull_of(DEAL)
		self.alter(DEAL, self.id_of(doc, DEAL), amount="5")
		self.pull_of(DEAL)
		doc.reload()
		self.assertEqual((doc.status, doc.opportunity_amount), ("Quotation", 5), self.history())

	def test_who_opted_out_here_before_he_was_sent_stays_so(self):
		self.connect_for(COMPANY, PERSON)
		doc = self.contact(self.customer().name, unsubscribed=1)
		self.send_all()
		self.pull_of(PERSON)
		self.alter(PERSON, self.id_of(doc, PERSON), title="Boss")
		self.pull_of(PERSON)
		doc.reload()
		self.assertEqual((doc.unsubscribed, doc.designation), (1, "Boss"), self.history())

	def test_a_name_that_was_sent_in_place_of_an_empty_one_does_not_come_in(self):
		self.connect_for(COMPANY, PERSON, LEAD)
		docs = (
			(PERSON, self.contact(self.customer().name, last_name="")),
			(LEAD, self.lead(last_name="", company_name="")),
		)
		self.send_all()
		for kind, doc in docs:
			self.pull_of(kind)
			self.alter(kind, self.id_of(doc, kind), mobile="+1 555 0142")
			self.pull_of(kind)
			doc.reload()
			self.assertEqual((doc.last_name or "", doc.mobile_no), ("", "+1 555 0142"), self.history())
		self.assertFalse(doc.company_name)


class ChangesBeside(CrmCase):
	def test_an_address_that_is_edited_reaches_the_company(self):
		self.connect_for(COMPANY)
		customer, other = self.customer(), self.customer()
		addresses = [self.address(doc, "Bonn") for doc in (customer, customer)]
		customer.reload().update({"customer_primary_address": addresses[0].name}).save()
		self.send_all()
		there = lambda doc: str(self.fields_there(COMPANY, self.id_of(doc, COMPANY)))  # noqa: E731
		self.assertIn("Bonn", there(customer), self.history())
		for address, city in zip(addresses, ("Ulm", "Jena"), strict=True):
			address.reload().update({"city": city}).save()
		self.send_all()
		self.assertIn("Ulm", there(customer), self.history())
		self.assertNotIn("Jena", there(customer), "not the primary one")
		self.assertNotIn("Ulm", there(other))
		self.assert_all_done()

	@staticmethod
	def address(customer: Any, city: str) -> Any:
		return frappe.get_doc(
			{
				"doctype": "Address", "address_title": customer.name, "address_type": "Billing", "address_line1": "Way 1",
				"city": city, "country": "Germany", "links": [{"link_doctype": "Customer", "link_name": customer.name}],
			}
		).insert()  # fmt: skip


class MovesOutside(CrmCase):
	def test_a_deal_and_a_contact_that_go_to_another_account_stay_there(self):
		self.connect_for(COMPANY, PERSON, DEAL)
		first, other = self.customer(), self.customer()
		person, deal = self.contact(first.name), self.opportunity(first.name)
		self.send_all()
		for kind, doc, field in ((PERSON, person, "designation"), (DEAL, deal, "title")):
			self.pull_of(kind)
			self.alter(kind, self.id_of(doc, kind), company=self.id_of(other, COMPANY))
			self.pull_of(kind)
			doc.reload()
			doc.set(field, "Another")
			doc.save()
			self.send_all()
			self.assertEqual(self.said(kind, self.id_of(doc, kind))["company"], self.id_of(other, COMPANY))
		person.reload()
		self.assertEqual(deal.party_name, other.name)
		self.assertIn(other.name, [row.link_name for row in person.links])

	def test_without_an_account_a_deal_keeps_its_customer(self):
		self.connect_for(COMPANY, DEAL)
		customer = self.customer()
		doc = self.opportunity(customer.name)
		self.send_all()
		id_ = self.id_of(doc, DEAL)
		self.pull_of(DEAL)
		account = next(
			name
			for name in ("Account_Name", "AccountId")
			if name in self.fake.records[self.tables[DEAL]][id_]
		)
		self.fake.change(self.tables[DEAL], id_, **{account: None})
		self.alter(DEAL, id_, amount="44")
		self.pull_of(DEAL)
		doc.reload()
		self.assertEqual((doc.party_name, doc.opportunity_amount), (customer.name, 44), self.history())
