"""WooCommerce for the proof suite: what is entered, and what its shop sells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.systems.shop_case import NO_PAYOUTS, ShopCase, price_list, shop_entries
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.fakes.woocommerce import WooCommerce, fixture

TEAPOT, SCARF = "WOO-TEAPOT", "WOO-SCARF-RED"


def entries(company: str) -> Mapping[str, str]:
	return {
		"consumer_key": "ck_fake",
		"consumer_secret": "cs_fake",
		**shop_entries(company),
		"sale_price_list": price_list("Sale"),
	}


WOOCOMMERCE = System(
	"WooCommerce",
	WooCommerce,
	entries,
	not_offered={
		**NO_PAYOUTS,
		"Webhook that is stale refused": "its signature covers no time; what comes twice has no effect",
		"Token expired": "keys do not expire",
	},
)


class WooCommerceCase(ShopCase):
	system = WOOCOMMERCE
	articles = (TEAPOT, SCARF)

	def order(self, **changes: Any) -> dict[str, Any]:
		"""An order as the shop has it, with an id of its own, in the company's currency."""
		id_ = self.fake.number()
		customer = {"customer_id": id_ + 100000} if changes.get("customer_id") is None else {}
		mail = f"buyer{frappe.generate_hash(length=8)}@example.com"
		billing = {**fixture("order")["billing"], "email": mail}
		values = {
			"id": id_,
			"number": str(id_),
			"transaction_id": f"ch_{frappe.generate_hash(length=10)}",
			"currency": "USD",
		}
		return {**fixture("order"), **values, "billing": billing, **customer, **changes}

	def refund_of(self, order: dict[str, Any], **changes: Any) -> dict[str, Any]:
		return {**fixture("refund"), "id": self.fake.number(), "parent_id": order["id"], **changes}
