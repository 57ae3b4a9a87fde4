"""One parcel that two accounts tell of, or a person has delivered, leaves once; and a closed order is not called off unseen."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

from erp_connect.records.errors import HeldForReview
from erp_connect.records.write import UNCHANGED
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ends_case import EndsTestCase


class TestSameParcel(EndsTestCase):
	def tell(self, number: str, **values: Any):
		return self.event(
			"Fulfilment", id=make.unique("f"), order_id=self.order_id, lines=[{"line_id": "L1", "quantity": 1}],
			tracking_number=number, **values,
		)  # fmt: skip

	def by_hand(self, order: Any, number: str) -> str:
		note = make_delivery_note(order.name)
		note.items = note.items[:1]
		note.items[0].qty = 1
		note.lr_no = number
		note.insert().submit()
		self.commit()
		return note.name

	def test_a_parcel_that_a_person_has_delivered_with_its_number(self):
		order = self.order()
		number = make.unique("TRACK")
		note = self.by_hand(order, number)
		self.put_aside(
			"If it is another one, deliver parcel",
			"parcel_elsewhere",
			lambda: self.tell(number),
		)
		with self.assertRaisesRegex(HeldForReview, note):
			self.tell(number)
		frappe.db.rollback()
		self.tell(make.unique("TRACK"))
		self.assertEqual(self.stock_of(self.first), 48)

	def test_two_parcels_of_one_account_may_have_one_number(self):
		self.order()
		number = make.unique("TRACK")
		for _ in range(2):
			self.tell(number)
		self.assertEqual(self.stock_of(self.first), 48)


class TestClosed(EndsTestCase):
	def call_off(self):
		return self.event("Cancellation", id=make.unique("off"), order_id=self.order_id)

	def test_an_order_that_was_closed_with_goods_delivered(self):
		order = self.order()
		self.ship(("L1", 2))
		order.reload()
		order.update_status("Closed")
		self.commit()
		with self.assertRaises(HeldForReview) as caught:
			self.call_off()
		self.assertEqual(caught.exception.code, "in_the_way")

	def test_one_of_which_nothing_has_left(self):
		order = self.order()
		order.update_status("Closed")
		self.commit()
		self.assertEqual(self.call_off()[0].action, UNCHANGED)
