"""The named schemes in the form of an account: offered by name, each with the credentials that it uses."""

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


class TestSchemes(DeskCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.commit()
		self.desk.open(f"/app/integration-settings/{make.ACCOUNT}")
		self.desk.click("Authentication", ".nav-link")

	def set(self, fieldname: str, value: str) -> None:
		self.desk.run("return cur_frm.set_value(arguments[0], arguments[1])", fieldname, value)
		self.desk.settle()

	def shown(self) -> list[str]:
		return self.desk.run(SHOWN, CREDENTIALS)

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
