"""Secrets go only where they were entered for, whoever changes an account and however he does it."""

from __future__ import annotations

import os
from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.api import accounts
from erp_connect.config import secret_origins
from erp_connect.patches import bind_secrets_to_their_origin
from erp_connect.store import entrusted, state
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.calls.test_tokens import APP, TokenTestCase
from erp_connect.tests.fakes.fault_server import FaultServer, Received, Reply

MANAGER = ("origins-manager@example.com", ("Integration Manager", *make.ROLES))
TOKEN, SIGNING, ROW = (
	"the-token-of-the-shop",
	"whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY",
	"the-key-of-the-row",
)
BEARER = {"auth_type": "Bearer Token", "token": TOKEN}


class OriginCase(TokenTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(frappe.set_user, "Administrator")
		make.user(*MANAGER)
		self.other = FaultServer().start()
		self.addCleanup(self.other.stop)

	def account(self, **values: Any):
		doc = make.account(self.receiver.url(), test_path="/ping", **values)
		frappe.db.commit()
		frappe.clear_messages()
		return doc

	def change(self, who: str = MANAGER[0], **values: Any):
		"""Load the account, change it and save it, as a form or a call does."""
		frappe.set_user(who)
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.update(values)
		doc.save()
		frappe.db.commit()
		return doc

	def try_connection(self, who: str = MANAGER[0]) -> dict:
		frappe.set_user(who)
		return accounts.test_connection(make.ACCOUNT)

	def kept(self, fieldname: str = "token") -> str | None:
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		return doc.get_password(fieldname, raise_exception=False)

	def told(self) -> str:
		return " ".join(str(entry) for entry in frappe.message_log)

	def assert_nothing_of(self, *secrets: str) -> None:
		for request in self.other.requests:
			for secret in secrets:
				self.assertNotIn(secret, _text(request))


class TestChangedAddress(OriginCase):
	def test_secrets_are_emptied_and_the_account_stops(self):
		self.account(
			**BEARER,
			sign_requests=1,
			signing_secret=SIGNING,
			verification_secret="comes-in-only",
			parameters=[
				{"place": "Header", "key": "X-Key", "secret": ROW},
				{"place": "Header", "key": "X-Open", "value": "1"},
			],
		)
		make.brand_flow()
		doc = self.change(base_url=self.other.url("/api"))
		for field in ("token", "signing_secret"):
			self.assertFalse(self.kept(field), field)
		self.assertEqual(self.kept("verification_secret"), "comes-in-only")
		self.assertFalse(doc.parameters[0].get_password("secret", raise_exception=False))
		self.assertEqual(doc.parameters[1].value, "1")
		for label in ("Token", "Signing secret", "X-Key"):
			self.assertIn(label, self.told())
		self.assertTrue(doc.paused)
		frappe.set_user("Administrator")
		make.brand()
		self.deliver()
		self.try_connection()
		self.assert_nothing_of(TOKEN, ROW)
		self.assertEqual(self.statuses(), ["Queued"])

	def test_what_the_message_says_works(self):
		self.account(**BEARER, parameters=[{"place": "Header", "key": "X-Key", "secret": ROW}])
		make.brand_flow()
		self.change("Administrator", base_url=self.other.url())
		make.brand()
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.token = "entered again"
		doc.parameters[0].secret = "that too"
		doc.save()
		accounts.resume(make.ACCOUNT)
		self.deliver()
		sent = self.other.received("/brands")[0]
		self.assertEqual(
			(sent.header("Authorization"), sent.header("X-Key")), ("Bearer entered again", "that too")
		)
		self.assertEqual(self.statuses(), ["Delivered"])

	def test_what_is_entered_in_the_same_save_goes_to_the_new_address(self):
		self.account(**BEARER)
		doc = self.change(base_url=self.other.url(), token="of the new one")
		self.assertFalse(doc.paused)
		self.assertTrue(self.try_connection()["ok"])
		self.assertEqual(self.other.received("/ping")[0].header("Authorization"), "Bearer of the new one")

	def test_another_path_of_the_same_origin_keeps_them(self):
		self.account(**BEARER)
		self.change(base_url=self.receiver.url("/v2"))
		self.assertEqual(self.kept(), TOKEN)
		self.assertTrue(self.try_connection()["ok"])

	def test_production_and_sandbox_have_an_origin_each(self):
		self.account(**BEARER, sandbox_base_url=self.other.url())
		self.change(environment="Sandbox")
		self.assertEqual(self.kept(), TOKEN)
		self.assertTrue(self.try_connection()["ok"])
		self.assertEqual(self.other.received("/ping")[0].header("Authorization"), f"Bearer {TOKEN}")
		self.change(environment="Production")
		self.assertEqual(self.kept(), TOKEN)
		self.change(base_url=self.other.url(), sandbox_base_url=self.receiver.url())
		self.assertFalse(self.kept())

	def test_a_sandbox_that_is_added_is_another_origin(self):
		self.account(**BEARER)
		self.change(sandbox_base_url=self.other.url(), environment="Sandbox")
		self.assertFalse(self.kept())
		self.try_connection()
		self.assert_nothing_of(TOKEN)

	def test_an_address_that_is_taken_away_and_comes_back_is_another(self):
		self.account(**BEARER, sandbox_base_url=self.other.url())
		self.change(sandbox_base_url="")
		self.assertEqual(self.kept(), TOKEN)
		self.change(sandbox_base_url=self.other.url())
		self.assertFalse(self.kept())

	def test_an_address_that_was_changed_beside_the_document_gets_nothing(self):
		self.account(**BEARER, sandbox_base_url=self.receiver.url())
		make.brand_flow()
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "base_url", self.other.url())
		make.brand()
		self.deliver()
		self.assertIn("leads elsewhere", self.try_connection()["message"])
		self.assertEqual(self.other.requests, [])
		frappe.set_user("Administrator")
		self.assertIn(
			"leads elsewhere", frappe.db.get_value("Integration Settings", make.ACCOUNT, "pause_reason")
		)
		# As the message says: saved, entered again, resumed.
		self.change("Administrator")
		self.assertFalse(self.kept())
		self.change("Administrator", token="entered again")
		accounts.resume(make.ACCOUNT)
		self.deliver()
		self.assertEqual(self.other.received("/brands")[0].header("Authorization"), "Bearer entered again")

	def test_an_input_that_is_part_of_the_address_leads_elsewhere_too(self):
		here, there = self.receiver.url().rstrip("/"), self.other.url().rstrip("/")
		make.account("{input.place}", **BEARER, test_path="/ping", inputs=[{"key": "place", "value": here}])
		frappe.db.commit()
		self.assertTrue(self.try_connection()["ok"])
		self.change(inputs=[{"key": "place", "value": there}])
		self.assertFalse(self.kept())
		self.try_connection()
		self.assert_nothing_of(TOKEN)

	def test_an_account_without_secrets_may_be_moved(self):
		self.account(auth_type="None")
		doc = self.change(base_url=self.other.url())
		self.assertFalse(doc.paused)
		self.assertNotIn("emptied", self.told())
		self.assertTrue(self.try_connection()["ok"])

	def test_a_renamed_account_keeps_them(self):
		self.account(**BEARER)
		frappe.rename_doc("Integration Settings", make.ACCOUNT, "Renamed Shop")
		self.addCleanup(frappe.delete_doc, "Integration Settings", "Renamed Shop", force=True)
		self.assertTrue(accounts.test_connection("Renamed Shop")["ok"])

	def test_accounts_that_were_there_before_go_on(self):
		self.account(**BEARER)
		frappe.db.delete("__Auth", {"doctype": "Integration Settings", "fieldname": "secret_origins"})
		self.assertIn("leads elsewhere", self.try_connection()["message"])
		bind_secrets_to_their_origin.execute()
		self.assertTrue(self.try_connection()["ok"])
		self.change(base_url=self.other.url())
		bound = entrusted.read(make.ACCOUNT)
		bind_secrets_to_their_origin.execute()
		self.assertEqual(entrusted.read(make.ACCOUNT), bound)
		self.assertFalse(self.kept())


