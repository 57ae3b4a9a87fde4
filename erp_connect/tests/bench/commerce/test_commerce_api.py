"""The calls for what follows an order, over HTTP: answers, errors, and one effect however many call at once."""

from __future__ import annotations

from typing import Any

import frappe
import requests

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase
from erp_connect.tests.bench.http_case import in_other_company
from erp_connect.tests.bench.inbound_case import API, at_once, served


class TestOrderEventCalls(CommerceTestCase):
	def call(self, name: str, headers: dict | None = None, **body: Any) -> requests.Response:
		keys = {"X-Api-Key": "shop", "X-Api-Secret": "shop-secret", **(headers or {})}
		return requests.post(f"{served().url}{API}{name}", json=body, headers=keys, timeout=60)

	def answer(self, name: str, **body: Any) -> dict[str, Any]:
		response = self.call(name, **body)
		self.assertEqual(response.status_code, 200, response.text)
		frappe.db.rollback()
		return response.json()

	def error(self, name: str, **body: Any) -> tuple[int, str]:
		response = self.call(name, **body)
		self.assertNotIn("Traceback", response.text)
		return response.status_code, response.json()["error"]["code"]

	def test_an_order_from_payment_to_return(self):
		order = self.order()
		paid = self.answer("record_payment", id=self.order_id, payment_id="p-1", amount="93.00")
		self.assertEqual((paid["success"], paid["order_id"]), (True, order.name))
		self.assertEqual(paid["documents"][0]["doctype"], "Payment Entry")
		sent = self.answer(
			"record_fulfilment",
			order_id=order.name,
			fulfilment_id="f-1",
			lines=[{"line_id": "L1", "quantity": 1}],
		)
		self.assertEqual(sent["documents"][0]["action"], "created")
		back = self.answer(
			"create_return",
			id=self.order_id,
			return_id="r-1",
			lines=[{"line_id": "L2", "quantity": 1}],
			amount=22,
		)
		self.assertEqual([one["doctype"] for one in back["documents"]], ["Payment Entry", "Sales Order"])
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, "grand_total"), 71)
		self.assertEqual(self.customer_balance(order), -71)

	def test_an_order_is_cancelled_whole_or_in_pieces(self):
		order = self.order()
		part = self.answer(
			"cancel_order", id=self.order_id, cancellation_id="x-1", lines=[{"line_id": "L2", "quantity": 1}]
		)
		self.assertEqual(part, {"success": True, "order_id": order.name, "status": "To Deliver and Bill"})
		whole = self.answer("cancel_order", order_id=order.name)
		self.assertEqual(whole, {"success": True, "order_id": order.name, "status": "Cancelled"})
		self.assertEqual(self.answer("cancel_order", id=self.order_id), whole)

	def test_a_change_of_an_order_that_was_called_off_is_no_success(self):
		order = self.order()
		self.answer("cancel_order", id=self.order_id)
		for change in (
			{"note": "Ring twice"},
			{"shipping_address": {"line1": "9 Road", "city": "X", "country": "US"}},
		):
			self.assertEqual(self.error("update_order", id=self.order_id, **change), (409, "called_off"))
		self.assertFalse(
			frappe.get_all("Comment", {"reference_name": order.name, "content": ("like", "%Ring twice%")})
		)

	def test_a_cancelled_draft_is_known_again_though_it_is_gone(self):
		self.settings_of_shop(submit_orders=0)
		order = self.order()
		first = self.answer("cancel_order", order_id=order.name)
		self.assertEqual(first["status"], "Deleted")
		self.assertEqual(self.answer("cancel_order", order_id=order.name), first)
		self.assertEqual(self.answer("cancel_order", id=self.order_id), first)

	def test_errors_have_codes_that_programs_can_branch_on(self):
		order = self.order()
		self.pay("93.00")
		self.ship(("L1", 1))
		own = {"id": self.order_id}
		self.assertEqual(self.error("cancel_order", **own), (409, "in_the_way"))
		self.assertEqual(self.error("record_payment", **own, payment_id="p-2", amount="1"), (409, "overpaid"))
		self.assertEqual(
			self.error(
				"record_fulfilment", **own, fulfilment_id="f-2", lines=[{"line_id": "L1", "quantity": 2}]
			),
			(409, "quantity_exceeded"),
		)
		self.assertEqual(
			self.error("create_return", **own, return_id="r-2", amount="94.00"), (409, "not_paid")
		)
		self.assertEqual(self.error("cancel_order", id="no-such-order"), (404, "not_found"))
		self.assertEqual(self.error("cancel_order"), (422, "invalid"))
		self.assertEqual(
			self.error("cancel_order", **own, lines=[{"line_id": "L1", "quantity": 1}]), (422, "invalid")
		)
		self.assertEqual(self.error("create_return", **own, return_id="r-3"), (422, "invalid"))
		self.assertEqual(self.error("record_payment", **own, payment_id="p-3", amount="-1"), (422, "invalid"))
		self.assertEqual(
			self.error("record_payment", **own, payment_id="p-3", amount="1", status="perhaps"),
			(422, "bad_record"),
		)
		self.assertEqual(self.customer_balance(order), -93)

	def test_an_id_cannot_serve_two_orders(self):
		self.order()
		self.answer("record_payment", id=self.order_id, payment_id="p-4", amount="93.00")
		self.order()
		self.assertEqual(
			self.error("record_payment", id=self.order_id, payment_id="p-4", amount="93.00"), (422, "id_used")
		)

	def test_orders_that_the_user_may_not_see_do_not_exist(self):
		order = self.order()
		self.settings_of_shop(user=make.user("shop-packer@example.com", ("Item Manager",)))
		for name, body in (
			("cancel_order", {}),
			("create_return", {"return_id": "r-5", "amount": "1"}),
			("record_payment", {"payment_id": "p-5", "amount": "1"}),
			("record_fulfilment", {"fulfilment_id": "f-5"}),
		):
			self.assertEqual(self.error(name, order_id=order.name, **body), (404, "not_found"), name)

	def test_orders_of_another_company_do_not_exist(self):
		order = self.order()
		calls = (
			("update_order", {"note": "Ring twice"}),
			("cancel_order", {}),
			("create_return", {"return_id": "r-7", "amount": "1"}),
			("record_payment", {"payment_id": "p-7", "amount": "1"}),
			("record_fulfilment", {"fulfilment_id": "f-7"}),
		)
		frappe.db.delete("Sync Link", {"document_name": order.name})
		with in_other_company("Sales Order", order.name):
			for name, body in calls:
				self.assertEqual(self.error(name, order_id=order.name, **body), (404, "not_found"), name)
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, "docstatus"), 1)

	def test_orders_that_the_user_may_only_see_stay_as_they_are(self):
		order = self.order()
		self.settings_of_shop(user=make.user("shop-viewer@example.com", ("Stock User",)))
		self.assertEqual(self.error("cancel_order", order_id=order.name), (403, "permission"))
		self.assertEqual(
			self.error("record_payment", order_id=order.name, payment_id="p-6", amount="1"),
			(403, "permission"),
		)
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, "docstatus"), 1)
		self.assertEqual(self.customer_balance(order), 0)

	def test_the_same_payment_eight_times_at_once_is_booked_once(self):
		order = self.order()
		answers = at_once(
			8, lambda _number: self.call("record_payment", id=self.order_id, payment_id="p-7", amount="50.00")
		)
		self.assertEqual(
			{answer.status_code for answer in answers}, {200}, [answer.text for answer in answers]
		)
		names = {answer.json()["documents"][0]["name"] for answer in answers}
		self.assertEqual(len(names), 1)
		frappe.db.rollback()
		self.assertEqual(self.customer_balance(order), -50)

	def test_different_payments_at_once_never_exceed_what_is_owed(self):
		order = self.order()
		answers = at_once(
			6,
			lambda number: self.call(
				"record_payment", id=self.order_id, payment_id=f"q-{number}", amount="31.00"
			),
		)
		codes = sorted(answer.status_code for answer in answers)
		self.assertEqual(codes, [200, 200, 200, 409, 409, 409], [answer.text for answer in answers])
		frappe.db.rollback()
		self.assertEqual(self.customer_balance(order), -93)

	def test_refunds_and_cancellations_at_once_leave_sound_books(self):
		order = self.order()
		self.pay("93.00")
		pieces = {"lines": [{"line_id": "L2", "quantity": 2}]}
		answers = at_once(
			4,
			lambda number: (
				self.call("create_return", id=self.order_id, return_id=f"r-{number}", **pieces, amount="44")
				if number % 2
				else self.call("cancel_order", id=self.order_id, cancellation_id=f"c-{number}", **pieces)
			),
		)
		self.assertEqual(sorted(answer.status_code for answer in answers), [200, 409, 409, 409])
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, "grand_total"), 49)
