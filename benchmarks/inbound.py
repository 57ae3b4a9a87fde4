"""What comes in: create_order beside a plain REST call of the same content, bulk_upsert beside one by one, webhooks.

The requests go through Frappe's whole web application, in this process: what is compared is the server's own time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import statistics
import time
from dataclasses import dataclass

import frappe
from werkzeug.test import Client

ACCOUNT = "Benchmark inbound"
KEY, SECRET = "benchmark-key", "benchmark-secret"
WEBHOOK_SECRET = "benchmark-webhook-secret"
API = "/api/method/erp_connect.api.v1."
TAX = 6.3
_numbers = itertools.count(1)


@dataclass
class Found:
	"""Milliseconds and rates; medians."""

	order_ms: float
	rest_order_ms: float
	bulk_per_second: float
	rest_per_second: float
	pings_per_second: float
	webhooks_per_second: float


def measure(site: str, user: str, orders: int = 60, records: int = 500) -> Found:
	"""Leaves `frappe` connected to `site` as it was found."""
	token, endpoint = _set_up(user)
	client = _Caller(site, user, token)
	client.order(next(_numbers)), client.rest_order(next(_numbers))  # warm
	ours, theirs = [], []
	for _ in range(orders):
		ours.append(client.order(next(_numbers)))
		theirs.append(client.rest_order(next(_numbers)))
	bulk = records / client.bulk(records)
	rest = 100 / sum(client.rest_todo(number) for number in range(100))
	pings, webhooks = [], []
	for number in range(300):
		pings.append(client.ping())
		webhooks.append(client.webhook(endpoint, number))
	frappe.init(site=site, force=True)
	frappe.connect()
	frappe.set_user("Administrator")  # the measurement's own session, as it was before
	return Found(
		order_ms=statistics.median(ours) * 1000,
		rest_order_ms=statistics.median(theirs) * 1000,
		bulk_per_second=bulk,
		rest_per_second=rest,
		pings_per_second=len(pings) / sum(pings),
		webhooks_per_second=len(webhooks) / sum(webhooks),
	)


class _Caller:
	"""Calls the site's web application and returns seconds."""

	def __init__(self, site: str, user: str, token: str) -> None:
		from frappe.app import application

		self.client = Client(application)
		self.site = site
		self.user = user
		self.keys = {"Host": site, "X-Api-Key": KEY, "X-Api-Secret": SECRET}
		self.token = {"Host": site, "Authorization": f"token {token}"}
		# What the plain call has to be told, and ours finds out or takes from the account.
		self.content = _sales_order()

	def order(self, number: int) -> float:
		body = {
			"id": f"bench-{time.time_ns()}-{number}",
			"number": f"B{time.time_ns()}",
			"currency": self.content["currency"],
			"date": frappe.utils.nowdate(),
			"customer": {"id": "bench-customer", "name": "Benchmark Buyer"},
			"lines": [
				{"id": f"{place}", "sku": row["item_code"], "name": "Article", "quantity": row["qty"],
				"unit_price": str(row["rate"])}
				for place, row in enumerate(self.content["items"])
			],
			"tax_lines": [{"title": "VAT", "amount": str(TAX)}],
			"total": str(sum(row["qty"] * row["rate"] for row in self.content["items"]) + TAX),
		}  # fmt: skip
		return self._post(API + "create_order", body, self.keys)

	def rest_order(self, number: int) -> float:
		body = {**self.content, "po_no": f"R{time.time_ns()}", "docstatus": 1}
		return self._post("/api/resource/Sales Order", body, self.token)

	def bulk(self, count: int) -> float:
		records = [
			{"id": f"{time.time_ns()}-{number}", "text": f"todo {number}", "for": self.user}
			for number in range(count)
		]
		body = {"entity": "bench_todo", "records": records, "background": False}
		return self._post(API + "bulk_upsert", body, self.keys)

	def rest_todo(self, number: int) -> float:
		return self._post(
			"/api/resource/ToDo", {"description": f"todo {number}", "allocated_to": self.user}, self.token
		)

	def ping(self) -> float:
		"""What any request costs in Frappe."""
		return self._post("/api/method/ping", {}, {"Host": self.site})

	def webhook(self, endpoint: str, number: int) -> float:
		raw = json.dumps({"id": number, "text": f"webhook {number}"}).encode()
		signature = base64.b64encode(hmac.new(WEBHOOK_SECRET.encode(), raw, hashlib.sha256).digest()).decode()
		headers = {
			"Host": self.site,
			"X-Shopify-Hmac-Sha256": signature,
			"X-Shopify-Topic": "benchmark/create",
			"X-Shopify-Event-Id": f"{time.time_ns()}",
			"X-Shopify-Webhook-Id": f"{time.time_ns()}",
		}
		return self._post(f"/api/method/erp_connect.api.webhook.receive/{endpoint}", raw, headers)

	def _post(self, path: str, body: dict | bytes, headers: dict[str, str]) -> float:
		data = body if isinstance(body, bytes) else json.dumps(body, default=str)
		started = time.perf_counter()
		answer = self.client.post(path, data=data, content_type="application/json", headers=headers)
		seconds = time.perf_counter() - started
		if answer.status_code not in (200, 201) or b'"ok": false' in answer.get_data():
			raise RuntimeError(f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:400]}")
		return seconds


