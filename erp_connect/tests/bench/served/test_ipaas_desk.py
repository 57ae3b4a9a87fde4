"""A browser: a System Manager registers the platform in Desk, and its user logs in, reads the question and allows."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import frappe
from requests_oauthlib import OAuth2Session

from erp_connect.tests.bench import browser
from erp_connect.tests.bench.http_case import PASSWORD
from erp_connect.tests.bench.ipaas_case import PROVIDER, SCOPE, USER, IpaasTestCase
from erp_connect.tests.bench.served.test_ipaas_page import PAGE

TOLD = re.compile(r"A System Manager makes an \*\*OAuth Client\*\*.*?\n\n(.*?)\n\n", re.DOTALL | re.MULTILINE)
SET = "return cur_frm.set_value(arguments[0]).then(() => cur_frm.save())"
LABELS = "return cur_frm.meta.fields.filter((field) => !field.hidden).map((field) => field.label)"
SHOWN = "return [cur_frm.doc.client_id, cur_frm.doc.client_secret]"
LOG_IN = """
document.querySelector("#login_email").value = arguments[0];
document.querySelector("#login_password").value = arguments[1];
document.querySelector(".form-login").requestSubmit();
"""


class TestDesk(IpaasTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		browser.require()
		cls.desk = browser.opened(frappe.local.site)

	def test_register_log_in_and_allow(self):
		client_id, client_secret = self.registered()
		session = OAuth2Session(client_id, redirect_uri=self.receiver.url("/callback"), scope=SCOPE)
		address = self.desk.url + PROVIDER
		question, state = session.authorization_url(f"{address}authorize")
		self.desk.forget()
		self.desk.driver.get(question)
		self.desk.until(lambda: self.desk.run("return !!document.querySelector('#login_email')"), "the login")
		self.desk.run(LOG_IN, USER, PASSWORD)
		self.desk.see("Our platform")
		self.desk.run("document.querySelector('#allow').click()")  # leads away from the site
		(request,) = self.wait_for(lambda: self.arrived("/callback"), message="the browser to come back")
		self.assertEqual(parse_qs(urlsplit(request.path).query)["state"], [state])
		session.fetch_token(
			f"{address}get_token",
			authorization_response=self.receiver.url(request.path),
			include_client_id=True,
			client_secret=client_secret,
		)
		answer = session.get(f"{self.desk.url}/api/method/frappe.auth.get_logged_user", timeout=60)
		self.assertEqual(self.ok(answer)["message"], USER)

	def registered(self) -> list[str]:
		"""Id and secret of a client made in the form, which has the fields that the page tells to fill."""
		self.desk.login("oauth-admin@example.com", PASSWORD)
		self.desk.open("/app/oauth-client/new")
		self.desk.until(
			lambda: self.desk.run("return window.cur_frm?.doctype === 'OAuth Client'"), "the form"
		)
		told = TOLD.search(PAGE.read_text("utf-8"))[1].splitlines()[2:]
		wanted = [label for row in told for label in row.split("|")[1].split(",")]
		labels = set(self.desk.run(LABELS))
		for either in (*wanted, "App Client ID / Client ID", "App Client Secret / Client Secret"):
			self.assertTrue(labels & {label.strip() for label in either.split(" / ")}, either)
		callback = self.receiver.url("/callback")
		values = {
			"app_name": "Our platform",
			"redirect_uris": callback,
			"default_redirect_uri": callback,
			"scopes": " ".join(SCOPE),
		}
		self.desk.run(SET, values)
		self.desk.settle()
		return self.desk.run(SHOWN)
