"""Contents of attached files in requests: as base64 text and in a form in parts, read when they are sent."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from email.parser import BytesParser

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter

from erp_connect.core.errors import ConnectError
from erp_connect.operate import preview, replay
from erp_connect.records.attachments import Files
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

ZIP = b"PK\x03\x04\x00\xff binary"
PICTURE = b"\x89PNG\r\n\x1a\n\x00\x01 no real picture"
ROWS = [
	make.row("name", "name"),
	make.row("_attachments[].name", "files[].name"),
	make.row("_attachments[].type", "files[].mime"),
	make.row("_attachments[].size", "files[].bytes"),
	make.row("_attachments[].content", "files[].data"),
]


def attach(doc, content: bytes = ZIP, name: str = "", field: str = "", **values):
	return frappe.get_doc(
		{
			"doctype": "File",
			"file_name": name or f"{frappe.generate_hash(length=8)}.zip",
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"attached_to_field": field,
			"is_private": 1,
			"content": content,
			**values,
		}
	).insert()


def unique() -> bytes:
	"""Contents that no other file of the site has."""
	return ZIP + frappe.generate_hash(length=10).encode()


def text(content: bytes) -> str:
	return b64encode(content).decode()


class FileTestCase(ConnectTestCase):
	rows: list = ROWS
	flow: dict = {}
	settings: dict = {}

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), **self.settings)
		make.flow("Brand", make.rest("/brands"), self.rows, **self.flow)
		self.commit()
		self.doc = make.brand()

	def sent(self):
		self.deliver()
		self.assertEqual(self.statuses(), ["Delivered"], self.history())
		return self.arrived()[-1]


class TestAsText(FileTestCase):
	def test_each_attachment_goes_out_with_name_type_size_and_contents(self):
		first, second = attach(self.doc), attach(self.doc, PICTURE, f"{frappe.generate_hash(length=8)}.png")
		self.assertCountEqual(
			self.sent().json["files"],
			[
				{"name": first.file_name, "mime": "application/zip", "bytes": len(ZIP), "data": text(ZIP)},
				{"name": second.file_name, "mime": "image/png", "bytes": len(PICTURE), "data": text(PICTURE)},
			],
		)

	def test_no_contents_are_kept_in_the_log(self):
		attach(self.doc, ZIP * 1000)
		self.sent()
		attempt = frappe.get_all("Sync Attempt", fields=["request_body"])[0]
		kept = json.dumps([self.events(), attempt], default=str)
		self.assertNotIn(text(ZIP * 1000)[:200], kept)
		self.assertIn("erp-connect-file-", attempt.request_body)

	def test_a_text_file_keeps_its_bytes(self):
		attach(self.doc, "\ufeffgrün\r\n".encode(), f"{frappe.generate_hash(length=8)}.csv")
		self.assertEqual(self.sent().json["files"][0]["data"], text("\ufeffgrün\r\n".encode()))

	def test_attaching_a_file_sends_the_document_where_the_flow_is_started_by_files(self):
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.append("triggers", {"trigger_doctype": "File", "match_fields": "name=attached_to_name"})
		flow.save()
		self.deliver()
		attach(self.doc)
		self.deliver()
		self.assert_arrived(2)
		self.assertEqual(self.arrived()[-1].json["files"][0]["data"], text(ZIP))

	def test_a_document_without_files_goes_out_without(self):
		self.assertEqual(self.sent().json, {"name": self.doc.name, "files": []})


class TestField(FileTestCase):
	rows = (
		make.row("name", "name"),
		make.row("_files.image.content", "picture.data"),
		make.row("_files.image.name", "picture.name"),
	)

	def test_the_file_of_a_field_goes_out(self):
		file = attach(self.doc, PICTURE, f"{frappe.generate_hash(length=8)}.png", is_private=0)
		frappe.db.set_value("Brand", self.doc.name, "image", file.file_url)
		self.assertEqual(self.sent().json["picture"], {"data": text(PICTURE), "name": file.file_name})

	def test_an_empty_field_is_left_out(self):
		self.assertEqual(self.sent().json, {"name": self.doc.name})

	def test_a_file_that_is_gone_is_told_and_sent_once_it_is_attached_again(self):
		frappe.db.set_value("Brand", self.doc.name, "image", "/files/gone-for-good.png")
		self.deliver()
		row = self.event()
		self.assertEqual(row.status, "Failed", self.history())
		self.assertIn("There is no file /files/gone-for-good.png on this site any more", row.error)
		self.assertIn("Attach it again; then press Retry", row.error)
		file = attach(self.doc, PICTURE, f"{frappe.generate_hash(length=8)}.png", is_private=0)
		frappe.db.set_value("Brand", self.doc.name, "image", file.file_url)
		replay.retry([row.name])
		self.assertEqual(self.sent().json["picture"]["data"], text(PICTURE))

	def test_a_link_to_another_server_is_not_followed(self):
		frappe.db.set_value("Brand", self.doc.name, "image", self.receiver.url("/secret.png"))
		self.deliver()
		self.assertEqual(self.event().status, "Failed")
		self.assertIn("is only a link to", self.event().error)
		self.assert_arrived(0)


class TestLinkedDocument(FileTestCase):
	def test_the_file_of_a_linked_document_goes_out(self):
		file = attach(self.doc, PICTURE, f"{frappe.generate_hash(length=8)}.png", "image")
		frappe.db.set_value("Brand", self.doc.name, "image", file.file_url)
		frappe.db.delete("Sync Log")
		make.flow(
			"Item",
			make.rest("/items"),
			[make.row("item_code", "sku"), make.row("brand_doc._files.image.content", "logo")],
			linked_documents=[{"link_field": "brand", "alias": "brand_doc"}],
		)
		item = make.item()
		item.update({"brand": self.doc.name}).save()
		self.deliver()
		self.assertEqual(self.arrived("/items")[-1].json, {"sku": item.name, "logo": text(PICTURE)})


class TestBatch(FileTestCase):
	flow = {"batch_size": 3, "batch_path": "records"}

	def test_each_record_of_a_request_has_its_own_files(self):
		other = make.brand()
		contents = {doc.name: unique() for doc in (self.doc, other)}
		for doc in (self.doc, other):
			attach(doc, contents[doc.name])
		self.deliver()
		self.assert_arrived(1)
		self.assertEqual(
			{record["name"]: record["files"][0]["data"] for record in self.arrived()[0].json["records"]},
			{name: text(content) for name, content in contents.items()},
		)


class TestInParts(FileTestCase):
	rows = (
		make.row("name", "name"),
		make.row("description", "meta.text"),
		make.row("_attachments[0].content", "file"),
	)
	flow = {"payload_format": "Multipart"}

	def test_the_file_is_a_part_beside_the_other_fields(self):
		name = f'größe "1" {frappe.generate_hash(length=6)}.zip'
		attach(self.doc, ZIP, name)
		request = self.sent()
		head = f"Content-Type: {request.header('Content-Type')}\r\n\r\n".encode()
		parts = BytesParser().parsebytes(head + request.body).get_payload()
		found = {
			part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
			for part in parts
		}
		self.assertEqual(found, {"name": self.doc.name.encode(), "meta[text]": b"first", "file": ZIP})
		self.assertEqual(parts[-1].get_content_type(), "application/zip")
		self.assertIn("größe", request.body.decode("utf-8", "replace"))

	def test_an_edited_payload_keeps_the_form_of_its_lines(self):
		attach(self.doc)
		first = self.sent()
		edited = self.event().request_body.replace("\r\n", "\n").replace("first", "other")
		replay.replay_edited(self.event().name, edited)
		self.deliver()
		self.assertEqual(self.arrived()[-1].body, first.body.replace(b"first", b"other"))

	def test_a_retry_sends_the_same_bytes(self):
		attach(self.doc)
		self.receiver.script("/brands", "500", "201")
		self.deliver()
		self.later()
		self.sent()
		first, second = self.arrived()
		self.assertEqual(first.body, second.body)
		self.assertEqual(first.header("Content-Type"), second.header("Content-Type"))


class TestChanged(FileTestCase):
	settings = {"retry_schedule": "10s, 60s", "breaker_threshold": 0}

	def fail_once(self) -> None:
		self.receiver.script("/brands", "503", "201", "201")
		self.deliver()
		self.assertEqual(self.statuses(), ["Retrying"], self.history())

	def test_a_file_that_was_removed_meanwhile_is_told_and_retry_sends_the_document_as_it_is(self):
		file = attach(self.doc, unique())
		self.fail_once()
		frappe.delete_doc("File", file.name)
		self.later()
		self.deliver()
		row = self.event()
		self.assertEqual((row.status, row.outcome), ("Failed", "file_changed"))
		self.assertIn(file.file_name, row.error)
		self.assert_arrived(1)
		replay.retry([row.name])
		self.assertEqual(self.sent().json["files"], [])

	def test_the_same_file_attached_again_will_do(self):
		content = unique()
		file = attach(self.doc, content)
		self.fail_once()
		frappe.delete_doc("File", file.name)
		attach(self.doc, content)
		self.later()
		self.assertEqual(self.sent().json["files"][0]["data"], text(content))

	def test_a_replay_sends_the_same_contents(self):
		attach(self.doc)
		first = self.sent()
		replay.replay([self.event().name])
		self.deliver()
		self.assertEqual(self.arrived()[-1].body, first.body)

	def test_another_file_is_news_and_the_same_one_is_none(self):
		frappe.db.set_value("Field Mapping", "Test Brand", "only_changed", 1)
		frappe.db.set_value("Field Mapping", "Test Brand", "external_id_expression", "id")
		frappe.get_doc("Field Mapping", "Test Brand").save()
		attach(self.doc)
		self.deliver()
		self.doc.save()
		self.deliver()
		self.assert_arrived(1)
		attach(self.doc, PICTURE)
		self.doc.reload()
		self.doc.save()
		self.deliver()
		self.assert_arrived(2)


class TestRefused(FileTestCase):
	def refused(self, text: str) -> None:
		self.deliver()
		self.assertEqual(self.event().status, "Failed", self.history())
		self.assertIn(text, self.event().error)
		self.assert_arrived(0)

	def test_more_than_the_account_allows(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "max_payload_kb", 2)
		attach(self.doc, ZIP * 200)
		self.refused("raise Largest payload")

	def test_a_size_that_is_not_true_is_found_out_when_the_file_is_read(self):
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "max_payload_kb", 2)
		frappe.db.set_value("File", attach(self.doc, ZIP * 200).name, "file_size", 1)
		self.refused("raise Largest payload")

	def test_contents_that_a_transform_would_cut(self):
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.rows[-1].update({"transform": "Truncate", "argument": "20"})
		flow.save()
		attach(self.doc)
		self.refused("changed by a transform")

	def test_a_text_with_the_mark_of_another_document_gets_no_file(self):
		other = make.brand()
		file = attach(other, b"secret")
		flow = frappe.get_doc("Field Mapping", "Test Brand")
		flow.append("rows", make.row("description", "text"))
		flow.save()
		shown = preview.preview(flow, other.name)["payload"]["files"][0]["data"]
		self.assertIn("erp-connect-file-", shown, file.name)
		frappe.db.delete("Sync Log")
		self.doc.update({"description": shown}).save()
		self.refused("no file of the document has it")

	def test_a_private_file_that_the_account_s_user_may_not_read(self):
		source = frappe._dict(doctype="User", name="Administrator", user_image="")
		file = attach(frappe.get_doc("User", "Administrator"), unique())
		Files([make.USER]).add(source, "User")
		entry = next(one for one in source["_attachments"] if one.get("field") == "" and "id" not in one)
		with self.assertRaisesRegex(ConnectError, "may not read the file"):
			entry.get("name")
		frappe.delete_doc("File", file.name)

	def test_a_private_file_of_another_document_named_in_a_field(self):
		file = attach(frappe.get_doc("User", "Administrator"), unique())
		self.addCleanup(frappe.delete_doc, "File", file.name)
		frappe.db.set_value("Brand", self.doc.name, "image", file.file_url)
		self.refused(f"{file.file_url} is not attached to Brand {self.doc.name}")

	def test_an_attachment_that_is_only_a_link(self):
		attach(self.doc, b"", file_url=self.receiver.url("/secret.zip"))
		self.refused("is only a link to")

	def test_a_file_that_is_gone_from_the_disk(self):
		file = attach(self.doc, unique())
		os.remove(file.get_full_path())
		self.refused("were changed or removed")

	def test_the_file_of_a_field_that_may_not_be_read(self):
		setter = make_property_setter("Brand", "image", "permlevel", 3, "Int")
		frappe.clear_cache(doctype="Brand")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.clear_cache, doctype="Brand")
		self.addCleanup(frappe.delete_doc, "Property Setter", setter.name, force=True)
		attach(self.doc, PICTURE, "logo.png", "image")
		self.refused("may not read field image of Brand")
