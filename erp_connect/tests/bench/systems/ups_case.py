"""UPS for the proof suite: what is entered, and how its app is turned to the fake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.systems.carrier_case import AppCarrierCase
from erp_connect.tests.bench.systems.fedex_case import HERE, THERE
from erp_connect.tests.bench.systems.system import CARRIERS, System
from erp_connect.tests.fakes.ups import CLIENT, Ups
from erp_connect.tests.fakes.ups_rules import ACCOUNT

CREDENTIAL = "sent-back-with-every-notice"


def entries(company: str) -> Mapping[str, str]:
	return {
		"client_id": CLIENT[0],
		"client_secret": CLIENT[1],
		"account_number": ACCOUNT,
		"every_shipment": "yes",
		"service": "03",
		"notices": "yes",
		"credential": CREDENTIAL,
	}


UPS = System(
	"UPS",
	Ups,
	entries,
	kind=CARRIERS,
	not_offered={
		"Refused in an answer of success": "it answers with the status of an error ([description]"
		"(https://github.com/UPS-API/api-documentation/blob/main/Shipping.yaml))",
		"Webhook with a changed byte refused": "its notices carry a credential, and no signature ([description]"
		"(https://github.com/UPS-API/api-documentation/blob/main/UPSTrackAlert.yaml))",
		"Webhook that is stale refused": "its notices carry a credential, and no signature ([description]"
		"(https://github.com/UPS-API/api-documentation/blob/main/UPSTrackAlert.yaml))",
	},
)


class UpsCase(AppCarrierCase):
	system = UPS
	token_path = "/security/v1/oauth/token"
	client_secret = CLIENT[1]
	places = (HERE, THERE)
	secrets = {"verification_secret": CREDENTIAL}
	phones = ("+1 (901) 555-0100", "+1 615-555-0199")

	def connect(self, *flows: str, name: str = "The Carrier", **how: Any) -> dict[str, Any]:
		made = super().connect(*flows, name=name, **how)
		doc = frappe.get_doc("Integration Settings", self.account)
		# Entered anew, as the other secrets, now that the account leads elsewhere.
		for row in doc.parameters:
			if row.place == "Body":
				row.secret = CREDENTIAL
		doc.save()
		self.commit()
		return made

	def by_webhook(self, number: str, moment: str, **headers: str) -> int:
		"""Have a notice of a parcel sent, and work it off. The status of the answer."""
		self.commit()
		status = self.fake.send(self.site.url, number, moment, **headers)
		self.work()
		return status
