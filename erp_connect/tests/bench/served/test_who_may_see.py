"""What leaves by an account is what its user may read; what people see of it is what they may read themselves."""

from __future__ import annotations

import json

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter

from erp_connect.compat import VERSION
from erp_connect.operate import preview as previews
from erp_connect.patches import name_documents_of_triggers
from erp_connect.records.document import Unreadable
from erp_connect.store import alerts, inbox, samples, sync_cursor, webhook_subscriptions
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import PEOPLE, HttpTestCase, forget, other_company, restrict
from erp_connect.tests.fakes.fault_server import Reply

VIEWER = "looks-at-it@example.com"


class SeeingCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.addCleanup(frappe.set_user, "Administrator")
		make.account(self.receiver.url())

	def close_field(self, doctype: str, field: str) -> None:
		setter = make_property_setter(doctype, field, "permlevel", 1, "Int")
		frappe.clear_cache(doctype=doctype)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.clear_cache, doctype=doctype)
		self.addCleanup(frappe.delete_doc, "Property Setter", setter.name, force=True)

	def narrow(self, user: str, allow: str, value: str) -> None:
		values = {"doctype": "User Permission", "user": user, "allow": allow, "for_value": value}
		frappe.get_doc(values).insert()
		self.addCleanup(forget, user)

	def failed(self) -> str:
		self.assertEqual((self.event().status, self.event().outcome), ("Failed", "no_permission"))
		self.assertEqual(self.arrived(), [])
		return self.event().error


class TestOutwards(SeeingCase):
	def test_a_deleted_document_that_the_account_could_not_read_does_not_leave(self):
		make.flow(
			"Brand",
			[make.request("Delete", "POST", "/gone")],
			[make.row("name", "name"), make.row("description", "text")],
		)
		self.narrow(make.USER, "Brand", make.brand().name)
		hidden = make.brand("the content of a document")
		hidden.delete()
		self.deliver()
		self.assertIn(hidden.name, self.failed())
		self.assertIn(make.USER, self.event().error)

	def test_one_that_it_could_read_does(self):
		make.flow("Brand", [make.request("Delete", "POST", "/gone")], [make.row("description", "text")])
		self.receiver.script("/gone", Reply(200, {}))
		doc = make.brand("the content of a document")
		doc.delete()
		self.deliver()
		self.assertEqual([one.json for one in self.arrived("/gone")], [{"text": "the content of a document"}])

	def test_a_field_of_a_permission_level_does_not_leave(self):
		make.brand_flow()
		self.close_field("Brand", "description")
		make.brand("closed")
		self.deliver()
		self.assertIn("description", self.failed())
		self.assertIn("permission level", self.event().error)

	def test_not_in_a_condition_or_an_address_either(self):
		self.close_field("Brand", "description")
		flow = make.flow(
			"Brand", [make.request("Insert", "POST", "/b/{description}")], [make.row("name", "name")]
		)
		make.brand("closed")
		self.deliver()
		self.failed()
		frappe.db.delete("Sync Log")
		flow.update({"condition": "description == 'closed'"})
		flow.requests[0].path = "/b"
		flow.save()
		make.brand("closed")
		self.deliver()
		self.failed()

	def test_other_fields_of_the_same_document_do(self):
		self.close_field("Brand", "description")
		make.flow("Brand", make.rest("/brands"), [make.row("name", "name")])
		self.receiver.script("/brands", Reply(201, {"id": "R-1"}))
		doc = make.brand("closed")
		self.deliver()
		self.assertEqual([one.json for one in self.arrived("/brands")], [{"name": doc.name}])

	def test_a_field_of_a_linked_document_does_not_leave(self):
		self.close_field("Brand", "description")
		make.flow(
			"Item",
			[make.request("Insert", "POST", "/items")],
			[make.row("brand_doc.description", "text")],
			linked_documents=[{"link_field": "brand", "alias": "brand_doc"}],
		)
		make.item(brand=make.brand("closed").name)
		self.deliver()
		self.assertIn("description", self.failed())


