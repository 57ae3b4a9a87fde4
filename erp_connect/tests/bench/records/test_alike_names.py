"""Names that the database takes for others, and others that are the same: a party, a warehouse, letters put together of two signs."""

from __future__ import annotations

import unicodedata
from typing import Any

import frappe

from erp_connect.config import inflow
from erp_connect.core.errors import ConnectError
from erp_connect.core.mapping.matching import CASE
from erp_connect.records import names, write
from erp_connect.records.errors import BadRecord
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase


class TestParties(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.mark = frappe.generate_hash(length=6)
		self.known = make.customer(customer_name=f"Muller {self.mark}").name

	def entries(self, direction: str = "Incoming") -> None:
		columns = {
			"account": "account", "party_type": "kind", "party": "party",
			"debit_in_account_currency": "debit", "credit_in_account_currency": "credit",
		}  # fmt: skip
		rows = [make.row(f"accounts[].{field}", f"lines[].{name}") for field, name in columns.items()]
		make.flow("Journal Entry", [], [make.row("posting_date", "day"), *rows], name="Entries",
			direction=direction, inbound_id_expression="id", table_rows="Remove")  # fmt: skip

	def entry(self, party: str) -> str:
		company = make.company()
		owed = frappe.db.get_value("Company", company, "default_receivable_account")
		cash = frappe.db.get_value(
			"Account", {"company": company, "account_type": "Cash", "is_group": 0, "account_currency": "USD"}
		)
		lines = [
			{"account": owed, "kind": "Customer", "party": party, "debit": 10, "credit": 0},
			{"account": cash, "debit": 0, "credit": 10},
		]
		done = write.upsert(inflow.load("Entries"), {"id": "1", "day": "2026-11-20", "lines": lines})
		return frappe.db.get_value("Journal Entry Account", {"parent": done.name, "account": owed}, "party")

	def test_money_is_not_booked_on_a_party_with_a_name_alike(self):
		self.entries()
		with self.assertRaisesRegex(
			ConnectError, rf"accounts\[0\].party .* no such Customer, only {self.known}"
		):
			self.entry(f"Müller {self.mark}")

	def test_nor_when_the_entry_is_changed(self):
		self.entries()
		self.assertEqual(self.entry(self.known), self.known)
		with self.assertRaisesRegex(ConnectError, "no such Customer"):
			self.entry(f"Müller {self.mark}")

	def test_case_does_not_count(self):
		self.entries()
		self.assertEqual(self.entry(self.known.upper()), self.known)


class TestLetters(ConnectTestCase):
	"""`é` as one sign, or as `e` and an accent: file systems and some systems write the second."""

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.one = unicodedata.normalize("NFC", f"Café {frappe.generate_hash(length=6)}")
		self.two = unicodedata.normalize("NFD", self.one)

	def flow(self, **key: Any) -> None:
		rows = [
			make.row("customer_name", "name", is_match_key=1, **key),
			make.row("customer_group", "group", default_value=make.leaf("Customer Group")),
			make.row("territory", "territory", default_value=make.leaf("Territory")),
		]
		make.flow("Customer", [], rows, name="Buyers", direction="Incoming", inbound_id_expression="")

	def test_a_record_is_recognised_however_its_letters_are_put_together(self):
		self.flow()
		first = write.upsert(inflow.load("Buyers"), {"name": self.two})
		self.assertEqual(write.upsert(inflow.load("Buyers"), {"name": self.one}).name, first.name)
		self.assertEqual(write.upsert(inflow.load("Buyers"), {"name": self.two}).name, first.name)

	def test_also_without_case(self):
		self.flow(match_ignoring=CASE)
		first = write.upsert(inflow.load("Buyers"), {"name": self.two})
		self.assertEqual(write.upsert(inflow.load("Buyers"), {"name": self.one.upper()}).name, first.name)

	def test_a_link_is_found_so(self):
		brand = make.brand(name=self.one).name
		self.assertEqual(names.alike("Brand", self.two), brand)
		self.assertIsNone(names.alike("Brand", self.one.replace("é", "e")))


class TestStock(CommerceTestCase):
	def test_another_warehouse_is_not_taken_for_the_one_that_is_named(self):
		known = (
			frappe.get_doc(
				{
					"doctype": "Warehouse",
					"warehouse_name": make.unique("Lager"),
					"company": self.company,
					"account": frappe.db.get_value("Warehouse", make.warehouse(), "account"),
				}
			)
			.insert()
			.name
		)
		self.order()
		there = known.replace("Lager", "Läger")
		with self.assertRaisesRegex(BadRecord, "is not a warehouse"):
			self.ship(("L1", 1), location=there)
		with self.assertRaisesRegex(BadRecord, "is not in ERPNext"):
			self.event(
				"Stock Movement",
				id=make.unique("m"),
				item_code=self.first,
				warehouse=there,
				quantity=1,
				rate=5,
			)
