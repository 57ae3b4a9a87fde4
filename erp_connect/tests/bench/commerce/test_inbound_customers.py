"""Who a customer from outside is: recognised by the keys of the account, doubtful ones held, nobody twice."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import InboundTestCase, at_once

ADDRESS = {"address_line1": "1 Road", "city": "Town", "country": "US", "pincode": "12345"}


class CustomerTestCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.mark = frappe.generate_hash(length=8)

	def email(self, name: str = "ann") -> str:
		return f"{name}.{self.mark}@example.com"

	def phone(self, number: int = 1) -> str:
		return f"+1 555 {int(self.mark, 36) % 10**8:08d}{number}"[:20]

	def create(self, **values: Any) -> dict[str, Any]:
		return self.ok(self.call("create_customer", {"customer_name": f"Ann {self.mark}", **values}))

	def held(self, call: str = "create_customer", **values: Any) -> str:
		customers, links = self.mine(), self.links()
		body = {"customer_name": f"Ann {self.mark}", **values}
		error = self.refused(self.call(call, body), 409, "held")
		self.assertEqual((self.mine(), self.links()), (customers, links))
		return error["message"]

	def mine(self) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all("Customer", filters={"customer_name": ("like", f"%{self.mark}%")}, pluck="name")

	def contacts(self, name: str) -> list:
		frappe.db.rollback()
		names = frappe.get_all(
			"Dynamic Link",
			filters={"parenttype": "Contact", "link_doctype": "Customer", "link_name": name},
			pluck="parent",
		)
		return [frappe.get_doc("Contact", one) for one in names]

	def addresses(self, name: str) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all(
			"Dynamic Link",
			filters={"parenttype": "Address", "link_doctype": "Customer", "link_name": name},
			pluck="parent",
		)


class TestMatching(CustomerTestCase):
	def test_each_key_recognises_the_customer(self):
		keys = {
			"external_id": "c-1",
			"email": self.email(),
			"phone": self.phone(),
			"tax_id": f"T-{self.mark}",
		}
		first = self.create(**keys, addresses=[ADDRESS])
		self.assertTrue(first["created"])
		for key, value in keys.items():
			with self.subTest(key):
				again = self.create(**{key: value}, customer_name=f"Ann New {self.mark}")
				self.assertEqual((again["created"], again["customer_id"]), (False, first["customer_id"]))
				self.assertEqual(again["kept"], [])
		self.assertEqual(self.mine(), [first["customer_id"]])
		self.assertEqual(
			frappe.db.get_value("Customer", first["customer_id"], "customer_name"), f"Ann New {self.mark}"
		)
		self.assertEqual(
			(len(self.contacts(first["customer_id"])), len(self.addresses(first["customer_id"]))), (1, 1)
		)

	def test_customers_that_were_made_in_erpnext_are_recognised(self):
		known = make.customer(customer_name=f"Known {self.mark}", tax_id=f"T-{self.mark}")
		contact = frappe.get_doc(
			{
				"doctype": "Contact", "first_name": "Known",
				"links": [{"link_doctype": "Customer", "link_name": known.name}],
				"email_ids": [{"email_id": self.email("known"), "is_primary": 1}],
				"phone_nos": [{"phone": self.phone(2), "is_primary_mobile_no": 1}],
			}
		).insert()  # fmt: skip
		self.assertTrue(contact.name)
		self.commit()
		for key, value in (
			("email", self.email("known")),
			("email", self.email("KNOWN").upper()),
			("phone", self.phone(2)),
			("tax_id", f"T-{self.mark}"),
		):
			with self.subTest(key, value=value):
				# A company's mailbox and phone number say nothing without its name.
				name = f"Ann {self.mark}" if key == "tax_id" else f"Known {self.mark}"
				found = self.create(**{key: value}, customer_name=name)
				self.assertEqual(found["customer_id"], known.name)
				self.assertEqual(found["kept"], ["customer_name"] if key == "tax_id" else [])
		self.assertEqual([one.name for one in self.contacts(known.name)], [contact.name])
		contact.reload()
		self.assertEqual((len(contact.email_ids), len(contact.phone_nos)), (1, 1))

	def test_the_order_of_keys_and_which_count_is_a_setting(self):
		self.change(customer_match_keys="external_id, tax_id")
		first = self.create(external_id="c-1", email=self.email())
		second = self.create(external_id="c-2", email=self.email())
		self.assertTrue(second["created"])
		self.assertNotEqual(first["customer_id"], second["customer_id"])

	def test_without_any_key_each_call_makes_a_customer(self):
		self.assertNotEqual(self.create()["customer_id"], self.create()["customer_id"])

	def test_a_customer_that_is_gone_is_made_anew(self):
		first = self.create(external_id="c-1")["customer_id"]
		frappe.delete_doc("Customer", first)
		self.commit()
		second = self.create(external_id="c-1")
		self.assertTrue(second["created"])
		self.assertEqual([link.document_name for link in self.links()], [second["customer_id"]])

	def test_an_account_does_not_know_the_ids_of_another(self):
		first = self.create(external_id="c-1")
		self.make_account("Other Shop", "other-key")
		self.commit()
		answer = self.call(
			"create_customer",
			{"customer_name": f"Bob {self.mark}", "external_id": "c-1"},
			headers={"X-Api-Key": "other-key"},
		)
		self.assertTrue(self.ok(answer)["created"])
		self.assertNotEqual(answer.json()["customer_id"], first["customer_id"])


class TestDoubt(CustomerTestCase):
	def test_a_key_that_fits_several_is_held(self):
		for number in range(2):
			make.customer(customer_name=f"Twin {number} {self.mark}", tax_id=f"T-{self.mark}")
		self.commit()
		self.assertIn("2 customers", self.held(tax_id=f"T-{self.mark}"))
		self.assertEqual(self.statuses(), ["Failed"])

	def test_a_match_that_belongs_to_another_id_is_held(self):
		self.create(external_id="c-1", email=self.email())
		message = self.held(external_id="c-2", email=self.email())
		self.assertIn("c-1", message)

	def test_an_update_does_not_move_a_link(self):
		first = self.create(external_id="c-1")["customer_id"]
		second = self.create(external_id="c-2", customer_name=f"Bob {self.mark}")["customer_id"]
		self.held("update_customer", customer_id=first, external_id="c-3")
		frappe.db.rollback()
		self.assertEqual(
			{link.external_id: link.document_name for link in self.links()}, {"c-1": first, "c-2": second}
		)

	def test_by_a_webhook_it_waits_for_a_person(self):
		for number in range(2):
			make.customer(customer_name=f"Twin {number} {self.mark}", tax_id=f"T-{self.mark}")
		make.flow(
			"Customer", [], [make.row("external_id", "id"), make.row("customer_name", "name"), make.row("tax_id", "vat")],
			direction="Incoming", purpose="Customer", remote_entity="customer", topics="*",
		)  # fmt: skip
		self.commit()
		self.ok(self.hook({"id": "c-1", "name": f"Ann {self.mark}", "vat": f"T-{self.mark}"}))
		self.work()
		self.assertEqual(self.event().status, "On Hold", self.history())
		self.assertEqual((len(self.mine()), self.links()), (2, []))


class TestUpdates(CustomerTestCase):
	def test_what_is_not_sent_stays(self):
		name = self.create(
			external_id="c-1", email=self.email(), tax_id=f"T-{self.mark}", addresses=[ADDRESS]
		)["customer_id"]
		self.ok(self.call("update_customer", {"external_id": "c-1", "customer_type": "Company"}))
		frappe.db.rollback()
		doc = frappe.get_doc("Customer", name)
		self.assertEqual(
			(doc.customer_type, doc.tax_id, doc.customer_name),
			("Company", f"T-{self.mark}", f"Ann {self.mark}"),
		)
		self.assertEqual(doc.email_id, self.email())

	def test_customers_that_do_not_exist(self):
		for body in ({"customer_id": "nope"}, {"external_id": "nope"}, {}):
			self.refused(self.call("update_customer", {**body, "tax_id": "x"}), 404, "not_found")

	def test_values_that_cannot_be(self):
		for values in (
			{"email": "no address"}, {"phone": "call me"}, {"currency": "usd"}, {"customer_type": "Alien"}, {"customer_name": ""},
			{"addresses": [{**ADDRESS, "country": "Atlantis"}]}, {"customer_group": "nope"}, {"territory": "nope"},
			{"addresses": [{"city": "x"}]}, {"customer_name": "x" * 141}, {"addresses": [ADDRESS] * 21},
		):  # fmt: skip
			with self.subTest(str(values)[:60]):
				body = {"customer_name": f"Ann {self.mark}", "external_id": "c-9", **values}
				error = self.refused(self.call("create_customer", body), 422)
				self.assertNotIn("{field}", error["message"])
				self.assertEqual((self.mine(), self.links()), ([], []))

	def test_addresses_are_not_doubled(self):
		shipping = {**ADDRESS, "address_type": "Shipping"}
		name = self.create(external_id="c-1", addresses=[ADDRESS, shipping])["customer_id"]
		self.create(
			external_id="c-1",
			addresses=[ADDRESS, {**ADDRESS, "country": "United States"}, {**ADDRESS, "city": " Town "}],
		)
		self.ok(self.call("update_customer", {"external_id": "c-1", "addresses": [shipping]}))
		self.assertEqual(len(self.addresses(name)), 2)
		self.create(external_id="c-1", addresses=[{**ADDRESS, "address_line1": "2 Road"}])
		self.assertEqual(len(self.addresses(name)), 3)

	def test_a_new_way_to_reach_somebody_is_added(self):
		name = self.create(external_id="c-1", email=self.email())["customer_id"]
		self.create(external_id="c-1", email=self.email(), phone=self.phone())
		(contact,) = self.contacts(name)
		self.assertEqual(
			([row.email_id for row in contact.email_ids], [row.phone for row in contact.phone_nos]),
			([self.email()], [self.phone()]),
		)


class TestAtOnce(CustomerTestCase):
	def parallel(self, bodies: list[dict[str, Any]]) -> set[str]:
		answers = at_once(
			len(bodies),
			lambda number: self.call(
				"create_customer", {"customer_name": f"Ann {self.mark}", **bodies[number]}
			),
		)
		self.assertLessEqual(
			{answer.status_code for answer in answers}, {200, 201}, [a.text for a in answers]
		)
		self.assertEqual(
			sum(answer.json()["created"] for answer in answers),
			len({a.json()["customer_id"] for a in answers}),
		)
		return {answer.json()["customer_id"] for answer in answers}

	def test_one_person_by_one_key(self):
		self.assertEqual(len(self.parallel([{"email": self.email(), "addresses": [ADDRESS]}] * 8)), 1)
		(name,) = self.mine()
		self.assertEqual((len(self.contacts(name)), len(self.addresses(name))), (1, 1))

	def test_one_person_by_different_keys(self):
		email, phone, tax_id = self.email(), self.phone(), f"T-{self.mark}"
		bodies = [
			{"external_id": "c-1", "email": email, "tax_id": tax_id},
			{"email": email, "phone": phone, "tax_id": tax_id},
			{"phone": phone, "tax_id": tax_id},
			{"tax_id": tax_id},
		]
		self.assertEqual(len(self.parallel(bodies * 2)), 1)
		self.assertEqual(len(self.mine()), 1)

	def test_one_person_from_two_accounts(self):
		self.make_account("Other Shop", "other-key")
		self.commit()
		body = {"customer_name": f"Ann {self.mark}", "email": self.email()}
		answers = at_once(
			6,
			lambda number: self.call(
				"create_customer", body, headers={"X-Api-Key": "other-key"} if number % 2 else {}
			),
		)
		self.assertEqual(
			{answer.status_code for answer in answers} - {200, 201}, set(), [a.text for a in answers]
		)
		self.assertEqual(len(self.mine()), 1)

	def test_people_of_one_name_are_not_mixed_up(self):
		self.assertEqual(
			len(self.parallel([{"email": self.email(f"ann{number}")} for number in range(6)])), 6
		)
