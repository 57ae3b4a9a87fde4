"""FedEx for the proof suite: what is entered, and how its app is turned to the fake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.carrier_case import AppCarrierCase
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
		"Answer lost after the work was done": "it has no keys for repeated requests, and tells a label once ([page]"
		"(https://developer.fedex.com/api/en-us/catalog/ship/docs.html))",
		"Delivered by webhook": "what its notices hold is told to its customers alone ([page](https://developer.fedex.com/"
		"api/en-us/catalog/shipment-visibility-webhook/docs.html)); parcels are asked for",
		"Webhook that is stale refused": "its signature covers no time; what comes twice has no effect",
	},
)


class FedExCase(AppCarrierCase):
	system = FEDEX
	client_secret = CLIENT[1]
	secrets = {"verification_secret": TOKEN}
	places = (HERE, THERE)

	def by_webhook(self, number: str, **how: Any) -> int:
		key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
		self.commit()
		status = self.fake.send(f"{self.site.url}{HOOK}{key}", number, **how)
		self.work()
		return status
