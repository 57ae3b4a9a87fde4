"""What the outside answers, written back into the document that was sent."""

from __future__ import annotations

import base64
import re
from unittest.mock import patch

import frappe
from frappe.core.doctype.file.file import File
from frappe.utils import getdate

from erp_connect.config import exchange_format, request_steps
from erp_connect.operate import preview, replay
from erp_connect.records import write_back
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.outbound.test_steps import ROWS, StepsCase, shipment
from erp_connect.tests.fakes.fault_server import Reply

LABEL = base64.b64encode(b"label").decode()
# Frappe adds to the name of a file where one of that name has other contents.
NAMED = re.compile(r"(label-AWB-9(?:-2)?)(?:[0-9a-f]{6})?\.txt")
NUMBER = {"fieldname": "description", "value": "_steps.label.tracking"}
FILE = {"value": "_steps.label.label", "as_file": 1, "file_name": "label-{_steps.number.code}.txt"}


class WriteBackCase(StepsCase):
	def sent(self, *rows: dict, **values):
		self.flow(write_back=list(rows), **values)
		doc = make.brand("first")
		self.deliver()
		return doc

	def reopen(self) -> None:
		frappe.db.delete("Property Setter", {"doc_type": "Brand", "property": "permlevel"})
		frappe.db.commit()
		frappe.clear_cache(doctype="Brand")

	def attached(self, doc) -> dict[str, str]:
		names = frappe.get_all("File", {"attached_to_name": doc.name, "is_private": 1}, pluck="name")
		files = [frappe.get_doc("File", name) for name in names]
		return {NAMED.fullmatch(file.file_name)[1]: file.get_content() for file in files}