class TestPreview(SeeingCase):
	def setUp(self) -> None:
		super().setUp()
		self.flow = make.flow(
			"Item",
			[make.request("Update", "PUT", "/items")],
			[make.row("item_name", "name"), make.row("brand_doc.description", "text")],
			linked_documents=[{"link_field": "brand", "alias": "brand_doc"}],
		)
		self.item = make.item(brand=make.brand("content of the brand").name)
		make.user(VIEWER, ("Item Manager", "Integration Manager"))

	def test_it_reads_as_who_looks_too(self):
		frappe.set_user(VIEWER)
		self.assertIn("content of the brand", str(previews.preview(self.flow, self.item.name)["payload"]))
		frappe.set_user("Administrator")
		restriction = {
			"doctype": "User Permission",
			"user": VIEWER,
			"allow": "Brand",
			"for_value": make.brand().name,
		}
		frappe.get_doc({**restriction, "apply_to_all_doctypes": 0, "applicable_for": "Brand"}).insert()
		self.addCleanup(forget, VIEWER)
		frappe.set_user(VIEWER)
		with self.assertRaises(Unreadable) as raised:
			previews.preview(self.flow, self.item.name)
		self.assertIn(VIEWER, str(raised.exception))
		self.assertIn(self.item.brand, str(raised.exception))
		frappe.set_user("Administrator")


