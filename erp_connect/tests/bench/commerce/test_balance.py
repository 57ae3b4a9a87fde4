"""What `customer_balance` says equals ERPNext's Accounts Receivable report, whatever happened to the customer."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from frappe.utils import add_days, flt, today

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import account
from erp_connect.tests.bench.http_case import other_company, restrict
from erp_connect.tests.bench.inbound_case import InboundTestCase

RATE = 1.25


class TestBalance(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.company = make.company()
		self.item = make.item(is_stock_item=0).name
		self.customer = make.customer().name

	def invoice(self, amount: float, days_ago: int, terms: int = 30, **values: Any):
		"""An invoice of some days ago, due after `terms` days."""
		date = add_days(today(), -days_ago)
		return (
			frappe.get_doc(
				{
					"doctype": "Sales Invoice",
					"company": self.company,
					"customer": self.customer,
					"set_posting_time": 1,
					"posting_date": date,
					"due_date": add_days(date, terms),
					"items": [{"item_code": self.item, "qty": 4, "rate": amount / 4}],
					**values,
				}
			)
			.insert()
			.submit()
		)

	def pay(self, invoice, amount: float) -> None:
		doc = get_payment_entry("Sales Invoice", invoice.name, party_amount=amount)
		doc.update({"reference_no": make.unique("REF"), "reference_date": today()})
		doc.insert().submit()

	def advance(self, amount: float) -> None:
		"""Money that belongs to no invoice yet."""
		company = frappe.get_doc("Company", self.company)
		frappe.get_doc(
			{
				"doctype": "Payment Entry",
				"payment_type": "Receive",
				"company": self.company,
				"party_type": "Customer",
				"party": self.customer,
				"paid_from": company.default_receivable_account,
				"paid_to": account("Shop Bank", "Bank", "Bank Accounts"),
				"paid_amount": amount,
				"received_amount": amount,
				"source_exchange_rate": 1,
				"target_exchange_rate": 1,
				"reference_no": make.unique("REF"),
				"reference_date": today(),
			}
		).insert().submit()

	def write_off(self, invoice, amount: float) -> None:
		company = frappe.get_doc("Company", self.company)
		frappe.get_doc(
			{
				"doctype": "Journal Entry",
				"voucher_type": "Write Off Entry",
				"company": self.company,
				"posting_date": today(),
				"accounts": [
					{
						"account": invoice.debit_to,
						"party_type": "Customer",
						"party": self.customer,
						"credit_in_account_currency": amount,
						"reference_type": "Sales Invoice",
						"reference_name": invoice.name,
					},
					{
						"account": company.write_off_account,
						"debit_in_account_currency": amount,
						"cost_center": company.cost_center,
					},
				],
			}
		).insert().submit()

	def report(self, **filters: Any) -> list:
		"""Rows of the customer in the report as a person opens it, for all customers."""
		# Not above: the module asks the database something while it is imported.
		from erpnext.accounts.report.accounts_receivable.accounts_receivable import execute

		values = {
			"company": self.company,
			"report_date": today(),
			"ageing_based_on": "Due Date",
			"range": "30, 60, 90, 120",
			**filters,
		}
		return [row for row in execute(frappe._dict(values))[1] if row.get("party") == self.customer]

	def balance(self, **arguments: Any) -> dict[str, Any]:
		self.commit()
		return self.ok(self.call("customer_balance", {"customer_id": self.customer, **arguments}), 200)

	def assert_as_report(self, answer: dict[str, Any]) -> None:
		rows = self.report()
		self.assertEqual(answer["balance"], flt(sum(row.outstanding for row in rows), 2))
		for place, bucket in enumerate(answer["ageing"], 1):
			self.assertEqual(bucket["amount"], flt(sum(row[f"range{place}"] for row in rows), 2), bucket)
		self.assertEqual(
			sorted((row["document_id"], row["outstanding"]) for row in answer["open"]),
			sorted((row.voucher_no, row.outstanding) for row in rows),
		)
		self.assertEqual(
			answer["not_due"], flt(answer["balance"] - sum(row["amount"] for row in answer["ageing"]), 2)
		)

	def test_invoices_returns_advances_and_a_write_off(self):
		self.invoice(400, 5)
		overdue = self.invoice(300, 50)
		self.pay(overdue, 120)
		old = self.invoice(200, 160)
		self.write_off(old, 40)
		returned = self.invoice(500, 10)
		credit = make_sales_return(returned.name)
		credit.items[0].qty = -1
		credit.update_outstanding_for_self = 0
		credit.insert().submit()
		self.advance(75.5)
		paid = self.invoice(60, 20)
		self.pay(paid, 60)
		cancelled = self.invoice(999, 3)
		cancelled.cancel()
		answer = self.balance()
		self.assertEqual(answer["balance"], 400 + 180 + 160 + 375 - 75.5)
		self.assertEqual(answer["overdue"], 180 + 160)
		self.assertEqual(answer["ageing"][0], {"from_days": 0, "to_days": 30, "amount": 180 - 75.5})
		self.assertEqual(answer["ageing"][4], {"from_days": 121, "to_days": None, "amount": 160.0})
		self.assertEqual(answer["not_due"], 400.0 + 375)
		self.assert_as_report(answer)

	def test_a_credit_note_of_its_own(self):
		credit = make_sales_return(self.invoice(100, 40).name)
		credit.update_outstanding_for_self = 1
		credit.insert().submit()
		answer = self.balance()
		self.assertEqual((answer["balance"], answer["overdue"]), (0.0, 100.0))
		self.assert_as_report(answer)

	def test_two_currencies(self):
		receivable = account("Debtors EUR", "Receivable", "Accounts Receivable", "EUR")
		self.invoice(100, 40)
		# ERPNext keeps one currency for each party and company, so the other one has its own customer.
		self.assert_as_report(self.balance())
		self.customer = make.customer(
			default_currency="EUR", accounts=[{"company": self.company, "account": receivable}]
		).name
		euro = self.invoice(80, 40, currency="EUR", conversion_rate=RATE, debit_to=receivable)
		euro.reload()
		self.assertEqual((euro.outstanding_amount, euro.party_account_currency), (80, "EUR"))
		answer = self.balance()
		self.assertEqual((answer["currency"], answer["balance"]), ("USD", 80 * RATE))
		self.assertEqual(answer["by_currency"], [{"currency": "EUR", "balance": 80.0}])
		self.assert_as_report(answer)
		in_euro = self.report(in_party_currency=1, party_type="Customer", party=[self.customer])
		self.assertEqual(answer["by_currency"][0]["balance"], sum(row.outstanding for row in in_euro))

	def test_credit_limit(self):
		self.assertIsNone(self.balance()["available_credit"])
		doc = frappe.get_doc("Customer", self.customer)
		doc.append("credit_limits", {"company": self.company, "credit_limit": 1000})
		doc.save()
		self.invoice(400, 1)
		make.sales_order(self.customer, [(self.item, 1, 250)])
		answer = self.balance()
		self.assertEqual(
			(answer["credit_limit"], answer["credit_used"], answer["available_credit"], answer["balance"]),
			(1000.0, 650.0, 350.0, 400.0),
		)

	def test_nothing_owed(self):
		answer = self.balance()
		self.assertEqual((answer["balance"], answer["overdue"], answer["open"]), (0.0, 0.0, []))

	def test_who_may_ask(self):
		self.invoice(100, 40)
		self.refused(self.call("customer_balance", {}), 422, "invalid")
		self.refused(self.call("customer_balance", {"customer_id": "no such customer"}), 404, "not_found")
		seller = make.user("seller-only@example.com", ("Sales User",))
		self.change(user=seller)
		self.refused(self.call("customer_balance", {"customer_id": self.customer}), 403, "permission")
		self.change(user=make.USER)
		restrict(self, make.USER, "Company", other_company())
		self.refused(self.call("customer_balance", {"customer_id": self.customer}), 403, "permission")
