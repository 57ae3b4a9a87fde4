"""What is held of payments ends as its message says: booked after the cause is gone, or done by hand."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.party import get_party_account
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import today

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import account, exchange_rate, one_account_for_all, only
from erp_connect.tests.bench.ends_case import EndsTestCase


class TestPayments(EndsTestCase):
	def test_an_advance_that_the_bank_has_confirmed(self):
		self.order()
		entry = only(self.pay("93.00"), "Payment Entry")
		frappe.db.set_value("Payment Entry", entry, "clearance_date", today())
		self.put_aside(
			"Change the order and the Payment Entry by hand",
			"advance_cleared",
			lambda: self.refund(lines=[{"line_id": "L2", "quantity": 1}], amount="22.00"),
		)

	def test_an_advance_by_journal_entry_that_would_exceed_the_order(self):
		order = self.order()
		credit = {
			"account": get_party_account("Customer", order.customer, order.company),
			"party_type": "Customer",
			"party": order.customer,
			"reference_type": "Sales Order",
			"reference_name": order.name,
			"is_advance": "Yes",
			"credit_in_account_currency": 93,
		}
		debit = {"account": self.bank, "debit_in_account_currency": 93}
		values = {"company": order.company, "posting_date": today(), "accounts": [debit, credit]}
		frappe.get_doc({"doctype": "Journal Entry", **values}).insert().submit()
		self.commit()
		self.put_aside(
			"a Journal Entry is not changed by itself",
			"advance_by_hand",
			lambda: self.refund(lines=[{"line_id": "L2", "quantity": 1}], amount="22.00"),
		)

	def test_a_rest_that_no_invoice_can_be_made_of(self):
		"""A person has put something of another kind into the invoice of the first row."""
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		order = self.order()
		part = self.invoice(order, submit=False)
		part.items = part.items[:1]
		part.append("items", {"item_code": make.selling_item(make.unique("Wrap")), "qty": 1, "rate": 10})
		part.save().submit()
		self.assertEqual(part.grand_total, 43)

		def make_it() -> None:
			rest = make_sales_invoice(order.name)
			for row in rest.taxes:
				row.tax_amount = 0
			rest.insert().submit()
			self.assertEqual(rest.grand_total, 60)

		done = self.ended(
			"Make the invoice by hand",
			lambda: self.pay("93.00", id=f"pay-{order.name}"),
			make_it,
			"total_differs",
		)
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], 93)
		self.assertEqual(self.customer_balance(order), 103 - 93)

	def test_a_customer_with_an_account_in_a_third_currency(self):
		exchange_rate("EUR", 1.1)
		exchange_rate("GBP", 1.25)
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		order = self.order(currency="GBP")
		self.owes_in(order.customer, "EUR")
		done = self.ended(
			"Currency of the customer, enter a receivable ledger account in GBP",
			lambda: self.pay("93.00", id=f"pay-{order.name}"),
			lambda: self.owes_in(order.customer, "GBP"),
		)
		entry = frappe.get_doc("Payment Entry", only(done, "Payment Entry"))
		self.assertEqual((entry.paid_amount, entry.received_amount), (93, 116.25))
		self.assertEqual([row.allocated_amount for row in entry.references], [93])

	def owes_in(self, customer: str, currency: str) -> None:
		debtors = account(f"Debtors {currency}", "Receivable", "Accounts Receivable", currency)
		doc = frappe.get_doc("Customer", customer)
		doc.default_currency = currency
		doc.set("accounts", [{"company": self.company, "account": debtors}])
		doc.save()
		self.commit()

	def test_money_that_was_taken_back(self):
		order = self.order()
		entry = only(self.pay("93.00", id="back"), "Payment Entry")
		again = lambda: self.pay("93.00", id="back", status="chargeback")  # noqa: E731
		failed = lambda: self.pay("93.00", id="back", status="failed")  # noqa: E731
		for event in (again, failed):
			self.put_aside("Cancel what was booked", "payment_taken_back", event)
		frappe.get_doc("Payment Entry", entry).cancel()
		self.assertEqual([one.action for one in (*again(), *failed())], ["ignored"] * 2)
		self.assertEqual(self.customer_balance(order), 0)

	def test_a_fee_that_comes_later(self):
		fees = account("Gateway Fees", "Expense Account", "Indirect Expenses")
		order = self.order()
		entry = only(self.pay("93.00", id="fee"), "Payment Entry")
		self.put_aside(
			"Amend the Payment Entry with that deduction",
			"fee_changed",
			lambda: self.pay("93.00", id="fee", fee="3.00"),
		)
		self.amend(frappe.get_doc("Payment Entry", entry), fees)
		self.assertEqual(self.customer_balance(order), -93)

	def amend(self, old: Any, fees: str) -> None:
		old.cancel()
		new = frappe.copy_doc(old)
		new.update({"amended_from": old.name, "paid_amount": 90, "received_amount": 90})
		cost_center = frappe.get_cached_value("Company", self.company, "cost_center")
		new.append("deductions", {"account": fees, "cost_center": cost_center, "amount": 3})
		new.insert().submit()
		booked = self.booked(new.name)
		self.assertEqual((booked[self.bank], booked[fees]), (90, 3))
