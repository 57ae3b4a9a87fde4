"""A linked document is found by the value of one of its fields, and called by it outside: the transform *Lookup*."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.config import inflow
from erp_connect.core.errors import MappingError
from erp_connect.records import lookups, write
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.http_case import other_company

BY_SYMBOL = {"transform": "Lookup", "argument": "Currency.symbol"}


class TestLookup(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url())
		self.mark = frappe.generate_hash(length=6)

	def flow(self, **values: Any):
		rows = [
			make.row("customer_name", "name"),
			make.row("default_currency", "money", **(BY_SYMBOL | values)),
		]
		return make.flow(
			"Customer", make.rest("/customers"), rows, direction="Both", inbound_id_expression="id"
		)

	def take(self, money: Any, mark: str = "") -> Any:
		name = self.flow_name
		record = {"id": f"C-{self.mark}{mark}", "name": f"Lookup {self.mark}{mark}", "money": money}
		return write.upsert(inflow.load(name), record)

	def currency(self, name: str, symbol: str) -> None:
		"""A currency of the test alone."""
		frappe.get_doc(
			{"doctype": "Currency", "currency_name": name, "symbol": symbol, "enabled": 1}
		).insert()

	def test_the_document_that_has_the_value_is_taken(self):
		self.flow_name = self.flow().name
		self.currency(f"L{self.mark}", f"§{self.mark}a")
		self.currency(f"M{self.mark}", f"§{self.mark}A")
		written = self.take(f"§{self.mark}A")
		self.assertEqual(frappe.db.get_value("Customer", written.name, "default_currency"), f"M{self.mark}")

	def test_it_is_called_by_the_value_outside(self):
		self.flow()
		self.currency(f"L{self.mark}", f"§{self.mark}")
		self.currency(f"N{self.mark}", "")
		make.customer(default_currency=f"L{self.mark}")
		make.customer(default_currency=f"N{self.mark}")
		make.customer()
		self.deliver()
		sent = [request.json.get("money") for request in self.arrived("/customers")]
		self.assertEqual(sorted(sent, key=str), [None, None, f"§{self.mark}"])

	def test_nobody_who_has_the_value_is_told(self):
		self.flow_name = self.flow().name
		with self.assertRaises(MappingError) as caught:
			self.take(f"§{self.mark}")
		self.assertEqual(caught.exception.code, "missing_link")
		self.assertIn(f"No Currency has §{self.mark} as symbol", str(caught.exception))

	def warehouse(self, company: str) -> str:
		values = {"warehouse_name": f"Lookup {self.mark}", "company": company, "phone_no": self.mark}
		return frappe.get_doc({"doctype": "Warehouse", **values}).insert().name

	def test_of_two_companies_that_number_alike_the_account_s_counts(self):
		find = lookups.inwards(make.ACCOUNT)
		other = self.warehouse(other_company())
		with self.assertRaises(MappingError) as caught:
			find("Warehouse.phone_no", self.mark)
		self.assertIn(
			f"Warehouse {other} has {self.mark} as phone_no, but belongs to {other_company()}",
			str(caught.exception),
		)
		own = self.warehouse(make.company())
		self.assertEqual(find("Warehouse.phone_no", self.mark), own)

	def test_several_who_have_it_are_told(self):
		self.flow_name = self.flow().name
		for letter in "LM":
			self.currency(f"{letter}{self.mark}", f"§{self.mark}")
		with self.assertRaises(MappingError) as caught:
			self.take(f"§{self.mark}")
		self.assertIn(f"L{self.mark}, M{self.mark}", str(caught.exception))

	def test_what_many_look_up_is_known_ahead_where_it_is_clear(self):
		flow = inflow.load(self.flow().name)
		self.currency(f"L{self.mark}", f"§{self.mark}a")
		for letter in "MN":
			self.currency(f"{letter}{self.mark}", f"§{self.mark}b")
		records = [
			{"id": f"C-{self.mark}{sign}", "name": "x", "money": f"§{self.mark}{sign}"} for sign in "abcA"
		]
		find = lookups.inwards(make.ACCOUNT)
		with lookups.ahead(flow, records):
			with patch.object(lookups, "_having", side_effect=AssertionError("looked up by itself")):
				self.assertEqual(find("Currency.symbol", f"§{self.mark}a"), f"L{self.mark}")
			with self.assertRaisesRegex(MappingError, "Several documents"):
				find("Currency.symbol", f"§{self.mark}b")
			for sign in "cA":
				self.assertIsNone(find("Currency.symbol", f"§{self.mark}{sign}"))

	def test_what_may_not_be_seen_is_not_known_ahead(self):
		rows = [make.row("default_warehouse", "place", transform="Lookup", argument="Warehouse.phone_no")]
		flow = inflow.load(make.flow("Stock Settings", [], rows, direction="Incoming").name)
		self.warehouse(make.company())
		frappe.set_user(make.user("sees-no-places@example.com", ()))
		self.addCleanup(frappe.set_user, "Administrator")
		with lookups.ahead(flow, [{"place": self.mark}]), self.assertRaises(frappe.PermissionError):
			lookups.inwards(make.ACCOUNT)("Warehouse.phone_no", self.mark)

	def test_what_cannot_be_looked_up_is_refused_with_its_row(self):
		for argument, told in (
			("", "Lookup needs a DocType and the field"),
			("Currency", "Lookup needs a DocType and the field"),
			("Currancy.symbol", "There is no DocType Currancy"),
			("Currency.sign", "has no field sign"),
			("Currency.fraction_units", "cannot be looked up"),
			("User.api_secret", "cannot be looked up"),
			("Customer.tax_id", "default_currency is a Currency, not a Customer"),
		):
			with self.subTest(argument), self.assertRaises(frappe.ValidationError) as caught:
				self.flow(argument=argument)
			self.assertIn(told, str(caught.exception))
			self.assertIn("row 2", str(caught.exception).lower())
