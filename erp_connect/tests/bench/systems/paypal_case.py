"""PayPal for the proof suite: what is entered, and how its events come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import frappe

from erp_connect.api import accounts
from erp_connect.tests.bench.systems.payments_case import NO_SHOP, PaymentsCase, ledgers
from erp_connect.tests.bench.systems.system import Said, System
from erp_connect.tests.fakes.paypal import PayPal

CLIENT = {"client_id": "AbFakeClientOfTheTests", "client_secret": "fakesecret"}


def entries(company: str) -> Mapping[str, str]:
	first = datetime.now(timezone.utc) - timedelta(days=20)
	asked = ledgers(company)
	own = {"first_day": first.strftime("%Y-%m-%d"), "withdrawal_fee_account": asked["fee_account"]}
	return {**CLIENT, **own, **asked}


NO_CUSTOMERS = "it has payers, and among its APIs none that lists customers (https://developer.paypal.com/api/rest/current-resources/)"
OF_THE_BALANCE = (
	"a withdrawal takes from the balance, and has no entries of its own: each movement of the balance is compared with the "
	"clearing account, and so is their sum"
)
PAYPAL = System(
	"PayPal",
	PayPal,
	entries,
	not_offered={
		**NO_SHOP,
		"Customers in": NO_CUSTOMERS,
		"Deletions told": NO_CUSTOMERS,
		"Webhook that is stale refused": "it is asked about each webhook, and says nothing of its age; what comes twice has "
		"no effect",
	},
	said={"Payouts compared with their entries": Said("movements of the balance", OF_THE_BALANCE)},
)


class PayPalCase(PaymentsCase):
	system = PAYPAL

	def connect(self, *flows: str, name: str = "Pals", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake, its Connected App as well."""
		made = super().connect(*flows, name=name, **how)
		fake = how.get("fake") or self.fake
		app = frappe.get_doc(
			"Connected App", frappe.db.get_value("Integration Settings", name, "connected_app")
		)
		self.addCleanup(self.remove_app, app.name)
		app.update({"token_uri": f"{fake.url}/v1/oauth2/token", "client_secret": CLIENT["client_secret"]})
		app.save()
		self.turn_to(fake)
		# The account that leads elsewhere has let go of its app: it is chosen anew, and the account resumed.
		self.turn_to(fake, connected_app=app.name)
		accounts.resume(name)
		self.commit()
		return made

	def capture(self, amount: str = "93.00", fee: str = "3.00", *, pays: Any = None, **changes: Any) -> Any:
		"""A completed capture. pays: the document whose name is its custom_id."""
		named = {"custom_id": pays.name} if pays else {}
		return self.fake.capture(amount, fee, **{**named, **changes})

	def pay(self, order: Any) -> dict[str, Any]:
		return self.capture(pays=order)
