"""Comparing both sides of a flow: exactly what drifted is reported, repaired once, and then nothing is left."""

from __future__ import annotations

import json

import frappe

from erp_connect.api import flows, links, reconciliation
from erp_connect.config import inflow
from erp_connect.inbound.process import process
from erp_connect.outbound import backfill
from erp_connect.reconcile import run
from erp_connect.records import write
from erp_connect.store import reconciliations
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.reconcile_case import FLOW, ReconcileCase


class TestDrift(ReconcileCase):
	def seed(self) -> list[str]:
		"""30 that are equal, but 3 missing, 2 different and 1 orphan."""
		self.make_flow()
		names = self.equal(30)
		self.shop.add("brands", name=self.name(101), text="only there")  # missing here
		self.forget(names[3])  # missing here, its link is left
		frappe.db.delete("Sync Link", {"document_name": names[4]})
		self.shop.remove("brands", next(iter(self.shop.things["brands"])))  # the first: missing there
		frappe.db.set_value("Brand", names[5], "description", "drifted here", update_modified=False)
		self.shop.change("brands", self.id_of(names[6]), text="drifted there")
		self.shop.remove("brands", self.id_of(names[7]))
		self.forget(names[7])  # gone on both sides: an orphan
		return names

	def test_six_seeded_differences_are_reported_repaired_and_gone(self):
		names = self.seed()
		# Without its link, a brand that is there is recognised by its name: no difference.
		row = self.compare()
		self.assertEqual(
			self.counts(row), (2, 1, 2, 1), [(d.kind, d.document_name, d.message) for d in self.found(row)]
		)
		self.assertEqual(len(self.found(row)), 6)
		self.assertEqual((row.checked_there, row.checked_here, row.progress), (29, row.checked_here, 100))
		here = self.one(row, document_name=names[5])
		self.assertEqual(self.fields(here), {"description": ("drifted here", "text 5")})
		there = self.one(row, document_name=names[6])
		self.assertEqual(self.fields(there), {"description": ("text 6", "drifted there")})
		self.assertEqual(self.one(row, kind="Missing there").document_name, names[0])
		self.assertEqual(self.one(row, kind="Orphan link").document_name, names[7])

		self.assertEqual(self.repair(row), {"begun": 6, "refused": {}})
		self.assertEqual(self.statuses_of(row), ["Repaired"], self.history())
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		# Each side's own change stood.
		self.assertEqual(self.shop.things["brands"][self.id_of(names[5])]["text"], "drifted here")
		self.assertEqual(frappe.db.get_value("Brand", names[6], "description"), "drifted there")
		self.assertEqual(frappe.db.get_value("Brand", self.name(101), "description"), "only there")
		self.assertTrue(frappe.db.exists("Brand", names[3]))
		self.assertEqual(len(self.links(document_name=names[7])), 0)

	def test_repairing_twice_has_no_second_effect(self):
		self.seed()
		row = self.compare()
		names = [one.name for one in self.found(row)]
		self.assertEqual(reconciliation.repair(names, "policy")["begun"], 6)
		self.assertEqual(reconciliation.repair(names, "policy"), {"begun": 0, "refused": {}})
		self.commit()
		queued = len(self.events())
		self.settle()
		self.assertEqual(self.statuses_of(row), ["Repaired"])
		self.assertEqual(reconciliation.repair(names, "policy"), {"begun": 0, "refused": {}})
		self.commit()
		self.assertEqual(len(self.events()), queued)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_every_repair_names_what_carried_it_out(self):
		self.seed()
		row = self.compare()
		self.repair(row)
		self.statuses_of(row)
		events = {one.kind: frappe.get_doc("Sync Log", one.repair_log) for one in self.found(row)}
		self.assertEqual(
			{kind: (event.direction, event.status) for kind, event in events.items()},
			{
				"Missing here": ("Incoming", "Processed"),
				"Missing there": ("Outgoing", "Delivered"),
				"Different": (events["Different"].direction, events["Different"].status),
				"Orphan link": ("Incoming", "Processed"),
			},
		)
		self.assertEqual(events["Orphan link"].event, "orphan_link")

	def test_nothing_is_found_where_both_sides_are_equal_and_nothing_is_left_behind(self):
		self.make_flow()
		self.equal(25)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		self.assertEqual(self.leftovers(), 0)
		self.assertEqual(self.shop.count("POST"), 25)
		self.assertEqual(self.shop.pages, 3 + 2)  # all but the last are looked at again


