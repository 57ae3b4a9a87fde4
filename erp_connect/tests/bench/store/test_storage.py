"""What is kept, for how long, how fast it is found, and what is never written down."""

from __future__ import annotations

from unittest.mock import patch

import frappe
from frappe.core.doctype.log_settings.log_settings import LogSettings, _supports_log_clearing
from frappe.utils import add_days, now_datetime
from frappe.utils.background_jobs import get_queue

from erp_connect.calls import switch
from erp_connect.config import account as accounts
from erp_connect.operate import health
from erp_connect.outbound import building, claim
from erp_connect.store import retention, samples, schema
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import Reply
from erp_connect.tests.fakes.recorders import Queries

ROWS = 100_000


def fill(count: int, *, first: int = 0, status: str = "Delivered", due: str = "NULL", days: int = 0) -> None:
	"""Put rows into Sync Log and, for each, one into Sync Attempt."""
	frappe.db.sql(
		"INSERT INTO `tabSync Log` (name, creation, modified, owner, modified_by, direction, status, integration,"
		" field_mapping, event, reference_doctype, reference_name, order_key, due_at, attempts, idempotency_key, trace_id)"
		" SELECT CONCAT('bulk-', seq), NOW() - INTERVAL %s DAY, NOW(), 'Administrator', 'Administrator', 'Outgoing', %s,"
		f" %s, 'Test Brand', 'update', 'Brand', CONCAT('Brand ', seq MOD 997), CONCAT('key-', seq), {due}, 1,"
		f" CONCAT('bulk-', seq), CONCAT('bulk-', seq) FROM seq_{first + 1}_to_{first + count} AS numbers",
		(days, status, make.ACCOUNT),
	)


class TestAMillionRows(ConnectTestCase):
	def test_the_queries_of_the_engine_use_indexes(self):
		account = make.account(self.receiver.url())
		make.brand_flow()
		fill(ROWS)
		fill(2000, first=ROWS, status="Queued", due="UNIX_TIMESTAMP() - 5")
		self.commit()
		frappe.db.sql("ANALYZE TABLE `tabSync Log`")
		from erp_connect.config.account import from_document

		with Queries() as queries:
			taken = claim.claim(from_document(account), "worker", 100)
			switch.due_accounts()
			frappe.get_list("Sync Log", filters={"status": "Failed"}, order_by="creation desc", limit=20)
		self.assertEqual(len(taken.events), 100)
		selects = [
			(query, values)
			for query, values in zip(queries.seen, queries.values, strict=True)
			if "`tabSync Log`" in query and query.lstrip().lower().startswith("select")
		]
		self.assertGreaterEqual(len(selects), 4)
		for query, values in selects:
			for step in frappe.db.sql(f"EXPLAIN {query}", values or (), as_dict=True):
				if step.table in ("tabSync Log", "log"):
					self.assertTrue(step.key, (query, step))
					self.assertLess(int(step.rows or 0), ROWS / 4, (query, step))
		frappe.db.rollback()


