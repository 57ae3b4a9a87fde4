"""Payments of orders: the documents they are matched with, the ledger, currencies, and never twice."""

from __future__ import annotations

import frappe
from erpnext.accounts.party import get_party_account
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import flt, today

from erp_connect.commerce.money import billing
from erp_connect.core.commerce.errors import OrderError
from erp_connect.records.errors import BadRecord
from erp_connect.records.write import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import (
	CLERK,
	CommerceTestCase,
	account,
	exchange_rate,
	make_invoice,
	one_account_for_all,
	only,
)


class TestFees(CommerceTestCase):
	"""What the gateway keeps of a payment: the customer has paid all of it, the bank gets the rest."""

	def setUp(self) -> None:
		super().setUp()
		self.fees = account("Gateway Fees", "Expense Account", "Indirect Expenses")

	def list_account(self) -> None:
		self.commit()
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		doc.append("commerce_accounts", {"kind": "Payment Fee", "title": "*", "account": self.fees})
		doc.save()
		self.commit()

	def test_the_fee_of_a_payment_is_a_deduction_on_its_account(self):
		self.list_account()
		order = self.order()
		invoice = make_invoice(order)
		entry = frappe.get_doc(
			"Payment Entry", only(self.pay("93.00", fee="3.00", id="fee-1"), "Payment Entry")
		)
		booked = self.booked(entry.name)
		self.assertEqual(booked, {self.bank: 90, self.fees: 3, invoice.debit_to: -93})
		self.assertEqual((entry.unallocated_amount, entry.difference_amount), (0, 0))
		self.assertEqual(frappe.db.get_value("Sales Invoice", invoice.name, "outstanding_amount"), 0)
		self.assertEqual(self.customer_balance(order), 0)
		self.assertEqual(self.pay("93.00", fee="3.00", id="fee-1")[0].action, "unchanged")
		with self.assertRaises(HeldForReview) as caught:
			self.pay("93.00", fee="3.10", id="fee-1")
		self.assertEqual(caught.exception.code, "fee_changed")

	def test_the_fee_of_an_advance_goes_along_when_the_advance_is_amended_and_refunded(self):
		self.list_account()
		order = self.order()
		self.pay("93.00", fee="3.00")
		order.reload()
		self.assertEqual(order.advance_paid, 93)
		done = self.refund(amount="10.00", fee="-0.50")
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.fees], -0.5)
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], -9.5)
		self.assertEqual(self.customer_balance(order), -83)
		self.assertEqual(self.ledger_of(self.fees, order), 2.5)
		invoice = make_invoice(frappe.get_doc("Sales Order", order.name))
		self.assertEqual((invoice.outstanding_amount, self.customer_balance(order)), (0, 0))

	def test_the_fee_of_a_foreign_payment_is_booked_in_the_companys_currency(self):
		self.list_account()
		exchange_rate("EUR", 1.0937)
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		order = self.order(currency="EUR")
		entry = only(self.pay("93.00", fee="2.99", currency="EUR"), "Payment Entry")
		whole, net = flt(93 * 1.0937, 2), flt(90.01 * 1.0937, 2)
		booked = self.booked(entry)
		self.assertEqual((booked[self.bank], booked[self.fees]), (net, flt(whole - net, 2)))
		self.assertEqual(self.customer_balance(order), -whole)

	def test_a_fee_without_an_account_is_held_and_booked_once_there_is_one(self):
		order = self.order()
		with self.assertRaises(HeldForReview) as caught:
			self.pay("93.00", fee="3.00", id="fee-2")
		self.assertIn("Payment Fee", str(caught.exception))
		frappe.db.rollback()
		self.list_account()
		self.pay("93.00", fee="3.00", id="fee-2")
		self.assertEqual(self.customer_balance(order), -93)

	def test_fees_that_cannot_be(self):
		self.list_account()
		self.order()
		for fee in ("93.00", "-1"):
			with self.assertRaises((BadRecord, OrderError)):
				self.pay("93.00", fee=fee)
		with self.assertRaises(BadRecord):
			self.refund(lines=[{"line_id": "L1", "quantity": 1}], amount="0", fee="1.00")

	def ledger_of(self, name: str, order) -> float:
		entries = frappe.get_all("Payment Entry", filters={"party": order.customer}, pluck="name")
		rows = frappe.get_all(
			"GL Entry",
			filters={"voucher_no": ("in", entries), "account": name, "is_cancelled": 0},
			fields=["debit", "credit"],
		)
		return flt(sum(row.debit - row.credit for row in rows), 2)


