"""A person says which document here is which record outside, as held events ask; and events are given up."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from erp_connect.api import events, links, review
from erp_connect.store import sync_link
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_orders import FIXTURES, OrderTestCase
from erp_connect.tests.bench.http_case import forget
from erp_connect.tests.bench.inbound_case import InboundTestCase

MANAGER = ("linking-manager@example.com", ("Integration Manager", *make.ROLES))
WEAK = ("linking-weak@example.com", ("Integration Manager", "Item Manager"))
OPERATOR = ("linking-operator@example.com", ("Integration User", *make.ROLES))


class LinkingCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(frappe.set_user, "Administrator")
		for email, roles in (MANAGER, WEAK, OPERATOR):
			make.user(email, roles)
		self.flow = self.customer_flow()
		self.flow.inbound_id_expression = "id"
		self.flow.rows[0].is_match_key = 1
		self.flow.save()
		self.commit()

	def twins(self) -> tuple[str, list[str]]:
		"""Two customers of one name."""
		name = make.unique("Twin")
		return name, [make.customer(customer_name=name).name for _ in range(2)]

	def held(self, record: dict):
		self.ok(self.hook(record))
		self.work()
		event = self.event()
		self.assertEqual(event.status, "On Hold", self.history())
		return event


class TestLink(LinkingCase):
	def test_the_right_one_of_several(self):
		name, (_first, right) = self.twins()
		self.commit()
		event = self.held({"id": "c-7", "name": name, "group": "Individual"})
		self.assertIn("Link with a Record Outside", event.error)
		frappe.set_user(MANAGER[0])
		known = links.suggestion(event.name)
		self.assertEqual(
			known,
			{"integration": make.ACCOUNT, "remote_entity": "customer", "document_type": "Customer", "external_id": "c-7"},
		)  # fmt: skip
		links.link(**known, document_name=right)
		self.assertEqual(events.retry([event.name]), 1)
		self.commit()
		self.work()
		done = self.event(name=event.name)
		self.assertEqual((done.status, done.reference_name), ("Processed", right), self.history())

	def test_to_link_once_more_does_nothing(self):
		doc = make.customer()
		first, again = (links.link(make.ACCOUNT, "customer", "c-1", "Customer", doc.name) for _ in range(2))
		self.assertEqual(first, again)

	def test_a_link_that_was_sent_without_an_id_gets_it(self):
		doc = make.customer()
		make.link("Customer", doc.name, "customer", None)
		name = links.link(make.ACCOUNT, "customer", " c-1 ", "Customer", doc.name)
		self.assertEqual(frappe.db.get_value("Sync Link", name, "external_id"), "c-1")
		self.assertEqual(frappe.db.count("Sync Link", {"document_name": doc.name}), 1)

	def test_what_is_linked_otherwise_is_named_and_stays(self):
		one, other = make.customer(), make.customer()
		name = links.link(make.ACCOUNT, "customer", "c-1", "Customer", one.name)
		self.commit()
		for external_id, document in (("c-1", other), ("c-2", one)):
			with self.assertRaisesRegex(frappe.ValidationError, f"Delete Sync Link {name}"):
				links.link(make.ACCOUNT, "customer", external_id, "Customer", document.name)
			frappe.db.rollback()
		frappe.set_user(MANAGER[0])
		frappe.delete_doc("Sync Link", name)
		links.link(make.ACCOUNT, "customer", "c-1", "Customer", other.name)
		found = sync_link.find_external(make.ACCOUNT, "customer", "c-1")
		self.assertEqual(found.document_name, other.name)

	def test_only_what_a_flow_speaks_of(self):
		for entity, doctype, name in (
			("user", "User", make.USER),
			("customer", "Item", make.item().name),
			("other", "Customer", make.customer().name),
		):
			with self.assertRaisesRegex(frappe.ValidationError, "No flow of account"):
				links.link(make.ACCOUNT, entity, "1", doctype, name)
		for bad in ("", "  ", "x" * 141):
			with self.assertRaisesRegex(frappe.ValidationError, "Enter the id"):
				links.link(make.ACCOUNT, "customer", bad, "Customer", make.customer().name)
		with self.assertRaises(frappe.DoesNotExistError):
			links.link(make.ACCOUNT, "customer", "1", "Customer", "nobody")
		name = make.customer(customer_name=make.unique("Müller")).name
		with self.assertRaisesRegex(frappe.DoesNotExistError, f"only {name}"):
			links.link(make.ACCOUNT, "customer", "1", "Customer", name.replace("ü", "u"))

	def test_who_may(self):
		doc = make.customer()
		for person in (WEAK, OPERATOR):
			frappe.set_user(person[0])
			with self.assertRaises(frappe.PermissionError):
				links.link(make.ACCOUNT, "customer", "c-1", "Customer", doc.name)
		frappe.set_user(OPERATOR[0])
		for call, argument in ((links.kinds, make.ACCOUNT), (links.suggestion, "x")):
			with self.assertRaises(frappe.PermissionError):
				call(argument)
		frappe.set_user("Administrator")
		self.assertEqual(self.links(), [])

	def test_not_a_document_that_one_may_not_read(self):
		hidden, open_one = make.customer(), make.customer()
		for user in (MANAGER[0], make.USER):
			frappe.get_doc(
				{"doctype": "User Permission", "user": user, "allow": "Customer", "for_value": open_one.name}
			).insert()
			self.addCleanup(forget, user)
		self.addCleanup(frappe.set_user, "Administrator")  # before that
		frappe.set_user(MANAGER[0])
		with self.assertRaises(frappe.PermissionError):
			links.link(make.ACCOUNT, "customer", "c-1", "Customer", hidden.name)
		links.link(make.ACCOUNT, "customer", "c-1", "Customer", open_one.name)


class TestMerge(LinkingCase):
	def setUp(self) -> None:
		super().setUp()
		self.title, self.twin_names = self.twins()
		self.commit()
		self.waits = self.held({"id": "c-7", "name": self.title, "group": "Individual"}).name

	def refused(self, error: type[Exception], text: str, *names: str) -> None:
		"""It is refused, and nothing of it is left."""
		stays, *others = names or self.twin_names
		with self.assertRaisesRegex(error, text):
			review.merge(self.waits, stays, others)
		frappe.db.rollback()
		frappe.set_user("Administrator")
		self.assertEqual(frappe.db.count("Customer", {"name": ("in", self.twin_names)}), 2)
		self.assertEqual((self.event(name=self.waits).status, self.links()), ("On Hold", []))

	def test_one_stays_and_the_record_is_written_into_it(self):
		stays, goes = self.twin_names
		project = {"doctype": "Project", "project_name": make.unique("Project"), "customer": goes}
		project = frappe.get_doc(project).insert()
		frappe.set_user(MANAGER[0])
		self.assertTrue(review.match(self.waits)["merges"])
		review.merge(self.waits, stays, f'["{goes}"]')
		self.commit()
		frappe.set_user("Administrator")
		self.work()
		self.assertFalse(frappe.db.exists("Customer", goes))
		self.assertEqual(frappe.db.get_value("Project", project.name, "customer"), stays)
		done = self.event(name=self.waits)
		self.assertEqual((done.status, done.reference_name), ("Processed", stays), self.history())

	def test_where_it_cannot_be_nothing_is_written(self):
		stays, goes = self.twin_names
		stranger = make.customer().name
		links.link(make.ACCOUNT, "customer", "c-1", "Customer", stays)
		self.commit()
		with self.assertRaisesRegex(frappe.ValidationError, "is linked with c-1 already"):
			review.merge(self.waits, stays, [goes])
		frappe.db.rollback()
		self.assertTrue(frappe.db.exists("Customer", goes))
		frappe.db.delete("Sync Link")
		self.commit()
		self.refused(frappe.ValidationError, "does not fit this record", stays, stranger)
		for names in ((stays,), (stays, stays)):
			self.refused(frappe.ValidationError, "Choose the document that stays", *names)
		frappe.db.set_value("DocType", "Customer", "allow_rename", 0)
		self.addCleanup(frappe.clear_cache, doctype="Customer")
		frappe.clear_cache(doctype="Customer")
		self.assertFalse(review.match(self.waits)["merges"])
		self.refused(frappe.ValidationError, "does not let Customer be merged. Choose the right one")
		frappe.clear_cache(doctype="Customer")
		events.cancel([self.waits])
		self.commit()
		with self.assertRaisesRegex(frappe.ValidationError, "not held any more"):
			review.merge(self.waits, stays, [goes])

	def test_who_may(self):
		for person in (WEAK, OPERATOR):
			frappe.set_user(person[0])
			self.refused(frappe.PermissionError, "")
		stays, goes = self.twin_names
		allowed = frappe.has_permission
		for name, right in ((stays, "write"), (goes, "write"), (goes, "delete")):

			def without(doctype, ptype="read", doc=None, *args, name=name, right=right, **kwargs):
				return (ptype, doc) != (right, name) and allowed(doctype, ptype, doc, *args, **kwargs)

			frappe.set_user(MANAGER[0])
			with patch.object(frappe, "has_permission", without):
				self.refused(frappe.PermissionError, f"You may not merge {goes} into {stays}")


class TestGiveUp(LinkingCase):
	def test_a_record_that_is_held_is_given_up_and_can_be_taken_up_again(self):
		name, (one, _other) = self.twins()
		self.commit()
		event = self.held({"id": "c-7", "name": name, "group": "Individual"})
		frappe.set_user(OPERATOR[0])
		self.assertEqual(events.cancel([event.name]), 1)
		self.commit()
		self.work()
		self.assertEqual(self.event(name=event.name).status, "Cancelled")
		frappe.set_user("Administrator")
		links.link(make.ACCOUNT, "customer", "c-7", "Customer", one)
		self.assertEqual(events.retry([event.name]), 1)
		self.work()
		self.assertEqual(self.event(name=event.name).status, "Processed", self.history())

	def test_what_is_written_or_belongs_to_its_caller_is_not(self):
		self.ok(self.hook({"id": "1", "name": make.unique("Done"), "group": "Individual"}))
		self.work()
		self.call(
			"upsert", {"entity": "customer", "record": {"id": "2", "group": "no such group", "name": "x"}}
		)
		frappe.db.rollback()
		rows = self.events()
		self.assertEqual({row.status for row in rows}, {"Processed", "Failed"})
		self.assertEqual(events.cancel([row.name for row in rows]), 0)


class TestArticles(OrderTestCase):
	def test_an_article_is_linked_with_an_item(self):
		item, sku = make.item(is_stock_item=0), make.unique("SKU")
		make.flow("Sales Order", [], [make.row("id", "id"), make.row("total", "total"), make.row("currency", "currency"),
			make.row("lines[].sku", "lines[].sku")], name="Orders", direction="Incoming", purpose="Order",
			remote_entity="order", topics="orders/create")  # fmt: skip
		body = self.order(**FIXTURES["tax on top"])
		body["lines"] = [{**body["lines"][0], "sku": sku}]
		self.commit()
		self.assertIn(sku, self.assert_held(body, "missing_item"))
		self.assertIn({"remote_entity": "item", "document_type": "Item"}, links.kinds(make.ACCOUNT))
		links.link(make.ACCOUNT, "item", sku, "Item", item.name)
		self.commit()
		self.assertIn(item.name, [row.item_code for row in self.assert_booked(body).items])
