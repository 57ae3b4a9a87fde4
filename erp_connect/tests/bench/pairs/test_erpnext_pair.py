"""A real other system: a second ERPNext site takes what the preset ERPNext pushes, by its ordinary REST API."""

from __future__ import annotations

import frappe

from erp_connect.api import accounts, events, presets
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pair import PairSite

ACCOUNT = "Other Site"


class TestPair(ConnectTestCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		cls.there = PairSite()
		cls.addClassCleanup(cls.there.stop)

	def setUp(self) -> None:
		super().setUp()
		# As the form does it: the preset fills a new account, then the person enters what is secret.
		values = {
			"account_name": ACCOUNT,
			"base_url": self.there.url,
			"user": make.user(),
			"company": make.company(),
		}
		values |= presets.apply_to_account({**values, "auth_type": ""}, "ERPNext")
		values |= {"api_key": self.there.key, "api_secret": self.there.secret, "breaker_threshold": 0}
		frappe.get_doc({"doctype": "Integration Settings", **values}).insert()
		self.commit()

	def use(self, *flows: str) -> None:
		"""Add flows of the preset and enable them."""
		for name in presets.add_flows(ACCOUNT, "ERPNext", list(flows)):
			flow = frappe.get_doc("Field Mapping", name)
			self.assertFalse(flow.enabled)
			flow.enabled = 1
			flow.save()
		self.commit()

	def push(self) -> None:
		self.deliver(ACCOUNT)
		self.assertEqual([row.error for row in self.events(status="Failed")], [])

	def link(self, doc) -> str:
		"""The one link of a document; gives its external id."""
		links = self.links(document_type=doc.doctype, document_name=doc.name)
		self.assertEqual(len(links), 1, self.history())
		self.assertEqual((links[0].integration, links[0].remote_entity), (ACCOUNT, doc.doctype))
		return links[0].external_id

	def test_the_connection_is_tested_as_the_user_over_there(self):
		told = accounts.test_connection(ACCOUNT)
		self.assertTrue(told["ok"], told)
		self.assertEqual(told["status"], 200)
		doc = frappe.get_doc("Integration Settings", ACCOUNT)
		doc.api_secret = "wrong-secret"
		doc.save()
		told = accounts.test_connection(ACCOUNT)
		self.assertEqual((told["ok"], told["status"]), (False, 401))
		self.assertTrue(told["advice"])

	def test_a_customer_is_created_once_and_updated_afterwards(self):
		self.use("Customers")
		name = make.unique("Näme / & Söhne?")
		taken = self.there.create("Customer", customer_name=name, customer_type="Company")["name"]
		doc = make.customer(customer_name=name, tax_id="T-1")
		self.push()
		there = self.link(doc)
		self.assertNotEqual(there, taken)
		self.assertEqual(self.there.get("Customer", there)["tax_id"], "T-1")
		doc.tax_id, doc.website = "T-2", "https://example.com"
		doc.save()
		self.push()
		doc.customer_type = "Individual"
		doc.save()
		self.push()
		found = self.there.get("Customer", there)
		self.assertEqual(
			(found["tax_id"], found["website"], found["customer_type"]),
			("T-2", "https://example.com", "Individual"),
		)
		self.assertEqual(self.there.names("Customer", customer_name=name), sorted([taken, there]))
		self.assertFalse(self.there.get("Customer", taken).get("tax_id"))
		self.assertEqual([(row.event, row.method) for row in self.events()], [
			("insert", "POST"), ("update", "PUT"), ("update", "PUT")
		])  # fmt: skip
		self.assertEqual(set(self.statuses()), {"Delivered"})
		self.assertEqual({row.external_id for row in self.events()}, {there})

	def test_an_item_with_an_odd_code_is_created_once_and_updated_afterwards(self):
		self.use("Items")
		doc = make.item(item_code=make.unique("Größe 1/2 #%?"), item_name="before")
		self.push()
		self.assertEqual(self.link(doc), doc.name)
		doc.item_name = "after"
		doc.save()
		self.push()
		self.assertEqual(self.there.get("Item", doc.name)["item_name"], "after")
		self.assertEqual(self.there.names("Item", item_code=doc.item_code), [doc.name])

	def test_records_point_to_each_other_over_there(self):
		self.use("Contacts", "Addresses", "Item Prices", "Customers", "Items")
		name = make.unique("Ada Ltd")
		self.there.create("Customer", customer_name=name, customer_type="Company")
		customer, item = make.customer(customer_name=name), make.item()
		links = [{"link_doctype": "Customer", "link_name": customer.name}]
		contact = frappe.get_doc(
			{
				"doctype": "Contact",
				"first_name": make.unique("Ada"),
				"email_ids": [{"email_id": "ada@example.com", "is_primary": 1}],
				"phone_nos": [{"phone": "+49 30 123", "is_primary_phone": 1}],
				"links": links,
			}
		).insert()
		address = frappe.get_doc(
			{
				"doctype": "Address",
				"address_title": name,
				"address_type": "Shipping",
				"address_line1": "Street 1",
				"city": "Springfield",
				"country": "United States",
				"links": links,
			}
		).insert()
		price = frappe.get_doc(
			{
				"doctype": "Item Price",
				"item_code": item.name,
				"price_list": "Standard Selling",
				"price_list_rate": 12.5,
			}
		).insert()
		self.push()
		there = self.link(customer)
		self.assertNotEqual(there, customer.name)
		found = self.there.get("Contact", self.link(contact))
		self.assertEqual(
			[(row["link_doctype"], row["link_name"]) for row in found["links"]], [("Customer", there)]
		)
		self.assertEqual((found["email_id"], found["phone"]), ("ada@example.com", "+49 30 123"))
		found = self.there.get("Address", self.link(address))
		self.assertEqual([row["link_name"] for row in found["links"]], [there])
		found = self.there.get("Item Price", self.link(price))
		self.assertEqual((found["item_code"], found["price_list_rate"]), (item.name, 12.5))

	def test_an_order_is_submitted_and_cancelled_over_there(self):
		self.use("Customers", "Items", "Sales Orders")
		customer, item = make.customer(), make.item()
		order = make.sales_order(customer.name, [(item.name, 3, 40)])
		self.push()
		there = self.link(order)
		found = self.there.get("Sales Order", there)
		self.assertEqual(
			(found["docstatus"], found["customer"], found["po_no"]), (1, self.link(customer), order.name)
		)
		self.assertEqual(
			[(row["item_code"], row["qty"], row["rate"]) for row in found["items"]], [(item.name, 3, 40)]
		)
		self.assertEqual(found["grand_total"], order.grand_total)
		order.reload()
		order.cancel()
		self.push()
		self.assertEqual(self.there.get("Sales Order", there)["docstatus"], 2)

	def test_what_is_deleted_here_is_deleted_there_also_when_it_is_gone_already(self):
		self.use("Customers")
		first, second = make.customer(), make.customer()
		self.push()
		ids = [self.link(first), self.link(second)]
		self.there.delete("Customer", ids[1])
		first.delete()
		second.delete()
		self.push()
		self.assertIsNone(self.there.get("Customer", ids[0]))
		self.assertEqual(self.links(document_type="Customer"), [])
		self.assertEqual(self.statuses(event="delete"), ["Delivered", "Delivered"])
		self.assertEqual([row.response_status for row in self.events(event="delete")], [202, 404])

	def test_a_refusal_is_told_in_the_words_of_the_other_site_and_retried_after_the_repair(self):
		self.use("Customers")
		group = frappe.get_doc(
			{
				"doctype": "Customer Group",
				"customer_group_name": make.unique("Group"),
				"parent_customer_group": "All Customer Groups",
			}
		).insert()
		doc = make.customer(customer_group=group.name)
		self.deliver(ACCOUNT)
		row = self.event(status="Failed")
		self.assertEqual(row.response_status, 417)
		self.assertIn(f"Could not find Customer Group: {group.name}", row.error)
		self.assertNotIn("Traceback", row.error)
		self.assertEqual(self.links(), [])
		self.there.create(
			"Customer Group", customer_group_name=group.name, parent_customer_group="All Customer Groups"
		)
		self.assertEqual(events.retry([row.name]), 1)
		self.push()
		self.assertEqual(self.there.get("Customer", self.link(doc))["customer_group"], group.name)

	def test_a_wrong_secret_stops_the_account_and_loses_nothing(self):
		self.use("Customers")
		doc = frappe.get_doc("Integration Settings", ACCOUNT)
		doc.api_secret = "wrong-secret"
		doc.save()
		customer = make.customer()
		self.deliver(ACCOUNT)
		self.assertTrue(frappe.db.get_value("Integration Settings", ACCOUNT, "paused"))
		self.assertEqual(self.there.names("Customer", customer_name=customer.customer_name), [])
		doc.reload()
		doc.api_secret = self.there.secret
		doc.save()
		accounts.resume(ACCOUNT)
		self.push()
		self.assertEqual(
			self.there.names("Customer", customer_name=customer.customer_name), [self.link(customer)]
		)
