"""What a table in a record means for rows that are there already: they stay, or go, as the flow says."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config import inflow
from erp_connect.core.mapping.merge import HOLD, NEWEST
from erp_connect.records import write
from erp_connect.store import upgrades
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase
from erp_connect.tests.bench.inbound_case import InboundTestCase
from erp_connect.tests.bench.two_way_case import FLOW, TwoWayShopCase
from erp_connect.tests.fakes.shop import PAGES

OWN, COLLEAGUE, OTHER = "+1 202 555 0101", "+1 202 555 0102", "+1 202 555 0103"


class TestTables(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.contact = frappe.get_doc(
			{
				"doctype": "Contact", "first_name": make.unique("Ann"),
				"phone_nos": [{"phone": OWN, "is_primary_mobile_no": 1}, {"phone": COLLEAGUE, "is_primary_phone": 1}],
			}
		).insert()  # fmt: skip
		self.rows = self.contact.phone_nos

	def flow(self, *, key: bool = True, **values: Any) -> None:
		make.flow(
			"Contact", [],
			[
				make.row("first_name", "name", is_match_key=1),
				make.row("phone_nos[].phone", "phones[].number", row_key=int(key)),
				make.row("phone_nos[].is_primary_phone", "phones[].main"),
			],
			direction="Incoming", remote_entity="contact", inbound_id_expression="id", expose_api=1, **values,
		)  # fmt: skip
		self.commit()

	def upsert(self, *phones: str, **more: Any):
		record = {
			"id": "c-1",
			"name": self.contact.first_name,
			"phones": [{"number": one, **more} for one in phones],
		}
		answer = self.call("upsert", {"entity": "contact", "record": record})
		frappe.db.rollback()
		return answer

	def phones(self) -> list[str]:
		self.contact.reload()
		return [row.phone for row in self.contact.phone_nos]

	def test_rows_that_are_left_out_stay_and_keep_their_names(self):
		self.flow()
		self.assertEqual(frappe.db.get_value("Field Mapping", {}, "table_rows"), "Keep")
		self.ok(self.upsert(OTHER))
		self.assertEqual(self.phones(), [OWN, COLLEAGUE, OTHER])
		self.assertEqual([row.name for row in self.contact.phone_nos[:2]], [row.name for row in self.rows])
		self.assertEqual(self.ok(self.upsert(OTHER))["action"], "unchanged")
		self.assertEqual(self.ok(self.upsert())["action"], "unchanged")

	def test_a_row_with_the_same_key_is_changed(self):
		self.flow()
		self.ok(self.upsert(COLLEAGUE, main=0))
		self.assertEqual(self.phones(), [OWN, COLLEAGUE])
		self.assertEqual(self.contact.phone_nos[1].is_primary_phone, 0)

	def test_all_rows_where_the_flow_says_so(self):
		self.flow(table_rows="Remove")
		self.ok(self.upsert(OTHER))
		self.assertEqual(self.phones(), [OTHER])

	def test_without_a_key_what_is_unclear_is_held_and_the_remedy_helps(self):
		self.flow(key=False)
		self.refused(self.upsert(OTHER), 409, "rows_unclear")
		self.assertEqual(self.phones(), [OWN, COLLEAGUE])
		self.ok(self.upsert(OWN, COLLEAGUE, OTHER))
		self.assertEqual(self.phones(), [OWN, COLLEAGUE, OTHER])
		flow = frappe.get_doc("Field Mapping", {"document_type": "Contact"})
		flow.rows[1].row_key = 1
		flow.save()
		self.commit()
		self.ok(self.upsert(COLLEAGUE, main=0))
		self.assertEqual(self.phones(), [OWN, COLLEAGUE, OTHER])

	def test_two_rows_with_one_key_are_held(self):
		self.flow()
		self.refused(self.upsert(OWN, OWN), 409, "rows_unclear")
		self.assertEqual(self.phones(), [OWN, COLLEAGUE])

	def test_each_way_out_that_a_held_table_names(self):
		for field, value, phones in (
			("row_key", 1, [OWN, COLLEAGUE, OTHER]),
			("table_rows", "Remove", [OTHER]),
		):
			with self.subTest(field):
				self.flow(key=False)
				told = self.refused(self.upsert(OTHER), 409, "rows_unclear")["message"]
				self.assertIn("tick Key of the row for the columns of phone_nos", told)
				self.assertIn("or choose Remove for rows that a record leaves out", told)
				flow = frappe.get_doc("Field Mapping", {"document_type": "Contact"})
				(flow.rows[1] if field == "row_key" else flow).set(field, value)
				flow.save()
				self.commit()
				self.ok(self.upsert(OTHER))
				self.assertEqual(self.phones(), phones)
				frappe.delete_doc("Field Mapping", flow.name)
				self.contact.set("phone_nos", [{"phone": OWN}, {"phone": COLLEAGUE}])
				self.contact.save()
				self.commit()

	def test_two_rows_with_one_key_can_be_told_apart_as_it_says(self):
		self.flow()

		def differ() -> None:
			self.contact.reload()
			self.contact.phone_nos[1].phone = OTHER
			self.contact.save()

		def tick() -> None:
			flow = frappe.get_doc("Field Mapping", {"document_type": "Contact"})
			flow.rows[2].row_key = 1
			flow.save()

		for fix, phones in ((differ, [OWN, OTHER]), (tick, [OWN, OWN])):
			self.contact.reload()
			self.contact.set("phone_nos", [{"phone": OWN, "is_primary_phone": 1}, {"phone": OWN}])
			self.contact.save()
			self.commit()
			told = self.refused(self.upsert(OWN, main=1), 409, "rows_unclear")["message"]
			self.assertIn("Make them differ, or tick Key of the row for further columns in flow", told)
			fix()
			self.commit()
			self.ok(self.upsert(OWN, main=1))
			self.assertEqual(self.phones(), phones)

	def test_a_key_of_what_is_no_row_is_refused(self):
		self.flow()
		flow = frappe.get_doc("Field Mapping", {"document_type": "Contact"})
		flow.rows[0].row_key = 1
		with self.assertRaisesRegex(frappe.ValidationError, "Key of the row is for a column of a table"):
			flow.save()

	def test_flows_of_before_go_on_as_they_did(self):
		self.flow()
		upgrades.remove_rows_left_out()
		self.assertEqual(frappe.db.get_value("Field Mapping", {}, "table_rows"), "Remove")


class TestRowsThatAreRemoved(CommerceTestCase):
	"""What is not mapped of a row (its rate, warehouse, description) never becomes another article's."""

	def order(self, **key: int):
		other = frappe.db.get_value(
			"Warehouse", {"company": make.company(), "is_group": 0, "warehouse_name": "Finished Goods"}
		)
		self.flow_of_orders = make.flow(
			"Sales Order", [],
			[make.row("items[].item_code", "lines[].sku", **key), make.row("items[].qty", "lines[].qty")],
			direction="Incoming", remote_entity="draft", inbound_id_expression="id", table_rows="Remove",
		)  # fmt: skip
		doc = make.sales_order(
			make.customer().name, [(self.first, 1, 10), (self.second, 2, 20)], submit=False
		)
		doc.items[1].update({"warehouse": other, "description": "As described"})
		doc.save()
		make.link("Sales Order", doc.name, "draft", doc.name)
		self.commit()
		return doc

	def takes(self, doc, *lines: tuple[str, float]) -> list[tuple]:
		record = {"id": doc.name, "lines": [{"sku": sku, "qty": quantity} for sku, quantity in lines]}
		write.upsert(inflow.load(self.flow_of_orders.name), record)
		doc.reload()
		return [(row.item_code, row.qty, row.rate, row.warehouse, row.description) for row in doc.items]

	def test_the_row_behind_keeps_its_own(self):
		for key in ({}, {"row_key": 1}):
			with self.subTest(key):
				doc = self.order(**key)
				row = doc.items[1]
				self.assertEqual(
					self.takes(doc, (self.second, 1)),
					[(self.second, 1, 20, row.warehouse, "As described")],
				)
				self.assertEqual(doc.items[0].name, row.name)
				self.flow_of_orders.delete()

	def test_another_article_in_its_place_is_a_new_row(self):
		doc = self.order()
		third = make.item().name
		rows = self.takes(doc, (third, 1), (self.second, 3))
		self.assertEqual([row[:2] for row in rows], [(third, 1), (self.second, 3)])
		self.assertEqual(doc.items[0].item_name, third)
		self.assertEqual((rows[1][2], rows[1][4]), (20, "As described"))

	def test_rows_that_change_places_and_numbers_take_theirs_along(self):
		doc = self.order()
		rows = self.takes(doc, (self.second, 1), (self.first, 2))
		self.assertEqual([row[:3] for row in rows], [(self.second, 1, 20), (self.first, 2, 10)])

	def test_a_record_that_says_nothing_of_the_table_leaves_it(self):
		doc = self.order()
		write.upsert(inflow.load(self.flow_of_orders.name), {"id": doc.name})
		doc.reload()
		self.assertEqual(len(doc.items), 2)


