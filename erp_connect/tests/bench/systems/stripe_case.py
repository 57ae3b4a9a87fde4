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

	def by_webhook(self, *events: dict[str, Any], **how: Any) -> list[int]:
		"""Deliver what the fake has told (the last event, or these), and work it off."""
		statuses = [
			status
			for event in events or self.fake.told[-1:]
			for status in self.fake.send(event, how.pop("at", int(time.time())), **how)
		]
		self.work()
		return statuses
