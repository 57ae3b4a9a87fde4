"""BlueDart for the proof suite: what is entered, and how the state of its parcels comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.api import accounts
from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.carrier_case import CarrierCase
from erp_connect.tests.bench.systems.system import CARRIERS, System
from erp_connect.tests.fakes.bluedart import (
	CLIENT,
	LICENCE,
	LOGIN,
	PUSH_KEY,
	TRACKING_KEY,
	BlueDart,
)
from erp_connect.tests.fakes.bluedart_rules import AREA, CUSTOMER

# Of the rows that put a secret into a request, by what they put in.
LICENCES = {"Profile?.LicenceKey": LICENCE, "profile?.LicenceKey": LICENCE, "lickey?": TRACKING_KEY}
PUSH = "https://github.com/AnkitPatel-git/sb-webhook"


def entries(company: str) -> Mapping[str, str]:
	return {
		"client_id": CLIENT[0],
		"client_secret": CLIENT[1],
		"login_id": LOGIN,
		"licence_key": LICENCE,
		"tracking_key": TRACKING_KEY,
		"customer_code": CUSTOMER,
		"area": AREA,
		"every_shipment": "yes",
		"service": "A",
		"sub_product": "P",
		"push_key": PUSH_KEY,
	}


BLUEDART = System(
	"BlueDart",
	BlueDart,
	entries,
	kind=CARRIERS,
	not_offered={
		"Rates to choose from": "it tells the days of a way and no price ([operations]"
		"(https://developer.dhl.com/api-reference/bd-waybill))",
		"Webhook with a changed byte refused": f"its notices carry a key, and no signature ([document]({PUSH}))",
		"Webhook that is stale refused": f"its notices carry a key, and no signature ([document]({PUSH}))",
	},
)  # fmt: skip


class BlueDartCase(CarrierCase):
	system = BLUEDART
	secrets = {"password": CLIENT[1], "verification_secret": PUSH_KEY}

	def connect(self, *flows: str, name: str = "The Carrier", **how: Any) -> dict[str, Any]:
		made = super().connect(*flows, name=name, **how)
		doc = frappe.get_doc("Integration Settings", self.account)
		# Entered anew, as the other secrets, now that the account leads elsewhere.
		for row in doc.parameters:
			row.secret = LICENCES[row.key]
		doc.save()
		accounts.resume(self.account)
		self.commit()
		return made

	def by_webhook(self, notice: dict[str, Any], **how: Any) -> int:
		"""Deliver a notice and work it off. The status of the answer."""
		key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
		self.commit()
		status = self.fake.send(f"{self.site.url}{HOOK}{key}", notice, **how)
		self.work()
		return status
