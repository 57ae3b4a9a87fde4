"""Requests signed by named schemes, through the outbox to receivers that refuse a wrong signature."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import frappe

from erp_connect.api import accounts
from erp_connect.config import request_schemes
from erp_connect.core.presets.part import Part
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes import proving_receiver as judges
from erp_connect.transport.auth import HeaderAuth, Made, RequestScheme

KEY, SECRET = "consumer-key-4711", "consumer-secret-4711"
TOKEN, TOKEN_SECRET = "access-token-4711", "token-secret-4711"
MERCHANT_KEY = "merchantkey12345"
CHECKSUM = {"iv": "@@@@&&&&####$$$$"}
QUERY = {
	"parameters": {"username": "{key}", "store_id": "{input.store}", "language": "en-gb", "currency": "USD",
	"time": "{timestamp}"},
	"message": "{query.route}\n{query.call}\n{query.username}\n{host}\n{folder}\n{query.store_id}\n{query.language}\n"
	"{query.currency}\n{form_md5_escaped}\n{query.time}\n",
	"algorithm": "sha1",
	"encoding": "base64",
}  # fmt: skip
# The app of a test brings it by the hook.
GREETING = RequestScheme(
	"Greeting",
	"Greets by name",
	("key", "secret"),
	Part,
	lambda given, settings: HeaderAuth({"X-Greeting": Made(f"hello {given.key}"), "X-Own": given.secret}),
)
NO_SCHEME = "not a scheme"


class SchemeTestCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.receiver = judges.ProvingReceiver().start()
		self.addCleanup(self.receiver.stop)

	@property
	def origin(self) -> str:
		return self.receiver.url("")

	def account(self, scheme: str, settings: dict | None = None, **values: Any):
		return make.account(
			self.receiver.url(),
			**{
				"auth_type": "Named Scheme",
				"request_scheme": scheme,
				"scheme_settings": json.dumps({} if settings is None else settings),
				**values,
			},
		)

	def send(self, text: str = "first"):
		doc = make.brand(text)
		self.deliver()
		return doc

	def assert_nothing_tells(self, *secrets: str) -> None:
		"""In what is stored about the exchanges, and in the errors of the site."""
		frappe.db.rollback()
		kept = [
			*frappe.get_all("Sync Attempt", fields=["*"]),
			*frappe.get_all("Sync Log", fields=["*"]),
			*frappe.get_all("Error Log", {"creation": (">", self.began)}, ["*"]),
			frappe.get_doc("Integration Settings", make.ACCOUNT).as_dict(),
		]
		for secret in secrets:
			self.assertNotIn(secret, json.dumps(kept, default=str))

	def run(self, result=None):
		self.began = frappe.utils.now_datetime()
		return super().run(result)

	def assert_stopped(self) -> None:
		"""What does not fit is refused by the receiver, and stops the account."""
		self.assertEqual(len(self.receiver.refused), 1)
		self.assertEqual(self.links(), [])
		self.assertTrue(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))


class TestOAuth1(SchemeTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.whole = judges.Consumer(KEY, SECRET, TOKEN, TOKEN_SECRET)
		self.one_legged = judges.Consumer(KEY, SECRET)

	def connected(self, consumer: judges.Consumer, secret: str = SECRET, **settings: str) -> None:
		token = {} if "" in consumer.tokens else {"token": TOKEN, "token_secret": TOKEN_SECRET}
		self.account("oauth1", settings, api_key=KEY, api_secret=secret, **token)
		make.brand_flow()
		for path in ("/brands", "/brands/R-1"):
			self.receiver.prove(path, judges.oauth1(self.origin, consumer))

	def test_with_an_access_token_in_the_header(self):
		self.connected(self.whole)
		doc = self.send()
		doc.description = "second"
		doc.save()
		self.deliver()
		self.assertEqual(self.statuses(), ["Delivered", "Delivered"])
		self.assertEqual([r.method for r in self.arrived()], ["POST", "PUT"])
		self.assertEqual(self.receiver.refused, [])
		self.assert_nothing_tells(SECRET, TOKEN, TOKEN_SECRET)

	def test_one_legged_in_the_query_by_both_algorithms(self):
		for number, algorithm in enumerate(("HMAC-SHA256", "HMAC-SHA1"), 1):
			with self.subTest(algorithm):
				if number == 1:
					self.connected(self.one_legged, place="query", algorithm=algorithm)
				else:
					doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
					doc.scheme_settings = json.dumps({"place": "query", "algorithm": algorithm})
					doc.save()
				self.send()
				self.assertEqual(self.statuses(), ["Delivered"] * number)
				query = dict(parse_qsl(urlsplit(self.arrived("/brands")[-1].path).query))
				self.assertEqual(query["oauth_signature_method"], algorithm)
		self.assert_nothing_tells(SECRET, query["oauth_signature"])

	def test_a_wrong_secret_is_refused_and_stops_the_account(self):
		self.connected(self.whole, secret="another-secret")
		self.send()
		self.assert_stopped()

	def test_a_form_is_signed_and_query_parameters_of_the_account_too(self):
		self.connected(self.one_legged)
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.payload_format = "Form"
		doc.append("parameters", {"place": "Query", "key": "filter[a]", "value": "b c"})
		doc.save()
		self.send("ümläut & more")
		self.assertEqual(self.statuses(), ["Delivered"])
		self.assertIn("filter%5Ba%5D=b%20c", self.arrived("/brands")[0].path)


class TestChecksum(SchemeTestCase):
	def connected(self, key: str = MERCHANT_KEY) -> None:
		self.account("aes_checksum", CHECKSUM, api_secret=key)
		make.flow(
			"Brand",
			make.rest("/brands"),
			[make.row("name", "body.orderId"), make.row("description", "body.text")],
		)
		self.receiver.prove("/brands", judges.checksum(MERCHANT_KEY))

	def test_the_providers_library_accepts_what_arrives(self):
		self.connected()
		self.send("Zürich")
		self.assertEqual(self.statuses(), ["Delivered"])
		self.assertEqual(self.arrived("/brands")[0].json["body"]["text"], "Zürich")
		payload = self.event().payload or ""
		self.assertNotIn("signature", payload)
		self.assert_nothing_tells(MERCHANT_KEY, self.arrived("/brands")[0].json["head"]["signature"])

	def test_a_repetition_has_a_checksum_of_its_own(self):
		self.connected()
		self.receiver.script("/brands", "503,201")
		self.send()
		self.later()
		self.deliver()
		first, second = (request.json for request in self.arrived("/brands"))
		self.assertEqual(first["body"], second["body"])
		self.assertNotEqual(first["head"], second["head"])
		self.assertEqual(self.receiver.refused, [])

	def test_another_key_is_refused_and_stops_the_account(self):
		self.connected("x" * 16)
		self.send()
		self.assert_stopped()


class TestSignedQuery(SchemeTestCase):
	PATH = "/index.php?route=api/order&call=history_add"

	def connected(self, secret: str = "shop-key-4711", path: str = PATH) -> None:
		self.account(
			"signed_query", QUERY, api_key="erp", api_secret=secret, payload_format="Form",
			inputs=[{"key": "store", "title": "Store", "value": "3"}],
		)  # fmt: skip
		make.flow(
			"Brand",
			[make.request("Insert", "POST", path)],
			[make.row("name", "order_id"), make.row("description", "comment")],
		)
		host = urlsplit(self.origin).netloc
		self.receiver.prove("/index.php", judges.signed_query(host, "shop-key-4711"))

	def test_the_shop_accepts_what_arrives(self):
		self.connected()
		self.send(' a <b> & "c" ü~ ')
		self.assertEqual(self.statuses(), ["Delivered"])
		query = dict(parse_qsl(urlsplit(self.arrived()[0].path).query))
		self.assertEqual((query["username"], query["store_id"]), ("erp", "3"))
		self.assert_nothing_tells("shop-key-4711", query["signature"])

	def test_another_key_is_refused_and_stops_the_account(self):
		self.connected("another-key")
		self.send()
		self.assert_stopped()

	def test_a_path_without_what_is_signed_fails_its_event_only(self):
		self.connected(path="/index.php?route=api/order")
		self.send()
		self.assertEqual(self.event().status, "Failed")
		self.assertIn("query.call", self.event().error)
		self.assertFalse(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))
		self.assert_arrived(0)


class TestBodyRows(SchemeTestCase):
	ROWS = (
		{"place": "Body", "key": "*.merchantAuthentication.name", "value": "login-1"},
		{"place": "Body", "key": "*.merchantAuthentication.transactionKey", "secret": "transaction-4711"},
	)

	def connected(self, path: str = "transaction.", name: str = "Test Brand", **values: Any) -> None:
		if not frappe.db.exists("Integration Settings", make.ACCOUNT):
			make.account(
				self.receiver.url(), auth_type="API Key", parameters=[dict(row) for row in self.ROWS]
			)
		make.flow(
			"Brand",
			make.rest("/brands"),
			[make.row("name", f"{path}name"), make.row("description", f"{path}text")],
			name,
			**values,
		)
		expected = {"name": "login-1", "transactionKey": "transaction-4711"}
		self.receiver.prove("/brands", judges.first_in_body("merchantAuthentication", expected))

	def test_credentials_stand_first(self):
		self.connected()
		self.send()
		self.assertEqual(self.statuses(), ["Delivered"])
		self.assertEqual(self.arrived("/brands")[0].json["transaction"]["text"], "first")
		self.assertNotIn("merchantAuthentication", self.event().payload or "")
		self.assert_nothing_tells("transaction-4711")

	def test_a_body_without_a_place_fails_its_event_only(self):
		"""One flow sends what has no object inside; the other of the account goes on."""
		self.connected("", name="Flat")
		self.connected(name="Whole", remote_entity="other")
		self.send()
		rows = {row.field_mapping: row for row in self.events()}
		self.assertEqual((rows["Flat"].status, rows["Whole"].status), ("Failed", "Delivered"))
		self.assertIn("places that the account names in the body", rows["Flat"].error)
		self.assertEqual(rows["Flat"].attempts, 1)
		self.assert_arrived(1)
		self.assertFalse(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))

	def test_a_format_that_takes_nothing_fails_its_event_only(self):
		self.connected()
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "payload_format", "XML")
		self.send()
		self.assertEqual(self.event().status, "Failed")
		self.assertIn("JSON and forms only", self.event().error)
		self.assertFalse(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))

	def test_a_path_that_is_none_is_told_when_the_account_is_saved(self):
		rows = [{"place": "Body", "key": "a..b", "value": "x"}]
		with self.assertRaisesRegex(frappe.ValidationError, "no place of its own"):
			make.account(self.receiver.url(), auth_type="API Key", parameters=rows)


class TestChoosing(SchemeTestCase):
	HOOKS = {"greeting": [f"{__name__}.GREETING"], "broken": [f"{__name__}.NO_SCHEME"], "gone": ["a.b.c"],
	"oauth1": [f"{__name__}.GREETING"]}  # fmt: skip

	def hooked(self) -> None:
		real = frappe.get_hooks
		self.enterContext(
			patch.object(
				frappe,
				"get_hooks",
				lambda hook=None, *more, **named: (
					self.HOOKS if hook == request_schemes.HOOK else real(hook, *more, **named)
				),
			)
		)

	def test_the_form_is_offered_what_can_be_used_and_the_fields_of_each(self):
		self.hooked()
		found = {option["value"]: option for option in accounts.signing_schemes()}
		self.assertEqual(
			list(found), ["oauth1", "aes_checksum", "signed_query", "signed_token", "by_path", "greeting"]
		)
		self.assertEqual(found["oauth1"]["label"], "OAuth 1.0a")
		self.assertEqual(found["oauth1"]["fields"], ["api_key", "api_secret", "token", "token_secret"])
		self.assertEqual(found["aes_checksum"]["fields"], ["api_secret"])

	def test_who_may_not_configure_accounts_is_offered_nothing(self):
		frappe.set_user(make.user("clerk@example.com", ("Sales User",)))
		self.addCleanup(frappe.set_user, "Administrator")
		with self.assertRaises(frappe.PermissionError):
			accounts.signing_schemes()

	def test_a_scheme_of_another_app_signs(self):
		self.hooked()
		self.account("greeting", api_key="erp", api_secret="own-secret-4711")
		make.brand_flow()
		self.send()
		(sent,) = self.arrived("/brands")
		self.assertEqual((sent.header("X-Greeting"), sent.header("X-Own")), ("hello erp", "own-secret-4711"))
		self.assert_nothing_tells("own-secret-4711")

	def test_what_cannot_be_used_is_told_when_the_account_is_saved(self):
		self.hooked()
		for scheme, settings, words in (
			("", {}, "There is no scheme -"),
			("none", {}, "There is no scheme none"),
			("broken", {}, "is no scheme"),
			("gone", {}, "is no scheme"),
			("oauth1", {"plcae": "query"}, "plcae"),
			("oauth1", [], "one JSON object"),
		):
			with self.subTest(scheme=scheme, settings=settings):
				with self.assertRaisesRegex(frappe.ValidationError, words):
					self.account(scheme, settings, api_key="k", api_secret=SECRET)
				frappe.db.rollback()
		with self.assertRaisesRegex(frappe.ValidationError, "needs the API key"):
			self.account("oauth1", api_secret=SECRET)

	def test_secrets_are_emptied_where_the_account_leads_elsewhere(self):
		doc = self.account("oauth1", api_key=KEY, api_secret=SECRET, token=TOKEN, token_secret=TOKEN_SECRET)
		doc.update({"base_url": "https://elsewhere.example", "enabled": 0})
		doc.save()
		doc.reload()
		self.assertEqual([doc.api_secret, doc.token, doc.token_secret], ["", "", ""])