class TestSecretsOfOthers(OriginCase):
	def test_stars_of_a_new_account_stand_for_nothing(self):
		self.account(**BEARER)
		frappe.delete_doc("Integration Settings", make.ACCOUNT)
		# Left over, as by a merge.
		frappe.utils.password.set_encrypted_password("Integration Settings", make.ACCOUNT, TOKEN, "token")
		frappe.set_user(MANAGER[0])
		make.account(self.other.url(), auth_type="Bearer Token", token="*" * 12, test_path="/ping", enabled=0)
		self.assertFalse(self.kept())
		self.try_connection()
		self.assert_nothing_of(TOKEN)

	def test_rows_of_another_account_are_not_taken(self):
		row = self.account(parameters=[{"place": "Header", "key": "X-Key", "secret": ROW}]).parameters[0]
		make.account(self.other.url(), name="Other Shop", test_path="/ping")
		frappe.db.commit()
		frappe.set_user(MANAGER[0])
		mine = frappe.get_doc("Integration Settings", "Other Shop")
		mine.append("parameters", {"place": "Header", "key": "X-Key", "secret": "*" * 18, "name": row.name})
		mine.parameters[0].set("__islocal", None)
		with self.assertRaises(frappe.PermissionError):
			mine.save()
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Integration Parameter", row.name, "parent"), make.ACCOUNT)

	def test_stars_in_a_new_row_stand_for_nothing(self):
		self.account()
		self.change(parameters=[{"place": "Header", "key": "X-Key", "secret": "*" * 18}])
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		self.assertFalse(doc.parameters[0].secret)
		self.assertIn("X-Key", self.told())

	def test_rows_of_another_flow_are_not_taken(self):
		self.account()
		other = make.brand_flow(mapping_name="Other")
		flow = make.flow("Brand", make.rest("/b"), [make.row("name", "name")])
		flow.append("rows", {"source": "name", "target": "x", "name": other.rows[0].name})
		flow.rows[-1].set("__islocal", None)
		with self.assertRaises(frappe.PermissionError):
			flow.save()


