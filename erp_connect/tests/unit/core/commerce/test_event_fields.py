"""The fields of business events by name: those that their records take, and what was meant by another."""

from __future__ import annotations

import json
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import erp_connect
from erp_connect.core.commerce import event_fields
from erp_connect.core.values.paths import parse_path

PRESETS = Path(erp_connect.__file__).parent / "presets"


class TestEventFields(unittest.TestCase):
	def known(self, purpose: str, name: str) -> bool:
		return event_fields.is_known(purpose, parse_path(name))

	def test_fields_are_those_of_the_records(self):
		names = [field.name for field in event_fields.fields_of("Order")]
		for name in (
			"id",
			"customer.name",
			"lines[].sku",
			"lines[].tax_lines[].amount",
			"billing_address.line1",
		):
			self.assertIn(name, names)
		self.assertNotIn("customer_name", names)
		self.assertEqual(event_fields.fields_of("Document"), [])

	def test_each_purpose_has_fields_of_its_own(self):
		for purpose in ("Customer", *event_fields.RECORDS):
			names = [field.name for field in event_fields.fields_of(purpose)]
			self.assertEqual(len(names), len(set(names)), purpose)
			self.assertTrue(all(self.known(purpose, name) for name in names), purpose)

	def test_an_object_a_list_and_one_of_its_elements_are_known(self):
		for name in ("lines", "customer", "addresses[0].city", "lines[].discounts[].amount"):
			purpose = "Customer" if name.startswith("addresses") else "Order"
			self.assertTrue(self.known(purpose, name), name)
		for name in ("lines.sku", "customer_name", "customer.name.first", "total.amount"):
			self.assertFalse(self.known("Order", name), name)

	def test_what_may_have_been_meant(self):
		for purpose, name, meant in (
			("Order", "customer_name", "customer.name"),
			("Order", "items[].item_code", "lines[].sku"),
			("Order", "lines.sku", "lines[].sku"),
			("Order", "grand_total", "total"),
			("Payment", "paid_amount", "amount"),
			("Stock Movement", "qty", "quantity"),
			("Customer", "customername", "customer_name"),
			("Customer", "addresses[].line1", "addresses[].address_line1"),
		):
			self.assertIn(meant, event_fields.near(purpose, name), name)
		self.assertEqual(event_fields.near("Order", "xyzzy_qqqq"), [])

	def test_what_an_event_cannot_do_without(self):
		self.assertEqual(event_fields.needed("Order"), ["id", "currency", "total"])
		self.assertEqual(event_fields.needed("Cancellation"), [])
		self.assertEqual(event_fields.needed("Customer"), ["customer_name"])

	def test_the_presets_name_only_fields_that_are_there(self):
		unknown = [
			(file.parent.name, purpose, name)
			for file in sorted(PRESETS.glob("*/*.json"))
			for purpose, name in _names(json.loads(file.read_text()))
			if not self.known(purpose, name)
		]
		self.assertEqual(unknown, [])


def _names(data: Any) -> Iterator[tuple[str, str]]:
	"""(purpose, ERPNext field) of the rows of business events, wherever a preset has them."""
	if isinstance(data, list):
		for one in data:
			yield from _names(one)
	elif isinstance(data, dict):
		purpose = data.get("purpose")
		if purpose in ("Customer", *event_fields.RECORDS):
			for row in data.get("rows") or ():
				if row.get("source"):
					yield purpose, row["source"]
		for one in data.values():
			yield from _names(one)
