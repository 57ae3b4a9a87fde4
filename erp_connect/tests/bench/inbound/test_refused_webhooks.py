"""Webhooks that were refused leave a count by reason, and nothing of what they held."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from redis.exceptions import RedisError

from erp_connect.admission import refusals as counted
from erp_connect.api import accounts, dashboard
from erp_connect.operate import refusals
from erp_connect.operate.alerts import digest
from erp_connect.store import refused_webhooks
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import HOOK, InboundTestCase, wsgi

EVIL = "attacker-chosen-text-4711"


class TestRefused(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		counted.take()
		self.addCleanup(counted.take)

	def refused_one(self) -> None:
		self.refused(self.hook({"id": EVIL}, topic=EVIL, id=EVIL, secret="wrong"), 401)

	def counts(self) -> dict[str, int]:
		frappe.db.rollback()
		found = refusals.of_accounts([make.ACCOUNT]).get(make.ACCOUNT, [])
		return {row["reason"]: row["count"] for row in found}

	def test_counted_by_reason_at_once_and_kept_by_the_sweep(self):
		for _ in range(3):
			self.refused_one()
		self.assertEqual(wsgi("GET", HOOK + self.account.endpoint_key).status_code, 401)
		self.assertEqual(self.counts(), {"mismatch": 3, "method": 1})
		self.assertEqual(refused_webhooks.of_accounts([make.ACCOUNT]), {})
		refusals.keep()
		self.commit()
		self.assertEqual(counted.pending(), {})
		self.assertEqual(self.counts(), {"mismatch": 3, "method": 1})
		self.refused_one()
		refusals.keep()
		self.commit()
		self.assertEqual(self.counts(), {"mismatch": 4, "method": 1})
		self.assertEqual(self.stored(), 0)

	def test_nothing_of_the_request_is_kept(self):
		self.refused_one()
		told = str(counted.pending())
		refusals.keep()
		self.commit()
		told += str(frappe.get_all("Integration State", fields=["*"]))
		told += str(accounts.health(make.ACCOUNT)) + str(dashboard.overview()["accounts"])
		self.assertIn("signature does not fit", told)
		self.assertNotIn(EVIL, told)

	def test_a_flood_is_one_text(self):
		for number in range(500):
			counted.count(make.ACCOUNT, sorted(counted.KNOWN)[number % len(counted.KNOWN)])
		refusals.keep()
		self.commit()
		(text,) = frappe.get_all("Integration State", pluck="refused_webhooks")
		self.assertLess(len(text), 2000)
		self.assertEqual(sum(self.counts().values()), 500)
		with self.assertRaises(ValueError):
			counted.count(make.ACCOUNT, EVIL)

	def test_a_body_that_cannot_be_used_counts_as_such(self):
		with patch.object(counted, "count") as count:
			wsgi(
				"POST",
				HOOK + self.account.endpoint_key,
				data=b"{}",
				headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
			)
		count.assert_called_once_with(make.ACCOUNT, counted.UNUSABLE)

	def test_an_account_without_a_scheme_says_so_and_an_unknown_address_counts_nowhere(self):
		self.change(verification="")
		self.refused_one()
		self.assertEqual(self.counts(), {"no_scheme": 1})
		self.assertEqual(wsgi("POST", HOOK + "no-such-address", data=b"{}").status_code, 401)
		self.assertEqual(set(counted.pending()), {make.ACCOUNT})

	def test_the_workspace_the_form_and_the_digest_say_it_until_it_is_counted_anew(self):
		self.refused_one()
		(card,) = dashboard.overview()["accounts"]
		self.assertIn("signature does not fit", " ".join(card["details"]))
		(row,) = accounts.health(make.ACCOUNT)["refused"]
		self.assertEqual((row["reason"], row["count"]), ("mismatch", 1))
		(part,) = digest.of_accounts([make.ACCOUNT], "Daily").parts
		self.assertIn("Webhooks that were refused", [heading for heading, _lines in part.sections])
		accounts.forget_refused(make.ACCOUNT)
		self.assertEqual(accounts.health(make.ACCOUNT)["refused"], [])

	def test_one_of_days_ago_is_on_the_form_and_no_more_in_the_workspace(self):
		refused_webhooks.add(make.ACCOUNT, {"stale": (2, "2026-01-01 10:00:00")})
		self.commit()
		(card,) = dashboard.overview()["accounts"]
		self.assertNotIn("refused", " ".join(card["details"]))
		self.assertEqual(self.counts(), {"stale": 2})

	def test_every_reason_has_words(self):
		for reason in counted.KNOWN:
			self.assertNotEqual(refusals.words(reason), reason)

	def test_without_redis_nothing_is_counted_and_nothing_breaks(self):
		with patch.object(frappe.cache, "pipeline") as broken:
			broken.return_value.execute.side_effect = RedisError("away")
			counted.count(make.ACCOUNT, "mismatch")
			self.assertEqual(counted.pending(), {})
