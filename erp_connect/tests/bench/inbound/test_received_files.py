"""Files that come with a record are attached to its document: private, each once, and told where one cannot be kept."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from unittest.mock import patch

import frappe
from pypdf import PdfWriter

from erp_connect.api import accounts, pulls
from erp_connect.calls import file_downloads, switch
from erp_connect.compat import VERSION
from erp_connect.config import file_check, inflow
from erp_connect.core.guard.egress import Policy
from erp_connect.records import attachments
from erp_connect.records.write import upsert
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase
from erp_connect.tests.bench.pull_case import FLOW, ScriptedCase
from erp_connect.tests.fakes.fault_server import FaultServer, Reply


def document() -> bytes:
	"""A document that can be opened, as Frappe 16 does, and that further bytes do not break."""
	written, writer = BytesIO(), PdfWriter()
	writer.add_blank_page(72, 72)
	writer.write(written)
	return written.getvalue() + b"% \x00\xff "


PDF = document()
PICTURE = b"\x89PNG\r\n\x1a\n no real picture "
ROWS = [
	make.row("brand", "id", is_match_key=1),
	make.row("description", "text"),
	make.row("_attachments[].name", "files[].filename"),
	make.row("_attachments[].content", "files[].data"),
	make.row("_attachments[].url", "files[].href"),
	make.row("_files.image.url", "picture"),
]


def unique(start: bytes = PDF) -> bytes:
	"""Contents that no other file of the site has."""
	return start + frappe.generate_hash(length=10).encode()


def text(content: bytes) -> str:
	return b64encode(content).decode()


def files_of(name: str) -> list:
	frappe.db.rollback()
	return frappe.get_all(
		"File",
		{"attached_to_doctype": "Brand", "attached_to_name": name},
		["name", "file_name", "file_url", "is_private", "owner", "attached_to_field"],
		order_by="creation",
	)


def content_of(row) -> bytes:
	return attachments.read(frappe.get_doc("File", row.name))


class FilesCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		if not frappe.get_meta("Brand").has_field("image"):
			self.skipTest("Brand has no image here")
		self.make_flow()
		self.name = make.unique("Brand")

	def make_flow(self, rows: list | None = None, **values):
		flow = make.flow(
			"Brand",
			[],
			rows or ROWS,
			**{
				"direction": "Incoming",
				"topics": "*",
				"remote_entity": "brand",
				"inbound_id_expression": "id",
				"expose_api": 1,
				**values,
			},
		)
		self.commit()
		return flow

	def record(self, *files: dict, **values) -> dict:
		return {"id": self.name, "text": "first", "files": list(files), **values}

	def sent(self, *files: dict, **values):
		"""The event of a webhook with this record, worked off."""
		self.hook(self.record(*files, **values))
		self.work()
		return self.events(direction="Incoming")[-1]


class TestContents(FilesCase):
	def test_are_attached_private_by_the_user_of_the_account(self):
		content = unique()
		name = f"{frappe.generate_hash(length=8)}.pdf"
		row = self.sent({"filename": f"../{name}", "data": text(content)})
		self.assertEqual((row.status, row.outcome), ("Processed", ""), self.history())
		[file] = files_of(self.name)
		self.assertEqual((file.file_name, file.is_private, file.owner), (name, 1, make.USER))
		self.assertTrue(file.file_url.startswith("/private/files/"))
		self.assertEqual(content_of(file), content)

	def test_are_kept_once_and_a_new_content_beside_the_old(self):
		first, second = unique(), unique()
		self.sent({"filename": "a.pdf", "data": text(first)})
		self.sent({"filename": "a.pdf", "data": text(first)}, text="second")
		self.sent(
			{"filename": "renamed.pdf", "data": text(first)}, {"filename": "a.pdf", "data": text(second)}
		)
		self.assertEqual([content_of(file) for file in files_of(self.name)], [first, second])

	def test_come_with_a_record_that_is_otherwise_unchanged(self):
		self.sent()
		row = self.sent({"filename": "a.pdf", "data": text(unique())})
		self.assertEqual(json.loads(row.response_body)[0]["action"], "updated")
		self.assertEqual(len(files_of(self.name)), 1)

	def test_that_cannot_be_kept_are_told_and_the_rest_is_written(self):
		content = unique()
		row = self.sent(
			{"filename": "bad.pdf", "data": "no base64!"}, {"filename": "a.pdf", "data": text(content)}
		)
		self.assertEqual((row.status, row.outcome), ("Processed", "not_all_taken"), self.history())
		self.assertIn("bad.pdf", row.error)
		self.assertIn("base64", row.error)
		self.assertEqual([content_of(file) for file in files_of(self.name)], [content])
		self.assertEqual(frappe.db.get_value("Brand", self.name, "description"), "first")

	def test_what_no_row_finds_anything_in_is_told_beside_those_that_are_kept(self):
		content = unique()
		row = self.sent({"filename": "a.pdf", "data": text(content)}, "https://files.example/b.pdf", None, {})
		self.assertEqual((row.status, row.outcome), ("Processed", "not_all_taken"), self.history())
		self.assertIn("https://files.example/b.pdf", row.error)
		self.assertIn("files[]", row.error)
		self.assertEqual([content_of(file) for file in files_of(self.name)], [content])

	def test_with_other_names_than_the_rows_have_are_told(self):
		row = self.sent({"Filename": "a.pdf", "Data": text(unique())}, {"filename": None, "size": 3})
		self.assertEqual((row.status, row.outcome), ("Processed", "not_all_taken"), self.history())
		self.assertEqual(row.error.count("was not kept"), 1)

	def test_over_the_largest_size_are_told_with_both_sizes(self):
		with patch("erp_connect.records.received_files.get_max_file_size", return_value=10):
			row = self.sent({"filename": "big.pdf", "data": text(b"x" * 11)})
		self.assertEqual(row.outcome, "not_all_taken")
		self.assertIn("11", row.error)
		self.assertIn("10", row.error)

	def test_that_frappe_refuses_are_told_in_its_words(self):
		frappe.db.set_single_value("System Settings", "allowed_file_extensions", "PDF")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_single_value, "System Settings", "allowed_file_extensions", "")
		self.commit()
		frappe.clear_cache(doctype="System Settings")
		row = self.sent(
			{"filename": "a.exe", "data": text(unique())}, {"filename": "a.pdf", "data": text(unique())}
		)
		self.assertEqual((row.status, row.outcome), ("Processed", "not_all_taken"), self.history())
		self.assertIn("a.exe", row.error)
		self.assertEqual(len(files_of(self.name)), 1)

	def test_a_broken_photo_does_not_take_the_record_down(self):
		row = self.sent({"filename": "photo.jpg", "data": text(unique())})
		self.assertEqual((row.status, row.outcome), ("Processed", "not_all_taken"), self.history())
		self.assertIn("photo.jpg", row.error)
		self.assertTrue(frappe.db.exists("Brand", self.name))

	def test_a_broken_document_does_not_take_the_record_down(self):
		row = self.sent({"filename": "a.pdf", "data": text(unique(b"%PDF-1.4 no real document "))})
		# Frappe 16 opens it, Frappe 15 keeps it as it is.
		told = "not_all_taken" if VERSION >= 16 else ""
		self.assertEqual((row.status, row.outcome or ""), ("Processed", told), self.history())
		self.assertEqual("a.pdf" in (row.error or ""), VERSION >= 16)
		self.assertTrue(frappe.db.exists("Brand", self.name))

	def test_without_the_right_to_write_the_document_are_told(self):
		flow = inflow.load(frappe.get_all("Field Mapping", pluck="name")[0])
		frappe.set_user(make.USER)
		self.addCleanup(frappe.set_user, "Administrator")
		allowed = frappe.model.document.Document.check_permission

		def only_create(doc, permtype="read", permlevel=None):
			if doc.doctype == "Brand" and permtype == "write":
				doc.raise_no_permission_to(permtype)
			allowed(doc, permtype, permlevel)

		with patch.object(frappe.model.document.Document, "check_permission", only_create):
			written = upsert(flow, self.record({"filename": "a.pdf", "data": text(unique())}))
		self.assertEqual((written.action, len(written.missed)), ("created", 1))
		self.assertIn(make.USER, written.missed[0].reason)
		self.assertFalse(
			frappe.db.exists("File", {"attached_to_doctype": "Brand", "attached_to_name": self.name})
		)


class TestAddresses(FilesCase):
	def test_of_the_account_are_fetched_with_its_proof_and_fill_the_field(self):
		self.change(auth_type="Bearer Token", token="token-of-the-account")
		content = unique(PICTURE)
		self.receiver.script("/pictures/1.png", Reply(body=content))
		row = self.sent(picture=self.receiver.url("/pictures/1.png"))
		self.assertEqual((row.status, row.outcome), ("Processed", ""), self.history())
		[asked] = self.receiver.received("/pictures/1.png")
		self.assertIn("token-of-the-account", asked.header("Authorization"))
		[file] = files_of(self.name)
		self.assertEqual((content_of(file), file.attached_to_field), (content, "image"))
		self.assertEqual(frappe.db.get_value("Brand", self.name, "image"), file.file_url)

	def elsewhere(self) -> FaultServer:
		"""Another origin, which is taken for a public one."""
		other = FaultServer().start()
		self.addCleanup(other.stop)
		return other

	def test_of_others_get_nothing_of_the_account(self):
		self.change(auth_type="Bearer Token", token="token-of-the-account")
		other, content = self.elsewhere(), unique()
		other.script("/a.pdf", Reply(body=content))
		with patch.object(file_downloads, "elsewhere", lambda: Policy.of(["127.0.0.0/8"])):
			row = self.sent({"href": other.url("/a.pdf")})
		self.assertEqual((row.status, row.outcome), ("Processed", ""), self.history())
		[asked] = other.received("/a.pdf")
		self.assertNotIn("token-of-the-account", json.dumps(asked.headers) + asked.path)
		self.assertNotIn("authorization", {name.lower() for name in asked.headers})
		self.assertEqual([content_of(file) for file in files_of(self.name)], [content])

	def test_within_the_own_network_are_not_asked_even_where_accounts_may(self):
		other = self.elsewhere()
		row = self.sent({"href": other.url("/a.pdf")})
		self.assertEqual((row.status, row.outcome), ("Processed", "not_all_taken"), self.history())
		self.assertEqual(other.received("/a.pdf"), [])
		self.assertIn("a.pdf", row.error)

	def test_that_do_not_answer_now_are_tried_again_before_the_record_is_written(self):
		content = unique()
		self.receiver.script("/a.pdf", Reply(503), Reply(body=content))
		row = self.sent({"href": self.receiver.url("/a.pdf")})
		self.assertEqual(row.status, "Retrying", self.history())
		self.assertFalse(frappe.db.exists("Brand", self.name))
		self.later()
		self.work()
		self.assertEqual(self.event().status, "Processed", self.history())
		self.assertEqual([content_of(file) for file in files_of(self.name)], [content])

	def test_that_never_answer_do_not_keep_the_record_out(self):
		self.receiver.script("/a.pdf", Reply(503))
		self.sent({"href": self.receiver.url("/a.pdf")})
		for _try in range(2):
			self.later()
			self.work()
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Processed", "not_all_taken"), self.history())
		self.assertIn("by hand", row.error)
		self.assertTrue(frappe.db.exists("Brand", self.name))

	def test_of_an_account_that_is_paused_are_waited_for(self):
		content = unique()
		self.receiver.script("/a.pdf", Reply(body=content))
		switch.pause(make.ACCOUNT, "a person has to look")
		self.commit()
		row = self.sent({"href": self.receiver.url("/a.pdf")})
		self.assertEqual((row.status, row.attempts, self.receiver.received("/a.pdf")), ("Retrying", 0, []))
		accounts.resume(make.ACCOUNT)
		self.later()
		self.work()
		self.assertEqual([content_of(file) for file in files_of(self.name)], [content], self.history())

	def test_that_lead_on_are_not_followed_and_told(self):
		other = self.elsewhere()
		other.script("/a.pdf", Reply(302, headers={"Location": other.url("/b.pdf")}))
		with patch.object(file_downloads, "elsewhere", lambda: Policy.of(["127.0.0.0/8"])):
			row = self.sent({"href": other.url("/a.pdf")})
		self.assertEqual((row.status, row.outcome), ("Processed", "not_all_taken"), self.history())
		self.assertIn("another one", row.error)
		self.assertEqual(other.received("/b.pdf"), [])

	def test_of_files_that_are_too_large_are_told(self):
		self.receiver.script("/a.pdf", Reply(body=b"x" * 2_000_000))
		with (
			patch("erp_connect.calls.file_downloads.get_max_file_size", return_value=1_500_000),
			patch("erp_connect.records.received_files.get_max_file_size", return_value=1_500_000),
		):
			row = self.sent({"href": self.receiver.url("/a.pdf")})
		self.assertEqual(row.outcome, "not_all_taken")
		self.assertIn("1500000", row.error)


class TestByTheApi(FilesCase):
	def test_upsert_attaches_and_tells_what_was_not_kept(self):
		content = unique()
		self.receiver.script("/b.pdf", Reply(body=content))
		bad = [{"filename": name, "data": "!"} for name in ("c.pdf", "d.pdf")]
		record = self.record({"href": self.receiver.url("/b.pdf")}, *bad)
		answer = self.ok(self.call("records.upsert", {"entity": "brand", "record": record}), 201)
		self.assertEqual([content_of(file) for file in files_of(self.name)], [content])
		for name in ("c.pdf", "d.pdf"):
			self.assertIn(name, answer["not_taken"]["_attachments"])
		self.assertIsNone(answer["modified"])

	def test_a_list_of_mere_addresses_where_objects_are_meant_is_told(self):
		record = self.record("https://files.example/a.pdf", "https://files.example/b.pdf")
		answer = self.ok(self.call("records.upsert", {"entity": "brand", "record": record}), 201)
		for name in ("a.pdf", "b.pdf"):
			self.assertIn(name, answer["not_taken"]["_attachments"])

	def test_many_with_addresses_are_written_in_the_background(self):
		body = {"entity": "brand", "records": [self.record()], "background": False}
		answer = self.ok(self.call("records.bulk_upsert", body), 202)
		self.assertEqual(answer["status"], "running")

	def test_describe_names_the_files(self):
		answer = self.ok(self.call("records.describe", {"entity": "brand"}))
		fields = {field["field"]: field["type"] for field in answer["entities"][0]["fields"]}
		self.assertEqual(fields["_attachments[].content"], "Data")


class TestChecks(FilesCase):
	def refuses(self, source: str, words: str, **values):
		with self.assertRaisesRegex(frappe.ValidationError, words):
			self.make_flow([*ROWS[:2], make.row(source, "x", **values)], name="Refused")

	def test_what_no_file_has_is_refused_when_the_flow_is_saved(self):
		self.refuses("_attachments.size", "_attachments\\[\\].content")
		self.refuses("_files.description.url", "Attach field of Brand")
		self.refuses("_files.image.private", "Attach field of Brand")
		self.refuses("_files.image.url", "no match key", is_match_key=1)

	def test_in_a_flow_both_ways_a_row_goes_one_way(self):
		flow = frappe._dict(direction="Both", document_type="Brand")
		for direction, told in (("Both", True), ("Incoming", False)):
			row = frappe._dict(source="_attachments[].content", direction=direction, idx=1)
			self.assertEqual(any("one way" in text for text in file_check.problems(flow, row)), told)


class TestPulled(ScriptedCase):
	def test_a_list_of_mere_texts_is_told_by_the_pull_and_by_its_preview(self):
		name = f"R-{frappe.generate_hash(length=8)}"
		record = {"id": name, "version": 1, "files": ["aGVsbG8=", {"filename": "b.pdf", "data": "!"}]}
		self.asks(Reply(body={"data": [record]}), rows=ROWS)
		self.assertEqual(frappe.db.exists("Brand", name), None)
		[previewed] = pulls.preview(FLOW)["records"]
		self.work()
		row = self.event(event="pull")
		self.assertEqual((row.status, row.outcome), ("Processed", "not_all_taken"), self.history())
		for told in (previewed["error"], row.error):
			self.assertIn("aGVsbG8=", told)
			self.assertIn("b.pdf", told)
		self.assertEqual(previewed["action"], "create")

	def test_a_list_of_addresses_is_taken_as_it_is(self):
		content, name = unique(), f"R-{frappe.generate_hash(length=8)}"
		self.receiver.script("/doc.pdf", Reply(body=content))
		rows = [*ROWS[:2], make.row("_attachments[].url", "files[]")]
		record = {"id": name, "version": 1, "files": [self.receiver.url("/doc.pdf")]}
		self.asks(Reply(body={"data": [record]}), rows=rows)
		self.work()
		self.assertEqual([content_of(file) for file in files_of(name)], [content], self.history())

	def test_records_bring_their_files(self):
		content, other = unique(), unique()
		self.receiver.script("/doc.pdf", Reply(body=other))
		files = [{"filename": "a.pdf", "data": text(content)}, {"href": self.receiver.url("/doc.pdf")}]
		names = [f"R-{frappe.generate_hash(length=8)}" for _record in range(2)]
		records = [{"id": name, "version": 1, "files": files} for name in names]
		self.asks(Reply(body={"data": records}), rows=ROWS)
		self.work()
		for name in names:
			self.assertEqual([content_of(file) for file in files_of(name)], [content, other], self.history())
