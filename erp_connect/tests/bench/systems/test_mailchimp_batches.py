"""Many members at once: batches that Mailchimp works off by and by."""

from __future__ import annotations

import gzip
import json
from unittest.mock import patch

import frappe

from erp_connect.config import account as accounts
from erp_connect.config.flow_warnings import warnings
from erp_connect.core.guard.egress import Policy
from erp_connect.operate import replay
from erp_connect.outbound import backfill, claim, later_batches, later_results, sending
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.crm_case import PERSON
from erp_connect.tests.bench.systems.mailchimp_case import MailchimpCase
from erp_connect.tests.bench.systems.system import proves
from erp_connect.tests.fakes.mailchimp import KEY, LIST, member_id


class TestBatches(MailchimpCase):
	def setUp(self) -> None:
		super().setUp()
		# The other host of the test is this machine, where no results are had from otherwise.
		here = patch.object(later_results, "elsewhere", lambda: Policy.of(["127.0.0.0/8"]))
		here.start()
		self.addCleanup(here.stop)

	def three(self, *addresses: str, flow: str = "Contacts") -> list:
		"""A connected flow that makes a batch of three, and contacts that wait to be sent."""
		self.connect(flow)
		frappe.db.set_value("Field Mapping", self.flow(flow), "batch_from", 3)
		frappe.clear_cache(doctype="Field Mapping")
		found = [self.contact(email=address) for address in addresses or map(self.mail, "abc")]
		self.commit()
		return found

	def posts(self) -> int:
		return len(self.fake.batches.all)

	def sent(self) -> list:
		return self.events(direction="Outgoing")

	def test_all_go_through_in_one_batch_and_each_knows_its_member(self):
		docs = self.three()
		self.send()
		self.assertEqual((self.posts(), self.fake.members), (1, {}))
		self.assertEqual(
			{(event.status, event.outcome) for event in self.sent()}, {("Queued", "batch_under_way")}
		)
		self.later()
		self.send()
		self.assertEqual(len(self.fake.members), 3, self.history())
		ids = {self.id_of(doc, PERSON) for doc in docs}
		self.assertEqual(ids, set(self.fake.members))
		self.assertEqual([path for method, path, _ in self.fake.calls if method == "PUT"], [])
		self.assertEqual({event.steps for event in self.sent()}, {None})
		self.assert_all_done()

	def test_of_two_of_one_address_only_the_first_goes_along(self):
		first, second, *others = self.three(self.mail("a"), self.mail("A"), self.mail("b"), self.mail("c"))
		for _ in range(3):
			self.send()
			self.assertEqual(len(self.events(reference_name=second.name, external_id=("is", "set"))), 0)
			self.later()
		self.assertEqual(self.posts(), 1)
		self.assertEqual(self.member(self.mail("a"))["merge_fields"]["ERPNEXT"], f"Contact: {first.name}")
		self.assertEqual(len(self.fake.members), 1 + len(others))
		(event,) = self.events(reference_name=second.name)
		self.assertEqual((event.status, event.outcome), ("Failed", "same_record"), self.history())

	def test_so_many_are_taken_at_a_time_that_they_can_go_together(self):
		self.three(*(self.mail(name) for name in "abcdefgh"))
		with patch.object(sending, "BATCH", 2), patch.object(sending, "SMALLEST_BATCH", 2):
			self.send()
		self.assertEqual((len(self.fake.members), self.posts()), (2, 2), self.history())

	def test_few_go_by_themselves(self):
		self.three(self.mail("a"), self.mail("b"))
		self.send()
		self.assertEqual((self.posts(), len(self.fake.members)), (0, 2))

	def test_a_flow_whose_system_has_no_such_batches_is_warned_of(self):
		self.connect("Contacts")
		flow = frappe.get_doc("Field Mapping", self.flow("Contacts"))
		self.assertEqual(flow.batch_from, 50)
		self.assertEqual([text for text in warnings(flow) if "batch" in text], [])
		frappe.db.set_value("Integration Settings", self.account, "system", "")
		(text,) = [text for text in warnings(flow) if "batch" in text]
		self.assertIn("no effect", text)

	@proves("Batch of which one is refused")
	def test_one_that_is_refused_fails_alone_with_its_reason(self):
		self.three(self.mail("a"), "jane@example.invalid", self.mail("c"))
		self.send()
		self.later()
		self.send()
		self.assertEqual(sorted(event.status for event in self.sent()), ["Delivered", "Delivered", "Failed"])
		(failed,) = [event for event in self.sent() if event.status == "Failed"]
		self.assertIn("looks fake", failed.error)
		self.assertEqual(failed.response_status, 400)

	def test_a_worker_that_dies_leaves_the_batch_to_the_next_one(self):
		self.three()
		self.send()
		self.later()
		taken = claim.claim(accounts.load(self.account), "dead", 10)
		self.assertEqual(len(taken.events), 3)
		self.later()
		self.send()
		self.assertEqual((self.posts(), len(self.fake.members)), (1, 3))
		self.assert_all_done()

	def test_what_is_not_finished_is_asked_again_later_and_others_go_on(self):
		second = self.system.fake()
		self.addCleanup(second.stop)
		first, *_ = self.three()
		account = self.account
		self.fake.batches.looks = 3
		self.send()
		self.later()
		self.send()
		self.assertEqual({event.status for event in self.sent()}, {"Queued"})
		self.assertEqual({event.attempts for event in self.sent()}, {0})
		# A later change stays behind.
		first.reload()
		first.first_name = "Joan"
		first.save()
		self.connect("Contacts", name="Other", fake=second, company=other_company())
		self.contact(email=self.mail("other"))
		self.commit()
		self.deliver("Other")
		self.assertEqual(len(second.members), 1)
		for _ in range(4):
			self.later()
			self.deliver(account)
		self.assertEqual(self.posts(), 1)
		self.assertEqual(self.member(self.mail("a"))["merge_fields"]["FNAME"], "Joan", self.history())

	def test_the_address_of_the_results_gets_no_secrets(self):
		self.three()
		self.send()
		self.later()
		self.send()
		(headers,) = self.fake.batches.store.headers
		self.assertNotIn("Authorization", headers)
		self.assertNotIn(KEY, str(headers))

	def test_results_that_cannot_be_had_now_are_asked_for_again(self):
		self.three()
		self.send()
		self.fake.batches.store.is_open = False
		self.later()
		self.send()
		self.assertEqual({(e.status, e.outcome) for e in self.sent()}, {("Retrying", "batch_unread")})
		self.assertIn("answered 503", self.sent()[0].error)
		self.fake.batches.store.is_open = True
		self.later()
		self.send()
		self.assertEqual(self.posts(), 1)
		self.assert_all_done()

	def test_who_presses_retry_meanwhile_has_the_document_sent_as_it_is_now(self):
		first, *_ = self.three()
		self.send()
		self.fake.batches.store.is_open = False
		self.later()
		self.send()
		self.fake.batches.store.is_open = True
		event = next(event for event in self.sent() if event.reference_name == first.name)
		replay.retry([event.name])
		self.commit()
		self.send()
		self.assertEqual(
			[path for method, path, _ in self.fake.calls if method == "PUT"],
			[f"/3.0/lists/{LIST}/members/{member_id(self.mail('a'))}"],
		)
		self.later()
		self.send()
		self.assert_all_done()

	def test_results_at_an_address_that_is_not_called_are_told(self):
		with patch.object(later_results, "elsewhere", lambda: Policy.of()):
			self.three()
			self.send()
			self.later()
			self.send()
		self.assertEqual(self.fake.batches.store.headers, [])
		self.assert_unreadable("batch1")

	def test_a_broken_archive_is_told_and_a_retry_sends_anew(self):
		self.fake.batches.content = b"\x1f\x8bno archive"
		self.three()
		self.send()
		self.later()
		self.send()
		self.assert_unreadable("compressed")
		self.fake.batches.content = None
		replay.retry([event.name for event in self.sent()])
		self.commit()
		self.send()
		self.later()
		self.send()
		self.assertEqual(self.posts(), 2)
		self.assert_all_done()

	def test_an_archive_that_would_become_huge_is_told(self):
		self.fake.batches.content = gzip.compress(bytes(70 * 1024 * 1024))
		self.three()
		self.send()
		self.later()
		self.send()
		self.assert_unreadable("more than")

	def test_a_batch_that_is_forgotten_or_never_ends_is_sent_anew(self):
		self.three()
		self.send()
		self.fake.batches.all["batch0"] = self.fake.batches.all.pop("batch1")
		self.later()
		self.send()
		self.assertEqual({(e.status, e.outcome) for e in self.sent()}, {("Retrying", "batch_lost")})
		self.fake.batches.looks = 99
		self.later()
		self.send()
		self.assertEqual(self.posts(), 2)
		self.later()
		with patch.object(later_batches, "HOUR", 0):
			self.send()
		self.assertEqual({(e.status, e.outcome) for e in self.sent()}, {("Retrying", "batch_unfinished")})
		self.assertIn("24 hours", self.sent()[0].error)
		self.fake.batches.looks = 1
		for _ in range(2):
			self.later()
			self.send()
		self.assertEqual(self.posts(), 3)
		self.assert_all_done()

	def test_existing_documents_go_on_while_batches_are_worked_off(self):
		self.connect("Contacts", switch_on=False)
		frappe.db.set_value("Field Mapping", self.flow("Contacts"), "batch_from", 3)
		frappe.clear_cache(doctype="Field Mapping")
		names = [self.contact(email=self.mail(name)).name for name in "abcdef"]
		self.commit()
		self.switch_on()
		flow = frappe.get_doc("Field Mapping", self.flow("Contacts"))
		with patch.object(backfill, "CHUNK", 3), patch.object(backfill, "AHEAD", 3):
			started = backfill.start(flow, json.dumps([["name", "in", names]]), only_unlinked=False)
			self.commit()
			with patch.object(backfill, "UNDER_WAY", 0):
				for _ in range(2):
					backfill.run(started)
					self.send()
			self.assertEqual(self.posts(), 1)
			backfill.run(started)
			self.send()
		self.assertEqual((self.posts(), self.fake.members), (2, {}), self.history())
		self.later()
		self.send()
		self.assertEqual(len(self.fake.members), 6)
		self.assert_all_done()

	def test_tags_go_in_batches_as_well(self):
		self.connect("Customers", "Tags of customers")
		for flow in ("Customers", "Tags of customers"):
			frappe.db.set_value("Field Mapping", self.flow(flow), "batch_from", 2)
		frappe.clear_cache(doctype="Field Mapping")
		for name in "ab":
			self.customer(email_id=self.mail(name))
		for _ in range(6):
			self.send_all()
			self.later()
		group = f"Group: {make.leaf('Customer Group')}"
		self.assertEqual([group in tags for tags in self.fake.tags.values()], [True, True], self.history())
		self.assert_all_done()

	def assert_unreadable(self, words: str) -> None:
		self.assertEqual({(e.status, e.outcome) for e in self.sent()}, {("Failed", "batch_unreadable")})
		for event in self.sent():
			self.assertIn(words, event.error)
