"""An address that was changed outside is changed here; one that documents or people stand by is kept, and a new one made."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_customers import ADDRESS, CustomerTestCase

MOVED = {**ADDRESS, "city": "Newtown", "pincode": "54321"}


class TestChangedAddresses(CustomerTestCase):
	def told(self, *addresses: dict[str, Any]) -> list[tuple[str, str]]:
		"""Street and town of the customer's addresses after his record came in with these."""
		self.name = self.create(external_id="c-1", addresses=list(addresses))["customer_id"]
		return self.kept()

	def kept(self) -> list[tuple[str, str]]:
		names = self.addresses(self.name)
		rows = frappe.get_all("Address", {"name": ("in", names)}, ["address_line1", "city"])
		return sorted((row.address_line1, row.city) for row in rows)

	def test_a_city_that_is_corrected_changes_the_address(self):
		self.told(ADDRESS)
		(name,) = self.addresses(self.name)
		self.assertEqual(self.told({**MOVED, "phone": "+1 555 1234567"}), [("1 Road", "Newtown")])
		self.assertEqual(self.addresses(self.name), [name])
		self.assertEqual(self.told(ADDRESS), [("1 Road", "Town")])

	def test_update_customer_does_the_same(self):
		self.told(ADDRESS)
		self.ok(self.call("update_customer", {"external_id": "c-1", "addresses": [MOVED]}))
		self.assertEqual(self.kept(), [("1 Road", "Newtown")])

	def test_the_right_one_of_several_is_changed(self):
		self.told(ADDRESS, {**ADDRESS, "address_line1": "2 Road"}, {**ADDRESS, "address_type": "Shipping"})
		after = self.told({**ADDRESS, "address_line1": "2 Road", "city": "Newtown"}, ADDRESS)
		self.assertEqual(after, [("1 Road", "Town"), ("1 Road", "Town"), ("2 Road", "Newtown")])

	def test_two_addresses_of_one_street_that_are_both_told_stay_two(self):
		flat = {**ADDRESS, "address_line2": "Flat 2"}
		self.told(ADDRESS)
		self.assertEqual(len(self.told(ADDRESS, flat)), 2)
		self.assertEqual(len(self.told(flat, ADDRESS)), 2)

	def test_another_street_or_country_is_another_address(self):
		self.told(ADDRESS)
		self.told({**ADDRESS, "address_line1": "9 Lane", "city": "Newtown"})
		self.assertEqual(len(self.told({**MOVED, "country": "DE"})), 3)

	def test_one_that_a_document_names_is_kept(self):
		self.told(ADDRESS)
		(used,) = self.addresses(self.name)
		order = make.sales_order(self.name, [(make.item().name, 1, 10)], submit=False)
		order.customer_address = used
		order.save()
		self.commit()
		self.assertEqual(self.told(MOVED), [("1 Road", "Newtown"), ("1 Road", "Town")])
		self.assertEqual(self.told({**MOVED, "city": "Third"}), [("1 Road", "Third"), ("1 Road", "Town")])

	def test_one_that_a_person_made_or_shares_is_kept(self):
		self.told(ADDRESS)
		(name,) = self.addresses(self.name)
		frappe.db.set_value("Address", name, "owner", "Administrator")
		self.commit()
		self.assertEqual(len(self.told(MOVED)), 2)
		shared = next(one for one in self.addresses(self.name) if one != name)
		doc = frappe.get_doc("Address", shared)
		doc.append("links", {"link_doctype": "Customer", "link_name": make.customer().name})
		doc.save()
		self.commit()
		self.assertEqual(len(self.told({**MOVED, "city": "Third"})), 3)

	def test_the_primary_address_of_the_customer_is_his_own(self):
		self.told(ADDRESS)
		(name,) = self.addresses(self.name)
		frappe.db.set_value("Customer", self.name, "customer_primary_address", name)
		self.commit()
		self.assertEqual(self.told(MOVED), [("1 Road", "Newtown")])
