"""An account that leads to another address: a person says whether the ids in its links are still those of its records."""

from __future__ import annotations

import frappe

from erp_connect.operate import replay
from erp_connect.store import sync_cursor
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.fakes.fault_server import FaultServer, Reply


class TestMovedLinks(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.other = FaultServer().start()
		self.addCleanup(self.other.stop)
		make.account(self.receiver.url(), inputs=[{"key": "shop", "value": "first"}])
		make.brand_flow()
		self.commit()
		self.doc = make.brand("first")
		self.deliver()

	def change(self, **values):
		"""Save the account as its form does, in a request of its own."""
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.update(values)
		try:
			doc.save()
		except Exception:
			frappe.db.rollback()
			raise
		self.commit()
		return doc

	def edit(self, text: str) -> None:
		doc = frappe.get_doc("Brand", self.doc.name)
		doc.description = text
		doc.save()
		self.deliver()

	def asked(self, **values) -> str:
		with self.assertRaises(frappe.ValidationError) as raised:
			self.change(**values)
		self.assertEqual(len(self.links()), 1)
		return str(raised.exception)

	def test_a_move_without_a_word_is_refused(self):
		told = self.asked(base_url=self.other.url())
		self.assertIn(self.other.url().rstrip("/"), told)
		self.assertIn("Links after the move", told)

	def test_a_shop_at_a_new_address_keeps_its_links(self):
		doc = self.change(base_url=self.other.url(), links_when_moved="Keep")
		self.assertFalse(doc.links_when_moved)
		self.edit("second")
		self.assertEqual(
			[(sent.method, sent.json["text"]) for sent in self.other.requests], [("PUT", "second")]
		)

	def test_another_shop_gets_records_of_its_own(self):
		self.change(base_url=self.other.url(), links_when_moved="Forget")
		self.assertEqual(self.links(), [])
		self.edit("second")
		self.assertEqual([sent.method for sent in self.other.requests], ["POST"], self.history())

	def test_what_waited_for_the_other_shop_is_not_sent_to_this_one(self):
		self.receiver.script("/brands/" + self.links()[0].external_id, "503")
		self.edit("second")
		self.change(base_url=self.other.url(), links_when_moved="Forget")
		self.later()
		self.deliver()
		self.assertEqual(self.other.requests, [])
		last = self.events()[-1]
		self.assertEqual((last.status, last.outcome), ("Cancelled", "other_system"))

	def test_what_was_sent_to_the_other_shop_is_not_repeated_to_this_one(self):
		self.edit("second")
		sent = [event.name for event in self.events()]
		(again,) = replay.replay(sent[1:], older=True).created
		self.change(base_url=self.other.url(), links_when_moved="Forget")
		frappe.clear_messages()
		self.assertEqual(replay.replay(sent, older=True).created, [])
		self.assertIn("2 events were left out: their requests were built for", str(frappe.get_message_log()))
		with self.assertRaisesRegex(frappe.ValidationError, "hold ids of its records"):
			replay.replay_edited(sent[1], "{}")
		self.assertEqual(replay.retry([again]), 0)
		self.deliver()
		self.assertEqual(self.other.requests, [], self.history())
		# Of an account of the same name that was made anew, as well.
		frappe.delete_doc("Integration Settings", make.ACCOUNT, force=True)
		make.account(self.other.url())
		self.assertEqual(replay.replay(sent, older=True).created, [])

	def test_a_retry_of_what_waited_is_built_for_this_shop(self):
		path = "/brands/" + self.links()[0].external_id
		self.receiver.script(path, Reply(fault="close"))
		frappe.get_doc("Field Mapping", "Test Brand").update(
			{"requests": [make.request("Insert", "POST", "/brands"),
				make.request("Update", "POST", "/brands/{external_id}", operation="Send")]}
		).save()  # fmt: skip
		self.edit("second")
		(event,) = self.events(status="Retrying", frozen=1)
		self.change(base_url=self.other.url(), links_when_moved="Forget")
		replay.retry([event.name])
		self.deliver()
		self.assertEqual(self.other.requests, [], self.history())
		self.event(name=event.name, status="Retrying", outcome="missing_link")

	def test_pulls_begin_anew(self):
		sync_cursor.ensure("Test Brand", make.ACCOUNT)
		sync_cursor.make_due("Test Brand", since="2026-11-01T00:00:00Z")
		self.change(base_url=self.other.url(), links_when_moved="Forget")
		self.assertFalse(frappe.get_value("Sync Cursor", {"field_mapping": "Test Brand"}, "since"))

	def test_the_place_of_a_pull_alone_is_asked_for_as_well(self):
		frappe.db.delete("Sync Link")
		sync_cursor.ensure("Test Brand", make.ACCOUNT)
		sync_cursor.make_due("Test Brand", since="2026-11-01T00:00:00Z")
		with self.assertRaises(frappe.ValidationError):
			self.change(base_url=self.other.url())

	def test_from_sandbox_to_production_is_a_move(self):
		here = self.receiver.url()
		self.change(sandbox_base_url=here, environment="Sandbox")
		self.change(base_url=self.other.url())  # nothing goes there yet
		self.asked(environment="Production")
		self.change(environment="Production", links_when_moved="Forget")

	def test_an_input_in_the_address_is_a_move(self):
		shops = self.receiver.url().rstrip("/") + "/{input.shop}"
		self.change(base_url=shops, links_when_moved="Keep")
		self.asked(inputs=[{"key": "shop", "value": "second"}])

	def test_another_release_of_the_api_is_the_same_system(self):
		here = self.receiver.url().rstrip("/")
		self.change(base_url=f"{here}/api", links_when_moved="Keep")
		for path in ("/api/v2/", "/api/2026-10", "/api/v3.1"):
			self.change(base_url=here + path)

	def test_without_links_nothing_is_asked(self):
		frappe.db.delete("Sync Link")
		self.change(base_url=self.other.url())

	def test_another_shop_at_the_same_address_can_be_told(self):
		self.change(links_when_moved="Forget")
		self.assertEqual(self.links(), [])

	def test_webhooks_of_the_other_shop_are_removed_first(self):
		frappe.get_doc(
			{
				"doctype": "Webhook Subscription", "integration": make.ACCOUNT, "topic": "x", "remote_id": "1",
				"status": "Registered",
			}
		).db_insert()  # fmt: skip
		self.assertIn("Webhooks", self.asked(base_url=self.other.url(), links_when_moved="Forget"))