class TestRetention(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()

	def test_old_resolved_events_go_in_batches_with_their_attempts_and_the_unresolved_stay(self):
		fill(2500, days=40)
		fill(3, first=2500, status="Failed", days=400)
		fill(3, first=2503, status="Queued", due="UNIX_TIMESTAMP()", days=400)
		fill(3, first=2506)
		frappe.db.sql(
			"INSERT INTO `tabSync Attempt` (name, creation, sync_log) SELECT CONCAT('a-', name), creation, name FROM `tabSync Log`"
		)
		self.commit()
		with patch.object(retention, "BATCH", 1000), Queries() as queries:
			removed = retention.clear(30)
		self.assertEqual(removed, 2500)
		deletions = [query for query in queries.seen if query.startswith("DELETE FROM `tabSync Log`")]
		self.assertEqual(len(deletions), 3)
		self.assertEqual(sorted(self.statuses()), ["Delivered"] * 3 + ["Failed"] * 3 + ["Queued"] * 3)
		self.assertEqual(frappe.db.count("Sync Attempt"), 9)

	def test_frappes_log_settings_know_of_it(self):
		self.assertTrue(_supports_log_clearing("Sync Log"))
		settings: LogSettings = frappe.get_doc("Log Settings")
		settings.add_default_logtypes()
		self.assertIn("Sync Log", [row.ref_doctype for row in settings.logs_to_clear])
		fill(5, days=4000)
		settings.clear_logs()
		self.assertEqual(self.events(), [])

	def test_samples_are_cleared_with_them(self):
		self.addCleanup(frappe.db.rollback)
		for flow, days in (("Old", 91), ("New", 89)):
			samples.keep(flow, make.ACCOUNT, samples.Sample({"id": 1}, samples.PASTED))
			frappe.db.set_value(
				"Sync Sample", {"field_mapping": flow}, "taken_on", add_days(now_datetime(), -days)
			)
		settings: LogSettings = frappe.get_doc("Log Settings")
		settings.add_default_logtypes()
		self.assertIn(("Sync Sample", 90), [(row.ref_doctype, row.days) for row in settings.logs_to_clear])
		samples.clear(90)
		self.assertEqual((samples.of("Old"), samples.of("New").record), (None, {"id": 1}))

	def test_large_answers_and_payloads_are_kept_in_part(self):
		self.receiver.script("/brands", Reply(201, {"id": "R-1", "echo": "y" * 100_000}))
		make.brand("x" * 60_000)
		self.deliver()
		attempt = frappe.get_all("Sync Attempt", fields=["*"])[0]
		self.assertLess(len(attempt.request_body), 20_000)
		self.assertLess(len(attempt.response_body), 20_000)
		self.assertEqual(len(self.arrived()[0].json["text"]), 60_000)

	def test_many_large_payloads_do_not_outgrow_a_statement(self):
		make.flow("Note", [make.request("Insert", "POST", "/notes")], [make.row("content", "text")])
		for _ in range(24):
			title = make.unique("Note")
			frappe.get_doc(
				{"doctype": "Note", "title": title, "public": 1, "content": "x" * 800_000}
			).insert()
			self.addCleanup(frappe.db.delete, "Note", {"title": title})
		self.deliver()
		self.assertEqual(self.statuses(), ["Delivered"] * 24)

	def test_a_payload_above_the_limit_goes_to_the_dead_letters_and_holds_up_nobody(self):
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		account.max_payload_kb = 10
		account.save()
		make.brand("x" * 20_000)
		make.brand("small")
		self.deliver()
		self.assertEqual(self.statuses(), ["Failed", "Delivered"])
		self.assertIn("10", self.events()[0].error)


class TestIndexes(ConnectTestCase):
	def test_nothing_is_sent_while_a_unique_index_is_missing(self):
		make.account(self.receiver.url())
		make.brand_flow()
		make.brand()
		self.commit()
		frappe.db.sql_ddl("ALTER TABLE `tabSync Link` DROP INDEX unique_document")
		self.addCleanup(schema.ensure)
		frappe.cache.delete_value("erp_connect_schema")
		self.deliver()
		self.assert_arrived(0)
		reason = frappe.db.get_value("Integration Settings", make.ACCOUNT, "pause_reason")
		self.assertIn("unique_document", reason)
		self.assertIn("migrate", reason)
		self.assertIn("unique_document", " ".join(health.of_account(make.ACCOUNT)["warnings"]))
		schema.ensure()
		self.assertEqual(schema.missing_indexes(), [])

	def test_all_indexes_exist(self):
		for doctype, indexes in {**schema.UNIQUE_INDEXES, **schema.INDEXES}.items():
			found = {row.Key_name for row in frappe.db.sql(f"SHOW INDEX FROM `tab{doctype}`", as_dict=True)}
			self.assertLessEqual(set(indexes), found)


class TestHealth(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()

	def warnings(self) -> str:
		return " ".join(health.of_account(make.ACCOUNT)["warnings"])

	def test_absent_workers_show(self):
		make.brand()
		self.later(600)
		found = health.of_account(make.ACCOUNT)
		self.assertGreater(found["oldest_seconds"], 500)
		self.assertIn("worker", self.warnings())
		self.deliver()
		self.assertNotIn("worker", self.warnings())
		found = health.of_account(make.ACCOUNT)
		self.assertEqual((found["counts"], found["colour"]), ({"Delivered": 1}, "green"))
		frappe.db.set_value("Sync Log", self.event().name, "status", "Failed")
		found = health.of_account(make.ACCOUNT)
		self.assertEqual((found["words"], found["colour"]), ("One event failed", "red"))

	def test_a_sleeping_scheduler_shows(self):
		with patch.dict(frappe.local.conf, {"pause_scheduler": 1}):
			self.assertIn("scheduler", self.warnings())

	def test_a_pause_shows_with_its_reason(self):
		self.receiver.script("/brands", "401")
		make.brand()
		self.deliver()
		self.assertIn("credentials", self.warnings())


class TestSecrets(ConnectTestCase):
	CANARIES = (
		"canary-token-1f2e3d",
		"canary-header-4c5b6a",
		"canary-query-7f8e9d",
		"Y2FuYXJ5LXNpZ25pbmctc2VjcmV0LTEyMw==",
	)

	def test_no_secret_is_written_down_anywhere(self):
		services.flush()
		token, header, query, signing = self.CANARIES
		echo = {"message": f"you sent {token} and {header}", "api_key": query}
		self.receiver.script(
			"/brands",
			Reply(201, {"id": "R-1", **echo}, {"X-Echo": token}),
			Reply(422, echo),
			Reply(500, f"Traceback: token={token}&key={query}"),
			Reply(302, headers={"Location": f"https://example.com/?token={token}"}),
			Reply(fault="reset_body"),
		)
		account = make.account(
			self.receiver.url(),
			auth_type="Bearer Token",
			token=token,
			signing_secret="whsec_" + signing,
			error_expression="message",
			parameters=[
				{"place": "Header", "key": "X-Key", "secret": header},
				{"place": "Query", "key": "key", "secret": query},
			],
		)
		make.brand_flow()
		for _ in range(5):
			make.brand()
		self.deliver()
		self.assert_arrived(5)
		with patch.object(building, "build", side_effect=RuntimeError("broken")):
			make.brand()
			self.deliver()  # leaves an Error Log with the variables of every frame
		account.reload()
		account.read_timeout = 20
		account.save()
		self.commit()
		self.assertTrue(
			frappe.get_all("Version", {"ref_doctype": "Integration Settings", "docname": make.ACCOUNT})
		)
		places = {name: self.content(name) for name in self.tables()}
		places["jobs"] = str(
			[job.data for name in ("short", "default", "long") for job in get_queue(name).jobs]
		)
		places["settings"] = str(frappe.get_doc("Integration Settings", make.ACCOUNT).as_dict())
		places["account"] = repr(claim.__dict__) + repr(accounts.load(make.ACCOUNT))
		self.assertIn("[", places["Sync Attempt"])
		for place, text in places.items():
			for canary in self.CANARIES:
				self.assertNotIn(canary, text, f"{canary} stands in {place}")

	def tables(self) -> tuple[str, ...]:
		return (
			"Sync Log", "Sync Attempt", "Sync Link", "Integration State", "Integration Settings", "Integration Parameter",
			"Error Log", "Version", "Notification Log", "Comment", "Activity Log",
		)  # fmt: skip

	def content(self, doctype: str) -> str:
		return str(
			frappe.db.sql(f"SELECT * FROM `tab{doctype}` ORDER BY creation DESC LIMIT 500", as_dict=True)
		)
