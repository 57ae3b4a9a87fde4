"""Repairs by each policy and side, what becomes of documents that are gone outside, schedules, permissions, workers."""

from __future__ import annotations

import json
import tracemalloc
from datetime import timedelta
from typing import Any

import frappe
from frappe.utils import now_datetime

from erp_connect.api import reconciliation
from erp_connect.config import inflow
from erp_connect.operate import review
from erp_connect.operate.alerts import conditions, kinds
from erp_connect.reconcile import run, schedule
from erp_connect.records import intake
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.reconcile_case import FLOW, ReconcileCase
from erp_connect.tests.fakes.paged_source import PagedSource


class TestPolicies(ReconcileCase):
	def both_changed(self, policy: str, **row: Any) -> tuple[Any, str, str]:
		"""(comparison, brand, id) of one that was changed on both sides; no event tells of either."""
		self.make_flow(
			conflict_policy=policy,
			inbound_version_expression="modified",
			answer_version_expression="data.modified",
		)
		if row:
			self.flow.reload()
			self.flow.rows[1].update(row)
			self.flow.save()
			self.commit()
		name = self.equal(2)[0]
		id_ = self.id_of(name)
		self.shop.change("brands", id_, text="from there")
		frappe.db.set_value("Brand", name, "description", "from here", update_modified=False)
		self.commit()
		compared = self.compare()
		self.assertEqual(self.counts(compared), (0, 0, 1, 0))
		return compared, name, id_

	def values(self, name: str, id_: str) -> tuple[str, str]:
		frappe.db.rollback()
		return frappe.db.get_value("Brand", name, "description"), self.shop.things["brands"][id_]["text"]

	def assert_repaired(self, compared: Any, name: str, id_: str, value: str) -> None:
		self.assertEqual(self.statuses_of(compared), ["Repaired"], self.history())
		self.assertEqual(self.values(name, id_), (value, value))
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_the_outside_wins(self):
		found = self.both_changed("Outside wins")
		self.repair(found[0])
		self.assert_repaired(*found, "from there")

	def test_erpnext_wins(self):
		found = self.both_changed("ERPNext wins")
		self.repair(found[0])
		self.assert_repaired(*found, "from here")

	def test_the_newest_wins(self):
		found = self.both_changed("Newest wins")
		self.repair(found[0])
		self.assert_repaired(*found, "from there")  # the brand kept its older time of change

	def test_the_winner_of_each_field(self):
		found = self.both_changed("Per field", wins="ERPNext")
		self.repair(found[0])
		self.assert_repaired(*found, "from here")

	def test_a_person_has_to_choose(self):
		compared, name, id_ = self.both_changed("Hold for review")
		answer = self.repair(compared)
		self.assertEqual(answer["begun"], 0)
		self.assertIn("Choose which side", next(iter(answer["refused"].values())))
		self.assertEqual(self.values(name, id_), ("from here", "from there"))
		self.repair(compared, "there")
		self.assert_repaired(compared, name, id_, "from there")

	def test_a_side_can_be_chosen_against_the_policy(self):
		found = self.both_changed("Outside wins")
		self.repair(found[0], "here")
		self.assert_repaired(*found, "from here")

	def test_a_side_that_was_chosen_is_sent_although_the_flow_looks_first(self):
		for version in ("", "version"):
			self.make_flow(name=f"{FLOW} {version}", remote_entity=f"brand {version}", read_before_update=1,
				fetch_path="/brands/{external_id}", fetch_result="data", inbound_version_expression=version,
				answer_version_expression=version and "data.version", fetch_each=0)  # fmt: skip
			name = self.brand(len(version))
			self.deliver()
			id_ = self.links(document_name=name, remote_entity=f"brand {version}")[0].external_id
			self.shop.change("brands", id_, text="a mistake over there")
			compared = self.compare()
			self.repair(compared, "here")
			self.assertEqual(self.statuses_of(compared), ["Repaired"], self.history())
			self.assertEqual(self.shop.things["brands"][id_]["text"], f"text {len(version)}")
			self.flow.delete()
			self.commit()
			self.shop.things["brands"].clear()
			self.prefix += "x"

	def test_a_side_that_did_not_change_can_be_chosen(self):
		self.make_flow()
		name = self.equal(1)[0]
		frappe.db.set_value("Brand", name, "description", "a mistake", update_modified=False)
		self.commit()
		compared = self.compare()
		self.repair(compared, "there")
		self.assert_repaired(compared, name, self.id_of(name), "text 0")

	def test_a_repair_that_fails_is_told_and_may_be_tried_again(self):
		self.make_flow()
		name = self.equal(1)[0]
		frappe.db.set_value("Brand", name, "description", "drifted", update_modified=False)
		compared = self.compare()
		self.shop.things["brands"].pop(self.id_of(name))
		self.repair(compared)  # PUT is answered with 404
		self.assertEqual(self.statuses_of(compared), ["Failed"])
		self.assertIn("404", self.one(compared).message)
		self.shop.add("brands", id=self.id_of(name), name=name, text="text 0")
		self.assertEqual(reconciliation.repair([self.one(compared).name], "policy")["begun"], 1)
		self.settle()
		self.assert_repaired(compared, name, self.id_of(name), "drifted")

	def test_a_repair_follows_the_event_that_stood_in_for_its_own(self):
		self.make_flow()
		name = self.equal(1)[0]
		frappe.db.set_value("Brand", name, "description", "drifted", update_modified=False)
		compared = self.compare()
		reconciliation.repair([self.one(compared).name], "policy")
		doc = frappe.get_doc("Brand", name)
		doc.description = "saved after that"
		doc.save()
		self.settle()
		self.assert_repaired(compared, name, self.id_of(name), "saved after that")

	def test_a_side_that_there_is_not_is_refused(self):
		self.make_flow()
		self.equal(1)
		self.shop.add("brands", name=self.name(7), text="there")
		compared = self.compare()
		names = [self.one(compared).name]
		self.assertIn("only be fetched", reconciliation.repair(names, "here")["refused"][names[0]])
		with self.assertRaises(frappe.ValidationError):
			reconciliation.repair(names, "everywhere")


