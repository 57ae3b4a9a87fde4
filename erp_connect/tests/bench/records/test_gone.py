"""Records that the outside says are gone: left to a person, disabled, deleted or cancelled; and what is there again."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import events
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase
from erp_connect.tests.bench.pull.test_pulls_tokens import PAGE_TOKENS, TokenCase
from erp_connect.tests.bench.two_way_case import KIND, TwoWayShopCase

DELETED = "customers/delete"
GONE = {"gone_expression": f"_topic == '{DELETED}'", "topics": "*"}


class TestTold(InboundTestCase):
	"""Customers of a shop, of which webhooks tell."""

	def flow(self, on_gone: str, **values: Any) -> Any:
		flow = self.customer_flow(**{**GONE, "on_remote_delete": on_gone, **values})
		self.commit()
		return flow

	def told(self, topic: str, **record: Any) -> None:
		self.ok(self.hook(record, topic=topic))
		self.work()

	def customer(self, id_: int = 7, name: str = "") -> str:
		self.told("customers/create", id=id_, name=name or make.unique("Told"))
		return self.links(external_id=str(id_))[0].document_name

	def retried(self) -> Any:
		"""What the last event became once a person has done what it says."""
		self.commit()
		(event,) = self.events(topic=DELETED)
		self.assertEqual(events.retry([event.name]), 1)
		self.work()
		return self.event(topic=DELETED)

	def disabled(self, name: str) -> int:
		frappe.db.rollback()
		return frappe.db.get_value("Customer", name, "disabled")

	def link(self) -> Any:
		return self.links()[0] if self.links() else None

	def test_reported_it_waits_for_a_person_who_disables_it(self):
		self.flow("Report")
		name = self.customer()
		self.told(DELETED, id=7)
		event = self.event(topic=DELETED)
		self.assertEqual((event.status, event.outcome), ("On Hold", "gone_outside"))
		self.assertEqual((event.reference_name, event.external_id), (name, "7"))
		for words in (
			"decides it for all",
			"Delete it, or take it out of use (Disabled: ticked)",
			"press Retry",
		):
			self.assertIn(words, event.error)
		self.assertEqual(self.disabled(name), 0)
		frappe.get_doc("Customer", name).update({"disabled": 1}).save()
		event = self.retried()
		self.assertEqual((event.status, event.outcome), ("Processed", "gone_outside"))
		self.assertTrue(self.link().gone_at)

	def test_reported_it_may_be_deleted_or_kept(self):
		self.flow("Report")
		name = self.customer()
		self.told(DELETED, id=7)
		frappe.delete_doc("Customer", name)
		self.assertEqual(self.retried().status, "Processed")
		self.assertIsNone(self.link())
		name = self.customer(8)
		self.ok(self.hook({"id": 8}, topic="customers/delete"))
		self.work()
		(held,) = self.events(status="On Hold")
		self.assertEqual(events.cancel([held.name]), 1)
		self.assertEqual(self.disabled(name), 0)

	def test_disabled_and_there_again(self):
		self.flow("Disable")
		name = self.customer()
		self.told(DELETED, id=7)
		self.assertEqual((self.disabled(name), self.event(topic=DELETED).outcome), (1, "gone_outside"))
		self.assertTrue(self.link().gone_at)
		self.told(DELETED, id=7)  # told once more
		self.assertEqual(self.statuses(topic=DELETED), ["Processed"] * 2)
		self.told("customers/create", id=7, name="There again")
		self.assertEqual((self.disabled(name), self.link().gone_at), (0, None))
		self.assertEqual(frappe.db.get_value("Customer", name, "customer_name"), "There again")
		self.assertEqual(self.count("Sync Link"), 1)

	def test_made_anew_with_its_id_its_versions_begin_anew(self):
		self.flow("Disable", inbound_version_expression="version")
		old, new = make.unique("Old"), make.unique("New")
		self.told("customers/create", id=7, name=old, version=5)
		self.told("customers/create", id=7, name="Older", version=4)
		self.assertEqual(frappe.db.get_value("Customer", self.link().document_name, "customer_name"), old)
		self.told(DELETED, id=7)
		for version in (1, 2):
			self.told("customers/create", id=7, name=f"{new} {version}", version=version)
			link = self.link()
			doc = frappe.get_doc("Customer", link.document_name)
			self.assertEqual((doc.customer_name, doc.disabled), (f"{new} {version}", 0), self.history())
			self.assertEqual(link.remote_version, str(version))

	def test_what_a_person_had_disabled_stays_so(self):
		self.flow("Disable")
		name = self.customer()
		frappe.get_doc("Customer", name).update({"disabled": 1}).save()
		self.told(DELETED, id=7)
		self.told("customers/create", id=7, name="There again")
		self.assertEqual((self.disabled(name), self.link().gone_at), (1, None))

	def test_there_again_under_another_id(self):
		flow = self.flow("Disable")
		flow.append("rows", make.row("tax_id", "vat", is_match_key=1))
		flow.save()
		self.told("customers/create", id=7, name=make.unique("First"), vat="T-77")
		name = self.link().document_name
		self.told(DELETED, id=7)
		self.told("customers/create", id=8, name="Second", vat="T-77")
		link = self.link()
		self.assertEqual((link.external_id, link.document_name, link.gone_at), ("8", name, None))
		self.assertEqual(self.disabled(name), 0)

	def test_deleted_and_made_anew(self):
		self.flow("Delete")
		name = self.customer()
		self.told(DELETED, id=7)
		self.assertEqual((self.count("Customer", name=name), self.link()), (0, None))
		again = self.customer(7)
		self.assertEqual(self.count("Customer", name=again), 1)
		self.assertEqual(self.count("Sync Link"), 1)

	def test_one_that_erpnext_does_not_let_go(self):
		self.flow("Delete")
		name = self.customer()
		make.sales_order(name, [(make.item().name, 1, 10)])
		self.told(DELETED, id=7)
		event = self.event(topic=DELETED)
		self.assertEqual((event.status, event.outcome), ("On Hold", "gone_outside"))
		for words in ("Remove what stands in the way", "Sales Order", "press Retry"):
			self.assertIn(words, event.error)
		frappe.get_doc("Customer", name).update({"disabled": 1}).save()
		self.assertEqual(self.retried().status, "Processed")
		self.assertTrue(self.link().gone_at)
		self.assertEqual(self.count("Customer", name=name), 1)

	def test_an_older_event_that_is_tried_later_does_not_bring_it_back(self):
		flow = self.flow("Delete")
		for number, on_gone in enumerate(("Delete", "Disable"), 1):
			flow.reload()
			flow.update({"on_remote_delete": on_gone}).save()
			name = self.customer(number)
			self.ok(self.hook({"id": number, "name": "Late", "group": "Not there"}, topic="customers/update"))
			self.work()
			(late,) = self.events(status="Failed")
			self.told(DELETED, id=number)
			frappe.get_doc({"doctype": "Customer Group", "customer_group_name": "Not there"}).insert(
				ignore_if_duplicate=True
			)
			self.commit()
			events.retry([late.name])
			self.work()
			self.assertEqual(self.event(name=late.name).status, "Processed", self.history())
			self.assertEqual(self.count("Customer", customer_name="Late"), 0)
			self.assertIn(self.disabled(name), (None, 1))
			frappe.delete_doc("Customer Group", "Not there", force=True)
			self.commit()

	def test_several_whose_ids_begin_alike(self):
		self.flow("Disable", gone_id_expression="{begins_with: join('', [string(id), ':'])}")
		names = [self.customer(id_) for id_ in ("7:1", "7:2", "70:1", "7_1")]
		self.told(DELETED, id=7)
		self.assertEqual([self.disabled(name) for name in names], [1, 1, 0, 0])

	def test_without_an_id_or_a_document(self):
		self.flow("Delete")
		self.told(DELETED, number=7)
		self.assertEqual(self.event().outcome, "no_id")
		self.told(DELETED, id=99)
		self.assertIn("Nothing here is linked with it.", self.event(external_id="99").response_body)

	def test_what_may_not_be_done_is_told(self):
		self.flow("Delete")
		name = self.customer()
		user = make.user("no-deletion@example.com", ("Sales User",))
		self.change(user=user)
		self.told(DELETED, id=7)
		event = self.event(topic=DELETED)
		self.assertEqual(event.status, "Failed")
		self.assertIn("Give the user the role", event.error)
		self.assertEqual(self.count("Customer", name=name), 1)

	def test_submitted_documents_are_cancelled(self):
		item = make.item().name
		make.flow(
			"Sales Order",
			[],
			[
				make.row("customer", "who"),
				make.row("delivery_date", "day"),
				make.row("items[].item_code", "lines[].code"),
				make.row("items[].qty", "lines[].pieces"),
				make.row("items[].rate", "lines[].price"),
			],
			direction="Incoming",
			submit_document=1,
			on_remote_delete="Delete",
			**{**GONE, "gone_expression": "gone"},
		)
		lines = [{"code": item, "pieces": 1, "price": 5}]
		record = {"id": 1, "who": make.customer().name, "day": frappe.utils.today(), "lines": lines}
		self.told("orders", **record)
		name = self.link().document_name
		self.told("orders", id=1, gone=True)
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Sales Order", name, "docstatus"), 2)
		self.told("orders", **record)
		self.assertNotEqual(self.link().document_name, name)

	def test_what_cannot_work_is_refused(self):
		flow = make.flow(
			"Brand", [], [make.row("brand", "id")], direction="Incoming", inbound_id_expression="id"
		)
		for values, told in (
			(
				{"gone_expression": "removed", "on_remote_delete": "Disable"},
				"no field by which it is disabled",
			),
			({"gone_expression": "removed ==", "on_remote_delete": "Report"}, "removed =="),
			({"gone_expression": "removed", "inbound_id_expression": ""}, "which record is gone"),
		):
			flow.reload()
			flow.update(values)
			with self.assertRaises(frappe.ValidationError) as caught:
				flow.save()
			self.assertIn(told, str(caught.exception))


class TestPulled(TokenCase):
	"""A feed of changes that tells what was removed."""

	def follow(self, count: int = 3, **values: Any) -> Any:
		feed = "files || changes[].if(removed, @, file)"
		gone = {"gone_expression": "removed", "gone_id_expression": "fileId", "on_remote_delete": "Delete"}
		return super().follow(count, **{**PAGE_TOKENS, "pull_records": feed, **gone, **values})

	def test_deleted_and_made_anew(self):
		feed = self.follow().feed
		self.pulled()
		self.assertEqual(self.count(), 3)
		feed.remove("R-000002")
		self.pulled()
		self.assertEqual((self.count(), len(self.links())), (2, 2), self.history())
		feed.put("R-000002", "Record 2")
		self.pulled()
		self.assertEqual((self.count(), len(self.links())), (3, 3), self.history())
		feed.remove("R-000002")
		self.pulled()
		self.assertEqual((self.count(), len(self.links())), (2, 2), self.history())

	def test_only_the_last_word_on_a_page_counts(self):
		feed = self.follow().feed
		self.pulled()
		feed.remove("R-000002")
		feed.put("R-000002", "Renamed")
		feed.put("R-000003", "Renamed, too")
		feed.remove("R-000003")
		self.pulled()
		self.assertEqual(self.count(), 2, self.history())
		self.assertEqual(frappe.db.get_value("Brand", "R-000002", "description"), "Renamed")

	@staticmethod
	def count() -> int:
		frappe.db.rollback()
		return frappe.db.count("Brand", {"name": ("like", "R-%")})


class TestBothWays(TwoWayShopCase):
	def gone_flow(self, policy: str = "Hold for review", **values: Any) -> Any:
		return self.flow(policy, topics="*", gone_expression="deleted", **values)

	def end(self, id_: str) -> None:
		"""The shop has removed a record, and tells it in its list."""
		self.shop.change(KIND, id_, deleted=True)
		self.pull()

	def test_nothing_is_sent_to_what_is_gone_until_it_is_there_again(self):
		self.gone_flow("Outside wins", on_remote_delete="Disable")
		doc, id_ = self.linked()
		self.end(id_)
		self.push()
		self.assertEqual(frappe.db.get_value("Customer", doc.name, "disabled"), 1)
		self.edit(doc, tax_id="not told")
		sent = self.shop.count("PUT")
		self.push()
		self.assertEqual(self.shop.count("PUT"), sent)
		event = self.events(direction="Outgoing")[-1]
		self.assertEqual((event.status, event.outcome), ("Skipped", "gone_outside"), self.history())
		self.shop.change(KIND, id_, deleted=False, site="again.example.com")
		self.pull()
		self.push()
		doc.reload()
		self.assertEqual((doc.disabled, self.link(doc).gone_at), (0, None))

	def test_deleted_it_is_not_told_outside(self):
		self.gone_flow(on_remote_delete="Delete")
		doc, id_ = self.linked()
		self.end(id_)
		self.push()
		self.assertFalse(frappe.db.exists("Customer", doc.name))
		self.assertEqual((self.shop.count("DELETE"), len(self.links())), (0, 0), self.history())

	def test_changed_here_meanwhile(self):
		self.gone_flow(on_remote_delete="Delete")
		doc, id_ = self.linked()
		self.edit(doc, tax_id="here")
		self.end(id_)
		(held,) = self.events(status="On Hold", direction="Incoming")
		self.assertIn("was changed here meanwhile", held.error)
		untold = [row.name for row in self.events(direction="Outgoing", event="update")]
		self.assertEqual(events.cancel(untold), len(untold))
		self.commit()
		events.retry([held.name])
		self.work()
		self.assertFalse(frappe.db.exists("Customer", doc.name), self.history())
