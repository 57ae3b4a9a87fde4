"""Salesforce connected: accounts, contacts, leads and opportunities in both directions."""

from __future__ import annotations

import frappe
import frappe.permissions

from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems import crm_changes, crm_currencies, crm_proofs
from erp_connect.tests.bench.systems.crm_case import COMPANY, DEAL
from erp_connect.tests.bench.systems.salesforce_case import SalesforceCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.system_case import CLERK


class TestAccount(SalesforceCase, crm_proofs.AccountProofs):
	@proves("Wrong credentials told")
	def test_a_user_who_has_not_approved_pauses_the_account_with_the_reason(self):
		self.connect_for(COMPANY)
		self.fake.user = "another@example.com"
		self.assertNotEqual(self.pull_of(COMPANY).status, "Idle")
		self.assert_paused("hasn't approved this consumer")

	@proves("Token expired")
	def test_a_session_that_ended_is_begun_anew(self):
		self.connect_for(COMPANY)
		first = self.there(COMPANY, name=f"Oak 1 {self.mark}")
		self.pull_of(COMPANY)
		self.fake.sessions.clear()
		second = self.there(COMPANY, name=f"Oak 2 {self.mark}")
		self.assertEqual(self.pull_of(COMPANY).status, "Idle", self.history())
		for id_ in (first, second):
			self.here(COMPANY, id_)

	def test_as_a_person(self):
		client, secret = self.fake.client
		self.connect("Accounts", entries={"client_id": client, "client_secret": secret}, auth="person")
		self.grant("/services/oauth2/token", secret, access="long-gone", refresh=self.fake.refresh_token)
		id_ = self.there(COMPANY, name=f"Oak {self.mark}")
		self.assertEqual(self.pull_of(COMPANY).status, "Idle", self.history())
		self.here(COMPANY, id_)


class TestRecords(SalesforceCase, crm_proofs.RecordProofs):
	@proves("Merged outside")
	def test_of_two_that_are_merged_one_is_left(self):
		self.connect_for(COMPANY)
		frappe.db.set_value("Field Mapping", self.flow("Accounts"), "on_remote_delete", "Disable")
		frappe.clear_cache(doctype="Field Mapping")
		ids = [self.there(COMPANY, name=f"Oak {number} {self.mark}") for number in range(2)]
		self.pull_of(COMPANY)
		left, other = (self.here(COMPANY, id_) for id_ in ids)
		self.fake.merge("Account", *ids)
		self.pull_of(COMPANY)
		for doc in (left, other):
			doc.reload()
		self.assertEqual((left.disabled, other.disabled), (0, 1), self.history())
		self.assert_all_done()

	def test_a_record_that_was_deleted_there_is_gone_for_an_update(self):
		self.connect_for(COMPANY)
		doc = self.customer()
		self.send()
		self.fake.remove("Account", self.id_of(doc, COMPANY))
		doc.website = "https://late.example.com"
		doc.save()
		self.send()
		self.assertEqual(self.events()[-1].outcome, "record_gone")

	def test_a_note_on_what_the_accounts_user_may_not_read_is_refused(self):
		self.connect_for(COMPANY, DEAL, "notes in")
		doc = self.opportunity(self.customer().name)
		self.send_all()
		self.note_there(self.id_of(doc, DEAL), "In oak")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.permissions.clear_user_permissions_for_doctype, "Company", CLERK)
		frappe.permissions.add_user_permission("Company", other_company(), CLERK)
		self.commit()
		self.pull_of("notes in")
		self.assertEqual(self.events()[-1].status, "Failed", self.history())
		self.assertIn("No permission to read Opportunity", self.events()[-1].error)


class TestChangesBeside(SalesforceCase, crm_changes.ChangesBeside):
	pass


class TestChangesOutside(SalesforceCase, crm_changes.ChangesOutside, crm_changes.MovesOutside):
	pass


class TestSeveralCurrencies(SalesforceCase, crm_currencies.ChangedCurrencies):
	pass


class TestOneCurrency(SalesforceCase, crm_currencies.OneCurrency):
	pass
