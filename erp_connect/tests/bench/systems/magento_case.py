"""Magento for the proof suite: what is entered, and what its shop sells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.systems.shop_case import NO_PAYOUTS, ShopCase, price_list, shop_entries
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.fakes.magento import Magento, fixture

TEAPOT, SCARF = "MAG-TEAPOT", "MAG-SCARF-RED"
ROOT = "/rest/all/V1"


def entries(company: str) -> Mapping[str, str]:
	return {
		"consumer_key": "ckey",
		"consumer_secret": "csecret",
		"access_token": "atoken",
		"access_token_secret": "asecret",
		**shop_entries(company),
		"special_price_list": price_list("Sale"),
	}


NO_WEBHOOKS = (
	"Magento Open Source has no webhooks; those of Adobe Commerce are calls that a checkout waits for"
)
MAGENTO = System(
	"Magento 2",
	Magento,
	entries,
	not_offered={
		**NO_PAYOUTS,
		"Webhooks registered and removed": NO_WEBHOOKS,
		"Webhook with a changed byte refused": NO_WEBHOOKS,
		"Webhook that is stale refused": NO_WEBHOOKS,
		"Webhook twice, one effect": NO_WEBHOOKS,
		"Orders in by webhook": NO_WEBHOOKS,
		"Deletions told": NO_WEBHOOKS,
		"Token expired": "tokens of integrations do not expire",
	},
)


class MagentoCase(ShopCase):
	system = MAGENTO
	articles = (TEAPOT, SCARF)

	def order(self, **changes: Any) -> dict[str, Any]:
		"""An order as the shop has it, with an id and a buyer of its own."""
		id_ = self.fake.number()
		mail = f"buyer{frappe.generate_hash(length=8)}@example.com"
		values = {
			"entity_id": id_,
			"increment_id": f"{id_:09}",
			"customer_id": id_ + 100000,
			"customer_email": mail,
		}
		return {**fixture("order"), **values, "updated_at": self.fake.now(), **changes}

	def of(self, kind: str, order: dict[str, Any], **changes: Any) -> dict[str, Any]:
		"""An invoice, a credit memo or a shipment of an order, in the shop."""
		values = {
			"entity_id": self.fake.number(),
			"order_id": order["entity_id"],
			"updated_at": self.fake.now(),
		}
		return self.fake.add(f"{kind}s", {**fixture(kind), **values, **changes})
