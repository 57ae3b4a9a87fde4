"""What a monitor is told: whether the engine works, what is wrong with which account, and figures."""

from __future__ import annotations

from unittest.mock import patch

import frappe
import redis
import requests
from frappe.utils import add_to_date, now_datetime
from prometheus_client.parser import text_string_to_metric_families

from erp_connect.core.delivery.states import OUT
from erp_connect.jobs import scheduler_watch
from erp_connect.operate import monitoring
from erp_connect.operate.monitoring import quantiles
from erp_connect.store import installation
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.http_case import _session, other_company, restrict
from erp_connect.tests.bench.inbound_case import served
from erp_connect.tests.fakes.fault_server import Reply

MONITOR = "monitor@example.com"
API = "/api/method/erp_connect.api.monitoring."


class MonitorCase(ConnectTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.site = served()

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		make.user()
		self.session = _session(MONITOR, ("Integration User", "Sales User"))
		self.swept()
		self.enterContext(patch.object(scheduler_watch, "is_scheduler_inactive", return_value=False))
		self.commit()

	def worker(self) -> None:
		worker = services.Worker().start()
		self.addCleanup(worker.kill)
		self.wait_for(lambda: all(queue.workers for queue in monitoring.site().queues), 30, "no worker")

	def fails(self) -> None:
		self.receiver.script("/brands", Reply(422, {"message": "Name is missing"}))
		make.brand()
		self.deliver()
		self.assertEqual(self.statuses(), ["Failed"])

	def swept(self, seconds: int = 5) -> None:
		frappe.db.set_value(
			"Scheduled Job Type", {"method": scheduler_watch.SWEEP}, "last_execution", add_to_date(now_datetime(), seconds=-seconds)
		)  # fmt: skip

	def ask(self, name: str) -> requests.Response:
		return self.session.get(f"{self.site.url}{API}{name}", timeout=30)

	def figures(self) -> dict[tuple, float]:
		"""Value by name and labels."""
		answer = self.ask("metrics")
		self.assertEqual(answer.status_code, 200, answer.text[:500])
		self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
		return {
			(sample.name, *sorted(sample.labels.items())): sample.value
			for family in text_string_to_metric_families(answer.text)
			for sample in family.samples
		}


class TestFigures(MonitorCase):
	def test_an_account_that_sends(self):
		self.worker()
		make.brand()
		self.commit()
		self.wait_for(lambda: self.statuses() == ["Delivered"], 20)
		found = self.figures()
		account = ("account", make.ACCOUNT)
		self.assertEqual(
			found["erp_connect_recent_events", account, ("direction", OUT), ("status", "Delivered")], 1
		)
		median, highest = (
			found["erp_connect_delivery_seconds", account, ("quantile", part)] for part in ("0.5", "0.99")
		)
		self.assertTrue(0 < median <= highest < 60)
		self.assertGreater(found["erp_connect_request_seconds", account, ("quantile", "0.5")], 0)
		self.assertEqual(found["erp_connect_breaker", account, ("state", "Closed")], 1)
		self.assertEqual(found["erp_connect_breaker", account, ("state", "Open")], 0)
		self.assertEqual(
			(found["erp_connect_account_enabled", account], found["erp_connect_account_paused", account]),
			(1, 0),
		)
		self.assertEqual(found["erp_connect_workers", ("queue", "default")], 1)
		self.assertEqual(found["erp_connect_missing_indexes",], 0)
		self.assertGreaterEqual(found["erp_connect_last_sweep_seconds",], 5)
		(info,) = [labels for name, *labels in found if name == "erp_connect_info"]
		self.assertEqual(dict(info)["frappe"], frappe.__version__)

	def test_what_failed_and_what_waits_is_counted(self):
		self.fails()
		found = self.figures()
		self.assertEqual(
			found[
				"erp_connect_events",
				("account", make.ACCOUNT),
				("direction", OUT),
				("status", "Failed"),
			],
			1,
		)

	def test_quantiles(self):
		self.assertEqual(quantiles([]), {})
		self.assertEqual(quantiles([4, 1, 3, 2]), {0.5: 2, 0.95: 4, 0.99: 4})
		self.assertEqual(quantiles(range(1, 101)), {0.5: 50, 0.95: 95, 0.99: 99})


class TestHealth(MonitorCase):
	def told(self, status: int) -> dict:
		answer = self.ask("health")
		self.assertEqual(answer.status_code, status, answer.text[:500])
		return answer.json()

	def here(self) -> list[str]:
		"""Problems of the site, in this process, where Redis and the scheduler can be made to seem something else."""
		return monitoring.site().problems()

	def test_accounts_that_need_somebody(self):
		self.fails()
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "paused", 1)
		self.commit()
		found = {one.name: one.problems() for one in monitoring.accounts()}
		self.assertEqual(found, {make.ACCOUNT: ["paused", "failed"]})
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "enabled", 0)
		self.assertEqual([one.problems() for one in monitoring.accounts()], [[]])

	def test_what_stops_the_engine(self):
		self.assertEqual(self.here(), ["no_worker"])
		self.worker()
		self.assertEqual(self.here(), [])
		self.swept(monitoring.SWEEP_LATE + 60)
		self.assertEqual(self.here(), ["sweep_late"])
		with patch.object(scheduler_watch, "is_scheduler_inactive", return_value=True):
			self.assertEqual(self.here(), ["scheduler_off"])
		self.swept()
		with patch.object(monitoring.background_jobs, "get_queue", side_effect=redis.ConnectionError):
			self.assertEqual(self.here(), ["redis"])
		with patch.object(monitoring.schema, "missing_indexes", return_value=["due"]):
			self.assertEqual(self.here(), ["missing_indexes"])
		with patch.object(installation, "is_held", return_value=True):
			self.assertEqual(self.here(), ["unconfirmed_installation"])

	def test_a_monitor_sees_a_stopped_engine_by_the_status(self):
		told = self.told(503)
		self.assertEqual(told["status"], "down")
		self.assertIn("no_worker", told["problems"])
		self.assertEqual(set(told["versions"]), {"erp_connect", "frappe", "erpnext"})

	def test_only_accounts_that_the_user_may_see(self):
		company = frappe.db.get_value("Integration Settings", make.ACCOUNT, "company")
		restrict(self, MONITOR, "Company", other_company())
		self.assertNotIn(make.ACCOUNT, self.ask("metrics").text)
		restrict(self, MONITOR, "Company", company)
		self.assertIn(make.ACCOUNT, self.ask("metrics").text)

	def test_for_users_of_the_app_alone(self):
		for name in ("health", "metrics"):
			self.assertEqual(requests.get(f"{self.site.url}{API}{name}", timeout=30).status_code, 403)
			stranger = _session("reader@example.com", ())
			self.commit()
			self.assertEqual(stranger.get(f"{self.site.url}{API}{name}", timeout=30).status_code, 403)
