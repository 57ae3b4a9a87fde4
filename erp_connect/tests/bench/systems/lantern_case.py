"""Lantern Lane, a shop with JSON over REST that is one file of another app: what is entered, and what its orders are."""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.config import preset_files
from erp_connect.operate import webhooks
from erp_connect.tests.bench.systems import other_app
from erp_connect.tests.bench.systems.shop_case import NO_PAYOUTS, ShopCase, price_list, shop_entries
from erp_connect.tests.bench.systems.system import System
from erp_connect.tests.fakes.lantern import TOKEN, Lantern

WICK, GLASS = "LANTERN-WICK", "LANTERN-GLASS"


class Shop(Lantern):
	"""Its address is that of its API."""

	base = "/api"


def entries(company: str) -> dict[str, str]:
	return {"token": TOKEN, **shop_entries(company), "sale_price_list": price_list("Sale")}


LANTERN = System(
	"Lantern Lane",
	Shop,
	entries,
	title="Custom shop (example in JSON)",
	not_offered={**NO_PAYOUTS, "Token expired": "its tokens do not expire"},
)


class LanternCase(ShopCase):
	system = LANTERN
	articles = (WICK, GLASS)

	def setUp(self) -> None:
		super().setUp()
		self.mark = frappe.generate_hash(length=6).upper()
		self.enterContext(other_app.installed())

	def register(self) -> webhooks.Report:
		"""The process that serves the site does not have the other app: it is told the scheme of its file."""
		report = super().register()
		scheme = preset_files.load_all()[self.system.preset].webhooks.schemes["lantern"]
		values = {"verification": "custom", "verification_scheme": json.dumps(scheme)}
		frappe.db.set_value("Integration Settings", self.account, values)
		frappe.clear_document_cache("Integration Settings", self.account)
		self.commit()
		return report

	def order(self, **changes: Any) -> dict[str, Any]:
		"""An order as the shop has it: two wicks, a glass, of 64.50."""
		mark = frappe.generate_hash(length=8)
		where = {"street": "Mole 4", "city": "Kiel", "postcode": "24103", "country": "DE"}
		customer = {
			"id": f"C-{mark}",
			"first_name": "Ada",
			"last_name": "Voss",
			"email": f"{mark}@example.com",
		}
		lines = [
			{
				"id": self.fake.number(),
				"sku": WICK,
				"name": "Wick",
				"quantity": 2,
				"price": 10,
				"discount": 2,
			},
			{
				"id": self.fake.number(),
				"sku": GLASS,
				"name": "Glass",
				"quantity": 1,
				"price": 30,
				"discount": 0,
			},
		]
		values = {
			"number": f"L-{mark}",
			"status": "open",
			"currency": "USD",
			"prices_include_tax": False,
			"customer": customer,
			"billing_address": where,
			"shipping_address": {**where, "street": "Quay 9"},
			"lines": lines,
			"shipping": [{"name": "Parcel", "amount": 5}],
			"fees": [{"name": "Wrapping", "amount": 1}],
			"taxes": [{"name": "VAT", "rate": 19, "amount": 10}, {"name": "Dues", "rate": 1, "amount": 0.5}],
			"total": 64.5,
			"note": "Ring twice",
			"payments": [],
			"refunds": [],
			"shipments": [],
		}
		return {**values, **changes}

	def placed(self, **changes: Any) -> dict[str, Any]:
		return self.fake.add("orders", **self.order(**changes))

	def came(self, *flows: str, **changes: Any) -> tuple[dict[str, Any], Any]:
		"""An order that these flows took, and its Sales Order."""
		order = self.placed(**changes)
		for flow in flows or ("Orders",):
			self.pull(flow)
		return order, self.linked("order", order["id"])

	def paid(self, order: dict[str, Any]) -> dict[str, Any]:
		"""The buyer pays the order, in the shop."""
		found = {"id": f"P-{order['id']}", "amount": order["total"], "method": "Card"}
		self.fake.change("orders", order["id"], payments=[{**found, "paid_at": order["created_at"]}])
		return found
