"""FedEx for the proof suite: what is entered, and how its app is turned to the fake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.api import accounts
from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.carrier_case import CarrierCase
from erp_connect.tests.bench.systems.system import CARRIERS, System
from erp_connect.tests.fakes.fedex import ACCOUNT, CLIENT, TOKEN, FedEx

USA = {"state": "TN", "country": "United States"}
HERE = {"address_line1": "4 Mill Lane", "city": "Memphis", "pincode": "38116", **USA}
THERE = {"address_line1": "9 Oak Street", "city": "Nashville", "pincode": "37011", **USA}
ABROAD = {
	"address_line1": "1 Elm Road",
	"city": "Windsor",
	"pincode": "N9A 1A1",
	"state": "ON",
	"country": "Canada",
}


def entries(company: str) -> Mapping[str, str]:
	return {
		"client_id": CLIENT[0],
		"client_secret": CLIENT[1],
		"account_number": ACCOUNT,
		"every_shipment": "yes",
		"currency": "USD",
		"webhook_token": TOKEN,
	}


FEDEX = System(
	"FedEx",
	FedEx,
	entries,
	kind=CARRIERS,
	not_offered={
		"Killed between creation and label": "the label comes with the creation, in one answer",
		"Refused in an answer of success": "it answers with the status of an error",
		"Webhook that is stale refused": "its signature covers no time; what comes twice has no effect",
	},
)


class FedExCase(CarrierCase):
	system = FEDEX
	secrets = {"verification_secret": TOKEN}
	places = (HERE, THERE)

	def connect(self, *flows: str, name: str = "The Carrier", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake, its Connected App as well."""
		made = super().connect(*flows, name=name, **how)
		fake = how.get("fake") or self.fake
		app = frappe.get_last_doc("Connected App")
		self.addCleanup(self.remove_app, app.name)
		app.update({"token_uri": f"{fake.url}/oauth/token", "client_secret": CLIENT[1]})
		app.save()
		doc = frappe.get_doc("Integration Settings", self.account)
		# The account that leads elsewhere has let go of its app: it is chosen anew, and the account resumed.
		doc.update({"base_url": fake.url, "connected_app": app.name, **self.secrets})
		doc.save()
		accounts.resume(self.account)
		self.commit()
		return made

	def by_webhook(self, number: str, **how: Any) -> int:
		key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
		self.commit()
		status = self.fake.send(f"{self.site.url}{HOOK}{key}", number, **how)
		self.work()
		return status
