"""An order that its source had called off and states anew: nobody books it twice, and nobody loses it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.records.write import IGNORED, UNCHANGED, UPDATED
from erp_connect.tests.bench.commerce.test_amended_documents import amended
from erp_connect.tests.bench.commerce.test_order_changes import ChangedOrderCase
from erp_connect.tests.bench.ends_case import EndsTestCase

BEFORE, CANCELLED_AT, AGAIN = (f"2026-11-20T{hour}:00:00Z" for hour in (10, 11, 12))


class TestTakenUpAgain(EndsTestCase, ChangedOrderCase):
	def called_off(self, **values: Any) -> Any:
		_, doc = self.say(version=CANCELLED_AT, **values)
		self.cancel()
		return doc.reload()

	def event_of(self, **values: Any) -> Any:
		return self.event("Order", **self.stated(**values))

	def test_a_newer_state_is_held_until_the_order_is_amended(self):
		"""A shop that cancels an order for a payment that failed, and goes on with it once it is paid."""
		old = self.called_off()
		heir: list[Any] = []

		def amend() -> None:
			new = frappe.copy_doc(old)
			new.amended_from = old.name
			new.insert().submit()
			heir.append(new)

		(done,) = self.ended(
			"If it was taken up again, amend", lambda: self.event_of(version=AGAIN), amend, "called_off"
		)
		self.assertEqual((done.action, done.name), (UNCHANGED, heir[0].name))
		done, doc = self.say(**self.less(), version=f"{AGAIN[:-4]}30Z")
		self.assertEqual((done, doc.name, flt(doc.grand_total, 2)), (UPDATED, heir[0].name, 26.2))
		self.pay("26.20")
		self.assertEqual(self.customer_balance(doc), -26.2)

	def test_a_draft_is_made_anew_once_the_cancellation_is_let_go(self):
		self.settings_of_shop(submit_orders=0)
		_, doc = self.say(version=CANCELLED_AT)
		self.cancel()
		self.assertFalse(frappe.db.exists("Sales Order", doc.name))
		(late,) = self.event_of(version=BEFORE)
		self.assertEqual((late.action, bool(late.reason)), (IGNORED, True))

		def let_go() -> None:
			link = {"remote_entity": "cancellation", "external_id": self.order_id}
			frappe.delete_doc("Sync Link", frappe.db.get_value("Sync Link", link, "name"))

		(done,) = self.ended(
			"delete the Sync Link of the cancellation",
			lambda: self.event_of(version=AGAIN),
			let_go,
			"called_off",
		)
		self.assertEqual(frappe.db.get_value("Sales Order", done.name, "docstatus"), 0)

	def test_without_versions_a_change_is_held_and_what_is_no_news_is_not(self):
		self.say()
		self.cancel()
		(same,) = self.event_of()
		self.assertEqual((same.action, bool(same.reason)), (IGNORED, True))
		self.held(**self.less())
		self.assertEqual(self.code, "called_off")

	def test_an_older_state_that_comes_late_is_none(self):
		self.called_off()
		(late,) = self.event_of(**self.less(), version=CANCELLED_AT)
		self.assertEqual((late.action, bool(late.reason)), (IGNORED, True))

	def test_one_that_is_called_off_once_more_is_not_passed_over(self):
		"""Known by the order's own id, as the first time."""
		old = self.called_off()
		new = frappe.copy_doc(old)
		new.amended_from = old.name
		new.insert().submit()
		self.commit()
		self.put_aside("cancel it by hand", "order_amended", self.cancel)
		new.reload().cancel()
		self.commit()
		self.assertEqual([one.action for one in self.cancel()], [UNCHANGED])


class TestAmendedOrder(EndsTestCase):
	def test_events_that_were_booked_before_are_known_again(self):
		"""Not taken for events of another order."""
		order = self.order()
		self.pay("40.00", id="P-40")
		kept = frappe.db.get_value("Payment Entry", {"reference_no": "P-40", "docstatus": 1}, "name")
		amended(order.reload())
		self.assertEqual(
			[(one.action, one.name) for one in self.pay("40.00", id="P-40")], [("unchanged", kept)]
		)
