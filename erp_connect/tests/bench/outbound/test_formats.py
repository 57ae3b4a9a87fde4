"""What goes over the wire: batches, GraphQL, XML, forms, signatures, and what the receiver is shown."""

from __future__ import annotations

from urllib.parse import parse_qs

import defusedxml.ElementTree
import frappe
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from erp_connect.api import accounts
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import Reply

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"


class TestBatches(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow(
			batch_size=3,
			batch_path="records",
			batch_results="results",
			batch_item_success="ok",
			batch_item_error="why",
		)
		self.commit()

	def test_records_share_a_request_and_each_has_its_own_result(self):
		docs = [make.brand(str(number)) for number in range(4)]
		self.receiver.script(
			"/brands",
			Reply(
				200,
				{"results": [{"ok": True, "id": 11}, {"ok": False, "why": "taken"}, {"ok": True, "id": 13}]},
			),
			Reply(200, {"results": [{"ok": True, "id": 14}]}),
		)
		self.deliver()
		self.assertEqual(
			[[record["name"] for record in request.json["records"]] for request in self.arrived()],
			[[doc.name for doc in docs[:3]], [docs[3].name]],
		)
		self.assertEqual(self.statuses(), ["Delivered", "Failed", "Delivered", "Delivered"])
		self.assertIn("taken", self.events()[1].error)
		self.assertEqual(
			{link.document_name: link.external_id for link in self.links()},
			{docs[0].name: "11", docs[2].name: "13", docs[3].name: "14"},
		)

	def test_a_batch_that_failed_together_goes_again_together_with_the_same_key(self):
		for number in range(2):
			make.brand(str(number))
		self.receiver.script(
			"/brands", Reply(503), Reply(200, {"results": [{"ok": True, "id": 1}, {"ok": True, "id": 2}]})
		)
		self.deliver()
		self.later()
		late = make.brand("late")
		self.receiver.script(
			"/brands",
			Reply(200, {"results": [{"ok": True, "id": 1}, {"ok": True, "id": 2}]}),
			Reply(200, {"results": [{"ok": True, "id": 3}]}),
		)
		self.deliver()
		first, second, third = self.arrived()
		self.assertEqual(first.body, second.body)
		self.assertEqual(first.header("Idempotency-Key"), second.header("Idempotency-Key"))
		self.assertEqual(third.json["records"][0]["name"], late.name)

	def test_an_answer_with_too_few_results_is_an_unknown_outcome(self):
		for number in range(2):
			make.brand(str(number))
		self.receiver.script("/brands", Reply(200, {"results": [{"ok": True, "id": 1}]}))
		self.deliver()
		self.assertEqual({(row.status, row.frozen) for row in self.events()}, {("Retrying", 1)})
		self.assertEqual(self.links(), [])


class TestFormats(ConnectTestCase):
	def send(self, account: dict | None = None, **flow):
		make.account(self.receiver.url(), **(account or {}))
		make.brand_flow(**flow)
		self.doc = make.brand("a < b & ü")
		self.deliver()
		return self.arrived()[0]

	def test_graphql(self):
		query = "mutation ($name: String!, $text: String) { brandCreate(name: $name, text: $text) { id } }"
		self.receiver.script("/brands", Reply(200, {"data": {"brandCreate": {"id": "gid://7"}}}))
		sent = self.send(graphql_query=query, external_id_expression="data.brandCreate.id")
		self.assertEqual(
			sent.json, {"query": query, "variables": {"name": self.doc.name, "text": "a < b & ü"}}
		)
		self.assertEqual(self.links()[0].external_id, "gid://7")

	def test_errors_of_graphql_come_with_status_200(self):
		self.receiver.script("/brands", Reply(200, {"errors": [{"message": "no such field"}]}))
		self.send(graphql_query="mutation { x }", external_id_expression="data.x.id")
		self.assertEqual(self.event().status, "Failed")
		self.assertIn("no such field", self.event().error)

	def test_xml(self):
		self.receiver.script(
			"/brands", Reply(201, b"<answer><id>X-1</id></answer>", {"Content-Type": "application/xml"})
		)
		sent = self.send({"payload_format": "XML", "xml_root": "brand"}, external_id_expression="answer.id")
		self.assertIn("xml", sent.header("Content-Type"))
		root = defusedxml.ElementTree.fromstring(sent.body)
		self.assertEqual(
			(root.tag, root.findtext("name"), root.findtext("text")), ("brand", self.doc.name, "a < b & ü")
		)
		self.assertEqual(self.links()[0].external_id, "X-1")

	def test_form(self):
		sent = self.send({"payload_format": "Form"})
		self.assertEqual(sent.header("Content-Type").split(";")[0], "application/x-www-form-urlencoded")
		self.assertEqual(parse_qs(sent.body.decode()), {"name": [self.doc.name], "text": ["a < b & ü"]})

	def test_configured_headers_and_query(self):
		sent = self.send(
			{
				"auth_type": "API Key",
				"parameters": [
					{"place": "Header", "key": "X-Shop", "value": "north"},
					{"place": "Header", "key": "X-Api-Key", "secret": "top-secret-key"},
					{"place": "Query", "key": "version", "value": "2"},
				],
			}
		)
		self.assertEqual((sent.header("X-Shop"), sent.header("X-Api-Key")), ("north", "top-secret-key"))
		self.assertEqual(sent.path, "/brands?version=2")

	def test_the_sandbox_switch_selects_the_other_address(self):
		self.send({"environment": "Sandbox", "sandbox_base_url": self.receiver.url("/sandbox")})
		self.assertEqual(self.arrived()[0].path, "/sandbox/brands")


class TestSignatures(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), signing_secret=SECRET)
		make.brand_flow()

	def send(self):
		make.brand("ü")
		self.deliver()
		return self.arrived()[-1]

	def test_the_reference_library_verifies_the_bytes_that_were_sent(self):
		sent = self.send()
		headers = {name.lower(): value for name, value in sent.headers.items()}
		self.assertEqual(Webhook(SECRET).verify(sent.body, headers)["text"], "ü")
		self.assertEqual(headers["webhook-id"], self.event().idempotency_key)
		self.assertRaises(WebhookVerificationError, Webhook(SECRET).verify, sent.body + b" ", headers)

	def test_after_a_rotation_both_secrets_verify_until_the_old_one_expires(self):
		new = accounts.rotate_signing_secret(make.ACCOUNT)
		sent = self.send()
		headers = {name.lower(): value for name, value in sent.headers.items()}
		for secret in (SECRET, new):
			Webhook(secret).verify(sent.body, headers)
		frappe.db.set_value(
			"Integration Settings", make.ACCOUNT, "previous_secret_expires", "2020-01-01 00:00:00"
		)
		sent = self.send()
		headers = {name.lower(): value for name, value in sent.headers.items()}
		Webhook(new).verify(sent.body, headers)
		self.assertRaises(WebhookVerificationError, Webhook(SECRET).verify, sent.body, headers)

	def test_a_repetition_is_signed_anew_over_the_same_bytes(self):
		self.receiver.script("/brands", "503,201")
		self.send()
		self.later()
		self.deliver()
		for sent in self.arrived():
			Webhook(SECRET).verify(sent.body, {name.lower(): value for name, value in sent.headers.items()})
		self.assertEqual(len({sent.body for sent in self.arrived()}), 1)
