"""What was paid of an order whose invoice a person cancelled, and made anew or not: it counts as paid all the same."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.tests.bench.commerce.test_amended_documents import AmendedCase, amended
from erp_connect.tests.bench.commerce_case import make_invoice, only


class TestCancelledInvoices(AmendedCase):
	def paid(self, *amounts: str) -> tuple[Any, Any, list[str]]:
		"""An order that was shipped, paid and invoiced, with the invoice that stands in place of it, and the payments."""
		order = self.order()
		entries = [only(self.pay(amount), "Payment Entry") for amount in amounts]
		self.ship()
		invoice = amended(make_invoice(order), advances=[], allocate_advances_automatically=0)
		self.assertEqual(invoice.outstanding_amount, 93)
		return order, invoice, entries

	def reconcile(self, order: Any) -> None:
		tool = frappe.new_doc("Payment Reconciliation")
		account = frappe.db.get_value("Sales Invoice", {"customer": order.customer}, "debit_to")
		tool.update(
			{"company": self.company, "party_type": "Customer", "party": order.customer,
				"receivable_payable_account": account}
		)  # fmt: skip
		tool.get_unreconciled_entries()
		invoices, payments = (
			[row.as_dict() for row in tool.get(table)] for table in ("invoices", "payments")
		)
		tool.allocate_entries({"invoices": invoices, "payments": payments})
		tool.reconcile()
		self.commit()

	def test_a_refund_pays_back_what_came_in(self):
		order, _invoice, _entries = self.paid("93.00")
		done = self.refund(lines=[{"line_id": "L1", "quantity": 1, "restock": True}])
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], -11)
		self.assertEqual(self.customer_balance(order), 0)
		self.refund(amount="22.00")
		self.assertEqual(self.customer_balance(order), 0)
		self.held("amount_exceeded", lambda: self.refund(amount="60.01"))

	def test_so_it_does_while_there_is_no_invoice(self):
		order = self.order()
		self.pay("93.00")
		self.ship()
		invoice = make_invoice(order)
		invoice.cancel()
		self.commit()
		done = self.refund(lines=[{"line_id": "L1", "quantity": 1, "restock": True}])
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], -11)
		self.assertEqual((order.reload().grand_total, self.customer_balance(order)), (82, -82))

	def test_it_is_not_paid_twice(self):
		order, invoice, (entry,) = self.paid("93.00")
		self.put_aside(
			f"Allocate {entry} by Payment Reconciliation",
			"paid_before",
			lambda: self.pay("93.00", id="again"),
		)
		self.reconcile(order)
		self.assertEqual(invoice.reload().outstanding_amount, 0)
		self.put_aside("booked by hand already", "overpaid", lambda: self.pay("93.00", id="again"))

	def test_the_rest_is_paid(self):
		order, invoice, _entries = self.paid("50.00")
		self.held("paid_before", lambda: self.pay("43.01"))
		self.pay("43.00")
		self.assertEqual(self.customer_balance(order), 0)
		self.held("paid_before", lambda: self.pay("0.01"))
		self.reconcile(order)
		self.assertEqual(invoice.reload().outstanding_amount, 0)
		self.held("overpaid", lambda: self.pay("0.01"))

	def test_what_went_back_before_the_invoice_is_paid_once_more_after_it(self):
		order = self.order()
		self.pay("50.00")
		self.refund(amount="10.00")
		invoice = make_invoice(order)
		self.pay("33.00")
		self.assertEqual(invoice.reload().outstanding_amount, 0)
		self.pay("10.00")
		self.assertEqual(self.customer_balance(order), 0)
		self.held("overpaid", lambda: self.pay("0.01"))
