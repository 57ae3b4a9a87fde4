"""Shiprocket for the proof suite: what is entered, and how the state of its parcels comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.carrier_case import CarrierCase
from erp_connect.tests.bench.systems.system import CARRIERS, System
from erp_connect.tests.fakes.shiprocket import EMAIL, PASSWORD, TOKEN, Shiprocket

SECRETS = {"password": PASSWORD, "verification_secret": TOKEN}


def entries(company: str) -> Mapping[str, str]:
	return {
		"email": EMAIL,
		"password": PASSWORD,
		"pickup_location": "Primary",
		"every_shipment": "yes",
		"webhook_token": TOKEN,
	}


SHIPROCKET = System(
	"Shiprocket",
	Shiprocket,
	entries,
	kind=CARRIERS,
	not_offered={
		"Several parcels": "an order is one parcel there",
		"Customs data": "its orders stay within India; abroad they go by another service ([page]"
		"(https://apidocs.shiprocket.in/))",
		"Webhook with a changed byte refused": "its webhooks carry a token, and no signature",
		"Webhook that is stale refused": "its webhooks carry a token, and no signature",
	},
)


class ShiprocketCase(CarrierCase):
	system = SHIPROCKET
	secrets = SECRETS

	def by_webhook(self, event: dict[str, Any], **how: Any) -> int:
		"""Deliver an event and work it off. The status of the answer."""
		key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
		self.commit()
		status = self.fake.send(f"{self.site.url}{HOOK}{key}", event, **how)
		self.work()
		return status
