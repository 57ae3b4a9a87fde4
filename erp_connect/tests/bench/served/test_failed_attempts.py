"""Wrong keys and signatures are limited, and where a request comes from is not what it says itself."""

import json
import time
from unittest.mock import patch

import frappe
from redis.exceptions import ConnectionError as NoRedis

from erp_connect.admission import failed_attempts as attempts
from erp_connect.patches import webhooks_from_anywhere
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import HEADERS, HOOK, SECRET, InboundTestCase, signature, wsgi

OTHER_KEY = "other-key-0816"


def at(address: str) -> dict[str, str]:
	"""Sent by way of the proxy of this machine, from this address."""
	return {"X-Forwarded-For": address}


class AttemptsTestCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		# A window must not end in the middle of a case.
		self.enterContext(patch.object(attempts, "WINDOW_SECONDS", 600))

	def described(self, address: str, **headers: str) -> tuple[int, str]:
		"""Status and code of a call from an address, in this process."""
		answer = wsgi(
			"GET",
			"/api/method/erp_connect.api.v1.records.describe",
			headers={**HEADERS, **at(address), **headers},
		)
		data = json.loads(answer.get_data())
		if answer.status_code == 429:
			self.assertGreater(int(answer.headers["Retry-After"]), 0)
			self.assertIn(answer.headers["Retry-After"], data["error"]["message"])
		return answer.status_code, data.get("error", {}).get("code", "")


class TestKeys(AttemptsTestCase):
	def guess(self, address: str, times: int, **headers: str) -> list[int]:
		return [self.described(address, **headers)[0] for _ in range(times)]

	def test_a_hundred_and_fifty_wrong_ones(self):
		answers = self.guess("192.0.2.66", 150, **{"X-Api-Key": "guess", "X-Api-Secret": "guess"})
		self.assertEqual(answers[: attempts.SENDER_LIMIT], [401] * attempts.SENDER_LIMIT)
		self.assertEqual(set(answers[attempts.SENDER_LIMIT :]), {429})
		self.assertEqual(self.stored(), 0)

	def test_over_http_with_a_real_clock(self):
		answers = [self.call("describe", headers={"X-Api-Secret": "wrong"}) for _ in range(45)]
		refused = [answer for answer in answers if answer.status_code == 429]
		self.assertEqual({answer.status_code for answer in answers}, {401, 429})
		self.refused(refused[0], 429, "attempts")
		self.assertIn(int(refused[0].headers["Retry-After"]), range(1, 61))

	def test_the_right_pair_waits_as_well_where_one_guesses_its_secret(self):
		self.guess("192.0.2.66", attempts.SENDER_LIMIT, **{"X-Api-Secret": "guess"})
		self.assertEqual(self.described("192.0.2.66"), (429, "attempts"))
		self.assertEqual(self.described("192.0.2.67"), (200, ""))

	def test_other_senders_are_not_locked_out(self):
		self.guess("192.0.2.66", 30, **{"X-Api-Key": "guess"})
		self.assertEqual(self.described("192.0.2.7"), (200, ""))

	def test_who_got_in_before_is_not_locked_out_by_others_behind_the_same_address(self):
		self.make_account("Other Shop", OTHER_KEY)
		self.commit()
		self.assertEqual(self.described("192.0.2.7"), (200, ""))
		for key in ("guess", OTHER_KEY):
			self.guess("192.0.2.7", 30, **{"X-Api-Key": key, "X-Api-Secret": "wrong"})
		self.assertEqual(self.described("192.0.2.7", **{"X-Api-Key": OTHER_KEY}), (429, "attempts"))
		self.assertEqual(self.described("192.0.2.7"), (200, ""))
		self.guess("192.0.2.7", attempts.SENDER_LIMIT, **{"X-Api-Secret": "wrong"})
		self.assertEqual(self.described("192.0.2.7"), (429, "attempts"))

	def test_guesses_from_many_addresses_stop_at_the_account_and_known_senders_go_on(self):
		self.assertEqual(self.described("192.0.2.7"), (200, ""))
		with patch.object(attempts, "ACCOUNT_LIMIT", 5):
			for number in range(5):
				self.guess(f"198.51.100.{number}", 1, **{"X-Api-Secret": "guess"})
			self.assertEqual(self.described("198.51.100.99"), (429, "attempts"))
			self.assertEqual(self.described("192.0.2.7"), (200, ""))

	def test_a_session_or_a_token_of_frappe_is_not_concerned(self):
		self.guess("192.0.2.66", 30, **{"X-Api-Key": "guess"})
		user = frappe.get_doc("User", make.USER)
		user.api_key, user.api_secret = "frappe-key", "frappe-secret"
		user.save()
		self.commit()
		token = {"Authorization": "token frappe-key:frappe-secret", "X-Api-Key": "", "X-Api-Secret": ""}
		self.assertEqual(self.described("192.0.2.66", **token), (200, ""))

	def test_a_call_without_keys_is_no_attempt(self):
		for _ in range(30):
			self.assertEqual(self.described("192.0.2.66", **{"X-Api-Key": ""}), (401, "authentication"))
		self.assertEqual(self.described("192.0.2.66"), (200, ""))

	def test_a_counter_ends_with_its_window(self):
		with patch.object(attempts, "WINDOW_SECONDS", 1):
			self.guess("192.0.2.66", attempts.SENDER_LIMIT + 1, **{"X-Api-Key": "guess"})
			time.sleep(1.1)
		self.assertEqual(self.described("192.0.2.66"), (200, ""))

	def test_without_redis_who_is_right_gets_in(self):
		with patch("redis.client.Pipeline.execute", side_effect=NoRedis("gone")):
			self.assertEqual(self.described("192.0.2.66"), (200, ""))
			self.assertEqual(self.described("192.0.2.66", **{"X-Api-Secret": "x"})[0], 401)


