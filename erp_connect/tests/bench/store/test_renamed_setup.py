"""Flows and accounts that are renamed or deleted while events wait: nothing is doubled, put back, or taken for another's."""

from __future__ import annotations

from unittest import mock

import frappe

from erp_connect.api import events
from erp_connect.capture.subscriptions import PROPERTY
from erp_connect.config import flow as flows
from erp_connect.config import inflow
from erp_connect.operate import sweep as sweeping
from erp_connect.outbound import lane
from erp_connect.patches import links_of_deleted_accounts
from erp_connect.records import intake, write
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase
from erp_connect.tests.bench.pull_case import FLOW, ScriptedCase
from erp_connect.tests.fakes.fault_server import Reply

NEW = "Renamed flow"


class TestRenamedFlows(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.flow = make.brand_flow()

	def rename(self) -> None:
		frappe.rename_doc("Field Mapping", "Test Brand", NEW)
		self.commit()

	def edit(self, doc, text: str) -> None:
		# As another request would: with what is known of its DocType by then.
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.description = text
		doc.save()
		self.deliver()

	def texts(self) -> list[str]:
		return [sent.json["text"] for sent in self.arrived()]

	def pass_on(self) -> None:
		for _ in range(3):
			self.later()
			self.deliver()

	def test_a_record_that_waits_to_be_made_is_made_once(self):
		self.receiver.script("/brands", "503,201")
		doc = make.brand("first")
		self.deliver()
		self.rename()
		self.edit(doc, "second")
		self.pass_on()
		self.assertEqual(self.texts(), ["first", "second"], self.history())
		self.assertEqual(self.statuses(), ["Superseded", "Delivered"])

	def test_a_state_that_may_have_arrived_is_not_sent_after_a_newer_one(self):
		doc = make.brand("first")
		self.deliver()
		self.receiver.script("/brands/" + self.links()[0].external_id, Reply(fault="close"), "200")
		self.edit(doc, "second")
		self.rename()
		self.edit(doc, "third")
		self.pass_on()
		self.assertEqual(self.texts()[-1], "third", self.history())

	def test_what_is_as_it_was_sent_is_not_sent_again(self):
		doc = make.brand("first")
		self.deliver()
		self.rename()
		self.edit(doc, "first")
		self.assertEqual(self.texts(), ["first"], self.history())
		self.assertEqual(self.statuses()[-1:], ["Skipped"])

	def test_events_of_triggers_are_joined(self):
		item = make.item()
		make.flow(
			"Bin",
			[make.request("Change", "POST", "/levels")],
			[make.row("item_code", "item"), make.row("actual_qty", "level")],
			name="Levels",
			triggers=[
				{
					"trigger_doctype": "Stock Ledger Entry",
					"match_fields": "item_code=item_code, warehouse=warehouse",
				}
			],
		)
		make.receipt(item.name, 2)
		self.commit()
		frappe.rename_doc("Field Mapping", "Levels", NEW)
		self.commit()
		frappe.clear_document_cache("DocType", "Stock Ledger Entry")
		make.receipt(item.name, 3)
		keys = {row.order_key for row in self.events(field_mapping=NEW) if row.subject}
		self.assertEqual(len(keys), 1, self.history())

	def test_a_renamed_document_keeps_its_history(self):
		doc = make.brand("first")
		self.deliver()
		first = self.event().name
		new = frappe.rename_doc("Brand", doc.name, make.unique("Renamed"))
		self.edit(frappe.get_doc("Brand", new), "second")
		events.replay([first])
		self.deliver()
		self.assertEqual(self.texts()[-1], "second", self.history())


class TestAcrossARename(ConnectTestCase):
	"""A request that began before a rename knows nothing of it, and what it writes arrives all the same."""

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()

	def late(self, doctype: str, old: str, new: str, save) -> None:
		"""Save as a request does that read which flows listen before one of them was renamed."""
		known = frappe.get_meta("Brand").get(PROPERTY)
		frappe.rename_doc(doctype, old, new)
		self.commit()
		frappe.clear_cache(doctype="Brand")
		frappe.get_meta("Brand").set(PROPERTY, known)
		try:
			save()
			self.commit()
		finally:
			frappe.clear_cache(doctype="Brand")

	def edit(self, doc, text: str) -> None:
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.description = text
		doc.save()

	def texts(self) -> list[str]:
		return [sent.json["text"] for sent in self.arrived()]

	def test_an_event_under_the_old_name_of_a_flow_is_sent(self):
		doc = make.brand("first")
		self.deliver()
		self.late("Field Mapping", "Test Brand", NEW, lambda: self.edit(doc, "second"))
		self.deliver()
		self.assertEqual(self.texts(), ["first", "second"], self.history())
		self.assertEqual({row.field_mapping for row in self.events()}, {NEW})

	def test_it_keeps_its_place_among_the_events_of_its_document(self):
		self.late("Field Mapping", "Test Brand", NEW, lambda: setattr(self, "doc", make.brand("first")))
		self.edit(self.doc, "second")
		self.deliver()
		self.assertEqual(self.texts(), ["second"], self.history())
		self.assertEqual({row.status for row in self.events()}, {"Superseded", "Delivered"})
		self.assertEqual(len({row.order_key for row in self.events()}), 1)

	def test_a_flow_that_was_renamed_twice_is_found(self):
		doc = make.brand("first")
		self.deliver()

		def save() -> None:
			frappe.rename_doc("Field Mapping", NEW, "Third name")
			self.edit(doc, "second")

		self.late("Field Mapping", "Test Brand", NEW, save)
		self.deliver()
		self.assertEqual(self.texts(), ["first", "second"], self.history())

	def test_a_flow_that_was_merged_into_another_one_is_that_one(self):
		make.flow(
			"Brand",
			make.rest("/brands"),
			[make.row("name", "name"), make.row("description", "text")],
			name=NEW,
		)
		self.commit()
		doc = make.brand("first")
		self.deliver()
		self.receiver.forget()
		# Of both, so that a save is told twice; then by one of them.
		known = frappe.get_meta("Brand").get(PROPERTY)
		frappe.rename_doc("Field Mapping", "Test Brand", NEW, merge=True)
		self.commit()
		frappe.clear_cache(doctype="Brand")
		frappe.get_meta("Brand").set(PROPERTY, known)
		self.edit(doc, "second")
		frappe.clear_cache(doctype="Brand")
		self.deliver()
		self.assertEqual(self.texts(), ["second"], self.history())
		self.assertEqual({row.field_mapping for row in self.events()}, {NEW})

	def test_flows_that_pull_are_merged(self):
		for name in (NEW, "Another that pulls"):
			make.flow(
				"Brand", [], [make.row("brand", "name", is_match_key=1)], name=name, direction="Incoming", remote_entity="brand",
				inbound_id_expression="id", pull_path="/brands",
			)  # fmt: skip
		frappe.rename_doc("Field Mapping", NEW, "Another that pulls", merge=True)
		self.commit()
		self.assertEqual(frappe.get_all("Sync Cursor", pluck="field_mapping"), ["Another that pulls"])

	def test_a_rename_between_claim_and_sending_loses_nothing(self):
		doc = make.brand("first")
		self.commit()
		original = lane.claim

		def renamed_since(*args, **kwargs):
			claimed = original(*args, **kwargs)
			if claimed.events and frappe.db.exists("Field Mapping", "Test Brand"):
				with self.set_user("Administrator"):
					frappe.rename_doc("Field Mapping", "Test Brand", NEW)
				frappe.db.commit()
			return claimed

		with mock.patch.object(lane, "claim", renamed_since):
			self.deliver()
		self.assertEqual(self.texts(), ["first"], self.history())
		self.assertEqual([link.document_name for link in self.links()], [doc.name])

	def test_an_event_under_the_old_name_of_an_account_is_sent(self):
		doc = make.brand("first")
		self.deliver()
		self.late("Integration Settings", make.ACCOUNT, "Renamed Shop", lambda: self.edit(doc, "second"))
		sweeping.sweep()
		self.deliver("Renamed Shop")
		self.assertEqual(self.texts(), ["first", "second"], self.history())

	def test_a_link_under_the_old_name_of_an_account_is_its_link(self):
		doc = make.brand("first")
		self.commit()
		frappe.rename_doc("Integration Settings", make.ACCOUNT, "Renamed Shop")
		name = make.link("Brand", doc.name, "brand", "B-1", integration="Renamed Shop").name
		frappe.db.set_value("Sync Link", name, "integration", make.ACCOUNT)
		sweeping.sweep()
		self.commit()
		self.assertEqual([link.integration for link in self.links()], ["Renamed Shop"])

	def test_another_flow_that_gets_the_name_has_its_own_events(self):
		frappe.rename_doc("Field Mapping", "Test Brand", NEW)
		other = make.brand_flow()
		frappe.delete_doc("Field Mapping", NEW)
		self.commit()
		frappe.clear_cache(doctype="Brand")
		make.brand("first")
		self.deliver()
		self.assertEqual({row.field_mapping for row in self.events()}, {other.name}, self.history())
		self.assertEqual(self.texts(), ["first"])

	def test_an_event_of_an_account_that_was_deleted_meanwhile_does_not_wait_for_ever(self):
		make.brand("first")
		self.commit()
		frappe.db.sql("UPDATE `tabSync Log` SET integration = 'Gone Shop'")
		sweeping.sweep()
		self.assertEqual(
			[(row.status, row.outcome) for row in self.committed()], [("Cancelled", "account_deleted")]
		)

	def committed(self) -> list:
		self.commit()
		return self.events()


class TestRenamedDocTypes(ConnectTestCase):
	"""A DocType of the site's own is renamed while events of its documents wait."""

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.old, self.new = make.unique("Parcel"), make.unique("Package")
		frappe.get_doc(
			{
				"doctype": "DocType", "name": self.old, "module": "Core", "custom": 1, "autoname": "hash",
				"fields": [
					{"fieldname": "text", "fieldtype": "Data", "label": "Text"},
					{"fieldname": "item", "fieldtype": "Link", "options": "Item", "label": "Item"},
				],
				"permissions": [{"role": "Item Manager", "read": 1}],
			}
		).insert()  # fmt: skip
		self.addCleanup(self.remove)

	def remove(self) -> None:
		for name in (self.old, self.new):
			if frappe.db.exists("DocType", name):
				frappe.delete_doc("DocType", name, force=True)
		self.commit()

	def rename(self) -> None:
		self.commit()
		frappe.rename_doc("DocType", self.old, self.new, force=True)
		self.commit()
		frappe.clear_cache()

	def flow(self, **values) -> None:
		make.flow(
			self.old,
			[
				make.request("Insert", "POST", "/parcels"),
				make.request("Update", "PUT", "/parcels/{external_id}"),
				make.request("Delete", "DELETE", "/parcels/{external_id}"),
			],
			[make.row("text", "text")],
			name="Parcels",
			**values,
		)

	def make_one(self, text: str):
		return frappe.get_doc({"doctype": self.old, "text": text}).insert()

	def test_what_waits_is_joined_with_what_follows(self):
		self.flow()
		doc = self.make_one("first")
		self.rename()
		doc = frappe.get_doc(self.new, doc.name)
		doc.text = "second"
		doc.save()
		self.deliver()
		self.assertEqual([sent.json for sent in self.arrived()], [{"text": "second"}], self.history())
		self.assertEqual(self.statuses(), ["Delivered", "Superseded"])

	def test_a_deletion_that_waits_is_told(self):
		self.flow()
		doc = self.make_one("first")
		self.deliver()
		frappe.delete_doc(self.old, doc.name)
		self.rename()
		self.deliver()
		self.assertEqual([sent.method for sent in self.arrived()], ["POST", "DELETE"], self.history())

	def test_what_a_trigger_points_to_is_found(self):
		item = make.item()
		make.flow(
			self.old,
			[make.request("Change", "POST", "/levels")],
			[make.row("text", "text")],
			name="Parcels",
			triggers=[{"trigger_doctype": "Item", "match_fields": "item=name"}],
		)
		frappe.get_doc({"doctype": self.old, "text": "first", "item": item.name}).insert()
		self.commit()
		frappe.clear_document_cache("DocType", "Item")
		self.touch(item)
		self.rename()
		self.touch(item)
		self.deliver()
		self.assertEqual([sent.json for sent in self.arrived()], [{"text": "first"}], self.history())

	def touch(self, item) -> None:
		doc = frappe.get_doc("Item", item.name)
		doc.description = make.unique("Described")
		doc.save()


class TestRenamedPulls(ScriptedCase):
	def test_an_older_state_that_waits_gives_way_to_a_newer_one(self):
		rows = [make.row("brand", "id", is_match_key=1), make.row("description", "name", required=1)]
		old, new = {"id": "R-000001"}, {"id": "R-000001", "name": "newer"}
		self.asks(Reply(200, {"data": [old]}), rows=rows, inbound_version_expression="")
		self.work()
		self.assertEqual(self.statuses(event="pull"), ["Failed"], self.history())
		self.flow = frappe.get_doc("Field Mapping", frappe.rename_doc("Field Mapping", FLOW, NEW))
		self.commit()
		intake.store(inflow.load(NEW), [new])
		self.commit()
		self.assertEqual(self.statuses(event="pull"), ["Superseded", "Received"], self.history())

	def test_a_record_that_a_walk_stores_under_the_old_name_is_written(self):
		rows = [make.row("brand", "id", is_match_key=1), make.row("description", "name")]
		self.asks(Reply(200, {"data": []}), rows=rows, inbound_version_expression="")
		before = inflow.load(FLOW)
		frappe.rename_doc("Field Mapping", FLOW, NEW)
		intake.store(before, [{"id": make.unique("Late"), "name": "late"}])
		self.commit()
		self.work()
		self.assertEqual(self.statuses(event="pull"), ["Processed"], self.history())
		self.assertEqual({row.field_mapping for row in self.events(event="pull")}, {NEW})


class TestRenamedAccounts(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer_flow(inbound_id_expression="")
		self.commit()

	def rename(self) -> None:
		self.account = frappe.get_doc(
			"Integration Settings", frappe.rename_doc("Integration Settings", make.ACCOUNT, "Renamed Shop")
		)
		self.commit()

	def test_what_came_once_has_no_second_effect(self):
		body = {"name": make.unique("Once")}
		self.ok(self.hook(body, id="E-1"))
		self.rename()
		self.ok(self.hook(body, id="E-1"))
		self.work("Renamed Shop")
		self.assertEqual(self.count("Customer", customer_name=body["name"]), 1, self.history())
		self.assertEqual(len(self.events()), 1)

	def test_a_flow_that_was_used_before_belongs_to_the_new_name(self):
		loaders = (inflow.load, flows.load)
		for load in loaders:
			load("Test Customer")
		self.rename()
		self.assertEqual([load("Test Customer").account for load in loaders], ["Renamed Shop"] * 2)

	def merge(self) -> None:
		frappe.rename_doc("Integration Settings", make.ACCOUNT, "Other Shop", merge=True)
		self.commit()

	def test_two_accounts_that_were_used_become_one(self):
		self.make_account("Other Shop", "another-key")
		self.commit()
		self.call(
			"create_customer", {"external_id": "C-1", "customer_name": make.unique("Caller")}, key="K-1"
		)
		self.commit()
		self.merge()
		self.assertEqual([row.integration for row in self.links()], ["Other Shop"])
		self.assertEqual(frappe.get_all("Integration State", pluck="integration"), ["Other Shop"])

	def test_two_accounts_with_links_of_one_document_are_not_merged(self):
		self.make_account("Other Shop", "another-key")
		self.commit()
		self.call(
			"create_customer", {"external_id": "C-1", "customer_name": make.unique("Caller")}, key="K-1"
		)
		[link] = self.links()
		make.link("Customer", link.document_name, link.remote_entity, "C-9", integration="Other Shop")
		self.commit()
		self.assertRaisesRegex(frappe.ValidationError, "then delete", self.merge)
		frappe.db.rollback()
		self.assertEqual(len(self.links()), 2)
		self.assertTrue(frappe.db.exists("Integration State", {"integration": make.ACCOUNT}))

	def test_a_call_that_is_repeated_has_no_second_effect(self):
		body = {"external_id": "C-1", "customer_name": make.unique("Caller")}
		self.ok(self.call("create_customer", body, key="K-1"))
		self.rename()
		self.ok(self.call("create_customer", body, key="K-1"))
		self.assertEqual(len(self.events()), 1, self.history())

	def test_another_account_of_the_old_name_gets_its_own(self):
		body = {"name": make.unique("Once")}
		self.ok(self.hook(body, id="E-1"))
		self.rename()
		self.account = self.make_account(make.ACCOUNT, "another-key")
		self.commit()
		self.ok(self.hook({"name": make.unique("Other")}, id="E-1"))
		self.assertEqual(len(self.events(integration=make.ACCOUNT)), 1, self.history())


class TestDeletedAccounts(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.customer_flow(inbound_id_expression="id")
		self.commit()

	def anew(self) -> None:
		"""The account is deleted, and another of its name leads to another system."""
		frappe.delete_doc("Field Mapping", "Test Customer")
		frappe.delete_doc("Integration Settings", make.ACCOUNT)
		self.account = self.make_account(make.ACCOUNT, "another-key")
		self.customer_flow(inbound_id_expression="id")
		self.commit()

	def test_an_id_of_another_system_is_another_record(self):
		first, second = make.unique("First"), make.unique("Second")
		write.upsert(inflow.load("Test Customer"), {"id": 77, "name": first})
		self.anew()
		done = write.upsert(inflow.load("Test Customer"), {"id": 77, "name": second})
		self.assertEqual((done.action, done.name), ("created", second))
		self.assertEqual(frappe.db.get_value("Customer", first, "customer_name"), first)

	def test_an_event_of_another_system_is_another_event(self):
		first, second = make.unique("First"), make.unique("Second")
		self.ok(self.hook({"id": 1, "name": first}, id="E-1"))
		self.work()
		self.anew()
		self.ok(self.hook({"id": 1, "name": second}, id="E-1"))
		self.work()
		self.assertEqual((self.count("Customer", name=first), self.count("Customer", name=second)), (1, 1))

	def test_links_that_such_an_account_left_before_are_deleted_by_the_update(self):
		doc = make.customer()
		make.link("Customer", doc.name, "customer", "77")
		frappe.db.set_value("Sync Link", {"external_id": "77"}, "integration", "Gone Shop")
		kept = make.link("Customer", make.customer().name, "customer", "78").name
		self.commit()
		links_of_deleted_accounts.execute()
		self.commit()
		self.assertEqual([row.name for row in self.links()], [kept])
