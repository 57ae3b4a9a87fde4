"""A signature of one's own from the form alone: described, tried with a sample, saved, and a webhook comes in by it."""

from __future__ import annotations

import hashlib
import hmac
import json

import frappe
import requests

from erp_connect.admission import refusals
from erp_connect.operate.webhooks import ENDPOINT
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase

SECRET = "own-hook-secret-0815"
BODY = '{"type": "item.changed", "id": "evt_1"}'
NAMELESS = """
return [...cur_dialog.$wrapper[0].querySelectorAll("input:not([type=checkbox]), select, textarea, .btn-modal-close, .toggle-password")]
	.filter((part) => part.offsetParent && !part.getAttribute("aria-label"))
	.map((part) => part.outerHTML);
"""
FORM_PATH = f"/app/integration-settings/{make.ACCOUNT}"


def signed(body: str, secret: str = SECRET, time: str = "") -> str:
	message = f"{time}.{body}" if time else body
	return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


class TestOwnSignature(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		refusals.take()
		self.addCleanup(refusals.take)
		make.account(
			self.receiver.url(),
			inbound_enabled=1,
			verification="custom",
			verification_scheme=json.dumps(
				{"kind": "hmac", "signature": {"header": "X-Old", "encoding": "hex"}}
			),
			verification_secret=SECRET,
		)
		self.commit()

	def open_inbound(self) -> None:
		self.desk.open(FORM_PATH)
		self.desk.click("Inbound", ".nav-link")

	def scheme(self) -> dict:
		frappe.db.rollback()
		return json.loads(
			frappe.db.get_value("Integration Settings", make.ACCOUNT, "verification_scheme") or "{}"
		)

	def hook(self, body: str, headers: dict[str, str]) -> int:
		key = frappe.db.get_value("Integration Settings", make.ACCOUNT, "endpoint_key")
		sent = {"Content-Type": "application/json", **headers}
		return requests.post(self.desk.url + ENDPOINT + key, data=body, headers=sent, timeout=60).status_code

	def test_described_tried_with_a_sample_corrected_saved_and_used(self):
		self.open_inbound()
		self.desk.see("HMAC by SHA256 of {body}, as hex, in the header X-Old.")
		self.desk.run("document.querySelector('.erp-connect-own-scheme').scrollIntoView()")
		self.shot("account")
		self.desk.click("Describe the Signature…")
		for name, value in (
			("signed", "timestamp_body"),
			("separator", "|"),
			("header", "X-Own-Signature"),
			("style", "prefix"),
			("prefix", "v1="),
			("timestamp_header", "X-Own-Time"),
			("topic_path", "type"),
			("id_path", "id"),
		):
			self.desk.fill(name, value)
		self.assert_readable("questions")
		self.assert_entries()
		time = "1764000000"
		headers = f"X-Own-Signature: v1={signed(BODY, time=time)}\nX-Own-Time: {time}\nContent-Type: application/json"
		self.desk.fill("sample_headers", headers)
		self.desk.fill("sample_body", BODY)
		self.press_verify()
		self.desk.see("The sample does not fit.")
		self.desk.see("The secrets of both sides differ, or something else is signed")
		self.desk.see("This would fit:")
		self.shot("does not fit")
		self.desk.click("Take It Over")
		self.press_verify()
		self.desk.see("The sample fits.")
		self.desk.see("Topic: item.changed")
		self.desk.see("signed too long ago to be taken now")
		self.shot("fits")
		self.desk.click("Use This Signature")
		self.desk.see("as hex, in the header X-Own-Signature. Before it stands v1=.")
		self.desk.run("return cur_frm.save()")
		self.desk.settle()
		self.assertEqual(self.scheme()["message"], "{timestamp}.{body}")
		now = str(int(self.desk.run("return Date.now() / 1000")))
		sent = {"X-Own-Signature": "v1=" + signed(BODY, time=now), "X-Own-Time": now}
		self.assertEqual(self.hook(BODY, sent), 200)
		self.assertEqual(self.event().topic, "item.changed")

	def assert_entries(self) -> None:
		"""Each entry has a name for who hears the page, and a secret is typed without advice on passwords."""
		self.assertEqual(self.desk.run(NAMELESS), [])
		checked = "const secret = cur_dialog.get_field('sample_secret'); secret.$input.trigger('focusin'); return secret.enable_password_checks"
		self.assertFalse(self.desk.run(checked))

	def press_verify(self) -> None:
		self.desk.run("cur_dialog.get_field('verify').$input.trigger('click')")
		self.desk.settle()

	def test_a_refused_webhook_is_seen_on_the_form_and_in_the_workspace(self):
		self.assertEqual(self.hook(BODY, {"X-Old": signed(BODY, "another secret")}), 401)
		self.desk.open(FORM_PATH)
		self.desk.click("Status", ".nav-link")
		self.desk.see("Webhooks that were refused")
		self.desk.see("The signature does not fit")
		self.shot("refused")
		self.desk.open("/app/erp-connect")
		self.desk.see("Webhooks were refused, 1 of them")
		self.shot("refused in the workspace")
		self.desk.open(FORM_PATH)
		self.desk.click("Status", ".nav-link")
		self.desk.click("Count Anew")
		self.desk.until(lambda: "Webhooks that were refused" not in self.desk.text(), "the count to be gone")

	def test_bad_json_is_told_with_its_line_and_the_sample_of_a_known_scheme_is_tried(self):
		self.open_inbound()
		self.desk.run(
			'return cur_frm.set_value("verification_scheme", arguments[0])', '{\n "kind": "hmac"\n "x": 1}'
		)
		self.desk.see("The JSON under Advanced cannot be read.")
		self.desk.run("cur_frm.save().catch(() => 0)")
		self.desk.see("The scheme of webhooks is not valid JSON: line 3, column 2: a comma")
		self.shot("bad json")
		self.desk.run("frappe.hide_msgprint(true)")
		self.desk.click("Describe the Signature…")
		self.desk.fill("header", "X-New")
		self.desk.click("Use This Signature")
		self.desk.see("HMAC by SHA256 of {body}, as hex, in the header X-New.")
		self.desk.errors()  # the refusal of the save is one in the console
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.update({"verification": "github", "verification_scheme": ""})
		doc.save()
		self.commit()
		self.open_inbound()
		self.desk.click("Verify a Sample…")
		self.desk.fill("sample_headers", f"X-Hub-Signature-256: sha256={signed(BODY)}\nX-GitHub-Event: push")
		self.desk.fill("sample_body", BODY)
		self.desk.click("Verify", ".modal-footer button")
		self.desk.see("The sample fits.")
		self.shot("known scheme")
