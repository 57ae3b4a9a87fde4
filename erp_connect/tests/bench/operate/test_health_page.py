"""The page of the site's health: what monitors are told, in words, of the accounts that the user may see."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe
import redis
import requests
from frappe.utils import add_to_date, now_datetime

from erp_connect.api import dashboard
from erp_connect.calls import switch
from erp_connect.core.delivery.states import IN, OUT
from erp_connect.jobs import scheduler_watch
from erp_connect.operate import monitoring
from erp_connect.operate.overview import engine, facts, health_page
from erp_connect.store import inbox, installation, keys
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.http_case import _session, other_company, restrict
from erp_connect.tests.bench.operate.test_monitoring import MONITOR, MonitorCase
from erp_connect.tests.fakes.fault_server import Reply

CALL = "/api/method/erp_connect.api.dashboard.health"
LATE = monitoring.OLDEST_LATE + 100


class HealthPageCase(MonitorCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.cache.delete_keys(facts.DAY)

	def found(self) -> dict[str, Any]:
		frappe.db.rollback()
		return dashboard.health()

	def part(self, name: str) -> dict[str, Any]:
		(found,) = (line for line in self.found()["engine"] if line["part"] == name)
		return found

	def waiting(self, direction: str) -> dict[str, Any]:
		(found,) = (line for line in self.found()["waiting"] if line["direction"] == direction)
		return found

	def came_in(self) -> None:
		inbox.receive(
			{
				"integration": make.ACCOUNT,
				"company": make.company(),
				"event": "webhook",
				"topic": "brands/create",
				"dedupe_key": keys.new_id(),
				"request_body": "{}",
			}
		)
		self.commit()

	def assert_is(self, found: dict[str, Any], colour: str, words: str) -> None:
		self.assertEqual((found["colour"], words in found["words"]), (colour, True), found)


class TestEngine(HealthPageCase):
	def test_without_workers_it_stands_still_and_says_what_helps(self):
		services.flush()  # a worker that an earlier test killed has not signed off
		self.assert_is(self.found(), "red", "It stands still.")
		self.assert_is(self.part("queue_short"), "red", "No background worker serves these queues: short.")
		self.assert_is(self.part("redis"), "green", "It answers.")

	def test_where_all_runs_it_says_since_when(self):
		self.worker()
		found = self.found()
		self.assert_is(found, "green", "Everything works.")
		self.assertEqual({line["colour"] for line in found["engine"]}, {"green"}, found["engine"])
		up = monitoring.site().queues[0].up_seconds
		self.assertTrue(0 <= up < 60, up)
		self.assert_is(self.part("queue_default"), "green", "One worker runs. Running since ")
		self.assert_is(self.part("scheduler"), "green", "was run last at ")
		self.assertIn(installation.identity(), self.part("installation")["words"])
		self.assertEqual(found["versions"]["frappe"], frappe.__version__)

	def test_jobs_that_wait_are_counted(self):
		with patch.object(monitoring, "queues", return_value=[monitoring.Queue("short", 2, 3, 60.0)]):
			self.assert_is(self.part("queue_short"), "green", "2 workers run. Running since ")
			self.assertIn("3 jobs wait.", self.part("queue_short")["words"])

	def test_what_stands_still_is_red_with_its_remedy(self):
		with patch.object(scheduler_watch, "is_scheduler_inactive", return_value=True):
			self.assert_is(self.part("scheduler"), "red", "bench --site <site> enable-scheduler")
		self.swept(monitoring.SWEEP_LATE + 60)
		self.commit()
		self.assert_is(self.part("scheduler"), "red", "looks whether bench schedule runs")
		with patch.object(monitoring.background_jobs, "get_queue", side_effect=redis.ConnectionError):
			self.assert_is(self.part("redis"), "red", "It does not answer")
			self.assertNotIn("queue_short", [line["part"] for line in self.found()["engine"]])
		with patch.object(monitoring.schema, "missing_indexes", return_value=["Sync Log.unique_seq"]):
			self.assert_is(self.part("indexes"), "red", "Sync Log.unique_seq")
		with patch.object(installation, "is_held", return_value=True):
			self.assert_is(self.part("installation"), "red", "looks like a copy")
			self.assertEqual(self.part("installation")["path"], "/app/erp-connect")

	def test_lines_lead_only_where_the_user_may_go(self):
		site = monitoring.site()
		paths = {line["part"]: line["path"] for line in engine.lines(site)}
		self.assertEqual(paths["queue_short"], "/app/rq-worker")
		self.assertIn(scheduler_watch.SWEEP, paths["scheduler"])
		frappe.set_user(MONITOR)
		self.addCleanup(frappe.set_user, "Administrator")
		paths = {line["part"]: line["path"] for line in engine.lines(site)}
		self.assertEqual((paths["queue_short"], paths["scheduler"]), ("", ""))


class TestWaiting(HealthPageCase):
	def test_each_direction_by_itself(self):
		self.assert_is(self.waiting(OUT), "green", "Nothing waits.")
		make.brand()
		self.commit()
		self.assert_is(self.waiting(OUT), "green", "It goes on.")
		self.later(LATE)
		self.came_in()
		self.assert_is(self.waiting(OUT), "red", f"waiting for {LATE // 60} minutes")
		self.assertGreaterEqual(self.waiting(OUT)["oldest_seconds"], LATE)
		self.assertEqual((self.waiting(OUT)["waiting"], self.waiting(IN)["waiting"]), (1, 1))
		self.assert_is(self.waiting(IN), "green", "It goes on.")
		self.assertLess(self.waiting(IN)["oldest_seconds"], LATE)

	def test_what_waits_for_a_paused_account_is_not_late(self):
		make.brand()
		self.commit()
		self.later(LATE)
		switch.pause(make.ACCOUNT, "The key was refused")
		self.commit()
		self.assert_is(self.waiting(OUT), "orange", "paused or switched off")
		(card,) = self.found()["accounts"]
		self.assert_is(card, "orange", "The key was refused")

	def test_an_account_that_needs_somebody(self):
		self.fails()
		with patch.object(monitoring, "queues", return_value=[monitoring.Queue("short", 1, 0, 60.0)]):
			self.assert_is(self.found(), "orange", "one account needs somebody")
		self.assert_is(self.waiting(OUT), "orange", "wait for a person")
		self.assertEqual(self.waiting(OUT)["failed"], 1)


class TestLastHour(HealthPageCase):
	def hour(self) -> dict[str, Any]:
		(card,) = self.found()["accounts"]
		return card["hour"]

	def test_what_went_across_and_how_fast(self):
		self.receiver.script("/brands", Reply(201, {"id": "B-1"}))
		make.brand()
		self.deliver()
		found = self.hour()
		self.assertEqual((found["sent"], found["taken_in"], found["failed"]), (1, 0, 0))
		half, most = found["requests"]
		self.assertTrue(0 < half <= most < 60, found)
		self.assertEqual(len(found["deliveries"]), 2)

	def test_of_an_hour_and_not_of_what_was_before(self):
		self.fails()
		self.assertEqual(self.hour()["failed"], 1)
		for minutes, failed in ((50, 1), (70, 0)):
			frappe.db.sql(
				"UPDATE `tabSync Log` SET creation = %s", add_to_date(now_datetime(), minutes=-minutes)
			)
			self.commit()
			self.assertEqual(self.hour()["failed"], failed, minutes)

	def test_more_than_are_looked_at_is_said(self):
		self.assertEqual(self.found()["cut"], 0)
		self.fails()
		with patch.object(health_page, "LOOKED_AT", 1):
			self.assertEqual(self.found()["cut"], 1)


class TestWhoSeesIt(HealthPageCase):
	def ask_page(self, session: requests.Session) -> requests.Response:
		return session.get(f"{self.site.url}{CALL}", timeout=30)

	def test_of_the_accounts_of_the_users_companies(self):
		self.fails()
		company = frappe.db.get_value("Integration Settings", make.ACCOUNT, "company")
		for allowed, accounts, failed in ((other_company(), [], 0), (company, [make.ACCOUNT], 1)):
			restrict(self, MONITOR, "Company", allowed)
			answer = self.ask_page(self.session)
			self.assertEqual(answer.status_code, 200, answer.text[:500])
			told = answer.json()["message"]
			self.assertEqual([card["name"] for card in told["accounts"]], accounts)
			self.assertEqual([line["failed"] for line in told["waiting"]], [failed, 0])
			self.assertEqual(make.ACCOUNT in answer.text, bool(accounts))

	def test_for_users_of_the_app_alone(self):
		self.assertEqual(self.ask_page(requests.Session()).status_code, 403)
		stranger = _session("reader@example.com", ())
		self.commit()
		self.assertEqual(self.ask_page(stranger).status_code, 403)