class TestWebhooks(AttemptsTestCase):
	def sent(self, address: str, *, secret: str = "", key: str | None = None) -> int:
		body = json.dumps({"id": frappe.generate_hash(length=8), "name": "x"}).encode()
		answer = wsgi(
			"POST",
			HOOK + (self.account.endpoint_key if key is None else key),
			data=body,
			content_type="application/json",
			headers={
				"X-Shopify-Hmac-Sha256": signature(body, secret) if secret else signature(body),
				"X-Shopify-Topic": "test/topic",
				"X-Shopify-Webhook-Id": frappe.generate_hash(length=10),
				**at(address),
			},
		)
		if answer.status_code == 429:
			self.assertGreater(int(answer.headers["Retry-After"]), 0)
		return answer.status_code

	def test_wrong_signatures(self):
		self.enterContext(patch.object(attempts, "WEBHOOK_LIMIT", 5))
		answers = [self.sent("192.0.2.66", secret="wrong") for _ in range(8)]
		self.assertEqual(answers, [401] * 5 + [429] * 3)
		self.assertEqual(self.sent("192.0.2.66"), 429)
		self.assertEqual(self.sent("192.0.2.67"), 200)

	def test_a_system_that_serves_many_is_not_locked_out_of_one_account_by_another(self):
		self.enterContext(patch.object(attempts, "WEBHOOK_LIMIT", 5))
		other = self.make_account("Other Shop", OTHER_KEY)
		self.commit()
		for key in (other.endpoint_key, "no-such-key"):
			answers = [self.sent("192.0.2.66", secret="wrong", key=key) for _ in range(7)]
			self.assertEqual(answers, [401] * 5 + [429] * 2)
		self.assertEqual(self.sent("192.0.2.66"), 200)

	def test_the_list_of_addresses_holds_for_webhooks(self):
		self.change(allowed_ips="192.0.2.0/24")
		self.assertEqual(self.sent("192.0.2.9"), 200)
		self.assertEqual(self.sent("198.51.100.1"), 401)
		self.change(webhooks_from_anywhere=1)
		self.assertEqual(self.sent("198.51.100.1"), 200)
		self.assertEqual(self.described("198.51.100.1"), (403, "address"))

	def test_accounts_of_before_go_on_taking_webhooks_from_anywhere(self):
		self.make_account("Other Shop", OTHER_KEY)
		self.change(allowed_ips="192.0.2.0/24")
		webhooks_from_anywhere.execute()
		ticked = {
			name: frappe.db.get_value("Integration Settings", name, "webhooks_from_anywhere")
			for name in (make.ACCOUNT, "Other Shop")
		}
		self.assertEqual(ticked, {make.ACCOUNT: 1, "Other Shop": 0})


class TestAddresses(AttemptsTestCase):
	"""The proxy of this machine appends who called it; what stands before that was sent by the caller."""

	def setUp(self) -> None:
		super().setUp()
		self.change(allowed_ips="192.0.2.9")

	def test_the_first_entry_is_not_believed(self):
		self.assertEqual(self.described("192.0.2.9"), (200, ""))
		self.assertEqual(self.described("192.0.2.9, 198.51.100.1"), (403, "address"))

	def test_as_many_proxies_as_the_site_has(self):
		for proxies, forwarded, status in (
			(1, "198.51.100.1, 192.0.2.9", 200),
			(2, "192.0.2.9, 10.0.0.7", 200),
			(2, "192.0.2.9, 198.51.100.1, 10.0.0.7", 403),
			(2, "192.0.2.9", 403),
			(0, "192.0.2.9", 403),
			("two", "192.0.2.9", 403),
		):
			with self.subTest(proxies=proxies, forwarded=forwarded), self.proxies(proxies):
				self.assertEqual(self.described(forwarded)[0], status)

	def test_guesses_cannot_be_spread_over_invented_addresses(self):
		wrong = {"X-Api-Key": "guess", "X-Api-Secret": SECRET}
		answers = [self.described(f"203.0.113.{n}, 192.0.2.66", **wrong)[0] for n in range(25)]
		self.assertEqual(answers, [401] * attempts.SENDER_LIMIT + [429] * 5)

	def proxies(self, number: object):
		"""The site config says so, also where the call reads it anew."""
		real = frappe.get_site_config

		def changed(*arguments, **named):
			return frappe._dict(real(*arguments, **named), erp_connect_trusted_proxies=number)

		return patch.object(frappe, "get_site_config", changed)