class TestPayments(CommerceTestCase):
	def test_a_payment_before_any_invoice_is_an_advance_on_the_order(self):
		order = self.order()
		done = self.pay("93.00", id="tx-1", gateway="Stripe", date=f"{today()}T08:00:00Z")
		entry = frappe.get_doc("Payment Entry", only(done, "Payment Entry"))
		self.assertEqual(entry.docstatus, 1)
		self.assertEqual((entry.reference_no, entry.owner), ("tx-1", CLERK))
		self.assertEqual(
			[(row.reference_name, row.allocated_amount) for row in entry.references], [(order.name, 93)]
		)
		self.assertEqual(self.booked(entry.name)[self.bank], 93)
		order.reload()
		self.assertEqual(order.advance_paid, 93)
		self.assertEqual(self.customer_balance(order), -93)

	def test_the_same_payment_again_changes_nothing(self):
		order = self.order()
		first = self.pay("93.00", id="tx-2")
		again = self.pay("93.00", id="tx-2")
		self.assertEqual([one.action for one in again], ["unchanged"])
		self.assertEqual(again[0].name, first[0].name)
		self.assertEqual(self.customer_balance(order), -93)
		with self.assertRaises(HeldForReview) as caught:
			self.pay("90.00", id="tx-2")
		self.assertEqual(caught.exception.code, "amount_changed")

	def test_an_open_invoice_is_paid_before_the_order(self):
		order = self.order()
		invoice = self.invoice(order)
		self.pay("40.00")
		self.assertEqual(self.outstanding(invoice), 53)
		self.pay("53.00")
		self.assertEqual(self.outstanding(invoice), 0)
		self.assertEqual(self.customer_balance(order), 0)
		with self.assertRaises(HeldForReview) as caught:
			self.pay("0.01")
		self.assertEqual(caught.exception.code, "overpaid")

	def test_an_advance_by_a_journal_entry_counts_too(self):
		order = self.order()
		self.journal(order, 50)
		self.assertEqual(billing.owed(order).total, 43)
		with self.assertRaises(HeldForReview) as caught:
			self.pay("43.01")
		self.assertEqual(caught.exception.code, "overpaid")
		self.pay("43.00")
		self.assertEqual(billing.owed(order).total, 0)
		self.assertEqual(self.customer_balance(order), -93)

	def test_what_an_invoice_has_taken_up_of_an_advance_is_counted_once(self):
		order = self.order()
		self.pay("50.00")
		self.assertEqual((billing.owed(order).on_order, billing.owed(order).total), (43, 43))
		invoice = make_invoice(order)
		self.assertEqual(self.outstanding(invoice), 43)
		self.assertEqual((billing.owed(order).on_order, billing.owed(order).total), (0, 43))
		self.pay("43.00")
		self.assertEqual(billing.owed(order).total, 0)

	def journal(self, order, amount: float) -> None:
		party = {
			"party_type": "Customer",
			"party": order.customer,
			"account": get_party_account("Customer", order.customer, order.company),
			"reference_type": "Sales Order",
			"reference_name": order.name,
			"is_advance": "Yes",
			"credit_in_account_currency": amount,
		}
		rows = [{"account": self.bank, "debit_in_account_currency": amount}, party]
		values = {"company": order.company, "posting_date": today(), "accounts": rows}
		frappe.get_doc({"doctype": "Journal Entry", **values}).insert().submit()
		self.commit()

	def test_more_than_is_owed_is_held_and_nothing_booked(self):
		order = self.order()
		self.pay("60.00")
		with self.assertRaises(HeldForReview) as caught:
			self.pay("33.01")
		self.assertIn("33.0", str(caught.exception))
		self.assertEqual(self.customer_balance(order), -60)
		self.pay("33.00")
		self.assertEqual(self.customer_balance(order), -93)

	def test_an_advance_that_no_invoice_took_up_counts_as_paid(self):
		order = self.order()
		self.pay("30.00")
		invoice = self.invoice(order)
		self.assertEqual(self.outstanding(invoice), 93)
		with self.assertRaises(HeldForReview):
			self.pay("63.01")
		self.pay("63.00")
		self.assertEqual(self.customer_balance(order), 0)

	def test_the_invoice_comes_first_where_the_account_wants_one(self):
		order = self.order()
		self.pay("30.00")
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		done = self.pay("63.00")
		invoice = frappe.get_doc("Sales Invoice", only(done, "Sales Invoice"))
		self.assertEqual((invoice.grand_total, invoice.docstatus, invoice.owner), (93, 1, CLERK))
		self.assertEqual(self.outstanding(invoice), 0)
		self.assertEqual(self.customer_balance(order), 0)
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, "per_billed"), 100)

	def test_the_rest_of_a_partly_invoiced_order_is_invoiced_without_charging_shipping_twice(self):
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		order = self.order()
		part = self.invoice(order, submit=False)
		part.items = part.items[:1]
		part.save().submit()
		self.assertEqual(part.grand_total, 33)
		done = self.pay("93.00")
		rest = frappe.get_doc("Sales Invoice", only(done, "Sales Invoice"))
		self.assertEqual(rest.grand_total, 60)
		self.assertEqual((self.outstanding(part), self.outstanding(rest)), (0, 0))
		self.assertEqual(self.customer_balance(order), 0)

	def test_money_that_has_not_arrived_is_not_booked(self):
		order = self.order()
		for values in (
			{"status": "pending"},
			{"status": "failed"},
			{"kind": "authorization"},
			{"amount": "0.00"},
		):
			(done,) = self.pay(**{"amount": "93.00", "id": "tx-3", **values})
			self.assertEqual((done.action, done.name), ("ignored", None), values)
			self.assertTrue(done.reason)
		self.assertEqual(self.pay("93.00", id="tx-3")[0].action, "created")
		self.assertEqual(self.customer_balance(order), -93)

	def test_money_that_failed_or_was_taken_back_after_it_was_booked_is_held(self):
		order = self.order()
		for status in ("voided", "chargeback", "failed"):
			(done,) = self.pay("93.00", id="tx-4", status=status)
			self.assertEqual((done.action, status in done.reason), ("ignored", True))
		entry = only(self.pay("93.00", id="tx-4"), "Payment Entry")
		for status in (
			"voided",
			"returned",
			"chargeback",
			"failed",
			"declined",
			"cancelled",
			"expired",
			"error",
		):
			with self.assertRaises(HeldForReview) as caught:
				self.pay("93.00", id="tx-4", status=status)
			self.assertEqual(caught.exception.code, "payment_taken_back")
			self.assertIn(entry, str(caught.exception))
			frappe.db.rollback()
		for status in ("authorized", "pending"):
			(late,) = self.pay("93.00", id="tx-4", status=status)
			self.assertEqual(late.action, "ignored")
			self.assertIn(f"booked by {entry} and stays so", late.reason)
		frappe.get_doc("Payment Entry", entry).cancel()
		frappe.db.commit()
		self.assertEqual(self.pay("93.00", id="tx-4", status="voided")[0].action, "ignored")
		self.assertEqual(self.customer_balance(order), 0)

	def test_unknown_words_and_amounts_below_zero_are_refused(self):
		self.order()
		for values in ({"status": "maybe"}, {"kind": "gift"}, {"amount": "-1.00"}):
			with self.assertRaises(BadRecord):
				self.pay(**{"amount": "93.00", **values})
		with self.assertRaises(OrderError):
			self.pay("93.00", amuont="1")

	def test_a_payment_ahead_of_its_order_waits_for_it(self):
		self.order_id = "not-there-yet"
		with self.assertRaises(BadRecord) as caught:
			self.pay("1.00")
		self.assertEqual(caught.exception.code, "missing_link")

	def test_a_draft_order_and_a_cancelled_one_hold_payments(self):
		self.settings_of_shop(submit_orders=0)
		draft = self.order()
		with self.assertRaises(HeldForReview) as caught:
			self.pay("93.00")
		self.assertEqual(caught.exception.code, "order_draft")
		draft.submit().cancel()
		with self.assertRaises(HeldForReview) as caught:
			self.pay("93.00")
		self.assertEqual(caught.exception.code, "order_cancelled")

	def test_another_currency_than_the_orders_is_held(self):
		self.order()
		with self.assertRaises(HeldForReview) as caught:
			self.pay("93.00", currency="EUR")
		self.assertEqual(caught.exception.code, "currency")

	def test_a_foreign_order_is_cleared_to_zero_by_payments_in_its_currency(self):
		exchange_rate("EUR", 1.0937)
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		order = self.order(currency="EUR")
		invoice = self.invoice(order)
		owed = self.outstanding(invoice)
		self.assertEqual(owed, flt(93 * 1.0937, 2))
		for amount in ("31.00", "31.01", "30.99"):
			self.pay(amount, currency="EUR")
		self.assertEqual(self.outstanding(invoice), 0)
		self.assertEqual(self.customer_balance(order), 0)

	def test_an_invoice_at_another_rate_than_its_order(self):
		exchange_rate("EUR", 1.0937)
		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		order = self.order(currency="EUR")
		invoice = make_sales_invoice(order.name)
		invoice.conversion_rate = 1.2
		invoice.insert()
		invoice.submit()
		self.commit()
		with self.assertRaises(HeldForReview) as caught:
			self.pay("93.00", currency="EUR")
		self.assertEqual(caught.exception.code, "other_rate")
		self.assertIn("has the exchange rate 1.2, its order", str(caught.exception))
		self.assertFalse(frappe.db.exists("Payment Entry", {"party": order.customer}))

	def test_a_foreign_payment_into_a_foreign_bank_account_keeps_both_amounts(self):
		exchange_rate("EUR", 1.0937)
		bank = account("Shop Bank EUR", "Bank", "Bank Accounts", currency="EUR")
		self.settings_of_shop(payment_account=bank)
		order = self.order(currency="EUR")
		done = self.pay("93.00")
		entry = frappe.get_doc("Payment Entry", only(done, "Payment Entry"))
		self.assertEqual((entry.received_amount, entry.paid_amount), (93, flt(93 * 1.0937, 2)))
		self.assertEqual(entry.difference_amount, 0)
		self.assertEqual(self.booked(entry.name)[bank], flt(93 * 1.0937, 2))
		self.assertEqual(self.customer_balance(order), -flt(93 * 1.0937, 2))

	def test_a_mode_of_payment_named_like_the_gateway_decides_the_account(self):
		wallet = account("Shop Wallet", "Bank", "Bank Accounts")
		if not frappe.db.exists("Mode of Payment", "Shop Wallet"):
			frappe.get_doc(
				{
					"doctype": "Mode of Payment",
					"mode_of_payment": "Shop Wallet",
					"type": "Bank",
					"accounts": [{"company": self.company, "default_account": wallet}],
				}
			).insert()
		self.order()
		done = self.pay("93.00", gateway="Shop Wallet")
		entry = frappe.get_doc("Payment Entry", only(done, "Payment Entry"))
		self.assertEqual((entry.mode_of_payment, entry.paid_to), ("Shop Wallet", wallet))

	def test_without_the_role_nothing_is_booked(self):
		order = self.order()
		self.settings_of_shop(user=make.user("shop-hand@example.com", ("Sales User", "Stock User")))
		with self.assertRaises(frappe.PermissionError):
			self.pay("93.00")
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		with self.assertRaises(frappe.PermissionError):
			self.pay("93.00")
		self.assertEqual(self.customer_balance(order), 0)
		self.assertFalse(frappe.get_all("Sales Invoice", filters={"customer": order.customer}))

	def test_a_customer_with_an_account_in_the_orders_currency_owes_in_it(self):
		exchange_rate("EUR", 1.0937)
		debtors = account("Debtors EUR", "Receivable", "Accounts Receivable", currency="EUR")
		order = self.order(currency="EUR")
		customer = frappe.get_doc("Customer", order.customer)
		customer.default_currency = "EUR"
		customer.append("accounts", {"company": self.company, "account": debtors})
		customer.save()
		invoice = self.invoice(order)
		self.assertEqual(self.outstanding(invoice), 93)
		done = self.pay("50.00", currency="EUR")
		self.assertEqual(self.outstanding(invoice), 43)
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], flt(50 * 1.0937, 2))
		self.pay("43.00")
		self.assertEqual(self.outstanding(invoice), 0)
		self.assertEqual(self.customer_balance(order), 0)

	def invoice(self, order, submit: bool = True):
		doc = make_sales_invoice(order.name).insert()
		if submit:
			doc.submit()
		self.commit()
		return doc

	def outstanding(self, invoice) -> float:
		frappe.db.rollback()
		return frappe.db.get_value("Sales Invoice", invoice.name, "outstanding_amount")
