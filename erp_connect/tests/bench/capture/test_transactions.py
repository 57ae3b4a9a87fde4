"""Recording: inside the user's transaction, only what a flow wants, and at no cost where there is none."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from erp_connect.records import failures
from erp_connect.store import database, sync_log
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.recorders import Queries, RedisCommands


class TestRecording(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.commit()

	def test_a_rolled_back_save_leaves_no_row_and_makes_no_call(self):
		make.brand()
		frappe.db.rollback()
		self.deliver()
		self.assertEqual((self.events(), self.arrived()), ([], []))

	def test_a_rollback_to_a_savepoint_takes_its_events_along(self):
		kept = make.brand()
		frappe.db.savepoint("before_second")
		make.brand()
		frappe.db.rollback(save_point="before_second")
		self.deliver()
		self.assertEqual([row.reference_name for row in self.events()], [kept.name])
		self.assertEqual([request.json["name"] for request in self.arrived()], [kept.name])

	def test_events_survive_the_rollback_of_an_earlier_transaction(self):
		make.brand()
		frappe.db.rollback()
		make.brand()
		self.deliver()
		self.assert_arrived(1)

	def test_a_save_is_one_insert(self):
		doc = make.brand()
		self.commit()
		doc.description = "other"
		with Queries() as queries:
			doc.save()
		ours = [query for query in queries.seen if "tabSync" in query or "tabIntegration" in query]
		self.assertEqual([query.split("(")[0].strip() for query in ours], ["INSERT INTO `tabSync Log`"])

	def test_the_call_speaks_of_the_document_and_the_log_says_what_happened(self):
		doc = make.brand("hello")
		self.deliver()
		sent = self.arrived("/brands")[0]
		self.assertEqual((sent.method, sent.json), ("POST", {"name": doc.name, "text": "hello"}))
		row = self.event()
		self.assertEqual(
			(row.status, row.event, row.response_status, row.attempts), ("Delivered", "insert", 201, 1)
		)
		self.assertEqual((row.reference_doctype, row.reference_name), ("Brand", doc.name))
		self.assertEqual(row.company, make.company())
		self.assertEqual(self.links()[0].external_id, row.external_id)
		attempt = frappe.get_all("Sync Attempt", fields=["*"])[0]
		self.assertEqual((attempt.sync_log, attempt.response_status), (row.name, 201))

	def test_no_mapped_field_changed_no_call(self):
		doc = make.brand()
		self.deliver()
		doc.image = "/files/other.png"
		doc.save()
		self.deliver()
		self.assert_arrived(1)
		self.assertEqual(self.events()[-1].outcome, "nothing_changed")
		doc.description = "second"
		doc.save()
		self.deliver()
		self.assertEqual(self.arrived()[-1].json["text"], "second")
		self.assertEqual(self.arrived()[-1].method, "PUT")

	def test_a_change_that_was_undone_before_it_was_sent_is_not_sent(self):
		doc = make.brand("first")
		self.deliver()
		for text in ("second", "first"):
			doc.description = text
			doc.save()
			self.commit()
		self.deliver()
		self.assert_arrived(1)

	def test_what_came_from_an_account_is_not_sent_back_to_it(self):
		make.account(self.receiver.url("/two"), name="Test Other")
		make.brand_flow(name="Test Other Brand", integration="Test Other")
		self.commit()
		frappe.flags.erp_connect_origin = make.ACCOUNT
		try:
			make.brand()
		finally:
			frappe.flags.erp_connect_origin = None
		self.deliver()
		self.deliver("Test Other")
		self.assertEqual([request.path for request in self.arrived()], ["/two/brands"])

	def test_migrations_and_patches_send_nothing(self):
		for flag in ("in_migrate", "in_patch", "in_install"):
			frappe.flags[flag] = True
			try:
				frappe.get_doc({"doctype": "Brand", "brand": make.unique("Brand")}).insert()
			finally:
				frappe.flags[flag] = False
		self.assertEqual(self.events(), [])

	def test_a_disabled_account_records_nothing(self):
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.enabled = 0
		doc.save()
		make.brand()
		self.assertEqual(self.events(), [])


class TestDbSet(ConnectTestCase):
	def test_db_set_of_a_status_is_one_call(self):
		make.account(self.receiver.url())
		order = make.sales_order(make.customer().name, [(make.item().name, 1, 10)])
		make.flow(
			"Sales Order", [make.request("Change", "PUT", "/orders/{name}")], [make.row("status", "status")]
		)
		self.commit()
		order = frappe.get_doc("Sales Order", order.name)
		order.db_set("status", "On Hold")
		self.deliver()
		self.assertEqual([(r.method, r.json) for r in self.arrived()], [("PUT", {"status": "On Hold"})])
		order.db_set("status", "On Hold")
		self.deliver()
		self.assert_arrived(1)


class TestUnmapped(ConnectTestCase):
	def test_a_doctype_without_a_flow_costs_no_query_and_no_redis(self):
		make.account(self.receiver.url())
		make.flow("Item Group", make.rest("/groups"), [make.row("name", "name")])
		self.commit()
		doc = make.brand()
		self.commit()
		doc.run_method("on_change")  # everything that is loaded once is loaded now
		with Queries() as queries, RedisCommands() as redis:
			doc.run_method("on_change")
			doc.run_method("on_trash")
		self.assertEqual((queries.seen, redis.seen), ([], []))
		doc.description = "second"
		with Queries() as queries, RedisCommands() as redis:
			doc.save()
			self.commit()
		touched = [text for text in queries.seen + redis.seen if "Sync" in text or "erp_connect" in text]
		self.assertEqual(touched, [])
		self.assertTrue(queries.seen)
		self.assertEqual(self.events(), [])


class TestFullDisk(ConnectTestCase):
	"""A change that cannot be recorded is not saved either, and the user reads why."""

	# As MariaDB says it, by the place where the room ends.
	ERRORS = (
		(1114, "The table 'tabSync Log' is full"),
		(1021, "Disk full (/var/lib/mysql); waiting for someone to free some space..."),
		(1026, "Error writing file '/var/lib/mysql/x' (Errcode: 28 \"No space left on device\")"),
		(1030, "Got error 28 from storage engine"),
	)

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.doc = make.brand("before")
		self.commit()

	def full(self, *error):
		return patch.object(sync_log.statements, "insert", side_effect=frappe.db.OperationalError(*error))

	def test_nothing_is_saved_and_the_words_say_what_to_do(self):
		for error in self.ERRORS:
			with self.subTest(error[0]), self.full(*error):
				self.doc.reload()
				self.doc.description = "after"
				with self.assertRaises(database.StorageFull) as raised:
					self.doc.save()
				self.assertIn("disk is full", str(raised.exception))
				self.assertNotIn("tabSync Log", str(raised.exception))
				frappe.db.rollback()
				self.assertEqual(frappe.db.get_value("Brand", self.doc.name, "description"), "before")
		self.assertEqual(len(self.events()), 1)

	def test_a_deletion_is_not_done_by_half(self):
		with self.full(*self.ERRORS[0]), self.assertRaises(database.StorageFull):
			self.doc.delete()
		frappe.db.rollback()
		self.assertTrue(frappe.db.exists("Brand", self.doc.name))

	def test_other_errors_of_the_database_stay_what_they_are(self):
		with (
			self.full(1030, "Got error 122 from storage engine"),
			self.assertRaises(frappe.db.OperationalError),
		):
			self.doc.save()

	def test_a_caller_of_the_api_is_told_to_come_again(self):
		for error in (database.StorageFull("x"), frappe.db.OperationalError(*self.ERRORS[0])):
			answer = failures.of(error, "trace")
			self.assertEqual((answer.status, answer.code), (503, "storage_full"))