class TestWrittenBack(WriteBackCase):
	def test_a_number_is_written_and_goes_out_no_second_time(self):
		doc = self.sent(NUMBER)
		row = self.event()
		self.assertEqual((row.status, row.error), ("Delivered", ""), self.history())
		self.assertEqual(
			frappe.db.get_value("Brand", doc.name, ["description", "modified_by"]), ("T-77", make.USER)
		)
		self.deliver()
		self.assertEqual(self.asked(), self.ALL)

	def test_another_account_hears_of_it(self):
		make.account(self.receiver.url(), "Other Shop")
		make.flow(
			"Brand", [make.request("Update", "PUT", "/others/{name}")], [make.row("description", "text")],
			"Others", integration="Other Shop",
		)  # fmt: skip
		self.sent(NUMBER)
		self.assertEqual([row.event for row in self.events(integration="Other Shop")], ["update"])
		self.assertEqual([row.event for row in self.events(integration=make.ACCOUNT)], ["insert"])

	def test_a_file_is_attached_privately(self):
		doc = self.sent(FILE)
		self.assertEqual(self.event().status, "Delivered", self.history())
		file = frappe.get_last_doc("File", {"attached_to_name": doc.name})
		self.assertEqual((file.is_private, file.attached_to_doctype), (1, "Brand"))
		self.assertTrue(file.file_name.startswith("label-AWB-9"))
		self.assertEqual(file.get_content(), "label")

	def test_a_file_fills_a_field_of_the_document(self):
		doc = self.sent({**FILE, "fieldname": "image"})
		self.assertTrue(
			frappe.db.get_value("Brand", doc.name, "image").startswith("/private/files/label-AWB-9")
		)

	def test_each_file_of_a_list_is_attached_with_its_number(self):
		self.receiver.script("/labels", Reply(200, {"label": [LABEL, base64.b64encode(b"second").decode()]}))
		doc = self.sent(FILE)
		self.assertEqual(self.event().status, "Delivered", self.history())
		self.assertEqual(self.attached(doc), {"label-AWB-9": "label", "label-AWB-9-2": "second"})

	def test_a_file_told_by_the_numbers_of_its_bytes_is_attached(self):
		self.receiver.script("/labels", Reply(200, {"label": [*b"first"]}))
		doc = self.sent(FILE)
		self.assertEqual(self.attached(doc), {"label-AWB-9": "first"}, self.history())

	def test_files_told_in_both_ways_are_attached(self):
		self.receiver.script("/labels", Reply(200, {"label": [[*b"one"], LABEL]}))
		doc = self.sent(FILE)
		self.assertEqual(self.attached(doc), {"label-AWB-9": "one", "label-AWB-9-2": "label"}, self.history())

	def test_a_name_that_lacks_a_value_is_told(self):
		self.sent({**FILE, "file_name": "{_steps.label.nothing}"})
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Failed", "not_written_back"), self.history())
		self.assertIn("its name {_steps.label.nothing} lacks a value", row.error)

	def test_a_single_request_writes_back_too(self):
		self.receiver.script("/brands", Reply(201, {"id": "R-1", "note": "from outside"}))
		doc = self.sent(
			{"fieldname": "description", "value": "_steps.request.note"},
			requests=make.rest("/brands"),
			rows=ROWS[:2],
		)
		self.assertEqual(self.event().status, "Delivered", self.history())
		self.assertEqual(frappe.db.get_value("Brand", doc.name, "description"), "from outside")

	def test_a_document_that_was_deleted_meanwhile(self):
		write = write_back.write

		def later(flow, subject, *said):
			frappe.set_user("Administrator")
			frappe.delete_doc(subject.doctype, subject.name)
			write(flow, subject, *said)

		with patch.object(write_back, "write", later):
			self.sent(NUMBER)
		self.assertEqual(self.event(event="insert").status, "Delivered", self.history())

	def test_what_the_answer_does_not_hold_is_not_written(self):
		doc = self.sent({"fieldname": "description", "value": "_steps.label.nothing"})
		self.assertEqual(self.event().status, "Delivered")
		self.assertEqual(frappe.db.get_value("Brand", doc.name, "description"), "first")

	def test_a_user_who_may_not_write_is_told_and_a_retry_sends_nothing(self):
		bot = make.user("reader-bot@example.com", ("Accounts User",))
		if frappe.has_permission("Brand", "write", user=bot):
			self.skipTest("this role may write brands here")
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "user", bot)
		doc = self.sent(NUMBER)
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Failed", "not_written_back"), self.history())
		self.assertIn("carried out everything", row.error)
		self.assertEqual(frappe.db.get_value("Brand", doc.name, "description"), "first")
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "user", make.USER)
		replay.retry([row.name])
		self.deliver()
		self.assertEqual((self.event().status, self.asked()), ("Delivered", self.ALL), self.history())
		self.assertEqual(frappe.db.get_value("Brand", doc.name, "description"), "T-77")

	def test_what_is_no_file_is_told_and_nothing_is_half_written(self):
		self.receiver.script("/labels", Reply(200, {"label": "not base64!", "tracking": "T-77"}))
		doc = self.sent(NUMBER, FILE)
		self.assertIn("is not base64", self.event().error)
		self.assertEqual(frappe.db.get_value("Brand", doc.name, "description"), "first")

	def test_a_file_that_the_site_does_not_take_is_told_with_what_helps(self):
		"""As Frappe 16 of a PDF that its reader cannot open."""
		refused = patch.object(File, "before_insert", side_effect=ValueError("invalid literal"))
		with refused:
			doc = self.sent(NUMBER, FILE)
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Failed", "not_written_back"), self.history())
		self.assertIn("does not take the file label-AWB-9.txt: ValueError: invalid literal", row.error)
		self.assertEqual(frappe.db.get_value("Brand", doc.name, "description"), "first")
		flow = frappe.get_doc("Field Mapping", row.field_mapping)
		flow.write_back = [one for one in flow.write_back if not one.as_file]
		flow.save()
		replay.retry([row.name])
		with refused:
			self.deliver()
		self.assertEqual((self.event().status, self.asked()), ("Delivered", self.ALL), self.history())
		self.assertEqual(frappe.db.get_value("Brand", doc.name, "description"), "T-77")

	def test_a_field_closed_by_its_permission_level_is_told(self):
		field = {"doctype": "Brand", "fieldname": "description", "property": "permlevel"}
		frappe.make_property_setter({**field, "value": "1", "property_type": "Int"})
		self.addCleanup(self.reopen)
		self.sent(NUMBER, rows=[make.row("name", "name")], requests=shipment())
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Failed", "not_written_back"), self.history())
		self.assertIn("description", row.error)


