"""What ERPNext tells a platform by itself: signed webhooks of a flow, and nothing of what the platform published."""

from __future__ import annotations

from typing import Any

import frappe
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ipaas_case import API, LEADS, USER, IpaasTestCase
from erp_connect.tests.fakes.fault_server import Received, Reply

PLATFORM, CRM = "Integration platform", "Another CRM"
HOOK, CRM_HOOK = "/webhook/erpnext-leads", "/crm/leads"
SIGNING_SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
VALIDATOR = "header-the-platform-compares-4711"


def _out(source: str, target: str) -> dict:
	return make.row(source, target, direction="Outgoing")


class WebhookTestCase(IpaasTestCase):
	"""A platform with a webhook that says nothing of an id, and a CRM that does."""

	def setUp(self) -> None:
		super().setUp()
		self.account(PLATFORM, signing_secret=SIGNING_SECRET)
		self.account(CRM, user=make.user())
		self.receiver.script(HOOK, Reply(200, {"status": "accepted"}))
		hook = [
			make.request(event, "POST", HOOK, operation="Send") for event in ("Insert", "Update", "Delete")
		]
		self.lead_flow(PLATFORM, hook, [_out("name", "erpnext"), _out("_event", "event")], allow_delete=1)
		self.lead_flow(CRM, make.rest(CRM_HOOK))
		self.commit()

	def account(self, name: str, **values: Any) -> None:
		shared = {"place": "Header", "key": "X-Shared-Secret", "secret": VALIDATOR}
		wanted = {
			"user": USER,
			"inbound_enabled": 1,
			"auth_type": "API Key",
			"parameters": [shared],
			**values,
		}
		make.account(self.receiver.url(), name, **wanted)

	def publish(self, **values: Any) -> dict[str, Any]:
		return self.call("upsert", record={"id": self.tag, **values})

	def publish_all(self, **values: Any) -> dict[str, Any]:
		return self.publish(first_name="Ann", last_name="Published", company=self.tag, **values)

	def call(self, name: str, **values: Any) -> dict[str, Any]:
		address = self.url(f"{API}{name}")
		answer = self.ok(self.keys.post(address, json={"entity": "lead", **values}, timeout=60))
		frappe.db.rollback()  # to see what the server wrote
		return answer

	def told(self) -> tuple[list[dict], list[Received]]:
		"""What the platform and the CRM were sent since the last look."""
		for account in (PLATFORM, CRM):
			self.deliver(account)
		self.assertEqual([event.error for event in self.events(status="Failed")], [])
		hook = [request.json for request in self.arrived(HOOK)]
		crm = [request for request in self.arrived() if request.path.startswith(CRM_HOOK)]
		self.receiver.forget()
		return hook, crm


class TestEcho(WebhookTestCase):
	def test_what_the_platform_publishes_goes_to_others_and_not_back(self):
		name = self.publish_all()["name"]
		hook, crm = self.told()
		self.assertEqual(hook, [])
		self.assertEqual([sent.json["last_name"] for sent in crm], ["Published"])
		self.publish_all(status="Interested")
		hook, crm = self.told()
		self.assertEqual(hook, [])
		self.assertEqual([sent.json["status"] for sent in crm], ["Interested"])
		self.call("delete", external_id=self.tag)
		hook, crm = self.told()
		self.assertEqual(hook, [])
		self.assertEqual([sent.method for sent in crm], ["DELETE"])
		self.assertEqual(self.events(integration=PLATFORM, reference_name=name, direction="Outgoing"), [])

	def test_a_colleagues_change_of_it_is_told_to_both(self):
		name = self.publish_all()["name"]
		self.told()
		lead = frappe.get_doc("Lead", name)
		lead.status = "Interested"
		lead.save()
		hook, crm = self.told()
		told = [(sent["event"], sent["erpnext"], sent["status"]) for sent in hook]
		self.assertEqual(told, [("update", name, "Interested")])
		self.assertEqual([sent.json["status"] for sent in crm], ["Interested"])

	def test_a_record_with_some_of_the_fields_says_nothing_of_the_others(self):
		name = self.publish_all()["name"]
		self.told()
		self.assertEqual(self.publish(status="Interested")["action"], "updated")
		self.assertEqual(self.publish(last_name="Renamed")["action"], "updated")
		self.assertEqual(self.publish_all()["action"], "updated")
		kept = frappe.db.get_value("Lead", name, ["first_name", "last_name", "status"])
		self.assertEqual(kept, ("Ann", "Published", "Interested"))
		self.assertEqual(self.told()[0], [])

	def test_a_colleagues_change_of_another_field_is_told_after_all(self):
		lead = frappe.get_doc("Lead", self.publish_all()["name"])
		self.told()
		lead.first_name = "Anna"
		lead.save()
		self.commit()
		self.publish(status="Interested")
		hook, crm = self.told()
		for sent in (hook[-1], crm[-1].json):
			self.assertEqual((sent["first_name"], sent["status"]), ("Anna", "Interested"))

	def test_what_is_published_at_frappes_own_address_comes_back(self):
		"""Frappe does not know of accounts: to its REST the platform is a user like any other."""
		payload = {"first_name": "Ann", "last_name": "Plain", "company_name": self.tag}
		self.ok(self.platform().post(self.url(LEADS), json=payload, timeout=60))
		hook, crm = self.told()
		self.assertEqual([sent["last_name"] for sent in hook], ["Plain"])
		self.assertEqual([sent.json["last_name"] for sent in crm], ["Plain"])


class TestWebhook(WebhookTestCase):
	def sent(self) -> Received:
		self.deliver(PLATFORM)
		(request,) = self.arrived(HOOK)
		self.receiver.forget()
		return request

	def test_insert_update_and_delete(self):
		lead = self.lead("Made in Desk")
		self.assertEqual((self.sent().json["event"]), "insert")
		lead.status = "Interested"
		lead.save()
		request = self.sent()
		self.assertEqual(
			(request.method, request.json["event"], request.json["status"]), ("POST", "update", "Interested")
		)
		lead.delete()
		request = self.sent()
		self.assertEqual((request.json["event"], request.json["erpnext"]), ("delete", lead.name))

	def test_it_is_signed_and_carries_the_header_that_the_platform_compares(self):
		self.lead("Signed")
		request = self.sent()
		self.assertEqual(request.header("X-Shared-Secret"), VALIDATOR)
		headers = {key.lower(): value for key, value in request.headers.items()}
		self.assertEqual(Webhook(SIGNING_SECRET).verify(request.body, headers), request.json)
		self.assertEqual(request.header("Idempotency-Key"), request.header("webhook-id"))
		with self.assertRaises(WebhookVerificationError):
			Webhook(SIGNING_SECRET).verify(request.body.replace(b"Signed", b"Forged"), headers)

	def test_a_platform_that_is_away_is_told_later_with_the_same_key(self):
		self.receiver.script(HOOK, Reply(503), Reply(200, {"status": "accepted"}))
		self.lead("Late")
		first = self.sent()
		self.later()
		again = self.sent()
		self.assertEqual(first.body, again.body)
		self.assertEqual(first.header("webhook-id"), again.header("webhook-id"))
		self.assertEqual(self.statuses(integration=PLATFORM), ["Delivered"])
