"""Pulls whose source tells changes by a token of its own: gotten beforehand, replaced, expired, over a killed worker."""

from __future__ import annotations

import frappe

from erp_connect.api import pulls as api
from erp_connect.operate import pull_preview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.pull_case import FLOW, SINCE, PullCase
from erp_connect.tests.fakes.change_feed import ChangeFeed

CURSOR = {"paging": "Body cursor", "page_parameter": "pageToken", "page_next": "nextPageToken"}


def token_in(key: str) -> list[dict[str, str]]:
	return [{"place": "Query", "key": key, "value": "{token}"}]


PAGE_TOKENS = {
	**CURSOR,
	"pull_path": "/files",
	"pull_records": "files || changes[?!removed].file",
	"token_next": "startPageToken || newStartPageToken",
	"token_path": "/changes/startPageToken",
	"changes_path": "/changes",
	"pull_parameters": token_in("pageToken"),
}
SYNC_TOKENS = {
	**CURSOR,
	"pull_path": "/events",
	"pull_records": "items[?status != 'cancelled']",
	"token_next": "nextSyncToken",
	"pull_parameters": token_in("syncToken"),
}
LINKS = {
	"pull_path": "/delta",
	"pull_records": "value[?!removed]",
	"paging": "Next URL",
	"page_next": '"@odata.nextLink"',
	"token_next": '"@odata.deltaLink"',
	"changes_path": "{token}",
	"token_expired": "error.code == 'resyncRequired'",
}


class TokenCase(PullCase):
	def follow(self, count: int = 7, refused_as: int = 410, **values: object) -> ChangeFeed:
		self.source = ChangeFeed(count, refused_as).start()
		self.addCleanup(self.source.stop)
		make.account(self.source.url, breaker_threshold=0)
		self.pulls(**{"inbound_version_expression": "version", **values})
		return self.source

	def pulled(self, **how: object) -> object:
		cursor = self.pull(**how)
		self.work()
		return cursor

	def here(self) -> dict[str, str]:
		found = frappe.get_all("Brand", {"name": ("like", "R-%")}, ["name", "description"], limit=0)
		return {row.name: row.description for row in found}

	def outside(self) -> dict[str, str]:
		return {id_: record["name"] for id_, record in self.source.feed.records.items()}

	def asked(self) -> list[str]:
		found, self.source.asked[:] = list(self.source.asked), []
		return found


class Following:
	"""What holds whatever a token looks like. values: of the flow."""

	values: dict[str, object]
	refused_as = 410

	def setUp(self) -> None:
		super().setUp()
		self.follow(refused_as=self.refused_as, **self.values)

	def test_everything_and_then_only_what_changed(self):
		cursor = self.pulled()
		self.assertEqual((cursor.status, cursor.since is None, self.here()), ("Idle", False, self.outside()))
		self.asked()
		for number in (2, 5, 6, 7):
			self.source.feed.put(f"R-{number:06}", f"Changed {number}")
		self.source.feed.put("R-000008", "New")
		cursor = self.pulled()
		self.assertEqual((cursor.fetched, cursor.pages, self.here()), (5, 2, self.outside()))
		self.assertNotIn(self.values["pull_path"], self.asked())
		cursor = self.pulled()
		self.assertEqual((cursor.fetched, cursor.queued, cursor.error), (0, 0, ""))

	def test_what_changes_during_the_first_walk_is_in_the_next_run(self):
		lists: list[str] = []

		def change(path: str) -> None:
			lists.extend([path] * (path == self.values["pull_path"]))
			if len(lists) == 2:  # the first page is out
				self.source.feed.put("R-000001", "Changed behind the walk")

		self.source.before_page = change
		self.pulled()
		self.assertEqual(self.here()["R-000001"], "Record 1")
		self.source.before_page = lambda path: None
		self.pulled()
		self.assertEqual(self.here(), self.outside())

	def test_a_token_that_expired(self):
		self.pulled()
		for number in (1, 2):
			self.source.feed.put(f"R-{number:06}", "Changed")
		self.source.feed.forgotten = len(self.source.feed.log)
		cursor = self.pulled()
		self.assertEqual((cursor.status, self.here()), ("Idle", self.outside()))
		self.assertFalse(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))
		(told,) = frappe.get_all("Sync Log", {"event": "pull_run"}, ["status", "error"])
		self.assertEqual(told.status, "Processed")
		self.assertIn("the token that it gave has expired. Everything is fetched again", told.error)
		self.source.feed.put("R-000003", "Later")
		self.assertEqual(self.pulled().fetched, 1)


class TestPageTokens(Following, TokenCase):
	values = PAGE_TOKENS


class TestSyncTokens(Following, TokenCase):
	values = SYNC_TOKENS


class TestLinks(Following, TokenCase):
	values = LINKS
	refused_as = 400


