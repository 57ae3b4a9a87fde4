"""Only mapped fields are ever written, whatever a record holds besides: through every way in."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.served import background
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase

EVIL: dict[str, Any] = {
	"docstatus": 1,
	"owner": "Administrator",
	"modified_by": "Administrator",
	"creation": "2001-01-01 00:00:00",
	"modified": "2001-01-01 00:00:00",
	"doctype": "User",
	"parent": "x",
	"parenttype": "User",
	"idx": 77,
	"amended_from": "x",
	"workflow_state": "Approved",
	"ignore_permissions": True,
	"flags": {"ignore_permissions": True, "ignore_validate": True, "ignore_mandatory": True},
	"__islocal": 1,
	"__unsaved": 1,
	"_user_tags": "evil",
	"_assign": '["Administrator"]',
	"roles": [{"role": "System Manager"}],
	"is_frozen": 1,
	"disabled": 1,
	"so_required": 1,
	"credit_limits": [{"company": "x", "credit_limit": 999}],
	"accounts": [{"company": "x", "account": "y"}],
}


class AssignmentTestCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.flow = self.customer_flow()
		self.commit()

	def assert_clean(self, name: str) -> None:
		"""The Customer has what is mapped, and nothing else from outside."""
		frappe.db.rollback()
		doc = frappe.get_doc("Customer", name)
		self.assertEqual(
			(doc.doctype, doc.docstatus, doc.owner, doc.modified_by), ("Customer", 0, make.USER, make.USER)
		)
		self.assertGreater(doc.creation.year, 2001)
		self.assertGreater(doc.modified.year, 2001)
		self.assertEqual((doc.is_frozen, doc.disabled, doc.so_required, doc.idx), (0, 0, 0, 0))
		self.assertEqual((doc.credit_limits, doc.accounts), ([], []))
		row = frappe.db.get_value("Customer", name, ["_user_tags", "_assign"])
		self.assertEqual([value for value in row if value], [])
		self.assertFalse(frappe.db.exists("Has Role", {"parent": name}))

	def record(self, external_id: Any = "1", **values: Any) -> dict:
		return {**EVIL, "id": external_id, "name": make.unique("Evil"), **values}


class TestRecords(AssignmentTestCase):
	def test_upsert_creating_and_updating(self):
		name = self.ok(self.call("upsert", {"entity": "customer", "record": self.record()}))["name"]
		self.assert_clean(name)
		answer = self.ok(self.call("upsert", {"entity": "customer", "record": self.record()}))
		self.assertEqual((answer["action"], answer["name"]), ("updated", name))
		self.assert_clean(name)

	def test_bulk_upsert_at_once_and_in_the_background(self):
		results = self.ok(self.call("bulk_upsert", {"entity": "customer", "records": [self.record()]}))[
			"results"
		]
		self.assert_clean(results[0]["name"])
		body = {"entity": "customer", "records": [self.record(2)], "background": True}
		job = self.ok(self.call("bulk_upsert", body))["job"]
		background.run(job)
		results = self.ok(self.call("job", {"job": job}, method="GET"))["results"]
		self.assert_clean(results[0]["name"])

	def test_webhook(self):
		self.ok(self.hook(self.record()))
		self.work()
		self.assertEqual(self.statuses(), ["Processed"], self.history())
		self.assert_clean(self.event().reference_name)

	def test_a_record_cannot_choose_another_entity_or_document(self):
		other = make.customer()
		self.commit()
		record = self.record(entity="User", name=make.unique("Evil"))
		record["customer_name"] = other.customer_name
		name = self.ok(self.call("upsert", {"entity": "customer", "record": record}))["name"]
		self.assertNotEqual(name, other.name)
		frappe.db.rollback()
		self.assertEqual(frappe.get_doc("Customer", other.name).modified_by, "Administrator")

	def test_the_name_of_an_external_id_is_not_a_query(self):
		for value in ("%", "' OR 1=1 --", "_"):
			self.refused(
				self.call("get", {"entity": "customer", "external_id": value}, method="GET"), 404, "not_found"
			)
		answer = self.call("get", {"entity": "customer", "name": ["!=", ""]})
		self.refused(answer, 422, "invalid")
		answer = self.call("list", {"entity": "customer", "filters": {"customer_name": ["!=", ""]}})
		self.refused(answer, 422, "invalid")
		answer = self.call("list", {"entity": "customer", "filters": {"owner": "Administrator"}})
		self.refused(answer, 422, "invalid")


class TestTables(AssignmentTestCase):
	"""Rows of a table get the mapped columns only; a table that is not mapped stays as it is."""

	def setUp(self) -> None:
		super().setUp()
		self.flow.append("rows", make.row("companies[].company", "allowed[].company"))
		self.flow.append("rows", make.row("sales_team[].sales_person", "team[].person"))
		self.flow.append("rows", make.row("sales_team[].allocated_percentage", "team[].share"))
		self.flow.save()
		self.commit()
		self.person = frappe.db.get_value("Sales Person", {"is_group": 0}, "name") or self.make_person()

	def make_person(self) -> str:
		doc = frappe.get_doc(
			{
				"doctype": "Sales Person",
				"sales_person_name": make.unique("Person"),
				"parent_sales_person": "Sales Team",
			}
		)
		name = doc.insert().name
		self.commit()
		return name

	def test_columns_that_are_not_mapped_are_not_written(self):
		row = {
			**EVIL,
			"person": self.person,
			"share": 100,
			"commission_rate": "55",
			"incentives": 9,
			"name": "chosen",
			"parent": "x",
			"parentfield": "y",
		}
		record = {"id": 1, "name": make.unique("Evil"), "team": [row], "sales_team": [row]}
		name = self.ok(self.call("upsert", {"entity": "customer", "record": record}))["name"]
		frappe.db.rollback()
		doc = frappe.get_doc("Customer", name)
		self.assertEqual(
			[(r.sales_person, r.allocated_percentage) for r in doc.sales_team], [(self.person, 100)]
		)
		kept = doc.sales_team[0]
		self.assertEqual(
			(kept.parent, kept.parenttype, kept.parentfield, kept.docstatus),
			(name, "Customer", "sales_team", 0),
		)
		self.assertNotEqual(kept.name, "chosen")
		self.assertEqual(kept.owner, make.USER)
		self.assertNotEqual(kept.commission_rate, "55")
		self.assertEqual(kept.incentives, 0)

	def test_rows_that_are_no_rows_are_refused(self):
		rows = self.count("Sales Team")
		for team in (
			"x",
			1,
			[1, 2],
			{"person": self.person},
			[[{"person": self.person}]],
			[{"person": {"a": 1}}],
		):
			record = {"id": 1, "name": make.unique("Evil"), "team": team}
			answer = self.call("upsert", {"entity": "customer", "record": record})
			self.assertIn(answer.status_code, (200, 201, 422), answer.text[:300])
			self.assertEqual(self.count("Sales Team"), rows, team)

	def test_a_whole_table_cannot_be_mapped(self):
		self.flow.reload()
		self.flow.append("rows", make.row("portal_users", "users"))
		with self.assertRaises(frappe.ValidationError) as raised:
			self.flow.save()
		self.assertIn("portal_users", str(raised.exception))

	def test_reading_gives_mapped_columns_only(self):
		record = {"id": 1, "name": make.unique("Read"), "team": [{"person": self.person, "share": 100}]}
		self.ok(self.call("upsert", {"entity": "customer", "record": record}))
		data = self.ok(self.call("get", {"entity": "customer", "external_id": "1"}, method="GET"))
		self.assertEqual(
			set(data),
			{
				"customer_name",
				"customer_group",
				"territory",
				"customer_type",
				"companies",
				"sales_team",
				"name",
				"modified",
				"external_id",
			},
		)
		self.assertEqual(data["sales_team"], [{"sales_person": self.person, "allocated_percentage": 100}])


class TestProtectedFields(AssignmentTestCase):
	def test_a_flow_that_names_them_cannot_be_saved(self):
		for field in (
			"docstatus",
			"owner",
			"name",
			"modified_by",
			"doctype",
			"amended_from",
			"flags",
			"companies[].docstatus",
			"companies[].parent",
			"_user_tags",
			"__islocal",
		):
			with self.subTest(field), self.assertRaises(frappe.ValidationError):
				self.flow.reload()
				self.flow.append("rows", make.row(field, "evil"))
				self.flow.save()
			frappe.db.rollback()


class TestCalls(AssignmentTestCase):
	"""Calls with fields of their own refuse what they do not know."""

	def test_unknown_fields_are_refused_at_every_level(self):
		customers, orders, links = self.count("Customer"), self.count("Sales Order"), len(self.links())
		for key, value in EVIL.items():
			for call, body in (
				("create_customer", {"customer_name": make.unique("Evil")}),
				("update_customer", {"customer_id": "x"}),
				("create_order", self.order()),
				("update_order", {"id": "x"}),
				("upsert", {"entity": "customer", "record": {}}),
				("bulk_upsert", {"entity": "customer", "records": [{}]}),
				("delete", {"entity": "customer", "name": "x"}),
			):
				with self.subTest(f"{call} {key}"):
					self.refused(self.call(call, {**body, key: value}), 422, "invalid")
		for place in ("customer", "lines", "billing_address", "shipping", "tax_lines", "order_discount"):
			for key in ("docstatus", "owner", "doctype", "flags", "item_code", "rate"):
				if (place, key) == ("tax_lines", "rate"):
					continue
				body = self.order()
				holder = body[place][0] if isinstance(body[place], list) else body[place]
				holder[key] = EVIL.get(key, "x")
				with self.subTest(f"{place}.{key}"):
					error = self.refused(self.call("create_order", body), 422, "invalid")
					self.assertIn(key, error["field"])
		self.assertEqual(
			(self.count("Customer"), self.count("Sales Order"), len(self.links())), (customers, orders, links)
		)

	def order(self) -> dict:
		return {
			"id": make.unique("O"),
			"currency": "USD",
			"customer": {"id": "c"},
			"billing_address": {"line1": "x"},
			"lines": [{"id": "1", "quantity": 1, "unit_price": 1}],
			"shipping": [{"amount": 1}],
			"tax_lines": [{"amount": 0}],
			"order_discount": {"amount": 0},
			"total": 2,
		}
