"""An account whose system proves its webhooks in several ways: over HTTP, on its form, and as a preset."""

from __future__ import annotations

import hashlib
import hmac
import json

import frappe

from erp_connect.api import presets
from erp_connect.core.presets.reading import read_preset
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import HOOK_SECRET, InboundTestCase, signature

FORM = "application/x-www-form-urlencoded"
NEWS = {
	"kind": "hmac",
	"when": [{"content_type": "application/json"}, {"header": "X-Signature"}],
	"topics": ["customer"],
	"signature": {"header": "X-Signature", "encoding": "base64"},
	"id": {"body": "event"},
	"topic": {"body": "about"},
}
ENDED = {
	"kind": "hmac",
	"when": [{"content_type": FORM}, {"body": "sign"}],
	"topics": ["ended"],
	"message": "{form_values}",
	"signature": {"body": "sign", "encoding": "hex"},
	"id": {"body": "event"},
	"topic": {"body": "about"},
}
SCHEME = {"kind": "one_of", "schemes": [NEWS, ENDED]}


def form(**values: str) -> bytes:
	text = "|".join(values[name] for name in sorted(values))
	signed = hmac.new(HOOK_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
	return "&".join(f"{name}={value}" for name, value in {**values, "sign": signed}.items()).encode()


class TestSeveralWays(InboundTestCase):
	account_values = {"verification": "custom", "verification_scheme": json.dumps(SCHEME)}

	def document(self, about: str, content_type: str = "application/json", **more: str) -> int:
		raw = json.dumps({"event": "e-1", "about": about, "id": 7, **more}).encode()
		headers = {"X-Signature": signature(raw)}
		return self.hook(raw, headers=headers, content_type=content_type).status_code

	def test_each_is_taken_its_own_way_and_none_by_the_others(self):
		name = make.unique("Alder")
		self.customer_flow(topics="customer")
		self.commit()
		self.assertEqual(self.document("ended"), 401)
		self.assertEqual(self.document("customer", "text/plain", name=name), 401)
		self.assertEqual(self.hook(form(event="e-2", about="customer"), content_type=FORM).status_code, 401)
		self.assertEqual(self.events(), [])
		self.assertEqual(self.document("customer", name=name), 200)
		self.assertEqual(self.hook(form(event="e-2", about="ended"), content_type=FORM).status_code, 200)
		self.work()
		self.assertEqual([row.topic for row in self.events()], ["customer", "ended"])
		self.assertEqual(self.count("Customer", customer_name=name), 1)

	def test_a_mistake_in_one_of_them_is_told_with_its_place(self):
		wrong = {**SCHEME, "schemes": [NEWS, {**ENDED, "topics": ["customer"]}]}
		with self.assertRaisesRegex(frappe.ValidationError, "twice"):
			self.change(verification_scheme=json.dumps(wrong))
		self.account.reload()
		wrong = {**SCHEME, "schemes": [NEWS, {**ENDED, "message": "{timestamp}"}]}
		with self.assertRaisesRegex(frappe.ValidationError, r"schemes\[1\]\.message"):
			self.change(verification_scheme=json.dumps(wrong))

	def test_they_go_with_the_account_into_a_preset(self):
		text = presets.export_account(self.account.name, "Own Shop")["content"]
		settings = read_preset(text, "it").settings
		self.assertEqual(settings["verification"], "custom")
		self.assertEqual(json.loads(settings["verification_scheme"]), SCHEME)
		self.assertNotIn(HOOK_SECRET, text)
