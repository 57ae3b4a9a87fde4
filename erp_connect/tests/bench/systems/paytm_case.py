"""Paytm for the proof suite: what is entered, and how its events come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.payments_case import NO_SHOP, PaymentsCase, ledgers
from erp_connect.tests.bench.systems.system import NOT_BUILT, Said, System
from erp_connect.tests.fakes.paytm import KEY, MID, Paytm

RATE = 0.0125
ORDERS, REFUNDS = "search/list/order/v2", "api/v1/refundList"


def entries(company: str) -> Mapping[str, str]:
	first = dt.date.today() - dt.timedelta(days=28)
	return {"mid": MID, "merchant_key": KEY, "first_day": first.isoformat(), **ledgers(company)}


NO_CUSTOMERS = "its API lists no customers; a payment names the id that the shop gave its buyer"
NO_SETTLEMENTS = (
	"offered by the vendor, and not built yet: settlements are told by APIs that are for production only, by a checksum of another form or with credentials of "
	"their own ([settlements](https://paytmpayments.com/docs/api/settlement-api), "
	"[their entries](https://paytmpayments.com/docs/api/settlement-detail-api))"
)
NO_DISPUTES = (
	"offered by the vendor, and not built yet: it tells that one was [filed](https://business.paytm.com/docs/chargeback-peon), and how it "
	"[stands](https://paytmpayments.com/docs/api/dispute-status-api); what was taken or given back for it stands in its "
	"[settlements](https://paytmpayments.com/docs/api/settlement-detail-api) alone, see there"
)
PAYTM = System(
	"Paytm",
	Paytm,
	entries,
	not_offered={
		**NO_SHOP,
		"Customers in": NO_CUSTOMERS,
		"Deletions told": NO_CUSTOMERS,
		"Webhooks registered and removed": "webhooks are entered in its Dashboard",
		"Webhook that is stale refused": "its checksum covers no time; what comes twice has no effect",
		"Token expired": "keys do not expire",
	},
	said={
		**dict.fromkeys(
			("Payouts booked", "Payouts compared with their entries", "Fees booked"),
			Said(NOT_BUILT, NO_SETTLEMENTS),
		),
		"Disputes": Said(NOT_BUILT, NO_DISPUTES),
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

	def rupees(self, amount: float = 100) -> Any:
		"""A submitted Sales Order in rupees."""
		return self.order(amount, currency="INR", conversion_rate=RATE, plc_conversion_rate=RATE)

	def lists(self, path: str) -> list[dict[str, Any]]:
		"""What the lists at a path were asked for."""
		return [body for asked, body in self.fake.calls if asked == f"/merchant-passbook/{path}"]

	def tell(self, event: dict[str, str], payload: bytes = b"") -> list[int]:
		return [self.fake.send(event, payload)]
