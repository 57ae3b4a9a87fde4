"""Alerts of failing requests, growing backlogs, credentials and the site itself."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import frappe
from frappe.utils import add_days, add_to_date, getdate, now_datetime, nowdate

from erp_connect.admission import refusals as counted
from erp_connect.api import dashboard
from erp_connect.config import secret_ages
from erp_connect.core.verify.request import METHOD, MISMATCH
from erp_connect.jobs import scheduler_watch
from erp_connect.operate import refusals
from erp_connect.operate.alerts import conditions, kinds, notify, site, traffic
from erp_connect.store import alerts as store
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.operate.test_alerts import MANAGER, AlertCase
from erp_connect.tests.fakes.fault_server import Reply


class TestTraffic(AlertCase):
	def attempts(self, count: int, status: int | None, outcome: str = "final") -> None:
		for _ in range(count):
			frappe.get_doc(
				{
					"doctype": "Sync Attempt",
					"integration": make.ACCOUNT,
					"started": now_datetime(),
					"outcome": outcome,
					"response_status": status,
				}
			).db_insert()

	def found(self, kind: str) -> list:
		return [problem for problem in conditions.problems() if problem.kind == kind]

	def test_requests_that_fail_are_told_with_their_statuses(self):
		self.attempts(30, 200, "delivered")
		self.attempts(6, 422)
		self.assertEqual(self.found(kinds.REFUSED), [])
		self.attempts(3, 503, "retry")
		self.attempts(1, None, "unknown")
		(problem,) = self.found(kinds.REFUSED)
		self.assertEqual(problem.amount, 10)
		self.assertIn("10 of 40 requests", problem.message)
		self.assertIn("status 422: 6 times; status 503: 3 times; no answer: 1 times", problem.message)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "alert_error_rate", 0)
		self.assertEqual(self.found(kinds.REFUSED), [])

	def test_few_requests_and_old_ones_and_answers_that_were_good_say_nothing(self):
		self.attempts(19, 500, "retry")
		self.assertEqual(self.found(kinds.REFUSED), [])
		self.attempts(40, 409, "exists")
		self.attempts(1, 500, "retry")
		(problem,) = self.found(kinds.REFUSED)
		self.assertEqual(problem.amount, 20)
		frappe.db.sql("UPDATE `tabSync Attempt` SET started = started - INTERVAL 16 MINUTE")
		self.assertEqual(self.found(kinds.REFUSED), [])

	def test_real_exchanges_are_counted(self):
		for _ in range(20):
			make.brand()
		self.receiver.script("/brands", *[Reply(422, {"message": "Name is missing"})] * 20)
		self.deliver()
		(problem,) = self.found(kinds.REFUSED)
		self.assertIn("20 of 20 requests", problem.message)

	def test_webhooks_that_are_refused(self):
		frappe.cache.delete_value(traffic.REFUSALS)
		refusals.forget(make.ACCOUNT)
		self.addCleanup(refusals.forget, make.ACCOUNT)
		self.assertEqual(self.found(kinds.NOT_PROVED), [])
		for reason, times in ((METHOD, 30), (MISMATCH, traffic.LEAST_REFUSALS - 1)):
			for _ in range(times):
				counted.count(make.ACCOUNT, reason)
		self.assertEqual(self.found(kinds.NOT_PROVED), [])
		counted.count(make.ACCOUNT, MISMATCH)
		(problem,) = self.found(kinds.NOT_PROVED)
		self.assertEqual(problem.amount, traffic.LEAST_REFUSALS)
		self.assertIn("10 webhooks were refused within an hour", problem.message)
		self.assertIn("the signature does not fit", problem.message)

	def test_a_backlog_that_grows(self):
		frappe.cache.delete_value(traffic.SAMPLES)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "alert_backlog", 2)
		make.brand()
		make.brand()
		self.assertEqual(self.found(kinds.BACKLOG), [])
		now = store.seconds(now_datetime())
		before = [(now - 1800, 0), (now - 1200, 0.5), (now - 600, 1)]
		frappe.cache.set_value(traffic.SAMPLES, {make.ACCOUNT: before})
		(problem,) = self.found(kinds.BACKLOG)
		self.assertEqual(problem.amount, 2)
		self.assertIn("2 events wait, half an hour ago there were 0.", problem.message)


class TestCredentials(AlertCase):
	def found(self, kind: str) -> list[str]:
		return [problem.message for problem in conditions.problems() if problem.kind == kind]

	def test_an_end_that_a_person_entered(self):
		def ends_in(days: int) -> None:
			frappe.db.set_value(
				"Integration Settings", make.ACCOUNT, "credentials_end", add_days(nowdate(), days)
			)

		ends_in(15)
		self.assertEqual(self.found(kinds.ENDING), [])
		ends_in(10)
		self.assertIn("Get new ones from the other system", self.found(kinds.ENDING)[0])
		ends_in(0)
		self.assertEqual(self.found(kinds.ENDING), [])
		self.assertIn("ended on", self.found(kinds.ENDED)[0])

	def test_a_secret_that_is_older_than_it_should_be(self):
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.update({"auth_type": "Bearer Token", "token": "t0p", "rotate_after_days": 30})
		doc.append("parameters", {"place": "Header", "key": "X-Shop", "secret": "s3cret"})
		doc.save()
		self.commit()
		self.assertEqual(self.found(kinds.TO_RENEW), [])
		entered = {one.label: one.on for one in secret_ages.of_document(doc)}
		self.assertEqual(entered, {"Token": getdate(), "X-Shop": getdate()})
		old = (getdate() - timedelta(days=31)).isoformat()
		noted = doc.secrets_changed.replace(getdate().isoformat(), old)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "secrets_changed", noted)
		self.commit()
		frappe.clear_document_cache("Integration Settings", make.ACCOUNT)
		(message,) = self.found(kinds.TO_RENEW)
		self.assertIn("Older than 30 days: Token", message)
		self.assertIn("X-Shop", message)
		self.assertNotIn("t0p", message)
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.token = "new"
		doc.save()
		self.commit()
		(message,) = self.found(kinds.TO_RENEW)
		self.assertNotIn("Token", message)

	def test_a_save_without_new_secrets_makes_none_younger_and_a_secret_kept_elsewhere_has_no_age(self):
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.update({"auth_type": "Bearer Token", "token": "t0p"})
		doc.save()
		frappe.db.set_value(
			"Integration Settings", make.ACCOUNT, "secrets_changed", '{"token": "2020-01-01"}'
		)
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.deadline = 20
		doc.save()
		self.assertEqual(
			[str(one.on) for one in secret_ages.of_document(doc) if one.label == "Token"], ["2020-01-01"]
		)
		doc.token = "env:SHOP_TOKEN"
		secret_ages.note(doc)
		self.assertEqual([one.on for one in secret_ages.of_document(doc) if one.label == "Token"], [None])


class TestSite(AlertCase):
	def setUp(self) -> None:
		super().setUp()
		frappe.cache.delete(frappe.cache.make_key(site.LOOKED))
		self.addCleanup(frappe.cache.delete, frappe.cache.make_key(site.LOOKED))
		frappe.db.delete("Notification Log", {"subject": kinds.SCHEDULER})

	def of_site(self) -> list[tuple[str, str]]:
		rows = frappe.get_all("Sync Alert", {"integration": ("is", "not set")}, ["kind", "status"])
		return [(row.kind, row.status) for row in rows]

	def stopped(self, *, active: bool = True, seconds: float | None = 400):
		known = scheduler_watch.Scheduler(active, seconds)
		return patch.object(site, "scheduler", return_value=known)

	def test_who_opens_the_workspace_has_it_told_that_the_scheduler_stands_still(self):
		everyones = make.alert_receiver(integration="")
		self.commit()
		with self.stopped():
			dashboard.overview()
			dashboard.overview()
		self.assertEqual(self.of_site(), [(kinds.SCHEDULER, "Open")])
		told = frappe.get_all("Notification Log", {"subject": kinds.SCHEDULER}, pluck="for_user")
		self.assertEqual(told.count(MANAGER), 1)
		frappe.db.delete("Email Queue")
		with patch.object(frappe, "sendmail") as sendmail:
			self.look()
		self.assertEqual(sendmail.call_args.kwargs["recipients"], [everyones.email])
		self.assertIn(kinds.SCHEDULER, sendmail.call_args.kwargs["subject"])
		# The sweep that comes is the proof that it goes on. No mail server is there, and Frappe 16 asks it in tests as well.
		with patch.object(frappe, "sendmail"):
			self.look(minutes=6)
		self.assertEqual(self.of_site(), [(kinds.SCHEDULER, "Ended")])
		self.assertEqual(store.accounts_to_tell(), [])

	def test_mail_goes_out_at_once_where_nobody_would_work_off_the_queue(self):
		make.alert_receiver(integration="")
		self.commit()
		with self.stopped(active=False):
			site.look()
		stopped = scheduler_watch.Scheduler(False, None)
		with (
			patch.object(frappe, "sendmail") as sendmail,
			patch.object(notify, "scheduler", return_value=stopped),
		):
			self.look()
		self.assertTrue(sendmail.call_args.kwargs["now"])

	def test_a_queue_that_nobody_serves_is_found_by_the_sweep(self):
		served = [monitoring_queue("short", 1), monitoring_queue("long", 0)]
		self.workers.return_value = served
		(problem,) = [one for one in conditions.problems() if one.kind == kinds.WORKERS]
		self.assertEqual(problem.integration, "")
		self.assertIn("queues: long.", problem.message)

	def test_a_site_that_connects_nothing_and_one_that_works_is_left_alone(self):
		with self.stopped(seconds=10):
			site.look()
		self.assertEqual(self.of_site(), [])
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "enabled", 0)
		with self.stopped():
			site.look()
		self.assertEqual(self.of_site(), [])

	def test_a_worker_notices_that_the_scheduler_is_late(self):
		frappe.cache.delete(frappe.cache.make_key(scheduler_watch.ASKED))
		self.addCleanup(frappe.cache.delete, frappe.cache.make_key(scheduler_watch.ASKED))
		late = scheduler_watch.Scheduler(True, 400)
		with (
			patch.object(scheduler_watch, "get_current_job", return_value=object()),
			patch.object(scheduler_watch, "scheduler", return_value=late),
			patch.object(scheduler_watch.SITE.__class__, "wake") as wake,
		):
			scheduler_watch.notice()
			scheduler_watch.notice()
		self.assertEqual(wake.call_count, 1)
		with self.stopped():
			site.run()
		self.assertEqual(self.of_site(), [(kinds.SCHEDULER, "Open")])

	def test_the_job_of_every_minute_is_dated(self):
		frappe.db.set_value(
			"Scheduled Job Type",
			{"method": scheduler_watch.SWEEP},
			"last_execution",
			add_to_date(now_datetime(), seconds=-400),
		)
		with patch.object(scheduler_watch, "is_scheduler_inactive", return_value=False):
			self.assertTrue(scheduler_watch.scheduler().late)


def monitoring_queue(name: str, workers: int):
	from erp_connect.operate.monitoring import Queue

	return Queue(name, workers, 0)