class TestGoingOn(ReconcileCase):
	"""A comparison that is cut off goes on where it stood."""

	def drifted(self, count: int = 40) -> None:
		self.make_flow()
		names = self.equal(count)
		for number in range(4):
			self.shop.add("brands", name=self.name(200 + number), text="only there")
			self.shop.change("brands", self.id_of(names[number * count // 4]), text="drifted there")
			self.brand(300 + number)
		self.commit()
		frappe.db.delete("Sync Log", {"status": "Queued"})  # as if nobody had told the outside
		self.commit()

	def test_a_page_that_fails_once_is_tried_again_in_its_place(self):
		self.drifted()
		self.shop.fail(page=3)
		name = self.begin()
		run.run(name)
		row = self.row(name)
		self.assertEqual((row.status, row.checked_there, row.failures), ("Running", 20, 1))
		self.assertIn("503", row.error)
		self.assertEqual(frappe.db.get_value("Sync Log", row.failed_log, "status"), "Retrying")
		self.assertTrue(
			frappe.db.exists("Sync Attempt", {"sync_log": row.failed_log, "response_status": 503})
		)
		self.let_lease_end()
		run.run(name)
		row = self.row(name)
		self.assertEqual(self.counts(row), (4, 4, 4, 0))
		self.assertEqual(row.checked_there, 44)
		self.assertEqual(self.event(event="reconciliation").status, "Processed")

	def test_a_page_that_goes_on_failing_ends_the_comparison_with_its_message(self):
		self.drifted()
		name = self.begin()
		for page in range(3, 20):
			self.shop.fail(page)
		for _ in range(5):
			run.run(name)
			self.let_lease_end()
		row = self.row(name)
		self.assertEqual(row.status, "Failed")
		self.assertIn("503", row.error)
		self.assertIsNone(row.due_at or None)
		self.assertEqual(self.found(row), [])  # nothing half seen is reported
		self.assertEqual(len(self.events(event="reconciliation")), 1)

	def test_an_answer_that_is_wrong_for_good_ends_it_at_once(self):
		self.drifted()
		self.shop.fail(page=2, status=400)
		name = self.begin()
		run.run(name)
		self.assertEqual(self.row(name).status, "Failed")

	def test_a_refused_login_pauses_the_account_and_goes_on_after_that(self):
		self.drifted()
		self.shop.fail(page=2, status=401)
		name = self.begin()
		run.run(name)
		self.assertTrue(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))
		self.let_lease_end()
		run.run(name)
		self.assertEqual((self.row(name).status, self.row(name).checked_there), ("Running", 10))
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "paused", 0)
		self.commit()
		self.let_lease_end()
		run.run(name)
		self.assertEqual(self.row(name).status, "Completed")

	def test_one_comparison_of_a_flow_at_a_time(self):
		self.drifted(5)
		first = self.begin()
		self.assertEqual(self.begin(), first)
		run.run(first)
		self.assertNotEqual(self.begin(), first)

	def test_a_worker_without_the_lease_changes_nothing(self):
		self.drifted()
		name = self.begin()
		held = reconciliations.claim(name)
		self.assertIsNone(reconciliations.claim(name))
		self.let_lease_end()
		other = reconciliations.claim(name)
		self.assertFalse(reconciliations.hold(held))
		self.assertTrue(reconciliations.hold(other))
		self.commit()

	def test_a_stopped_comparison_leaves_nothing_unconfirmed(self):
		self.drifted()
		name = self.begin()
		self.before_page(3, lambda: self.stop_from_outside(name))
		run.run(name)
		row = self.row(name)
		self.assertEqual((row.status, row.due_at or None), ("Stopped", None))
		self.assertEqual(self.found(row), [])
		self.assertLess(self.shop.pages, 5)

	def stop_from_outside(self, name: str) -> None:
		"""As another process would, while this one waits for the page."""
		reconciliations.stop(name)
		frappe.db.commit()


class TestMeanwhile(ReconcileCase):
	"""What changes while it is compared is no difference."""

	def test_a_record_that_is_changed_after_its_page_was_read(self):
		self.make_flow()
		names = self.equal(25)
		self.before_page(
			3, lambda: self.shop.change("brands", self.id_of(names[1]), text="changed meanwhile")
		)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_a_record_that_is_changed_or_made_before_its_page_is_read(self):
		self.make_flow()
		names = self.equal(25)

		def work() -> None:
			self.shop.change("brands", self.id_of(names[24]), text="changed meanwhile")
			self.shop.add("brands", name=self.name(101), text="made meanwhile")

		self.before_page(2, work)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		self.assertEqual(self.counts(self.compare()), (1, 0, 1, 0))

	def test_a_document_that_is_changed_or_made_while_it_goes_on(self):
		self.make_flow()
		names = self.equal(25)

		def work() -> None:
			doc = frappe.get_doc("Brand", names[24])
			doc.description = "changed meanwhile"
			doc.save()
			self.brand(101)
			frappe.db.delete("Sync Log", {"status": "Queued"})
			frappe.db.commit()

		self.before_page(2, work)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		self.assertEqual(self.counts(self.compare()), (0, 1, 1, 0))

	def test_what_waits_to_be_sent_is_under_way(self):
		self.make_flow()
		names = self.equal(5)
		doc = frappe.get_doc("Brand", names[2])
		doc.description = "not sent yet"
		doc.save()
		self.brand(101)
		frappe.delete_doc("Brand", names[3])
		self.commit()
		self.assert_under_way()

	def test_what_has_come_in_but_is_not_written_yet_is_under_way(self):
		self.receives()
		self.equal(5)
		self.shop.add("brands", name=self.name(101), text="new")
		row = self.compare()
		self.assertEqual(self.counts(row), (1, 0, 0, 0))
		reconciliation.repair([self.one(row).name], "policy")
		self.commit()
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		process(make.ACCOUNT)
		self.assertTrue(frappe.db.exists("Brand", self.name(101)))

	def test_what_failed_is_a_difference_and_its_event_is_named(self):
		self.make_flow()
		name = self.brand(1)
		frappe.db.sql("UPDATE `tabSync Log` SET status = 'Failed', error = 'no stock', due_at = NULL")
		self.commit()
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 1, 0, 0))
		self.assertIn("no stock", self.one(row, document_name=name).message)