class TestGoneOutside(ReconcileCase):
	def gone(self, count: int, of: int, **values: Any) -> list[str]:
		"""So many linked items of which so many are not outside any more; the names of these."""
		self.receives(**values)
		names = self.equal(of)
		for name in names[:count]:
			self.shop.remove("brands", self.id_of(name))
		return names[:count]

	def here(self, names: list[str]) -> int:
		frappe.db.rollback()
		return frappe.db.count("Brand", {"name": ("in", names)})

	def test_it_is_only_reported(self):
		names = self.gone(2, 10)
		self.assertEqual(self.counts(self.compare()), (0, 2, 0, 0))
		self.assertEqual(self.here(names), 2)

	def test_it_is_deleted_with_its_link_and_written_down(self):
		names = self.gone(2, 10, on_remote_delete="Delete")
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 2, 0, 0))
		self.assertEqual(self.here(names), 0)
		self.assertEqual({one.status for one in self.found(row)}, {"Repaired"})
		self.assertEqual(len(self.links()), 8)
		events = self.events(event="gone_outside")
		self.assertEqual([(event.status, event.outcome) for event in events], [("Processed", "deleted")] * 2)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_one_that_was_deleted_is_news_where_it_is_listed_again_as_it_was(self):
		self.receives(on_remote_delete="Delete")
		(name, *_others), flow = self.equal(5), inflow.load(FLOW)
		id_ = self.id_of(name)
		record = dict(self.shop.things["brands"][id_])
		for queued in (1, 0):
			self.assertEqual(intake.store(flow, [record]).queued, queued)
			self.settle()
		self.shop.remove("brands", id_)
		self.compare()
		self.assertEqual(self.here([name]), 0, self.history())
		for queued in (1, 0):
			self.assertEqual(intake.store(flow, [record]).queued, queued)
			self.settle()
			self.assertEqual(self.here([name]), 1, self.history())

	def test_what_may_not_be_deleted_is_told_and_stays(self):
		name = self.gone(1, 5, on_remote_delete="Delete")[0]
		item = make.item(brand=name)
		self.addCleanup(frappe.delete_doc, "Item", item.name)
		self.commit()
		row = self.compare()
		self.assertEqual(self.here([name]), 1)
		self.assertEqual(self.one(row).status, "Failed")
		self.assertIn(item.name, self.one(row).message)
		self.assertEqual(self.event(event="gone_outside").status, "Failed")
		self.assertEqual(len(self.links()), 5)

	def test_too_many_at_once_are_not_touched(self):
		names = self.gone(4, 10, on_remote_delete="Delete", delete_limit=30)
		row = self.compare()
		self.assertEqual(row.status, "Completed")
		self.assertIn("4 of 10", row.error)
		self.assertEqual((self.here(names), row.missing_there), (4, 4))
		self.assertEqual({one.status for one in self.found(row)}, {"Open"})
		# A person who knows that it is right says so.
		reconciliation.repair([one.name for one in self.found(row)], "policy")
		self.commit()
		run.run(row.name)
		self.assertEqual(self.here(names), 0)
		self.assertEqual({one.status for one in self.found(row)}, {"Repaired"})
		self.assertEqual(self.row(row.name).status, "Completed")

	def test_within_the_limit_they_are(self):
		names = self.gone(4, 10, on_remote_delete="Delete", delete_limit=40)
		self.compare()
		self.assertEqual(self.here(names), 0)

	def test_a_source_without_any_record_is_not_believed(self):
		names = self.gone(3, 3, on_remote_delete="Delete", delete_limit=100)
		row = self.compare()
		self.assertIn("no records at all", row.error)
		self.assertEqual(self.here(names), 3)

	def test_a_source_that_gave_less_than_it_says_is_not_believed(self):
		names = self.gone(1, 10, on_remote_delete="Delete")
		self.flow.reload()
		self.flow.page_total = "sum([total, `1`])"
		self.flow.save()
		self.commit()
		row = self.compare()
		self.assertIn("10 records, but 9", row.error)
		self.assertEqual(self.here(names), 1)

	def test_a_comparison_that_did_not_end_touches_nothing(self):
		names = self.gone(1, 25, on_remote_delete="Delete")
		self.shop.fail(page=3, status=400)
		name = self.begin()
		run.run(name)
		self.assertEqual((self.row(name).status, self.here(names)), ("Failed", 1))

	def test_it_is_asked_for_by_its_id_first(self):
		names = self.gone(
			2, 10, on_remote_delete="Delete", fetch_path="/brands/{id}", fetch_result="data", fetch_each=0
		)
		hidden = self.shop.add("other", name="hidden")
		kept = frappe.db.get_value("Sync Link", {"document_name": names[0]}, "name")
		frappe.db.set_value("Sync Link", kept, "external_id", hidden)
		self.shop.things["brands"]["listed nowhere"] = {}  # keeps the kind there
		self.shop.things["brands"].pop("listed nowhere")
		answer = self.shop.answer
		self.shop.answer = lambda method, path, query, body: (
			(200, {"data": {"id": hidden}}) if path.endswith(hidden) else answer(method, path, query, body)
		)
		self.commit()
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 1, 0, 0))
		self.assertEqual((self.here(names[:1]), self.here(names[1:])), (1, 0))

	def test_what_cannot_be_confirmed_is_reported_and_left_alone(self):
		names = self.gone(1, 10, on_remote_delete="Delete", fetch_path="/brands/{id}", fetch_each=0)
		answer = self.shop.answer
		self.shop.answer = lambda method, path, query, body: (
			(403, {}) if path.count("/") > 1 else answer(method, path, query, body)
		)
		row = self.compare()
		self.assertEqual(self.here(names), 1)
		self.assertIn("Could not be confirmed", self.one(row).message)

	def test_items_are_disabled_once(self):
		self.shop.things["items"] = {}
		code = make.item().name
		make.flow(
			"Item",
			[],
			[make.row("item_code", "code"), make.row("item_name", "name")],
			name=FLOW,
			direction="Incoming",
			inbound_id_expression="id",
			pull_path="/items",
			pull_records="records",
			on_remote_delete="Disable",
		)
		self.flow = frappe.get_doc("Field Mapping", FLOW)
		self.link({code: "gone"})
		self.shop.add("items", code="x", name="x")
		self.commit()
		row = self.compare()
		self.assertEqual((row.missing_there, frappe.db.get_value("Item", code, "disabled")), (1, 1))
		self.assertEqual(self.event(event="gone_outside").outcome, "disabled")
		self.assertEqual(self.compare().missing_there, 0)

	def test_both_ways_it_is_sent_again_unless_the_flow_says_otherwise(self):
		self.make_flow()
		names = self.equal(3)
		self.shop.remove("brands", self.id_of(names[0]))
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 1, 0, 0))
		self.repair(row)
		self.assertEqual(self.statuses_of(row), ["Repaired"], self.history())
		self.assertEqual(len(self.shop.things["brands"]), 3)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))


