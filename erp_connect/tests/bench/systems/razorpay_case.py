"""Razorpay for the proof suite: what is entered, and how its events come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.systems.payments_case import NO_SHOP, PaymentsCase, ledgers
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.fakes.razorpay import Razorpay

KEY = {"key_id": "rzp_test_fake", "key_secret": "fakesecret"}


def entries(company: str) -> Mapping[str, str]:
	currency = frappe.get_cached_value("Company", company, "default_currency")
	return {
		**KEY,
		"account_id": "acc_H3kYHQ635sBwXG",
		"settlement_currency": currency,
		**ledgers(company),
	}


RAZORPAY = System(
	"Razorpay",
	Razorpay,
	entries,
	not_offered={
		**NO_SHOP,
		"Webhook that is stale refused": "its signature covers no time; what comes twice has no effect",
		"Token expired": "keys do not expire",
		"Deletions told": "its API deletes no customers (https://razorpay.com/docs/api/customers/)",
	},
)


class RazorpayCase(PaymentsCase):
	system = RAZORPAY

	def connect(self, *flows: str, name: str = "Rupees", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake."""
		made = super().connect(*flows, name=name, **how)
		self.turn_to(how.get("fake") or self.fake, password=KEY["key_secret"])
		return made

	def payment(self, amount: int = 9300, fee: int | None = 300, *, pays: Any = None, **changes: Any) -> Any:
		"""A captured payment. pays: the document that its notes name. In dollars, as an account in the USA has it."""
		notes = {f"sales_{pays.doctype.split()[-1].lower()}": pays.name} if pays else []
		return self.fake.payment(amount, fee, **{"currency": "USD", "notes": notes, **changes})

	def pay(self, order: Any) -> dict[str, Any]:
		return self.payment(pays=order)
