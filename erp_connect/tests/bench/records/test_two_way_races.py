"""Two-way flows while something else happens: renames, decisions, deletions, and answers that are overtaken."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from unittest import mock

import frappe

from erp_connect.api import events
from erp_connect.config import inflow
from erp_connect.core.mapping.merge import HOLD, OUTSIDE, PER_FIELD
from erp_connect.inbound import process
from erp_connect.operate import sweep
from erp_connect.outbound import lane, prepare
from erp_connect.pull import run
from erp_connect.records import write
from erp_connect.served import bulk
from erp_connect.store import inbox, sync_cursor, sync_log
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import FLOW, KIND, ROWS, SINGLE, TwoWayShopCase, mapped


def pull_elsewhere() -> None:
	sync_cursor.make_due(FLOW)
	frappe.db.commit()
	run.run(FLOW)
	process.process(make.ACCOUNT)


class TestUnderWay(TwoWayShopCase):
	"""What comes in while a request is under way."""

	def test_an_older_answer_does_not_hide_a_newer_change(self):
		doc, id_ = self.edited(OUTSIDE, read_before_update=1, **SINGLE)

		def change(_record):
			self.shop.change(KIND, id_, site="there")
			self.elsewhere(pull_elsewhere)

		self.shop.before_answering("PUT", change)
		self.push()
		self.assertEqual(self.link(doc).remote_version, "3")
		self.edit(doc, tax_id="here 2")
		self.cycles()
		self.assert_sides(doc, id_, "here 2", "there")

	def test_many_records_are_looked_at_at_once(self):
		self.flow(OUTSIDE, read_before_update=1, **SINGLE)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "concurrency", 4)
		docs = [self.linked(tax_id="0")[0] for _ in range(4)]
		for doc in docs:
			self.edit(doc, tax_id="here")
		four, answer = threading.Barrier(4), self.shop.answer

		def gathering(method: str, *arguments: Any):
			if method == "GET":
				four.wait(20)  # breaks, and fails the request, where fewer than four are under way
			return answer(method, *arguments)

		self.shop.answer = gathering
		self.push()
		self.assertFalse(four.broken)
		for doc in docs:
			self.assertEqual(self.there(self.link(doc).external_id), ("here", ""))

	def test_what_a_request_overwrote_is_sent_again(self):
		self.flow(HOLD, rows=[*mapped(), make.row("customer_details", "details", direction="Outgoing")])
		doc, id_ = self.linked(tax_id="0")
		self.edit(doc, customer_details="told")
		before = dict(self.shop.things[KIND][id_])
		record = {**before, "tax": "there", "version": 2}
		self.shop.things[KIND][id_]["version"] = 2  # so that the request is answered with version 3

		def change(_record):
			self.elsewhere(lambda: write.upsert(inflow.load(FLOW), record))

		self.shop.before_answering("PUT", change)
		self.push()
		self.cycles()
		self.assert_sides(doc, id_, "there", "")
		self.assertEqual(self.shop.things[KIND][id_]["details"], "told")

	def test_a_change_that_waits_is_not_overwritten(self):
		self.flow(PER_FIELD, rows=[make.row(f, n, wins="Outside") for n, f in ROWS.items()])
		doc, id_ = self.linked(tax_id="0")
		self.shop.change(KIND, id_, tax="there")
		self.fetch()
		self.edit(doc, website="here")
		self.push()
		self.assertEqual(self.there(id_), ("there", ""))
		self.work()
		self.cycles()
		self.assert_sides(doc, id_, "there", "here")

	def test_a_record_that_comes_in_does_not_wait_for_what_is_being_written_down(self):
		"""Each would hold what the other waits for: the event of the document, and the link."""
		doc, id_ = self.edited(OUTSIDE)
		frappe.db.sql("UPDATE `tabSync Log` SET status = 'Sending' WHERE event = 'update'")
		self.commit()
		frappe.db.sql("SELECT name FROM `tabSync Log` WHERE event = 'update' FOR UPDATE")
		record = {"id": id_, "name": doc.customer_name, "tax": "there", "version": 9}

		def write_it():
			frappe.db.sql("SET SESSION innodb_lock_wait_timeout = 1")
			return write.upsert(inflow.load(FLOW), record)

		self.assertEqual(self.elsewhere(write_it).action, write.UPDATED)

	def test_what_a_person_edited_for_the_outside_comes_back(self):
		doc, id_ = self.edited(HOLD)
		self.push()
		sent = self.event(event="update")
		payload = {**json.loads(sent.request_body), "tax": "edited"}
		events.replay_edited(sent.name, json.dumps(payload))
		self.cycles()
		self.assert_sides(doc, id_, "edited", "")

	def test_a_record_that_is_being_created_comes_in_without_a_double(self):
		self.flow(HOLD)
		self.shop.before_answering("POST", lambda record: self.elsewhere(pull_elsewhere))
		doc = make.customer()
		self.push()
		self.cycles()
		self.assertEqual(frappe.db.count("Customer", {"customer_name": doc.customer_name}), 1)
		self.assertEqual([link.document_name for link in self.links()], [doc.name])
		self.assertEqual(self.events(status="Failed"), [], self.history())


class TestRenames(TwoWayShopCase):
	def rename(self, doc) -> None:
		doc.name = frappe.rename_doc("Customer", doc.name, make.unique("Renamed"), show_alert=False)
		self.commit()

	def test_a_fetched_record_that_waits_is_not_lost(self):
		self.flow(OUTSIDE)
		doc, id_ = self.linked(tax_id="0")
		self.shop.change(KIND, id_, tax="there")
		self.fetch()
		self.rename(doc)
		self.edit(doc, website="here")
		self.push()
		self.work()
		self.cycles()
		self.assertEqual(self.there(id_)[0], "there")
		self.assertEqual(self.here(doc)[0], "there", self.history())

	def test_an_event_that_waits_for_a_decision_is_released_by_it(self):
		doc, id_ = self.conflict()
		self.push()
		self.rename(doc)
		row = self.event(direction="Incoming", status="On Hold")
		events.resolve_conflict(row.name, side="here")
		self.work()
		self.assertEqual(self.events(status="On Hold"), [], self.history())
		self.cycles()
		self.assert_sides(doc, id_, "here", "")


class TestHolds(TwoWayShopCase):
	def held(self):
		doc, id_ = self.conflict()
		return doc, id_, self.event(direction="Incoming", status="On Hold")

	def test_a_decision_while_the_update_is_prepared_is_not_missed(self):
		doc, id_, row = self.held()
		prepared = prepare.prepare

		def decide():
			events.resolve_conflict(row.name, side="here")
			frappe.db.commit()
			process.process(make.ACCOUNT)

		def decided(*args):
			batch = prepared(*args)
			if batch.verdicts:
				self.elsewhere(decide)
			return batch

		with mock.patch.object(prepare, "prepare", decided):
			self.push()
		sweep.sweep()
		self.commit()
		self.assertEqual(self.events(status="On Hold"), [], self.history())
		self.cycles()
		self.assert_sides(doc, id_, "here", "")

	def test_nothing_is_sent_between_a_decision_and_its_writing(self):
		doc, id_, row = self.held()
		events.resolve_conflict(row.name, side="there")
		self.edit(doc, website="here")
		self.push()
		self.assertEqual(self.there(id_), ("there", ""))
		self.work()
		self.cycles()
		self.assertEqual(self.there(id_)[0], "there")

	def test_each_record_of_a_webhook_is_decided_by_itself(self):
		self.flow(HOLD, topics="*", record_expression="items")
		pairs = [self.linked(tax_id="0") for _ in range(2)]
		for doc, _ in pairs:
			self.edit(doc, tax_id="here")
		new = make.unique("New")
		items = [{"id": id_, "name": doc.customer_name, "tax": "there", "version": 9} for doc, id_ in pairs]
		inbox.receive(
			{
				"integration": make.ACCOUNT,
				"event": sync_log.WEBHOOK,
				"topic": "x",
				"request_body": json.dumps({"items": [*items, {"id": "new", "name": new, "version": 1}]}),
			}
		)
		self.work()
		self.work()
		rows = self.events(status="On Hold", direction="Incoming")
		self.assertEqual({row.reference_name for row in rows}, {doc.name for doc, _ in pairs}, self.history())
		self.assertTrue(frappe.db.exists("Customer", {"customer_name": new}))
		events.resolve_conflict(rows[0].name, side="there")
		self.work()
		self.assertEqual([self.here(doc)[0] for doc, _ in pairs], ["there", "here"])

	def test_a_conflict_in_a_call_with_many_records_is_kept_for_a_person(self):
		doc, id_ = self.edited(HOLD)
		record = {"id": id_, "name": doc.customer_name, "tax": "there", "version": 9}
		result = bulk.write_all(inflow.load(FLOW), [record])[0]
		self.assertEqual((result["ok"], result["action"]), (True, "held"))
		self.work()
		self.assertEqual(self.event(status="On Hold", direction="Incoming").reference_name, doc.name)


class TestLooking(TwoWayShopCase):
	def two(self, **values):
		self.flow(OUTSIDE, read_before_update=1, **{**SINGLE, **values})
		pairs = [self.linked(tax_id="0") for _ in range(3)]
		for doc, _ in pairs:
			self.edit(doc, tax_id="here")
		return pairs

	def test_a_source_that_does_not_answer_is_asked_once(self):
		self.two()
		before = len(self.shop.calls)
		with mock.patch.object(self.shop, "answer", lambda *args: (503, {"message": "not now"})):
			self.push()
		# Each look that fails is followed by the update that tells of it, not by more looks.
		self.assertEqual(
			[method for method, _ in self.shop.calls[before:]], ["GET", "PUT"] * 3, self.history()
		)

	def test_it_ends_before_the_lease_does(self):
		pairs = self.two()
		answer = self.shop.answer

		def slow(*args):
			time.sleep(0.3)
			return answer(*args)

		with mock.patch.object(self.shop, "answer", slow), mock.patch.object(lane, "SENDING_SECONDS", 0.5):
			self.push()
		self.assertEqual(self.shop.count("PUT"), 3)
		for doc, id_ in pairs:
			self.assert_sides(doc, id_, "here", "")

	def test_a_record_that_cannot_be_read_does_not_stop_the_others(self):
		pairs = self.two(
			inbound_version_expression="to_string(version) && join('', [version])",
			answer_version_expression="",
		)
		self.push()
		self.assertEqual(
			[row.status for row in self.events(event="update")], ["Delivered"] * 3, self.history()
		)
		self.assertEqual(self.there(pairs[0][1])[0], "here")


class TestDeletions(TwoWayShopCase):
	def test_a_record_of_a_document_deleted_here_does_not_come_back(self):
		self.flow(HOLD)
		doc, id_ = self.linked(tax_id="0")
		self.shop.change(KIND, id_, tax="there")
		self.fetch()
		doc.delete()
		self.work()
		self.assertEqual(self.events(status="Failed"), [], self.history())
		self.cycles()
		self.assertEqual(self.shop.things[KIND], {}, self.history())
		self.assertFalse(frappe.db.exists("Customer", {"customer_name": doc.customer_name}))


class TestLostAnswer(TwoWayShopCase):
	def test_a_creation_is_not_repeated_once_its_record_came_in(self):
		rows = [make.row("customer_name", "name", is_match_key=1), make.row("tax_id", "tax")]
		self.flow(rows=rows)
		answer, lost = self.shop.answer, []

		def loses_the_first(method: str, *arguments: Any) -> Any:
			found = answer(method, *arguments)
			if method == "POST" and not lost:
				lost.append(found)
				return 502, {"message": "bad gateway"}
			return found

		with mock.patch.object(self.shop, "answer", loses_the_first):
			doc = make.customer(tax_id="1")
			self.push()
			self.pull()
			(id_,) = self.shop.things[KIND]
			self.assertEqual(self.link(doc).external_id, id_)
			self.edit(doc, tax_id="2")
			self.later(3600)
			self.push()
		self.assertEqual(
			{one: self.shop.things[KIND][one]["tax"] for one in self.shop.things[KIND]}, {id_: "2"}
		)
		self.assertEqual(self.link(doc).external_id, id_)
		self.shop.change(KIND, id_, tax="3")
		self.pull()
		self.assertEqual(doc.reload().tax_id, "3")
