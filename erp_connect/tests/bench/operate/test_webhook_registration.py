"""Webhooks of an account at the other side: registered, looked after and removed by its API."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import frappe
from frappe.utils import add_to_date, now_datetime

from erp_connect.api import webhook_subscriptions as api
from erp_connect.config import preset_files, verification
from erp_connect.core.errors import ConfigurationError
from erp_connect.operate import health, webhooks
from erp_connect.store import webhook_subscriptions as store
from erp_connect.tests.base import ConnectTestCase, allow_networks
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.hook_registry import HookRegistry

ACCOUNT = "Hooked"
SCHEME = {"kind": "hmac", "signature": {"header": "X-Sign", "encoding": "hex"}}
HOOKS = {
	"subscribe": {
		"method": "POST",
		"path": "/hooks",
		"body": {"name": "{title}", "topic": "{topic}", "delivery_url": "{address}", "secret": "{secret}"},
		"id": "id",
	},
	"list": {
		"method": "GET",
		"path": "/hooks?page={page}",
		"items": "items",
		"id": "id",
		"topic": "topic",
		"address": "delivery_url",
		"active": "status == 'active'",
	},
	"unsubscribe": {"method": "DELETE", "path": "/hooks/{id}"},
}
CHANNELS = {
	"each": False,
	"subscribe": {
		"method": "POST",
		"path": "/channels",
		"body": {"url": "{address}", "events": "{topics}"},
		"id": "id",
		"secret": "secret",
		"expires": "expires",
	},
	"unsubscribe": {"method": "DELETE", "path": "/channels/{id}"},
	"renew": "1h",
}
BY_ID = {
	"kind": "hmac",
	"message": "{webhook_id}|{body}",
	"signature": {"header": "X-Sign", "encoding": "hex"},
}
TOPICS = ["order.created", "order.updated", "order.deleted"]


def preset(name: str, registration: dict[str, Any], **webhook_settings: Any) -> dict[str, Any]:
	return {
		"format": "erp_connect.preset",
		"version": 2,
		"name": name,
		"title": name,
		"webhooks": {
			"schemes": {name.lower(): SCHEME},
			"topics": [*TOPICS, "coupon.created"],
			"registration": registration,
			**webhook_settings,
		},
	}


class TestWebhookRegistration(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
		for found in (
			preset("Hooks", HOOKS, secret="made here"),
			preset("Channels", CHANNELS, secret="answered"),
			preset("Numbered", CHANNELS, secret="answered", schemes={"numbered": BY_ID}),
		):
			(folder / f"{found['name']}.json").write_text(json.dumps(found), encoding="utf-8")
		self.enterContext(patch.object(preset_files, "_folders_of_others", lambda: [folder]))
		self.other = self.enterContext(HookRegistry())
		allow_networks(["127.0.0.0/8"])

	def account(self, system: str = "Hooks", topics: str = "order.created, order.updated", **values: Any):
		doc = make.account(
			self.other.url,
			ACCOUNT,
			system=system,
			auth_type="Bearer Token",
			token="t0p",
			inbound_enabled=1,
			verification=system.lower(),
			payload_format="JSON" if system == "Hooks" else "Form",
			**values,
		)
		self.flow(topics)
		return doc

	def flow(self, topics: str, name: str = "Brands"):
		return make.flow(
			"Brand",
			[],
			[make.row("brand", "name"), make.row("description", "text")],
			name=name,
			integration=ACCOUNT,
			remote_entity=name.lower(),
			direction="Incoming",
			topics=topics,
			inbound_id_expression="id",
			enabled=0,
		)

	def rows(self) -> dict[str, store.Subscription]:
		return {row.topic: row for row in store.of_account(ACCOUNT)}

	def age(self, **values: Any) -> None:
		"""As if the rows had been written at another time."""
		for row in self.rows().values():
			store.keep(ACCOUNT, row.topic, **values)

	# What the flows take is registered ------------------------------------------

	def test_what_the_flows_take_is_registered_with_the_accounts_own_secret(self):
		self.account()
		report = api.register(ACCOUNT)
		self.assertEqual(report["made"], ["order.created", "order.updated"])
		self.assertEqual(self.other.topics(), ["order.created", "order.updated"])
		doc = frappe.get_doc("Integration Settings", ACCOUNT)
		for hook in self.other.hooks.values():
			self.assertTrue(hook.address.endswith(f"/erp_connect.api.webhook.receive/{doc.endpoint_key}"))
			self.assertEqual(hook.secret, doc.get_password("verification_secret"))
		self.assertEqual({row.remote_id for row in self.rows().values()}, set(self.other.hooks))

	def test_it_is_done_once(self):
		self.account()
		api.register(ACCOUNT)
		before = set(self.other.hooks)
		self.assertEqual(api.register(ACCOUNT)["kept"], ["order.created", "order.updated"])
		self.assertEqual(set(self.other.hooks), before)

	def test_another_flow_brings_its_topics_and_takes_them_along(self):
		self.account()
		api.register(ACCOUNT)
		self.flow("order.deleted", "Other")
		self.assertEqual(api.register(ACCOUNT)["made"], ["order.deleted"])
		frappe.delete_doc("Field Mapping", "Other")
		self.assertEqual(api.register(ACCOUNT)["removed"], ["order.deleted"])
		self.assertEqual(self.other.topics(), ["order.created", "order.updated"])

	def test_a_flow_of_all_topics_takes_those_that_the_preset_knows(self):
		self.account(topics="*")
		self.assertEqual(len(api.register(ACCOUNT)["made"]), 4)

	def test_one_for_all_topics_with_the_secret_that_is_answered(self):
		self.account("Channels")
		self.assertEqual(api.register(ACCOUNT)["made"], ["*"])
		(hook,) = self.other.hooks.values()
		self.assertEqual(hook.topics, ["order.created", "order.updated"])
		doc = frappe.get_doc("Integration Settings", ACCOUNT)
		self.assertEqual(doc.get_password("verification_secret"), hook.secret)
		self.flow("order.deleted", "Other")
		api.register(ACCOUNT)
		(later,) = self.other.hooks.values()
		self.assertEqual(later.topics, TOPICS)
		doc.reload()
		self.assertEqual(doc.get_password("verification_secret"), later.secret)
		# What is under way was signed with the one before.
		self.assertEqual(doc.get_password("previous_verification_secret"), hook.secret)

	def test_the_id_that_is_part_of_the_proof_is_kept_in_the_account(self):
		doc = self.account("Numbered")
		with self.assertRaises(ConfigurationError):
			verification.of_key(doc.endpoint_key)
		api.register(ACCOUNT)
		(known,) = self.other.hooks
		self.assertEqual(verification.of_key(doc.endpoint_key).scheme.webhook_id, known)
		api.register(ACCOUNT, anew=True)
		(later,) = self.other.hooks
		self.assertNotEqual(later, known)
		self.assertEqual(verification.of_key(doc.endpoint_key).scheme.webhook_id, later)

	def test_an_id_that_no_registration_answers_has_to_be_entered(self):
		with self.assertRaises(frappe.ValidationError):
			make.account(
				self.other.url,
				system="Hooks",
				inbound_enabled=1,
				verification="custom",
				verification_scheme=json.dumps(BY_ID),
			)

	def test_anew_with_a_new_secret(self):
		self.account()
		api.register(ACCOUNT)
		before = frappe.get_doc("Integration Settings", ACCOUNT).get_password("verification_secret")
		api.register(ACCOUNT, anew=True)
		doc = frappe.get_doc("Integration Settings", ACCOUNT)
		now = doc.get_password("verification_secret")
		self.assertNotEqual(now, before)
		self.assertEqual(doc.get_password("previous_verification_secret"), before)
		self.assertEqual([hook.secret for hook in self.other.hooks.values()], [now, now])

	def test_no_place_gets_a_secret_that_was_made_for_another(self):
		doc = self.account(verification_secret="typed-by-a-person-for-another-place")
		api.register(ACCOUNT)
		self.assertNotIn("typed-by-a-person-for-another-place", self.secrets_outside())
		doc.reload()
		known = doc.get_password("verification_secret")
		with HookRegistry() as another:
			doc.base_url, doc.token = another.url, "t0p"
			doc.save()
			webhooks.look_after(ACCOUNT)
			self.assertEqual(another.requests, [], "a job took the webhooks to another place")
			self.assertIn("leads elsewhere", self.rows()["order.created"].message)
			api.register(ACCOUNT)
			self.assertEqual(len(another.hooks), 2)
			self.assertNotIn(known, [hook.secret for hook in another.hooks.values()])

	def secrets_outside(self) -> set[str]:
		return {hook.secret for hook in self.other.hooks.values()}

	# What breaks off ------------------------------------------------------------

	def test_an_answer_that_never_came_leaves_no_second_one(self):
		self.account()
		self.other.failing, self.other.done_all_the_same = [0, 500], True  # the list, then the first one
		report = api.register(ACCOUNT)
		self.assertEqual((list(report["failed"]), report["made"]), (["order.created"], ["order.updated"]))
		self.assertEqual(len(self.other.hooks), 2)
		api.register(ACCOUNT)
		self.assertEqual(self.other.topics(), ["order.created", "order.updated"])
		self.assertEqual({row.remote_id for row in self.rows().values()}, set(self.other.hooks))

	def test_a_refusal_is_told_and_tried_again(self):
		self.account()
		self.other.failing = [0, 422]
		report = api.register(ACCOUNT)
		self.assertEqual(list(report["failed"]), ["order.created"])
		(warning,) = (text for text in health.of_account(ACCOUNT)["warnings"] if "order.created" in text)
		self.assertIn("press Webhooks → Register", warning)
		self.assertEqual(store.to_look_after(add_to_date(now_datetime(), hours=-1)), [ACCOUNT])
		webhooks.look_after(ACCOUNT)
		self.assertEqual(self.other.topics(), ["order.created", "order.updated"])
		self.assertFalse(store.failed(ACCOUNT))

	def test_a_wrong_key_is_told_once(self):
		self.account()
		frappe.get_doc("Integration Settings", ACCOUNT).update({"token": "wrong"}).save()
		with self.assertRaisesRegex(frappe.ValidationError, "did not accept the credentials"):
			api.register(ACCOUNT)
		self.assertEqual(len(self.other.requests), 1)

	# Looked after ---------------------------------------------------------------

	def test_what_the_other_side_lost_or_switched_off_is_made_again(self):
		self.account(topics="order.created, order.updated, order.deleted")
		api.register(ACCOUNT)
		lost, off, stays = self.other.hooks
		del self.other.hooks[lost]
		self.other.hooks[off].active = False
		self.assertEqual(store.to_look_after(add_to_date(now_datetime(), hours=-24)), [])
		self.age(checked_on=add_to_date(now_datetime(), hours=-25))
		self.assertEqual(store.to_look_after(add_to_date(now_datetime(), hours=-24)), [ACCOUNT])
		webhooks.look_after(ACCOUNT)
		self.assertEqual(self.other.topics(), sorted(TOPICS))
		self.assertIn(stays, self.other.hooks)
		self.assertNotIn(off, self.other.hooks)
		self.assertTrue(all(hook.active for hook in self.other.hooks.values()))

	def test_what_expires_is_renewed_before(self):
		self.other.lifetime = int(time.time()) + 2 * 3600
		self.account("Channels")
		api.register(ACCOUNT)
		(first,) = self.other.hooks
		expires = self.rows()["*"].expires_on
		self.assertLess(abs((expires - now_datetime()).total_seconds() - 2 * 3600), 60)
		webhooks.look_after(ACCOUNT)
		self.assertEqual(list(self.other.hooks), [first])
		self.age(expires_on=add_to_date(now_datetime(), minutes=59))
		webhooks.look_after(ACCOUNT)
		self.assertEqual(len(self.other.hooks), 1)
		self.assertNotIn(first, self.other.hooks)

	def test_an_account_that_cannot_be_asked_keeps_what_it_has(self):
		self.account()
		api.register(ACCOUNT)
		self.other.failing = [503]
		webhooks.look_after(ACCOUNT)
		self.assertEqual({row.status for row in self.rows().values()}, {"Registered"})
		self.assertTrue(all(row.message for row in self.rows().values()))

	def test_only_accounts_that_accept_webhooks_are_looked_after(self):
		doc = self.account()
		api.register(ACCOUNT)
		self.age(checked_on=None)
		doc.reload()
		for field in ("enabled", "inbound_enabled"):
			doc.db_set(field, 0)
			self.assertEqual(store.to_look_after(now_datetime()), [])
			doc.db_set(field, 1)

	# Ended ----------------------------------------------------------------------

	def test_all_are_removed_and_what_is_gone_already_is_as_good(self):
		self.account()
		api.register(ACCOUNT)
		del self.other.hooks[next(iter(self.other.hooks))]
		self.assertEqual(api.remove(ACCOUNT)["removed"], ["order.created", "order.updated"])
		self.assertEqual((self.other.hooks, self.rows()), ({}, {}))

	def test_what_cannot_be_removed_stays_written_down(self):
		self.account()
		api.register(ACCOUNT)
		self.other.failing = [500]
		report = api.remove(ACCOUNT)
		self.assertEqual((list(report["failed"]), report["removed"]), (["order.created"], ["order.updated"]))
		self.assertEqual(list(self.rows()), ["order.created"])

	def test_at_another_address_nothing_is_touched(self):
		doc = self.account()
		api.register(ACCOUNT)
		with HookRegistry() as another:
			another.hooks = dict(self.other.hooks)  # the same ids, of somebody else
			doc.reload()
			doc.base_url, doc.token = another.url, "t0p"
			doc.save()
			report = api.register(ACCOUNT)
			self.assertEqual(len(report["left"]), 2)
			self.assertIn(self.other.url, report["left"][0])
			self.assertEqual(sum(request.startswith("DELETE") for request in another.requests), 0)
		self.assertEqual(len(self.other.hooks), 2)

	def test_an_account_is_not_deleted_while_it_is_called(self):
		self.account()
		api.register(ACCOUNT)
		with self.assertRaisesRegex(frappe.ValidationError, "Webhooks → Remove"):
			frappe.delete_doc("Integration Settings", ACCOUNT)
		self.assertEqual(len(api.forget(ACCOUNT)), 2)
		frappe.delete_doc("Field Mapping", "Brands")
		frappe.delete_doc("Integration Settings", ACCOUNT)

	def test_what_was_never_registered_does_not_hold_an_account(self):
		self.account()
		self.other.failing = [0, 500, 500]
		api.register(ACCOUNT)
		frappe.delete_doc("Field Mapping", "Brands")
		frappe.delete_doc("Integration Settings", ACCOUNT)
		self.assertEqual(self.rows(), {})

	# What is asked first --------------------------------------------------------

	def test_what_is_missing_is_said(self):
		doc = self.account()
		for values, told in (
			({"system": "Nobody"}, "Enter the webhook address"),
			({"inbound_enabled": 0}, "tick Accept from outside"),
			({"enabled": 0}, "Enable the account"),
		):
			before = {field: doc.get(field) for field in values}
			doc.db_set(values)
			with self.subTest(told), self.assertRaisesRegex(frappe.ValidationError, told):
				api.register(ACCOUNT)
			doc.db_set(before)
		self.assertEqual(self.other.requests, [])

	def test_the_form_is_told_what_there_is(self):
		self.account()
		told = api.state(ACCOUNT)
		self.assertEqual((told["offered"], told["wanted"]), (True, ["order.created", "order.updated"]))
		api.register(ACCOUNT)
		(first, _second) = api.state(ACCOUNT)["subscriptions"]
		self.assertEqual((first["topic"], first["status"]), ("order.created", "Registered"))

	def test_who_may(self):
		self.account()
		frappe.set_user(make.user("no-manager@example.com", ("Item Manager",)))
		self.addCleanup(frappe.set_user, "Administrator")
		for call in (api.state, api.register, api.remove, api.forget):
			with self.subTest(call.__name__), self.assertRaises(frappe.PermissionError):
				call(ACCOUNT)