class TestTablesBothWays(TwoWayShopCase):
	"""Rows that stay, changed on both sides before either heard of the other."""

	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Item", make.rest("/items"),
			[
				make.row("item_code", "code"), make.row("item_name", "name"), make.row("item_group", "group"),
				make.row("stock_uom", "uom"), make.row("barcodes[].barcode", "codes[].code", row_key=1),
				make.row("barcodes[].uom", "codes[].uom"),
			],
			name=FLOW, direction="Both", remote_entity="items", external_id_expression="data.id",
			answer_version_expression="data.version", inbound_id_expression="id", inbound_version_expression="version",
			conflict_policy=HOLD, send_nulls=1, pull_path="/items", table_rows="Keep", **PAGES,
		)  # fmt: skip
		self.commit()
		self.codes = {letter: make.unique(letter) for letter in "ABCDE"}
		self.item = make.item(barcodes=[self.barcode(letter) for letter in "ABC"])
		self.push()
		self.id = self.links(document_name=self.item.name)[0].external_id

	def barcode(self, letter: str, uom: str = "Nos") -> dict[str, str]:
		return {"barcode": self.codes[letter], "barcode_type": "", "uom": uom}

	def there(self, letters: str) -> list[dict[str, str]]:
		return [{"code": self.codes[letter], "uom": "Nos"} for letter in letters]

	def letters(self, codes: list[str]) -> str:
		return "".join(sorted(letter for letter, code in self.codes.items() if code in codes))

	def brought(self, here: str, **there: Any) -> tuple[str, str]:
		"""What both sides have, once each heard of the other's change."""
		self.item.barcodes = []
		for letter in here:
			self.item.append("barcodes", self.barcode(letter))
		self.item.save()
		self.commit()
		self.shop.change("items", self.id, **there)
		self.pull()
		self.cycles(1)
		frappe.db.rollback()
		self.item.reload()
		outside = self.shop.things["items"][self.id]
		return self.letters([row.barcode for row in self.item.barcodes]), self.letters(
			[row["code"] for row in outside["codes"]]
		)

	def test_a_row_that_was_added_here_goes_out_whatever_else_came_in(self):
		self.assertEqual(self.brought("ABCD", name="there"), ("ABCD", "ABCD"), self.history())
		self.assertEqual(self.item.item_name, "there")

	def test_a_row_added_here_and_one_added_there(self):
		self.assertEqual(self.brought("ABCD", codes=self.there("ABCE")), ("ABCDE", "ABCDE"), self.history())

	def test_a_row_removed_here_and_one_added_there(self):
		self.assertEqual(self.brought("BC", codes=self.there("ABCE")), ("BCE", "BCE"), self.history())

	def test_a_second_change_outside_before_the_first_was_answered(self):
		self.item.append("barcodes", self.barcode("D"))
		self.item.save()
		self.commit()
		for name in ("first", "second"):
			self.shop.change("items", self.id, name=name)
			self.pull()
		self.cycles(1)
		self.assertEqual(
			self.letters([row["code"] for row in self.shop.things["items"][self.id]["codes"]]), "ABCD"
		)


