"""Flows and accounts that are renamed or deleted while events wait: nothing is doubled, put back, or taken for another's."""

from __future__ import annotations

import frappe

from erp_connect.api import events
from erp_connect.config import inflow
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
