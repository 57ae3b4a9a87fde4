"""Tokens that are fetched: one refresh for many workers, and one after a 401."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs

import frappe

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import Reply

APP = "Test Provider"


class TokenTestCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.remove()
		self.addCleanup(self.remove)

	def remove(self) -> None:
		frappe.set_user("Administrator")
		for name in frappe.get_all("Connected App", {"provider_name": APP}, pluck="name"):
			frappe.db.delete("Token Cache", {"connected_app": name})
			frappe.db.delete("Connected App", {"name": name})
		frappe.db.delete("__Auth", {"doctype": ("in", ("Token Cache", "Connected App"))})
		frappe.db.commit()

	def app(self) -> str:
		return (
			frappe.get_doc(
				{
					"doctype": "Connected App",
					"provider_name": APP,
					"client_id": "the-client",
					"client_secret": "the-client-secret",
					"token_uri": self.receiver.url("/token"),
					"authorization_uri": self.receiver.url("/authorize"),
					"scopes": [{"scope": "all"}],
				}
			)
			.insert()
			.name
		)

	def tokens(self, *tokens: dict) -> None:
		self.receiver.script(
			"/token", *[Reply(200, {"token_type": "Bearer", **token}, seconds=0.3) for token in tokens]
		)

	def expire(self) -> None:
		frappe.db.sql("UPDATE `tabToken Cache` SET modified = modified - INTERVAL 2 HOUR")
		self.commit()

	def sent_tokens(self) -> list[str]:
		return [request.header("Authorization") for request in self.arrived("/brands")]


class TestClientCredentials(TokenTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(
			self.receiver.url(),
			auth_type="OAuth 2 Client Credentials",
			connected_app=self.app(),
			concurrency=10,
		)
		make.brand_flow()
		self.commit()

	def test_ten_workers_with_an_expired_token_make_one_refresh(self):
		self.tokens({"access_token": "one", "expires_in": 3600}, {"access_token": "two", "expires_in": 3600})
		make.brand()
		self.deliver()
		self.expire()
		# Each worker takes one event only, so that all of them have something to send.
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		account.update({"rate_limit": 1000, "burst": 1})
		account.save()
		for _ in range(40):
			make.brand()
		self.commit()
		services.in_threads(10, self.deliver)
		self.assert_arrived(2, "/token")
		self.assertEqual(self.sent_tokens(), ["Bearer one"] + ["Bearer two"] * 40)
		self.assertEqual(set(self.statuses()), {"Delivered"})

	def test_the_token_request_is_as_the_standard_says(self):
		self.tokens({"access_token": "one", "expires_in": 3600})
		make.brand()
		self.deliver()
		asked = parse_qs(self.arrived("/token")[0].body.decode())
		self.assertEqual((asked["grant_type"], asked["scope"]), (["client_credentials"], ["all"]))
		self.assertEqual(
			(asked["client_id"], asked["client_secret"]), (["the-client"], ["the-client-secret"])
		)

	def test_a_refused_token_is_renewed_once_and_the_request_repeated(self):
		self.tokens({"access_token": "one", "expires_in": 3600}, {"access_token": "two", "expires_in": 3600})
		self.receiver.script("/brands", "401,201")
		make.brand()
		self.deliver()
		self.assertEqual(self.sent_tokens(), ["Bearer one", "Bearer two"])
		self.assertEqual(self.event().status, "Delivered")

	def test_a_token_that_is_refused_again_pauses_the_account(self):
		self.tokens({"access_token": "one", "expires_in": 3600})
		self.receiver.script("/brands", "401")
		# One after the other: of several at once, each would have been refused twice.
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "concurrency", 1)
		for _ in range(3):
			make.brand()
		self.deliver()
		self.assertLessEqual(len(self.sent_tokens()), 2)
		self.assertTrue(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))

	def test_the_token_may_stand_alone_in_a_header_of_the_account_s_choice(self):
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		account.token_header = "X-Access-Token"
		account.save()
		self.tokens({"access_token": "one", "expires_in": 3600}, {"access_token": "two", "expires_in": 3600})
		self.receiver.script("/brands", "401,201")
		make.brand()
		self.deliver()
		sent = [
			(one.header("X-Access-Token"), one.header("Authorization")) for one in self.arrived("/brands")
		]
		self.assertEqual(sent, [("one", ""), ("two", "")])

	def test_the_address_of_the_api_may_come_from_the_token_answer(self):
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		account.base_url_expression = "instance_url"
		account.save()
		self.tokens(
			{"access_token": "one", "expires_in": 3600, "instance_url": self.receiver.url("/instance")}
		)
		make.brand()
		self.deliver()
		self.assert_arrived(1, "/instance/brands")

	def test_a_token_address_that_is_down_is_retried_later(self):
		self.receiver.script("/token", "503")
		make.brand()
		self.deliver()
		self.assertEqual(self.sent_tokens(), [])
		self.assertEqual(self.event().status, "Retrying")
		self.assertFalse(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))


class TestAuthorizationCode(TokenTestCase):
	def setUp(self) -> None:
		super().setUp()
		app = self.app()
		make.account(self.receiver.url(), auth_type="OAuth 2 Authorization Code", connected_app=app)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "token_user", make.USER)
		make.brand_flow()
		cache = frappe.get_doc({"doctype": "Token Cache", "connected_app": app, "user": make.USER})
		cache.update_data(
			{"access_token": "old", "refresh_token": "refresh-1", "expires_in": 3600, "token_type": "Bearer"}
		)
		self.expire()

	def test_the_refresh_token_is_used_and_a_new_one_kept(self):
		self.tokens({"access_token": "new", "refresh_token": "refresh-2", "expires_in": 3600})
		make.brand()
		self.deliver()
		asked = parse_qs(self.arrived("/token")[0].body.decode())
		self.assertEqual((asked["grant_type"], asked["refresh_token"]), (["refresh_token"], ["refresh-1"]))
		self.assertEqual(self.sent_tokens(), ["Bearer new"])
		cache = frappe.get_last_doc("Token Cache")
		self.assertEqual(cache.get_password("refresh_token"), "refresh-2")

	def test_a_revoked_refresh_token_pauses_with_a_word_on_what_to_do(self):
		self.receiver.script("/token", Reply(400, {"error": "invalid_grant"}))
		make.brand()
		self.deliver()
		self.assertEqual(self.sent_tokens(), [])
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		self.assertTrue(account.paused)
		self.assertIn("grant access", account.pause_reason.lower())


class TestOtherWays(TokenTestCase):
	def send(self, **settings):
		make.account(self.receiver.url(), **settings)
		make.brand_flow()
		make.brand()
		self.deliver()
		return self.arrived("/brands")[-1]

	def test_session_token(self):
		self.receiver.script(
			"/login",
			Reply(200, {"data": {"token": "session-1"}}),
			Reply(200, {"data": {"token": "session-2"}}),
		)
		settings = {
			"auth_type": "Session Token",
			"username": "shop",
			"password": "shop-password",
			"login_path": "/login",
			"login_token_expression": "data.token",
			"session_name": "X-Session",
			"session_prefix": "",
		}
		self.assertEqual(self.send(**settings).header("X-Session"), "session-1")
		self.assertEqual(self.arrived("/login")[0].json, {"username": "shop", "password": "shop-password"})
		self.receiver.script("/brands", "401,201")
		make.brand()
		self.deliver()
		self.assertEqual(
			[r.header("X-Session") for r in self.arrived("/brands")][1:], ["session-1", "session-2"]
		)
		make.brand()
		self.deliver()
		self.assert_arrived(2, "/login")

	def test_basic(self):
		sent = self.send(auth_type="Basic", username="shop", password="pass:word")
		self.assertEqual(
			sent.header("Authorization"), "Basic " + base64.b64encode(b"shop:pass:word").decode()
		)

	def test_frappe_token(self):
		sent = self.send(auth_type="Frappe Token", api_key="key", api_secret="secret-of-the-key")
		self.assertEqual(sent.header("Authorization"), "token key:secret-of-the-key")

	def test_a_secret_by_name_from_the_site_config(self):
		frappe.conf.erp_connect_secrets = {"shop": "named-secret"}
		try:
			sent = self.send(auth_type="Bearer Token", token="site_config:shop")
		finally:
			frappe.conf.erp_connect_secrets = None
		self.assertEqual(sent.header("Authorization"), "Bearer named-secret")
