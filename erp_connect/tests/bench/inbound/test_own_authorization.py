"""Webhooks that prove themselves in the header `Authorization`, which is also where Frappe's users sign in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import frappe

from erp_connect.tests.bench.inbound_case import HOOK_SECRET, InboundTestCase

SIGNED = {
	"kind": "hmac",
	"signature": {"header": "Authorization", "parse": "prefix", "prefix": "HMAC ", "encoding": "base64"},
}
BODY = {"id": "A-1"}


class TestOwnAuthorization(InboundTestCase):
	def authorized(self, value: str, body: bytes | None = None) -> int:
		headers = {"Authorization": value, **dict.fromkeys(("X-Shopify-Hmac-Sha256", "X-Shopify-Topic"))}
		answer = self.hook(BODY if body is None else body, headers=headers)
		if answer.status_code != 200:
			self.assertEqual(answer.json()["error"]["code"], "unauthorized", answer.text)
		return answer.status_code

	def basic(self, text: str) -> str:
		return "Basic " + base64.b64encode(text.encode()).decode()

	def test_a_token(self):
		self.change(verification="bearer")
		self.assertEqual(self.authorized(f"Bearer {HOOK_SECRET}"), 200)
		self.assertEqual(self.authorized(f"Bearer {HOOK_SECRET}x"), 401)
		self.assertEqual(len(self.events()), 1)

	def test_a_user_and_a_password(self):
		self.change(verification="basic", verification_secret=f"clock:{HOOK_SECRET}")
		self.assertEqual(self.authorized(self.basic(f"clock:{HOOK_SECRET}")), 200)
		self.assertEqual(self.authorized(self.basic("clock:wrong")), 401)
		self.assertEqual(self.authorized("Basic no-base64-at-all!"), 401)
		self.assertEqual(len(self.events()), 1)

	def test_a_signature(self):
		self.change(verification="custom", verification_scheme=json.dumps(SIGNED))
		raw = json.dumps(BODY).encode()
		right = base64.b64encode(hmac.new(HOOK_SECRET.encode(), raw, hashlib.sha256).digest()).decode()
		self.assertEqual(self.authorized(f"HMAC {right}", raw), 200)
		self.assertEqual(self.authorized(f"HMAC {right}", raw + b" "), 401)
		self.assertEqual(len(self.events()), 1)

	def test_nobody_signs_in_by_it(self):
		"""A user's own token is no proof of a webhook, and the webhook is written as the account's user."""
		self.change(verification="bearer")
		user = frappe.get_doc("User", self.account.user)
		user.api_key, user.api_secret = frappe.generate_hash(length=12), "secret-of-a-user"
		user.save()
		self.commit()
		self.assertEqual(self.authorized(f"token {user.api_key}:secret-of-a-user"), 401)
		self.assertEqual(self.events(), [])
