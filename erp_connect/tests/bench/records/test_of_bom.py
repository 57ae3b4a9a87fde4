"""Work Orders that come in have the operations of their Bill of Materials, as where a person chooses it."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.manufacturing.doctype.work_order.work_order import make_work_order

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ends_case import EndsTestCase

FIELDS = (
	("production_item", "what"), ("bom_no", "parts"), ("qty", "qty"), ("fg_warehouse", "to"), ("wip_warehouse", "in"),
)  # fmt: skip
OPERATION = ("operations[].operation", "steps[].name")


class BomCase(EndsTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.settings_of_shop(
			user=make.user("maker@erp-connect.example", (*make.ROLES, "Manufacturing User", "Stock User"))
		)
		self.place = self.named("Workstation", "workstation_name", hour_rate=10)
		self.cut, self.glue = (self.named("Operation", "name", workstation=self.place) for _ in range(2))
		self.made = make.item().name
		self.parts = self.bom(self.made, self.first, (self.cut, 30), (self.glue, 15))
		indoors = {"company": self.company, "warehouse_name": "Work In Progress"}
		self.said = {
			"id": "1", "what": self.made, "parts": self.parts, "to": make.warehouse(),
			"in": frappe.db.get_value("Warehouse", indoors),
		}  # fmt: skip

	@staticmethod
	def named(doctype: str, field: str, **values: Any) -> str:
		return frappe.get_doc({"doctype": doctype, field: make.unique(doctype), **values}).insert().name

	def bom(self, item: str, of: str, *steps: tuple[str, int], **values: Any) -> str:
		doc = frappe.get_doc(
			{
				"doctype": "BOM", "item": item, "company": self.company, "quantity": 1, "with_operations": int(bool(steps)),
				"items": [{"item_code": of, "qty": 2, "rate": 5}], **values,
				"operations": [
					{"operation": name, "workstation": self.place, "time_in_mins": time, "hour_rate": 10} for name, time in steps
				],
			}
		)  # fmt: skip
		return doc.insert().submit().name


class TestOperations(BomCase):
	def flow(self, *more: tuple[str, str], **values: Any) -> inflow.InFlow:
		found = make.incoming("Work Order", [make.row(*pair) for pair in (*FIELDS, *more)], **values)
		self.commit()
		return found

	def written(self, flow: inflow.InFlow, qty: float = 3, **record: Any) -> Any:
		done = write.upsert(flow, {**self.said, "qty": qty, **record})
		self.commit()
		self.assertEqual(done.missed, ())
		return frappe.get_doc(done.doctype, done.name)

	@staticmethod
	def steps(doc: Any) -> list[tuple[str, float]]:
		return [(row.operation, row.time_in_mins) for row in doc.operations]

	def test_as_by_erpnexts_own_button(self):
		doc = self.written(self.flow(submit_document=1))
		made = make_work_order(self.parts, self.made, 3)
		self.assertEqual(self.steps(doc), self.steps(made))
		self.assertEqual(self.steps(doc), [(self.cut, 90), (self.glue, 45)])
		self.assertEqual((doc.planned_operating_cost, doc.transfer_material_against), (22.5, "Work Order"))
		self.assertEqual(frappe.db.count("Job Card", {"work_order": doc.name}), 2)
		self.assertEqual([row.required_qty for row in doc.required_items], [6])

	def test_with_those_of_what_is_made_on_the_way(self):
		whole = make.item().name
		above = self.bom(whole, self.made, (self.glue, 5))
		doc = self.written(self.flow(), what=whole, parts=above)
		made = make_work_order(above, whole, 3, use_multi_level_bom=1)
		self.assertEqual(self.steps(doc), self.steps(made))
		self.assertEqual(len(doc.operations), 3)
		plain = self.written(
			self.flow(("use_multi_level_bom", "deep"), name="plain"), what=whole, parts=above, deep=0, id="2"
		)
		self.assertEqual(self.steps(plain), [(self.glue, 15)])

	def test_the_usual_parts_where_none_are_said(self):
		doc = self.written(self.flow(), parts=None)
		self.assertEqual((doc.bom_no, len(doc.operations)), (self.parts, 2))

	def test_operations_that_are_said_stand(self):
		flow = self.flow(OPERATION, ("operations[].time_in_mins", "steps[].time"),
			("operations[].workstation", "steps[].at"))  # fmt: skip
		step = {"name": self.glue, "time": 7, "at": self.place}
		self.assertEqual(self.steps(self.written(flow, steps=[step])), [(self.glue, 7)])
		self.assertEqual(self.steps(self.written(flow, steps=[step], qty=4)), [(self.glue, 7)])
		self.assertEqual(len(self.written(flow, id="2", steps=[]).operations), 2)

	def test_a_draft_of_another_quantity_or_other_parts(self):
		flow = self.flow()
		other = self.bom(self.made, self.second, (self.glue, 10))
		for qty, parts, steps, of in (
			(3, self.parts, [(self.cut, 90), (self.glue, 45)], self.first),
			(4, self.parts, [(self.cut, 120), (self.glue, 60)], self.first),
			(4, other, [(self.glue, 40)], self.second),
		):
			doc = self.written(flow, qty, parts=parts)
			self.assertEqual(self.steps(doc), steps)
			self.assertEqual(
				[(row.item_code, row.required_qty) for row in doc.required_items], [(of, qty * 2)]
			)

	def test_what_a_person_changes_in_a_draft_stays(self):
		flow = self.flow(("description", "text"))
		doc = self.written(flow, text="one")
		doc.operations[0].time_in_mins = 5
		doc.save()
		self.assertEqual(self.steps(self.written(flow, text="two")), [(self.cut, 5), (self.glue, 45)])

	def test_parts_without_operations(self):
		item = make.item().name
		doc = self.written(self.flow(submit_document=1), what=item, parts=self.bom(item, self.first))
		self.assertEqual((doc.docstatus, doc.operations), (1, []))


class TestStockEntries(BomCase):
	def setUp(self) -> None:
		super().setUp()
		self.order = make_work_order(self.bom(self.made, self.first), self.made, 3)
		self.order.update({"fg_warehouse": self.said["to"], "wip_warehouse": self.said["in"]})
		self.order.source_warehouse = make.warehouse()
		self.order.insert().submit()

	def moved(self, kind: str, qty: float, *more: tuple[str, str], **record: Any) -> Any:
		rows = [("stock_entry_type", "kind"), ("work_order", "order"), ("fg_completed_qty", "qty"), *more]
		flow = make.incoming("Stock Entry", [make.row(*pair) for pair in rows], submit_document=1)
		said = {"id": make.unique("move"), "kind": kind, "order": self.order.name, "qty": qty}
		done = write.upsert(flow, {**said, **record})
		self.commit()
		self.assertEqual(done.missed, ())
		return frappe.get_doc(done.doctype, done.name)

	@staticmethod
	def rows(doc: Any) -> list[tuple[str, float, str | None, str | None]]:
		return [(row.item_code, row.qty, row.s_warehouse, row.t_warehouse) for row in doc.items]

	def test_pieces_that_are_made_take_their_material(self):
		store, indoors = make.warehouse(), self.said["in"]
		doc = self.moved("Material Transfer for Manufacture", 3)
		self.assertEqual(self.rows(doc), [(self.first, 6, store, indoors)])
		doc = self.moved("Manufacture", 2)
		self.assertEqual(self.rows(doc), [(self.first, 4, indoors, None), (self.made, 2, None, store)])
		self.assertEqual((self.order.reload().produced_qty, self.order.status), (2, "In Process"))

	def test_a_warehouse_that_is_said_stands(self):
		self.moved("Material Transfer for Manufacture", 3)
		done = self.moved("Manufacture", 1, ("to_warehouse", "to"), to=self.said["in"])
		self.assertEqual(done.items[-1].t_warehouse, self.said["in"])