class TestSchedule(ReconcileCase):
	def due(self) -> list[str]:
		names = schedule.schedule_due()
		self.commit()
		return names

	def long_ago(self, **time: int) -> None:
		frappe.db.sql("UPDATE `tabSync Reconciliation` SET creation = %s", now_datetime() - timedelta(**time))
		frappe.db.sql("UPDATE `tabField Mapping` SET modified = %s", now_datetime() - timedelta(**time))
		self.commit()

	def test_a_comparison_begins_when_it_is_due_and_not_before(self):
		self.receives(reconcile_schedule="Cron", reconcile_cron="*/30 * * * *")
		self.long_ago(minutes=31)
		name = self.due()[0]
		self.assertEqual(self.due(), [])  # that one is not finished
		run.run(name)
		self.long_ago(seconds=0)
		self.assertEqual(self.due(), [])
		self.long_ago(minutes=31)
		self.assertEqual(len(self.due()), 1)

	def test_nothing_begins_for_what_is_switched_off(self):
		self.receives(reconcile_schedule="Hourly")
		self.long_ago(hours=2)
		for doctype, name, values in (
			("Field Mapping", FLOW, {"enabled": 0}),
			("Integration Settings", make.ACCOUNT, {"paused": 1}),
			("Field Mapping", FLOW, {"reconcile_schedule": ""}),
		):
			before = {key: frappe.db.get_value(doctype, name, key) for key in values}
			frappe.db.set_value(doctype, name, values, update_modified=False)
			self.assertEqual(self.due(), [], values)
			frappe.db.set_value(doctype, name, before, update_modified=False)
		self.assertEqual(len(self.due()), 1)

	def test_the_sweep_takes_up_what_was_left(self):
		self.receives()
		self.shop.add("brands", name=self.name(1), text="there")
		name = self.begin()
		services.flush()
		worker = services.Worker().start()
		self.addCleanup(worker.kill)
		schedule.sweep()
		self.wait_for(lambda: self.row(name).status == "Completed", 30)
		self.assertEqual(self.row(name).missing_here, 1)

	def test_a_worker_that_is_killed_between_pages_loses_and_doubles_nothing(self):
		self.receives()
		for number in range(55):
			self.shop.add("brands", name=self.name(number), text="there")
		name = self.begin()
		services.flush()
		victim = services.Worker(die="erp_connect.store.reconciliations:advance", when="third").start()
		self.addCleanup(victim.kill)
		schedule.sweep()
		self.wait_for(lambda: not victim.running, 30, "the worker did not die")
		row = self.row(name)
		self.assertEqual((row.status, row.checked_there), ("Running", 20))
		self.assertEqual(len(self.found(row)), 20)
		self.let_lease_end()
		services.flush()
		run.run(name)
		row = self.row(name)
		self.assertEqual(self.counts(row), (55, 0, 0, 0))
		self.assertEqual((row.checked_there, len(self.found(row))), (55, 55))
		self.assertEqual(
			self.shop.pages, 7 + 5
		)  # one of the six was asked for twice, and all but the last looked at again

	def test_the_rate_limit_of_the_account_holds(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, {"rate_limit": 0.01, "burst": 1})
		self.receives()
		for number in range(25):
			self.shop.add("brands", name=self.name(number))
		name = self.begin()
		run.run(name)
		self.assertEqual((self.row(name).status, self.shop.pages), ("Running", 1))

	def test_ten_thousand_records_take_no_more_memory_than_a_thousand(self):
		self.receives(page_size=500)
		few = self.memory(1000)
		many = self.memory(9000)
		self.assertLess(many, few * 1.5 + 500_000)

	def memory(self, more: int) -> int:
		"""Peak of the memory that a comparison takes, after so many records more that are equal."""
		stamp, start = frappe.utils.now(), len(self.shop.things.get("brands", {}))
		rows, links = [], []
		for number in range(start, start + more):
			name = self.name(number)
			id_ = self.shop.add("brands", name=name, text="x" * 200)
			rows.append((name, name, "x" * 200, stamp, stamp))
			links.append((name, stamp, stamp, make.ACCOUNT, self.flow.remote_entity, "Brand", name, id_))
		frappe.db.bulk_insert("Brand", ["name", "brand", "description", "creation", "modified"], rows)
		frappe.db.bulk_insert(
			"Sync Link",
			[
				"name",
				"creation",
				"modified",
				"integration",
				"remote_entity",
				"document_type",
				"document_name",
				"external_id",
			],
			links,
		)
		self.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.delete, "Brand", {"name": ("like", f"{self.prefix}-%")})
		name = self.begin()
		tracemalloc.start()
		try:
			run.run(name)
			peak = tracemalloc.get_traced_memory()[1]
		finally:
			tracemalloc.stop()
		self.assertEqual(self.counts(self.row(name)), (0, 0, 0, 0))
		self.assertEqual(self.row(name).checked_there, start + more)
		return peak


