"""OAuth 2 as platforms use it: Frappe's provider grants a code, a token, a new token, and takes them back."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import frappe
import requests
from oauthlib.oauth2.rfc6749 import errors as oauth_errors

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ipaas_case import (
	API,
	CALLBACK,
	LEADS,
	OUTSIDER,
	PROVIDER,
	USER,
	IpaasTestCase,
	Person,
)

WHO = "/api/method/frappe.auth.get_logged_user"


class GrantTestCase(IpaasTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.person = Person(self.site.url, USER)

	def question(self, session, **values) -> str:
		return session.authorization_url(self.url(f"{PROVIDER}authorize"), **values)[0]

	def who(self, session: requests.Session) -> str:
		return self.ok(session.get(self.url(WHO), timeout=60))["message"]


class TestGrant(GrantTestCase):
	def test_somebody_who_is_not_logged_in_is_asked_to_and_comes_back(self):
		answer = requests.get(self.question(self.session()), allow_redirects=False, timeout=60)
		self.assertIn(answer.status_code, (301, 302))
		place = urlsplit(answer.headers["Location"])
		self.assertEqual(place.path, "/login")
		came_back = self.person.open(parse_qs(place.query)["redirect-to"][0])
		self.assertEqual(came_back.status_code, 200)
		self.assertIn("Integration platform", came_back.text)

	def test_code_then_token_then_calls_as_that_person(self):
		session = self.session()
		callback = self.person.allow(self.question(session))
		self.assertTrue(callback.startswith(CALLBACK + "?"), callback)
		token = self.fetch(session, callback)
		self.assertEqual((token["token_type"], token["expires_in"]), ("Bearer", 3600))
		self.assertTrue(token["refresh_token"])
		self.assertEqual(self.who(session), USER)

	def test_a_person_says_no(self):
		session = self.session()
		callback = self.person.deny(self.question(session))
		self.assertEqual(callback, f"{CALLBACK}?error=access_denied")
		with self.assertRaises(oauth_errors.OAuth2Error):
			self.fetch(session, callback)
		self.assertEqual(frappe.db.count("OAuth Authorization Code"), 0)

	def test_a_code_works_once(self):
		session = self.session()
		callback = self.person.allow(self.question(session))
		self.fetch(session, callback)
		with self.assertRaises(oauth_errors.InvalidGrantError):
			self.fetch(self.session(state=session._state), callback)

	def test_an_address_that_was_not_registered_gets_no_code(self):
		session = self.session()
		session.redirect_uri = "https://attacker.example.com/callback"
		answer = self.person.open(self.question(session))
		self.assertEqual(answer.status_code, 400, answer.text[:300])
		self.assertNotIn("Location", answer.headers)

	def test_only_people_with_an_allowed_role_can_grant(self):
		self.client = self.register(allowed_roles=[{"role": "Sales Manager"}])
		Person(self.site.url, USER).allow(self.question(self.session()))
		answer = Person(self.site.url, OUTSIDER).open(self.question(self.session()))
		self.assertEqual(answer.status_code, 400, answer.text[:300])

	def test_client_id_and_secret_go_into_the_body_not_into_basic_authentication(self):
		session = self.session()
		callback = self.person.allow(self.question(session))
		code = parse_qs(urlsplit(callback).query)["code"][0]
		body = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
		basic = (self.client["client_id"], self.client["client_secret"])
		answer = requests.post(self.url(f"{PROVIDER}get_token"), data=body, auth=basic, timeout=60)
		self.assertEqual(answer.status_code, 401, answer.text[:300])
		body |= {"client_id": basic[0], "client_secret": basic[1]}
		self.ok(requests.post(self.url(f"{PROVIDER}get_token"), data=body, timeout=60), 200)

	def test_a_user_without_rights_is_granted_no_more_than_it_has(self):
		session = self.platform(OUTSIDER)
		self.assertEqual(self.who(session), OUTSIDER)
		self.assertEqual(session.get(self.url(LEADS), timeout=60).status_code, 403)
		self.assertEqual(session.post(self.url(LEADS), json={"first_name": "A"}, timeout=60).status_code, 403)


class TestProofKey(GrantTestCase):
	"""PKCE: a code that was stolen on its way is worth nothing without the verifier."""

	def asked(self, **values) -> tuple:
		session = self.session()
		verifier = session._client.create_code_verifier(64)
		challenge = session._client.create_code_challenge(verifier, "S256")
		question = self.question(session, code_challenge=challenge, code_challenge_method="S256")
		return session, verifier, self.person.allow(question)

	def test_the_right_verifier(self):
		session, verifier, callback = self.asked()
		self.fetch(session, callback, code_verifier=verifier)
		self.assertEqual(self.who(session), USER)

	def test_a_wrong_verifier_and_none(self):
		for wrong in ({"code_verifier": "x" * 64}, {}):
			session, _verifier, callback = self.asked()
			with self.subTest(wrong), self.assertRaises(oauth_errors.InvalidGrantError):
				self.fetch(session, callback, **wrong)


class TestTokens(GrantTestCase):
	def refresh(self, session) -> dict:
		return session.refresh_token(
			self.url(f"{PROVIDER}get_token"),
			client_id=self.client["client_id"],
			client_secret=self.client["client_secret"],
			timeout=60,
		)

	def assert_refused(self, session: requests.Session) -> None:
		"""By Frappe's own addresses and by the app's, with 401 and nothing else."""
		for address in (LEADS, f"{API}list?entity=lead", WHO):
			answer = session.get(self.url(address), timeout=60)
			self.assertEqual(answer.status_code, 401, f"{address}: {answer.text[:300]}")
			self.assertNotIn(self.tag, answer.text)

	def test_an_expired_token_is_refused_and_renewed(self):
		self.lead("Kept from strangers")
		session = self.platform()
		old = dict(session.token)
		self.expire()
		self.assert_refused(session)
		self.refresh(session)
		self.assertNotEqual(session.token["access_token"], old["access_token"])
		self.assertEqual(self.who(session), USER)

	def test_a_platform_that_knows_the_time_renews_by_itself(self):
		kept = []
		session = self.platform(
			auto_refresh_url=self.url(f"{PROVIDER}get_token"),
			auto_refresh_kwargs={key: self.client[key] for key in ("client_id", "client_secret")},
			token_updater=kept.append,
		)
		old = session.token["access_token"]
		self.assertEqual(self.who(session), USER)
		self.assertEqual(kept, [])
		session.token = {**session.token, "expires_in": -1, "expires_at": 1}
		self.assertEqual(self.who(session), USER)
		self.assertNotEqual(kept[0]["access_token"], old)

	def test_a_revoked_token_is_refused_and_so_is_its_refresh_token(self):
		session = self.platform()
		revoked = {"token": session.token["access_token"], "client_id": self.client["client_id"]}
		self.ok(requests.post(self.url(f"{PROVIDER}revoke_token"), data=revoked, timeout=60), 200)
		self.assert_refused(session)
		again = {
			"grant_type": "refresh_token",
			"refresh_token": session.token["refresh_token"],
			"client_id": self.client["client_id"],
		}
		answer = requests.post(self.url(f"{PROVIDER}get_token"), data=again, timeout=60)
		self.assertGreaterEqual(answer.status_code, 400)
		self.assertNotIn("access_token", answer.text)

	def test_a_token_that_was_never_given_is_refused(self):
		session = requests.Session()
		session.headers["Authorization"] = "Bearer never-given"
		self.assert_refused(session)

	def test_the_token_of_a_user_who_left_opens_nothing_of_the_app(self):
		"""Frappe itself goes on taking such a token until it expires: revoke it as well."""
		make.account(self.receiver.url(), user=USER, inbound_enabled=1)
		self.lead_flow()
		self.commit()
		session = self.platform()
		self.ok(session.get(self.url(f"{API}list?entity=lead"), timeout=60))
		user = frappe.get_doc("User", USER)
		self.addCleanup(self.enable, user)
		user.enabled = 0
		user.save()
		self.commit()
		answer = session.get(self.url(f"{API}list?entity=lead"), timeout=60)
		self.assertEqual(answer.status_code, 401, answer.text[:300])

	def enable(self, user) -> None:
		user.reload()
		user.enabled = 1
		user.save()
		self.commit()

	def test_introspection_tells_whether_a_token_is_active(self):
		session = self.platform()
		address = self.url(f"{PROVIDER}introspect_token")
		body = {"token": session.token["access_token"], "token_type_hint": "access_token"}
		self.assertTrue(self.ok(requests.post(address, data=body, timeout=60))["active"])
		self.assertFalse(self.ok(requests.post(address, data={"token": "none"}, timeout=60))["active"])
