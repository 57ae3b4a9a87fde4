"""Ways to authenticate in the form of an account: each asks for what it uses, and for nothing else."""

from __future__ import annotations

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.desk_case import DeskCase

# The list opens with the focus, and only of what has arrived by then.
OFFERED = """
cur_frm.get_field("request_scheme").$input.trigger("blur").trigger("focus").trigger("input");
return [...document.querySelectorAll(".awesomplete li")].map((entry) => entry.innerText.trim());
"""
SHOWN = "return arguments[0].filter((name) => cur_frm.get_field(name).disp_status === 'Write')"
CREDENTIALS = ["api_key", "api_secret", "token", "token_secret"]


class TestWaysToAuthenticate(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.commit()
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.click("Authentication", ".nav-link")

	def set(self, fieldname: str, value: str) -> None:
		self.desk.run("return cur_frm.set_value(arguments[0], arguments[1])", fieldname, value)
		self.desk.settle()

	def shown(self, *names: str) -> list[str]:
		return self.desk.run(SHOWN, names or CREDENTIALS)

	def test_a_scheme_is_chosen_and_asks_for_what_it_uses(self):
		self.set("auth_type", "Named Scheme")
		self.assertEqual(self.shown(), [])
		self.desk.until(lambda: len(self.desk.run(OFFERED)) >= 3, "the schemes")
		offered = " ".join(self.desk.run(OFFERED))
		for title in ("OAuth 1.0a", "AES checksum in the body", "Signed query"):
			self.assertIn(title, offered)
		self.shot("offered")
		for scheme, used, explained in (
			("oauth1", CREDENTIALS, "Signs each request with the consumer"),
			("aes_checksum", ["api_secret"], "Puts a salted, encrypted digest"),
			("signed_query", ["api_key", "api_secret"], "Adds parameters to the query"),
		):
			with self.subTest(scheme):
				self.set("request_scheme", scheme)
				self.desk.see(explained)
				self.assertEqual(self.shown(), used)
				self.shot(scheme)
		self.set("auth_type", "Bearer Token")
		self.assertEqual(self.shown(), ["token"])

	def test_a_service_account_and_a_login(self):
		self.set("auth_type", "OAuth 2 JWT Bearer")
		self.desk.see("Where an assertion is changed for a token")
		used = ["token_url", "jwt_key", "jwt_issuer", "jwt_subject", "jwt_claims", "token_headers"]
		self.assertEqual(self.shown("connected_app", "token_user", *used, "login_path"), used)
		self.shot("service account")
		self.set("auth_type", "Session Token")
		used = ["login_path", "login_method", "login_fields", "session_lifetime_expression", "token_headers"]
		self.assertEqual(self.shown("token_url", "jwt_key", *used), used)
		self.shot("login")