class TestPermissions(ReconcileCase):
	def as_user(self, role: str) -> None:
		frappe.set_user(make.user(f"{frappe.scrub(role)}@example.com", (role, "Item Manager")))
		self.addCleanup(frappe.set_user, "Administrator")

	def test_those_who_may_only_look_cannot_start_or_repair(self):
		self.receives()
		self.shop.add("brands", name=self.name(1))
		row = self.compare()
		found = self.one(row).name
		self.commit()
		self.as_user("Integration User")
		self.assertEqual(reconciliation.summary(row.name)["missing_here"], 1)
		for call in (
			lambda: reconciliation.start(FLOW),
			lambda: reconciliation.stop(row.name),
			lambda: reconciliation.repair([found], "policy"),
			lambda: reconciliation.ignore([found]),
		):
			with self.assertRaises(frappe.PermissionError):
				call()

	def test_findings_are_as_visible_as_their_documents(self):
		self.make_flow()
		names = self.equal(2)
		for name in names:
			self.shop.change("brands", self.id_of(name), text="drifted")
		row = self.compare()
		user = make.user("integration_manager@example.com", ("Integration Manager", "Item Manager"))
		permission = frappe.get_doc(
			{"doctype": "User Permission", "user": user, "allow": "Brand", "for_value": names[0]}
		).insert()
		self.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(permission.delete)
		hidden, seen = self.one(row, document_name=names[1]), self.one(row, document_name=names[0])
		self.as_user("Integration Manager")
		shown = reconciliation.summary(row.name)["differences"]
		self.assertEqual([one["name"] for one in shown], [seen.name])
		self.assertEqual(shown[0]["fields"][0]["there"], "drifted")
		with self.assertRaises(frappe.PermissionError):
			reconciliation.repair([hidden.name], "there")
		self.assertEqual(reconciliation.repair([seen.name], "there")["begun"], 1)
		frappe.set_user("Administrator")
		self.settle()
		self.assertEqual(self.one(row, name=hidden.name).status, "Open")

	def test_documents_that_the_account_may_not_read_are_not_missing_outside(self):
		self.make_flow()
		name = self.equal(1)[0]
		self.brand(5)
		frappe.db.delete("Sync Log", {"status": "Queued"})
		values = {"doctype": "User Permission", "user": make.USER, "allow": "Brand", "for_value": name}
		permission = frappe.get_doc(values).insert()
		self.commit()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(permission.delete)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		permission.delete()
		self.commit()
		self.assertEqual(self.counts(self.compare()), (0, 1, 0, 0))

	def test_an_account_that_may_read_nothing_is_told(self):
		self.make_flow()
		self.equal(1)
		user = make.user(f"sees-nothing.{self.prefix.lower()}@example.com", ("HR User",))
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "user", user)
		self.commit()
		name = self.begin()
		frappe.msgprint("Of another turn")
		run.run(name)
		row = self.row(name)
		self.assertEqual(row.status, "Failed")
		self.assertIn(user, row.error)
		self.assertNotIn("Of another turn", row.error)
		self.assertIn("Give the user the role for it, then compare again", row.error)
		make.user(user, make.ROLES)
		self.commit()
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))


