"""Shopify for the proof suite: what is entered, and what its shop sells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.systems.payments_case import ledgers
from erp_connect.tests.bench.systems.shop_case import ShopCase, price_list, shop_entries
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.fakes.shopify import Shopify, fixture

TEAPOT, SCARF = "SHOPIFY-TEAPOT", "SHOPIFY-SCARF"
TOKEN = {"access_token": "shpat_fake"}
CLIENT = {"client_id": "client", "client_secret": "hush"}


def entries(company: str) -> Mapping[str, str]:
	ours = shop_entries(company)
	of_payouts = ledgers(company)
	return {
		**ours,
		"clearing_account": ours["payment_account"],
		"payout_account": of_payouts["payout_account"],
		"payout_fee_account": of_payouts["fee_account"],
		"adjustment_account": of_payouts["dispute_account"],
		"webhook_secret": "hush",
		"location": "655441491",
		"compare_price_list": price_list("Struck Through"),
	}


SHOPIFY = System(
	"Shopify",
	Shopify,
	entries,
	not_offered={
		"Webhook that is stale refused": "its signature covers no time; what comes twice has no effect"
	},
)


class ShopifyCase(ShopCase):
	system = SHOPIFY
	articles = (TEAPOT, SCARF)

	def connect(self, *flows: str, **how: Any) -> dict[str, Any]:
		"""By the token of a custom app, unless `auth` says otherwise."""
		auth = how.setdefault("auth", "custom_app")
		how["entries"] = {**(TOKEN if auth == "custom_app" else CLIENT), **how.get("entries", {})}
		return super().connect(*flows, **how)

	def numbered(self, name: str, kind: str, **changes: Any) -> dict[str, Any]:
		"""A fixture with an id of its own."""
		id_ = self.fake.number()
		return {**fixture(name), "id": f"gid://shopify/{kind}/{id_}", "legacyResourceId": str(id_), **changes}

	def order(self, **changes: Any) -> dict[str, Any]:
		"""An order as the shop has it, of a buyer of its own."""
		order = self.numbered("order", "Order", **changes)
		mail = f"buyer{frappe.generate_hash(length=8)}@example.com"
		buyer = {
			**order["customer"],
			"legacyResourceId": order["legacyResourceId"],
			"defaultEmailAddress": {"emailAddress": mail},
		}
		payment = {**order["transactions"][0], "id": f"gid://shopify/OrderTransaction/{self.fake.number()}"}
		return {
			**order,
			"name": f"#{order['legacyResourceId']}",
			"customer": buyer,
			"email": mail,
			"transactions": [payment],
		}

	def variant(self, mark: str, **changes: Any) -> dict[str, Any]:
		id_ = self.fake.number()
		item = {"id": f"gid://shopify/InventoryItem/{id_}", "legacyResourceId": str(id_), "tracked": True}
		return self.numbered("variant", "ProductVariant", sku=f"SH-{mark}", inventoryItem=item, **changes)