class TestTokens(TokenCase):
	def test_another_refusal_keeps_the_token(self):
		self.follow(refused_as=400, **SYNC_TOKENS)
		token = self.pulled().since
		self.source.feed.put("R-000001", "Changed")
		self.source.feed.forgotten = len(self.source.feed.log)
		cursor = self.pulled()
		self.assertEqual((cursor.status, cursor.since), ("Retrying" if cursor.due_at else "Stopped", token))

	def test_everything_again_begins_with_a_new_token(self):
		source = self.follow(**PAGE_TOKENS)
		old = self.pulled().since
		source.feed.put("R-000001", "Changed")
		self.asked()
		new = self.pulled(whole=True).since
		self.assertEqual((int(old) + 1, self.asked()[0]), (int(new), "/changes/startPageToken"))
		self.assertEqual(self.here(), self.outside())

	def test_an_answer_without_a_token_is_told(self):
		self.follow(**{**SYNC_TOKENS, "token_next": "syncMark"})
		cursor = self.pulled()
		self.assertEqual((cursor.status, cursor.since), ("Idle", None))
		self.assertIn("the next pull fetches everything again. Correct Token for the next run", cursor.error)
		self.change(**{**PAGE_TOKENS, "token_next": "mark"})
		cursor = self.pull()
		self.assertEqual(cursor.status, "Stopped")
		self.assertIn("holds no token where flow Test pull looks for it (mark)", cursor.error)
		self.change(token_next=PAGE_TOKENS["token_next"])
		self.assertEqual(self.pulled().error, "")

	def test_a_mark_is_asked_by_only_where_it_means_something(self):
		by_time = {
			**SYNC_TOKENS,
			"token_next": "",
			"changed_expression": "version",
			"pull_parameters": [SINCE],
		}
		of_pages = {**PAGE_TOKENS, "changed_expression": ""}
		self.follow(**by_time)
		self.assertEqual(self.pulled().since, "7")
		for values in (
			{**SYNC_TOKENS, "changed_expression": ""},
			of_pages,
			{**of_pages, "pull_parameters": [*PAGE_TOKENS["pull_parameters"], {**SINCE, "value": "all"}]},
			{**of_pages, "changes_path": "/changes?of=all"},
			{**by_time, "token_path": "", "changes_path": ""},
		):
			with self.subTest(values):
				self.change(**values)
				self.assertIsNone(self.cursor().since)
				self.asked()
				self.assertEqual((self.pulled().fetched, self.cursor().status), (7, "Idle"))
				asked = self.asked()
				for mark in ("syncToken", "since=7", "/changes?"):
					self.assertFalse([path for path in asked if mark in path], mark)
				self.assertTrue(self.cursor().since)
		self.assertEqual(self.here(), self.outside())

	def test_a_mark_is_kept_where_it_means_the_same(self):
		self.follow(**PAGE_TOKENS)
		token = self.pulled().since
		self.change(page_size=50, inbound_version_expression="version || `0`", token_expired="error.gone")
		self.assertEqual((token, self.cursor().since), ("7", "7"))
		self.source.feed.put("R-000003", "Later")
		self.assertEqual(self.pulled().fetched, 1)

	def test_a_killed_worker_loses_nothing(self):
		source = self.follow(count=20, **PAGE_TOKENS)
		self.pulled()
		for number in range(1, 15):
			source.feed.put(f"R-{number:06}", f"Changed {number}")
		source.feed.put("R-000030", "New")
		self.commit()
		api.pull_now(FLOW)
		self.commit()
		victim = self.worker(die="erp_connect.store.sync_cursor:advance", when="third")
		self.wait_for(lambda: not victim.running, 20, "killed")
		self.lease_runs_out()
		services.flush()
		self.worker()
		self.sweep_until_done()
		self.assertEqual(self.here(), self.outside())
		self.assertEqual(self.cursor().since, str(len(source.feed.log)))

	def test_a_look_at_one_page_shows_records_and_keeps_the_token(self):
		self.follow(**PAGE_TOKENS)
		token = self.pulled().since
		shown = pull_preview.run(frappe.get_doc("Field Mapping", FLOW))
		self.assertEqual((shown["ok"], shown["count"], shown["more"]), (True, 3, True))
		self.assertEqual(self.cursor().since, token)

	def test_changes_since_a_time_are_refused(self):
		self.follow(**PAGE_TOKENS)
		with self.assertRaisesRegex(
			frappe.ValidationError, "by a token, not by their time. Choose Pull Everything"
		):
			api.pull_now(FLOW, since="2026-01-01")


class TestSettings(TokenCase):
	def test_what_cannot_work_is_refused_at_save(self):
		make.account(self.receiver.url())
		self.commit()
		for values, text in (
			({"pull_parameters": []}, "Nothing uses {token}"),
			({"token_next": ""}, "Write where an answer holds the token"),
			({"token_next": "a[", "token_path": ""}, "token_next|Token for the next run"),
			({"changed_expression": "modified"}, "by a token or by their time, not by both"),
			({"paging": "Changed since", "changed_expression": "modified"}, "need a time, not a token"),
			({"changes_path": "/changes/{unknown}"}, "There is no unknown here"),
		):
			with self.subTest(text), self.assertRaisesRegex(frappe.ValidationError, text):
				self.pulls(**{**SYNC_TOKENS, **values})
			frappe.db.rollback()
