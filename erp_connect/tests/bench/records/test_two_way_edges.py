"""Changes that wait on one side while the other moves on: none is lost, and none wins that should not."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import events
from erp_connect.config import inflow
from erp_connect.core.mapping.merge import ERPNEXT, HOLD, OUTSIDE, PER_FIELD
from erp_connect.operate import sweep
from erp_connect.records import write
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import BLIND, FLOW, KIND, TwoWayShopCase, mapped

MANAGER = "two-way-manager@example.com"


class TestUnsent(TwoWayShopCase):
	"""An edit here that was not sent yet."""

	def test_stays_a_change_when_the_record_comes_in_without_one(self):
		doc, id_ = self.edited(HOLD)
		self.shop.change(KIND, id_, unmapped="x")
		self.pull()
		self.shop.change(KIND, id_, tax="there")
		self.pull()
		self.assertEqual(self.event(status="On Hold", direction="Incoming").outcome, "both_changed")
		self.assertEqual(self.here(doc)[0], "here")

	def test_wins_each_time_where_erpnext_wins(self):
		doc, id_ = self.edited(ERPNEXT)
		for value in ("there", "there 2"):
			self.shop.change(KIND, id_, tax=value)
			self.pull()
		self.cycles()
		self.assert_sides(doc, id_, "here", "")

	def test_that_won_and_was_taken_back_before_it_was_sent_is_told_as_well(self):
		doc, id_ = self.edited(ERPNEXT)
		self.shop.change(KIND, id_, tax="there")
		self.pull()
		self.edit(doc, tax_id="0")
		self.cycles()
		self.assert_sides(doc, id_, "0", "")
		# So it is where a person decided.
		self.edit(doc, tax_id="here")
		frappe.db.set_value("Field Mapping", FLOW, "conflict_policy", HOLD)
		frappe.clear_document_cache("Field Mapping", FLOW)
		self.shop.change(KIND, id_, tax="there")
		self.pull()
		events.resolve_conflict(self.event(status="On Hold", direction="Incoming").name, side="here")
		self.work()
		self.edit(doc, tax_id="0")
		self.cycles()
		self.assert_sides(doc, id_, "0", "")

	def test_of_a_field_that_only_goes_out_is_sent_all_the_same(self):
		self.flow(HOLD, rows=[*mapped(), make.row("customer_details", "details", direction="Outgoing")])
		doc, id_ = self.linked(tax_id="0")
		self.edit(doc, customer_details="told")
		self.shop.change(KIND, id_, tax="there")
		self.pull()
		self.cycles()
		self.assertEqual(self.shop.things[KIND][id_]["details"], "told", self.history())
		self.assert_sides(doc, id_, "there", "")

	def test_a_return_to_what_was_sent_before_is_sent(self):
		self.flow(PER_FIELD)
		doc, id_ = self.linked(tax_id="0", website="0")
		self.edit(doc, website="here")
		write.upsert(inflow.load(FLOW), {"id": id_, "tax": "there", "version": 5})  # says nothing of the site
		self.shop.change(KIND, id_, tax="there")
		self.edit(doc, tax_id="0", website="0")
		self.cycles()
		self.assert_sides(doc, id_, "0", "0")

	def test_that_lost_is_not_sent_by_a_repetition(self):
		doc, id_ = self.edited(OUTSIDE)
		self.shop.refuse("PUT", 503)
		self.push()
		self.shop.change(KIND, id_, tax="there")
		self.pull()
		self.cycles()
		self.assert_sides(doc, id_, "there", "")


class TestFields(TwoWayShopCase):
	def test_a_row_added_later_makes_no_conflict(self):
		rows = mapped()
		flow = self.flow(ERPNEXT, rows=rows[:2])
		doc, id_ = self.linked(tax_id="0")
		flow.reload()
		flow.append("rows", rows[2])
		flow.save()
		self.shop.change(KIND, id_, tax="there", site=None)
		self.pull()
		self.assertEqual(self.here(doc)[0], "there", self.history())

	def test_the_same_edit_on_both_sides_is_no_conflict(self):
		self.flow(HOLD)
		doc, id_ = self.linked(tax_id="0", website="0")
		self.edit(doc, website="same")
		self.shop.change(KIND, id_, site="same", tax="there")
		self.cycles()
		self.assertEqual(self.events(status="On Hold"), [], self.history())

	def test_null_for_a_field_that_counts_only_when_created_empties_nothing(self):
		rows = mapped()
		rows[2]["on_create_only"] = 1
		self.flow(HOLD, rows=rows)
		doc, id_ = self.linked(tax_id="0", website="kept")
		self.shop.change(KIND, id_, tax="there", site=None)
		self.pull()
		self.assertEqual(self.here(doc), ("there", "kept"), self.history())

	def test_a_field_that_only_comes_in_is_not_hidden_by_an_answer(self):
		rows = mapped()
		rows[2]["direction"] = "Incoming"
		self.flow(HOLD, rows=rows)
		doc, id_ = self.linked(tax_id="0")
		self.shop.change(KIND, id_, site="there")
		self.edit(doc, tax_id="here")
		self.push()  # answered with the version that holds both changes
		self.cycles()
		self.assertEqual(self.here(doc), ("here", "there"), self.history())
		self.assertEqual(self.shop.count("PUT"), 1)

	def test_columns_of_rows_that_are_not_mapped_stay(self):
		make.flow(
			"Contact",
			make.rest("/people"),
			[make.row("first_name", "name"), make.row("phone_nos[].phone", "phones[].number")],
			name="People",
			direction="Both",
			table_rows="Remove",
			remote_entity="people",
			external_id_expression="data.id",
			inbound_id_expression="id",
			conflict_policy=OUTSIDE,
		)
		doc = frappe.get_doc(
			{
				"doctype": "Contact",
				"first_name": make.unique("Ada"),
				"phone_nos": [{"phone": "1"}, {"phone": "2", "is_primary_phone": 1}],
			}
		).insert()
		self.push()
		id_ = self.links(document_name=doc.name)[0].external_id
		write.upsert(
			inflow.load("People"), {"id": id_, "phones": [{"number": "0"}, {"number": "2"}, {"number": "3"}]}
		)
		doc.reload()
		self.assertEqual(
			[(r.phone, r.is_primary_phone) for r in doc.phone_nos], [("0", 0), ("2", 1), ("3", 0)]
		)


class TestDirection(TwoWayShopCase):
	"""A flow that only sent for a while, and goes both ways again."""

	def goes(self, direction: str) -> None:
		flow = frappe.get_doc("Field Mapping", FLOW)
		flow.direction = direction
		flow.save()
		self.commit()

	def sent_for_a_while(self) -> tuple[Any, str]:
		"""A customer whose tax id was changed here, and sent, meanwhile; and his id outside."""
		self.flow(HOLD)
		doc, id_ = self.linked(tax_id="0", website="0")
		self.goes("Outgoing")
		self.edit(doc, tax_id="1")
		self.push()
		self.goes("Both")
		return doc, id_

	def test_what_the_outside_took_back_meanwhile_is_not_lost(self):
		_, id_ = self.sent_for_a_while()
		self.shop.change(KIND, id_, tax="0")
		self.pull()
		self.assertEqual(self.event(status="On Hold", direction="Incoming").outcome, "both_changed")

	def test_what_did_not_change_meanwhile_is_known_to_be_equal(self):
		doc, id_ = self.sent_for_a_while()
		self.shop.change(KIND, id_, site="there")
		self.pull()
		self.cycles()
		self.assert_sides(doc, id_, "1", "there")


class TestDecimals(TwoWayShopCase):
	"""The database keeps nine of them: what it rounds off is nobody's change."""

	ROWS = (make.row("customer_name", "name"), make.row("default_commission_rate", "rate"))

	def rate(self, doc) -> float:
		frappe.db.rollback()
		return frappe.db.get_value("Customer", doc.name, "default_commission_rate")

	def test_a_third_and_then_another_number_outside(self):
		for policy in (HOLD, ERPNEXT):
			with self.subTest(policy):
				self.flow(policy, rows=list(self.ROWS))
				doc, id_ = self.linked(default_commission_rate=1)
				self.shop.change(KIND, id_, rate=10 / 3)
				self.pull()
				self.assertEqual(self.rate(doc), 3.333333333)
				self.shop.change(KIND, id_, rate=4)
				self.pull()
				self.cycles(2)
				self.assertEqual(self.rate(doc), 4, self.history())
				self.assertEqual(self.shop.things[KIND][id_]["rate"], 4)
				frappe.delete_doc("Field Mapping", FLOW)

	def test_what_links_remember_from_before_is_no_change_here(self):
		self.flow(HOLD, rows=list(self.ROWS))
		doc, id_ = self.linked(default_commission_rate=3.333333333)
		link = self.link(doc)
		text = link.synced_values.replace("3.333333333", "3.3333333333333335")
		frappe.db.set_value("Sync Link", link.name, "synced_values", text)
		self.shop.change(KIND, id_, rate=4)
		self.pull()
		self.assertEqual(self.rate(doc), 4, self.history())

	def test_the_same_record_again_saves_nothing(self):
		self.flow(OUTSIDE, rows=list(self.ROWS))
		record = {"id": "S-1", "name": make.unique("Third"), "rate": 10 / 3}
		actions = [write.upsert(inflow.load(FLOW), record).action for _ in range(2)]
		self.assertEqual(actions, ["created", "unchanged"])


