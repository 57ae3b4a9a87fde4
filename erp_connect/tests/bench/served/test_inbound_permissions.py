"""Who may make which call: a table over every operation of the API, each way in, and each limit of an account."""

from __future__ import annotations

from typing import Any

import frappe
import requests

import erp_connect.api.v1  # noqa: F401 registers the operations
from erp_connect.operate import health
from erp_connect.served.endpoint import OPERATIONS
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import KEY, SECRET, InboundTestCase
from erp_connect.tests.bench.served.test_api_security import open_functions

NOBODY = "inbound-nobody@example.com"
# Made by calls, and what they hang on.
WRITTEN = (
	"Customer", "Address", "Contact", "Item", "Sales Order", "Sales Invoice", "Delivery Note", "Payment Entry", "Brand",
	"Shipment", "Stock Entry", "Journal Entry",
)  # fmt: skip
# Tell nothing of the site's records, and so are open to whoever an account acts as.
NO_RECORDS = {"openapi", "me", "subscriptions", "unsubscribe"}


def calls(known: dict[str, str]) -> dict[str, dict[str, Any]]:
	"""Arguments with which every call would do its work, for somebody who may."""
	line = {"id": "1", "sku": known["item"], "quantity": 1, "unit_price": "10.00"}
	order = {
		"id": make.unique("O"),
		"currency": "USD",
		"customer": {"name": "A"},
		"lines": [line],
		"total": "10.00",
	}
	return {
		"create_customer": {"customer_name": make.unique("Nobody's")},
		"update_customer": {"customer_id": known["customer"], "tax_id": "T-1"},
		"create_order": order,
		"update_order": {"order_id": known["order"], "number": "changed"},
		"cancel_order": {"order_id": known["order"]},
		"create_return": {
			"return_id": "r-1",
			"order_id": known["order"],
			"lines": [{"line_id": "1", "quantity": 1}],
		},
		"record_payment": {"payment_id": "p-1", "order_id": known["order"], "amount": "10.00"},
		"record_fulfilment": {"fulfilment_id": "f-1", "order_id": known["order"]},
		"upsert": {"entity": "brand", "record": {"id": "1", "name": make.unique("Nobody's")}},
		"bulk_upsert": {"entity": "brand", "records": [{"id": "1", "name": make.unique("Nobody's")}]},
		"get": {"entity": "brand", "name": known["brand"]},
		"list": {"entity": "brand"},
		"job": {"job": "nope"},
		"describe": {},
		"report": {"report": known["report"]},
		"me": {},
		"subscribe": {"entity": "brand", "event": "created", "target_url": known["hook"]},
		"unsubscribe": {"id": "nope"},
		"subscriptions": {},
		"sample": {"entity": "brand"},
		"export": {"entity": "brand"},
		"export_state": {"job": "nope"},
		"export_file": {"job": "nope"},
		"offers": {"doctype": "Brand", "name": known["brand"]},
		"take_offer": {"doctype": "Brand", "name": known["brand"], "offer": f"{'0' * 20}.0"},
		"create_shipment": {"delivery_note": "nope", "parcels": [{"weight": 1}]},
		"openapi": {},
		"orders": {"customer_id": known["customer"]},
		"order": {"order_id": known["order"]},
		"invoices": {"customer_id": known["customer"]},
		"invoice": {"invoice_id": known["invoice"]},
		"shipments": {"customer_id": known["customer"]},
		"customer_balance": {"customer_id": known["customer"]},
		"checkout_taxes": {"items": [{"item_code": known["item"], "quantity": 1, "rate": "10.00"}]},
		"prices": {"item_codes": [known["item"]]},
		"stock": {"item_codes": [known["item"]]},
		"items": {},
		"delete": {"entity": "brand", "external_id": "linked"},
		"cancel": {"entity": "order", "name": known["order"]},
	}


def offer_report():
	"""The account offers a report."""
	report = make.query_report("Brand", "SELECT name AS `Brand:Link/Brand` FROM `tabBrand` LIMIT 2")
	make.offer(report.name)
	return report


def disable(test: InboundTestCase, user: str) -> None:
	"""For the time of a test."""

	def enable(value: int) -> None:
		frappe.db.set_value("User", user, "enabled", value)
		frappe.clear_cache(user=user)
		frappe.db.commit()

	enable(0)
	test.addCleanup(enable, 1)


