"""**Skip or Pin…**: documents that a person takes out of what an account sends or writes, and takes back."""

from __future__ import annotations

from unittest.mock import patch

import frappe

from erp_connect.api import events, exemptions, reconciliation
from erp_connect.config import inflow
from erp_connect.core.mapping.merge import OUTSIDE
from erp_connect.records import deletion, exempt, write
from erp_connect.served import bulk
from erp_connect.store import exemptions as store
from erp_connect.store import retention
from erp_connect.store.exemptions import PIN_HERE, PIN_OUTSIDE, SKIP
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.reconcile_case import ReconcileCase
from erp_connect.tests.bench.two_way_case import FLOW, KIND, SINGLE, TwoWayShopCase


def exempted(doc, rule: str = SKIP, **values) -> str:
	"""Exempt a document at ACCOUNT; the name of the Sync Exemption."""
	exemptions.exempt(make.ACCOUNT, doc.doctype, [str(doc.name)], rule, **values)
	frappe.db.commit()
	return frappe.db.get_value(
		"Sync Exemption", {"document_name": doc.name}, "name", order_by="creation desc"
	)


class TestSkippedDocuments(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		make.brand_flow()
		self.commit()

	def test_what_waits_and_what_follows_is_skipped_and_sent_when_taken_back(self):
		brand = make.brand()
		name = exempted(brand, reason="a <b>test</b> brand")
		self.deliver()
		brand.reload().update({"description": "second"}).save()
		self.deliver()
		self.assert_arrived(0)
		rows = self.events()
		self.assertEqual({(row.status, row.outcome) for row in rows}, {("Skipped", exempt.OUTCOME)})
		self.assertIn("Administrator skipped this document", rows[0].error)
		self.assertIn("a <b>test</b> brand", rows[0].error)
		state = events.document_state("Brand", brand.name)
		self.assertEqual([one.rule for one in state["exemptions"]], [SKIP])
		exemptions.take_back([name])
		self.deliver()
		(sent,) = self.arrived("/brands")
		self.assertEqual(sent.json["text"], "second")
		self.assertEqual(events.document_state("Brand", brand.name)["exemptions"], [])
		told = frappe.get_all(
			"Comment", {"reference_name": brand.name, "comment_type": "Info"}, pluck="content"
		)
		self.assertEqual(len(told), 2)
		self.assertNotIn("<b>", " ".join(told))

	def test_it_holds_for_the_new_name_and_after_the_deletion(self):
		brand = make.brand()
		self.deliver()
		exempted(brand)
		new = make.unique("Brand")
		frappe.rename_doc("Brand", brand.name, new)
		self.deliver()
		frappe.delete_doc("Brand", new)
		self.deliver()
		self.assertEqual([one.method for one in self.arrived()], ["POST"])
		(exemption,) = frappe.get_all("Sync Exemption", fields=["name", "document_name"])
		self.assertEqual(exemption.document_name, new)
		exemptions.take_back([exemption.name])
		self.deliver()
		self.assertEqual([one.method for one in self.arrived()], ["POST", "DELETE"], self.history())

	def test_another_document_that_gets_the_name_is_sent(self):
		gone, other = make.brand(), make.brand()
		exempted(gone)
		frappe.delete_doc("Brand", gone.name)
		frappe.rename_doc("Brand", other.name, gone.name)
		self.assertEqual(frappe.get_all("Sync Exemption"), [])

	def test_a_merged_document_is_told_of_by_the_one_that_is_left(self):
		one, other = make.brand(), make.brand()
		exempted(one)
		exempted(other)
		frappe.rename_doc("Brand", one.name, other.name, merge=True)
		self.assertEqual(frappe.get_all("Sync Exemption", pluck="document_name"), [other.name])

	def test_of_one_flow_only(self):
		make.flow(
			"Brand", make.rest("/others"), [make.row("name", "name")], name="Others", remote_entity="other"
		)
		brand = make.brand()
		exempted(brand, flow="Others")
		self.deliver()
		self.assertEqual([one.path for one in self.arrived()], ["/brands"])
		frappe.delete_doc("Field Mapping", "Others")
		self.assertEqual(frappe.get_all("Sync Exemption"), [])

	def test_flows_and_accounts_that_are_merged(self):
		make.flow(
			"Brand", make.rest("/others"), [make.row("name", "name")], name="Others", remote_entity="other"
		)
		make.account(self.receiver.url(), "Other Shop")
		brand = make.brand()
		for flow in ("Others", "Test Brand", ""):
			exempted(brand, flow=flow)
		store.put("Other Shop", "Brand", [brand.name], rule=SKIP, flow="", reason="")
		self.commit()
		frappe.rename_doc("Field Mapping", "Others", "Test Brand", merge=True)
		store.before_account_merge("Other Shop", make.ACCOUNT)
		found = frappe.get_all("Sync Exemption", fields=["integration", "field_mapping"], as_list=True)
		self.assertEqual(
			{(account, flow or "") for account, flow in found},
			{(make.ACCOUNT, "Test Brand"), (make.ACCOUNT, "")},
		)
		self.assertEqual(len(found), 2)

	def test_of_links_and_events(self):
		one, other = make.brand(), make.brand()
		self.deliver()
		(link,) = [row.name for row in self.links() if row.document_name == one.name]
		(event,) = [row.name for row in self.events() if row.reference_name == other.name]
		self.assertEqual(exemptions.exempt_chosen("Sync Link", [link], SKIP), 1)
		self.assertEqual(exemptions.exempt_chosen("Sync Log", [event], SKIP, "no more"), 1)
		found = frappe.get_all("Sync Exemption", {"rule": SKIP}, pluck="document_name")
		self.assertEqual(set(found), {one.name, other.name})
		with self.assertRaises(frappe.ValidationError):
			exemptions.exempt_chosen("User", ["Administrator"], SKIP)

	def test_what_cannot_be_decided_is_refused(self):
		brand = make.brand()
		for rule, words in (("Nap", "is not a rule"), (PIN_HERE, "Choose Skip")):
			with self.assertRaisesRegex(frappe.ValidationError, words):
				exempted(brand, rule)
		with self.assertRaisesRegex(frappe.ValidationError, "No flow of account"):
			exemptions.exempt(make.ACCOUNT, "Customer", [make.customer().name], SKIP)
		with self.assertRaisesRegex(frappe.ValidationError, "is not for"):
			exempted(brand, flow="Nothing")
		with self.assertRaises(frappe.DoesNotExistError):
			exemptions.exempt(make.ACCOUNT, "Brand", [brand.name.upper()], SKIP)
		(offered,) = exemptions.choices("Brand")
		self.assertEqual(offered["rules"], [SKIP])

	def test_orders_are_booked_step_by_step(self):
		make.flow(
			"Sales Order", [], [make.row("id", "id")], name="Orders", direction="Incoming", purpose="Order",
			inbound_id_expression="id",
		)  # fmt: skip
		with self.assertRaisesRegex(frappe.ValidationError, "cannot be skipped one by one"):
			exemptions.exempt(make.ACCOUNT, "Sales Order", [], SKIP)


class TestPinnedDocuments(TwoWayShopCase):
	def test_pinned_here(self):
		self.flow(read_before_update=1, **SINGLE)
		doc, record = self.linked(tax_id="1")
		name = exempted(doc, PIN_HERE)
		self.shop.change(KIND, record, tax="2")
		self.pull()
		self.assertEqual(self.here(doc)[0], "1")
		(skipped,) = self.events(direction="Incoming")
		self.assertEqual((skipped.status, skipped.outcome), ("Skipped", exempt.OUTCOME))
		self.assertIn("pinned this document here", skipped.error)
		self.edit(doc, tax_id="3")
		self.push()
		self.assertEqual(self.there(record)[0], "3", self.history())
		self.shop.change(KIND, record, tax="4")
		self.pull()
		exemptions.take_back([name])
		self.work()
		self.assertEqual(self.here(doc)[0], "4", self.history())

	def test_what_was_skipped_is_kept_until_it_is_taken_back(self):
		self.flow(OUTSIDE)
		doc, id_ = self.linked(tax_id="0")
		name = exempted(doc, PIN_HERE)
		self.shop.change(KIND, id_, tax="there")
		self.pull()
		frappe.db.sql("UPDATE `tabSync Log` SET creation = creation - INTERVAL 60 DAY")
		self.commit()
		self.assertEqual(retention.clear(30), 1)  # that it was made
		exemptions.take_back([name])
		self.work()
		self.assert_sides(doc, id_, "there", "")
		frappe.db.sql("UPDATE `tabSync Log` SET creation = creation - INTERVAL 60 DAY")
		self.commit()
		self.assertGreater(retention.clear(30), 0)
		self.assertEqual(self.events(), [])

	def test_pinned_outside(self):
		self.flow()
		doc, record = self.linked(tax_id="1")
		name = exempted(doc, PIN_OUTSIDE)
		self.shop.change(KIND, record, site="https://there.example")
		self.pull()
		self.edit(doc, tax_id="2")
		self.push()
		self.assertEqual(self.here(doc), ("2", "https://there.example"), self.history())
		self.assertEqual(self.there(record)[0], "1")
		exemptions.take_back([name])
		self.push()
		self.assert_sides(doc, record, "2", "https://there.example")

	def test_what_is_told_and_asked_of_its_deletion_is_skipped(self):
		self.flow(allow_delete=1)
		doc, record = self.linked(tax_id="1")
		exempted(doc)
		flow = inflow.load(FLOW)
		for written in (deletion.delete(flow, record), write.upsert(flow, {"id": record, "tax": "2"})):
			self.assertEqual((written.action, written.name, written.whole), ("skipped", doc.name, False))
			self.assertIn("skipped this document", written.reason)
		self.assertEqual(self.here(doc)[0], "1")

	def test_many_records_of_one_call_ask_once(self):
		self.flow()
		known = [self.linked(tax_id="1") for _ in range(3)]
		exempted(known[1][0], PIN_HERE)
		flow, asked, sql = inflow.load(FLOW), [], frappe.db.sql

		def counted(query, *more, **how):
			asked.append("tabSync Exemption" in str(query))
			return sql(query, *more, **how)

		def bring(tax: str) -> list[str]:
			asked.clear()
			records = [self.shop.things[KIND][record] for _doc, record in known]
			told = [{**one, "tax": tax, "version": 10 + int(tax)} for one in records]
			return [one["action"] for one in bulk.write_all(flow, told)]

		written = ["updated", "skipped", "updated"]
		with patch.object(frappe.db, "sql", counted):
			self.assertEqual((bring("2"), sum(asked)), (written, 1))
			with patch.object(exempt, "AT_ONCE", 0):
				self.assertEqual((bring("3"), sum(asked)), (written, 4))

	def test_skipped_both_ways(self):
		self.flow()
		doc, record = self.linked(tax_id="1")
		name = exempted(doc, SKIP)
		self.shop.change(KIND, record, tax="2")
		self.pull()
		self.edit(doc, website="https://here.example")
		self.push()
		self.assertEqual((self.here(doc)[0], self.there(record)[1]), ("1", ""))
		exemptions.take_back([name])
		self.work()
		self.push()
		# What both sides changed meanwhile is for the flow's policy, as ever.
		self.assertEqual(self.statuses(direction="Incoming"), ["On Hold"], self.history())


class TestComparisonOfSkippedDocuments(ReconcileCase):
	def test_its_difference_is_shown_with_the_reason_and_not_repaired(self):
		self.make_flow()
		(name,) = self.equal(1)
		exempted(frappe.get_doc("Brand", name), reason="as agreed")
		frappe.db.set_value("Brand", name, "description", "changed here")
		self.commit()
		self.compare()
		(found,) = frappe.get_all("Sync Difference", fields=["name", "kind", "message", "fields_json"])
		self.assertIn("as agreed", found.message)
		self.assertIn("changed here", found.fields_json)
		for side in ("here", "there", "policy"):
			answer = reconciliation.repair([found.name], side)
			self.assertEqual((answer["begun"], "as agreed" in answer["refused"][found.name]), (0, True), side)
