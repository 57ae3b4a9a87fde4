"""Google Drive connected: files of documents out, in parts, and what may happen on the way."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from erp_connect.compat import file_content
from erp_connect.outbound import settle
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.google_drive_case import GoogleDriveCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.bench.systems.system_case import CLERK
from erp_connect.tests.fakes.carrier_http import label
from erp_connect.tests.fakes.google_drive import DOCUMENT, INBOX, SHORTCUT

KIB = 1024


class TestAccount(GoogleDriveCase):
	@proves("Installed by entries alone")
	def test_all_flows_can_be_switched_on_by_what_was_entered(self):
		told = self.connect_all()
		self.assertTrue(all(asked["help"] for asked in told["inputs"]))

	@proves("Wrong credentials told", "Token expired")
	def test_a_token_that_ended_is_fetched_anew_and_a_key_that_is_wrong_pauses(self):
		self.connect()
		doc = self.customer()
		self.attach(doc, "a.zip", b"a")
		self.send()
		self.fake.tokens.clear()
		second = self.attach(doc, "b.zip", b"b")
		self.send()
		self.assertEqual(self.there(second)["content"], b"b")
		self.fake.tokens.clear()
		self.fake.client_email = "another@project.iam.gserviceaccount.com"
		self.attach(doc, "c.zip", b"c")
		self.send()
		self.assert_paused("Invalid JWT Signature")

	def test_as_a_person(self):
		client, secret = self.fake.client
		self.connect(entries={"client_id": client, "client_secret": secret}, auth="person")
		app = frappe.get_doc(
			"Connected App", frappe.db.get_value("Integration Settings", self.account, "connected_app")
		)
		self.addCleanup(self.remove_app, app.name)
		self.assertEqual(app.authorization_uri, "https://accounts.google.com/o/oauth2/v2/auth")
		self.assertIn(("access_type", "offline"), [(row.key, row.value) for row in app.query_parameters])


class TestFilesOut(GoogleDriveCase):
	@proves("Files out", "Folder made once")
	def test_files_of_chosen_documents_go_into_a_folder_of_their_kind(self):
		self.connect()
		doc = self.customer()
		files = [self.attach(doc, f"{self.mark}-{n}.zip", b"%d" % n) for n in range(2)]
		item = frappe.get_doc("Company", self.company)
		self.attach(item, "not-chosen.zip", b"x")
		self.send()
		self.assertEqual(self.folders(), ["Customer"], self.history())
		for number, file in enumerate(files):
			one = self.there(file)
			self.assertEqual((one["name"], one["content"]), (file.file_name, b"%d" % number))
			self.assertEqual(self.fake.files[one["parents"][0]]["name"], "Customer")
			self.assertEqual(one["mimeType"], "application/zip")
			(link,) = self.links(document_type="File", document_name=file.name)
			self.assertEqual((link.external_id, link.external_url), (one["id"], one["webViewLink"]))
		self.assert_all_done()
		self.assertEqual(len(self.fake.sessions), 2)

	def test_folders_for_each_party_and_month_are_made_once(self):
		docs = [self.customer(), self.customer()]
		month = f"Customer {frappe.utils.nowdate()[:7]}"
		for kind, folders in (("party", [doc.name for doc in docs]), ("month", [month])):
			self.connect(name=f"By {kind}", entries={"folders": kind})
			for doc in (*docs, docs[0]):
				self.attach(doc, f"{make.unique(kind)}.zip".replace(" ", "-"), b"a")
			self.send()
			self.assert_all_done()
			self.assertEqual(self.folders()[-len(folders) :], folders, self.history())
		self.assertEqual(len(self.folders()), 3)

	@proves("Names without clashes")
	def test_two_files_of_one_name(self):
		self.connect()
		name = "it's \\ scan.zip"
		files = [self.attach(self.customer(), "scan.zip", content) for content in (b"one", b"two")]
		for file in files:
			frappe.db.set_value("File", file.name, "file_name", name)
		self.send()
		there = sorted((self.there(file)["createdTime"], file.name) for file in files)
		names = [self.there(file)["name"] for file in files]
		self.assertEqual(sorted(names), sorted([name, f"{there[1][1]} {name}"]), self.history())

	@proves("Large file in parts", "Killed between parts")
	def test_parts_go_on_where_they_were_after_the_death_of_a_worker(self):
		self.connect()
		self.in_parts_of(256)
		content = bytes(range(256)) * 3 * KIB + b"the end"
		file = self.attach(self.customer(), f"{self.mark}.bin", content)
		written = settle.deliveries
		died: list[int] = []

		def dies(items, *more, **how):
			if items and items[0].prepared.part and items[0].prepared.part.start and not died:
				died.append(items[0].prepared.part.start)
				raise KeyboardInterrupt
			return written(items, *more, **how)

		with patch.object(settle, "deliveries", dies), self.assertRaises(KeyboardInterrupt):
			self.send()
		frappe.db.rollback()
		self.later()
		self.send()
		self.assertEqual(died, [256 * KIB])
		self.assertEqual(self.there(file)["content"], content)
		total = len(content)
		self.assertEqual(
			self.fake.ranges,
			[
				f"bytes 0-{256 * KIB - 1}/{total}",
				f"bytes {256 * KIB}-{512 * KIB - 1}/{total}",
				f"bytes */{total}",
				f"bytes {512 * KIB}-{768 * KIB - 1}/{total}",
				f"bytes {768 * KIB}-{total - 1}/{total}",
			],
			self.history(),
		)
		self.assertEqual(len(self.fake.sessions), 1)
		self.assert_all_done()

	@proves("Answer lost after the work was done")
	def test_a_lost_answer_to_the_last_part_makes_no_second_file(self):
		self.connect()
		file = self.attach(self.customer(), f"{self.mark}.zip", b"x" * 100)
		self.fake.lose_answer()
		self.send()
		self.later()
		self.send()
		self.assertEqual(self.there(file)["content"], b"x" * 100)
		self.assertEqual(self.fake.ranges, ["bytes 0-99/100", "bytes */100"])
		self.assert_all_done()

	@proves("Expired upload begun anew", "Error 500 survived")
	def test_an_upload_that_ended_begins_anew(self):
		self.connect()
		self.in_parts_of(256)
		content = b"y" * (300 * KIB)
		file = self.attach(self.customer(), f"{self.mark}.bin", content)
		# Of the first part, the other side keeps less than it was sent.
		self.fake.keeps_part = 100 * KIB
		self.fake.trouble(500, "PUT", "/upload")
		self.send()
		self.later()
		self.fake.sessions.clear()
		self.send()
		self.assertEqual(self.event().outcome, "upload_ended", self.history())
		self.later()
		self.send()
		self.assertEqual(self.there(file)["content"], content)
		self.assertIn(f"bytes {100 * KIB}-{300 * KIB - 1}/{300 * KIB}", self.fake.ranges)
		self.assert_all_done()

	@proves("Throttled")
	def test_too_many_requests_are_waited_for(self):
		self.connect()
		file = self.attach(self.customer(), f"{self.mark}.zip", b"x")
		for status in (403, 429):
			self.fake.trouble(status)
			self.send()
			self.assertEqual(self.event().outcome, "throttled", self.history())
			self.later()
		self.send()
		self.assertEqual(self.there(file)["content"], b"x")

	@proves("Changed here", "Removed here")
	def test_what_is_changed_or_removed_here_follows(self):
		self.connect()
		file = self.attach(self.customer(), f"{self.mark}.zip", b"first")
		self.send()
		id_ = self.there(file)["id"]
		file.reload()
		file.save_file(content=b"second", overwrite=True)
		file.save()
		self.send()
		self.assertEqual((self.there(file)["id"], self.there(file)["content"]), (id_, b"second"))
		file.delete()
		self.send()
		self.assertTrue(self.fake.files[id_]["trashed"], self.history())
		self.assert_all_done()

	def test_by_choice_neither_follows(self):
		self.connect(entries={"changed": "no", "removed": "keep", "folders": "none"})
		file = self.attach(self.customer(), f"{self.mark}.zip", b"first")
		self.send()
		one = self.there(file)
		self.assertEqual((self.folders(), one["parents"]), ([], [self.fake.below()[0]["parents"][0]]))
		file.reload()
		file.save_file(content=b"second", overwrite=True)
		file.save()
		file.delete()
		self.send()
		self.assertEqual((one["content"], one["trashed"]), (b"first", False))

	@proves("File that may not be read is refused")
	def test_the_user_has_to_be_allowed_to_read_the_document(self):
		self.connect(entries={"documents": "Customer, Project Type"})
		doc = frappe.get_doc(
			{"doctype": "Project Type", "project_type": self.mark, "description": "-"}
		).insert()
		self.assertFalse(frappe.has_permission("Project Type", "read", user=CLERK))
		for private in (0, 1):
			self.attach(doc, f"{self.mark}-{private}.zip", b"secret %d" % private, is_private=private)
		self.send()
		self.assertEqual([row.outcome for row in self.events()], ["no_permission"] * 2, self.history())
		self.assertEqual(self.fake.calls, [])

	@proves("Two accounts never mixed")
	def test_two_accounts_have_a_copy_each(self):
		second = self.system.fake()
		self.addCleanup(second.stop)
		first = self.fake
		self.connect(name="One")
		self.connect(name="Two", fake=second)
		file = self.attach(self.customer(), f"{self.mark}.zip", b"x")
		for name, fake in (("One", first), ("Two", second)):
			self.account, self.fake = name, fake
			self.send()
			self.there(file)
			self.assertEqual(len(self.links(integration=name, document_name=file.name)), 1)


class TestFilesIn(GoogleDriveCase):
	def pulled(self) -> None:
		self.assertEqual(self.pull("Files in").status, "Idle", self.history())

	def put(self, doc, ending: str, content: bytes = b"x", **values) -> str:
		return self.fake.add(f"{doc.name}{ending}", content, INBOX, **values)

	@proves("Files in", "Several pages", "Changes only", "Changed outside")
	def test_files_are_attached_to_the_document_that_their_name_begins_with(self):
		self.connect("Files in")
		self.in_small_pages("Files in")
		doc = self.customer_called(self.mark)
		ids = [self.put(doc, f" page {number}.zip", b"%d" % number) for number in range(3)]
		ids.append(self.fake.add("scan.zip", b"3", INBOX, appProperties={"document": doc.name}))
		self.pulled()
		files = [self.linked("file", id_) for id_ in ids]
		for number, file in enumerate(files):
			self.assertEqual((file.attached_to_doctype, file.attached_to_name), ("Customer", doc.name))
			self.assertEqual((file.is_private, file_content(file)), (1, b"%d" % number))
		before = len(self.events())
		self.fake.change(ids[1], b"changed")
		self.pulled()
		self.assertEqual(len(self.events()), before + 1, self.history())
		changed = self.linked("file", ids[1])
		self.assertEqual((changed.name, file_content(changed)), (files[1].name, b"changed"), self.history())
		self.assertEqual(frappe.db.count("File", {"attached_to_name": doc.name}), 4)
		self.assert_all_done()

	@proves("Documents of its own exported", "What cannot be had is told")
	def test_documents_are_exported_and_the_rest_says_why_it_is_not_here(self):
		self.connect("Files in")
		doc = self.customer_called(self.mark)
		words = label("words")
		exported = self.put(doc, " notes", words, mimeType=DOCUMENT)
		self.put(doc, " link", mimeType=SHORTCUT)
		nobody = f"{self.mark}-not-yet"
		waits = self.fake.add(f"{nobody}.zip", b"x", INBOX)
		self.pulled()
		file = self.linked("file", exported)
		self.assertEqual((file.file_name, file_content(file)), (f"{doc.name} notes.pdf", words))
		wrong = {row.outcome: row.error for row in self.events() if row.status not in ("Processed",)}
		self.assertIn(f"{doc.name} link cannot be taken", wrong["bad_record"])
		self.assertIn("Make it, or rename the file outside", wrong["no_document"])
		self.customer_called(nobody)
		self.later()
		self.work()
		self.linked("file", waits)

	def test_a_name_that_only_the_database_takes_for_another_is_nobodys(self):
		self.connect("Files in")
		doc = self.customer_called(f"Müller-{self.mark}")
		self.fake.add(f"Muller-{self.mark} scan.zip", b"x", INBOX)
		small = self.fake.add(f"müller-{self.mark} scan.zip", b"y", INBOX)
		self.pulled()
		self.assertEqual(self.linked("file", small).attached_to_name, doc.name)
		self.assertEqual(frappe.db.count("File", {"attached_to_name": doc.name}), 1, self.history())
		self.assertEqual([row.outcome for row in self.events(status="Retrying")], ["no_document"])

	@proves("Own files do not come back")
	def test_what_was_sent_does_not_come_back(self):
		self.connect("Files out", "Files in", entries={"folder": INBOX, "folders": "none"})
		doc = self.customer_called(self.mark)
		self.attach(doc, f"{doc.name} mine.zip", b"mine")
		self.send()
		theirs = self.put(doc, " theirs.zip", b"theirs")
		self.pulled()
		self.send()
		self.linked("file", theirs)
		self.assertEqual(len(self.fake.below(INBOX)), 2, self.history())
		self.assertEqual(frappe.db.count("File", {"attached_to_name": doc.name}), 2)