class PermissionTestCase(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.flow(
			"Brand", [], [make.row("brand", "name"), make.row("description", "text")],
			direction="Incoming", remote_entity="brand", allow_delete=1,
		)  # fmt: skip
		make.flow(
			"Sales Order", [], [make.row("po_no", "number")],
			direction="Incoming", remote_entity="order", submit_document=1,
		)  # fmt: skip
		brand, customer, item = make.brand(), make.customer(), make.selling_item("KEYED-1")
		order = make.sales_order(customer.name, [(item, 1, 10)])
		invoice = make.sales_invoice(customer.name, item, 10)
		self.known = {
			"brand": brand.name, "customer": customer.name, "item": item, "order": order.name, "invoice": invoice.name,
			"report": offer_report().name, "hook": self.receiver.url("/hook"),
		}  # fmt: skip
		frappe.get_doc(
			{
				"doctype": "Sync Link", "integration": make.ACCOUNT, "remote_entity": "brand", "external_id": "linked",
				"document_type": "Brand", "document_name": brand.name,
			}
		).insert()  # fmt: skip
		self.commit()
		self.before = self.world()

	def world(self) -> dict[str, Any]:
		frappe.db.rollback()
		rows = {doctype: frappe.db.count(doctype) for doctype in WRITTEN}
		return {
			**rows,
			"modified": [
				frappe.db.get_value(kind, self.known[key], "modified")
				for kind, key in (("Brand", "brand"), ("Customer", "customer"), ("Sales Order", "order"))
			],
			"links": [row.external_id for row in self.links()],
		}

	def every(self, **more: Any) -> list[tuple[str, requests.Response]]:
		"""The answers to all calls."""
		return [(name, self.call(name, arguments, **more)) for name, arguments in calls(self.known).items()]

	def every_refused(self, status: int, code: str = "", **more: Any) -> None:
		for name, answer in self.every(**more):
			with self.subTest(name):
				self.refused(answer, status, code)

	def assert_untouched(self) -> None:
		self.assertEqual(self.world(), self.before)


class TestEveryCall(PermissionTestCase):
	def call(self, *what: Any, **how: Any) -> Any:
		# Each of many wrong calls is judged by itself here, not by the limit of failed ones.
		frappe.cache.delete_keys("erp_connect:attempts:")
		return super().call(*what, **how)

	def test_the_table_has_every_call_there_is(self):
		self.assertEqual(set(calls(self.known)), set(OPERATIONS))
		found = {
			path.rpartition(":")[2].rstrip("_")
			for path in open_functions()
			if path.startswith("erp_connect.api.v1.")
		}
		self.assertEqual(found, set(OPERATIONS))

	def test_guests_are_told_to_sign_in(self):
		self.every_refused(401, "authentication", headers={"X-Api-Key": "", "X-Api-Secret": ""})
		self.assert_untouched()

	def test_wrong_pairs_of_headers(self):
		self.make_account("Other Shop", "other-key", inbound_secret="other-secret")
		self.commit()
		for key, secret in ((KEY, "wrong"), (KEY, ""), ("wrong", SECRET), ("", SECRET), (KEY, "other-secret"),
			("other-key", SECRET), (KEY.upper(), SECRET), (KEY, "caf\xe9"), (KEY, SECRET + " x"), ("%", "%")):  # fmt: skip
			with self.subTest(key=key, secret=secret):
				headers = {"X-Api-Key": key, "X-Api-Secret": secret.encode("latin-1")}
				self.refused(self.call("describe", headers=headers), 401, "authentication")
		self.every_refused(401, "authentication", headers={"X-Api-Secret": "wrong"})
		self.assertEqual(self.stored(), 0)
		self.assert_untouched()

	def test_accounts_that_are_off_and_users_who_are_disabled(self):
		for values in ({"enabled": 0}, {"enabled": 1, "inbound_enabled": 0}):
			self.change(**values)
			self.every_refused(401)
		self.change(inbound_enabled=1)
		self.assertNotIn("is disabled", str(health.of_account(make.ACCOUNT)["warnings"]))
		disable(self, make.USER)
		self.every_refused(401)
		self.assertIn(
			f"acts as {make.USER}, who is disabled", str(health.of_account(make.ACCOUNT)["warnings"])
		)
		self.assert_untouched()

	def test_a_user_without_any_role(self):
		make.user(NOBODY, ())
		self.change(user=NOBODY)
		for name, answer in self.every():
			with self.subTest(name):
				if name in NO_RECORDS:
					self.ok(answer)
					continue
				self.assertIn(answer.status_code, (403, 404), answer.text[:600])
				for value in self.known.values():
					self.assertNotIn(value, answer.text)
		self.assert_untouched()

	def test_calls_that_are_switched_off(self):
		self.change(switched_off=", ".join(OPERATIONS))
		self.every_refused(403, "switched_off")
		self.change(switched_off="delete,\nbulk_upsert")
		for name, answer in self.every():
			if name in ("delete", "bulk_upsert"):
				self.refused(answer, 403, "switched_off")
			else:
				self.assertNotIn("switched_off", answer.text)

	def test_writes_do_not_answer_to_get(self):
		for name, arguments in calls(self.known).items():
			if OPERATIONS[name].writes:
				with self.subTest(name):
					flat = {key: value for key, value in arguments.items() if isinstance(value, str)}
					# Those that may come by GET with a body come by no address alone: proxies and logs know that.
					status = 405 if OPERATIONS[name].by_get else 403
					self.refused(self.call(name, flat, method="GET"), status)
		self.assert_untouched()

	def test_those_who_may_are_let_through(self):
		for name, answer in self.every():
			self.assertNotIn(answer.status_code, (401, 403, 500), f"{name}: {answer.text[:600]}")
			if name not in (
				"job",
				"create_return",
				"record_payment",
				"record_fulfilment",
				"cancel_order",
				"export_state",
				"export_file",
				"offers",
				"take_offer",
				"create_shipment",
			):
				self.assertIn(answer.status_code, (200, 201, 202), f"{name}: {answer.text[:600]}")
