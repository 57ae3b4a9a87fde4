"""WooCommerce for the proof suite: what is entered, and what its shop sells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shop_case import NO_PAYOUTS, ShopCase, price_list
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.fakes.woocommerce import WooCommerce, fixture

TEAPOT, SCARF = "WOO-TEAPOT", "WOO-SCARF-RED"


def ledger(company: str, name: str, kind: str, parent: str) -> str:
	"""A ledger account of a company, made where it is missing."""
	if known := frappe.db.get_value("Account", {"account_name": name, "company": company}):
		return known
	group = frappe.db.get_value("Account", {"account_name": parent, "company": company, "is_group": 1})
	values = {"account_name": name, "account_type": kind, "parent_account": group, "company": company}
	return frappe.get_doc({"doctype": "Account", **values}).insert().name


def entries(company: str) -> Mapping[str, str]:
	warehouse = frappe.db.get_value(
		"Warehouse", {"company": company, "is_group": 0, "warehouse_name": "Stores"}
	)
	return {
		"consumer_key": "ck_fake",
		"consumer_secret": "cs_fake",
		"warehouse": warehouse,
		"tax_account": ledger(company, "Shop Sales Tax", "Tax", "Duties and Taxes"),
		"charges_account": ledger(company, "Shop Freight", "Chargeable", "Direct Income"),
		"payment_account": ledger(company, "Shop Bank", "Bank", "Bank Accounts"),
		"item_group": make.leaf("Item Group"),
		"stock_warehouse": warehouse,
		"selling_price_list": "Standard Selling",
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
