"""A document's form leads to its record outside, where the preset of the system knows the page."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.api import events
from erp_connect.operate import record_pages, review
from erp_connect.store import state
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.operate.test_linking import LinkingCase

SHOP = "https://shop.example.com/store"


class TestRecordPages(ConnectTestCase):
	def address(
		self, entity: str, external_id: str | None, link: dict[str, Any] | None = None, **account: Any
	):
		make.account(account.pop("base_url", SHOP), **account)
		brand = make.brand()
		make.link("Brand", brand.name, entity, external_id, **(link or {}))
		(found,) = events.document_state("Brand", brand.name)["links"]
		return found["external_url"]

	def test_it_is_below_the_address_of_the_account(self):
		address = self.address("order", "17", system="WooCommerce")
		self.assertEqual(address, f"{SHOP}/wp-admin/post.php?post=17&action=edit")

	def test_the_sandbox_has_pages_of_its_own(self):
		sandbox = "https://trial.example.com"
		address = self.address(
			"order", "17", system="WooCommerce", environment="Sandbox", sandbox_base_url=sandbox
		)
		self.assertEqual(address, f"{sandbox}/wp-admin/post.php?post=17&action=edit")

	def test_an_input_of_the_account_is_part_of_it(self):
		centre = {"key": "data_centre", "title": "Data centre", "value": "zoho.eu"}
		address = self.address("deal", "17", system="Zoho CRM", inputs=[centre])
		self.assertEqual(address, "https://crm.zoho.eu/crm/tab/Potentials/17")

	def test_pages_elsewhere_are_not_those_of_a_sandbox(self):
		sandbox = {"environment": "Sandbox", "sandbox_base_url": "https://trial.example.com"}
		centre = {"key": "data_centre", "title": "Data centre", "value": "zoho.eu"}
		self.assertFalse(self.address("deal", "17", system="Zoho CRM", inputs=[centre], **sandbox))

	def test_a_sandbox_has_pages_of_its_own_elsewhere(self):
		sandbox = {"environment": "Sandbox", "sandbox_base_url": "https://api.stripe.com"}
		address = self.address("customer", "cus_1", system="Stripe", **sandbox)
		self.assertEqual(address, "https://dashboard.stripe.com/test/customers/cus_1")

	def test_it_is_where_the_answer_with_the_token_said(self):
		self.address("account", "001", system="Salesforce", base_url="https://login.salesforce.com")
		frappe.db.set_value("Integration Settings", make.ACCOUNT, "base_url_expression", "instance_url")
		frappe.clear_document_cache("Integration Settings", make.ACCOUNT)
		self.assertEqual(record_pages.of_record(make.ACCOUNT, "account", "001"), "")
		with patch.object(state, "token_address", return_value="https://harbour.my.salesforce.com"):
			address = record_pages.of_record(make.ACCOUNT, "account", "001")
		self.assertEqual(address, "https://harbour.my.salesforce.com/lightning/r/Account/001/view")

	def test_inputs_within_the_address_of_the_account(self):
		shop = {"key": "shop", "title": "Shop", "value": "harbour"}
		named = {"system": "WooCommerce", "base_url": "https://{input.shop}.example.com"}
		address = self.address("order", "17", inputs=[shop], **named)
		self.assertEqual(address, "https://harbour.example.com/wp-admin/post.php?post=17&action=edit")

	def test_an_input_that_was_left_empty_makes_none(self):
		hub = {"key": "portal_id", "title": "Hub ID", "value": "12345678"}
		host = {"key": "app_host", "title": "Host of HubSpot", "value": "app-eu1.hubspot.com"}
		address = self.address("deal", "17", system="HubSpot", inputs=[hub, host])
		self.assertEqual(address, "https://app-eu1.hubspot.com/contacts/12345678/record/0-3/17")
		frappe.db.rollback()
		self.assertFalse(self.address("deal", "17", system="HubSpot", inputs=[host]))

	def test_what_the_outside_told_counts(self):
		told = "https://shop.example.com/told"
		self.assertEqual(self.address("order", "17", {"external_url": told}, system="WooCommerce"), told)

	def test_without_an_id_or_a_page_there_is_none(self):
		for entity, external_id, system in (
			("order", None, "WooCommerce"),
			("nothing", "17", "WooCommerce"),
			("order", "17", ""),
		):
			with self.subTest(entity=entity, external_id=external_id, system=system):
				self.assertFalse(self.address(entity, external_id, system=system))
				frappe.db.rollback()


class TestOwnPages(ConnectTestCase):
	"""A flow says where its records are seen: for a system of one's own, or instead of what the preset says."""

	def page(self, record_page: str, **account: Any) -> str:
		make.account(SHOP, **account)
		make.brand_flow(remote_entity="order", record_page=record_page)
		return record_pages.of_record(make.ACCOUNT, "order", "7/8")

	def test_below_the_address_of_the_account(self):
		self.assertEqual(self.page("/admin/orders/{id}"), f"{SHOP}/admin/orders/7%2F8")

	def test_elsewhere_and_instead_of_the_page_of_the_preset(self):
		page = self.page("https://admin.example.com/orders?id={id}", system="WooCommerce")
		self.assertEqual(page, "https://admin.example.com/orders?id=7%2F8")
		self.assertEqual(
			record_pages.of_record(make.ACCOUNT, "product", "7"),
			f"{SHOP}/wp-admin/post.php?post=7&action=edit",
		)

	def test_it_is_the_one_of_its_own_kind_of_record(self):
		self.page("/admin/orders/{id}")
		self.assertEqual(record_pages.of_record(make.ACCOUNT, "customer", "7"), "")

	def test_what_cannot_be_used_is_told(self):
		make.account(SHOP)
		for wrong, told in (
			("admin/orders/{id}", "begins with / or https://"),
			("http://shop.example.com/{id}", "begins with / or https://"),
			("javascript:alert(1)//{id}", "begins with / or https://"),
			("https://{id}.example.com/", "begins with / or https://"),
			("/orders/{number}", "no number"),
			("/orders/{id", "brace"),
		):
			with self.subTest(wrong), self.assertRaisesRegex(frappe.ValidationError, told):
				make.brand_flow(remote_entity="order", record_page=wrong)


