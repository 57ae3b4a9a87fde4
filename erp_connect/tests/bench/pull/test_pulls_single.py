"""Records that lists and webhooks bring only in part, and updates that come before their creation or too late."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import frappe

from erp_connect.api import links
from erp_connect.inbound import process
from erp_connect.operate import replay
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase
from erp_connect.tests.bench.pull_case import CHANGED, ROWS, PullCase
from erp_connect.tests.fakes.fault_server import Reply


class TestFetchedOneByOne(PullCase):
	"""The list gives ids and times; `/records/<id>` the rest."""

	def begin(self, count: int = 30, keep: tuple[str, ...] = ("id", "modified"), **values: Any) -> None:
		self.serve(count)
		self.list_only(*keep)
		self.pulls(
			**{
				**CHANGED,
				"fetch_path": "/records/{id}",
				"inbound_version_expression": "version",
				**values,
			}
		)

	def list_only(self, *names: str) -> None:
		"""Let lists hold just these fields."""
		whole = self.source.page

		def partial(*args: Any, **order: bool):
			rows, total = whole(*args, **order)
			return [{name: row[name] for name in names} for row in rows], total

		self.source.page = partial

	def fetched(self) -> list[str]:
		paths = [asked.path for asked in self.source.requests if asked.path.startswith("/records/")]
		return [path.removeprefix("/records/") for path in paths]

	def test_each_is_fetched_and_what_did_not_change_is_not_fetched_again(self):
		self.begin()
		self.pull()
		self.work()
		self.assertEqual(sorted(self.fetched()), sorted(self.source.records.ids))
		self.assert_written_once()
		self.assertEqual(frappe.db.get_value("Brand", "R-000007", "description"), "Record 7")
		self.assertEqual(self.links(external_id="R-000007")[0].remote_version, "1")
		self.source.records.mutate("R-000007")
		self.pull()
		self.work()
		self.assertEqual(self.fetched()[30:], ["R-000007"])
		self.assertEqual(self.links(external_id="R-000007")[0].remote_version, "2")

	def test_where_the_list_does_not_tell_what_changed_each_is_looked_at_again(self):
		self.begin(5, ("id",), pull_path="/offset", paging="Offset", changed_expression="")
		self.pull()
		self.work()
		original = self.source.records._record
		self.source.records._record = lambda number: {**original(number), "name": f"Changed {number}"}
		self.pull()
		self.work()
		self.assertEqual(frappe.db.get_value("Brand", "R-000003", "description"), "Changed 3")
		self.assertEqual(len(self.fetched()), 10)

	def test_another_record_than_was_asked_for_is_not_written_for_it(self):
		"""As a source that does not know the parameter: it gives its first record each time."""
		for path in ("/records/R-000001?id={id}", "/records/R-000001?id={external_id}"):
			with self.subTest(path):
				self.begin(3, fetch_path=path)
				self.pull()
				self.work()
				self.assertEqual(self.record("R-000001").status, "Processed", self.history())
				for other in ("R-000002", "R-000003"):
					row = self.record(other)
					self.assertEqual((row.status, row.outcome), ("Failed", "fetch_refused"), row.error)
					self.assertIn(f"{other} was asked for, and the answer holds R-000001", row.error)
				frappe.delete_doc("Field Mapping", self.flow.name)
				frappe.delete_doc("Integration Settings", make.ACCOUNT)
				frappe.db.delete("Sync Log")
				self.commit()

	def test_one_that_is_gone_meanwhile_is_skipped(self):
		self.begin()
		self.pull()
		self.source.records.remove("R-000007")
		self.work()
		row = self.record("R-000007")
		self.assertEqual((row.status, row.outcome), ("Skipped", "gone_outside"))
		self.assertEqual(len(self.records(status="Processed")), 29)
		self.assertFalse(frappe.db.exists("Brand", "R-000007"))

	def test_one_that_cannot_be_had_now_is_tried_again_and_does_not_hold_up_the_others(self):
		self.begin()
		self.source.fail("/records/R-000007", page=1, status=503)
		self.source.fail("/records/R-000008", page=1, status=403)
		self.source.fail("/records/R-000009", page=1, status="html")
		self.pull()
		self.work()
		found = {
			row.external_id: (row.status, row.outcome) for row in self.records(status=("!=", "Processed"))
		}
		self.assertEqual(
			found,
			{
				"R-000007": ("Retrying", "not_fetched"),
				"R-000008": ("Failed", "fetch_refused"),
				"R-000009": ("Failed", "fetch_refused"),
			},
		)
		self.later()
		self.work()
		self.assertEqual(self.record("R-000007").status, "Processed")

	def test_credentials_that_are_refused_pause_the_account_and_use_up_no_try(self):
		self.begin()
		self.source.fail("/records/R-000002", page=1, status=401)
		self.pull()
		self.work()
		self.assertEqual(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"), 1)
		self.assertLess(len(self.fetched()), 5)
		waiting = self.records(outcome="waiting")
		self.assertEqual({(row.status, row.attempts) for row in waiting}, {("Retrying", 0)})
		self.assertGreater(len(waiting), 25)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "paused", 0)
		self.later()
		self.work()
		self.assert_written_once()

	def test_as_many_are_fetched_at_once_as_the_account_allows(self):
		self.begin(8)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "concurrency", 4)
		four, answer = threading.Barrier(4), self.source.answer

		def gathering(request: Any):
			if request.path.startswith("/records/"):
				four.wait(20)  # breaks, and fails the request, where fewer than four are under way
			return answer(request)

		self.source.answer = gathering
		self.pull()
		self.work()
		self.assert_written_once()
		self.assertEqual(len(self.fetched()), 8)

	def test_fetching_keeps_to_what_the_source_asks_for(self):
		self.begin()
		answer = self.source.answer
		asked = []

		def throttling(request: Any):
			if request.path.startswith("/records/"):
				asked.append(request.path)
				if len(asked) == 3:
					found = answer(request)
					return type(found)({}, {"Retry-After": "120"}, 429)
			return answer(request)

		self.source.answer = throttling
		self.pull()
		self.work()
		self.assertEqual(len(asked), 3)
		self.assertEqual({row.attempts for row in self.records(status="Retrying")}, {0})
		self.assertEqual(len(self.records(status="Retrying")), 28)
		self.later()
		self.work()
		self.assert_written_once()

	def test_records_for_which_no_time_is_left_are_given_back_untried(self):
		self.begin()
		self.pull()
		answer = self.source.answer
		self.source.answer = lambda request: time.sleep(0.1) or answer(request)
		limit, process.RUN_SECONDS = process.RUN_SECONDS, 0.35
		self.addCleanup(setattr, process, "RUN_SECONDS", limit)
		self.work()
		rows = self.records()
		self.assertEqual({(row.status, row.attempts) for row in rows}, {("Processed", 1), ("Received", 0)})
		self.assertLess(len(self.fetched()), 15)
		process.RUN_SECONDS = limit
		self.source.answer = answer
		self.work()
		self.assert_written_once()


class TestWebhooks(InboundTestCase):
	"""Webhooks whose record is fetched, come too early, or too late."""

	def thing(self, version: int, text: str, id: str = "") -> dict[str, Any]:
		return {"id": id or self.id, "version": version, "name": text}

	def setUp(self) -> None:
		super().setUp()
		self.id = make.unique("Thing")

	def flow(self, topic: str, name: str, **values: Any) -> None:
		make.flow(
			"Brand",
			[],
			ROWS,
			name=name,
			direction="Incoming",
			topics=topic,
			inbound_version_expression="version",
			**values,
		)
		self.commit()

	def text(self) -> str | None:
		frappe.db.rollback()
		return frappe.db.get_value("Brand", self.id, "description")

	def answers(self) -> list[str]:
		return [row.response_body or "" for row in self.events()]

	def test_a_thin_one_is_fetched_before_it_is_written(self):
		self.flow("thing/changed", "Thin", fetch_path="/things/{data.id}", fetch_result="thing")
		self.flow_reads_id()
		self.receiver.script(f"/things/{self.path()}", Reply(200, {"thing": self.thing(4, "whole")}))
		self.ok(self.hook({"scope": "thing/changed", "data": {"id": self.id}}, topic="thing/changed"))
		self.work()
		self.assertEqual(self.event().status, "Processed", self.history())
		self.assertEqual(self.text(), "whole")
		self.assertEqual(self.links()[0].remote_version, "4")
		self.assertEqual([request.method for request in self.arrived()], ["GET"])

	def test_one_is_asked_for_by_post_where_the_flow_has_a_body_for_it(self):
		body = json.dumps({"read": {"id": "{external_id}", "missing": "{data.nothing}", "all": True}})
		self.flow("thing/changed", "Thin", fetch_path="/read", fetch_body=body, fetch_result="thing")
		self.flow_reads_id("join(' ', [name, _event.data.said])")
		self.receiver.script("/read", Reply(200, {"thing": self.thing(4, "whole")}))
		self.ok(self.hook({"data": {"id": self.id, "said": "beside"}}, topic="thing/changed"))
		self.work()
		self.assertEqual(self.event().status, "Processed", self.history())
		(asked,) = self.arrived()
		self.assertEqual((asked.method, asked.path), ("POST", "/read"))
		self.assertEqual(asked.json, {"read": {"id": self.id, "all": True}})
		self.assertIn("application/json", asked.header("Content-Type"))
		self.assertEqual(self.text(), "whole beside")

	def test_a_body_that_cannot_be_sent_is_told_when_the_flow_is_saved(self):
		for body, told in (("{", "The body is not JSON"), ('{"a": "{b[}"}', "Body for a single record")):
			with self.subTest(body), self.assertRaisesRegex(frappe.ValidationError, told):
				self.flow("thing/changed", "Thin", fetch_path="/read", fetch_body=body)
			frappe.db.rollback()

	def path(self) -> str:
		return self.id.replace(" ", "%20")

	def flow_reads_id(self, description: str = "name") -> None:
		doc = frappe.get_doc("Field Mapping", "Thin")
		doc.inbound_id_expression = "id || data.id"
		doc.rows[1].target = description
		doc.save()
		self.commit()

	def test_a_fetched_record_that_is_older_than_what_is_here_changes_nothing(self):
		self.flow("thing/changed", "Thin", fetch_path="/things/{id}")
		newer, older = self.thing(5, "newer"), self.thing(4, "older")
		self.receiver.script(f"/things/{self.path()}", Reply(200, newer), Reply(200, older))
		for _ in range(2):
			self.ok(self.hook({"id": self.id}, topic="thing/changed"))
			self.work()
		self.assertEqual(self.text(), "newer")
		self.assertEqual(self.statuses(), ["Processed", "Processed"])
		self.assertIn("created", self.answers()[0])
		self.assertIn("stale", self.answers()[1])

	def test_an_older_version_that_comes_after_a_newer_one_is_stale(self):
		self.flow("*", "All")
		for version in (1, 3, 2):
			self.ok(self.hook(self.thing(version, f"state {version}")))
			self.work()
		self.assertEqual(self.text(), "state 3")
		self.assertIn("stale", self.answers()[2])
		self.assertEqual(self.links()[0].remote_version, "3")

	def test_an_update_before_its_creation_is_parked_and_written_right_after_it(self):
		self.change(retry_schedule="1h, 1h")
		self.flow("thing/updated", "Updates", on_missing="Wait for its creation")
		self.flow("thing/created", "Creations")
		self.ok(self.hook(self.thing(2, "updated"), topic="thing/updated"))
		other = make.unique("Other")
		self.ok(self.hook(self.thing(9, "another", other), topic="thing/updated"))
		self.work()
		self.assertEqual(self.statuses(), ["Retrying"] * 2)
		self.assertEqual({row.outcome for row in self.events()}, {"parked"})
		self.assertIsNone(self.text())
		self.ok(self.hook(self.thing(1, "created"), topic="thing/created"))
		self.work()
		self.assertEqual(self.text(), "updated", self.history())
		self.assertEqual(self.statuses(), ["Processed", "Retrying", "Processed"])
		self.assertEqual(len(self.links()), 1)
		row = self.event(status="Retrying")
		self.assertIn("If its creation never comes, create its document and link it", row.error)
		entity = self.links()[0].remote_entity
		make.brand(name=other)
		links.link(make.ACCOUNT, entity, other, "Brand", other)
		self.assertEqual(replay.retry([row.name]), 1)
		self.work()
		self.assertEqual(self.event(name=row.name).status, "Processed", self.history())
		self.assertEqual(frappe.db.get_value("Brand", other, "description"), "another")