class TestLimits(ReconcileCase):
	def test_what_is_asked_for_one_by_one_keeps_to_the_limits_as_well(self):
		self.make_flow(fetch_path="/brands/{id}", fetch_result="data", fetch_each=1)
		for name in self.equal(3):
			self.shop.change("brands", self.id_of(name), text="drifted")
		frappe.db.set_value("Integration Settings", make.ACCOUNT, {"rate_limit": 0.01, "burst": 2})
		frappe.db.sql("UPDATE `tabIntegration State` SET tokens = 2")
		self.commit()
		name = self.begin()
		run.run(name)
		self.assertEqual(self.row(name).status, "Running")
		self.assertEqual((self.shop.pages, self.shop.count("GET", "/brands/")), (1, 1))
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "rate_limit", 0)
		self.commit()
		self.let_lease_end()
		run.run(name)
		self.assertEqual(self.counts(self.row(name)), (0, 0, 3, 0))

	def test_a_single_record_that_fails_for_a_while(self):
		self.make_flow(fetch_path="/brands/{id}", fetch_result="data", fetch_each=1)
		name = self.equal(1)[0]
		self.shop.change("brands", self.id_of(name), text="drifted")
		answer = self.shop.answer
		self.shop.answer = lambda method, path, query, body: (
			(503, {}) if path.count("/") > 1 else answer(method, path, query, body)
		)
		comparison = self.begin()
		run.run(comparison)
		row = self.row(comparison)
		self.assertEqual((row.status, row.phase, row.failures), ("Running", "Check", 1))
		self.shop.answer = answer
		self.let_lease_end()
		run.run(comparison)
		self.assertEqual(self.counts(self.row(comparison)), (0, 0, 1, 0))

	def test_a_flow_that_asks_in_another_way_meanwhile(self):
		self.receives()
		for number in range(25):
			self.shop.add("brands", name=self.name(number))
		self.shop.fail(page=2)
		name = self.begin()
		run.run(name)
		self.flow.reload()
		self.flow.page_size = 7
		self.flow.save()
		self.commit()
		self.let_lease_end()
		run.run(name)
		self.assertEqual(self.row(name).status, "Failed")
		self.assertIn("Compare again", self.row(name).error)

	def test_pages_that_begin_where_the_last_one_ended(self):
		source = PagedSource(103).start()
		self.addCleanup(source.stop)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "base_url", source.url())
		since = {"place": "Query", "key": "since", "value": "{since}"}
		self.receives(pull_path="/changed-since", pull_records="data", paging="Changed since", pull_parameters=[since],
			page_parameter="", page_total="")  # fmt: skip
		self.assertEqual(self.compare().missing_here, 103)

	def test_a_deleted_comparison_takes_its_findings_along(self):
		self.receives()
		self.shop.add("brands", name=self.name(1))
		row = self.compare()
		frappe.delete_doc("Sync Reconciliation", row.name)
		self.commit()
		self.assertEqual(self.found(row), [])

	def test_what_waits_for_a_person_is_an_alert_and_a_later_comparison_does_not_count_it_twice(self):
		def alert() -> tuple[int, str] | None:
			found = [one for one in conditions.problems() if one.kind == kinds.DIFFERENCES]
			return (found[0].amount, found[0].message) if found else None

		self.receives()
		self.shop.add("brands", name=self.name(1))
		self.shop.add("brands", name=self.name(2))
		self.begin()
		self.assertIsNone(alert())
		first = self.compare()
		amount, message = alert()
		self.assertEqual(amount, 2)
		self.assertIn(
			f"2 differences that wait for a person. Decide them on the Review Desk. {FLOW}: 2", message
		)
		second = self.compare()
		self.assertEqual(self.statuses_of(first), ["Superseded"])
		self.assertEqual(alert()[0], 2)
		self.assertEqual(len(review.items()["differences"]), 2)
		names = [one.name for one in self.found(first)]
		self.assertIn("later comparison", reconciliation.repair(names, "policy")["refused"][names[0]])
		left = [one.name for one in self.found(second)]
		reconciliation.ignore(left[:1])
		self.assertIn("one difference", alert()[1])
		frappe.db.set_value("Field Mapping", FLOW, "enabled", 0)
		self.assertIsNone(alert())
		frappe.db.set_value("Field Mapping", FLOW, "enabled", 1)
		reconciliation.ignore(left[1:])
		self.assertIsNone(alert())

	def test_the_fields_of_a_finding_can_be_read(self):
		self.make_flow()
		name = self.equal(1)[0]
		self.shop.change("brands", self.id_of(name), text="<b>drifted</b>")
		row = self.compare()
		told = reconciliation.summary(row.name)
		self.assertEqual(told["statuses"], {"Open": 1})
		self.assertEqual(
			told["differences"][0]["fields"],
			[{"field": "description", "label": "Description", "here": "text 0", "there": "<b>drifted</b>"}],
		)
		self.assertEqual(json.loads(self.one(row).record)["text"], "<b>drifted</b>")
