"""What the suites of payment providers share: orders to be paid, what was booked, and money paid back from here."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from frappe.utils import flt

from erp_connect.api import reconciliation
from erp_connect.reconcile import run as reconcile
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.system_case import SystemCase
from erp_connect.tests.bench.systems.woocommerce_case import ledger

OF_SHOPS = (
	"Products in", "Variants in", "Orders in", "Orders in by webhook", "Tax of several rates", "Prices with tax",
	"Discounts, shipping, fees", "Order changed", "Order cancelled", "Refund with restock", "Refund without restock",
	"Products out", "Stock out", "Prices out", "Order status out", "Tracking out",
)  # fmt: skip
NO_SHOP = dict.fromkeys(OF_SHOPS, "it collects payments for orders of others")


def ledgers(company: str) -> dict[str, str]:
	"""Entries for the accounts that each provider asks for."""
	clearing = ledger(company, "Card Clearing", "Bank", "Bank Accounts")
	return {
		"payment_account": clearing,
		"clearing_account": clearing,
		"fee_account": ledger(company, "Card Fees", "Expense Account", "Indirect Expenses"),
		"dispute_account": ledger(company, "Card Disputes", "Expense Account", "Indirect Expenses"),
		"payout_account": ledger(company, "House Bank", "Bank", "Bank Accounts"),
	}


class PaymentsCase(SystemCase):
	def turn_to(self, fake: Any, **values: Any) -> None:
		"""Let the account, whose address the preset knows, lead to the fake."""
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update({"base_url": fake.url, **values})
		doc.save()
		self.commit()

	def order(self, amount: float = 93, company: str = "", currency: str = "USD", **values: Any) -> Any:
		"""A submitted Sales Order made in ERPNext."""
		item = make.item().name
		order = make.sales_order(make.customer().name, [(item, 1, amount)], submit=False)
		order.update({"disable_rounded_total": 1, "currency": currency, **values})
		order.save().submit()
		self.commit()
		return order

	def entry_of(self, payment: dict[str, Any]) -> Any:
		return self.linked("payment", payment["id"])

	@staticmethod
	def payments_of(order: Any) -> int:
		return frappe.db.count("Payment Entry Reference", {"reference_name": order.name, "docstatus": 1})

	def booked(self, document: str) -> dict[str, float]:
		"""Debit less credit by account name."""
		rows = frappe.get_all(
			"GL Entry", {"voucher_no": document, "is_cancelled": 0}, ["account", "debit", "credit"]
		)
		found: dict[str, float] = {}
		for row in rows:
			name = frappe.db.get_value("Account", row.account, "account_name")
			found[name] = flt(found.get(name, 0) + row.debit - row.credit, 2)
		return found

	def assert_paid_in_euro(self, order: Any, payment: dict[str, Any]) -> None:
		"""An order of 93 euro, of which the fee is 3, by its own rate on the clearing account in dollars."""
		entry = self.entry_of(payment)
		self.assertEqual([row.reference_name for row in entry.references], [order.name])
		self.assertEqual(order.currency, "EUR")
		self.assertNotEqual(order.conversion_rate, 1)
		rate = order.conversion_rate
		booked = self.booked(entry.name)
		self.assertEqual(
			(booked["Card Clearing"], booked["Card Fees"]), (flt(90 * rate, 2), flt(3 * rate, 2))
		)

	def compared(self, flow: str) -> tuple[int, ...]:
		"""Missing here, missing there, different, links without a record: as comparing both sides finds them."""
		name = reconciliation.start(self.flow(flow))
		frappe.db.commit()
		reconcile.run(name)
		frappe.db.rollback()
		row = frappe.get_doc("Sync Reconciliation", name)
		self.assertEqual((row.status, row.error or ""), ("Completed", ""), self.history())
		return (row.missing_here, row.missing_there, row.different, row.orphan_links)

	def pay_back(self, invoice: Any, amount: float, reference: str) -> Any:
		"""A credit note, and a submitted Payment Entry for it that names a payment of the provider."""
		note = make_return_doc("Sales Invoice", invoice.name)
		note.items[0].rate = amount
		note.insert().submit()
		entry = get_payment_entry("Sales Invoice", note.name)
		entry.update({"reference_no": reference, "reference_date": frappe.utils.today()})
		entry.paid_from = frappe.db.get_value(
			"Account", {"account_name": "Card Clearing", "company": self.company}
		)
		entry.insert().submit()
		self.commit()
		return entry
