"""The other side is told which document was renamed, also when the event of the rename is joined with others."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import frappe

from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

ROWS = [("name", "name"), ("description", "text"), ("_old_name", "was")]


class TestOldNames(ConnectTestCase):
	def flow(self, **paths: str) -> None:
		"""A flow that sends each event as it stands. paths: of each event; the same path is the same request."""
		make.account(self.receiver.url())
		requests = [
			{
				"event": frappe.unscrub(event),
				"operation": "Send",
				"method": "POST",
				"path": path,
				"send_body": 1,
			}
			for event, path in paths.items()
		]
		make.flow("Brand", requests, [make.row(*row) for row in ROWS])
		self.commit()

	def told(self) -> list[tuple[str, Any]]:
		"""(path, payload) of what has arrived since the last look."""
		self.deliver()
		arrived = [(request.path, request.json) for request in self.arrived()]
		new, self.seen = arrived[self.seen :], len(arrived)
		return new

	def known(self) -> str:
		"""A document that the other side knows."""
		self.seen = 0
		name = make.brand().name
		self.told()
		return name

	def rename(self, old: str) -> str:
		new = make.unique("Renamed").replace(" ", "-")
		frappe.rename_doc("Brand", old, new, force=True, show_alert=False)
		return new

	def save(self, name: str, text: str) -> None:
		doc = frappe.get_doc("Brand", name)
		doc.description = text
		doc.save()

	def test_path_and_payload_tell_both_names(self):
		self.flow(insert="/made", rename="/moved?from={_old_name}&to={name}")
		old = self.known()
		new = self.rename(old)
		((path, said),) = self.told()
		self.assertEqual(said, {"name": new, "text": "first", "was": old})
		self.assertIn(f"to={new}", path)
		self.save(new, "second")
		self.assertEqual(self.told(), [])

	def test_two_renames_are_told_from_the_name_that_is_known_outside(self):
		self.flow(insert="/made", rename="/moved")
		old = self.known()
		new = self.rename(self.rename(old))
		self.assertEqual([said["was"] for _, said in self.told()], [old])
		newest = self.rename(new)
		self.assertEqual(self.told(), [("/moved", {"name": newest, "text": "first", "was": new})])

	def test_a_later_update_that_takes_its_place_tells_it_as_well(self):
		self.flow(insert="/hook", update="/hook", rename="/hook")
		old = self.known()
		new = self.rename(old)
		self.save(new, "second")
		self.assertEqual(self.told(), [("/hook", {"name": new, "text": "second", "was": old})])
		self.save(new, "third")
		self.assertEqual(self.told(), [("/hook", {"name": new, "text": "third"})])

	def test_a_change_from_before_the_rename_names_the_document_by_its_old_name(self):
		self.flow(insert="/made", update="/changed", rename="/moved")
		old = self.known()
		self.save(old, "second")
		self.rename(old)
		self.assertEqual(
			[(path, said["was"]) for path, said in self.told()], [("/changed", old), ("/moved", old)]
		)

	def test_a_document_that_was_never_told_has_no_other_name(self):
		self.flow(insert="/made", rename="/made")
		self.seen = 0
		new = self.rename(make.brand().name)
		self.assertEqual(self.told(), [("/made", {"name": new, "text": "first"})])

	def test_a_deletion_tells_the_name_that_is_known(self):
		self.flow(insert="/made", rename="/moved", delete="/gone")
		old = self.known()
		new = self.rename(old)
		frappe.delete_doc("Brand", new)
		self.assertEqual(self.told(), [("/gone", {"name": new, "text": "first", "was": old})])

	def test_a_rename_that_only_the_path_tells_is_news_each_time(self):
		self.flow(insert="/made", rename="/moved")
		flow = frappe.get_doc("Field Mapping", {"document_type": "Brand"})
		flow.requests[1].update({"path": "/moved/{_old_name}", "send_body": 0})
		flow.save()
		self.commit()
		old = self.known()
		for _number in range(2):
			new = self.rename(old)
			self.deliver()
			self.assertEqual(unquote(self.arrived()[-1].path), f"/moved/{old}", self.history())
			old = new


class TestWithoutARename(ConnectTestCase):
	"""Flows that have no request for it hear of a rename as of any change: ERPNext writes the new name into fields."""

	def test_a_customer_who_gets_another_name_has_it_outside(self):
		make.account(self.receiver.url())
		make.flow(
			"Customer",
			make.rest("/customers"),
			[make.row("customer_name", "name"), make.row("language", "language")],
		)
		customer = make.customer()
		self.deliver()
		new = make.unique("Renamed")
		frappe.rename_doc("Customer", customer.name, new, force=True, show_alert=False)
		self.deliver()
		(told,) = [request for request in self.arrived() if request.method == "PUT"]
		self.assertEqual(told.json["name"], new)

	def test_where_the_name_is_not_told_nothing_is_sent(self):
		make.account(self.receiver.url())
		make.flow("Customer", make.rest("/customers"), [make.row("language", "language")])
		customer = make.customer()
		self.deliver()
		frappe.rename_doc("Customer", customer.name, make.unique("Renamed"), force=True, show_alert=False)
		self.deliver()
		self.assertEqual([request.method for request in self.arrived()], ["POST"])
		self.assertEqual(self.events()[-1].status, "Skipped", self.history())
