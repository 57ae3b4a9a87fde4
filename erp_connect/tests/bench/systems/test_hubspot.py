"""HubSpot connected: companies, contacts, leads and deals in both directions."""

from __future__ import annotations

import time

import frappe

from erp_connect.tests.bench.systems import crm_changes, crm_currencies, crm_proofs
from erp_connect.tests.bench.systems.crm_case import COMPANY, DEAL, LEAD, PERSON
from erp_connect.tests.bench.systems.hubspot_case import HubSpotCase
from erp_connect.tests.bench.systems.system import proves


class TestAccount(HubSpotCase, crm_proofs.AccountProofs):
	@proves("Wrong credentials told")
	def test_a_wrong_token_pauses_the_account_with_the_reason(self):
		self.connect_for(COMPANY)
		self.fake.tokens = {"another"}
		self.assertNotEqual(self.pull_of(COMPANY).status, "Idle")
		self.assert_paused("did not accept the credentials")

	@proves("Token expired")
	def test_a_token_that_expired_is_renewed(self):
		client, secret = self.fake.client
		how = {"entries": {"client_id": client, "client_secret": secret}, "auth": "person"}
		self.connect("Companies", **how)
		self.grant("/oauth/v1/token", secret, access="long-gone", refresh=self.fake.refresh_token)
		id_ = self.there(COMPANY, name=f"Oak {self.mark}")
		self.assertEqual(self.pull_of(COMPANY).status, "Idle", self.history())
		self.here(COMPANY, id_)

	def test_more_records_than_one_search_gives(self):
		self.connect_for(COMPANY)
		self.in_small_pages("Companies")
		self.fake.most_found = 4
		ids = [self.there(COMPANY, name=f"Oak {number} {self.mark}") for number in range(9)]
		self.assertEqual(self.pull_of(COMPANY).status, "Idle", self.history())
		for id_ in ids:
			self.here(COMPANY, id_)


class TestRecords(HubSpotCase, crm_proofs.KnownPeopleProofs, crm_proofs.RecordProofs):
	def test_a_number_that_is_both_the_telephone_and_the_mobile_one(self):
		self.connect_for(PERSON)
		doc = self.contact(
			phone_nos=[{"phone": "+1 555 0100", "is_primary_phone": 1, "is_primary_mobile_no": 1}]
		)
		self.send_all()
		self.alter(PERSON, self.id_of(doc, PERSON), phone="+1 555 0177")
		self.pull_of(PERSON)
		doc.reload()
		self.assertEqual((doc.phone, doc.mobile_no, len(doc.phone_nos)), ("+1 555 0177", "+1 555 0100", 2))

	def test_a_note_of_a_contact_alone_is_one_of_its_contact_or_lead(self):
		self.connect("Companies", "Contacts", "Leads", "Notes of contacts", "Notes of contacts in")
		lead, person = self.lead(), self.contact()
		self.send_all()
		ids = {doc.doctype: self.id_of(doc, LEAD if doc is lead else PERSON) for doc in (lead, person)}
		self.comment(person, "Ours")
		self.send_all()
		self.assertEqual(self.notes_of(ids["Contact"], "contacts"), ["Ours"], self.history())
		for doctype, id_ in ids.items():
			self.note_there(id_, f"Theirs, on a {doctype}", "contacts")
		for _ in range(2):
			self.assertEqual(self.pull_of("notes of contacts").status, "Idle", self.history())
			self.send_all()
		for doc, wanted in ((lead, ["Theirs, on a Lead"]), (person, ["Ours", "Theirs, on a Contact"])):
			about = {"reference_doctype": doc.doctype, "reference_name": doc.name, "comment_type": "Comment"}
			found = frappe.get_all("Comment", about, pluck="content", order_by="creation")
			self.assertEqual([frappe.utils.strip_html(text) for text in found], wanted, self.history())
		self.assertEqual(len(self.notes_of(ids["Contact"], "contacts")), 2, "nothing comes back")
		self.assert_all_done()

	def test_a_note_of_a_company_or_of_nobody_here_is_no_comment_on_a_contact(self):
		self.connect("Companies", "Contacts", "Leads", "Notes of contacts in")
		person = self.contact()
		self.send_all()
		id_ = self.id_of(person, PERSON)
		company = self.there(COMPANY, name=f"Oak {self.mark}")
		with self.fake.lock:
			self.fake.associate(
				"notes", self.note_there(id_, "Of the company", "contacts"), "companies", company
			)
		unknown = self.there(PERSON, email=f"unknown-{self.mark}@example.com")
		note = self.note_there(unknown, "Of somebody else", "contacts")
		self.pull_of("notes of contacts")
		(event,) = [row for row in self.events(direction="Incoming") if row.external_id == note]
		self.assertIn("Contact: contact / Lead: lead", event.error)
		about = {"reference_name": person.name, "comment_type": "Comment"}
		self.assertEqual(frappe.get_all("Comment", about), [], self.history())

	def test_an_opportunity_of_a_lead_becomes_a_deal_of_its_contact_and_is_won_there(self):
		self.connect("Companies", "Leads", "Deals", "Deals of leads")
		lead = self.lead()
		doc = self.opportunity(lead.name, opportunity_from="Lead")
		self.send_all()
		id_ = self.id_of(doc, DEAL)
		self.assertEqual(set(self.fake.links[("deals", id_, "contacts")]), {self.id_of(lead, LEAD)})
		said = self.said(DEAL, id_)
		self.assertEqual((said["name"], float(said["amount"]), said["company"]), (doc.title, 1200.0, ""))
		doc.reload()
		doc.opportunity_amount = 900
		doc.save()
		self.send_all()
		self.assertEqual(float(self.said(DEAL, id_)["amount"]), 900.0)
		self.alter(DEAL, id_, stage="won")
		self.pull_of(DEAL)
		doc.reload()
		self.assertEqual((doc.status, doc.party_name), ("Converted", lead.name), self.history())
		# What came in goes back to no side, whichever flow brought it.
		self.fake.calls.clear()
		self.send_all()
		self.assertEqual([call for call in self.fake.calls if call[0] != "GET"], [], self.history())
		self.assertEqual((self.said(DEAL, id_)["stage"], self.count_there(DEAL)), ("won", 1))
		self.assert_all_done()

	def test_of_a_lead_and_a_contact_that_are_one_there_the_record_stays_until_both_are_deleted(self):
		self.connect("Companies", "Contacts", "Leads")
		lead = self.lead(email_id=self.mail("ida"))
		self.send_all()
		person = self.contact(self.customer().name, email=self.mail("ida"), first_name="Ida")
		self.send_all()
		id_ = self.id_of(person, PERSON)
		self.assertEqual(self.id_of(lead, LEAD), id_, self.history())
		lead.delete()
		self.send_all()
		(told,) = [row for row in self.events(outcome="shared_record")]
		self.assertEqual((told.status, told.reference_name), ("Skipped", lead.name))
		self.assertIn(person.name, told.error)
		self.assertFalse(self.gone(PERSON, id_), self.history())
		self.assertEqual(self.links(remote_entity="lead"), [])
		person.delete()
		self.send_all()
		self.assertTrue(self.gone(PERSON, id_), self.history())

	def test_a_contact_that_goes_to_another_customer_is_associated_with_its_company(self):
		self.connect_for(COMPANY, PERSON, "ties")
		first, second = self.customer(), self.customer()
		doc = self.contact(first.name)
		self.send_all()
		doc.reload()
		doc.set("links", [{"link_doctype": "Customer", "link_name": second.name}])
		doc.save()
		for _ in range(2):  # what its association changed there is taken in first
			self.send_all()
			self.work()
		self.assertEqual([row.link_name for row in doc.reload().links], [second.name])
		companies = self.fake.links["contacts", self.id_of(doc, PERSON), "companies"]
		self.assertIn(self.id_of(second, COMPANY), companies, self.history())
		self.assert_all_done()

	def test_what_a_list_brings_whole_is_not_fetched(self):
		self.connect_for(COMPANY)
		self.there(COMPANY, name=f"Oak {self.mark}")
		self.pull_of(COMPANY)
		self.assertEqual([path for method, path, _ in self.fake.calls if method == "GET"], [])
		self.assert_all_done()