class TestFetched(WriteBackCase):
	"""A file of which the answer says the address."""

	def said(self, address: str, *replies: Reply) -> None:
		self.receiver.script("/labels", Reply(200, {"label": address, "tracking": "T-77"}))
		if replies:
			self.receiver.script("/file", *replies)

	def test_it_is_fetched_with_the_proof_of_the_account_where_that_leads(self):
		account = frappe.get_doc("Integration Settings", make.ACCOUNT)
		account.update({"auth_type": "Bearer Token", "token": "secret-of-ours"})
		account.save()
		self.said(self.receiver.url("/file"), Reply(200, "from there"))
		doc = self.sent(NUMBER, FILE)
		self.assertEqual(self.event().status, "Delivered", self.history())
		self.assertEqual(self.attached(doc), {"label-AWB-9": "from there"})
		self.assertEqual(self.arrived("/file")[0].header("Authorization"), "Bearer secret-of-ours")
		self.assertEqual(frappe.db.get_value("Brand", doc.name, "description"), "T-77")

	def test_it_is_tried_again_and_nothing_else_is_sent_again(self):
		self.said(self.receiver.url("/file"), Reply(503, "busy"), Reply(200, "from there"))
		doc = self.sent(NUMBER, FILE)
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Retrying", "file_not_fetched"), self.history())
		self.assertIn("503", row.error)
		self.assertEqual(frappe.db.get_value("Brand", doc.name, "description"), "first")
		self.later()
		self.deliver()
		self.assertEqual(self.event().status, "Delivered", self.history())
		self.assertEqual(self.asked(), [*self.ALL, "GET /file", "GET /file"])
		self.assertEqual(self.attached(doc), {"label-AWB-9": "from there"})

	def test_one_that_is_not_there_is_told(self):
		self.said(self.receiver.url("/file"), Reply(404, "none"))
		self.sent(FILE)
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Failed", "not_written_back"), self.history())

	def test_a_place_that_no_record_may_name_is_not_asked(self):
		self.said("http://127.0.0.1:1/label.pdf")
		self.sent(FILE)
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Failed", "not_written_back"), self.history())
		self.assertEqual(self.asked(), self.ALL)


class TestValues(StepsCase):
	"""An answer is read as any record that comes in: each value as its field is, or not at all."""

	def setUp(self) -> None:
		super().setUp()
		make.user(roles=(*make.ROLES, "Projects User"))
		self.addCleanup(frappe.db.commit)
		self.addCleanup(lambda: frappe.get_doc("User", make.USER).remove_roles("Projects User"))

	def answered(self, field: str, value):
		"""The event of a Task whose answer says `value`, and what stands in the field then."""
		self.receiver.script("/tasks", Reply(201, {"id": make.unique("T"), "said": value}))
		flow = make.flow(
			"Task", make.rest("/tasks"), [make.row("subject", "name")],
			write_back=[{"fieldname": field, "value": "_steps.request.said"}],
		)  # fmt: skip
		doc = frappe.get_doc({"doctype": "Task", "subject": make.unique("Task")}).insert()
		self.deliver()
		(row,) = self.events(reference_name=doc.name)
		flow.delete()
		return row, frappe.db.get_value("Task", doc.name, field)

	def test_what_does_not_fit_is_told_and_not_written(self):
		for field, value in (
			("expected_time", "1.234,56"),
			("expected_time", "abc"),
			("duration", 12.7),
			("is_milestone", "perhaps"),
			("review_date", "31.12.2026"),
		):
			with self.subTest(field=field, value=value):
				row, stands = self.answered(field, value)
				self.assertEqual((row.status, row.outcome), ("Failed", "not_written_back"), self.history())
				self.assertIn(f"cannot be {value}", row.error)
				self.assertFalse(stands)

	def test_what_fits_is_written_as_the_field_has_it(self):
		for field, value, expected in (
			("expected_time", "12.5", 12.5),
			("expected_time", 10 / 3, 3.333333333),
			("is_milestone", "true", 1),
			("review_date", "2026-11-26T12:00:00Z", getdate("2026-11-26")),
			("department", None, None),
		):
			with self.subTest(field=field, value=value):
				row, stands = self.answered(field, value)
				self.assertEqual((row.status, stands), ("Delivered", expected), self.history())