class TestNamedSecrets(OriginCase):
	def named(self, **secrets: Any) -> None:
		conf = patch.dict(frappe.conf, {"erp_connect_secrets": secrets})
		conf.start()
		self.addCleanup(conf.stop)

	def test_a_manager_does_not_choose_one_that_states_no_host(self):
		self.named(bank="secret-of-the-bank")
		self.account(auth_type="None")
		with self.assertRaises(frappe.PermissionError) as raised:
			self.change(auth_type="Bearer Token", token="site_config:bank")
		self.assertIn("System Manager", str(raised.exception))
		frappe.db.rollback()
		frappe.set_user(MANAGER[0])
		with self.assertRaises(frappe.PermissionError):
			make.account(self.other.url(), name="Mine", auth_type="Bearer Token", token="site_config: bank")

	def test_nor_in_a_field_whose_secret_only_comes_in(self):
		self.named(bank="secret-of-the-bank")
		self.account(auth_type="None")
		with self.assertRaises(frappe.PermissionError):
			self.change(verification_secret="site_config:bank")

	def test_what_a_system_manager_chose_goes_on_and_ends_with_the_address(self):
		self.named(shop="secret-of-the-shop")
		self.account(auth_type="Bearer Token", token="site_config:shop")
		self.change(test_path="/pong")
		self.assertTrue(self.try_connection()["ok"])
		self.assertEqual(self.arrived("/pong")[0].header("Authorization"), "Bearer secret-of-the-shop")
		self.change(base_url=self.other.url())
		self.assertFalse(self.kept())
		with self.assertRaises(frappe.PermissionError):
			self.change(token="site_config:shop")
		frappe.db.rollback()
		self.try_connection()
		self.assert_nothing_of("secret-of-the-shop")
		# What the message says: a System Manager enters it.
		self.change("Administrator", token="site_config:shop")
		self.assertTrue(self.try_connection()["ok"])

	def test_one_that_was_only_compared_is_not_sent_because_of_that(self):
		self.named(hook="secret-of-webhooks")
		self.account(auth_type="None", verification_secret="site_config:hook")
		with self.assertRaises(frappe.PermissionError):
			self.change(auth_type="Bearer Token", token="site_config:hook")

	def test_a_host_that_is_stated_is_enough_for_a_manager(self):
		self.named(shop={"value": "secret-of-the-shop", "hosts": [self.receiver.url().rstrip("/")]})
		self.account(auth_type="None")
		self.change(auth_type="Bearer Token", token="site_config:shop")
		self.assertTrue(self.try_connection()["ok"])
		self.assertEqual(self.arrived("/ping")[0].header("Authorization"), "Bearer secret-of-the-shop")

	def test_and_binds_everybody(self):
		self.named(shop={"value": "secret-of-the-shop", "hosts": ["shop.example"]})
		with self.assertRaises(frappe.ValidationError) as raised:
			self.account(auth_type="Bearer Token", token="site_config:shop")
		self.assertIn("shop.example", str(raised.exception))
		self.assertNotIn("secret-of-the-shop", str(raised.exception))

	def test_an_address_from_a_token_answer_is_none_of_the_stated(self):
		self.named(key={"value": "secret-of-the-shop", "hosts": [self.receiver.url().rstrip("/")]})
		with self.assertRaises(frappe.ValidationError) as raised:
			self.account(
				auth_type="OAuth 2 Client Credentials",
				connected_app=self.app(),
				base_url_expression="instance_url",
				parameters=[{"place": "Header", "key": "X-Key", "secret": "site_config:key"}],
			)
		self.assertIn("token address", str(raised.exception))

	def test_a_statement_that_is_made_later_holds_at_once(self):
		self.named(shop="secret-of-the-shop")
		self.account(auth_type="Bearer Token", token="site_config:shop")
		self.named(shop={"value": "secret-of-the-shop", "hosts": "shop.example"})
		self.assertIn("shop.example", self.try_connection()["message"])
		self.assert_arrived(0)

	def test_variables_of_the_environment_state_hosts_beside_them(self):
		here = self.receiver.url().rstrip("/")
		self.account(auth_type="None")
		with patch.dict(os.environ, {"ERP_CONNECT_SHOP": "of-the-environment"}):
			with self.assertRaises(frappe.PermissionError):
				self.change(auth_type="Bearer Token", token="env:ERP_CONNECT_SHOP")
			frappe.db.rollback()
			with patch.dict(os.environ, {"ERP_CONNECT_SHOP_HOSTS": f"shop.example, {here}"}):
				self.change(auth_type="Bearer Token", token="env:ERP_CONNECT_SHOP")
				self.assertTrue(self.try_connection()["ok"])
			with patch.dict(os.environ, {"ERP_CONNECT_SHOP_HOSTS": "shop.example"}):
				self.assertIn("shop.example", self.try_connection()["message"])

	def test_an_entry_that_cannot_be_read_says_so_without_its_content(self):
		self.named(shop={"value": "secret-of-the-shop", "host": "shop.example"})
		with self.assertRaises(frappe.ValidationError) as raised:
			self.account(auth_type="Bearer Token", token="site_config:shop")
		self.assertIn("hosts", str(raised.exception))
		self.assertNotIn("secret-of-the-shop", str(raised.exception))


