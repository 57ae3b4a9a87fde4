"""Two shops may have an order of the same number, also of the same buyer."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_orders import FIXTURES, OrderTestCase

SECOND = "Second Shop, Ltd"


class TestNumbers(OrderTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.email = f"{frappe.generate_hash(length=8)}@example.com"
		self.second = self.make_account(
			SECOND,
			"second-shop-key",
			user=make.USER,
			warehouse=make.warehouse(),
			commerce_accounts=self.accounts,
		)
		self.allow(0)

	def book(self, shop: str, **values: Any):
		body = {
			**self.order(**FIXTURES["plain"]), "customer": {"first_name": "Ann", "last_name": "Lee", "email": self.email}, **values,
		}  # fmt: skip
		data = self.ok(
			self.call("create_order", body, headers={"X-ERP-Connect-Account": shop, **KEYS.get(shop, {})})
		)
		frappe.db.rollback()
		return body, frappe.get_doc("Sales Order", data["order_id"])

	def test_two_shops_with_the_same_number_and_buyer(self):
		_, first = self.book(make.ACCOUNT, number="1001")
		_, second = self.book(SECOND, number="1001")
		self.assertEqual(first.customer, second.customer)
		self.assertEqual((first.po_no, second.po_no), ("1001", "1001 (Second Shop  Ltd)"))
		body, third = self.book(SECOND, number="1001")
		self.assertEqual(third.po_no, f"1001 ({body['id']})")
		self.assertEqual({row.docstatus for row in (first, second, third)}, {1})

	def test_an_order_made_here_and_a_number_that_is_changed(self):
		_, first = self.book(make.ACCOUNT, number="1001")
		body, second = self.book(SECOND, number="1002")
		headers = {"X-ERP-Connect-Account": SECOND, **KEYS[SECOND]}
		self.ok(self.call("update_order", {"id": body["id"], "number": "1001"}, headers=headers))
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Sales Order", second.name, "po_no"), "1001 (Second Shop  Ltd)")
		first.reload()
		first.cancel()
		self.commit()
		self.ok(self.call("update_order", {"id": body["id"], "number": "1003"}, headers=headers))
		self.ok(self.call("update_order", {"id": body["id"], "number": "1001"}, headers=headers))
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Sales Order", second.name, "po_no"), "1001")

	def test_long_numbers_stay_within_the_field(self):
		for _ in range(2):
			_, doc = self.book(make.ACCOUNT, number="9" * 140)
			self.assertEqual(len(doc.po_no), 140)

	def test_where_erpnext_allows_it_the_number_stays_as_it_is(self):
		self.allow(1)
		self.addCleanup(self.allow, 0)
		shops = (make.ACCOUNT, SECOND)
		self.assertEqual([self.book(shop, number="1001")[1].po_no for shop in shops], ["1001"] * 2)

	def allow(self, switch: int) -> None:
		frappe.db.set_single_value("Selling Settings", "allow_against_multiple_purchase_orders", switch)
		frappe.clear_document_cache("Selling Settings", "Selling Settings")
		self.commit()


KEYS = {SECOND: {"X-Api-Key": "second-shop-key"}}
