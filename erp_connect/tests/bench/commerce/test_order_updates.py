"""A changed order over HTTP: by a signed webhook, by update_order, and create_order with an id that is taken."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, flt, getdate

from erp_connect.api import events
from erp_connect.compat import VERSION
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce.test_inbound_orders import OrderTestCase, line, tax


class UpdatedOrderCase(OrderTestCase):
	def body(self, **values: Any) -> dict[str, Any]:
		"""2 × 10.00, 1.60 tax and 15.40 shipping: 37.00."""
		return {
			**self.order(
				lines=[line(1, 2, "10.00", tax("1.60"))],
				shipping=[{"id": "s", "title": "Flat", "amount": "15.40"}],
				total_tax="1.60",
				total="37.00",
			),
			**values,
		}

	@staticmethod
	def less() -> dict[str, Any]:
		return {"lines": [line(1, 1, "10.00", tax("0.80"))], "total_tax": "0.80", "total": "26.20"}

	def total(self, name: str) -> float:
		frappe.db.rollback()
		return flt(frappe.db.get_value("Sales Order", name, "grand_total"), 2)


class TestWebhooks(UpdatedOrderCase):
	def setUp(self) -> None:
		super().setUp()
		paths = [
			"id", "currency", "total", "total_tax", "date", "customer.id", "customer.first_name", "customer.last_name",
			"customer.email", "lines[].id", "lines[].sku", "lines[].name", "lines[].quantity", "lines[].unit_price",
			"lines[].tax_lines", "shipping[].id", "shipping[].title", "shipping[].amount", "note",
		]  # fmt: skip
		make.flow(
			"Sales Order", [], [make.row(path, path) for path in paths],
			name="Orders", direction="Incoming", purpose="Order", remote_entity="order",
			topics="orders/create, orders/updated", inbound_version_expression="updated_at",
		)  # fmt: skip
		self.commit()

	def hear(self, body: dict[str, Any], topic: str = "orders/updated"):
		self.ok(self.hook(body, topic=topic))
		self.work()
		return self.events()[-1]

	def test_a_changed_order_is_changed_and_an_older_state_that_comes_late_is_not_taken(self):
		body = self.body()
		created = self.hear({**body, "updated_at": "2026-11-20T10:00:00Z"}, "orders/create")
		changed = self.hear({**body, **self.less(), "updated_at": "2026-11-20T11:00:00Z"})
		self.assertEqual((changed.status, changed.reference_name), ("Processed", created.reference_name))
		self.assertIn('"updated"', changed.response_body)
		self.assertEqual(self.total(created.reference_name), 26.2)
		late = self.hear({**body, "updated_at": "2026-11-20T10:30:00Z"})
		self.assertEqual(late.status, "Processed")
		self.assertIn('"stale"', late.response_body)
		self.assertEqual(self.total(created.reference_name), 26.2)

	def test_without_versions_the_order_of_arrival_counts(self):
		body = self.body()
		created = self.hear(body, "orders/create")
		missing = make.unique("SKU")
		held = self.hear({**body, "note": "Ring", "lines": [line(1, 2, "10.00", tax("1.60"), sku=missing)]})
		self.assertEqual((held.status, held.outcome), ("On Hold", "missing_item"), self.history())
		self.assertIn("the article was KEYED-1", held.error)
		self.hear({**body, **self.less()})
		make.selling_item(missing)
		self.commit()
		events.retry([held.name])
		self.work()
		frappe.db.rollback()
		late = frappe.get_doc("Sync Log", held.name)
		self.assertEqual(late.status, "Processed")
		self.assertIn('"stale"', late.response_body)
		self.assertEqual(self.total(created.reference_name), 26.2)

	def test_what_cannot_be_changed_is_held_and_done_after_the_hand_of_a_person(self):
		body = self.body()
		order = frappe.get_doc("Sales Order", self.hear(body, "orders/create").reference_name)
		order.update_status("Closed")
		self.commit()
		held = self.hear({**body, **self.less()})
		self.assertEqual((held.status, held.outcome), ("On Hold", "order_closed"), self.history())
		self.assertIn("quantity was 2, now it is 1", held.error)
		self.assertIn("37.00 USD, now it is 26.20 USD", held.error)
		order.reload()
		order.update_status("Draft")
		self.commit()
		events.retry([held.name])
		self.work()
		self.assertEqual(frappe.db.get_value("Sync Log", held.name, "status"), "Processed")
		self.assertEqual(self.total(order.name), 26.2)


class TestCalls(UpdatedOrderCase):
	def test_create_order_with_an_id_that_is_taken(self):
		body = self.body()
		first = self.ok(self.call("create_order", body))
		self.assertEqual(self.ok(self.call("create_order", body)), first)
		error = self.refused(self.call("create_order", {**body, **self.less()}), 409, "order_differs")
		self.assertIn("quantity was 2, now it is 1", error["message"])
		self.assertIn("update_order", error["message"])
		self.assertGreater(len(error["message"]), 140, "whole, with the difference and what to do")
		error = self.refused(self.call("create_order", {**body, "number": "other"}), 409, "order_differs")
		self.assertIn("number", error["message"])
		self.assertEqual(self.total(first["order_id"]), 37)
		self.ok(self.call("cancel_order", {"id": body["id"]}))
		for again in (body, {**body, **self.less()}):
			error = self.refused(self.call("create_order", again), 409, "order_cancelled")
			self.assertIn(first["order_id"], error["message"])
		self.assertEqual(self.count("Sales Order", po_no=body["id"]), 1)

	def test_an_order_that_was_cancelled_as_a_draft_is_not_made_again(self):
		self.change(submit_orders=0)
		body = self.body()
		self.ok(self.call("create_order", body))
		self.ok(self.call("cancel_order", {"id": body["id"]}))
		self.refused(self.call("create_order", body), 409, "order_cancelled")

	def test_update_order_does_what_it_accepts(self):
		body = self.body()
		order = self.ok(self.call("create_order", body))["order_id"]
		street, number = make.unique("Road"), make.unique("N")
		address = {"line1": street, "city": "X", "country": "US"}
		day = str(add_days(getdate("2026-11-20"), 9))
		given = {
			"id": body["id"], "number": number, "delivery_date": day, "billing_address": address,
			"shipping_address": address, "note": "Ring twice", "lines": [line(1, 1, "10.00"), line(2, 1, "3.00", discount="1.00")],
			"fees": [{"title": "Wrap", "amount": "2.00"}], "order_discount": {"amount": "1.00"}, "total": "13.00",
		}  # fmt: skip
		answer = self.ok(self.call("update_order", given))
		wanted = {
			"items",
			"taxes",
			"grand_total",
			"po_no",
			"delivery_date",
			"note",
		}
		if VERSION < 16:  # 16 fixes them with the submit
			wanted |= {"customer_address", "shipping_address_name"}
		self.assertEqual((set(answer["changed"]), float(answer["total"])), (wanted, 13.0))
		frappe.db.rollback()
		doc = frappe.get_doc("Sales Order", order)
		self.assertEqual((flt(doc.grand_total, 2), doc.po_no, str(doc.delivery_date)), (13, number, day))
		self.assertEqual({str(row.delivery_date) for row in doc.items}, {day})
		displayed = street in doc.address_display and street in doc.shipping_address
		self.assertEqual(displayed, VERSION < 16)
		comments = self.count("Comment", reference_name=order, comment_type="Comment")
		self.assertEqual(comments, 1 if displayed else 2)
		again = self.ok(self.call("update_order", given))
		self.assertEqual((again["changed"], float(again["total"])), ([], 13.0))

	def test_the_first_note_of_an_order_that_was_made_in_erpnext_is_written(self):
		order = self.ok(self.call("create_order", self.body()))["order_id"]
		frappe.db.delete("Sync Link", {"document_name": order})
		self.commit()
		for note in ("Ring twice", "Ring once"):
			for changed in (["note"], []):
				answer = self.ok(self.call("update_order", {"order_id": order, "note": note}))
				self.assertEqual(answer["changed"], changed, note)
			frappe.db.rollback()
			self.assertEqual(
				self.count(
					"Comment", reference_name=order, comment_type="Comment", content=("like", f"%{note}%")
				),
				1,
			)

	def test_what_update_order_cannot_do_is_said(self):
		body = self.body(version="7")
		order = self.ok(self.call("create_order", body))["order_id"]
		self.refused(self.call("update_order", {"id": body["id"], "lines": body["lines"]}), 422, "invalid")
		self.refused(self.call("update_order", {"id": body["id"], "total": "5.00"}), 422, "invalid")
		self.refused(self.call("update_order", {"id": body["id"], "currency": "EUR"}), 422, "invalid")
		self.refused(
			self.call("update_order", {"id": body["id"], **self.less(), "version": "6"}), 409, "stale"
		)
		wrong = {**self.less(), "shipping": body["shipping"], "total": "30.00"}
		error = self.refused(self.call("update_order", {"id": body["id"], **wrong}), 409, "total_differs")
		self.assertIn("26.20", error["message"])
		self.assertEqual(self.total(order), 37)
		self.ok(
			self.call(
				"update_order",
				{"id": body["id"], **self.less(), "shipping": body["shipping"], "version": "8"},
			)
		)
		self.assertEqual(self.total(order), 26.2)
		shipped_to = self.count("Address")
		for nothing in ({}, {"line1": " ", "city": ""}):
			change = {"id": body["id"], "shipping_address": nothing}
			error = self.refused(self.call("update_order", change), 422, "invalid")
			self.assertIn("shipping_address says nothing", error["message"])
		self.assertEqual(self.count("Address"), shipped_to)