class TestOAuth(OriginCase):
	def granted(self, **values: Any) -> str:
		app = self.app()
		self.account(auth_type="OAuth 2 Authorization Code", connected_app=app, **values)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "token_user", "Administrator")
		cache = frappe.new_doc("Token Cache")
		cache.update({"connected_app": app, "user": "Administrator"})
		cache.update_data(
			{"access_token": TOKEN, "refresh_token": "r", "expires_in": 3600, "token_type": "bearer"}
		)
		frappe.db.commit()
		return app

	def test_the_access_of_a_person_ends_with_the_address(self):
		self.granted()
		self.assertTrue(self.try_connection()["ok"])
		self.assertEqual(self.arrived("/ping")[0].header("Authorization"), f"Bearer {TOKEN}")
		doc = self.change(base_url=self.other.url())
		self.assertFalse(doc.token_user)
		self.assertIn("Grant Access", self.told())
		self.try_connection()
		self.assert_nothing_of(TOKEN)

	def test_a_base_url_that_somebody_makes_up_in_the_expression_gets_nothing(self):
		self.granted()
		doc = self.change(base_url_expression=f"'{self.other.url().rstrip('/')}'")
		self.assertFalse(doc.token_user)
		self.try_connection()
		self.assert_nothing_of(TOKEN)

	def test_a_base_url_that_stands_in_the_answer_is_where_the_token_address_leads(self):
		app = self.app()
		self.account(auth_type="OAuth 2 Client Credentials", connected_app=app)
		self.change(base_url_expression="instance_url")
		instance = self.other.url("/instance")
		self.tokens({"access_token": "one", "expires_in": 3600, "instance_url": instance})
		self.assertTrue(self.try_connection()["ok"])
		self.assertEqual(self.other.received("/instance/ping")[0].header("Authorization"), "Bearer one")

	def test_an_address_of_an_earlier_token_is_forgotten(self):
		self.granted(base_url_expression="instance_url")
		state.remember_token_address(make.ACCOUNT, self.other.url().rstrip("/"))
		self.change(base_url=self.receiver.url("/v2"))
		self.assertEqual(state.token_address(make.ACCOUNT), "")

	def test_a_person_grants_access_to_one_app(self):
		self.granted()
		other = frappe.get_doc("Connected App", frappe.db.get_value("Connected App", {"provider_name": APP}))
		copy = frappe.copy_doc(other).insert()
		doc = self.change(connected_app=copy.name)
		self.assertFalse(doc.token_user)

	def test_a_connected_app_is_lent_by_a_system_manager(self):
		app = self.app()
		self.account(auth_type="None")
		with self.assertRaises(frappe.PermissionError) as raised:
			self.change(auth_type="OAuth 2 Client Credentials", connected_app=app)
		self.assertIn("System Manager", str(raised.exception))
		frappe.db.rollback()
		self.change("Administrator", auth_type="OAuth 2 Client Credentials", connected_app=app)
		self.tokens({"access_token": "one", "expires_in": 3600})
		self.assertTrue(self.try_connection()["ok"])
		doc = self.change(base_url=self.other.url())
		self.assertFalse(doc.connected_app)
		self.try_connection()
		self.assert_nothing_of("one")
		self.change("Administrator", connected_app=app)
		self.assertTrue(self.try_connection()["ok"])

	def test_a_token_address_that_changes_gets_neither_secret_nor_tokens(self):
		app = self.granted()
		frappe.set_user("Administrator")
		doc = frappe.get_doc("Connected App", app)
		doc.token_uri = self.other.url("/token")
		doc.save()
		self.assertFalse(doc.get_password("client_secret", raise_exception=False))
		self.assertFalse(frappe.db.exists("Token Cache", {"connected_app": app}))
		self.assertIn("leads elsewhere", self.try_connection()["message"])
		self.assertEqual(self.other.requests, [])

	def test_also_when_it_was_changed_beside_the_document(self):
		app = self.granted()
		frappe.db.set_value("Connected App", app, "token_uri", self.other.url("/token"))
		self.expire()
		self.assertIn("leads elsewhere", self.try_connection()["message"])
		self.assertEqual(self.other.requests, [])

	def test_apps_that_no_account_uses_are_not_touched(self):
		app = frappe.get_doc("Connected App", self.app())
		app.token_uri = self.other.url("/token")
		app.save()
		self.assertEqual(app.get_password("client_secret"), "the-client-secret")