class TestLinked(StepsCase):
	"""Values for documents that the document links to."""

	LINKS = [
		{"link_field": "items.item_code", "alias": "item_doc"},
		{"link_field": "customer", "alias": "party"},
	]

	def order(self, *fieldnames: str, items: int = 2, **row):
		make.flow(
			"Sales Order",
			[make.request("Submit", "POST", "/orders")],
			[make.row("name", "name")],
			linked_documents=self.LINKS,
			write_back=[{"fieldname": name, "value": "_steps.request.number", **row} for name in fieldnames],
		)
		self.receiver.script("/orders", Reply(201, {"id": "O-1", "number": "N-1"}))
		codes = [make.item().name for _ in range(items)]
		order = make.sales_order(make.customer().name, [(code, 1, 10) for code in (*codes, codes[0])])
		self.deliver()
		return order

	def test_each_of_them_is_written_once(self):
		order = self.order("item_doc.description", "party.tax_id", "po_no")
		self.assertEqual(self.event().status, "Delivered", self.history())
		self.assertEqual(frappe.db.get_value("Customer", order.customer, "tax_id"), "N-1")
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, "po_no"), "N-1")
		for item in {row.item_code for row in order.items}:
			self.assertEqual(frappe.db.get_value("Item", item, "description"), "N-1")
			self.assertEqual(frappe.db.get_value("Item", item, "modified_by"), make.USER)

	def test_with_what_cannot_be_written_nothing_is(self):
		frappe.get_doc("User", make.USER).remove_roles("Item Manager", "Stock Manager")
		self.addCleanup(lambda: (make.user(), frappe.db.commit()))
		order = self.order("po_no", "item_doc.description")
		self.assertEqual(self.event().outcome, "not_written_back", self.history())
		self.assertFalse(frappe.db.get_value("Sales Order", order.name, "po_no"))

	def test_what_leads_nowhere_is_told_when_it_is_saved(self):
		for name, told in (
			("nobody.name", "no linked document"),
			("item_doc.nothing", "has no field nothing"),
			("item_doc.taxes", "has no field taxes"),
		):
			with self.subTest(name), self.assertRaisesRegex(frappe.ValidationError, told):
				self.order(name)


class TestSubmitted(StepsCase):
	def orders(self, fieldname: str, after_submit: int = 0, **values):
		return make.flow(
			"Sales Order",
			[make.request("Submit", "POST", "/orders"), make.request("Update After Submit", "PUT", "/orders/{external_id}")],
			[make.row("name", "name"), make.row("po_no", "po")],
			write_back=[{"fieldname": fieldname, "value": "_steps.request.number", "after_submit": after_submit}],
			**values,
		)  # fmt: skip

	def test_a_submitted_document_is_written_and_goes_out_no_second_time(self):
		self.receiver.script("/orders", Reply(201, {"id": "O-1", "number": 4711}))
		self.orders("po_no")
		order = make.sales_order(make.customer().name, [(make.item().name, 1, 10)])
		self.deliver()
		self.assertEqual(self.event().status, "Delivered", self.history())
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, ["po_no", "docstatus"]), ("4711", 1))
		self.deliver()
		self.assertEqual(self.asked(), ["POST /orders"])

	def test_a_field_that_is_closed_by_then_is_refused_at_once(self):
		with self.assertRaisesRegex(frappe.ValidationError, "Allow on Submit"):
			self.orders("customer_name")

	def test_a_field_that_is_closed_by_then_is_written_where_the_flow_says_so(self):
		make.account(self.receiver.url(), "Other Shop")
		make.flow(
			"Sales Order", [make.request("Change", "PUT", "/others/{name}")], [make.row("customer_name", "text")],
			"Others", integration="Other Shop",
		)  # fmt: skip
		self.receiver.script("/orders", Reply(201, {"id": "O-1", "number": "A New Name"}))
		self.orders("customer_name", after_submit=1)
		order = make.sales_order(make.customer().name, [(make.item().name, 1, 10)])
		self.deliver()
		self.assertEqual(self.event(integration=make.ACCOUNT).status, "Delivered", self.history())
		found = frappe.db.get_value("Sales Order", order.name, ["customer_name", "docstatus"])
		self.assertEqual(found, ("A New Name", 1))
		self.assertTrue(self.events(integration="Other Shop"), self.history())

	def test_a_script_in_a_closed_field_is_refused_as_in_any_other(self):
		"""Frappe cleans nothing of a submitted document that people cannot change there."""
		self.receiver.script(
			"/orders", Reply(201, {"id": "O-1", "number": "R&D <img src=x onerror=alert(1)>"})
		)
		self.orders("customer_name", after_submit=1)
		order = make.sales_order(make.customer().name, [(make.item().name, 1, 10)])
		self.deliver()
		self.assertEqual(self.event().outcome, "not_written_back", self.history())
		self.assertNotIn("onerror", frappe.db.get_value("Sales Order", order.name, "customer_name"))

	def test_what_does_not_fit_a_closed_field_is_refused(self):
		self.receiver.script("/orders", Reply(201, {"id": "O-1", "number": "Nobody"}))
		self.orders("order_type", after_submit=1)
		make.sales_order(make.customer().name, [(make.item().name, 1, 10)])
		self.deliver()
		self.assertEqual(self.event().outcome, "not_written_back", self.history())


