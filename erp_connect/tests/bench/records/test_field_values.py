"""What comes in without a transform is read as its field's type is, or refused with field and value."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import getdate

from erp_connect.config import inflow
from erp_connect.core.errors import ConnectError
from erp_connect.core.parse.texts import storable
from erp_connect.records import failures
from erp_connect.records.write import upsert
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase


class FieldValueCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account("https://shop.example.com")

	def flow(self, doctype: str, rows: dict[str, str], **values):
		return inflow.load(
			make.flow(
				doctype,
				[],
				[make.row(field, name) for name, field in rows.items()],
				name=make.unique("Values in"),
				direction="Incoming",
				remote_entity="things",
				inbound_id_expression="id",
				**values,
			).name
		)


class TestTask(FieldValueCase):
	"""A Task has a field of nearly every type."""

	ROWS = {
		"id": "subject",
		"hours": "expected_time",
		"count": "duration",
		"milestone": "is_milestone",
		"share": "progress",
		"start": "exp_start_date",
		"weight": "task_weight",
		"status": "status",
		"company": "company",
	}

	def take(self, flow=None, **values):
		record = {"id": make.unique("Task"), **values}
		done = upsert(flow or self.flow("Task", self.ROWS), record)
		return frappe.get_doc("Task", done.name)

	def refused(self, flow, **values) -> str:
		with self.assertRaises(ConnectError) as caught:
			upsert(flow, {"id": "refused", **values})
		self.assertFalse(frappe.db.exists("Task", {"subject": "refused"}))
		answer = failures.of(caught.exception, "trace")
		self.assertEqual((answer.status, answer.code), (422, "bad_value"))
		return str(answer)

	def test_null_empties_and_what_is_not_said_stays(self):
		flow = self.flow("Task", {**self.ROWS, "till": "exp_end_date", "note": "department"})
		id_, given = make.unique("Task"), {"hours": 3, "start": "2026-05-01", "share": 40, "status": None}
		upsert(flow, {"id": id_, **given})
		done = upsert(flow, {"id": id_, "hours": None, "start": None, "milestone": None})
		doc = frappe.get_doc("Task", done.name)
		self.assertEqual(
			(doc.expected_time, doc.exp_start_date, doc.is_milestone, doc.progress, doc.status),
			(0, None, 0, 40, "Open"),
		)
		# A default of ERPNext that stood in for null is not emptied by the same null.
		self.assertEqual(upsert(flow, {"id": id_, "status": None}).action, "unchanged")

	def test_a_link_to_nothing_is_refused_also_where_fields_are_fetched_from_it(self):
		flow = self.flow("Task", {"id": "subject", "after[].task": "depends_on[].task"})
		with self.assertRaisesRegex(frappe.LinkValidationError, "Row #1: Task: nope"):
			upsert(flow, {"id": "later", "after": [{"task": "nope"}]})
		first = self.take().name
		done = upsert(flow, {"id": "later", "after": [{"task": first}]})
		with self.assertRaisesRegex(frappe.LinkValidationError, "nope"):
			upsert(flow, {"id": "later", "after": [{"task": first}, {"task": "nope"}]})
		self.assertEqual([row.task for row in frappe.get_doc("Task", done.name).depends_on], [first])

	def test_null_for_what_is_mandatory_is_refused(self):
		flow = self.flow("Task", {"title": "subject"})
		upsert(flow, {"id": "1", "title": "Paint"})
		with self.assertRaises(frappe.MandatoryError):
			upsert(flow, {"id": "1", "title": None})

	def test_null_empties_a_column_of_a_row(self):
		rows = {"id": "last_name", "first": "first_name"}
		tables = {"phones[].no": "phone_nos[].phone", "phones[].main": "phone_nos[].is_primary_phone"}
		flow = self.flow("Contact", {**rows, **tables}, table_rows="Remove")
		id_, first = make.unique("Lee"), {"first": "Ann"}
		upsert(flow, {"id": id_, **first, "phones": [{"no": "030 1", "main": 1}, {"no": "030 2"}]})
		done = upsert(flow, {"id": id_, "phones": [{"no": "030 1", "main": None}, {"no": "030 2"}]})
		doc = frappe.get_doc("Contact", done.name)
		self.assertEqual([row.is_primary_phone for row in doc.phone_nos], [0, 0])
		upsert(flow, {"id": id_, "phones": None})
		doc.reload()
		self.assertEqual((doc.first_name, doc.phone_nos), ("Ann", []))

	def test_a_default_is_for_new_documents_and_for_what_is_said_to_be_empty(self):
		doc = frappe.get_doc(
			"Field Mapping", self.flow("Contact", {"name": "first_name", "job": "designation"}).name
		)
		doc.rows[1].default_value = "Clerk"
		doc.save()
		flow, id_ = inflow.load(doc.name), make.unique("c")

		def job(**said: Any) -> str:
			done = upsert(flow, {"id": id_, **said})
			return frappe.db.get_value("Contact", done.name, "designation")

		self.assertEqual(job(name="Ann"), "Clerk")
		self.assertEqual(job(name="Ann", job="Boss"), "Boss")
		self.assertEqual(job(name="Anna"), "Boss")
		self.assertEqual(job(name="Ann", job=None), "Clerk")

	def test_what_fits_is_written(self):
		doc = self.take(
			hours="1.5", count=12.0, milestone="true", share="40%", start="2026-05-01T10:00:00", weight="0.25"
		)
		doc.reload()
		self.assertEqual(
			(doc.expected_time, doc.duration, doc.is_milestone, doc.progress, getdate(doc.exp_start_date)),
			(1.5, 12, 1, 40, getdate("2026-05-01")),  # Frappe 16 has a time besides
		)

	def test_what_does_not_fit_is_refused_with_field_and_value(self):
		flow = self.flow("Task", self.ROWS)
		for name, value, field in (
			("hours", "1,5", "expected_time"),
			("hours", "1.234,56", "expected_time"),
			("hours", "abc", "expected_time"),
			("count", 12.7, "duration"),
			("milestone", "perhaps", "is_milestone"),
			("share", "half", "progress"),
			("start", "01.05.2026", "exp_start_date"),
			("start", "2026-02-30", "exp_start_date"),
			("hours", 1e15, "expected_time"),
			("company", "\x00", "company"),
		):
			with self.subTest(name=name, value=value):
				text = self.refused(flow, **{name: value})
				self.assertIn(field, text)
				self.assertIn(storable(str(value)), text)

	def test_what_does_not_fit_in_a_row_names_the_row(self):
		flow = self.flow(
			"Contact",
			{
				"id": "first_name",
				"phones[].no": "phone_nos[].phone",
				"phones[].main": "phone_nos[].is_primary_phone",
			},
		)
		rows = [{"no": "030 1", "main": "true"}, {"no": "030 2", "main": "perhaps"}]
		with self.assertRaises(ConnectError) as caught:
			upsert(flow, {"id": make.unique("Lee"), "phones": rows})
		answer = failures.of(caught.exception, "trace")
		self.assertEqual((answer.status, answer.code), (422, "bad_value"))
		self.assertIn("phone_nos[1].is_primary_phone", str(answer))
		self.assertIn("perhaps", str(answer))

	def test_a_number_format_can_be_named_by_the_flow(self):
		flow = self.flow("Task", self.ROWS, number_format="#.###,##")
		self.assertEqual(self.take(flow, hours="1,5").expected_time, 1.5)
		self.assertEqual(self.take(flow, hours="1.234,56").expected_time, 1234.56)
		self.assertEqual(self.take(flow, hours=2.5).expected_time, 2.5)
		self.assertIn("1.5", self.refused(flow, hours="1.5"))

	def test_it_counts_for_transforms_too(self):
		doc = make.flow(
			"Task",
			[],
			[make.row("subject", "id"), make.row("expected_time", "hours", transform="Round", argument="1")],
			name=make.unique("Values in"),
			direction="Incoming",
			remote_entity="things",
			inbound_id_expression="id",
			number_format="#.###,##",
		)
		self.assertEqual(self.take(inflow.load(doc.name), hours="1.234,56").expected_time, 1234.6)

	def test_a_link_is_not_taken_for_another_document_of_nearly_the_same_name(self):
		kind = frappe.get_doc({"doctype": "Task Type", "__newname": make.unique("Müller")}).insert().name
		flow = self.flow("Task", {"id": "subject", "type": "type"})
		self.assertIn(kind, self.refused(flow, type=kind.replace("ü", "u")))
		self.assertEqual(self.take(flow, type=kind).type, kind)

	def test_a_time_in_a_column_of_dates_does_not_save_again_and_again(self):
		flow = self.flow("Event", {"id": "subject", "at": "starts_on", "kind": "event_type"})
		record = {"id": make.unique("Event"), "at": "2026-05-01T10:00:00", "kind": "Private"}
		self.assertEqual(upsert(flow, record).action, "created")
		self.assertEqual(upsert(flow, record).action, "unchanged")


class TestByTheApi(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		rows = {**TestTask.ROWS, "priority": "priority"}
		make.flow(
			"Task", [], [make.row(field, name) for name, field in rows.items()],
			name="Tasks in", direction="Incoming", remote_entity="task", inbound_id_expression="id", expose_api=1, topics="*",
		)  # fmt: skip
		self.change(user=make.user("fills-in-tasks@example.com", ("Projects User", "Projects Manager")))
		self.commit()

	def upsert(self, **values):
		return self.call("upsert", {"entity": "task", "record": {"id": make.unique("Task"), **values}})

	def test_a_date_with_a_time_is_that_day_and_nothing_is_an_error_of_the_server(self):
		for text in ("2026-05-01T10:00:00", "2026-05-01 10:00:00", "2026-05-01T10:00:00.123"):
			with self.subTest(text):
				name = self.ok(self.upsert(start=text))["name"]
				frappe.db.rollback()
				self.assertEqual(
					getdate(frappe.db.get_value("Task", name, "exp_start_date")), getdate("2026-05-01")
				)

	def test_what_does_not_fit_is_refused_with_field_and_value(self):
		for name, value, field in (
			("hours", "1,5", "expected_time"), ("hours", "1.234,56", "expected_time"), ("hours", "abc", "expected_time"),
			("milestone", "perhaps", "is_milestone"), ("count", 12.7, "duration"), ("start", "soon", "exp_start_date"),
			("priority", "Sky high", "Priority"), ("company", "Nobody Ltd", "company"),
		):  # fmt: skip
			with self.subTest(name=name, value=value):
				message = self.refused(self.upsert(**{name: value}), 422)["message"]
				self.assertIn(field.lower(), message.lower())
				self.assertIn(str(value), message)

	def test_a_webhook_ends_failed_and_does_not_go_round(self):
		self.ok(self.hook({"id": make.unique("Task"), "start": "2026-05-01T10:00:00 or later"}))
		self.work()
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Failed", "bad_value"), self.history())
		self.assertIn("exp_start_date", row.error)


class TestDatabaseErrors(FieldValueCase):
	def test_a_value_that_a_column_cannot_hold_is_no_error_of_ours(self):
		for value in ("not a date", "2026-05-01T10:00:00+02:00 and more"):
			with self.assertRaises(Exception) as caught:
				frappe.db.sql("INSERT INTO `tabTask` (name, exp_start_date) VALUES ('x', %s)", [value])
			answer = failures.of(caught.exception, "trace")
			self.assertEqual((answer.status, answer.code), (422, "bad_value"), repr(caught.exception))