class TestFirstMeeting(TwoWayShopCase):
	"""A document and a record that are recognised as one, and were never known to be equal."""

	def test_nothing_is_lost_that_one_side_alone_has(self):
		codes = {letter: make.unique(letter) for letter in "ABC"}
		make.flow(
			"Item", make.rest("/items"),
			[
				make.row("item_code", "code", is_match_key=1), make.row("item_name", "name"), make.row("item_group", "group"),
				make.row("stock_uom", "uom"), make.row("brand", "brand"), make.row("customs_tariff_number", "tariff"),
				make.row("barcodes[].barcode", "codes[].code", row_key=1), make.row("barcodes[].uom", "codes[].uom"),
			],
			name=FLOW, direction="Both", remote_entity="items", external_id_expression="data.id",
			answer_version_expression="data.version", inbound_id_expression="id", inbound_version_expression="modified",
			conflict_policy=NEWEST, send_nulls=1, pull_path="/items", table_rows="Keep", **PAGES,
		)  # fmt: skip
		self.commit()
		brand = make.brand().name
		tariff = frappe.get_doc({"doctype": "Customs Tariff Number", "tariff_number": make.unique("T")})
		item = make.item(
			customs_tariff_number=tariff.insert().name,
			barcodes=[{"barcode": codes[one], "uom": "Nos"} for one in "AB"],
		)
		id_ = self.shop.add(
			"items", code=item.name, name=item.item_name, group=item.item_group, uom="Nos", brand=brand, tariff=None,
			codes=[{"code": codes[one], "uom": "Nos"} for one in "BC"],
		)  # fmt: skip
		item.db_set("modified", "2099-01-01 00:00:00")  # it is the newer one
		frappe.db.delete("Sync Log", {"reference_name": item.name})
		self.commit()
		self.pull()
		self.cycles(1)
		item.reload()
		outside = self.shop.things["items"][id_]
		self.assertEqual((item.brand, outside["brand"]), (brand, brand), self.history())
		self.assertEqual(outside["tariff"], item.customs_tariff_number)
		self.assertEqual({row.barcode for row in item.barcodes}, set(codes.values()))
		self.assertEqual({row["code"] for row in outside["codes"]}, set(codes.values()))
