"""A company and a customer with their addresses, and Delivery Notes of goods that are in stock."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make


class Dispatch:
	"""here, there: the addresses of the company and of the customer. contact: who receives the goods."""

	def __init__(self) -> None:
		self.customer = make.customer().name
		self.items = [make.item(item_name=name).name for name in ("Table of oak", "Chair of ash")]
		for item in self.items:
			make.receipt(item, 20)
		self.here = address("Company", make.company(), "Memphis")
		self.there = address("Customer", self.customer, "Nashville")
		self.contact = contact(self.customer, "Ada Byron", "ada@example.com")

	def note(self, *, submit: bool = True, **values: Any):
		"""A Delivery Note of two of each item."""
		rows = [
			{
				"item_code": item,
				"qty": 2,
				"rate": 40,
				"warehouse": frappe.db.get_value("Stock Ledger Entry", {"item_code": item}, "warehouse"),
			}
			for item in self.items
		]
		said = {"customer": self.customer, "company": make.company(), "items": rows}
		doc = frappe.get_doc({"doctype": "Delivery Note", **said, **values}).insert()
		return doc.submit() if submit else doc


def address(doctype: str, name: str, city: str) -> str:
	"""Where somebody wants goods delivered; of several of a company, the latest."""
	earlier = frappe.get_all("Dynamic Link", {"link_doctype": doctype, "link_name": name}, pluck="parent")
	frappe.db.set_value("Address", {"name": ("in", earlier)}, "is_shipping_address", 0)
	return frappe.get_doc(
		{
			"doctype": "Address",
			"address_title": make.unique(name),
			"address_type": "Shipping",
			"address_line1": "4 Mill Lane",
			"city": city,
			"country": "United States",
			"is_shipping_address": 1,
			"links": [{"link_doctype": doctype, "link_name": name}],
		}
	).insert().name  # fmt: skip


def contact(customer: str, name: str, email: str) -> str:
	"""A person of a customer, by the phone number 615 5550100."""
	doc = frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": make.unique(name),
			"links": [{"link_doctype": "Customer", "link_name": customer}],
		}
	)
	doc.add_email(email, is_primary=True)
	doc.add_phone("615 5550100", is_primary_phone=True)
	return doc.insert().name
