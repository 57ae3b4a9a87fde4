"""Which article a line means, and in which unit: codes, ids, barcodes, and a unit that is not said any more."""

from __future__ import annotations

import json
from typing import Any

import frappe
from erpnext.controllers.accounts_controller import update_child_qty_rate

from erp_connect.records.write import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ends_case import EndsTestCase

UNITS = [{"uom": "Nos", "conversion_factor": 1}, {"uom": "Box", "conversion_factor": 12}]


class ArticleCase(EndsTestCase):
	def ordered(self, *lines: dict[str, Any], total: str = "10.00", **values: Any) -> dict[str, Any]:
		return {
			"id": make.unique("order"), "currency": "USD", "lines": list(lines), "total": total,
			"customer": {"id": make.unique("c"), "name": make.unique("Buyer")}, **values,
		}  # fmt: skip

	def booked_as(self, record: dict[str, Any]) -> Any:
		done = self.event("Order", **record)
		self.commit()
		return frappe.get_doc("Sales Order", done[0].name)

	def boxed(self, **values: Any) -> str:
		item = make.item(uoms=UNITS, **values).name
		make.receipt(item, 300)
		self.commit()
		return item


class TestNumbers(ArticleCase):
	"""An item whose code is a number, and another one that is linked with the same number as its id."""

	def setUp(self) -> None:
		super().setUp()
		self.number = str(900_000_000 + int(frappe.generate_hash(length=6), 16) % 99_999_999)
		make.item(item_code=self.number)
		make.link("Item", self.second, "product", self.number)
		make.link("Item", self.number, "product", f"5{self.number}")
		self.commit()

	def item_of(self, **line: Any) -> str:
		record = self.ordered({**self.line("L1", self.number, 1, 10, 0), **line})
		return self.booked_as(record).items[0].item_code

	def test_a_code_is_that_of_the_item_which_has_it(self):
		self.assertEqual(self.item_of(), self.number)
		self.assertEqual(self.item_of(article_id=f"5{self.number}"), self.number)

	def test_an_id_in_the_place_of_a_code_is_an_id(self):
		"""As of an article without a code, for which a shop shows its id."""
		self.assertEqual(self.item_of(article_id=self.number), self.second)
		self.assertEqual(self.item_of(sku="", article_id=self.number), self.second)

	def test_what_is_told_again_is_the_same(self):
		record = self.ordered({**self.line("L1", self.number, 1, 10, 0), "article_id": self.number})
		order = self.booked_as(record)
		again = self.event("Order", **record)
		self.assertEqual((again[0].action, again[0].name), ("unchanged", order.name))


class TestUnits(ArticleCase):
	def test_a_unit_that_is_not_said_any_more_means_pieces(self):
		for submit in (1, 0):
			self.settings_of_shop(submit_orders=submit)
			for quantity, price in ((12, 10), (1, 120), (24, 5)):
				with self.subTest(submit=submit, quantity=quantity):
					item = self.boxed()
					record = self.ordered({**self.line("L1", item, 1, 120, 0), "uom": "Box"}, total="120.00")
					self.assertEqual(self.booked_as(record).items[0].stock_qty, 12)
					record["lines"] = [self.line("L1", item, quantity, price, 0)]
					rows = self.booked_as(record).items
					self.assertEqual(
						[(row.qty, row.uom, row.stock_qty) for row in rows], [(quantity, "Nos", quantity)]
					)

	def by_hand(self, order: Any, **values: Any) -> None:
		row = frappe.get_doc("Sales Order Item", {"parent": order.name})
		kept = {field: row.get(field) for field in ("item_code", "qty", "rate", "uom", "conversion_factor")}
		changed = {"docname": row.name, "delivery_date": str(row.delivery_date), **kept, **values}
		update_child_qty_rate("Sales Order", json.dumps([changed]), order.name)
		self.commit()

	def test_boxes_by_hand_are_not_the_pieces_that_are_said(self):
		item = self.boxed()
		record = self.ordered(self.line("L1", item, 12, 10, 0), total="120.00")
		self.by_hand(self.booked_as(record), qty=24, rate=5, uom="Box", conversion_factor=12)
		record["lines"] = [self.line("L1", item, 24, 5, 0)]
		with self.assertRaises(HeldForReview) as caught:
			self.event("Order", **record)
		frappe.db.rollback()
		self.assertEqual(caught.exception.code, "changed_here")

	def in_one_box_by_hand(self) -> tuple[str, Any]:
		"""An item, and an order of 12 pieces of it that a person made one box."""
		item = self.boxed()
		record = self.ordered(self.line("L1", item, 12, 10, 0), total="120.00")
		order = self.booked_as(record)
		self.order_id = record["id"]
		self.by_hand(order, qty=1, rate=120, uom="Box", conversion_factor=12)
		return item, order

	def test_pieces_of_a_row_that_counts_in_boxes_now(self):
		item, order = self.in_one_box_by_hand()
		self.ended(
			"Change it back and press Retry",
			lambda: self.ship(("L1", 1)),
			lambda: self.by_hand(order, qty=12, rate=10, uom="Nos", conversion_factor=1),
			"changed_here",
		)
		self.assertEqual(self.stock_of(item), 299)

	def test_pieces_that_are_told_by_their_item_of_such_a_row(self):
		item, _order = self.in_one_box_by_hand()
		self.put_aside("counts in Box", "changed_here", lambda: self.ship((item, 1)))

	def test_pieces_that_are_told_by_the_row_itself_are_in_its_unit(self):
		item, order = self.in_one_box_by_hand()
		self.ship((order.items[0].name, 1))
		self.assertEqual(self.stock_of(item), 288)

	def test_the_barcode_of_a_box_without_a_unit(self):
		code = frappe.generate_hash(length=12)
		item = self.boxed(barcodes=[{"barcode": code, "uom": "Box"}])
		record = self.ordered(self.line("L1", code, 1, 120, 0), total="120.00")

		def say_it() -> None:
			record["lines"][0]["uom"] = "Box"

		done = self.ended(
			"Let the source or the flow say the unit",
			lambda: self.event("Order", **record),
			say_it,
			"unknown_unit",
		)
		row = frappe.get_doc("Sales Order", done[0].name).items[0]
		self.assertEqual((row.item_code, row.qty, row.stock_qty), (item, 1, 12))

	def test_the_barcode_of_a_piece(self):
		codes = [frappe.generate_hash(length=12) for _ in range(2)]
		item = self.boxed(barcodes=[{"barcode": codes[0], "uom": "Nos"}, {"barcode": codes[1]}])
		for code in codes:
			row = self.booked_as(self.ordered(self.line("L1", code, 1, 10, 0))).items[0]
			self.assertEqual((row.item_code, row.stock_qty), (item, 1))
