"""A Shopify shop in memory, behaving as its GraphQL Admin API (2026-04) documents.

https://shopify.dev/docs/api/admin-graphql

Promises: a query is checked against the vendor's schema, as far as `shopify.graphql` has it; unknown fields, arguments
and variables of a wrong type are errors in a 200; connections have at most 250 nodes; a query is paid for before it is
run, answered THROTTLED when too little is left, and given back what its answer cost less than it might have
(https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits).
"""

from __future__ import annotations

import json
import operator
import re
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.shopify_graphql import cost_of, run, spent_on
from erp_connect.tests.fakes.shopify_http import Handler, Trouble
from erp_connect.tests.fakes.shopify_payments import Payments
from erp_connect.tests.fakes.shopify_webhooks import Webhooks, told_of

FIXTURES = Path(__file__).parents[2] / "presets" / "shopify" / "fixtures"
BUCKET, RESTORE, LARGEST = 2000, 100, 1000
# Searches that are known, of https://shopify.dev/docs/api/usage/search-syntax
TERM = re.compile(r"(updated_at|created_at):(>=|<=)['\"]([^'\"]+)['\"]")
FIELDS = {"updated_at": "updatedAt", "created_at": "createdAt"}
COMPARE = {">=": operator.ge, "<=": operator.le}


def fixture(name: str) -> Any:
	"""A record as the API answers it, with made-up people."""
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


class Shopify(FakeSystem):
	"""The shop, in a thread of this process. `records` by kind and id; `calls` are the (operation, variables) that came."""

	def __init__(self, token: str = "shpat_fake", client: tuple[str, str] = ("client", "hush")) -> None:
		self.tokens, self.client, self.secret = {token}, client, client[1]
		self.records: dict[str, dict[str, dict[str, Any]]] = {
			kind: {} for kind in ("orders", "customers", "products", "productVariants")
		}
		self.stock: dict[tuple[str, str], int] = {}
		self.keys: dict[str, Any] = {}
		self.locations = {"gid://shopify/Location/655441491"}
		self.webhooks = Webhooks(self)
		self.payments = Payments(self)
		self.calls: list[tuple[str, dict[str, Any]]] = []
		self.notified: list[str] = []
		self.pictures: dict[str, bytes] = {}
		self.troubles: list[Trouble] = []
		self.bucket, self.restore = BUCKET, RESTORE
		self.available, self.at = float(BUCKET), time.monotonic()
		self.clock = datetime(2026, 11, 25, 9, 0, tzinfo=timezone.utc)
		self._next = 90000
		self.lock = threading.RLock()
		self.serve(Handler)

	def number(self) -> int:
		with self.lock:
			self._next += 1
			return self._next

	# What a merchant or a buyer does

	def add(self, kind: str, record: dict[str, Any]) -> dict[str, Any]:
		"""A record as it is; an order tells its payments, too."""
		with self.lock:
			self.records[kind][record["id"]] = record
		self._tell(kind, record, "create")
		for payment in record.get("transactions", ()):
			payment["order"] = record
			self.webhooks.fire("order_transactions/create", told_of("transaction", payment))
		return record

	def change(self, kind: str, record: dict[str, Any], event: str = "", **changes: Any) -> dict[str, Any]:
		self.clock += timedelta(seconds=1)
		with self.lock:
			record.update(changes, updatedAt=f"{self.clock:%Y-%m-%dT%H:%M:%SZ}")
		self._tell(kind, record, event or ("updated" if kind == "orders" else "update"))
		return record

	def remove(self, kind: str, record: dict[str, Any]) -> None:
		"""A product goes with its variants. The webhook names what is gone by its id, and of a customer shows empty fields."""
		with self.lock:
			del self.records[kind][record["id"]]
			for variant in record.get("variants", ()) if kind == "products" else ():
				del self.records["productVariants"][variant["id"]]
		told = {"id": int(record["id"].rsplit("/", 1)[1])}
		if kind == "customers":
			told |= {
				"phone": None,
				"addresses": [],
				"tax_exemptions": [],
				"admin_graphql_api_id": record["id"],
			}
		self.webhooks.fire(f"{kind}/delete", told)

	def follow(self, order: dict[str, Any], name: str, record: dict[str, Any]) -> dict[str, Any]:
		"""A refund or a fulfilment of an order, which changes with it."""
		record["order"] = order
		if name == "refunds":
			record.setdefault("transactions", [])
		if name == "fulfillments":
			pieces = (one["quantity"] for one in record["fulfillmentLineItems"])
			record.setdefault("totalQuantity", sum(pieces))
		self.change("orders", order, **{name: [*order[name], record]})
		self.webhooks.fire(f"{name}/create", told_of(name[:-1], record))
		return record

	def _tell(self, kind: str, record: dict[str, Any], event: str) -> None:
		topic = {"productVariants": "products"}.get(kind, kind)
		self.webhooks.fire(f"{topic}/{event}", told_of(topic[:-1], record))

	# What the API does

	def sent(self, operation: str) -> list[dict[str, Any]]:
		"""Variables of the calls of an operation."""
		return [variables for name, variables in self.calls if name == operation]

	def answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
		with self.lock:
			cost = cost_of(query, variables)
			if cost > LARGEST:
				return _error(
					f"Query cost is {cost}, which exceeds the single query max cost limit ({LARGEST}).",
					"MAX_COST_EXCEEDED",
				)
			now = time.monotonic()
			self.available = min(self.bucket, self.available + (now - self.at) * self.restore)
			self.at = now
			if cost > self.available:
				return {**_error("Throttled", "THROTTLED"), **self._paid(cost, None)}
			answer = run(self, query, variables)
			spent = min(cost, spent_on(query, answer.get("data")))
			self.available -= spent
			return {**answer, **self._paid(cost, spent)}

	def _paid(self, requested: int, actual: int | None) -> dict[str, Any]:
		status = {
			"maximumAvailable": self.bucket,
			"currentlyAvailable": int(self.available),
			"restoreRate": self.restore,
		}
		cost = {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}
		return {"extensions": {"cost": cost}}

	def listed(self, kind: str, query: str) -> list[dict[str, Any]]:
		"""Records in the order of their change, those that a search finds. No search but one by time is known here."""
		found = sorted(self.records[kind].values(), key=lambda one: (one["updatedAt"], one["id"]))
		if not query:
			return found
		named = re.fullmatch(r'sku:"((?:[^"\\]|\\.)*)"', query)
		if named:
			# Found by words, whatever their case: who looks for just one compares.
			words = re.sub(r"\\(.)", r"\1", named[1]).lower().split()
			return [one for one in found if all(word in (one["sku"] or "").lower() for word in words)]
		terms = TERM.findall(query)
		if not terms or TERM.sub("", query).strip():
			raise ValueError(f"the fake does not know the search {query}")
		for field, comparison, moment in terms:
			fits = COMPARE[comparison]
			found = [one for one in found if fits(one[FIELDS[field]], moment)]
		return found

	def node(self, id_: str) -> dict[str, Any] | None:
		"""Anything by its global id."""
		kind = id_.split("/")[3]
		for records in self.records.values():
			if id_ in records:
				return records[id_]
		below = {"Refund": "refunds", "Fulfillment": "fulfillments", "OrderTransaction": "transactions"}.get(
			kind
		)
		for order in self.records["orders"].values():
			for child in order.get(below, ()) if below else ():
				if child["id"] == id_:
					return child
		return None


def _error(message: str, code: str) -> dict[str, Any]:
	return {"errors": [{"message": message, "extensions": {"code": code}}]}
