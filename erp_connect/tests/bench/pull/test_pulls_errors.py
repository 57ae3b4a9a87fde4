"""What a pull does when the source fails, refuses, limits or lies: it tells, and it loses nothing."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.api import accounts, events
from erp_connect.pull import source
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pull_case import CHANGED, FLOW, RECORDS, ScriptedCase
from erp_connect.tests.fakes.fault_server import Reply


class TestRefused(ScriptedCase):
	def test_401_pauses_the_account_and_the_pull_goes_on_once_it_is_resumed(self):
		cursor = self.asks(Reply(401, {"message": "token expired"}), Reply(200, {"data": RECORDS}))
		self.assertEqual(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"), 1)
		self.assertEqual((cursor.status, self.trouble().outcome), ("Retrying", "unauthorized"))
		self.assertIn("credentials", cursor.error)
		self.again()
		self.assert_arrived(1)
		accounts.resume(make.ACCOUNT)
		self.assertEqual(self.again().status, "Idle")
		self.assertEqual(len(self.stored()), 3)
		self.assertEqual(self.trouble().status, "Processed")

	def test_403_stops_visibly_and_the_next_regular_run_tries_again(self):
		refused = Reply(403, {"message": "scope read_items is missing"})
		cursor = self.asks(refused, Reply(200, {"data": RECORDS}), pull_schedule="Every 15 Minutes")
		row = self.trouble()
		self.assertEqual((row.status, row.outcome, row.attempts), ("Failed", "forbidden", 1))
		self.assertIn("scope read_items is missing", row.error)
		self.assertEqual(cursor.error, row.error)
		self.assertGreater(len(row.error), len("scope read_items is missing") + 60, "no advice")
		self.assertEqual((cursor.status, cursor.failed_log, cursor.position), ("Retrying", row.name, None))
		self.assertTrue(cursor.next_run)
		attempt = frappe.get_all("Sync Attempt", {"sync_log": row.name}, ["*"])[0]
		self.assertEqual((attempt.response_status, attempt.method), (403, "GET"))
		self.assertEqual(self.again().status, "Idle")
		self.assertEqual((self.trouble().status, self.cursor().error), ("Processed", ""))
		self.assertEqual(len(self.stored()), 3)

	def test_on_demand_it_waits_for_a_person_who_presses_retry(self):
		cursor = self.asks(Reply(403, {"message": "no"}), Reply(200, {"data": RECORDS}))
		self.assertEqual((cursor.status, cursor.due_at), ("Stopped", None))
		events.retry([cursor.failed_log])
		self.assertEqual(self.go_on().status, "Idle")
		self.assertEqual(self.trouble().status, "Processed")

	def test_one_event_tells_of_a_row_of_failures(self):
		self.asks(Reply(503), pull_schedule="Every 5 Minutes")
		for _ in range(4):
			self.again()
		row = self.trouble()
		self.assertEqual((row.status, row.attempts, self.cursor().failures), ("Failed", 5, 5))
		self.assertEqual(frappe.db.count("Sync Attempt", {"sync_log": row.name}), 5)

	def test_the_wait_after_a_failure_is_no_longer_than_the_schedule(self):
		self.change_account(retry_schedule="2h")
		self.asks(Reply(503), pull_schedule="Every Minute")
		self.assertLessEqual(self.due_in(), 61)

	def change_account(self, **values: Any) -> None:
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.update(values)
		doc.save()

	def due_in(self) -> float:
		frappe.db.rollback()
		return frappe.db.sql("SELECT due_at - UNIX_TIMESTAMP() FROM `tabSync Cursor`")[0][0]


class TestLimits(ScriptedCase):
	account_values = {"breaker_threshold": 3, "breaker_cooldown": 300}

	def test_retry_after_throttles_the_account(self):
		cursor = self.asks(Reply(429, {}, headers={"Retry-After": "120"}), Reply(200, {"data": RECORDS}))
		self.assertEqual((cursor.status, self.trouble().outcome), ("Retrying", "throttled"))
		due, throttled = frappe.db.sql(
			"SELECT due_at - UNIX_TIMESTAMP(), (SELECT throttled_until - UNIX_TIMESTAMP() FROM `tabIntegration State`"
			" WHERE integration = %s) FROM `tabSync Cursor`",
			make.ACCOUNT,
		)[0]
		self.assertTrue(110 < due <= 121 and 110 < throttled <= 121, (due, throttled))
		self.pull()
		self.assert_arrived(1)
		self.assertEqual(self.again().status, "Idle")
		self.assertEqual(len(self.stored()), 3)

	def test_the_breaker_opens_and_then_nothing_is_asked_until_it_lets_a_probe_through(self):
		self.asks(*[Reply(500)] * 3, Reply(200, {"data": RECORDS}))
		for _ in range(4):
			self.pull()
		self.assert_arrived(3)
		self.assertEqual(self.again().status, "Idle")
		self.assertEqual(len(self.stored()), 3)

	def test_the_rate_limit_of_the_account_counts_for_pages(self):
		self.serve_slowly(rate_limit=20, burst=1)
		started = frappe.utils.now_datetime()
		self.pull()
		self.assertEqual(self.source.count("/offset"), 11 + 9)
		self.assertGreater((frappe.utils.now_datetime() - started).total_seconds(), 0.45)

	def serve_slowly(self, **account: Any) -> None:
		frappe.delete_doc("Integration Settings", make.ACCOUNT)
		self.serve(100, account)
		self.pulls(page_size=10)


class TestOddAnswers(ScriptedCase):
	def fails(self, answer: Reply, code: str, words: str, **values: Any) -> None:
		before = self.stored()
		cursor = self.asks(answer, **values)
		row = self.trouble()
		self.assertEqual(row.outcome, code, row.error)
		self.assertIn(words, cursor.error)
		self.assertIn(cursor.status, ("Retrying", "Stopped"))
		self.assertEqual((cursor.position, self.stored()), (None, before))

	def test_a_page_for_people_instead_of_data(self):
		self.fails(Reply(200, "<!doctype html><title>Log in</title>"), "unexpected_content", "not JSON")

	def test_text_that_is_no_json(self):
		self.fails(Reply(200, '{"data": ['), "unexpected_content", "not JSON")

	def test_records_that_are_not_where_the_flow_looks(self):
		self.fails(Reply(200, {"items": RECORDS}), "no_records", "tab Pull")

	def test_records_that_are_no_list(self):
		self.fails(Reply(200, {"data": 3}), "no_records", "tab Pull")

	def test_an_answer_that_is_too_long(self):
		limit, source.PAGE_BYTES = source.PAGE_BYTES, 2**20
		self.addCleanup(setattr, source, "PAGE_BYTES", limit)
		long = [{"id": "1", "text": "x" * 1_100_000}]
		self.fails(Reply(200, {"data": long}), "answer_cut", "Ask for fewer records per page")

	def test_errors_beside_the_data_of_a_query(self):
		answer = {"data": {"items": RECORDS[:1]}, "errors": [{"message": "Access denied for field name"}]}
		query = {"pull_method": "POST", "pull_graphql": "{ items { id name } }", "pull_records": "data.items"}
		self.fails(Reply(200, answer), "refused", "Access denied for field name", **query)

	def test_an_answer_that_says_no_with_200(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "success_expression", "ok")
		self.commit()
		self.fails(Reply(200, {"ok": False, "message": "closed"}), "refused", "closed")

	def test_no_records_are_no_failure(self):
		for answer in (Reply(200, {"data": []}), Reply(204)):
			cursor = self.asks(answer)
			self.assertEqual((cursor.status, cursor.fetched, cursor.progress), ("Idle", 0, 100), cursor.error)
			frappe.delete_doc("Field Mapping", FLOW)
		self.assertEqual(self.events(), [])

	def test_a_blank_answer_is_no_empty_list(self):
		"""As a page that broke off: what stands on the pages behind it would never be asked for."""
		json_type = {"Content-Type": "application/json"}
		for answer in (Reply(200, b"", headers=json_type), Reply(200, b" \n"), Reply(206, b"")):
			self.fails(answer, "unexpected_content", "is blank")
			frappe.delete_doc("Field Mapping", FLOW)
			frappe.db.delete("Sync Log")
			self.commit()
		self.fails(Reply(200, b"null", headers=json_type), "no_records", "no records")

	def test_a_blank_page_in_the_middle_is_asked_for_again(self):
		blank, rest = Reply(200, b""), {"id": "R-000004", "name": "behind it"}
		pages = {"paging": "Page", "page_size": 3, "page_parameter": "page", "page_size_parameter": "size"}
		self.asks(Reply(200, {"data": RECORDS}), blank, Reply(200, {"data": [rest]}), Reply(204), **pages)
		self.again()
		self.assertEqual(self.stored(), ["R-000001", "R-000002", "R-000003", "R-000004"], self.history())
		self.assertEqual(self.cursor().status, "Idle")

	def test_a_source_whose_blank_answers_mean_no_records_can_say_so(self):
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.append(
			"answer_rules",
			{"statuses": "200", "condition": "header:Content-Length = 0", "verdict": "Nothing to do"},
		)
		doc.save()
		self.commit()
		self.assertEqual(self.asks(Reply(200, b"")).status, "Idle", self.history())

	def test_a_record_without_an_id_and_one_that_is_no_record(self):
		odd = [{"name": "no id"}, "text", {"id": {"odd": 1}}]
		self.assertEqual(self.asks(Reply(200, {"data": [*RECORDS, *odd]})).queued, 6)
		self.work()
		self.assertEqual(len(self.records(status="Processed")), 3, self.history())
		self.assertEqual(len(self.records(status="Failed")), 3, self.history())
		self.assertEqual(self.pull().queued, 0)


class TestPagesThatLeadNowhere(ScriptedCase):
	def walk(self, second: Any, following: str) -> Any:
		self.receiver.script("/more", Reply(200, {"data": second, "next": following}))
		next_page = {"data": RECORDS, "next": "/more?page=2"}
		return self.asks(Reply(200, next_page), paging="Next URL", page_next="next")

	def test_a_next_address_at_another_origin_is_not_called(self):
		cursor = self.walk([{"id": "R-000009", "name": "x"}], "https://evil.example.com/more")
		self.assertEqual((cursor.status, self.trouble().outcome), ("Stopped", "other_origin"))
		self.assertIn("https://evil.example.com", cursor.error)
		self.assert_arrived(2)
		self.assertEqual((cursor.pages, len(self.stored())), (1, 3))

	def test_a_key_that_the_source_repeats_in_its_next_address_is_not_stored_and_goes_out_once(self):
		secret = "key-in-the-address-4711"
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		account.auth_type = "API Key"
		account.append("parameters", {"place": "Query", "key": "api_key", "secret": secret})
		account.save()
		self.receiver.script("/more", Reply(400, {"message": "no"}), Reply(200, {"data": [], "next": None}))
		following = f"{self.receiver.url('/more')}?api%5Fkey={secret}&page=2&filter=a%20b"
		self.asks(Reply(200, {"data": RECORDS, "next": following}), paging="Next URL", page_next="next")
		kept = self.cursor()
		self.assertIn("page=2", kept.position)
		self.assertNotIn(secret, json.dumps(kept, default=str))
		self.assertEqual(self.pull().status, "Idle")
		for request in self.receiver.received("/more"):
			self.assertEqual(request.path.count(secret), 1)
			self.assertIn("page=2&filter=a%20b", request.path)

	def test_a_place_that_expired_is_left_after_the_second_refusal_and_the_walk_starts_over(self):
		expired = Reply(400, {"message": "cursor expired"})
		self.receiver.script("/more", expired, expired, Reply(200, {"data": [], "next": None}))
		first = Reply(200, {"data": RECORDS, "next": "/more?page=2"})
		self.assertEqual(self.asks(first, paging="Next URL", page_next="next").pages, 1)
		self.assertTrue(self.cursor().position)
		self.assertIsNone(self.pull().position)
		self.assertEqual(self.pull().status, "Idle")
		paths = [request.path for request in self.arrived()]
		self.assertEqual(paths, ["/items", "/more?page=2", "/more?page=2", "/items", "/more?page=2"])
		self.assertEqual(sorted(self.stored()), [record["id"] for record in RECORDS])

	def test_pages_in_a_circle_end(self):
		cursor = self.walk([{"id": "R-000009", "name": "x"}], "/more?page=2")
		self.assertEqual(self.trouble().outcome, "repeated", cursor.error)
		self.assertLess(len(self.arrived()), 5)

	def test_a_page_that_comes_again_and_again_ends(self):
		cursor = self.asks(Reply(200, {"data": RECORDS}), paging="Offset", page_size=3)
		self.assertEqual((cursor.status, self.trouble().outcome), ("Stopped", "repeated"))
		self.assertIn("offset", cursor.error)
		self.assert_arrived(2)
		self.assertEqual(len(self.stored()), 3)

	def test_records_out_of_order_are_told(self):
		odd = [{"id": "1", "modified": "2026-01-02"}, {"id": "2", "modified": "2026-01-01"}]
		cursor = self.asks(Reply(200, {"data": odd}), **{**CHANGED, "pull_path": "/items"})
		self.assertEqual((self.trouble().outcome, self.stored()), ("order", []))
		self.assertIn("ascending", cursor.error)
