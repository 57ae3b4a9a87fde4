"""Who may read a comment that goes out: whoever may read what it is about, as in Desk."""

from __future__ import annotations

import frappe

from erp_connect.records import rights
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

STRANGER = "stranger-to-customers@example.com"


class TestComments(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.customer = make.customer()
		make.user(STRANGER, ())

	def said(self, kind: str):
		"""A comment as it is read: what inserted it was allowed more."""
		return frappe.get_doc("Comment", self.customer.add_comment(kind, "They want oak.").name)

	def test_the_reader_of_a_document_reads_what_was_said_of_it(self):
		comment = self.said("Comment")
		self.assertTrue(rights.may_read(comment, make.USER))
		self.assertFalse(rights.may_read(comment, STRANGER))

	def test_what_the_system_notes_of_it_is_not_meant(self):
		note = self.said("Info")
		self.assertFalse(rights.may_read(note, make.USER))

	def test_a_comment_on_nothing_is_read_by_nobody(self):
		comment = self.said("Comment")
		comment.reference_name = "not there"
		self.assertFalse(rights.may_read(comment, make.USER))

	def test_it_goes_out_as_the_user_of_the_account(self):
		make.flow(
			"Comment",
			[make.request("Insert", "POST", "/notes")],
			[make.row("content", "text")],
			condition="comment_type == 'Comment' && reference_doctype == 'Customer'",
		)
		self.commit()
		self.customer.add_comment("Comment", "They want oak.")
		self.deliver()
		self.assertEqual(
			[one.json for one in self.arrived("/notes")], [{"text": "They want oak."}], self.history()
		)

	def test_not_what_another_user_may_not_read(self):
		make.flow(
			"Comment",
			[make.request("Insert", "POST", "/notes")],
			[make.row("content", "text")],
			condition="comment_type == 'Comment' && reference_doctype == 'Customer'",
		)
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "user", STRANGER)
		frappe.clear_document_cache("Integration Settings", make.ACCOUNT)
		self.commit()
		self.customer.add_comment("Comment", "They want oak.")
		self.deliver()
		self.assertEqual((self.arrived("/notes"), self.event().outcome), ([], "no_permission"))
