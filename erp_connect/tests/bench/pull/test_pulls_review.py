"""Pulls from sources that misbehave, over clocks that go back, and after settings that changed under way."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import frappe
import frappe.client

from erp_connect.api import pulls
from erp_connect.core.values import cursor as times
from erp_connect.inbound.process import process
from erp_connect.pull import source
from erp_connect.store import sync_cursor
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pull_case import CHANGED, FLOW, RECORDS, SINCE, ScriptedCase
from erp_connect.tests.fakes.fault_server import Reply

NEXT = {"paging": "Next URL", "page_next": "next"}
BY_TIME = {"changed_expression": "modified", "pull_parameters": [SINCE]}
VIEWER = "pull-viewer@example.com"


def query(request: Any) -> dict[str, str]:
	return dict(parse_qsl(urlsplit(request.path).query))


def record(number: int, modified: Any, **values: Any) -> dict[str, Any]:
	return {
		"id": f"R-00000{number}",
		"name": f"Record {number}",
		"version": 1,
		"modified": modified,
		**values,
	}


class TestTimes(ScriptedCase):
	def lists(self, *records: dict[str, Any], **values: Any) -> Any:
		return self.asks(Reply(200, {"data": list(records)}), **{**BY_TIME, **values})

	def asked_since(self) -> str:
		"""What the last request asked from."""
		return query(self.arrived()[-1])["since"]

	def test_what_changes_on_a_page_that_was_read_is_asked_for_by_the_next_run(self):
		# A list that is not sorted by the time of change, and a walk that takes half an hour.
		began = dt.datetime.now(dt.timezone.utc)
		during, later = (
			(began + dt.timedelta(minutes=minutes)).isoformat(timespec="seconds") for minutes in (10, 30)
		)
		self.receiver.script("/more", Reply(200, {"data": [record(2, later)], "next": None}))
		first = Reply(200, {"data": [record(1, "2024-01-01T00:00:00Z")], "next": "/more"})
		self.assertEqual(self.asks(first, **NEXT, **BY_TIME).status, "Idle")
		self.pull()
		asked = [query(request)["since"] for request in self.arrived() if "since" in query(request)]
		self.assertFalse(times.older(during, asked[-1]), "a change at this time would never be seen")

	def test_a_text_that_is_no_time_does_not_become_the_time_to_ask_from(self):
		for odd in ("n/a", "99999-12-31T00:00:00Z", {"at": 1}, True, 7):
			with self.subTest(odd):
				self.setUp()
				cursor = self.lists(record(1, odd), record(2, "2024-01-01T00:00:00Z"), record(3, odd))
				self.assertEqual(
					(cursor.status, cursor.since), ("Idle", "2024-01-01T00:00:00Z"), cursor.error
				)
				self.pull()
				self.assertEqual(self.asked_since(), "2024-01-01T00:00:00Z")
				self.doCleanups()

	def test_a_change_time_some_hours_ahead_hides_no_later_change(self):
		soon = dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=2)
		for odd in (soon.isoformat(timespec="seconds"), int(soon.timestamp())):
			with self.subTest(odd):
				self.setUp()
				first = record(1, "2024-01-01T00:00:00Z" if isinstance(odd, str) else 1704067200)
				answers = [Reply(200, {"data": page}) for page in ([first, record(2, odd)], [record(2, odd)])]
				cursor = self.asks(*answers, **{**CHANGED, "pull_path": "/items"})
				self.assertEqual(
					(cursor.status, cursor.since), ("Idle", str(first["modified"])), cursor.error
				)
				self.doCleanups()

	def test_a_time_to_start_from_that_has_not_come_is_refused(self):
		self.lists(record(1, "2024-01-01T00:00:00Z"))
		with self.assertRaisesRegex(frappe.ValidationError, "2036"):
			pulls.pull_now(FLOW, since="2036-01-01T00:00:00Z")
		self.assertEqual(self.cursor().since, "2024-01-01T00:00:00Z")
		with self.assertRaisesRegex(frappe.ValidationError, "2036"):
			self.change(pull_since="2036-01-01")

	def test_counters_still_count(self):
		self.assertEqual(self.lists(record(1, 9), record(2, 10)).since, "10")
		self.pull()
		self.assertEqual(self.asked_since(), "10")

	def test_a_time_of_ones_own_choice_is_read_in_the_zone_of_the_account(self):
		self.zone("Asia/Kolkata")
		self.lists(record(1, "2024-01-01T12:00:00Z"))
		pulls.pull_now(FLOW, since="2024-01-01 15:00:00")  # 09:30 in UTC
		self.assertEqual(self.go_on().since, "2024-01-01T12:00:00Z")

	def test_times_without_an_offset_are_asked_for_twice_where_the_clock_goes_back(self):
		self.zone("Europe/Berlin")
		# In that night 02:00 to 03:00 comes twice: 02:10 may be stored an hour after 02:59.
		self.lists(record(1, "2024-10-27 02:59:00"))
		self.pull()
		self.assertEqual(self.asked_since(), "2024-10-27 01:59:00")
		for other, asked in (
			("2024-10-27 03:00:00", "2024-10-27 03:00:00"),
			# In spring that hour is skipped: whoever reads it as an hour later has everything all the same.
			("2024-03-31 02:30:00", "2024-03-31 01:30:00"),
			("2024-10-27T02:59:00+02:00", "2024-10-27T02:59:00+02:00"),
		):
			pulls.pull_now(FLOW, since=other)
			self.go_on()
			self.assertEqual(self.asked_since(), asked)

	def test_until_is_a_time_of_the_account_as_its_other_times_are(self):
		self.zone("Pacific/Kiritimati")  # no site is as far ahead
		self.lists(pull_parameters=[{"place": "Query", "key": "until", "value": "{until}"}])
		until = times.as_moment(query(self.arrived()[0])["until"], "Pacific/Kiritimati")
		self.assertLess(abs((dt.datetime.now(dt.timezone.utc) - until).total_seconds()), 60)

	def zone(self, name: str) -> None:
		frappe.get_doc("Integration Settings", make.ACCOUNT).update({"time_zone": name}).save()
		self.commit()


class TestSettingsThatChange(ScriptedCase):
	def test_another_account_is_asked_from_the_beginning(self):
		self.asks(Reply(200, {"data": [record(1, "2024-01-01T00:00:00Z")]}), **BY_TIME)
		self.assertTrue(self.cursor().since)
		other = make.account(f"{self.receiver.url()}/other", name="Test other account")
		same = record(1, "2024-01-01T00:00:00Z")
		self.receiver.script("/other/items", Reply(200, {"data": [same]}))
		self.addCleanup(self.forget, other)
		self.work()
		self.change(integration=other.name)
		self.assertIsNone(self.cursor().since)
		self.assertEqual(self.pull().queued, 1, "known of another system")
		self.assertEqual(self.arrived()[-1].path, "/other/items")
		self.commit()
		process(other.name)
		self.assertEqual(self.links(integration=other.name)[0].external_id, same["id"])
		self.assertEqual(self.pull().queued, 0)

	def test_a_run_that_is_due_is_not_put_off_by_saving_the_flow(self):
		self.asks(Reply(200, {"data": RECORDS}), pull_schedule="Daily")
		frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = UNIX_TIMESTAMP() - 60")
		self.change(page_size=7)
		self.assertIn(FLOW, sync_cursor.due_flows())
		self.change(pull_schedule="")
		self.assertIsNone(self.cursor().due_at)

	def forget(self, account: Any) -> None:
		frappe.delete_doc_if_exists("Field Mapping", FLOW, force=True)
		frappe.delete_doc("Integration Settings", account.name, force=True)
		self.commit()

	def test_another_list_with_smaller_pages_is_read_to_its_end(self):
		two = {"paging": "Offset", "page_size": 2}
		self.asks(Reply(200, {"data": RECORDS[:2]}), Reply(200, {"data": []}), **two)
		self.assertEqual(self.cursor().largest, 2)
		# This one gives one record at a time, whatever it is asked for.
		pages = [Reply(200, {"data": [one]}) for one in RECORDS]
		self.receiver.script("/others", *pages, Reply(200, {"data": []}), *pages[:2])
		self.change(pull_path="/others")
		self.assertEqual(self.pull().fetched, 3)

	def test_everything_is_fetched_from_a_source_that_gives_shorter_pages_than_before(self):
		two = {"paging": "Offset", "page_size": 2}
		self.asks(Reply(200, {"data": RECORDS[:2]}), Reply(200, {"data": []}), **two)
		pages = [Reply(200, {"data": [one]}) for one in RECORDS]
		self.receiver.script("/items", *pages, Reply(200, {"data": []}), *pages[:2])
		pulls.pull_now(FLOW, whole=True)
		cursor = self.go_on()
		self.assertEqual((cursor.fetched, cursor.largest), (3, 1))

	def test_a_time_that_was_read_elsewhere_in_the_record_does_not_count_after_that_is_corrected(self):
		self.receiver.script("/more", Reply(503), Reply(200, {"data": [], "next": None}))
		first = record(1, "2024-01-01T00:00:00Z", seen="2024-06-01T00:00:00Z")
		answer = Reply(200, {"data": [first], "next": "/more"})
		self.asks(answer, **NEXT, **{**BY_TIME, "changed_expression": "seen"})
		self.change(changed_expression="modified")
		cursor = self.again()
		self.assertEqual((cursor.status, cursor.since), ("Idle", "2024-01-01T00:00:00Z"))
		self.assertEqual((cursor.pages, cursor.fetched), (2, 1))

	def test_a_cron_expression_that_never_comes_is_told(self):
		with self.assertRaisesRegex(frappe.ValidationError, "cron expression"):
			self.pulls(pull_schedule="Cron", pull_cron="0 0 30 2 *")


class TestOddSources(ScriptedCase):
	def test_a_cursor_that_is_gone_lets_the_walk_start_over_and_pauses_nothing(self):
		gone = Reply(410, {"message": "sync token expired"})
		self.receiver.script("/more", gone, gone, Reply(200, {"data": [], "next": None}))
		cursor = self.asks(
			Reply(200, {"data": RECORDS, "next": "/more"}), **NEXT, pull_schedule="Every 15 Minutes"
		)
		self.assertEqual(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"), 0)
		self.assertEqual((cursor.status, self.trouble().outcome), ("Retrying", "gone"))
		self.assertTrue(cursor.error)
		self.assertIsNone(self.again().position)
		self.assertEqual(self.again().status, "Idle")

	def test_half_a_character_stops_no_pull(self):
		answer = '{"data": [{"id": "R-000001", "name": "cut \\ud83d"}, {"id": "R-\\ud83d", "name": "\\ud83d\\ude00"}]}'
		cursor = self.asks(Reply(200, answer, headers={"Content-Type": "application/json"}))
		self.assertEqual((cursor.status, cursor.queued), ("Idle", 2), cursor.error)
		self.work()
		self.assertEqual(len(self.records(status="Processed")), 2, self.history())
		self.assertEqual(frappe.db.get_value("Brand", "R-000001", "description"), "cut \ufffd")
		self.assertEqual(frappe.db.get_value("Brand", "R-\ufffd", "description"), "\U0001f600")
		self.assertEqual(self.pull().queued, 0)

	def test_half_a_character_in_a_refusal_is_told_as_any_other(self):
		answer = Reply(400, '{"message": "bad \\ud83d"}', headers={"Content-Type": "application/json"})
		cursor = self.asks(answer)
		self.assertEqual((cursor.status, self.trouble().outcome), ("Stopped", "invalid"))
		self.assertIn("bad \ufffd", cursor.error)

	def test_a_long_outage_does_not_cost_the_place(self):
		broken = [Reply(503)] * 8
		self.receiver.script("/more", *broken, Reply(200, {"data": [], "next": None}))
		self.asks(Reply(200, {"data": RECORDS, "next": "/more"}), **NEXT, pull_schedule="Hourly")
		for _ in broken:
			cursor = self.again()
		self.assertEqual((cursor.status, cursor.pages), ("Idle", 2), cursor.error)
		self.assert_arrived(1, "/items")

	def test_a_place_at_which_a_source_only_fails_is_left(self):
		self.receiver.script("/more", *[Reply(500)] * 5, Reply(200, {"data": [], "next": None}))
		self.asks(Reply(200, {"data": RECORDS, "next": "/more"}), **NEXT, pull_schedule="Hourly")
		for _ in range(5):
			cursor = self.again()
		self.assertEqual((cursor.status, cursor.pages), ("Idle", 2), cursor.error)
		self.assert_arrived(2, "/items")

	def test_a_user_who_is_disabled_for_long_does_not_cost_the_place(self):
		self.receiver.script("/more", Reply(503), Reply(200, {"data": [], "next": None}))
		self.asks(Reply(200, {"data": RECORDS, "next": "/more"}), **NEXT, pull_schedule="Hourly")
		frappe.db.set_value("User", make.USER, "enabled", 0)
		self.addCleanup(frappe.db.set_value, "User", make.USER, "enabled", 1)
		for _ in range(3):
			self.assertIn(make.USER, self.again().error)
		frappe.db.set_value("User", make.USER, "enabled", 1)
		self.assertEqual(self.again().status, "Idle")
		self.assert_arrived(1, "/items")

	def test_an_exchange_may_take_as_long_as_the_account_allows(self):
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.update({"deadline": 600, "read_timeout": 600})
		doc.save()
		leases = []

		def ask(asked: Any, position: dict) -> Any:
			leases.append(frappe.db.sql("SELECT due_at - UNIX_TIMESTAMP() FROM `tabSync Cursor`")[0][0])
			return original(asked, position)

		original, source.Source.ask = source.Source.ask, ask
		self.addCleanup(setattr, source.Source, "ask", original)
		self.receiver.script("/more", Reply(200, {"data": [], "next": None}))
		self.asks(Reply(200, {"data": RECORDS, "next": "/more"}), **NEXT)
		self.assertEqual(len(leases), 2)
		self.assertTrue(all(lease > 600 for lease in leases), leases)


class TestWhoSeesWhat(ScriptedCase):
	def test_pull_now_tells_that_a_paused_account_has_to_be_resumed(self):
		self.asks(Reply(200, {"data": RECORDS}))
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "paused", 1)
		frappe.clear_messages()
		pulls.pull_now(FLOW)
		self.assertIn("paused", frappe.as_json(frappe.message_log))
		frappe.clear_messages()
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "paused", 0)
		pulls.pull_now(FLOW)
		self.assertFalse(frappe.message_log)

	def test_an_empty_list_that_is_null_is_told_with_what_to_write(self):
		self.assertIn("data || `[]`", self.asks(Reply(200, {"data": None})).error)
		self.change(pull_records="data || `[]`")
		self.assertEqual(self.pull().status, "Idle")

	def test_an_address_that_holds_a_secret_is_not_shown(self):
		secret = "secret-in-the-next-address"
		self.receiver.script("/more", Reply(503))
		self.asks(Reply(200, {"data": RECORDS, "next": f"/more?token={secret}"}), **NEXT)
		cursor = self.cursor()
		self.assertIn(secret, cursor.position)
		frappe.set_user(make.user(VIEWER, ("Integration Manager", "Integration User")))
		self.addCleanup(frappe.set_user, "Administrator")
		seen = frappe.client.get("Sync Cursor", cursor.name)
		listed = frappe.client.get_list("Sync Cursor", fields=["*"])
		self.assertEqual(seen["field_mapping"], FLOW)
		self.assertNotIn(secret, frappe.as_json([seen, listed]))

	def test_a_preview_that_cannot_begin_leaves_the_person_who_they_are(self):
		self.pulls(pull_path="/items")
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.db_set({"auth_type": "Bearer Token"})
		self.commit()
		user = frappe.session.user
		with self.assertRaises(frappe.ValidationError):
			pulls.preview(FLOW)
		self.assertEqual(frappe.session.user, user)
