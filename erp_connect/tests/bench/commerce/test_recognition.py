"""Whose order it is: weak keys alone lead to nobody, and a known customer stays who he is."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_orders import FIXTURES, OrderTestCase
from erp_connect.tests.bench.commerce_case import CommerceTestCase

IDENTITY = ["customer_name", "customer_type", "customer_group", "tax_id"]


class RecognitionCase(CommerceTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.mark = frappe.generate_hash(length=8)
		self.phone = f"+1 555 {int(self.mark, 36) % 10**8:08d}"

	def email(self, name: str) -> str:
		return f"{name}.{self.mark}@example.com"

	def name(self, name: str) -> str:
		return f"{name} {self.mark}"

	def buys(self, name: str, **buyer: Any) -> str:
		"""The customer on whom an order is booked. company: of a buyer who orders for one."""
		return self.order(customer={"name": self.name(name), **buyer}).customer

	def known(self, name: str, kind: str = "Individual", **values: Any):
		return make.customer(customer_name=self.name(name), customer_type=kind, **values)

	def reached(self, customer: str, email: str = "", phone: str = "") -> None:
		frappe.get_doc(
			{
				"doctype": "Contact", "first_name": "Known",
				"links": [{"link_doctype": "Customer", "link_name": customer}],
				"email_ids": [{"email_id": email, "is_primary": 1}] if email else [],
				"phone_nos": [{"phone": phone, "is_primary_mobile_no": 1}] if phone else [],
			}
		).insert()  # fmt: skip

	def identity(self, customer: str) -> dict:
		return frappe.db.get_value("Customer", customer, IDENTITY, as_dict=True)

	def comments(self, customer: str) -> str:
		filters = {"reference_doctype": "Customer", "reference_name": customer, "comment_type": "Comment"}
		return " ".join(frappe.get_all("Comment", filters=filters, pluck="content"))


class TestWeakKeys(RecognitionCase):
	def test_a_guest_with_the_phone_of_a_stranger_is_somebody_else(self):
		stranger = self.buys("Ada Stranger", email=self.email("ada"), phone=self.phone)
		before = self.identity(stranger)
		guest = self.buys("Bob Guest", email=self.email("bob"), phone=self.phone)
		self.assertNotEqual(guest, stranger)
		self.assertEqual(self.identity(stranger), before)
		self.assertEqual(
			frappe.get_all("Sales Order", filters={"customer": stranger}, pluck="customer"), [stranger]
		)
		self.assertIn(stranger, self.comments(guest))
		# Each is himself the next time.
		self.assertEqual(self.buys("Bob Guest", email=self.email("bob"), phone=self.phone), guest)
		self.assertEqual(self.buys("Ada Stranger", email=self.email("ada"), phone=self.phone), stranger)

	def test_a_phone_number_counts_beside_the_name_unless_the_e_mail_is_another(self):
		ada = self.buys("Ada", email=self.email("ada"), phone=self.phone)
		self.assertEqual(self.buys("ada", phone=self.phone), ada)
		self.assertNotEqual(self.buys("Ada", email=self.email("other"), phone=self.phone), ada)
		self.assertNotEqual(self.buys("Bob", phone=self.phone), ada)

	def test_a_private_order_with_the_mailbox_of_a_company(self):
		for title, company in (
			("made in ERPNext", lambda: self.known("Alder Ltd", "Company").name),
			("came by an order", lambda: self.buys("x", company=self.name("Birch Ltd"), email=self.email("birch"))),
		):  # fmt: skip
			with self.subTest(title):
				name = company()
				mailbox = self.email(title.split()[0])
				self.reached(name, email=mailbox)
				before = self.identity(name)
				private = self.buys(f"Ada {title}", email=mailbox)
				self.assertNotEqual(private, name)
				self.assertEqual(self.identity(name), before)
				self.assertEqual(self.identity(private).customer_type, "Individual")
				self.assertIn(name, self.comments(private))
				self.assertEqual(self.buys(f"Ada {title}", email=mailbox), private)

	def test_two_companies_with_one_mailbox_are_told_apart_by_name_or_tax_id(self):
		mailbox = self.email("office")
		first = self.buys("x", company=self.name("First"), email=mailbox, tax_id=f"US-{self.mark} 1")
		second = self.buys("x", company=self.name("Second"), email=mailbox)
		self.assertNotEqual(first, second)
		self.assertEqual(self.buys("x", company=self.name("first"), email=mailbox), first)
		renamed = self.buys("x", company=self.name("New"), email=mailbox, tax_id=f"us{self.mark}1")
		self.assertEqual(renamed, first)
		other = self.buys("x", company=self.name("First"), email=mailbox, tax_id=f"US-{self.mark} 2")
		self.assertNotIn(other, (first, second))

	def test_one_private_person_is_known_by_the_e_mail_address(self):
		ada = self.buys("Ada Byron", email=self.email("ada"))
		self.assertEqual(self.buys("A. Lovelace", email=self.email("ADA").upper()), ada)

	def test_addresses_that_differ_in_accents_are_two_people(self):
		first = self.buys("Muller", email=self.email("muller"))
		# Frappe takes no such address any more; sites have them from before.
		frappe.db.set_value("Customer", first, "email_id", self.email("müller"))
		row = {"email_id": self.email("muller")}
		frappe.db.set_value("Contact Email", row, "email_id", self.email("müller"))
		self.assertNotEqual(self.buys("Another", email=self.email("muller")), first)


class TestContacts(RecognitionCase):
	def test_colleagues_who_share_a_phone_number_are_two_contacts(self):
		company = {"company": self.name("Alder"), "tax_id": f"T-{self.mark}", "phone": self.phone}
		name = self.buys("Ada", email=self.email("ada"), **company)
		self.assertEqual(self.buys("Bob", email=self.email("bob"), **company), name)
		self.assertEqual(self.buys("Bob", **company), name)
		contacts = frappe.get_all(
			"Dynamic Link", filters={"parenttype": "Contact", "link_name": name}, pluck="parent"
		)
		addresses = [[row.email_id for row in frappe.get_doc("Contact", one).email_ids] for one in contacts]
		self.assertCountEqual(addresses, [[self.email("ada")], [self.email("bob")]])


class TestLeftBehind(RecognitionCase):
	"""What deletions leave behind leads nobody astray."""

	def test_a_contact_of_a_customer_who_is_gone(self):
		gone = self.known("Ada Gone")
		self.reached(gone.name, email=self.email("ada"), phone=self.phone)
		frappe.db.delete("Customer", gone.name)
		anew = self.buys("Ada", email=self.email("ada"), phone=self.phone)
		self.assertNotEqual(anew, gone.name)
		self.assertNotIn(gone.name, self.comments(anew))
		self.assertEqual(self.buys("Ada", phone=self.phone), anew)
		self.assertEqual(self.buys("Ada", email=self.email("ada")), anew)

	def test_a_contact_that_is_gone(self):
		known = self.known("Ada")
		self.reached(known.name, email=self.email("ada"))
		contact = frappe.get_all("Dynamic Link", {"link_name": known.name}, pluck="parent")[0]
		frappe.db.set_value("Customer", known.name, "customer_primary_contact", contact)
		frappe.db.delete("Contact", contact)
		other = self.buys("Ada", email=self.email("ada"))
		self.assertNotEqual(other, known.name)
		buyer = {"name": self.name("Ada"), "id": make.unique("c"), "email": self.email("eve")}
		frappe.db.set_value("Customer", known.name, "email_id", self.email("eve"))
		order = self.order(customer=buyer)
		self.assertEqual(order.customer, known.name)
		self.assertNotEqual(order.contact_person, contact)
		self.assertTrue(frappe.db.exists("Contact", order.contact_person))

	def test_the_id_of_a_customer_who_is_gone(self):
		buyer = {"id": make.unique("c")}
		gone = self.buys("Ada", **buyer)
		order = frappe.get_all("Sales Order", {"customer": gone}, pluck="name")[0]
		frappe.get_doc("Sales Order", order).cancel()
		frappe.db.delete("Sales Order", order)
		frappe.db.delete("Customer", gone)
		anew = self.buys("Ada Smith", **buyer)
		self.assertNotEqual(anew, gone)
		self.assertEqual(self.buys("Ada Smith", **buyer), anew)


class TestKnownCustomers(RecognitionCase):
	def test_no_match_rewrites_who_a_customer_is(self):
		known = self.known("Ada", tax_id=f"T-{self.mark}")
		self.reached(known.name, email=self.email("ada"))
		before = self.identity(known.name)
		company = {"company": self.name("Ada Ltd"), "tax_id": f"T-{self.mark}"}
		self.assertEqual(self.buys("x", id="c-1", **company), known.name)
		self.assertEqual(self.buys("Renamed", email=self.email("ada")), known.name)
		self.assertEqual(self.buys("Renamed", id="c-1"), known.name)
		group = frappe.get_doc({
			"doctype": "Customer Group", "customer_group_name": self.name("Wholesale"),
			"parent_customer_group": "All Customer Groups",
		}).insert().name  # fmt: skip
		(written,) = self.event(
			"Customer", external_id="c-1", customer_name=self.name("Renamed"), customer_type="Company",
			customer_group=group,
		)  # fmt: skip
		self.assertEqual((written.name, self.identity(known.name)), (known.name, before))
		self.assertIn("customer_name, customer_type, customer_group", written.reason)

	def test_what_is_empty_is_filled(self):
		known = self.known("Ada")
		self.reached(known.name, email=self.email("ada"))
		self.assertEqual(self.buys("Ada", email=self.email("ada"), tax_id=f"T-{self.mark}"), known.name)
		self.assertEqual(self.identity(known.name).tax_id, f"T-{self.mark}")

	def test_a_customer_that_came_by_the_account_follows_its_record_and_not_its_orders(self):
		name = self.buys("Ada", id="c-1")
		self.assertEqual(self.buys("On another bill", id="c-1"), name)
		self.assertEqual(self.identity(name).customer_name, self.name("Ada"))
		(written,) = self.event("Customer", external_id="c-1", customer_name=self.name("Ada Married"))
		self.assertEqual((written.name, written.reason), (name, ""))
		self.assertEqual(self.identity(name).customer_name, self.name("Ada Married"))

	def test_an_account_may_say_otherwise(self):
		self.settings_of_shop(known_customers="Update")
		known = self.known("Ada")
		self.reached(known.name, email=self.email("ada"))
		self.assertEqual(self.buys("Ada Married", email=self.email("ada")), known.name)
		self.assertEqual(self.identity(known.name).customer_name, self.name("Ada Married"))


class TestWhoseOrdersAreShown(OrderTestCase):
	def test_a_guest_with_the_phone_of_a_stranger_does_not_show_up_among_his_orders(self):
		mark = frappe.generate_hash(length=8)
		phone = f"+1 555 {int(mark, 36) % 10**8:08d}"
		booked = []
		for person in ("ada", "bob"):
			body = self.order(**FIXTURES["plain"])
			body["customer"] = {
				"id": f"{person}-{mark}", "first_name": person, "phone": phone, "email": f"{person}.{mark}@example.com",
			}  # fmt: skip
			booked.append(self.ok(self.call("create_order", body))["order_id"])
		for person, order in zip(("ada", "bob"), booked, strict=True):
			shown = self.ok(self.call("orders", {"external_id": f"{person}-{mark}"}))["orders"]
			self.assertEqual([one["order_id"] for one in shown], [order])
