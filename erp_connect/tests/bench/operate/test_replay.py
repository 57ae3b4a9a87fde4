"""What a person does with events: replay, edit, retry, cancel, and send everything there is."""

from __future__ import annotations

import json

import frappe

from erp_connect.api import events, flows
from erp_connect.operate import sweep
from erp_connect.outbound import backfill
from erp_connect.patches import name_who_started_backfills
from erp_connect.store import retention
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import Reply


class TestReplay(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.doc = make.brand("first")
		self.deliver()
		self.first = self.event()

	def test_a_replay_sends_the_same_bytes_under_the_same_key(self):
		self.doc.description = "second"
		self.doc.save()
		self.deliver()
		name = events.replay([self.first.name], older=True)[0]
		self.deliver()
		original, _, repeated = self.arrived()
		self.assertEqual((repeated.method, repeated.path, repeated.body), ("POST", "/brands", original.body))
		self.assertEqual(repeated.header("Idempotency-Key"), original.header("Idempotency-Key"))
		row = self.event(name=name)
		self.assertEqual(
			(row.status, row.replay_of, row.trace_id), ("Delivered", self.first.name, self.first.trace_id)
		)
		self.assertEqual([link.external_id for link in self.links()], ["R-1"])

	def test_an_edited_replay_has_a_key_of_its_own(self):
		name = events.replay_edited(self.first.name, json.dumps({"name": "edited", "text": "by hand"}))
		self.deliver()
		original, edited = self.arrived()
		self.assertEqual(edited.json, {"name": "edited", "text": "by hand"})
		self.assertNotEqual(edited.header("Idempotency-Key"), original.header("Idempotency-Key"))
		self.assertEqual((self.event(name=name).edited, self.event(name=name).status), (1, "Delivered"))

	def test_an_edited_payload_that_is_no_json_is_refused(self):
		self.assertRaises(frappe.ValidationError, events.replay_edited, self.first.name, "{")

	def test_by_filter(self):
		self.receiver.script("/brands", "422,422", Reply(201, {"id": "R-2"}), Reply(201, {"id": "R-3"}))
		for _ in range(2):
			make.brand()
		self.deliver()
		self.assertEqual(self.statuses().count("Failed"), 2)
		self.assertEqual(events.retry_by_filter({"status": "Failed"}), 2)
		self.deliver()
		self.assertEqual(self.statuses().count("Failed"), 0)

	def test_a_cancelled_event_is_not_sent_and_frees_those_behind_it(self):
		self.receiver.script("/brands/R-1", "500,200")
		self.doc.description = "second"
		self.doc.save()
		self.deliver()
		waiting = self.event(status="Retrying")
		copy = events.replay([self.first.name], older=True)[0]  # waits behind it
		self.deliver()
		self.assert_arrived(2)
		self.assertEqual(events.cancel([waiting.name]), 1)
		self.deliver()
		self.assertEqual(
			(self.event(name=waiting.name).status, self.event(name=copy).status), ("Cancelled", "Delivered")
		)

	def test_delivered_events_are_not_retried(self):
		self.assertEqual(events.retry([self.first.name]), 0)


class TestOlderStates(ConnectTestCase):
	"""What was refused once is not sent over what the other side got since, and not again and again."""

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.doc = make.brand("v1")
		self.deliver()
		self.save("v2", "422")
		self.refused = self.event(status="Failed")

	def save(self, text: str, answer: str = "200") -> None:
		self.receiver.script("/brands/R-1", f"{answer},200")
		self.doc.description = text
		self.doc.save()
		self.deliver()

	def texts(self) -> list[str]:
		return [request.json["text"] for request in self.arrived()]

	def replay_refused(self) -> int:
		frappe.clear_messages()
		return events.retry_by_filter({"outcome": "invalid"}, action="replay")

	def assert_told(self, words: str) -> None:
		self.assertIn(words, str(frappe.get_message_log()))

	def test_a_replay_by_filter_leaves_out_what_a_newer_delivered_state_overtook_and_says_so(self):
		self.save("v3")
		self.assertEqual(events.retry_by_filter({"status": "Failed"}, action="replay"), 0)
		self.assert_told("newer state")
		self.deliver()
		self.assertEqual(self.texts(), ["v1", "v2", "v3"])
		self.assertEqual(events.older_than_sent([self.refused.name]), 1)

	def test_what_overtook_is_known_however_long_ago_it_was(self):
		self.save("v3")
		frappe.db.sql("UPDATE `tabSync Log` SET creation = creation - INTERVAL 60 DAY")
		self.commit()
		self.assertEqual(retention.clear(30), 1)  # the first, which was delivered before
		self.assertEqual(self.replay_refused(), 0)
		self.assert_told("newer state")
		events.cancel([self.refused.name])
		self.commit()
		retention.clear(30)
		self.assertEqual(self.events(), [])

	def test_a_person_who_was_asked_may_send_the_older_state(self):
		self.save("v3")
		self.assertEqual(events.replay([self.refused.name]), [])
		events.replay([self.refused.name], older=True)
		self.deliver()
		self.assertEqual(self.texts()[-1], "v2")

	def test_what_overtook_is_recognised_by_the_state_not_by_when_it_was_sent(self):
		self.save("v3", "422")
		newest = self.events(status="Failed")[-1]
		events.replay([newest.name])
		self.deliver()
		self.assertEqual(self.texts()[-1], "v3")
		self.assertEqual(self.replay_refused(), 0, self.history())

	def test_originals_are_done_when_their_replay_was_delivered(self):
		self.assertEqual(events.retry_by_filter({"status": "Failed"}, action="replay"), 1)
		self.assertEqual(events.retry_by_filter({"status": "Failed"}, action="replay"), 0, "it is on its way")
		self.assert_told("once more already")
		self.deliver()
		original, copy = self.events(name=self.refused.name)[0], self.events()[-1]
		self.assertEqual(
			(original.status, original.superseded_by, copy.status), ("Superseded", copy.name, "Delivered")
		)
		self.assertEqual(events.retry_by_filter({"status": "Failed"}, action="replay"), 0)
		self.assertEqual(self.replay_refused(), 0, "neither by another filter")
		self.assertEqual(self.texts(), ["v1", "v2", "v2"])

	def test_a_replay_that_failed_is_done_when_another_one_was_delivered(self):
		self.receiver.script("/brands/R-1", "422,200")
		events.replay([self.refused.name])
		self.deliver()
		events.replay([self.refused.name])
		self.deliver()
		self.assertEqual(self.statuses(), ["Delivered", "Superseded", "Superseded", "Delivered"])

	def test_an_edited_replay_settles_its_original(self):
		events.replay_edited(self.refused.name, json.dumps({"name": self.doc.name, "text": "by hand"}))
		self.deliver()
		self.assertEqual(self.event(name=self.refused.name).status, "Superseded")

	def test_a_retry_takes_the_place_of_a_replay_that_waits(self):
		copy = events.replay([self.refused.name])[0]
		frappe.db.set_value("Brand", self.doc.name, "description", "v3")
		events.retry([self.refused.name])
		self.deliver()
		self.assertEqual(self.texts(), ["v1", "v2", "v3"])
		self.assertEqual(
			[self.event(name=name).status for name in (copy, self.refused.name)], ["Superseded", "Delivered"]
		)

	def test_a_save_that_commits_after_the_replay_was_queued_is_not_overwritten(self):
		"""It was recorded before, in a transaction that the replay could not see."""
		self.save("v3")
		newest = self.events()[-1].name
		frappe.db.set_value("Sync Log", newest, "status", "Failed")
		copy = events.replay([self.refused.name])[0]
		frappe.db.set_value("Sync Log", newest, "status", "Delivered")
		self.deliver()
		row = self.event(name=copy)
		self.assertEqual((row.status, row.outcome), ("Skipped", "newer_state_sent"))
		self.assertEqual(self.texts(), ["v1", "v2", "v3"])
		events.retry([copy])
		self.deliver()
		self.assertEqual(
			self.event(name=copy).outcome, "nothing_changed", "Retry sends the document as it is"
		)

	def test_a_hand_written_payload_is_not_retried_over_a_newer_state(self):
		self.receiver.script("/brands/R-1", "422,200")
		copy = events.replay_edited(self.refused.name, json.dumps({"text": "by hand"}))
		self.deliver()
		self.save("v3")
		self.assertEqual(events.retry([copy]), 0)
		self.assert_told("written by hand")


class TestUnknownOutcome(ConnectTestCase):
	def test_a_creation_of_unknown_outcome_is_built_anew_once_a_newer_state_was_sent(self):
		make.account(self.receiver.url(), retry_schedule="2s")
		make.brand_flow()
		self.receiver.script("/brands", "502,502", Reply(201, {"id": "R-7"}))
		doc = make.brand("v1")
		self.deliver()
		self.later()
		self.deliver()
		unknown = self.event()
		self.assertEqual((unknown.status, unknown.frozen), ("Failed", 1))
		events.cancel([unknown.name])  # it is not there, as somebody has seen
		doc.description = "v2"
		doc.save()
		self.deliver()
		events.retry([unknown.name])
		self.deliver()
		self.assertEqual([request.json["text"] for request in self.arrived()], ["v1", "v1", "v2"])
		self.assertEqual(self.event(name=unknown.name).outcome, "nothing_changed")


class TestBackfill(ConnectTestCase):
	COUNT = 1100

	def setUp(self) -> None:
		super().setUp()
		services.flush()
		make.account(self.receiver.url(), concurrency=4, breaker_threshold=0)
		make.brand_flow()
		self.prefix = make.unique("Bulk")
		self.commit()
		self.addCleanup(self.remove)

	def fill(self, count: int) -> list[str]:
		names = [f"{self.prefix} {number:05}" for number in range(count)]
		stamp = frappe.utils.now()
		fields = ["name", "brand", "description", "creation", "modified", "owner", "modified_by"]
		rows = [(name, name, "bulk", stamp, stamp, "Administrator", "Administrator") for name in names]
		frappe.db.bulk_insert("Brand", fields, rows)
		self.commit()
		return names

	def remove(self) -> None:
		frappe.db.delete("Brand", {"name": ("like", self.prefix + "%")})
		frappe.db.commit()

	def start(self, **values):
		filters = json.dumps([["name", "like", self.prefix + "%"]])
		name = flows.start_backfill("Test Brand", filters, **values)
		self.commit()
		return name

	def settled(self) -> bool:
		return not frappe.db.sql("SELECT 1 FROM `tabSync Log` WHERE due_at IS NOT NULL LIMIT 1")

	def state(self, name: str):
		return frappe.get_doc("Sync Backfill", name)

	def test_it_survives_a_kill_and_sends_each_document_once(self):
		names = self.fill(self.COUNT)
		workers = [services.Worker().start() for _ in range(2)]
		for worker in workers:
			self.addCleanup(worker.kill)
		backfill_name = self.start()
		self.wait_for(lambda: len(self.arrived()) > 300, 30)
		for worker in workers:
			worker.kill()
		self.assertEqual(self.state(backfill_name).status, "Running")
		self.assertLess(len(self.arrived()), self.COUNT)
		self.later(300)
		services.flush()
		self.addCleanup(services.Worker().start().kill)

		sweep.sweep()  # as the scheduler does each minute
		self.wait_for(lambda: self.state(backfill_name).status == "Completed" and self.settled(), 60)
		keys: dict[str, set[str]] = {}
		for request in self.arrived():
			keys.setdefault(request.json["name"], set()).add(request.header("Idempotency-Key"))
		self.assertEqual(sorted(keys), names)
		self.assertEqual({len(found) for found in keys.values()}, {1}, "a repetition has its first key")
		self.assertEqual(len(self.events()), self.COUNT)
		self.assertEqual(len(self.links()), self.COUNT)
		state = self.state(backfill_name)
		self.assertEqual((state.total, state.queued, state.progress), (self.COUNT, self.COUNT, 100))

	def test_live_changes_do_not_wait_for_a_backfill(self):
		self.fill(self.COUNT)
		backfill.run(self.start())
		self.assertLess(len(self.events()), self.COUNT)

	def test_only_those_never_sent(self):
		names = self.fill(3)
		frappe.get_doc("Brand", names[0]).save()
		self.deliver()
		flow = frappe.get_last_doc("Field Mapping").name
		every, some = (json.dumps([["name", "in", which]]) for which in (names, names[:2]))
		for filters, only, wanted in ((every, False, 3), (every, True, 2), (some, False, 2), (some, True, 1)):
			self.assertEqual(flows.count_backfill(flow, filters, only), wanted, (filters, only))
		name = self.start(only_unlinked=True)
		self.assertEqual(frappe.db.get_value("Sync Backfill", name, "total"), 2)
		backfill.run(name)
		state = frappe.db.get_value("Sync Backfill", name, ["total", "queued", "progress"])
		self.assertEqual(state, (2, 2, 100))
		self.deliver()
		arrived = [request.json["name"] for request in self.arrived()]
		self.assertEqual(sorted(arrived), names)  # in any order: several requests at once

	def test_a_stopped_one_queues_nothing_more_and_goes_on_where_it_was(self):
		self.fill(5)
		name = self.start()
		flows.stop_backfill(name)
		backfill.run(name)
		self.assertEqual(self.events(), [])
		flows.resume_backfill(name)
		self.commit()
		backfill.run(name)
		self.deliver()
		self.assert_arrived(5)
		self.assertEqual(self.state(name).status, "Completed")

	def test_a_broken_filter_fails_with_its_reason(self):
		name = self.start()
		frappe.db.set_value("Sync Backfill", name, "filters_json", '[["no_such_field", "=", 1]]')
		backfill.run(name)
		self.assertEqual(self.state(name).status, "Failed")
		self.assertTrue(self.state(name).error)

	def test_it_runs_as_who_started_it_and_then_as_who_resumed_it(self):
		names = self.fill(2)
		self.addCleanup(frappe.set_user, "Administrator")
		starter = make.user("backfill-starter@example.com", ("Integration Manager", *make.ROLES))
		make.user("backfill-second@example.com", ("Integration Manager", *make.ROLES))
		frappe.set_user(starter)
		name = self.start()
		frappe.set_user("Administrator")
		self.assertEqual((self.state(name).started_by, self.state(name).total), (starter, 2))
		with self.assertRaises(frappe.PermissionError):
			doc = self.state(name)
			doc.filters_json = "[]"
			doc.save()
		# Narrowed after the start, and before the job runs.
		values = {"doctype": "User Permission", "user": starter, "allow": "Brand", "for_value": names[0]}
		permission = frappe.get_doc(values).insert()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(permission.delete)
		self.commit()
		backfill.run(name)
		self.assertEqual([row.reference_name for row in self.events()], [names[0]])
		frappe.set_user("backfill-second@example.com")
		flows.resume_backfill(name)
		self.commit()
		frappe.set_user("Administrator")
		backfill.run(name)
		self.assertEqual([row.reference_name for row in self.events()], names)
		self.assertEqual(self.state(name).started_by, "backfill-second@example.com")

	def test_it_ends_where_who_started_it_may_no_more(self):
		self.fill(1)
		name = self.start()
		frappe.db.set_value("Sync Backfill", name, "started_by", make.user("no-manager@example.com", ()))
		backfill.run(name)
		self.assertEqual((self.state(name).status, self.events()), ("Failed", []))
		self.assertIn("Resume", self.state(name).error)
		flows.resume_backfill(name)
		backfill.run(name)
		self.assertEqual((self.state(name).status, len(self.events())), ("Completed", 1))

	def test_it_ends_with_its_flow(self):
		self.fill(1)
		name = self.start()
		frappe.delete_doc("Field Mapping", "Test Brand", force=True)
		self.commit()
		backfill.run(name)
		sweep.sweep()
		self.assertEqual(self.events(), [])
		state = self.state(name)
		self.assertEqual((state.status, "Test Brand" in state.error), ("Failed", True))

	def test_older_ones_belong_to_their_owner(self):
		name = self.start()
		frappe.db.set_value("Sync Backfill", name, "started_by", None)
		name_who_started_backfills.execute()
		self.assertEqual(self.state(name).started_by, self.state(name).owner)

	def test_filters_that_are_none_are_refused(self):
		for filters in ("{", '{"name": 1}', "1"):
			with self.assertRaises(frappe.ValidationError):
				flows.start_backfill("Test Brand", filters)
		self.assertEqual(frappe.get_all("Sync Backfill"), [])
