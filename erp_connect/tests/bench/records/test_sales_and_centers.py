"""The cost centers of articles and the sales team of a customer, in documents of flows and in orders of a shop."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ends_case import EndsTestCase

KINDS = (
	("Sales Order", "customer", make.customer, "delivery_date"),
	("Sales Invoice", "customer", make.customer, ""),
	("Purchase Order", "supplier", make.supplier, "schedule_date"),
	("Purchase Receipt", "supplier", make.supplier, ""),
)


class Case(EndsTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.main = frappe.get_cached_value("Company", self.company, "cost_center")

	def flow(self, doctype: str, *fields: tuple[str, str]) -> inflow.InFlow:
		pairs = (
			*(pair for pair in fields if pair[0]), ("items[].qty", "lines[].qty"), ("items[].rate", "lines[].rate"),
		)  # fmt: skip
		rows = [make.row("items[].item_code", "lines[].sku", row_key=1), *(make.row(*pair) for pair in pairs)]
		found = make.incoming(doctype, rows)
		self.commit()
		return found

	def written(self, flow: inflow.InFlow, *items: str, **record: Any) -> Any:
		lines = [{"sku": item, "qty": 1, "rate": 10} for item in items or (self.first,)]
		done = write.upsert(flow, {"id": "1", "day": add_days(today(), 5), "lines": lines, **record})
		self.commit()
		return frappe.get_doc(done.doctype, done.name)


class TestCostCenters(Case):
	def setUp(self) -> None:
		super().setUp()
		self.own, self.other = self.center(), self.center()
		default = {"company": self.company, "selling_cost_center": self.own, "buying_cost_center": self.own}
		self.item = make.item(is_stock_item=0, item_defaults=[default]).name

	def center(self) -> str:
		above = frappe.db.get_value("Cost Center", {"company": self.company, "is_group": 1})
		values = {"cost_center_name": make.unique("Center"), "parent_cost_center": above}
		return frappe.get_doc({"doctype": "Cost Center", "company": self.company, **values}).insert().name

	def centers(self, doc: Any) -> list[str]:
		return [row.cost_center for row in doc.items]

	def test_of_the_articles(self):
		for doctype, party, kind, day in KINDS:
			with self.subTest(doctype):
				flow, who = self.flow(doctype, (party, "who"), (day, "day")), kind().name
				self.assertEqual(self.centers(self.written(flow, self.first, who=who)), [self.main])
				doc = self.written(flow, self.first, self.item, who=who)
				self.assertEqual(self.centers(doc), [self.main, self.own])
				self.assertEqual(self.centers(self.written(flow, self.item, id="2", who=who)), [self.own])

	def test_of_the_document(self):
		flow, who = (
			self.flow("Sales Invoice", ("customer", "who"), ("cost_center", "center")),
			make.customer().name,
		)
		for center in (self.other, self.own, self.other):
			doc = self.written(flow, self.first, self.item, who=who, center=center)
			self.assertEqual(self.centers(doc), [center, center])
		doc.items[0].cost_center = self.main
		doc.save()
		doc = self.written(flow, self.first, self.item, who=who, center=self.own)
		self.assertEqual(self.centers(doc), [self.main, self.own])

	def test_projects_of_the_document(self):
		first, second = (
			frappe.get_doc(
				{"doctype": "Project", "project_name": make.unique("Project"), "company": self.company}
			)
			.insert()
			.name
			for _ in range(2)
		)
		flow, who = (
			self.flow("Purchase Invoice", ("supplier", "who"), ("project", "project")),
			make.supplier().name,
		)
		for project in (None, first, second):
			doc = self.written(flow, self.first, self.item, who=who, project=project)
			self.assertEqual([row.project or None for row in doc.items], [project, project])
		doc.submit()
		self.assertEqual(frappe.db.get_value("Project", second, "total_purchase_cost"), 20)

	def test_of_the_rows(self):
		flow = self.flow("Sales Invoice", ("customer", "who"), ("items[].cost_center", "lines[].center"))
		lines = [{"sku": self.item, "qty": 1, "rate": 10, "center": self.other}]
		doc = self.written(flow, who=make.customer().name, lines=lines)
		self.assertEqual(self.centers(doc), [self.other])

	def test_of_an_order_of_a_shop(self):
		lines = [self.line("L1", self.first, 1, 10, 0), self.line("L2", self.item, 1, 10, 0)]
		(done,) = self.event("Order", **self.record(lines=lines, total="20.00"))
		self.assertEqual(self.centers(frappe.get_doc(done.doctype, done.name)), [self.main, self.own])


class TestSalesTeam(Case):
	def sold_by(self, **values: Any) -> tuple[str, str]:
		"""A customer, and the sales person that he has."""
		root = frappe.db.get_value("Sales Person", {"is_group": 1})
		name = make.unique("Person")
		person = {"doctype": "Sales Person", "sales_person_name": name, "parent_sales_person": root}
		frappe.get_doc({**person, "commission_rate": 5}).insert()
		team = [{"sales_person": name, "allocated_percentage": 100, "commission_rate": 5}]
		customer = make.customer(sales_team=team).name
		if values:
			frappe.db.set_value("Sales Person", name, values)
		return customer, name

	def team(self, doc: Any) -> list[tuple]:
		return [(row.sales_person, row.allocated_amount, row.incentives) for row in doc.sales_team]

	def test_of_documents(self):
		first, second, unused = self.sold_by(), self.sold_by(), self.sold_by(enabled=0)
		for doctype, day in (("Sales Order", "delivery_date"), ("Sales Invoice", "")):
			with self.subTest(doctype):
				flow = self.flow(doctype, ("customer", "who"), (day, "day"))
				for who, person in (first, second, first):
					doc = self.written(flow, who=who)
					self.assertEqual(self.team(doc), [(person, 10, 0.5)])
				self.assertEqual(self.team(self.written(flow, who=unused[0])), [])
				self.assertEqual(self.team(self.written(flow, who=make.customer().name)), [])

	def test_of_an_order_of_a_shop(self):
		customer, person = self.sold_by()
		buyer = {"id": make.unique("c"), "name": customer}
		make.link("Customer", customer, "customer", buyer["id"])
		self.commit()
		(done,) = self.event("Order", **self.record(customer=buyer))
		self.assertEqual(self.team(frappe.get_doc(done.doctype, done.name)), [(person, 10, 0.5)])