def _set_up(user: str) -> tuple[str, str]:
	"""An account with a flow, a user with a token, a customer. Returns token and webhook key."""
	company = frappe.get_all("Company", pluck="name", limit=1)[0]
	warehouse = frappe.get_all("Warehouse", {"company": company, "is_group": 0}, pluck="name", limit=1)[0]
	for doctype, name in (("Field Mapping", "Benchmark inbound"), ("Integration Settings", ACCOUNT)):
		if frappe.db.exists(doctype, name):
			frappe.delete_doc(doctype, name, force=True)
	doc = frappe.get_doc("User", user)
	doc.add_roles(
		"Sales User", "Sales Manager", "Stock User", "Accounts User", "Item Manager", "Sales Master Manager"
	)
	doc.api_key, doc.api_secret = "benchmark-api-key", "benchmark-api-secret"
	doc.save()
	account = frappe.get_doc(
		{
			"doctype": "Integration Settings", "account_name": ACCOUNT, "base_url": "https://shop.example.com",
			"user": user, "company": company, "sign_requests": 0, "inbound_enabled": 1, "inbound_key": KEY,
			"inbound_secret": SECRET, "requests_per_minute": 0, "verification": "shopify",
			"verification_secret": WEBHOOK_SECRET, "warehouse": warehouse,
			"commerce_accounts": [{"kind": "Tax", "account": _tax_account(company)}],
		}
	).insert()  # fmt: skip
	frappe.get_doc(
		{
			"doctype": "Field Mapping", "mapping_name": "Benchmark inbound", "integration": ACCOUNT,
			"document_type": "ToDo", "direction": "Incoming", "remote_entity": "bench_todo",
			"rows": [{"source": "description", "target": "text"}, {"source": "allocated_to", "target": "for"}],
		}
	).insert()  # fmt: skip
	frappe.db.commit()  # the web application works on another connection
	return "benchmark-api-key:benchmark-api-secret", account.endpoint_key


def _sales_order() -> dict:
	company = frappe.get_all("Company", ["name", "default_currency"], limit=1)[0]
	items = [_item(name) for name in ("BENCH-ARTICLE-1", "BENCH-ARTICLE-2", "BENCH-ARTICLE-3")]
	customer = frappe.db.get_value("Customer", {"customer_name": "Benchmark Buyer"}, "name")
	if not customer:
		customer = frappe.get_doc({"doctype": "Customer", "customer_name": "Benchmark Buyer"}).insert().name
	frappe.db.commit()  # as above
	return {
		"customer": customer,
		"company": company.name,
		"currency": company.default_currency,
		"delivery_date": frappe.utils.nowdate(),
		"disable_rounded_total": 1,
		"ignore_pricing_rule": 1,
		"taxes": [
			{
				"charge_type": "Actual",
				"account_head": _tax_account(company.name),
				"description": "VAT",
				"tax_amount": TAX,
			}
		],
		"items": [
			{"item_code": item, "qty": place + 1, "rate": 10.5, "delivery_date": frappe.utils.nowdate()}
			for place, item in enumerate(items)
		],
	}


def _tax_account(company: str) -> str:
	return frappe.get_all(
		"Account", {"company": company, "account_type": "Tax", "is_group": 0}, pluck="name", limit=1
	)[0]


def _item(code: str) -> str:
	if not frappe.db.exists("Item", code):
		group = frappe.get_all("Item Group", {"is_group": 0}, pluck="name", limit=1)[0]
		frappe.get_doc(
			{
				"doctype": "Item",
				"item_code": code,
				"item_group": group,
				"stock_uom": "Nos",
				"is_stock_item": 0,
			}
		).insert()
	return code
