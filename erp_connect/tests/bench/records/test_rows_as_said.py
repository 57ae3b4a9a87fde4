"""Rows of articles stand as they were said: their units, also where a later record says another unit or article, and amounts."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.records.errors import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import prices
from erp_connect.tests.bench.ends_case import EndsTestCase

LINES = (
	("items[].item_code", "lines[].sku"),
	("items[].qty", "lines[].qty"),
	("items[].rate", "lines[].rate"),
)
UNIT = ("items[].uom", "lines[].unit")
NUMBER = ("items[].additional_notes", "lines[].no")


class RowsCase(EndsTestCase):
	def flow(
		self, doctype: str, *fields: tuple[str, str], key: str = "items[].item_code", **values: Any
	) -> inflow.InFlow:
		rows = [make.row(*pair, row_key=int(pair[0] == key)) for pair in (*fields, *LINES)]
		doc = make.flow(
			doctype, [], rows, direction="Incoming", remote_entity=frappe.scrub(doctype),
			inbound_id_expression="id", name=make.unique("flow"), **values,
		)  # fmt: skip
		self.commit()
		return inflow.load(doc.name)

	def orders(self, *fields: tuple[str, str], **values: Any) -> inflow.InFlow:
		self.base = {"id": "1", "who": make.customer().name, "day": add_days(today(), 3)}
		return self.flow("Sales Order", ("customer", "who"), ("delivery_date", "day"), *fields, **values)

	def said(self, flow: inflow.InFlow, *lines: dict[str, Any], **record: Any) -> Any:
		done = write.upsert(flow, {**self.base, "lines": list(lines), **record})
		self.commit()
		self.assertEqual(done.missed, ())
		return frappe.get_doc(done.doctype, done.name)

	def in_boxes(self, **values: Any) -> str:
		doc = make.item(is_stock_item=0, **values)
		doc.append("uoms", {"uom": "Box", "conversion_factor": 12})
		return doc.save().name

	def priced(self, price: float) -> str:
		item = make.item(is_stock_item=0).name
		prices.price(item, price)
		return item


class TestUnits(RowsCase):
	def test_without_a_unit_it_counts_in_the_stock_unit(self):
		item = self.in_boxes(sales_uom="Box", purchase_uom="Box")
		buyer, supplier = make.customer().name, make.supplier().name
		for doctype, field, party in (
			("Sales Order", "customer", buyer),
			("Quotation", "party_name", buyer),
			("Delivery Note", "customer", buyer),
			("Sales Invoice", "customer", buyer),
			("Purchase Order", "supplier", supplier),
			("Purchase Receipt", "supplier", supplier),
		):
			with self.subTest(doctype):
				day = {"Sales Order": "delivery_date", "Purchase Order": "schedule_date"}.get(doctype)
				flow = self.flow(doctype, (field, "who"), *([(day, "day")] if day else []))
				self.base = {"id": make.unique("doc"), "who": party, "day": add_days(today(), 3)}
				row = self.said(flow, {"sku": item, "qty": 3, "rate": 10}).items[0]
				self.assertEqual((row.uom, row.stock_qty, row.rate, row.amount), ("Nos", 3, 10, 30))

	def test_a_row_that_comes_later_too(self):
		flow = self.orders()
		first, second = (self.in_boxes(sales_uom="Box") for _ in range(2))
		self.said(flow, {"sku": first, "qty": 3, "rate": 10})
		doc = self.said(flow, {"sku": first, "qty": 4, "rate": 10}, {"sku": second, "qty": 5, "rate": 10})
		self.assertEqual([(row.uom, row.stock_qty) for row in doc.items], [("Nos", 4), ("Nos", 5)])

	def test_a_row_that_comes_later_with_a_day_of_its_own(self):
		flow = self.orders(("items[].delivery_date", "lines[].day"))
		lines = [{"sku": make.item().name, "qty": 1, "rate": 10, "day": add_days(today(), n)} for n in (3, 9)]
		self.said(flow, lines[0])
		doc = self.said(flow, *lines, day=add_days(today(), 9))
		self.assertEqual([str(row.delivery_date) for row in doc.items], [line["day"] for line in lines])

	def test_another_unit_has_another_factor(self):
		for before, then, pieces in (("Nos", "Box", 24), ("Box", "Nos", 2)):
			for kept in ("Keep", "Remove"):
				with self.subTest(then=then, kept=kept):
					item, flow = self.in_boxes(), self.orders(UNIT, table_rows=kept)
					self.base["id"] = make.unique("order")
					self.said(flow, {"sku": item, "qty": 2, "rate": 10, "unit": before})
					row = self.said(flow, {"sku": item, "qty": 2, "rate": 10, "unit": then}).items[0]
					self.assertEqual((row.uom, row.stock_qty), (then, pieces))

	def in_one_box(self, doc: Any) -> None:
		"""A person makes one box of a dozen."""
		doc.items[0].update({"uom": "Box", "conversion_factor": 12, "qty": 1, "rate": 120})
		doc.save()
		self.commit()

	def test_a_row_of_which_a_person_chose_another_unit_counts_as_it_was_meant(self):
		item, flow = self.in_boxes(), self.orders()
		self.in_one_box(self.said(flow, {"sku": item, "qty": 12, "rate": 10}))
		doc = self.said(flow, {"sku": item, "qty": 24, "rate": 10})
		self.assertEqual([(row.uom, row.stock_qty, row.amount) for row in doc.items], [("Nos", 24, 240)])

	def test_a_unit_that_a_record_leaves_out_stays(self):
		item, flow = self.in_boxes(), self.orders(UNIT)
		self.said(flow, {"sku": item, "qty": 2, "rate": 100, "unit": "Box"})
		row = self.said(flow, {"sku": item, "qty": 3, "rate": 100}).items[0]
		self.assertEqual((row.uom, row.stock_qty), ("Box", 36))

	def test_another_unit_has_another_price_where_none_is_said(self):
		item = self.priced(10)
		doc = frappe.get_doc("Item", item)
		doc.append("uoms", {"uom": "Box", "conversion_factor": 12})
		doc.save()
		flow = self.orders(UNIT)
		self.said(flow, {"sku": item, "qty": 2, "unit": "Nos"})
		row = self.said(flow, {"sku": item, "qty": 2, "unit": "Box"}).items[0]
		self.assertEqual((row.rate, row.amount), (120, 240))

	def test_another_unit_that_the_item_does_not_have_is_held(self):
		item, flow = self.in_boxes(), self.orders(UNIT)
		self.said(flow, {"sku": item, "qty": 2, "rate": 10, "unit": "Box"})
		with self.assertRaises(HeldForReview) as caught:
			self.said(flow, {"sku": item, "qty": 2, "rate": 10, "unit": "Kg"})
		self.assertEqual(caught.exception.code, "unknown_unit")

	def test_another_article_under_the_number_of_a_row(self):
		flow = self.orders(NUMBER, key=NUMBER[0])
		first = self.in_boxes(description="the first")
		second = make.item(is_stock_item=0, stock_uom="Kg", description="the second").name
		before = self.said(flow, {"sku": first, "qty": 2, "rate": 10, "no": "L1"}).items[0]
		doc = self.said(flow, {"sku": second, "qty": 2, "rate": 10, "no": "L1"})
		(row,) = doc.items
		self.assertEqual((row.item_code, row.item_name, row.description), (second, second, "the second"))
		self.assertEqual((row.uom, row.stock_uom, row.name), ("Kg", "Kg", before.name))


class TestDecimals(RowsCase):
	def sold(self, *fields: tuple[str, str]) -> inflow.InFlow:
		self.base = {"id": "1", "who": make.customer().name}
		return self.flow("Sales Invoice", ("customer", "who"), *fields)

	def test_a_rate_with_more_decimals_than_this_site_keeps(self):
		self.addCleanup(self.with_decimals, "currency_precision", "")
		flow = self.sold()
		for quantity, rate, stands, wanted in (
			(10000, 0.0049, "0.0", "49.0"),
			(1000, 0.125, "120.0", "125.0"),
		):
			with self.subTest(rate=rate):
				line = {"sku": make.item(is_stock_item=0).name, "qty": quantity, "rate": rate}
				self.with_decimals("currency_precision", "")
				self.base["id"] = make.unique("invoice")
				done = self.ended(
					f"it would come to {stands} instead of {wanted}. Raise Currency Precision, or for quantities Float",
					lambda line=line: write.upsert(flow, {**self.base, "lines": [line]}),
					lambda: self.with_decimals("currency_precision", "4"),
					"row_rounded",
				)
				self.assertEqual(frappe.db.get_value(done.doctype, done.name, "grand_total"), float(wanted))

	def test_a_quantity_with_more_decimals_too(self):
		flow, item = self.sold(), make.item(is_stock_item=0, stock_uom="Kg").name
		with self.assertRaises(HeldForReview) as caught:
			self.said(flow, {"sku": item, "qty": 1.23456, "rate": 1000})
		frappe.db.rollback()
		self.assertIn("or for quantities Float Precision, in System Settings", str(caught.exception))

	def test_also_in_a_draft_that_is_changed(self):
		flow, item = self.sold(), make.item(is_stock_item=0).name
		doc = self.said(flow, {"sku": item, "qty": 1000, "rate": 0.12})
		with self.assertRaises(HeldForReview):
			self.said(flow, {"sku": item, "qty": 1000, "rate": 0.125})
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value(doc.doctype, doc.name, "grand_total"), 120)

	def test_decimals_that_change_no_amount_are_no_matter(self):
		flow, item = self.sold(), make.item(is_stock_item=0).name
		self.assertEqual(self.said(flow, {"sku": item, "qty": 1, "rate": 10.0001}).grand_total, 10)

	@staticmethod
	def with_decimals(setting: str, decimals: str) -> None:
		frappe.db.set_single_value("System Settings", setting, decimals)
		frappe.db.set_default(setting, decimals)
		frappe.clear_cache()
		frappe.db.commit()


class TestTimes(RowsCase):
	def test_hours_and_beginnings_that_change(self):
		if not frappe.db.exists("Activity Type", "Planning"):
			frappe.get_doc({"doctype": "Activity Type", "activity_type": "Planning"}).insert()
		rows = [
			make.row("note", "text"), make.row("time_logs[].activity_type", "logs[].what"),
			make.row("time_logs[].from_time", "logs[].start"), make.row("time_logs[].hours", "logs[].hours"),
			make.row("time_logs[].description", "logs[].no", row_key=1),
		]  # fmt: skip
		doc = make.flow("Timesheet", [], rows, direction="Incoming", inbound_id_expression="id")
		flow = inflow.load(doc.name)
		for start, hours in (("09:00:00", 2), ("09:00:00", 5), ("11:00:00", 5), ("11:00:00", 1)):
			log = {"no": "a", "what": "Planning", "start": f"{today()} {start}", "hours": hours}
			done = write.upsert(flow, {"id": "1", "text": "Work", "logs": [log]})
			self.assertEqual(done.missed, ())
			(row,) = frappe.get_doc(done.doctype, done.name).time_logs
			self.assertEqual(
				(row.hours, (row.to_time - row.from_time).total_seconds()), (hours, hours * 3600)
			)
