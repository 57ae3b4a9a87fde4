"""OpenCart for the proof suite: what is entered, and orders here that are linked with some of the shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.shop_case import NO_PAYOUTS
from erp_connect.tests.bench.systems.system import CATALOGUE_OUT, Said, System
from erp_connect.tests.bench.systems.system_case import SystemCase
from erp_connect.tests.fakes.opencart import OpenCart

SECRET = "k" * 32
CALLS = (
	"[3.0](https://github.com/opencart/opencart/tree/3.0.5.1/upload/catalog/controller/api), "
	"[4.0](https://github.com/opencart/opencart/tree/4.0.2.3/upload/catalog/controller/api), "
	"[4.1](https://github.com/opencart/opencart/tree/4.1.0.4/upload/catalog/controller/api)"
)
NO_LISTS = f"its API lists nothing and shows no order as a whole ({CALLS}): an extension of the shop has to send them"
NO_WEBHOOKS = f"it has none: its API is called only ({CALLS})"
NOT_WRITTEN = f"its API changes orders only ({CALLS})"
TWICE = (
	"the event ends well, but the shop may have done it twice: it knows no keys of requests, and its API shows no history to look "
	f"into first ({CALLS}). The status is the same; the buyer may be told of it twice"
)
READ = (
	"Several pages", "Changes only", "Years loaded in windows", "Customers in", "Products in", "Variants in", "Orders in",
	"Tax of several rates", "Prices with tax", "Several currencies", "Discounts, shipping, fees", "Order changed", "Order cancelled", "Fulfilments in", "Payment in",
	"Refund with restock", "Refund without restock", "Refund of an amount", "Refunds compared", "Compared equal",
)  # fmt: skip
HOOKS = (
	"Webhooks registered and removed", "Webhook with a changed byte refused", "Webhook that is stale refused",
	"Webhook twice, one effect", "Orders in by webhook", "Deletions told",
)  # fmt: skip


def entries(company: str) -> Mapping[str, str]:
	return {"api_username": "Default", "api_key": SECRET}


OPENCART = System(
	"OpenCart",
	OpenCart,
	entries,
	not_offered={
		**NO_PAYOUTS,
		**dict.fromkeys(READ, NO_LISTS),
		**dict.fromkeys(HOOKS, NO_WEBHOOKS),
		**dict.fromkeys((*CATALOGUE_OUT, "Refunds out"), NOT_WRITTEN),
		"Throttled": f"its API refuses by its key and address, and never for too many calls ({CALLS})",
	},
	said={"Answer lost after the work was done": Said("done twice", TWICE)},
)


class OpenCartCase(SystemCase):
	system = OPENCART

	def version(self, version: str, *flows: str, beside: bool = False, **how: Any) -> None:
		"""Connect a shop of this version, in place of the one that is there, or beside it."""
		if not beside:
			self.fake.stop()
		self.fake = OpenCart(version)
		self.addCleanup(self.fake.stop)
		route = {
			"4.0.1": {"version": "api/account/login api/sale/order|addHistory"},
			"4.0": {"version": "api/account/login api/sale/order.addHistory"},
		}.get(version, {})
		auth = "signature" if version == "4.1" else "session"
		self.connect(*flows, auth=auth, entries={**route, **how.pop("entries", {})}, **how)

	def order(self, number: int = 71, account: str = "", company: str = "", customer: str = "") -> Any:
		"""A Sales Order that is linked with an order of the shop. company: another one than that of the tests. customer: who
		buys, a new one otherwise."""
		item = make.item(is_stock_item=0 if company else 1).name
		if not company:
			make.receipt(item, 5)
		order = make.sales_order(customer or make.customer().name, [(item, 2, 10)], submit=False)
		if company:
			# ERPNext fills in the address of the company that it was made for.
			order.update({"company": company, "set_warehouse": None, "company_address": None})
			order.items[0].update({"warehouse": None, "cost_center": None})
			order.save()
		order.submit()
		frappe.get_doc(
			{"doctype": "Sync Link", "integration": account or self.account, "remote_entity": "order", "external_id": str(number),
			"document_type": "Sales Order", "document_name": order.name}
		).insert(ignore_permissions=True)  # fmt: skip  # of the site's owner, as the engine makes them
		self.fake.histories.setdefault(number, [])
		self.commit()
		return order
