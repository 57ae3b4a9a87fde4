"""Paytm for the proof suite: what is entered, and how its events come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.payments_case import NO_SHOP, PaymentsCase, ledgers
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.fakes.paytm import KEY, MID, Paytm
from erp_connect.tests.fakes.paytm_lists import IST
from erp_connect.tests.fakes.paytm_settlements import CLIENT, PATH, SECRET

RATE = 0.0125
ORDERS, REFUNDS = "search/list/order/v2", "api/v1/refundList"
SETTLED = PATH
OF_SETTLEMENTS = ("Settlements", "Fees of settlements", "Chargebacks", "Entries of settlements")


def entries(company: str) -> Mapping[str, str]:
	today = dt.datetime.now(IST).date()
	return {
		"mid": MID,
		"merchant_key": KEY,
		"first_day": (today - dt.timedelta(days=28)).isoformat(),
		"client_id": CLIENT,
		"client_secret": SECRET,
		"first_payout_day": (today - dt.timedelta(days=5)).isoformat(),
		**ledgers(company),
	}


def rupee_company(name: str = "Rupee Trading") -> str:
	"""A company that keeps its books in rupees."""
	if not frappe.db.exists("Company", name):
		abbr = "".join(word[0] for word in name.split())
		values = {"company_name": name, "abbr": f"{abbr}I", "default_currency": "INR", "country": "India"}
		frappe.get_doc({"doctype": "Company", **values}).insert()
		frappe.db.commit()
	return name


NO_CUSTOMERS = "its API lists no customers; a payment names the id that the shop gave its buyer"
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
)


class PaytmCase(PaymentsCase):
	"""The company of the tests keeps its books in dollars: what Paytm pays is in rupees, as is the clearing account."""

	system = PAYTM

	def connect(self, *flows: str, name: str = "Paytm", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake, which gets the address of the webhook."""
		fake = how.get("fake") or self.fake
		made = super().connect(*flows, name=name, **how)
		self.turn_to(fake, api_secret=KEY, verification_secret=KEY, token=SECRET)
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
