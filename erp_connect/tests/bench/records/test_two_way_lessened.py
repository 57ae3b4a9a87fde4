"""Rows of both ways that lose something on the way out: what was sent and comes back is no change outside."""

from __future__ import annotations

import frappe

from erp_connect.config import inflow
from erp_connect.core.mapping.merge import ERPNEXT, HOLD, NEWEST, OUTSIDE, PER_FIELD
from erp_connect.records import write
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import BLIND, FLOW, KIND, TwoWayShopCase
from erp_connect.tests.fakes.shop import PAGES

CUT = {"transform": "Truncate", "argument": "3"}
POLICIES = (HOLD, OUTSIDE, ERPNEXT, NEWEST, PER_FIELD)


def rows(field: str = "tax_id", **how) -> list[dict]:
	return [
		make.row("customer_name", "name"),
		make.row(field, "tax", **how),
		make.row("website", "site"),
	]


class TestLessened(TwoWayShopCase):
	def value(self, doc, field: str):
		frappe.db.rollback()
		return frappe.db.get_value("Customer", doc.name, field)

	def anew(self) -> None:
		frappe.delete_doc("Field Mapping", FLOW, force=True, ignore_missing=True)
		self.commit()

	def cut(self, policy: str):
		"""A customer of whose `abcdef` the shop has `abc`, by a new flow. Returns it, and its id in the shop."""
		self.anew()
		self.flow(policy, rows=rows(**CUT))
		return self.linked(tax_id="abcdef")

	def test_another_field_changed_outside_leaves_it(self):
		for policy in POLICIES:
			with self.subTest(policy=policy):
				doc, id_ = self.cut(policy)
				self.pull()
				self.shop.change(KIND, id_, site="s1")
				self.pull()
				self.assertEqual(self.here(doc), ("abcdef", "s1"), self.history())
				self.assertEqual(self.there(id_), ("abc", "s1"))
				self.cycles(2)
				self.assertEqual((self.here(doc), self.shop.count("PUT")), (("abcdef", "s1"), 0))

	def test_whoever_wins_by_its_row(self):
		self.flow(PER_FIELD, rows=rows(wins="ERPNext", **CUT))
		doc, id_ = self.linked(tax_id="abcdef")
		self.shop.change(KIND, id_, site="s1")
		self.pull()
		self.assertEqual((self.here(doc), self.there(id_)), (("abcdef", "s1"), ("abc", "s1")))

	def test_whatever_is_lost(self):
		cases = (
			("tax_id", "de-ab", {"transform": "Upper"}, "DE-AB"),
			("tax_id", "DE-AB", {"transform": "Lower"}, "de-ab"),
			("tax_id", "a-b", {"transform": "Replace", "argument": "-=>_"}, "a_b"),
			("tax_id", "", {"default_value": "none"}, "none"),
			("default_commission_rate", 12.345, {"transform": "Round", "argument": "1"}, 12.3),
			("customer_details", "One <b>two</b> & more", {"transform": "Strip HTML"}, "One two & more"),
		)
		for field, value, how, sent in cases:
			with self.subTest(field=field, **how):
				self.anew()
				self.flow(ERPNEXT, rows=rows(field, **how))
				doc, id_ = self.linked(**{field: value})
				stands = doc.get(field)
				self.assertEqual(self.shop.things[KIND][id_]["tax"], sent)
				self.shop.change(KIND, id_, site="s1")
				self.pull()
				self.assertEqual(self.value(doc, field) or "", stands or "", self.history())
				self.assertEqual(self.value(doc, "website"), "s1")

	def test_what_another_row_sent_to_the_place_is_not_taken_for_a_change(self):
		split = [
			make.row("customer_name", "name"),
			make.row("tax_id || customer_name", "tax", direction="Outgoing"),
			make.row("tax_id", "tax", direction="Incoming"),
			make.row("website", "site"),
		]
		for how in ({}, BLIND):
			with self.subTest(**how):
				self.anew()
				self.flow(OUTSIDE, rows=split, **how)
				doc, id_ = self.linked(tax_id="")
				self.assertEqual(self.there(id_), (doc.customer_name, ""))
				self.pull()
				self.shop.change(KIND, id_, site="s1")
				self.pull()
				self.assertEqual(self.here(doc), ("", "s1"), self.history())
				self.shop.change(KIND, id_, tax="t1")
				self.pull()
				self.assertEqual(self.here(doc), ("t1", "s1"), self.history())

	def test_what_was_never_sent_is_not_emptied_by_a_record_that_lacks_it(self):
		taken = [
			make.row("customer_name", "name"),
			make.row("tax_id", "tax", direction="Incoming"),
			make.row("website", "site"),
		]
		for how in ({}, BLIND):
			with self.subTest(**how):
				self.anew()
				self.flow(OUTSIDE, rows=taken, **how)
				doc, id_ = self.linked(tax_id="here")
				self.pull()
				self.shop.change(KIND, id_, site="s1", tax=None)
				self.pull()
				self.assertEqual(self.here(doc), ("here", "s1"), self.history())
				self.shop.change(KIND, id_, tax="t1")
				self.pull()
				self.assertEqual(self.here(doc), ("t1", "s1"), self.history())
				self.shop.change(KIND, id_, tax=None)
				self.pull()
				self.assertEqual(self.here(doc), ("", "s1"), self.history())

	def test_without_versions_the_echo_changes_nothing(self):
		self.flow(HOLD, rows=rows(**CUT), **BLIND)
		doc, id_ = self.linked(tax_id="abcdef")
		self.pull()
		self.assertEqual(self.here(doc)[0], "abcdef")
		self.edit(doc, tax_id="uvwxyz")
		self.push()
		self.pull()
		self.assertEqual((self.here(doc)[0], self.there(id_)[0]), ("uvwxyz", "uvw"))
		self.cycles()
		self.assertEqual((self.here(doc)[0], self.shop.count("PUT")), ("uvwxyz", 1), self.history())

	def test_the_field_itself_changed_outside_is_taken(self):
		for policy in POLICIES:
			with self.subTest(policy=policy):
				doc, id_ = self.cut(policy)
				self.shop.change(KIND, id_, site="s1")
				self.pull()
				self.shop.change(KIND, id_, tax="xyz")
				self.pull()
				self.assert_sides(doc, id_, "xyz", "s1")

	def test_changed_on_both_sides_the_policy_decides(self):
		for policy, here, there in ((OUTSIDE, "xyz", "xyz"), (ERPNEXT, "ghijkl", "ghi")):
			with self.subTest(policy=policy):
				doc, id_ = self.cut(policy)
				self.edit(doc, tax_id="ghijkl")
				self.shop.change(KIND, id_, tax="xyz")
				self.pull()
				self.cycles(2)
				self.assertEqual((self.here(doc)[0], self.there(id_)[0]), (here, there), self.history())

	def test_changed_on_both_sides_is_held(self):
		self.flow(HOLD, rows=rows(**CUT))
		doc, id_ = self.linked(tax_id="abcdef")
		self.edit(doc, tax_id="ghijkl")
		self.shop.change(KIND, id_, tax="xyz")
		self.pull()
		self.assertEqual(self.event(status="On Hold", direction="Incoming").outcome, "both_changed")
		self.assertEqual(self.here(doc)[0], "ghijkl")

	def test_other_rows_of_the_field_go_on_to_say_all_of_it(self):
		full = make.row("tax_id", "full", direction="Outgoing")
		self.flow(HOLD, rows=[*rows(**CUT), full])
		doc, id_ = self.linked(tax_id="abcdef")
		self.edit(doc, website="w1")
		self.push()
		self.assertEqual(self.shop.things[KIND][id_]["full"], "abcdef")
		self.shop.change(KIND, id_, site="s1")
		self.pull()
		self.edit(doc, website="w2")
		self.push()
		self.assertEqual(self.shop.things[KIND][id_]["full"], "abcdef", self.history())
		self.assertEqual((self.here(doc), self.there(id_)), (("abcdef", "w2"), ("abc", "w2")))

	def test_a_look_before_sending_sees_no_change(self):
		self.flow(HOLD, rows=rows(**CUT), read_before_update=1, fetch_path="/customers/{external_id}",
			fetch_result="data", **BLIND)  # fmt: skip
		doc, id_ = self.linked(tax_id="abcdef")
		self.edit(doc, website="w1")
		self.push()
		self.assertEqual(self.there(id_), ("abc", "w1"), self.history())
		self.assertEqual(self.events(direction="Incoming"), [])

	def test_one_who_saw_the_document_does_not_cut_it(self):
		self.flow(HOLD, rows=rows(**CUT), inbound_seen_expression="seen")
		doc, id_ = self.linked(tax_id="abcdef")
		for version, tax, stands in ((5, "abc", "abcdef"), (6, "xyz", "xyz")):
			record = {
				"id": id_,
				"tax": tax,
				"site": f"s{version}",
				"version": version,
				"seen": str(doc.modified),
			}
			write.upsert(inflow.load(FLOW), record)
			self.commit()
			doc.reload()
			self.assertEqual(self.here(doc), (stands, f"s{version}"))

	def test_columns_of_a_table(self):
		for key, kept in ((1, "Keep"), (0, "Remove")):
			for versions in (
				{"answer_version_expression": "data.version", "inbound_version_expression": "version"},
				{},
			):
				with self.subTest(kept=kept, versions=bool(versions)):
					self.anew()
					make.flow(
						"Item", make.rest("/items"),
						[
							make.row("item_code", "code"), make.row("item_name", "name"), make.row("item_group", "group"),
							make.row("stock_uom", "uom"), make.row("customer_items[].customer_name", "buyers[].name", row_key=key),
							make.row("customer_items[].ref_code", "buyers[].code", **CUT),
						],
						name=FLOW, direction="Both", remote_entity="items", external_id_expression="data.id",
						inbound_id_expression="id", conflict_policy=HOLD, send_nulls=1, pull_path="/items",
						table_rows=kept, **PAGES, **versions,
					)  # fmt: skip
					self.commit()
					buyers = [make.customer().name for _ in range(2)]
					item = make.item(customer_items=[{"customer_name": buyers[0], "ref_code": "abcdef"}])
					self.push()
					self.pull()
					id_ = self.links(document_name=item.name)[0].external_id
					self.assertEqual(self.codes(item), ["abcdef"], self.history())
					self.shop.change("items", id_, name="there")
					self.pull()
					self.assertEqual(self.codes(item), ["abcdef"], self.history())
					self.assertEqual(frappe.db.get_value("Item", item.name, "item_name"), "there")
					self.shop.change("items", id_, buyers=[{"name": buyers[0], "code": "xyz"}])
					self.pull()
					self.assertEqual(self.codes(item), ["xyz"], self.history())

	def codes(self, item) -> list[str]:
		frappe.db.rollback()
		return [row.ref_code for row in item.reload().customer_items]
