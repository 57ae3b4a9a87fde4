"""An order was deleted here, and ERPNext gave its number to another one: that one is left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe

from erp_connect.commerce.sales.order_lookup import NoOrder
from erp_connect.store.bindings import LinkConflict
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase


class TestOrdersOfOthers(CommerceTestCase):
	def strange(self, *, submit: bool) -> Any:
		"""An order of somebody else that has the number of the shop's order, which is gone."""
		gone = self.order()
		gone.cancel()
		frappe.delete_doc("Sales Order", gone.name)
		other = make.sales_order(make.customer().name, [(self.second, 7, 11)], submit=submit)
		self.assertEqual(other.name, gone.name)
		self.commit()
		return frappe.get_doc("Sales Order", other.name)

	def refused(self, error: type[Exception], act: Callable[[], Any]) -> str:
		with self.assertRaises(error) as caught:
			act()
		frappe.db.rollback()
		return str(caught.exception)

	def test_nothing_of_the_shop_reaches_it(self):
		for submit in (True, False):
			with self.subTest(submit=submit):
				other = self.strange(submit=submit)
				self.refused(NoOrder, lambda: self.pay("5.00"))
				self.refused(NoOrder, lambda: self.ship(("L1", 1)))
				self.refused(NoOrder, self.cancel)
				told = self.refused(LinkConflict, lambda: self.order_again())
				self.assertIn("was deleted here", told)
				after = frappe.get_doc("Sales Order", other.name)
				self.assertEqual(
					(after.docstatus, after.customer, after.grand_total, after.advance_paid, after.modified),
					(other.docstatus, other.customer, other.grand_total, 0, other.modified),
				)

	def order_again(self) -> None:
		"""The shop says something new of its order."""
		self.event(
			"Order",
			id=self.order_id,
			currency="USD",
			customer={"id": make.unique("c"), "name": make.unique("Buyer")},
			lines=[self.line("L1", self.first, 1, 10, 0)],
			total="10.00",
		)