class TestDesk(StepsCase):
	def test_the_preview_shows_all_steps_and_sends_nothing(self):
		flow = self.flow(write_back=[NUMBER, FILE])
		doc = make.brand("first")
		shown = preview.preview(flow, doc.name, "insert")
		self.assertTrue(shown["sends"])
		self.assertEqual([step["step"] for step in shown["steps"]], ["open", "request", "number", "label"])
		opened, created, number, _ = shown["steps"]
		self.assertEqual(opened["url"], self.receiver.url(f"/open?brand={doc.name.replace(' ', '%20')}"))
		self.assertIn('"text":"first"', created["body"])
		self.assertEqual(number["url"], self.receiver.url("/brands/{_steps.request.id}/number"))
		self.assertEqual(number["open"], "/brands/{_steps.request.id}/number, {parcel: _steps.request.id}")
		self.assertEqual([back["into"] for back in shown["written_back"]], ["description", FILE["file_name"]])
		self.assertEqual(self.asked(), [])

	def test_an_export_holds_the_steps_and_what_is_written_back(self):
		flow = self.flow(write_back=[NUMBER, FILE])
		copy = frappe.get_doc(
			"Field Mapping", exchange_format.import_(exchange_format.export(flow), make.ACCOUNT)
		)
		for table in ("requests", "write_back"):
			fields = [field.fieldname for field in frappe.get_meta(flow.meta.get_field(table).options).fields]
			rows = [
				[[row.get(name) or "" for name in fields] for row in doc.get(table)] for doc in (flow, copy)
			]
			self.assertEqual(*rows)

	def test_what_was_answered_is_kept_from_those_who_read_events(self):
		self.receiver.script("/labels", "500")
		self.sent_midway()
		frappe.set_user(make.user("events@example.com", ("Integration Manager",)))
		self.addCleanup(frappe.set_user, "Administrator")
		read = frappe.get_last_doc("Sync Log")
		self.assertTrue(read.steps)
		read.apply_fieldlevel_read_permissions()
		self.assertEqual((read.get("steps"), read.steps_done), (None, "open, request, number"))

	def sent_midway(self) -> None:
		self.flow()
		make.brand()
		self.deliver()


class TestSaving(StepsCase):
	def refused(self, words: str, **values) -> None:
		with self.assertRaisesRegex(frappe.ValidationError, words):
			self.flow(**values)
		frappe.db.rollback()

	def test_a_step_is_read_where_its_whole_name_stands(self):
		rows = shipment()
		rows[0] = {**rows[0], "step": "num"}
		doc = frappe.get_doc({"doctype": "Field Mapping", "requests": rows, "write_back": [NUMBER]})
		read = {step.name: step.is_read for step in request_steps.of_event(doc, "Insert")}
		self.assertFalse(read["num"], read)
		self.assertTrue(read["label"], read)

	def test_what_cannot_work_is_told_when_it_is_saved(self):
		self.refused("has no field nothing", write_back=[{"fieldname": "nothing", "value": "name"}])
		self.refused("takes no file", write_back=[{**FILE, "fieldname": "description"}])
		self.refused("are called open", requests=[shipment()[0], *shipment()])
		self.refused("has steps only", requests=shipment()[:1])
		self.refused(
			"begins with a small letter", requests=[{**shipment()[0], "step": "9 no"}, *shipment()[1:]]
		)
		self.refused("Outgoing only", direction="Both", rows=ROWS[1:2])
		self.refused("one record per request", batch_size=5)
