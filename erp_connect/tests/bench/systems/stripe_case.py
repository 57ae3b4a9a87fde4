"""Stripe for the proof suite: what is entered, and how its events come."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from erp_connect.tests.bench.systems.payments_case import NO_SHOP, PaymentsCase, ledgers
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.fakes.stripe import Stripe


def entries(company: str) -> Mapping[str, str]:
	return {"secret_key": "sk_test_fake", **ledgers(company)}


STRIPE = System("Stripe", Stripe, entries, not_offered={**NO_SHOP, "Token expired": "keys do not expire"})


class StripeCase(PaymentsCase):
	system = STRIPE

	def connect(self, *flows: str, name: str = "Cards", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake."""
		made = super().connect(*flows, name=name, **how)
		self.turn_to(how.get("fake") or self.fake, token="sk_test_fake")
		return made

	def pay(self, order: Any) -> dict[str, Any]:
		return self.fake.charge(9300, 300, metadata={"sales_order": order.name})

	def tell(self, event: dict[str, Any], at: int = 0, **how: Any) -> list[int]:
		return self.fake.send(event, at or int(time.time()), **how)