class TestLogin(OriginCase):
	SETTINGS = {
		"auth_type": "Session Token",
		"username": "shop",
		"password": "shop-password",
		"login_path": "/login",
		"login_token_expression": "token",
		"session_name": "X-Session",
	}

	def test_a_session_ends_with_its_address(self):
		self.receiver.script("/login", Reply(200, {"token": "session-of-the-shop"}))
		self.account(**self.SETTINGS)
		self.assertTrue(self.try_connection()["ok"])
		self.change(base_url=self.other.url(), password="another")
		self.try_connection()
		self.assert_nothing_of("session-of-the-shop", "shop-password")
		self.assertEqual(self.other.received("/login")[0].json["password"], "another")

	def test_a_session_ends_with_an_address_that_an_input_changed(self):
		here, there = self.receiver.url().rstrip("/"), self.other.url().rstrip("/")
		self.receiver.script("/login", Reply(200, {"token": "session-of-the-shop"}))
		make.account(
			"{input.place}", **self.SETTINGS, test_path="/ping", inputs=[{"key": "place", "value": here}]
		)
		frappe.db.commit()
		self.assertTrue(self.try_connection()["ok"])
		self.change(inputs=[{"key": "place", "value": there}], password="another")
		self.try_connection()
		self.assert_nothing_of("session-of-the-shop", "shop-password")

	def test_a_session_of_production_is_not_used_in_the_sandbox(self):
		self.receiver.script("/login", Reply(200, {"token": "session-of-the-shop"}))
		self.account(**self.SETTINGS, sandbox_base_url=self.other.url())
		self.assertTrue(self.try_connection()["ok"])
		self.change(environment="Sandbox")
		self.try_connection()
		self.assert_nothing_of("session-of-the-shop")

	def test_the_path_of_the_login_does_not_lead_to_another_host(self):
		port = self.other.url().rstrip("/").rpartition(":")[2]
		self.account(**self.SETTINGS)
		for path in (f"@127.0.0.1:{port}/login", f"//127.0.0.1:{port}/login", self.other.url("/login")):
			try:
				self.change(login_path=path)
			except frappe.ValidationError:
				frappe.db.rollback()
			self.try_connection()
			self.assertEqual(self.other.requests, [], path)


def _text(request: Received) -> str:
	return f"{request.path} {request.headers} {request.body!r}"


class TestWhereAnAccountLeads(OriginCase):
	def test_addresses_as_they_are_compared(self):
		doc = self.account(sandbox_base_url="https://Sandbox.Shop.Example:443/x")
		found = secret_origins.of_document(doc)
		self.assertEqual(found.sandbox_base_url, "https://sandbox.shop.example")
		self.assertEqual(found.base_url, self.receiver.url().rstrip("/"))
