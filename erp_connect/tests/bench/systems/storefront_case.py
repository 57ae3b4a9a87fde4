"""Storefronts for the proof suite: shops that call this site, by HTTP as their documents show it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import frappe
import requests

from erp_connect.api import presets
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import API, served
from erp_connect.tests.bench.systems.shop_case import ledger
from erp_connect.tests.bench.systems.system import CAPABILITIES, System

SECRET = "a-long-text-by-chance-0815"


def entries(company: str) -> Mapping[str, str]:
	warehouse = frappe.db.get_value(
		"Warehouse", {"company": company, "is_group": 0, "warehouse_name": "Stores"}
	)
	return {
		"address": "https://shop.example.com",
		"api_key": "web-shop",
		"token": SECRET,
		"username": "web-shop",
		"password": SECRET,
		"warehouse": warehouse,
		"tax_account": ledger(company, "Shop Sales Tax", "Tax", "Duties and Taxes"),
		"charges_account": ledger(company, "Shop Freight", "Chargeable", "Direct Income"),
	}


def not_offered(*offered: str) -> dict[str, str]:
	"""What a storefront that only calls does not have."""
	return {name: "it calls this site, and is not called" for name in CAPABILITIES if name not in offered}


READS = System(
	"Storefront with key and token",
	requests.Session,
	entries,
	not_offered=not_offered(
		"Installed by entries alone", "Wrong credentials told", "Several pages", "Two accounts never mixed"
	),
)
WRITES = System(
	"Storefront with user name and password",
	requests.Session,
	entries,
	not_offered=not_offered(
		"Installed by entries alone", "Wrong credentials told", "Customers in", "Orders in", "Order cancelled",
		"Discounts, shipping, fees", "Tax of several rates", "Prices with tax", "Several currencies", "Answer lost after the work was done", "Two accounts never mixed",
	),
)  # fmt: skip


class StorefrontCase(ConnectTestCase):
	"""`self.ask` is a call of the storefront, with its own headers unless it says otherwise."""

	system: System
	headers: Mapping[str, str] = {}

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		make.offline_rates()
		frappe.db.commit()
		cls.site = served()

	def setUp(self) -> None:
		super().setUp()
		self.company = make.company()
		frappe.cache.delete_keys("erp_connect:attempts:")

	def connect(self, name: str = "The Storefront", company: str = "", **changed: str) -> Any:
		"""Make the account as the dialog does, with a user of its own. Its Integration Settings."""
		company = company or self.company
		made = presets.connect(
			self.system.preset,
			json.dumps({"account_name": name, "company": company}),
			{**self.system.entries(company), **changed},
			own_user=True,
		)
		self.assertEqual((made["lacking"], made["flows"]), ([], []))
		self.commit()
		return frappe.get_doc("Integration Settings", made["account"])

	def ask(self, call: str, body: Any = None, *, method: str = "POST", **how: Any) -> requests.Response:
		"""A call. body: an object as JSON, text as XML; of a GET, an object is its query. how: `headers`, `auth`, `data`."""
		given: dict[str, Any] = {"headers": dict(how.pop("headers", self.headers)), **how}
		if isinstance(body, str):
			given["data"] = body.encode()
			given["headers"]["Content-Type"] = "application/xml"
		elif body is not None:
			given["params" if method == "GET" else "json"] = body
		return requests.request(method, f"{self.site.url}{API}{call}", timeout=60, **given)

	def answer(self, *args: Any, **given: Any) -> dict[str, Any]:
		found = self.ask(*args, **given)
		self.assertLess(found.status_code, 300, found.text)
		return found.json()

	def keys_of(self, user: str) -> tuple[str, str]:
		"""Frappe's own API key and secret of a user, made now."""
		keys = (frappe.generate_hash(length=15), frappe.generate_hash(length=15))
		doc = frappe.get_doc("User", user)
		doc.update({"api_key": keys[0], "api_secret": keys[1]})
		doc.save()
		self.commit()
		return keys
