"""Authorize.net for the proof suite: what is entered, and how its events come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.systems.payments_case import NO_SHOP, PaymentsCase, ledgers
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.fakes.authorize_net import KEY, LOGIN, SIGNATURE_KEY, AuthorizeNet

# https://account.authorize.net/help/Account/Settings/Security_Settings/General_Settings/Merchant_Account_and_Processor.htm
ONE_CURRENCY = (
	"an account has the one currency that is [configured for it]"
	"(https://account.authorize.net/help/Account/Settings/Security_Settings/General_Settings/Merchant_Account_and_Processor.htm)"
	"; others are accounts of their own, here as there"
)


def entries(company: str) -> Mapping[str, str]:
	keys = {"login": LOGIN, "transaction_key": KEY, "signature_key": SIGNATURE_KEY, "currency": "USD"}
	first = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=20)
	return {**keys, "first_day": f"{first:%Y-%m-%d}", **ledgers(company)}


AUTHORIZE_NET = System(
	"Authorize.net",
	AuthorizeNet,
	entries,
	not_offered={
		**NO_SHOP,
		"Webhook that is stale refused": "its signature covers no time; what comes twice has no effect",
		"Token expired": "keys do not expire",
		"Fees booked": "its API tells no fees",
		"Several currencies": ONE_CURRENCY,
	},
)


class AuthorizeNetCase(PaymentsCase):
	system = AUTHORIZE_NET

	def connect(self, *flows: str, name: str = "Gateway", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake."""
		made = super().connect(*flows, name=name, **how)
		self.turn_to(how.get("fake") or self.fake)
		return made

	def turn_to(self, fake: Any, **values: Any) -> None:
		"""A secret goes to the place it was entered for only: so they are entered again, as a person would."""
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update({"base_url": fake.url, "password": KEY, "verification_secret": SIGNATURE_KEY, **values})
		for row in doc.parameters:
			if row.key.endswith("transactionKey"):
				row.secret = KEY
		doc.save()
		self.commit()

	def entry_of(self, payment: dict[str, Any]) -> Any:
		return self.linked("payment", payment["transId"])

	def pay(self, order: Any) -> dict[str, Any]:
		return self.fake.pay(93, order.name)

	def day_ends(self) -> None:
		self.fake.settle()

	def tell(self, event: dict[str, Any], payload: bytes = b"") -> list[int]:
		return self.fake.send(event, payload)
