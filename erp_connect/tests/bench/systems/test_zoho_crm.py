"""Zoho CRM connected: accounts, contacts, leads and deals in both directions, and notifications that end."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import frappe

from erp_connect.operate import webhooks
from erp_connect.tests.bench.systems import crm_changes, crm_currencies, crm_proofs
from erp_connect.tests.bench.systems.crm_case import COMPANY
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.zoho_crm_case import ZohoCrmCase


class TestAccount(ZohoCrmCase, crm_proofs.AccountProofs):
	@proves("Wrong credentials told")
	def test_a_grant_that_was_revoked_pauses_the_account(self):
		self.connect_for(COMPANY)
		self.fake.tokens, self.fake.refresh_token = set(), "another"
		self.assertNotEqual(self.pull_of(COMPANY).status, "Idle")
		self.assertTrue(frappe.db.get_value("Integration Settings", self.account, "paused"))

	@proves("Token expired")
	def test_a_token_that_expired_is_renewed_and_the_address_is_that_of_its_answer(self):
		self.connect_for(COMPANY)
		self.fake.tokens.clear()
		id_ = self.there(COMPANY, name=f"Oak {self.mark}")
		self.assertEqual(self.pull_of(COMPANY).status, "Idle", self.history())
		self.here(COMPANY, id_)


class TestRecords(ZohoCrmCase, crm_proofs.KnownPeopleProofs, crm_proofs.RecordProofs):
	pass


class TestNotifications(ZohoCrmCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect_for(COMPANY)
		self.register()

	def channel(self) -> dict:
		(found,) = self.fake.channels.values()
		return found

	@proves("Webhooks registered and removed")
	def test_one_channel_for_what_the_flows_take(self):
		self.assertEqual(
			set(self.channel()["events"]), {"Accounts.create", "Accounts.edit", "Accounts.delete"}
		)
		self.register()
		self.assertEqual(len(self.fake.channels), 1)
		self.assertEqual(webhooks.remove(self.account).failed, {})
		self.assertEqual(self.fake.channels, {})

	@proves("Webhooks renewed before they expire")
	def test_a_channel_is_renewed_a_day_before_it_ends(self):
		first = self.channel()["channel_expiry"]
		ends = datetime.fromisoformat(first)
		self.assertLess(abs(ends - datetime.now(timezone.utc) - timedelta(days=6)), timedelta(minutes=5))
		self.assertEqual(self.register().kept, ["*"])
		frappe.db.sql(
			"UPDATE `tabWebhook Subscription` SET expires_on = expires_on - INTERVAL '5 6' DAY_HOUR"
		)
		self.channel()["channel_expiry"] = "2026-01-01T00:00:00+00:00"
		self.assertEqual(self.register().made, ["*"])
		self.assertGreaterEqual(self.channel()["channel_expiry"], first)

	@proves("Change in by webhook", "Webhook twice, one effect")
	def test_a_change_is_read_again_and_twice_has_one_effect(self):
		id_ = self.there(COMPANY, name=f"Oak {self.mark}")
		self.work()
		self.assertEqual(self.here(COMPANY, id_).customer_name, f"Oak {self.mark}")
		told = {"module": "Accounts", "operation": "insert", "ids": [id_], "resource_uri": "-"}
		self.fake.deliver(self.channel(), told)
		self.work()
		(event,) = self.events()
		kept = frappe.db.get_value("Sync Log", event.name, "request_body")
		self.assertIn(id_, kept)
		self.assertNotIn(self.channel()["token"], kept)
		self.alter(COMPANY, id_, site="https://oak.example.com")
		self.work()
		self.assertEqual(self.here(COMPANY, id_).website, "https://oak.example.com")
		self.assertEqual(set(self.fake.answers), {200})
		self.assert_all_done()

	def test_another_token_is_refused(self):
		told = {"module": "Accounts", "operation": "update", "ids": ["1"], "resource_uri": "-"}
		self.assertEqual(self.fake.deliver({**self.channel(), "token": "guessed"}, told), 401)
		self.assertEqual(self.events(), [])


class TestChangesBeside(ZohoCrmCase, crm_changes.ChangesBeside):
	pass


class TestChangesOutside(ZohoCrmCase, crm_changes.ChangesOutside, crm_changes.MovesOutside):
	pass


class TestSeveralCurrencies(ZohoCrmCase, crm_currencies.SeveralCurrencies):
	pass


class TestOneCurrency(ZohoCrmCase, crm_currencies.OneCurrency):
	pass