class TestScope(ReconcileCase):
	def test_documents_outside_the_condition_are_not_missing(self):
		self.make_flow()
		self.equal(3)
		make.brand("of no interest")
		self.commit()
		frappe.db.delete("Sync Log", {"status": "Queued"})
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_a_flow_that_only_receives_looks_at_linked_documents(self):
		self.receives()
		names = self.equal(12)
		self.brand(101)  # never was outside
		self.shop.remove("brands", self.id_of(names[2]))
		self.shop.change("brands", self.id_of(names[3]), text="drifted")
		self.commit()
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 1, 1, 0))
		self.assertEqual(self.one(row, kind="Missing there").document_name, names[2])
		# Nothing can be sent, and what is gone is only reported.
		self.assertEqual(len(self.repair(row, "here")["refused"]), 2)
		self.assertEqual(self.repair(row)["begun"], 1)
		self.assertEqual(frappe.db.get_value("Brand", names[3], "description"), "drifted")

	def test_records_are_recognised_by_match_keys(self):
		self.make_flow()
		for number in range(12):
			self.brand(number)
			self.shop.add("brands", name=self.name(number), text=f"text {number}" if number else "other")
		frappe.db.delete("Sync Log", {"status": "Queued"})
		self.commit()
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 0, 1, 0))
		self.assertEqual(self.one(row).document_name, self.name(0))
		self.assertEqual(self.leftovers(), 0)
		# Both sides are of their own; ERPNext's is chosen, and no second record is made outside.
		self.assertEqual(self.repair(row, "here")["begun"], 1)
		self.assertEqual(self.statuses_of(row), ["Repaired"], self.history())
		self.assertEqual(len(self.shop.things["brands"]), 12)
		self.assertEqual(self.shop.things["brands"][self.id_of(self.name(0))]["text"], "text 0")
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	@property
	def mine(self) -> str:
		return json.dumps([["name", "like", f"{self.prefix}%"]])

	def sends_existing(self, **chosen: bool) -> str:
		"""Send Existing Documents; the message of the backfill."""
		name = flows.start_backfill(self.flow.name, self.mine, **chosen)
		self.commit()
		backfill.run(name)
		self.deliver()
		return frappe.db.get_value("Sync Backfill", name, "error") or ""

	def test_what_is_recognised_and_equal_is_linked_and_not_made_again(self):
		self.make_flow()
		ids = {}
		for number in range(4):
			ids[self.brand(number)] = self.shop.add("brands", name=self.name(number), text=f"text {number}")
		frappe.db.delete("Sync Log", {"status": "Queued"})
		self.commit()
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		self.assertEqual({name: self.id_of(name) for name in ids}, ids)
		self.assertEqual(flows.count_backfill(self.flow.name, self.mine, only_unlinked=True), 0)
		self.assertEqual(self.sends_existing(only_unlinked=True), "")
		brand = frappe.get_doc("Brand", self.name(1))
		brand.update({"description": "changed here"}).save()
		self.deliver()
		self.assertEqual(len(self.shop.things["brands"]), 4)
		self.assertEqual(self.shop.things["brands"][ids[brand.name]]["text"], "changed here")

	def test_what_is_recognised_and_differs_is_left_out_and_told(self):
		self.make_flow()
		for number in range(2):
			self.brand(number)
		self.shop.add("brands", name=self.name(0), text="other")
		frappe.db.delete("Sync Log", {"status": "Queued"})
		self.commit()
		self.assertEqual(self.counts(self.compare()), (0, 1, 1, 0))
		for only_unlinked in (True, False):
			told = self.sends_existing(only_unlinked=only_unlinked)
			self.assertIn("1 documents were left out", told)
			self.assertEqual(len(self.shop.things["brands"]), 2)
		self.assertFalse(frappe.db.exists("Sync Link", {"document_name": self.name(0)}))

	def test_two_records_that_are_one_document_are_not_linked(self):
		self.make_flow(page_size=1)
		self.brand(0)
		for _number in range(2):
			self.shop.add("brands", name=self.name(0), text="text 0")
		frappe.db.delete("Sync Log", {"status": "Queued"})
		self.commit()
		self.compare()
		self.assertFalse(frappe.db.exists("Sync Link", {"document_name": self.name(0)}))

	def test_a_flow_that_only_receives_links_nothing(self):
		self.receives()
		self.brand(0)
		self.shop.add("brands", name=self.name(0), text="text 0")
		self.commit()
		self.compare()
		self.assertFalse(frappe.db.exists("Sync Link", {"document_name": self.name(0)}))

	def test_a_record_that_got_another_id_is_recognised_by_the_name_it_keeps_of_us(self):
		self.make_flow(inbound_name_expression="name")
		names = self.equal(4)
		for name, text in ((names[0], "text 0"), (names[1], "drifted there")):
			old = self.id_of(name)
			self.shop.remove("brands", old)
			self.shop.add("brands", id=f"new {old}", name=name, text=text)
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 0, 2, 0))
		old = self.id_of(names[0])
		self.assertEqual(
			self.fields(self.one(row, document_name=names[0])), {"_external_id": (old, f"new {old}")}
		)
		self.repair(row)
		self.assertEqual(self.statuses_of(row), ["Repaired"], self.history())
		self.assertEqual(self.id_of(names[0]), f"new {old}")
		self.assertEqual(frappe.db.get_value("Brand", names[1], "description"), "drifted there")
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_two_documents_that_fit_one_record_are_told(self):
		self.receives()
		self.flow.rows[0].is_match_key = 0
		self.flow.rows[1].is_match_key = 1
		self.flow.save()
		self.brand(1, f"same {self.prefix}")
		self.brand(2, f"same {self.prefix}")
		id_ = self.shop.add("brands", name=self.name(3), text=f"same {self.prefix}")
		self.commit()
		row = self.compare()
		self.assertEqual(self.counts(row), (1, 0, 0, 0))
		told = self.one(row).message
		self.assertIn("Several documents", told)
		self.assertIn("Link the right one with the record", told)
		self.assertIn("then compare again", told)
		self.assertNotIn("Retry", told)
		links.link(make.ACCOUNT, self.flow.remote_entity, id_, "Brand", self.name(1))
		self.commit()
		(left,) = self.found(self.compare())
		self.assertEqual((left.kind, left.document_name, left.message or ""), ("Different", self.name(1), ""))

	def test_records_that_the_flow_ignores_are_not_missing(self):
		self.receives(on_missing="Ignore")
		self.shop.add("brands", name=self.name(1), text="ignored")
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_what_erpnext_cleans_is_no_difference_and_is_written_once(self):
		self.receives()
		id_ = self.shop.add("brands", name=self.name(1), text='<p onclick="x()">one</p>')
		self.assertEqual(self.repair(self.compare())["begun"], 1)
		cleaned = frappe.db.get_value("Brand", self.name(1), ["description", "modified"])
		self.assertNotIn("onclick", cleaned[0])
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		flow = inflow.load(self.flow.name)
		self.assertEqual(write.upsert(flow, self.shop.things["brands"][id_]).action, write.UNCHANGED)
		frappe.db.set_value("Brand", self.name(1), "description", "edited", update_modified=False)
		self.commit()
		self.assertEqual(self.counts(self.compare()), (0, 0, 1, 0))
		self.assertEqual(write.upsert(flow, self.shop.things["brands"][id_]).action, write.UPDATED)
		self.commit()
		self.shop.change("brands", id_, text='<p onclick="x()">two</p>')
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 0, 1, 0))
		self.repair(row)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_how_each_side_writes_a_value_is_no_difference(self):
		self.make_flow()
		names = self.equal(3)
		id_ = self.id_of(names[0])
		self.shop.change("brands", id_, text="TEXT 0")
		link = frappe.get_doc("Sync Link", {"document_name": names[0]})
		written = {"here": {"brand": names[0], "description": "text 0"}, "there": {"description": "TEXT 0"}}
		frappe.db.set_value("Sync Link", link.name, "synced_values", frappe.as_json(written))
		self.commit()
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		self.shop.change("brands", id_, text="other")
		self.assertEqual(self.counts(self.compare()), (0, 0, 1, 0))

	def test_fields_that_are_not_compared(self):
		self.make_flow()
		names = self.equal(2)
		self.flow.reload()
		self.flow.rows[1].not_compared = 1
		self.flow.save()
		self.shop.change("brands", self.id_of(names[0]), text="other")
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_a_record_that_cannot_be_mapped_is_told(self):
		self.receives()
		names = self.equal(2)
		self.shop.change("brands", self.id_of(names[0]), text={"an": "object"})
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 0, 1, 0))
		self.assertIn("description", self.one(row).message)

	def test_flows_that_have_no_second_side_are_refused(self):
		self.make_flow()
		for values in ({"direction": "Outgoing"}, {"pull_path": ""}, {"inbound_id_expression": ""}):
			frappe.db.set_value("Field Mapping", FLOW, values)
			with self.assertRaises(frappe.ValidationError, msg=values):
				reconciliation.start(FLOW)
			frappe.db.rollback()