class TestNews(TwoWayShopCase):
	def test_what_did_not_change_is_no_news_each_time(self):
		self.flow(HOLD, **BLIND)
		doc, id_ = self.linked(tax_id="0")
		self.shop.change(KIND, id_, tax="there")
		self.cycles(2)
		before = len(self.events())
		self.cycles(3)
		self.assertEqual(len(self.events()), before, self.history())

	def test_a_return_to_a_state_that_was_fetched_before_is_news(self):
		self.flow(HOLD, **BLIND)
		doc, id_ = self.linked(tax_id="0")
		self.shop.change(KIND, id_, tax="a")
		self.shop.things[KIND][id_].update(version=1, modified="")
		self.pull()
		write.upsert(
			inflow.load(FLOW), {"id": id_, "name": doc.customer_name, "tax": "b"}
		)  # by a call of the API
		self.commit()
		self.pull()
		self.assertEqual(self.here(doc)[0], "a", self.history())

	def test_a_record_whose_id_cannot_be_read_does_not_stop_the_others(self):
		self.flow(HOLD, inbound_id_expression="join('-', [id, 'x'])")
		self.shop.add(KIND, id="1", name=make.unique("One"))
		self.shop.things[KIND]["1"]["id"] = 1
		good = make.unique("Good")
		self.shop.add(KIND, name=good)
		self.pull()
		self.assertTrue(frappe.db.exists("Customer", {"customer_name": good}), self.history())
		self.assertEqual(len(self.events(status="Failed", event="pull")), 1, self.history())


