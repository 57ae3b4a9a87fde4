"""What a flow is refused for that names documents of other types by which a record is known."""

from __future__ import annotations

import frappe

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestAlreadyKnownAs(ConnectTestCase):
	def saved(self, lines: str) -> None:
		make.flow(
			"Lead", make.rest("/leads"), [make.row("email_id", "email", direction="Incoming")], name=make.unique("Leads"),
			direction="Incoming", remote_entity="lead", inbound_id_expression="id", known_as=lines,
		)  # fmt: skip

	def test_a_line_that_cannot_be_used_is_refused_with_what_is_wrong(self):
		make.account(self.receiver.url())
		for lines, message in (
			("Contact Email", "does not say by which documents"),
			("Contact Email: email_id", "field=field"),
			("Contact Mail: email_id=email_id", "no document type Contact Mail"),
			("Contact Email: email_id=mail", "Contact Email has no field mail"),
			("Contact Email: mail=email_id", "Lead has no field mail"),
		):
			with self.subTest(lines), self.assertRaisesRegex(frappe.ValidationError, message):
				self.saved(lines)
		self.saved("Contact Email: email_id=email_id\n\nCustomer: email_id=email_id")
