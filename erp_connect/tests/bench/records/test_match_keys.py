"""A record that is not linked yet is recognised by match keys: those of a set together, compared letter by letter."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.config import inflow
from erp_connect.config import preset_files as known
from erp_connect.patches import sets_of_match_keys
from erp_connect.records import write
from erp_connect.records.errors import HeldForReview
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import other_company

BOTH = {"is_match_key": 1}


class MatchCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.mark = frappe.generate_hash(length=6)
		make.account(self.receiver.url())

	def receives(self, doctype: str, rows: list[dict], **values: Any):
		return make.flow(doctype, [], rows, direction="Incoming", **{"inbound_id_expression": "", **values})

	def take(self, flow, **record: Any) -> write.Written:
		return write.upsert(inflow.load(flow.name), record)

	def customer(self, name: str, **values: Any) -> str:
		return make.customer(customer_name=f"{name} {self.mark}", **values).name


class TestSets(MatchCase):
	"""The punches of a time clock, as tasks of a person on a day."""

	def punches(self, *records: tuple[str, str, str], **of_date: Any) -> list[str]:
		rows = [
			make.row("allocated_to", "employee", **BOTH),
			make.row("date", "day", **{**BOTH, **of_date}),
			make.row("description", "note"),
		]
		flow = self.receives("ToDo", rows)
		return [
			self.take(flow, employee=employee, day=day, note=f"{note} {self.mark}").action
			for employee, day, note in records
		]

	def notes(self) -> list[str]:
		found = frappe.get_all(
			"ToDo", filters={"description": ("like", f"%{self.mark}%")}, pluck="description"
		)
		return sorted(note.removesuffix(f" {self.mark}") for note in found)

	def test_punches_of_one_employee_do_not_overwrite_each_other(self):
		user = make.user()
		days = ("2026-11-24", "2026-11-25", "2026-11-26")
		actions = self.punches(*((user, day, day) for day in days), (user, days[1], "again"))
		self.assertEqual(actions, ["created", "created", "created", "updated"])
		self.assertEqual(self.notes(), ["2026-11-24", "2026-11-26", "again"])

	def test_a_set_that_lacks_a_value_recognises_nobody(self):
		user = make.user()
		self.assertEqual(self.punches((user, "", "one"), (user, "", "two")), ["created", "created"])
		self.assertEqual(self.notes(), ["one", "two"])

	def test_where_the_flow_says_so_empty_fits_empty_and_nothing_else(self):
		user = make.user()
		actions = self.punches(
			(user, "2026-11-24", "dated"), (user, "", "open"), (user, "", "open, again"), match_empty=1
		)
		self.assertEqual(actions, ["created", "created", "updated"])
		self.assertEqual(self.notes(), ["dated", "open, again"])

	def test_sets_with_other_numbers_are_alternatives_in_their_order(self):
		flow = self.customers()
		first = self.customer("First", tax_id=f"T1 {self.mark}")
		second = self.customer("Second", website=f"two.{self.mark}")
		self.assertEqual(self.take(flow, vat=f"T1 {self.mark}", site="").name, first)
		self.assertEqual(self.take(flow, vat="", site=f"two.{self.mark}", name="Renamed").name, second)

	def test_what_an_earlier_set_tells_apart_is_held(self):
		flow = self.customers()
		name = self.customer("Known", tax_id=f"T1 {self.mark}", website=f"one.{self.mark}")
		with self.assertRaisesRegex(HeldForReview, "T1.*T2") as caught:
			self.take(flow, vat=f"T2 {self.mark}", site=f"one.{self.mark}")
		self.assertIn("Retry", str(caught.exception))
		self.assertEqual(frappe.db.get_value("Customer", name, "tax_id"), f"T1 {self.mark}")

	def customers(self):
		return self.receives(
			"Customer",
			[
				make.row("tax_id", "vat", **BOTH),
				make.row("website", "site", **BOTH, match_set=2),
				make.row("customer_name", "name"),
			],
		)

	def test_what_cannot_be_a_match_key_is_refused_at_save(self):
		name = make.row("customer_name", "name")
		for rows, doctype, text, values in (
			([make.row("email_ids[].email_id", "mails[].address", **BOTH)], "Contact", "not a field of Contact itself", {}),
			([make.row("tax_id", "x", constant="1", **BOTH), name], "Customer", "constant", {}),
			([make.row("tax_id", "x", direction="Outgoing", **BOTH), name], "Customer", "Incoming", {}),
			([make.row("customer_name", "name", **BOTH)], "Customer", "count for documents", {"purpose": "Customer"}),
		):  # fmt: skip
			with self.subTest(text), self.assertRaisesRegex(frappe.ValidationError, text):
				self.receives(doctype, rows, **values)


class TestCompanies(MatchCase):
	"""Two shops of two companies that number alike."""

	def setUp(self) -> None:
		super().setUp()
		self.other = other_company()
		self.subject = f"Order 1001 {self.mark}"
		self.theirs = self.task(self.other)

	def task(self, company: str) -> str:
		values = {"doctype": "Task", "subject": self.subject, "company": company}
		return frappe.get_doc(values).insert().name

	def tasks(self, *rows: dict):
		flow_rows = [make.row("subject", "subject", **BOTH), make.row("description", "note"), *rows]
		return self.receives("Task", flow_rows, inbound_id_expression="id", remote_entity="task")

	def taken(self, flow, id: str = "7", **values: str) -> write.Written:
		return self.take(flow, id=id, subject=self.subject, note="from there", **values)

	def said(self, name: str) -> tuple[str, str]:
		return frappe.db.get_value("Task", name, ("company", "description"))

	def test_what_the_other_company_has_is_not_recognised(self):
		done = self.taken(self.tasks())
		self.assertEqual(done.action, "created")
		self.assertEqual(self.said(done.name), (make.company(), "from there"))
		self.assertEqual(self.said(self.theirs), (self.other, None))

	def test_its_own_is_recognised_beside_it(self):
		ours = self.task(make.company())
		done = self.taken(self.tasks())
		self.assertEqual((done.action, done.name), ("updated", ours))

	def test_the_company_that_the_record_names_counts(self):
		flow = self.tasks(make.row("company", "company"))
		self.assertEqual(self.taken(flow, company=self.other).name, self.theirs)
		self.assertEqual(self.taken(flow, "8", company=make.company()).action, "created")

	def test_what_belongs_to_no_company_is_recognised(self):
		nobodys = self.task(make.company())
		frappe.db.set_value("Task", nobodys, "company", None)
		self.assertEqual(self.taken(self.tasks()).name, nobodys)


class TestTexts(MatchCase):
	def by_name(self, **of_name: Any):
		return self.receives(
			"Customer",
			[make.row("customer_name", "name", **{**BOTH, **of_name}), make.row("website", "site")],
		)

	def send(self, flow, name: str) -> write.Written:
		return self.take(flow, name=f"{name} {self.mark}", site="from outside")

	def test_letter_by_letter_unless_the_key_says_otherwise(self):
		self.commit()  # each case is rolled back, to what stands here
		for ignoring, other, same in (
			("", "Müller AG", False), ("", "muller AG", False), ("", "Muller AG", True), ("Case", "MULLER ag", True),
			("Case", "Müller AG", False), ("Case and accents", "MÜLLER AG", True), ("Case and accents", "Möller", False),
		):  # fmt: skip
			with self.subTest(ignoring=ignoring, other=other):
				known_here = self.customer("Muller AG")
				flow = self.by_name(match_ignoring=ignoring)
				done = self.send(flow, other)
				self.assertEqual(
					(done.action, done.name == known_here), ("updated" if same else "created", same)
				)
				kept = frappe.db.get_value("Customer", known_here, ["customer_name", "website"])
				self.assertEqual(
					kept, (f"{other if same else 'Muller AG'} {self.mark}", "from outside" if same else None)
				)
				frappe.db.rollback()

	def test_two_that_fit_without_accents_are_held(self):
		for name in ("Müller AG", "Muller AG"):
			self.customer(name)
		flow = self.by_name(match_ignoring="Case and accents")
		with self.assertRaisesRegex(HeldForReview, "Several documents"):
			self.send(flow, "Müller AG")

	def test_spaces_at_the_end_and_numbers_as_text(self):
		flow = self.receives(
			"Customer", [make.row("tax_id", "vat", **BOTH), make.row("customer_name", "name")]
		)
		known_here = self.customer("Known", tax_id="0815")
		self.assertEqual(self.take(flow, vat="0815", name=f"A {self.mark}").name, known_here)
		self.assertEqual(self.take(flow, vat=815, name=f"B {self.mark}").action, "created")
		self.assertEqual(self.take(flow, vat="0815", name=f"A {self.mark}").action, "unchanged")


class TestPriceOfTheOtherSite(MatchCase):
	"""ERPNext may have made a price by itself, as where Stock Settings insert one that is missing."""

	def setUp(self) -> None:
		super().setUp()
		(entry,) = (flow for flow in known.load("ERP Connect").flows if flow.name == "Item Prices")
		self.flow = frappe.get_doc(
			{**entry.mapping, "doctype": "Field Mapping", "integration": make.ACCOUNT}
		).insert()
		self.item = make.item()
		make.link("Item", self.item.name, "Item", "ITEM-THERE")

	def price(self, rate: float, **values: Any) -> str:
		fixed = {"item_code": self.item.name, "price_list": "Standard Selling", "valid_from": "2020-01-15"}
		doc = frappe.get_doc({"doctype": "Item Price", "price_list_rate": rate, **fixed, **values}).insert()
		doc.db_set({field: value for field, value in values.items() if value is None})  # not the default
		return doc.name

	def send(self, **values: Any) -> write.Written:
		record = {
			"id": "PRICE-THERE", "known_as": None, "modified": "2100-01-01 00:00:00", "seen": None, "item_code": "ITEM-THERE",
			"price_list": "Standard Selling", "uom": "Nos", "packing_unit": 0, "currency": "USD", "price_list_rate": 12.5,
			"valid_from": "2020-01-15", "valid_upto": None,
		}  # fmt: skip
		return self.take(self.flow, **{**record, **values})

	def test_it_is_the_same_price(self):
		for empty in ({}, {"valid_from": None}, {"valid_upto": "2027-01-01"}, {"packing_unit": 6}):
			with self.subTest(empty):
				name = self.price(50, **empty)
				done = self.send(**empty, id=f"PRICE-{empty}")
				self.assertEqual((done.action, done.name), ("updated", name))
				self.assertEqual(frappe.db.get_value("Item Price", name, "price_list_rate"), 12.5)

	def test_another_one_is_another(self):
		others = [
			self.price(1, valid_from="2020-01-14"),
			self.price(2, customer=self.customer("Dear")),
			self.price(3, price_list="Standard Buying"),
			self.price(4, packing_unit=6),
			self.price(5, valid_upto="2027-01-01"),
		]
		done = self.send()
		self.assertEqual(done.action, "created")
		self.assertEqual(
			[frappe.db.get_value("Item Price", name, "price_list_rate") for name in others], [1, 2, 3, 4, 5]
		)


class TestPatch(MatchCase):
	"""Flows from before there were sets: all their keys are in the first one when the patch begins."""

	def sets(self, doctype: str, *keys: str, **values: Any) -> tuple[list[int], str]:
		rows = [make.row(key, key, **BOTH) for key in keys]
		flow = self.receives(doctype, rows, **values)
		sets_of_match_keys.execute()
		sets_of_match_keys.execute()
		flow.reload()
		comments = frappe.get_all(
			"Comment",
			filters={"reference_doctype": "Field Mapping", "reference_name": flow.name},
			pluck="content",
		)
		return [row.match_set for row in flow.rows], " ".join(comments)

	def test_values_that_can_be_of_one_record_stay_alternatives(self):
		sets, told = self.sets("Customer", "tax_id", "website")
		self.assertEqual(sets, [1, 2])
		self.assertEqual(told.count("as before"), 1)

	def test_what_recognised_strangers_by_itself_counts_together(self):
		sets, told = self.sets("ToDo", "allocated_to", "date")
		self.assertEqual(sets, [1, 1])
		self.assertIn("only where all of them fit", told)

	def test_a_single_key_stays_as_it_is(self):
		self.assertEqual(self.sets("Customer", "tax_id"), ([1], ""))