class TestOtherAccounts(TwoWayShopCase):
	def test_what_is_fetched_from_one_goes_on_to_the_other_and_not_back(self):
		make.account(self.receiver.url(), "Other Shop")
		make.flow("Customer", make.rest("/theirs"), mapped(), name="Theirs", integration="Other Shop")
		self.flow(HOLD)
		doc, id_ = self.linked(tax_id="0")
		self.deliver("Other Shop")
		self.shop.change(KIND, id_, tax="there")
		self.cycles()
		self.deliver("Other Shop")
		self.assertEqual([sent.json["tax"] for sent in self.arrived()], ["0", "there"], self.history())
		updates = self.events(direction="Outgoing", event="update")
		self.assertEqual([row.integration for row in updates], ["Other Shop"], self.history())
		self.assert_sides(doc, id_, "there", "")


class TestDeleted(TwoWayShopCase):
	"""A document that is deleted here while its conflict waits for a person."""

	def decided(self, side: str):
		doc, id_ = self.conflict()
		frappe.delete_doc("Customer", doc.name)
		self.commit()
		self.cycles(1)
		make.user(MANAGER, ("Integration Manager", *make.ROLES))
		frappe.set_user(MANAGER)
		try:
			events.resolve_conflict(self.event(status="On Hold", direction="Incoming").name, side=side)
		finally:
			frappe.set_user("Administrator")
		self.work()
		sweep.sweep()
		self.cycles()
		return doc, id_

	def test_is_made_anew_where_the_outside_stands(self):
		doc, id_ = self.decided("there")
		self.assertEqual(self.shop.things[KIND][id_]["tax"], "there", self.history())
		(link,) = self.links(external_id=id_)
		self.assertEqual(frappe.db.get_value("Customer", link.document_name, "tax_id"), "there")
		self.assertEqual(self.event(event="delete").status, "Cancelled")

	def test_is_deleted_outside_where_erpnext_stands(self):
		doc, id_ = self.decided("here")
		self.assertEqual((dict(self.shop.things[KIND]), self.links()), ({}, []), self.history())
