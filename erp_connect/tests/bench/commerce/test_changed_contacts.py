"""What a customer's own record tells anew is what he is reached by here; people's choices and their contacts stay."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_customers import CustomerTestCase


class TestChangedContacts(CustomerTestCase):
	def told(self, **values: Any) -> Any:
		"""The customer, after his record came in."""
		frappe.db.commit()
		return self.customer(self.create(external_id="c-1", **values)["customer_id"])

	def customer(self, name: str) -> Any:
		frappe.db.rollback()
		return frappe.get_doc("Customer", name)

	def reached(self, customer: Any) -> tuple[str, str]:
		return customer.email_id or "", customer.mobile_no or ""

	def known(self, customer: Any) -> list[list[str]]:
		"""E-mail addresses of each contact."""
		return sorted(
			sorted(row.email_id for row in contact.email_ids) for contact in self.contacts(customer.name)
		)

	def test_another_address_and_number_of_the_same_person_come_first_and_the_earlier_ones_stay(self):
		self.told(email=self.email(), phone=self.phone())
		customer = self.told(email=self.email("new"), phone=self.phone(2))
		self.assertEqual(self.reached(customer), (self.email("new"), self.phone(2)))
		self.assertEqual(self.known(customer), [[self.email(), self.email("new")]])
		customer = self.told(email=self.email(), phone=self.phone())
		self.assertEqual(self.reached(customer), (self.email(), self.phone()))

	def test_a_number_that_is_told_alone_and_one_that_comes_later(self):
		self.told(email=self.email())
		self.assertEqual(self.reached(self.told(phone=self.phone())), (self.email(), self.phone()))
		customer = self.told(email=self.email(), phone=self.phone(2))
		self.assertEqual(self.reached(customer), (self.email(), self.phone(2)))
		self.assertEqual(len(self.contacts(customer.name)), 1)

	def test_update_customer_does_the_same(self):
		customer = self.told(email=self.email())
		self.ok(self.call("update_customer", {"external_id": "c-1", "email": self.email("new")}))
		self.assertEqual(self.reached(self.customer(customer.name))[0], self.email("new"))

	def test_another_person_becomes_the_primary_contact_beside_the_earlier_one(self):
		self.told(email=self.email(), first_name="Ann", last_name="Lee")
		customer = self.told(email=self.email("bob"), first_name="Bob", last_name="Lee")
		self.assertEqual(self.reached(customer)[0], self.email("bob"))
		self.assertEqual(self.known(customer), [[self.email()], [self.email("bob")]])
		customer = self.told(email=self.email(), first_name="Ann", last_name="Lee")
		self.assertEqual(self.reached(customer)[0], self.email())
		self.assertEqual(len(self.contacts(customer.name)), 2)

	def test_what_a_person_put_first_stays_until_something_new_is_told(self):
		customer = self.told(email=self.email())
		(contact,) = self.contacts(customer.name)
		contact.email_ids[0].is_primary = 0
		contact.append("email_ids", {"email_id": self.email("desk"), "is_primary": 1})
		contact.save()
		customer.reload()
		customer.save()
		self.assertEqual(
			self.reached(self.told(email=self.email(), phone=self.phone()))[0], self.email("desk")
		)
		self.assertEqual(self.reached(self.told(email=self.email("new")))[0], self.email("new"))

	def test_a_contact_that_a_person_made_or_shares_stays_the_primary_one(self):
		customer = self.told(email=self.email())
		(contact,) = self.contacts(customer.name)
		contact.append("links", {"link_doctype": "Customer", "link_name": make.customer().name})
		contact.save()
		self.assertEqual(self.reached(self.told(email=self.email("new")))[0], self.email())
		by_hand = frappe.get_doc({"doctype": "Contact", "first_name": "By hand"})
		by_hand.append("links", {"link_doctype": "Customer", "link_name": customer.name})
		by_hand.append("email_ids", {"email_id": self.email("desk"), "is_primary": 1})
		by_hand.insert()
		customer.reload()
		customer.customer_primary_contact = by_hand.name
		customer.save()
		self.assertEqual(self.reached(self.told(email=self.email("third")))[0], self.email("desk"))
		self.assertIn([self.email("third")], self.known(customer))

	def test_an_order_tells_nothing_new_of_its_buyer(self):
		customer = self.told(email=self.email())
		self.change(warehouse=make.warehouse())
		code = make.selling_item("KEYED-1")
		self.commit()
		line = {"id": "1", "sku": code, "name": code, "quantity": 1, "unit_price": "10.00"}
		buyer = {"id": "c-1", "name": f"Ann {self.mark}", "email": self.email("office")}
		body = {
			"id": make.unique("o"),
			"currency": "USD",
			"customer": buyer,
			"lines": [line],
			"total": "10.00",
		}
		self.ok(self.call("create_order", body))
		self.assertEqual(self.reached(self.customer(customer.name))[0], self.email())
