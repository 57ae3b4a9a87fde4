"""Paths that are told by a field of the document: another place is news, also with the same payload."""

from __future__ import annotations

import frappe

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make


class TestOwnPlace(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())

	def flow(self, *requests: dict) -> None:
		rows = [make.row("customer_name", "name")]
		make.flow("Customer", list(requests), rows, external_id_expression="id")
		self.commit()

	def told(self) -> list[str]:
		return [one.path for one in self.arrived()]

	def moved(self, doc) -> str:
		"""The document is saved as it is, then in another group. That group."""
		self.deliver()
		doc.reload().save()
		self.deliver()
		self.assertEqual(self.events()[-1].outcome, "nothing_changed")
		other = {"is_group": 0, "name": ("!=", doc.customer_group)}
		doc.customer_group = frappe.get_all("Customer Group", other, pluck="name", limit=1)[0]
		doc.save()
		self.deliver()
		return frappe.utils.quoted(doc.customer_group)

	def test_a_record_goes_on_at_the_place_where_it_is_now(self):
		self.flow(
			make.request("Insert", "POST", "/groups/{customer_group}"),
			make.request("Update", "PUT", "/groups/{customer_group}/{external_id}"),
		)
		doc = make.customer()
		first = frappe.utils.quoted(doc.customer_group)
		second = self.moved(doc)
		self.assertEqual(self.told(), [f"/groups/{first}", f"/groups/{second}/R-1"], self.history())

	def test_what_is_said_by_the_path_alone_is_told_once_for_each_place(self):
		self.flow(
			make.request("Update", "PUT", "/groups/{customer_group}?of={name}", operation="Send", send_body=0)
		)
		doc = make.customer()
		self.deliver()
		doc.reload().save()
		first = doc.customer_group
		second = self.moved(doc)
		groups = [path.partition("?")[0].removeprefix("/groups/") for path in self.told()]
		self.assertEqual(groups, [frappe.utils.quoted(first), second], self.history())