class TestEvents(ConnectTestCase):
	"""The form of an event leads to the record, also of one that is held or has failed and is linked with nothing."""

	def page(self, external_id: str, system: str = "WooCommerce") -> str:
		make.account(SHOP, system=system)
		make.brand_flow(remote_entity="order")
		event = frappe.new_doc("Sync Log")
		event.update({"integration": make.ACCOUNT, "field_mapping": "Test Brand", "external_id": external_id})
		event.run_method("onload")
		return event.get_onload("external_url")

	def test_the_page_that_the_preset_knows(self):
		self.assertEqual(self.page("17"), f"{SHOP}/wp-admin/post.php?post=17&action=edit")

	def test_what_the_outside_told_counts(self):
		told = "https://shop.example.com/told"
		self.page("17")
		make.link("Brand", make.brand().name, "order", "17", external_url=told)
		event = frappe.new_doc("Sync Log")
		event.update({"integration": make.ACCOUNT, "field_mapping": "Test Brand", "external_id": "17"})
		event.run_method("onload")
		self.assertEqual(event.get_onload("external_url"), told)

	def test_without_an_id_or_a_page_there_is_none(self):
		self.assertEqual(self.page(""), "")

	def test_a_system_that_is_not_known_has_none(self):
		self.assertEqual(self.page("17", system=""), "")


class TestHeld(LinkingCase):
	"""What waits on the review desk leads to its record, whose id the row of the event does not have yet."""

	def setUp(self) -> None:
		super().setUp()
		frappe.db.set_value("Integration Settings", make.ACCOUNT, {"system": "WooCommerce", "base_url": SHOP})
		frappe.clear_document_cache("Integration Settings", make.ACCOUNT)
		self.name, self.names = self.twins()
		self.commit()

	def waits(self) -> str:
		return self.held({"id": "7", "name": self.name, "group": "Individual"}).name

	def test_the_page_that_the_preset_knows(self):
		event = frappe.get_doc("Sync Log", self.waits())
		page = f"{SHOP}/wp-admin/user-edit.php?user_id=7"
		self.assertEqual([row["external_url"] for row in review.items()["events"]], [page])
		event.run_method("onload")
		self.assertEqual(event.get_onload("external_url"), page)

	def test_what_the_outside_told_counts(self):
		event = frappe.get_doc("Sync Log", self.waits())
		told = "https://shop.example.com/told"
		make.link("Customer", self.names[0], "customer", "7", external_url=told)
		self.assertEqual([row["external_url"] for row in review.items()["events"]], [told])
		event.run_method("onload")
		self.assertEqual(event.get_onload("external_url"), told)

	def test_a_difference_of_a_comparison(self):
		difference = frappe.get_doc(
			{
				"doctype": "Sync Difference",
				"field_mapping": self.flow.name,
				"integration": make.ACCOUNT,
				"kind": "Different",
				"status": "Open",
				"document_type": "Customer",
				"document_name": self.names[0],
				"external_id": "8",
			}
		)
		difference.set_new_name()
		difference.db_insert()  # as the engine makes them
		(row,) = review.items()["differences"]
		self.assertEqual(row["external_url"], f"{SHOP}/wp-admin/user-edit.php?user_id=8")
