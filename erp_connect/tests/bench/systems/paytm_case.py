"""Paytm for the proof suite: what is entered, and how its events come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.payments_case import NO_SHOP, PaymentsCase, ledgers
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.fakes.paytm import KEY, MID, Paytm


def entries(company: str) -> Mapping[str, str]:
	return {"mid": MID, "merchant_key": KEY, **ledgers(company)}


PAYTM = System(
	"Paytm",
	Paytm,
	entries,
	not_offered={
		**NO_SHOP,
		"Webhooks registered and removed": "webhooks are entered in its Dashboard",
		"Webhook that is stale refused": "its checksum covers no time; what comes twice has no effect",
		"Token expired": "keys do not expire",
	},
)


class PaytmCase(PaymentsCase):
	"""The company of the tests keeps its books in dollars: what Paytm pays is in rupees, as is the clearing account."""

	system = PAYTM

	def connect(self, *flows: str, name: str = "Paytm", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake, which gets the address of the webhook."""
		fake = how.get("fake") or self.fake
		made = super().connect(*flows, name=name, **how)
		self.turn_to(fake, api_secret=KEY, verification_secret=KEY)
		key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
		fake.address = f"{self.site.url}{HOOK}{key}"
		return made

	def entry_of(self, payment: dict[str, Any]) -> Any:
		return self.linked("payment", payment["txnId"])

	def tell(self, event: dict[str, str], payload: bytes = b"") -> list[int]:
		return [self.fake.send(event, payload)]
