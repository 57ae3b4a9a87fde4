"""The test site as an integration platform meets it: served over HTTP, with a user, API keys and an OAuth client.

The OAuth grant is the site's own (Frappe's provider); the platform's side of it is requests-oauthlib, which is
strict about state, scope and expiry. A person grants access with a session of their own, as in a browser.
Addresses of the test are plain http, which oauthlib has to be told (`INSECURE`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch
from urllib.parse import urljoin

import frappe
import requests
from requests_oauthlib import OAuth2Session

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import PASSWORD, _session
from erp_connect.tests.bench.pair import ServedSite

USER = "integration-platform@example.com"
OUTSIDER = "no-leads@example.com"
ROLES = ("Sales User", "Sales Manager", "Sales Master Manager")
PROVIDER = "/api/method/frappe.integrations.oauth2."
LEADS = "/api/resource/Lead"
API = "/api/method/erp_connect.api.v1."
# The platform's own address, to which the browser is sent back. Nothing is called there.
CALLBACK = "https://platform.example.com/oauth/callback"
SCOPE = ["all", "openid"]
INSECURE = {"OAUTHLIB_INSECURE_TRANSPORT": "1"}
# ERPNext asks gravatar.com about each new e-mail address of a Lead: not while tests run.
NOWHERE = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
ALLOWS = re.compile(r"#allow.*?location\.replace\(\"(.+?)\"\)", re.DOTALL)
DENIES = re.compile(r"#deny.*?location\.replace\(\"(.+?)\"\)", re.DOTALL)
_served: list[ServedSite] = []


def served() -> ServedSite:
	"""A process that serves the test site until the run ends."""
	if not _served or not _served[0].server.running:
		_served[:] = [ServedSite(frappe.local.site, NOWHERE)]
	return _served[0]


class Person:
	"""Somebody at a browser, logged in at the site."""

	def __init__(self, site: str, email: str) -> None:
		self.site = site
		self.session = requests.Session()
		login = self.session.post(
			f"{site}/api/method/login", data={"usr": email, "pwd": PASSWORD}, timeout=60
		)
		login.raise_for_status()

	def open(self, url: str) -> requests.Response:
		return self.session.get(urljoin(self.site, url), allow_redirects=False, timeout=60)

	def allow(self, url: str) -> str:
		"""Open the platform's authorize address and press Allow; where the browser is sent then."""
		return self.open(self._button(ALLOWS, url)).headers["Location"]

	def deny(self, url: str) -> str:
		return self._button(DENIES, url)

	def _button(self, pattern: re.Pattern[str], url: str) -> str:
		page = self.open(url)
		found = pattern.search(page.text)
		if not found:
			raise AssertionError(f"no question to the person, but {page.status_code}: {page.text[:400]}")
		return found[1]


class IpaasTestCase(ConnectTestCase):
	"""`self.platform()` is a client with an OAuth token, `self.token_client()` one with API keys."""

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		# Each session carries `Authorization: token key:secret` of its user.
		cls.keys = _session(USER, ROLES)
		cls.outsider = _session(OUTSIDER, ("Stock User",))
		cls.administrator = _session("oauth-admin@example.com", ("System Manager",))
		frappe.db.commit()
		cls.site = served()

	def setUp(self) -> None:
		super().setUp()
		insecure = patch.dict(os.environ, INSECURE)
		insecure.start()
		self.addCleanup(insecure.stop)
		self.addCleanup(self._forget_grants)
		self.client = self.register()
		self.tag = frappe.generate_hash(length=8)

	def _forget_grants(self) -> None:
		frappe.db.rollback()
		for doctype in ("OAuth Bearer Token", "OAuth Authorization Code", "OAuth Client"):
			frappe.db.delete(doctype)
		frappe.db.commit()

	def register(self, **values: Any) -> dict[str, Any]:
		"""An OAuth Client as a System Manager makes it in Desk."""
		wanted = {
			"app_name": "Integration platform",
			"redirect_uris": CALLBACK,
			"default_redirect_uri": CALLBACK,
			"grant_type": "Authorization Code",
			"response_type": "Code",
			"scopes": " ".join(SCOPE),
			**values,
		}
		answer = self.administrator.post(self.url("/api/resource/OAuth Client"), json=wanted, timeout=60)
		return self.ok(answer)["data"]

	def url(self, path: str) -> str:
		return self.site.url + path

	def session(self, **values: Any) -> OAuth2Session:
		"""The platform's side of the grant, before anybody has granted anything."""
		return OAuth2Session(self.client["client_id"], redirect_uri=CALLBACK, scope=SCOPE, **values)

	def fetch(self, session: OAuth2Session, callback: str, **values: Any) -> dict[str, Any]:
		"""Change the code in the address that the browser was sent back to for a token."""
		return session.fetch_token(
			self.url(f"{PROVIDER}get_token"),
			authorization_response=callback,
			include_client_id=True,
			client_secret=self.client["client_secret"],
			timeout=60,
			**values,
		)

	def platform(self, email: str = USER, **values: Any) -> OAuth2Session:
		"""A session of the platform to which this user has granted access."""
		session = self.session(**values)
		question, _state = session.authorization_url(self.url(f"{PROVIDER}authorize"))
		self.fetch(session, Person(self.site.url, email).allow(question))
		return session

	def token_client(self) -> requests.Session:
		return self.keys

	def expire(self) -> None:
		"""Let an hour pass for all tokens, as far as the site is concerned."""
		frappe.db.sql("UPDATE `tabOAuth Bearer Token` SET expiration_time = creation - INTERVAL 1 SECOND")
		self.commit()

	def ok(self, answer: requests.Response, *statuses: int) -> Any:
		self.assertIn(answer.status_code, statuses or (200, 201, 202), answer.text[:800])
		return answer.json()

	def lead(self, last_name: str, **values: Any):
		"""A Lead made by a colleague in Desk; it belongs to this test by its company."""
		doc = frappe.get_doc(
			{
				"doctype": "Lead",
				"first_name": "Ann",
				"last_name": last_name,
				"company_name": self.tag,
				**values,
			}
		)
		return doc.insert()

	def lead_flow(
		self, account: str = make.ACCOUNT, requests: Sequence = (), rows: Sequence = (), **values: Any
	):
		"""A flow on Lead that is read and written by the API; without requests it sends nothing. rows: more of them."""
		return make.flow(
			"Lead",
			list(requests),
			[
				make.row("first_name", "first_name"),
				make.row("last_name", "last_name"),
				make.row("company_name", "company"),
				make.row("email_id", "email", is_match_key=1),
				make.row("status", "status"),
				*rows,
			],
			f"Leads of {account}",
			**{
				"integration": account,
				"remote_entity": "lead",
				"direction": "Both" if requests else "Incoming",
				**values,
			},
		)