class TestRows(HttpTestCase):
	def names(self, who: str, doctype: str, **filters) -> list[str]:
		answer = self.resource(who, doctype, filters=json.dumps(filters), limit_page_length=0)
		self.assertEqual(answer.status_code, 200, answer.text[:300])
		return [row["name"] for row in answer.json()["data"]]

	def assert_seen_by(self, doctype: str, name: str, seen: tuple[str, ...], hidden: tuple[str, ...]) -> None:
		for who in seen:
			self.assertIn(name, self.names(who, doctype), who)
			self.assertEqual(self.resource(who, doctype, name).status_code, 200, who)
		for who in hidden:
			self.assertNotIn(name, self.names(who, doctype), who)
			answer = self.resource(who, doctype, name)
			self.assertEqual(answer.status_code, 403, f"{who}: {answer.text[:300]}")

	def triggered_by_notes(self) -> None:
		"""A flow of the Brand of which a Note has the name, and no events."""
		make.flow(
			"Brand",
			[make.request("Change", "PUT", "/changed")],
			[make.row("description", "text")],
			name="Triggered",
			triggers=[{"trigger_doctype": "Note", "match_fields": "name=title"}],
		)
		frappe.db.delete("Sync Log")

	def test_what_a_trigger_led_to_is_for_those_who_may_read_that(self):
		self.triggered_by_notes()
		note = frappe.get_doc({"doctype": "Note", "title": self.brand.name, "public": 1}).insert()
		self.deliver()
		row = self.event(reference_doctype="Note")
		self.assertIn("the content of a document", row.request_body)
		self.assertEqual((row.payload_doctype, row.payload_name), ("Brand", self.brand.name))
		self.assert_seen_by("Sync Log", row.name, ("user", "manager"), ("blind",))
		# A row of an earlier version says nothing of it until it is migrated.
		frappe.db.sql("UPDATE `tabSync Log` SET payload_doctype = NULL, payload_name = NULL")
		name_documents_of_triggers.execute()
		self.commit()
		self.assertEqual(self.event(name=row.name).payload_name, self.brand.name)
		frappe.delete_doc("Note", note.name)
		self.commit()

	def test_what_a_trigger_led_to_before_is_for_those_who_may_read_that(self):
		other = make.brand("of the other")
		note = frappe.get_doc({"doctype": "Note", "title": self.brand.name, "public": 1}).insert()
		self.addCleanup(frappe.delete_doc, "Note", note.name)
		self.triggered_by_notes()
		note = frappe.get_doc("Note", note.name)
		note.title = other.name
		note.save()
		self.deliver()
		left, led_to = (self.event(payload_name=name) for name in (self.brand.name, other.name))
		self.assertIn("the content of a document", left.request_body)
		restrict(self, PEOPLE["user"][0], "Brand", other.name)
		self.assert_seen_by("Sync Log", left.name, ("manager",), ("user", "blind"))
		self.assert_seen_by("Sync Log", led_to.name, ("manager", "user"), ("blind",))

	def test_what_came_in_and_is_nothing_yet_is_for_those_who_may_read_what_it_becomes(self):
		values = {"direction": "Incoming", "inbound_id_expression": "id", "topics": "*"}
		make.flow("Brand", [], [make.row("brand", "n")], name="Taken in", **values)
		come = {"integration": make.ACCOUNT, "company": make.company(), "request_body": "{}"}
		hook = inbox.receive({**come, "event": "webhook", "topic": "x"})
		pulled = inbox.receive({**come, "event": "pull", "field_mapping": "Taken in"})
		self.commit()
		for name in (hook, pulled):
			self.assert_seen_by("Sync Log", name, ("user", "manager"), ("blind",))

	def test_a_sample_is_for_those_who_may_read_what_the_flow_makes_of_it(self):
		make.flow(
			"Lead",
			[],
			[make.row("first_name", "first")],
			name="Leads in",
			direction="Incoming",
			inbound_id_expression="id",
		)
		samples.keep("Leads in", make.ACCOUNT, samples.Sample({"first": "Jane"}, samples.RECEIVED))
		self.commit()
		name = frappe.get_all("Sync Sample", {"field_mapping": "Leads in"}, pluck="name")[0]
		# Weak managers may read no Lead.
		self.assert_seen_by("Sync Sample", name, ("manager",), ("weak",))

	def test_a_payload_with_linked_documents_is_for_those_who_may_read_such(self):
		make.flow(
			"Item",
			make.rest("/items"),
			[make.row("item_name", "n")],
			linked_documents=[{"link_field": "default_bom", "alias": "bom"}],
		)
		item = make.item()
		self.deliver()
		row = self.event(reference_name=item.name)
		# Operators may read Items, and no BOM.
		self.assert_seen_by("Sync Log", row.name, ("boms",), ("user",))

	def test_a_record_that_was_asked_for_by_documents_is_for_those_who_may_read_such(self):
		make.flow(
			"Item", [], [make.row("item_name", "n")], name="Asked for", direction="Incoming", inbound_id_expression="id",
			pull_path="/items/{_parent.name}", parent_doctype="BOM", parent_records="[].{name: name}",
		)  # fmt: skip
		come = {
			"integration": make.ACCOUNT,
			"company": make.company(),
			"request_body": '{"_parent": {"name": "B"}}',
		}
		pulled = inbox.receive({**come, "event": "pull", "field_mapping": "Asked for"})
		self.commit()
		# Operators may read Items, and no BOM.
		self.assert_seen_by("Sync Log", pulled, ("boms",), ("user",))

	def test_a_payload_with_a_field_of_a_level_is_for_those_who_have_it(self):
		setter = make_property_setter("Brand", "description", "permlevel", 1, "Int")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.clear_cache, doctype="Brand")
		self.addCleanup(frappe.delete_doc, "Property Setter", setter.name, force=True)
		frappe.clear_cache(doctype="Brand")
		self.commit()
		samples.keep("Test Brand", make.ACCOUNT, samples.Sample({"text": "x"}, samples.PASTED))
		self.commit()
		sample = frappe.get_all("Sync Sample", {"field_mapping": "Test Brand"}, pluck="name")[0]
		for doctype, name in (
			("Sync Log", self.known["event"]),
			("Sync Difference", self.known["difference"]),
		):
			self.assert_seen_by(doctype, name, (), ("user", "manager"))
		self.assert_seen_by("Sync Sample", sample, (), ("manager",))
		answer = self.call("user", "events.retry", names=json.dumps([self.known["event"]]))
		self.assertEqual(answer.status_code, 403)

	def test_what_belongs_to_an_account_of_another_company_is_not_listed(self):
		sync_cursor.ensure("Test Brand", make.ACCOUNT)
		webhook_subscriptions.keep(make.ACCOUNT, "brand.created", status=webhook_subscriptions.REGISTERED)
		alerts.begin([alerts.Problem(make.ACCOUNT, "Late", 6, "An event waits.")])
		samples.keep("Test Brand", make.ACCOUNT, samples.Sample({"name": "x"}, samples.PASTED))
		self.commit()
		sample = frappe.get_all("Sync Sample", pluck="name")[0]
		self.assert_seen_by("Sync Sample", sample, ("manager",), ())
		records = {
			"Integration Settings": make.ACCOUNT,
			"Integration State": make.ACCOUNT,
			"Field Mapping": "Test Brand",
			"Sync Backfill": self.known["backfill"],
			"Sync Reconciliation": self.known["comparison"],
			"Sync Load": self.known["load"],
			"Sync Cursor": frappe.get_all("Sync Cursor", pluck="name")[0],
			"Sync Exemption": self.known["exemption"],
			"Sync Log": self.known["event"],
			"Sync Difference": self.known["difference"],
			"Sync Attempt": frappe.get_all("Sync Attempt", pluck="name")[0],
			"Webhook Subscription": frappe.get_all("Webhook Subscription", pluck="name")[0],
			"Sync Alert": frappe.get_all("Sync Alert", pluck="name")[0],
		}
		for who in ("user", "manager"):
			restrict(self, PEOPLE[who][0], "Company", make.company())
		for doctype, name in records.items():
			with self.subTest(doctype):
				self.assert_seen_by(doctype, name, ("user", "manager"), ())
		for who in ("user", "manager"):
			restrict(self, PEOPLE[who][0], "Company", other_company())
		for doctype, name in records.items():
			with self.subTest(doctype):
				self.assert_seen_by(doctype, name, (), ("user", "manager"))
		self.assert_seen_by("Sync Sample", sample, (), ("manager",))
		self.assertEqual(self.call("user", "pulls.state", "GET", mapping="Test Brand").status_code, 403)

	def test_what_may_not_be_seen_is_not_counted(self):
		"""Whoever may count by any filter reads a field letter by letter."""
		attempt = frappe.get_all("Sync Attempt", pluck="name")[0]
		for doctype, field, value in (
			("Sync Log", "request_body", "%content of a document%"),
			("Sync Attempt", "request_body", "%content of a document%"),
			("Sync Attempt", "name", attempt),
			("Sync Difference", "external_id", "R-0"),
		):
			for call in ("frappe.client.get_count", "frappe.desk.reportview.get_count"):
				filters = json.dumps([[doctype, field, "like", value]])
				for who, count in (("blind", 0), ("user", 1), ("manager", 1)):
					with self.subTest(doctype=doctype, call=call, who=who):
						self.assertEqual(self.counted(who, call, doctype, filters).json(), {"message": count})
				for who in ("nobody", "website", "guest"):
					self.assertIn(self.counted(who, call, doctype, filters).status_code, (401, 403))
		every = self.counted("manager", "frappe.client.get_count", "Sync Log", "").json()
		self.assertEqual(every, {"message": frappe.db.count("Sync Log")})
		if VERSION == 15:  # 16 counts what the user may see in every DocType
			brands = self.counted("manager", "frappe.client.get_count", "Brand", "{}").json()
			self.assertEqual(brands["message"], frappe.db.count("Brand"), "others are Frappe's own")

	def counted(self, who: str, call: str, doctype: str, filters: str):
		given = {"doctype": doctype, "filters": filters, "limit": 5, "debug": 1}
		return self.people[who].get(f"{self.site.url}/api/method/{call}", params=given, timeout=60)

	def test_only_managers_send_bodies_of_their_own_and_nobody_removes_history(self):
		edited = {"name": self.known["event"], "payload": "{}"}
		self.assertEqual(self.call("user", "events.replay_edited", **edited).status_code, 403)
		self.assertEqual(self.call("weak", "events.replay_edited", **edited).status_code, 403)
		self.assertEqual(self.call("manager", "events.replay_edited", **edited).status_code, 200)
		attempt = frappe.get_all("Sync Attempt", pluck="name")[0]
		for who in ("user", "manager"):
			for doctype, name in (("Sync Log", self.known["event"]), ("Sync Attempt", attempt)):
				answer = self.people[who].delete(f"{self.site.url}/api/resource/{doctype}/{name}", timeout=60)
				self.assertEqual(answer.status_code, 403, answer.text[:300])
