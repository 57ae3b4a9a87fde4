"""Stripe for the proof suite: what is entered, and orders for its payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.utils import flt

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.bench.systems.system_case import SystemCase
from erp_connect.tests.bench.systems.woocommerce_case import ledger
from erp_connect.tests.fakes.stripe import Stripe


def entries(company: str) -> Mapping[str, str]:
	clearing = ledger(company, "Card Clearing", "Bank", "Bank Accounts")
	return {
		"secret_key": "sk_test_fake",
		"payment_account": clearing,
		"clearing_account": clearing,
		"fee_account": ledger(company, "Card Fees", "Expense Account", "Indirect Expenses"),
		"dispute_account": ledger(company, "Card Disputes", "Expense Account", "Indirect Expenses"),
		"payout_account": ledger(company, "House Bank", "Bank", "Bank Accounts"),
	}


OF_SHOPS = (
	"Products in", "Variants in", "Orders in", "Orders in by webhook", "Tax of several rates", "Prices with tax",
	"Discounts, shipping, fees", "Order changed", "Order cancelled", "Refund with restock", "Refund without restock",
	"Products out", "Stock out", "Prices out", "Order status out", "Tracking out",
)  # fmt: skip
STRIPE = System(
	"Stripe",
	Stripe,
	entries,
	not_offered={
		**dict.fromkeys(OF_SHOPS, "it collects payments for orders of others"),
		"Token expired": "keys do not expire",
	},
)


class StripeCase(SystemCase):
	system = STRIPE

	def connect(self, *flows: str, name: str = "Cards", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake."""
		made = super().connect(*flows, name=name, **how)
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update({"base_url": (how.get("fake") or self.fake).url, "token": "sk_test_fake"})
		doc.save()
		self.commit()
		return made

	def order(self, amount: float = 93, company: str = "", currency: str = "USD", **values: Any) -> Any:
		"""A submitted Sales Order made in ERPNext."""
		item = make.item().name
		order = make.sales_order(make.customer().name, [(item, 1, amount)], submit=False)
		order.update({"disable_rounded_total": 1, "currency": currency, **values})
		order.save().submit()
		self.commit()
		return order

	def entry_of(self, charge: dict[str, Any]) -> Any:
		return self.linked("payment", charge["id"])

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
