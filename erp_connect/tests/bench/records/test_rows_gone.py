"""A row of a table that a record says and ERPNext takes out at the save is told, in new documents and old ones, both ways."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config import inflow
from erp_connect.records import rows_gone, write
from erp_connect.records.errors import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.records import test_payments_as_said as payments

LEVEL = {"doctype": "Contact", "fieldname": "phone_nos", "property": "permlevel"}


class TestPayments(payments.PaymentsCase):
	def test_a_row_of_nothing_is_told_each_time(self):
		flow, of = (
			self.flow(*payments.HEAD, *payments.NAMED, payments.PART),
			(self.billed(100), self.billed(50)),
		)
		rows = [{**of[0], "part": 0}, {**of[1], "part": 50}]
		for no in ("first", "second"):
			done = write.upsert(flow, {**self.said, "for": rows, "amount": 80, "no": no})
			(lost,) = done.missed
			self.assertEqual((lost.field, done.whole), ("references", False))
			self.assertIn("took it out of Payment References", lost.reason)
			self.assertIn(of[0]["no"], lost.reason)
			doc = frappe.get_doc(done.doctype, done.name)
			self.assertEqual([row.reference_name for row in doc.references], [of[1]["no"]])

	def test_an_invoice_that_is_paid_already_is_told(self):
		flow, one = self.flow(submit_document=1), self.billed(100)
		self.written(flow, one, amount=100)
		doc = self.written(flow, one, amount=100, id="2", missed=1)
		self.assert_parts(doc, left=100)

	def test_both_ways_nothing_is_written(self):
		name = self.flow(*payments.HEAD, *payments.NAMED, payments.PART).name
		doc = frappe.get_doc("Field Mapping", name)
		doc.update({"direction": "Both", "external_id_expression": "id", "requests": make.rest("/payments")})
		doc.save()
		self.commit()
		with self.assertRaises(HeldForReview) as caught:
			self.written(inflow.load(name), {**self.billed(100), "part": 0}, amount=80)
		self.assertIn("took it out of Payment References", str(caught.exception))


class TestLevels(payments.PaymentsCase):
	def test_a_table_above_the_users_level_is_told_as_that(self):
		self.addCleanup(self.put_back)
		frappe.make_property_setter({**LEVEL, "value": 5, "property_type": "Int"})
		frappe.clear_cache(doctype="Contact")
		rows = [make.row("first_name", "name"), make.row("phone_nos[].phone", "numbers[].no")]
		flow = make.incoming("Contact", rows)
		frappe.set_user(make.user())
		done = write.upsert(flow, {"id": "1", "name": make.unique("Ada"), "numbers": [{"no": "+49 30 1"}]})
		self.assertIn("level 5", done.missed[0].reason)

	def put_back(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.delete("Property Setter", {"doc_type": "Contact", "field_name": "phone_nos"})
		frappe.db.commit()
		frappe.clear_cache(doctype="Contact")


class TestWhichAreGone(payments.PaymentsCase):
	def gone(self, doctype: str, wanted: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[int]:
		return [wanted.index(row) for row in rows_gone.find(frappe.get_meta(doctype), wanted, now)]

	def test_what_was_counted_as_it_is_is_none(self):
		items = [make.item(is_stock_item=1).name for _ in range(3)]
		for item in items:
			make.receipt(item, 10)
		rows = [
			make.row("purpose", "kind"),
			make.row("items[].item_code", "counts[].sku", row_key=1),
			make.row("items[].warehouse", "counts[].place"),
			make.row("items[].qty", "counts[].count"),
		]
		flow = make.incoming("Stock Reconciliation", rows, submit_document=1)
		counts = [
			{"sku": item, "place": make.warehouse(), "count": 10 - place // 2}
			for place, item in enumerate(items)
		]
		done = write.upsert(
			flow, {"id": make.unique("count"), "kind": "Stock Reconciliation", "counts": counts}
		)
		self.assertEqual((done.missed, done.whole), ((), True))
		doc = frappe.get_doc(done.doctype, done.name)
		self.assertEqual([row.item_code for row in doc.items], [items[2]])

	def test_which_are(self):
		a, b = {"item_code": "a", "qty": 1}, {"item_code": "b", "qty": 2}
		for wanted, now, places in (
			([a, b], [b], [0]),
			([a, b], [], [0, 1]),
			([a, a], [a], []),  # the same twice
			([a, {}], [a], []),
			([a, {"item_code": None, "qty": 0}], [a], []),
			([a, {**a, "qty": 4}], [{**a, "qty": 5}], []),  # put together
			([a, {**a, "qty": 4}], [{**a, "qty": 4}], [0]),
			([{**a, "qty": 5}], [a, {**a, "qty": 4}], []),  # split
			([a], [{**a, "qty": 3}, b], []),
			([a], [b, b], [0]),
		):
			with self.subTest(wanted=wanted, now=now):
				self.assertEqual(self.gone("Sales Order Item", wanted, now), places)

	def test_without_links_anything_alike_is_the_row(self):
		one, other = {"phone": "+1", "is_primary_phone": 1}, {"phone": "+2", "is_primary_phone": 0}
		self.assertEqual(self.gone("Contact Phone", [one, other], [{**one, "is_primary_phone": 0}]), [1])