class TestWebhooks(HubSpotCase):
	@proves("Change in by webhook", "Webhook twice, one effect")
	def test_a_change_is_read_again_and_twice_has_one_effect(self):
		self.connect_for(COMPANY)
		id_ = self.there(COMPANY, name=f"Oak {self.mark}")
		told = list(self.fake.told)
		self.assertEqual(self.by_webhook(), 200)
		self.assertEqual(self.here(COMPANY, id_).customer_name, f"Oak {self.mark}")
		self.fake.told = told
		self.assertEqual(self.by_webhook(), 200)
		self.assertEqual(len(self.events()), 1)
		self.alter(COMPANY, id_, site="https://oak.example.com")
		self.by_webhook()
		self.assertEqual(self.here(COMPANY, id_).website, "https://oak.example.com")
		self.assert_all_done()

	@proves("Merged outside")
	def test_of_two_that_are_merged_one_is_left(self):
		self.connect_for(COMPANY)
		frappe.db.set_value("Field Mapping", self.flow("Companies"), "on_remote_delete", "Disable")
		frappe.clear_cache(doctype="Field Mapping")
		ids = [self.there(COMPANY, name=f"Oak {number} {self.mark}") for number in range(2)]
		self.by_webhook()
		left, other = (self.here(COMPANY, id_) for id_ in ids)
		self.fake.merge("companies", *ids)
		self.by_webhook()
		for doc in (left, other):
			doc.reload()
		self.assertEqual((left.disabled, other.disabled), (0, 1), self.history())
		self.assertEqual(self.here(COMPANY, ids[0]).name, left.name)
		self.assert_all_done()

	@proves("Webhook with a changed byte refused")
	def test_a_changed_byte_is_refused(self):
		self.connect_for(COMPANY)
		self.there(COMPANY, name=f"Oak {self.mark}")
		self.assertEqual((self.by_webhook(change=True), self.events()), (401, []))

	@proves("Webhook that is stale refused")
	def test_one_that_was_signed_long_ago_is_refused(self):
		self.connect_for(COMPANY)
		self.there(COMPANY, name=f"Oak {self.mark}")
		self.assertEqual((self.by_webhook(round((time.time() - 900) * 1000)), self.events()), (401, []))


class TestChangesBeside(HubSpotCase, crm_changes.ChangesBeside):
	pass


class TestChangesOutside(HubSpotCase, crm_changes.ChangesOutside):
	pass


class TestCurrencies(HubSpotCase, crm_currencies.ChangedCurrencies):
	def test_a_deal_that_names_none_is_in_the_currency_of_the_company(self):
		self.without_currency()

	def test_the_opportunity_of_a_lead_goes_out_in_its_currency(self):
		self.connect("Companies", "Leads", "Deals", "Deals of leads", name="The CRM of leads")
		doc = self.opportunity(self.lead().name, opportunity_from="Lead", currency="EUR")
		self.send_all()
		id_ = self.id_of(doc, DEAL)
		self.assertEqual(self.said(DEAL, id_)["currency"], "EUR")
		self.alter(DEAL, id_, currency="JPY", amount="200000")
		self.pull_of(DEAL)
		doc.reload()
		self.assertEqual((doc.currency, doc.opportunity_amount), ("JPY", 200_000), self.history())
