"""Schemes of verification that accounts hold."""

from __future__ import annotations

import json
from unittest.mock import patch

import frappe

from erp_connect.config import verification
from erp_connect.core.guard.redaction import MASK
from erp_connect.patches import name_checksums_by_algorithm, secrets_of_old_webhooks
from erp_connect.store import inbox, sync_log, upgrades
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

OLD = {"kind": "paytm", "message": "{raw.body}", "signature": {"body": "head.signature"}, "title": "Zürich"}


class TestOldSchemes(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def stored(self, scheme: str) -> frappe._dict:
		frappe.db.set_value(
			"Integration Settings", make.ACCOUNT, {"verification": "custom", "verification_scheme": scheme}
		)
		name_checksums_by_algorithm.execute()
		return frappe.get_doc("Integration Settings", make.ACCOUNT)

	def test_a_checksum_is_called_by_what_it_does(self):
		account = self.stored(json.dumps(OLD))
		scheme = verification.scheme_of(account)
		self.assertEqual(("salted_aes_checksum", "@@@@&&&&####$$$$"), (scheme.kind, scheme.iv))
		self.assertEqual(("{raw.body}", "Zürich"), (scheme.message, scheme.title))
		again = self.stored(account.verification_scheme)
		self.assertEqual(account.verification_scheme, again.verification_scheme)

	def test_what_is_none_of_them_stays(self):
		for text in ('{"kind": "hmac", "title": "paytm"}', "[paytm", '["paytm"]'):
			self.assertEqual(text, self.stored(text).verification_scheme)


class TestOldWebhooks(ConnectTestCase):
	ADDRESS = "https://hooks.slack.com/commands/T1DC2JH3J/397700885554"

	def test_what_the_scheme_calls_secret_is_hidden(self):
		make.account(self.receiver.url())
		given = {"response_url": self.ADDRESS, "token": "gIkuvaNzQIHg97ATvDxqgjtO", "text": "Zürich"}
		told = {"payload": json.dumps({**given, "user": "U2"})}
		texts = [json.dumps(given), json.dumps(told), "no JSON"]
		with patch.object(upgrades, "CHUNK", 2):
			for scheme, hidden in (("stripe", False), ("slack", True)):
				frappe.db.set_value("Integration Settings", make.ACCOUNT, "verification", scheme)
				names = [self.received(text) for text in texts]
				secrets_of_old_webhooks.execute()
				kept = [frappe.db.get_value("Sync Log", name, "request_body") for name in names]
				self.assertEqual(kept == texts, not hidden)
		self.assertEqual({**given, "response_url": MASK, "token": MASK}, json.loads(kept[0]))
		self.assertEqual("U2", json.loads(json.loads(kept[1])["payload"])["user"])
		self.assertNotIn(self.ADDRESS, "".join(kept))
		self.assertEqual("no JSON", kept[2])

	def received(self, body: str) -> str:
		return inbox.receive({"integration": make.ACCOUNT, "event": sync_log.WEBHOOK, "request_body": body})