class TestSingleRecords(ReconcileCase):
	"""Where lists hold only part of a record, it is fetched by itself, and only where that can tell something."""

	def partial(self, **values) -> None:
		self.make_flow(fetch_path="/brands/{id}", fetch_result="data", inbound_version_expression="version",
			answer_version_expression="data.version", **values)  # fmt: skip

	def test_only_what_may_differ_is_fetched(self):
		self.partial()
		names = self.equal(25)
		self.shop.listed = ("id", "name", "version", "modified")
		before = self.shop.count("GET", "/brands/")
		self.shop.change("brands", self.id_of(names[3]), text="drifted there")
		frappe.db.set_value("Brand", names[4], "description", "drifted here", update_modified=False)
		self.commit()
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 0, 2, 0))
		self.assertLess(self.shop.count("GET", "/brands/") - before, 25)
		self.assertEqual(
			self.fields(self.one(row, document_name=names[3])), {"description": ("text 3", "drifted there")}
		)
		self.repair(row)
		self.assertEqual(self.statuses_of(row), ["Repaired"], self.history())
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_a_record_that_a_list_leaves_out_is_not_gone(self):
		self.partial(pull_records="records[?name != null]")
		names = self.equal(4)
		self.shop.change("brands", self.id_of(names[1]), name=None)
		self.shop.remove("brands", self.id_of(names[2]))
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 1, 0, 0))
		self.assertEqual(self.one(row).document_name, names[2])

	def test_a_record_that_vanished_since_its_page_is_not_missing_here(self):
		self.partial()
		self.equal(15)
		id_ = self.shop.add("brands", name=self.name(101), text="short-lived", id="A")
		self.shop.things["brands"] = {id_: self.shop.things["brands"].pop(id_), **self.shop.things["brands"]}
		self.before_page(2, lambda: self.shop.remove("brands", id_))
		row = self.compare()
		self.assertEqual(row.missing_here, 0)


class TestIgnoring(ReconcileCase):
	def test_what_is_ignored_stays_so_until_it_changes(self):
		self.make_flow()
		names = self.equal(3)
		id_ = self.id_of(names[0])
		self.shop.change("brands", id_, text="as it should be")
		row = self.compare()
		self.assertEqual(reconciliation.ignore([self.one(row).name]), 1)
		self.commit()
		self.assertEqual(self.row(row.name).different, 0)
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 0, 0, 0))
		self.assertEqual(self.one(row).status, "Ignored")
		self.shop.change("brands", id_, text="changed again")
		row = self.compare()
		self.assertEqual((self.counts(row), self.one(row).status), ((0, 0, 1, 0), "Open"))

	def test_old_comparisons_are_forgotten_with_what_they_found(self):
		self.receives()
		self.shop.add("brands", name=self.name(1), text="there")
		for _ in range(reconciliations.KEPT + 3):
			last = self.compare()
		self.assertEqual(frappe.db.count("Sync Reconciliation"), reconciliations.KEPT)
		self.assertEqual(frappe.db.count("Sync Difference"), reconciliations.KEPT)
		self.assertEqual(len(self.found(last)), 1)
