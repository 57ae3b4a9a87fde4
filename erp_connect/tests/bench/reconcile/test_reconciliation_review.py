"""Comparisons where something is not as usual: repairs that come too late, several flows, links that link nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.api import reconciliation
from erp_connect.calls.fetcher import Fetcher
from erp_connect.config import inflow
from erp_connect.core.delivery.outcome import THROTTLE
from erp_connect.reconcile import outside, run, schedule
from erp_connect.records import intake, write
from erp_connect.store import reconciliations
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.reconcile_case import FLOW, ReconcileCase


class TestTooLate(ReconcileCase):
	"""A finding that is not true any more is not repaired: its record is one of the past."""

	def comes_in(self, id_: str) -> None:
		write.upsert(inflow.load(self.flow.name), self.shop.things["brands"][id_])
		self.commit()

	def refused(self, row: Any, side: str = "policy", status: str = "Open", **filters: Any) -> str:
		found = self.one(row, **filters)
		answer = reconciliation.repair([found.name], side)
		self.commit()
		self.assertEqual(answer["begun"], 0)
		self.settle()
		self.assertEqual(self.one(row, **filters).status, status)
		return answer["refused"][found.name]

	def assert_later_state_stays(self, row: Any, id_: str, name: str) -> None:
		"""Another state of a record comes in, and what was found before is not written over it."""
		self.shop.change("brands", id_, text="tuesday")
		self.comes_in(id_)
		self.assertIn("Compare again", self.refused(row))
		self.assertEqual(frappe.db.get_value("Brand", name, "description"), "tuesday")

	def test_a_record_that_came_in_since_is_not_overwritten_by_the_older_one(self):
		self.receives()
		name = self.equal(2)[0]
		id_ = self.id_of(name)
		self.shop.change("brands", id_, text="monday")
		self.assert_later_state_stays(self.compare(), id_, name)

	def test_what_was_missing_here_and_came_in_since(self):
		self.receives()
		id_ = self.shop.add("brands", name=self.name(1), text="monday")
		self.assert_later_state_stays(self.compare(), id_, self.name(1))

	def test_a_newer_state_that_waits_for_a_person_is_not_superseded(self):
		self.receives()
		name = self.equal(1)[0]
		id_ = self.id_of(name)
		self.shop.change("brands", id_, text="monday")
		row = self.compare()
		self.shop.change("brands", id_, text="tuesday")
		intake.store(inflow.load(self.flow.name), [self.shop.things["brands"][id_]])
		frappe.db.sql("UPDATE `tabSync Log` SET status = 'Failed', due_at = NULL WHERE event = 'pull'")
		self.commit()
		self.assertIn("Compare again", self.refused(row))
		self.assertEqual(self.event(event="pull").status, "Failed")

	def test_a_document_that_was_edited_and_sent_since_keeps_its_values(self):
		self.make_flow()
		name = self.equal(1)[0]
		self.shop.change("brands", self.id_of(name), text="from there")
		row = self.compare()
		doc = frappe.get_doc("Brand", name)
		doc.description = "edited since"
		doc.save()
		self.commit()
		self.assertIn("Compare again", self.refused(row))
		self.assertEqual(frappe.db.get_value("Brand", name, "description"), "edited since")
		self.assertEqual(self.shop.things["brands"][self.id_of(name)]["text"], "edited since")
		self.assertIn("Compare again", self.refused(row, "there"))
		self.assertEqual(frappe.db.get_value("Brand", name, "description"), "edited since")

	def test_a_document_that_was_deleted_since_does_not_come_back(self):
		self.receives()
		name = self.equal(2)[0]
		self.shop.change("brands", self.id_of(name), text="from there")
		row = self.compare()
		frappe.delete_doc("Brand", name)
		self.commit()
		self.assertIn("Compare again", self.refused(row))
		self.assertFalse(frappe.db.exists("Brand", name))

	def test_a_record_that_is_back_is_not_made_a_second_time(self):
		self.make_flow()
		name = self.equal(2)[0]
		id_ = self.id_of(name)
		record = self.shop.things["brands"].pop(id_)
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 1, 0, 0))
		self.shop.things["brands"][id_] = record
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		self.assertIn("later comparison", self.refused(row, status="Superseded"))
		self.assertEqual(len(self.shop.things["brands"]), 2)
		self.assertEqual(self.id_of(name), id_)

	def test_a_repair_of_many_goes_on_where_a_flow_is_gone(self):
		self.receives()
		self.shop.add("brands", name=self.name(1), text="one")
		self.shop.add("brands", name=self.name(2), text="two")
		row = self.compare()
		first, second = (one.name for one in self.found(row))
		frappe.db.set_value("Sync Difference", first, "field_mapping", "a flow that is gone")
		answer = reconciliation.repair([first, second], "policy")
		self.assertEqual((answer["begun"], list(answer["refused"])), (1, [first]))


class TestGoneLater(ReconcileCase):
	"""What becomes of documents whose record is gone, when a person repairs later, or something comes between."""

	def gone(self, count: int, of: int, **values: Any) -> list[str]:
		self.receives(on_remote_delete="Delete", **values)
		names = self.equal(of)
		for name in names[:count]:
			self.shop.remove("brands", self.id_of(name))
		return names[:count]

	def too_many(self, **values: Any) -> tuple[Any, list[str]]:
		names = self.gone(4, 8, delete_limit=1, **values)
		row = self.compare()
		self.assertEqual({one.status for one in self.found(row)}, {"Open"})
		return row, names

	def repair_one(self, row: Any, name: str) -> dict[str, Any]:
		self.commit()
		answer = reconciliation.repair([self.one(row, document_name=name).name], "policy")
		self.commit()
		return answer

	def test_a_document_that_was_edited_since_is_not_deleted(self):
		row, names = self.too_many()
		doc = frappe.get_doc("Brand", names[0])
		doc.description = "edited since"
		doc.save()
		self.repair_one(row, names[0])
		run.run(row.name)
		self.assertTrue(frappe.db.exists("Brand", names[0]))
		found = self.one(row, document_name=names[0])
		self.assertEqual(found.status, "Failed")
		self.assertIn("Compare again", found.message)

	def test_it_is_asked_for_once_more_before_it_is_deleted_later(self):
		row, names = self.too_many(fetch_path="/brands/{id}", fetch_result="data", fetch_each=0)
		back, refused, gone = names[:3]
		self.shop.add("brands", id=self.id_of(back), name=back)
		hidden = self.id_of(refused)
		answer = self.shop.answer
		self.shop.answer = lambda method, path, query, body: (
			(403, {}) if path.endswith(hidden) else answer(method, path, query, body)
		)
		for name in (back, refused, gone):
			self.repair_one(row, name)
		run.run(row.name)
		self.assertEqual(
			[bool(frappe.db.exists("Brand", name)) for name in (back, refused, gone)], [True, True, False]
		)
		statuses = [self.one(row, document_name=name).status for name in (back, refused, gone)]
		self.assertEqual(statuses, ["Failed", "Failed", "Repaired"])
		self.assertIn("is outside again", self.one(row, document_name=back).message)
		self.assertIn("Could not be confirmed", self.one(row, document_name=refused).message)
		self.assertEqual((self.row(row.name).status, self.row(row.name).progress), ("Completed", 100))

	def test_a_comparison_that_goes_on_is_not_repaired_by_deleting(self):
		row, names = self.too_many()
		frappe.db.set_value(
			"Sync Reconciliation", row.name, {"status": "Running", "phase": "Check", "due_at": 1}
		)
		answer = self.repair_one(row, names[0])
		self.assertEqual(answer["begun"], 0)
		self.assertIn("goes on", next(iter(answer["refused"].values())))
		run.run(row.name)
		self.assertEqual(self.one(row, document_name=names[0]).status, "Open")

	def test_what_cannot_be_carried_out_may_be_repaired_again(self):
		row, names = self.too_many()
		self.repair_one(row, names[0])
		frappe.db.set_value("User", make.USER, "enabled", 0)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_value, "User", make.USER, "enabled", 1)
		self.commit()
		run.run(row.name)
		told = self.row(row.name)
		self.assertEqual(told.status, "Completed")
		self.assertIn("disabled", told.error)
		self.assertEqual(self.one(row, document_name=names[0]).status, "Open")
		frappe.db.set_value("User", make.USER, "enabled", 1)
		self.assertEqual(self.repair_one(row, names[0])["begun"], 1)
		run.run(row.name)
		self.assertFalse(frappe.db.exists("Brand", names[0]))

	def test_a_comparison_that_is_stopped_while_it_deletes_leaves_nothing_under_repair(self):
		row, names = self.too_many()
		found = self.one(row, document_name=names[0]).name
		frappe.db.set_value("Sync Difference", found, "status", "Repairing")
		frappe.db.set_value(
			"Sync Reconciliation", row.name, {"status": "Running", "phase": "Gone", "due_at": 1}
		)
		reconciliation.stop(row.name)
		self.commit()
		self.assertEqual(self.one(row, name=found).status, "Open")

	def test_records_of_another_flow_are_not_taken_for_gone(self):
		names = self.gone(1, 4)
		another_flow(self, "Incoming", pull_path="/others", pull_records="records")
		row = self.compare()
		self.assertTrue(frappe.db.exists("Brand", names[0]))
		self.assertIn("Other brands", row.error)
		self.assertEqual(self.one(row).status, "Open")

	def test_a_flow_that_is_edited_while_it_is_compared_touches_nothing(self):
		names = self.gone(1, 14)
		older = frappe.get_doc("Sync Link", {"document_name": names[0]})

		def edit() -> None:
			frappe.db.set_value("Field Mapping", FLOW, "remote_entity", self.flow.remote_entity)
			frappe.db.commit()

		self.before_page(2, edit)
		row = self.compare()
		self.assertTrue(frappe.db.exists("Brand", older.document_name))
		self.assertIn("was changed", row.error)
		self.assertEqual(self.one(row).status, "Open")


def another_flow(case: ReconcileCase, direction: str, **values: Any) -> Any:
	"""One more flow of brands with the same entity."""
	flow = make.flow(
		"Brand",
		values.pop("requests", []),
		[make.row("brand", "name", is_match_key=1), make.row("description", "text")],
		**{
			"name": "Other brands",
			"direction": direction,
			"remote_entity": case.flow.remote_entity,
			"inbound_id_expression": "id",
			**values,
		},
	)
	case.commit()
	return flow


class TestSeveralFlows(ReconcileCase):
	def test_what_waits_to_be_sent_by_another_flow_is_under_way(self):
		self.receives()
		name = self.equal(2)[0]
		another_flow(self, "Outgoing", requests=make.rest("/brands"), external_id_expression="data.id")
		doc = frappe.get_doc("Brand", name)
		doc.description = "not sent yet"
		doc.save()
		self.commit()
		self.assert_under_way()

	def test_a_deleted_flow_takes_its_comparisons_along(self):
		self.receives()
		self.shop.add("brands", name=self.name(1), text="personal")
		row = self.compare()
		self.flow.reload()
		self.flow.delete()
		self.commit()
		self.assertEqual(self.found(row), [])
		self.assertFalse(frappe.db.exists("Sync Reconciliation", row.name))


class TestScope(ReconcileCase):
	def test_linked_documents_that_the_flow_does_not_send_any_more_are_no_difference(self):
		self.make_flow(condition=f"starts_with(brand, '{self.prefix}') && description != 'off'")
		name = self.equal(2)[0]
		doc = frappe.get_doc("Brand", name)
		doc.description = "off"
		doc.save()
		self.commit()
		self.deliver()
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_why_a_document_was_not_sent_is_told_in_words(self):
		self.make_flow()
		name = self.equal(1)[0]
		frappe.db.set_value("Brand", name, "description", "drifted", update_modified=False)
		self.commit()
		row = self.compare()
		reconciliation.repair([self.one(row).name], "here")
		frappe.db.set_value("Field Mapping", FLOW, "condition", "brand == 'another'")
		self.commit()
		self.settle()
		self.assertEqual(self.statuses_of(row), ["Failed"])
		self.assertIn("Only if", self.one(row).message)

	def test_what_could_not_be_compared_is_not_decided_by_the_policy(self):
		self.make_flow(
			fetch_path="/brands/{id}", fetch_result="data", fetch_each=1, conflict_policy="ERPNext wins"
		)
		name = self.equal(1)[0]
		frappe.db.set_value("Brand", name, "description", "edited here", update_modified=False)
		self.commit()
		answer = self.shop.answer
		self.shop.answer = lambda method, path, query, body: (
			(403, {}) if method == "GET" and path.count("/") > 1 else answer(method, path, query, body)
		)
		row = self.compare()
		self.shop.answer = answer
		self.assertIn("Could not be confirmed", self.one(row).message)
		told = self.repair(row)
		self.assertEqual(told["begun"], 0)
		self.assertIn("choose which side", next(iter(told["refused"].values())))
		self.assertEqual(frappe.db.get_value("Brand", name, "description"), "edited here")
		self.repair(row, "here")
		self.assertEqual(self.statuses_of(row), ["Repaired"], self.history())
		self.assertEqual(self.shop.things["brands"][self.id_of(name)]["text"], "edited here")


class TestLinks(ReconcileCase):
	def test_a_record_that_got_another_id_and_is_recognised_only_in_full_is_not_gone(self):
		self.make_flow(
			fetch_path="/brands/{id}", fetch_result="data", fetch_each=1, inbound_name_expression="name",
			inbound_version_expression="version", answer_version_expression="data.version",
			on_remote_delete="Delete",
		)  # fmt: skip
		name = self.equal(3)[0]
		self.shop.listed = ("id", "version", "modified")
		old = self.id_of(name)
		self.shop.remove("brands", old)
		self.shop.add("brands", id=f"new {old}", name=name, text="text 0")
		row = self.compare()
		self.assertTrue(frappe.db.exists("Brand", name))
		self.assertEqual(self.counts(row), (0, 0, 1, 0), [(d.kind, d.message) for d in self.found(row)])
		self.assertEqual(self.fields(self.one(row)), {"_external_id": (old, f"new {old}")})

	def test_a_document_that_another_record_fits_is_neither_gone_nor_sent_again(self):
		for on_gone in ("Delete", "Report"):
			with self.subTest(on_gone):
				if on_gone == "Delete":
					self.make_flow(on_remote_delete=on_gone)
					name = self.equal(3)[0]
					self.shop.remove("brands", self.id_of(name))
					self.shop.add("brands", id="anew", name=name, text="anew")
				else:
					self.flow.reload().update({"on_remote_delete": on_gone})
					self.flow.save()
				row = self.compare()
				self.assertTrue(frappe.db.exists("Brand", name), self.history())
				self.assertEqual(
					self.counts(row), (1, 0, 0, 0), [(d.kind, d.message) for d in self.found(row)]
				)
				self.assertIn("is linked with", self.one(row).message)
				self.repair(row)
				self.assertEqual(len(self.shop.things["brands"]), 3)
		link = frappe.get_doc("Sync Link", {"document_name": name})
		link.external_id = "anew"
		link.save()
		self.commit()
		row = self.compare()
		self.assertEqual(self.fields(self.one(row, kind="Different")), {"description": ("text 0", "anew")})

	def test_a_link_of_a_deleted_document_is_not_taken_for_that_of_its_successor(self):
		self.receives()
		old = self.equal(1)[0]
		id_ = self.id_of(old)
		frappe.delete_doc("Brand", old)
		new = self.brand(7, "text 0")
		self.shop.change("brands", id_, name=new)
		row = self.compare()
		self.assertEqual(self.counts(row), (1, 0, 0, 0))
		self.assertEqual(self.repair(row)["begun"], 1)
		self.assertEqual(self.statuses_of(row), ["Repaired"], self.history())
		self.assertEqual(self.id_of(new), id_)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def test_a_record_that_we_deleted_outside_while_it_was_compared_is_not_missing_here(self):
		self.make_flow(fetch_path="/brands/{id}", fetch_result="data", fetch_each=0)
		name = self.equal(12)[0]
		frappe.delete_doc("Brand", name)
		self.commit()
		self.before_page(2, self.deliver)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		self.assertEqual(len(self.shop.things["brands"]), 11)


class TestNumberedDocuments(ReconcileCase):
	"""Documents whose name is a number that the database gives."""

	def setUp(self) -> None:
		super().setUp()
		doctype = frappe.get_doc(
			{
				"doctype": "DocType",
				"name": f"Numbered {self.prefix}",
				"module": "ERP Connect",
				"custom": 1,
				"autoname": "autoincrement",
				"fields": [{"fieldname": "text", "fieldtype": "Data", "label": "Text"}],
				"permissions": [{"role": "Item Manager", "read": 1, "write": 1, "create": 1}],
			}
		).insert()
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.delete_doc, "DocType", doctype.name, force=True)
		self.doctype = doctype.name

	def test_they_are_compared(self):
		name = frappe.get_doc({"doctype": self.doctype, "text": "here"}).insert().name
		self.flow = make.flow(
			self.doctype,
			[],
			[make.row("text", "text")],
			name=FLOW,
			direction="Incoming",
			inbound_id_expression="id",
			pull_path="/things",
			pull_records="records",
		)
		self.addCleanup(frappe.delete_doc, "Field Mapping", FLOW, force=True)
		self.link({str(name): self.shop.add("things", text="there")})
		self.commit()
		row = self.compare()
		self.assertEqual(self.counts(row), (0, 0, 1, 0))
		self.assertEqual(self.fields(self.one(row)), {"text": ("here", "there")})


class TestFailures(ReconcileCase):
	def test_failures_before_a_page_that_went_well_do_not_count(self):
		self.receives()
		for number in range(25):
			self.shop.add("brands", name=self.name(number))
		name = self.begin()
		frappe.db.set_value("Sync Reconciliation", name, "failures", 3)
		self.commit()
		look, pages = outside.look, []

		def breaks(*args: Any) -> Any:
			pages.append(1)
			if len(pages) == 2:
				raise RuntimeError("the database went away")
			return look(*args)

		with patch.object(outside, "look", breaks):
			run.run(name)
		row = self.row(name)
		self.assertEqual((row.status, row.checked_there, row.failures), ("Running", 10, 1))

	def test_a_flow_whose_document_type_is_gone_does_not_keep_others_from_their_schedule(self):
		self.receives(reconcile_schedule="Hourly")
		frappe.db.set_value(
			"Field Mapping", FLOW, {"modified": "2020-01-01", "document_type": "Gone"}, update_modified=False
		)
		self.commit()
		self.assertEqual(schedule.schedule_due(), [])
		self.assertIsNone(reconciliations.unfinished(FLOW))

	def test_a_comparison_that_is_stopped_does_not_look_as_if_it_was_tried_again(self):
		self.receives()
		self.equal(3)
		self.shop.fail(page=1)
		name = self.begin()
		run.run(name)
		self.assertEqual(self.event(event="reconciliation").status, "Retrying")
		reconciliation.stop(name)
		self.commit()
		self.assertEqual(self.event(event="reconciliation").status, "Cancelled")

	def test_an_account_with_a_long_deadline_keeps_its_comparison(self):
		self.receives()
		self.equal(3)
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		account.update({"deadline": 600, "read_timeout": 600})
		account.save()
		self.commit()
		left = []

		def look() -> None:
			frappe.db.rollback()
			sql = "SELECT due_at - UNIX_TIMESTAMP() FROM `tabSync Reconciliation` WHERE status = 'Running'"
			left.append(frappe.db.sql(sql)[0][0])

		self.before_page(1, look)
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		self.assertGreater(left[0], 600)

	def test_an_address_that_is_gone_is_given_up(self):
		self.receives()
		self.equal(3)
		self.shop.fail(page=1, status=410)
		row = self.compare()
		self.assertEqual(row.status, "Failed")
		self.assertIn("gone", row.error)
		self.assertFalse(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))

	def test_the_place_in_the_source_may_hold_a_secret_and_is_not_shown(self):
		self.receives()
		name = self.begin()
		frappe.db.set_value("Sync Reconciliation", name, "position", '{"next": "/more?token=hidden"}')
		frappe.set_user(make.user("compare-viewer@example.com", ("Integration Manager", "Integration User")))
		self.addCleanup(frappe.set_user, "Administrator")
		seen = frappe.client.get("Sync Reconciliation", name)
		listed = frappe.client.get_list("Sync Reconciliation", fields=["*"])
		self.assertEqual(seen["field_mapping"], FLOW)
		self.assertNotIn("token=hidden", frappe.as_json([seen, listed]))

	def test_a_login_that_is_refused_for_a_single_record_pauses_the_account(self):
		self.refuse_single(401, times=9)
		name = self.begin()
		for _ in range(5):
			run.run(name)
			self.let_lease_end()
		self.assertTrue(frappe.db.get_value("Integration Settings", make.ACCOUNT, "paused"))
		row = self.row(name)
		self.assertEqual((row.status, row.phase, row.failures), ("Running", "Check", 0))

	def test_being_asked_to_slow_down_again_and_again_is_no_failure(self):
		self.refuse_single(429, times=5)
		ask = Fetcher.ask

		def throttled(*args: Any) -> Any:
			result = yield from ask(*args)
			slower = replace(result.outcome, kind=THROTTLE, retry_after=1)
			return result if result.status != 429 else replace(result, outcome=slower)

		patcher = patch.object(Fetcher, "ask", throttled)
		patcher.start()
		self.addCleanup(patcher.stop)
		name = self.begin()
		for _ in range(7):
			run.run(name)
			self.let_lease_end()
			frappe.db.sql("UPDATE `tabIntegration State` SET throttled_until = 0")
			self.commit()
		self.assertEqual(self.counts(self.row(name)), (0, 1, 0, 0))

	def refuse_single(self, status: int, times: int) -> None:
		"""One record is gone; whoever asks for it by itself is answered with `status` so many times."""
		self.make_flow(fetch_path="/brands/{id}", fetch_result="data", fetch_each=0)
		self.shop.remove("brands", self.id_of(self.equal(2)[0]))
		answer, left = self.shop.answer, [None] * times
		self.shop.answer = lambda method, path, query, body: (
			(left.pop() or status, {})
			if left and method == "GET" and path.count("/") > 1
			else answer(method, path, query, body)
		)
