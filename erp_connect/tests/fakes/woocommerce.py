"""A WooCommerce shop in memory, behaving as its REST API (wc/v3) documents.

https://woocommerce.github.io/woocommerce-rest-api-docs/

Promises: refuses what the vendor refuses, with its error shape; lists come in pages of at most 100 with the three headers;
a change moves `date_modified_gmt`; webhooks are pinged, signed, delivered once, and switched off after five failures
in a row. Never guesses what was meant: an unknown route is `rest_no_route`.
"""

from __future__ import annotations

import base64
import json
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from erp_connect.tests.fakes import woocommerce_fulfilments as fulfilments
from erp_connect.tests.fakes import woocommerce_products as products
from erp_connect.tests.fakes import woocommerce_refunds as refunds
from erp_connect.tests.fakes.quiet_http import FakeSystem
from erp_connect.tests.fakes.troubles import Trouble
from erp_connect.tests.fakes.woocommerce_http import Handler
from erp_connect.tests.fakes.woocommerce_rules import NO_ROUTE, Refused, checked_page, checked_values, in_time
from erp_connect.tests.fakes.woocommerce_webhooks import Webhooks

ROOT = "/wp-json/wc/v3"
FIXTURES = Path(__file__).parents[2] / "presets" / "woocommerce" / "fixtures"
CHILD_KINDS = {"variations": "product_variation", "refunds": "shop_order_refund"}
KINDS = {"orders": "shop_order", "products": "product", "customers": "user"}


def fixture(name: str) -> Any:
	"""A payload as the vendor's documentation shows it, with made-up people."""
	return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


class WooCommerce(FakeSystem):
	"""The shop, in a thread of this process. Records by kind and id; `calls` are the (method, path, query, body) that came."""

	def __init__(self, key: str = "ck_fake", secret: str = "cs_fake") -> None:
		self.key, self.secret = key, secret
		self.may_write = True
		self.fulfilments_on = True
		self.mails: list[int] = []  # fulfilments that buyers were told of
		self.gateway_refunds = True
		self.gateway: list[Any] = []  # amounts that the payment gateway has paid back
		self.records: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in KINDS}
		self.children: dict[tuple[str, int, str], dict[int, dict[str, Any]]] = {}
		self.attributes: dict[int, dict[str, Any]] = {}
		self.webhooks = Webhooks(self)
		self.calls: list[tuple[str, str, dict[str, str], Any]] = []
		self.troubles: list[Trouble] = []
		self.clock = datetime(2026, 11, 25, 9, 0, tzinfo=timezone.utc)
		self._next = 90000
		self.lock = threading.RLock()
		self.serve(Handler)

	# What a merchant or a buyer does

	def add(self, kind: str, record: dict[str, Any], **changes: Any) -> dict[str, Any]:
		"""A record as it is, such as a fixture with changes. Tells the webhooks."""
		record = {**json.loads(json.dumps(record)), **changes}
		with self.lock:
			self.records[kind][record["id"]] = record
		self.webhooks.fire(f"{kind[:-1]}.created", record)
		return record

	def change(self, kind: str, id_: int, **changes: Any) -> dict[str, Any]:
		with self.lock:
			record = self.records[kind][id_]
			record.update(changes, **self.stamp())
		self.webhooks.fire(f"{kind[:-1]}.updated", record)
		return record

	def remove(self, kind: str, id_: int) -> None:
		"""What the webhook of a deletion says is the id alone."""
		with self.lock:
			del self.records[kind][id_]
		self.webhooks.fire(f"{kind[:-1]}.deleted", {"id": id_})

	def add_child(self, kind: str, parent: int, name: str, record: dict[str, Any]) -> None:
		with self.lock:
			self.children.setdefault((kind, parent, name), {})[record["id"]] = record

	def refund(self, order: int, refund: dict[str, Any], *, restock: bool) -> dict[str, Any]:
		"""Give a refund, its pieces back into stock or not; the order tells of it in short."""
		self.add_child("orders", order, "refunds", refund)
		with self.lock:
			record = self.records["orders"][order]
			if restock:
				self._restock(record, refund)
			short = {"id": refund["id"], "reason": refund["reason"], "total": f"-{refund['amount']}"}
			refunds = [*record["refunds"], short]
		return self.change("orders", order, refunds=refunds)

	@staticmethod
	def _restock(order: dict[str, Any], refund: dict[str, Any]) -> None:
		for line in refund["line_items"]:
			refunded = next(meta["value"] for meta in line["meta_data"] if meta["key"] == "_refunded_item_id")
			owner = next(one for one in order["line_items"] if str(one["id"]) == str(refunded))
			metas = owner["meta_data"]
			known = next((meta for meta in metas if meta["key"] == "_restock_refunded_items"), None)
			if known is None:
				known = {"id": 8900 + owner["id"], "key": "_restock_refunded_items", "value": "0"}
				metas.append(known)
			known["value"] = str(int(known["value"]) - line["quantity"])

	def stamp(self) -> dict[str, str]:
		self.clock += timedelta(seconds=1)
		text = self.clock.strftime("%Y-%m-%dT%H:%M:%S")
		return {"date_modified": text, "date_modified_gmt": text}

	def trouble(self, method: str, path: str, status: int = 0, **how: Any) -> None:
		self.troubles.append(Trouble(method, path, status, **how))

	def count(self, method: str, path: str = "") -> int:
		return sum(1 for how, where, _, _ in self.calls if how == method and where.startswith(path))

	def sent(self, method: str, path: str) -> list[Any]:
		"""Bodies of the requests of a method to a path."""
		return [body for how, where, _, body in self.calls if (how, where) == (method, path)]

	# What the API does

	def answer(
		self, method: str, path: str, query: dict[str, str], body: Any, authorization: str
	) -> tuple[int, Any, dict[str, str]]:
		"""Status, body and headers. Raises `Refused` for what the vendor refuses."""
		if not path.startswith(ROOT + "/"):
			raise NO_ROUTE
		self._authenticate(method, authorization)
		parts = path[len(ROOT) + 1 :].split("/")
		with self.lock:
			if parts[0] == "webhooks":
				return self.webhooks.answer(method, parts[1:], query, body)
			return self._route(method, parts, query, body)

	def _authenticate(self, method: str, authorization: str) -> None:
		if not authorization.startswith("Basic "):
			raise Refused(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
		name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
		if name != self.key:
			raise Refused(401, "woocommerce_rest_authentication_error", "Consumer key is invalid.")
		if secret != self.secret:
			raise Refused(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
		if method != "GET" and not self.may_write:
			told = "The API key provided does not have write permissions."
			raise Refused(401, "woocommerce_rest_authentication_error", told)

	def _route(
		self, method: str, parts: list[str], query: dict[str, str], body: Any
	) -> tuple[int, Any, dict[str, str]]:
		if parts[:2] == ["products", "attributes"]:
			return self._attribute(method, parts[2:], query)
		if parts[0] not in KINDS or len(parts) > 4 or not all(part.isdigit() for part in parts[1::2]):
			raise NO_ROUTE
		kind = parts[0]
		if kind == "products" and len(parts) == 2 and (one := self._variation(int(parts[1]))):
			if method != "GET":
				told = "To manipulate product variations you should use the variations endpoint."
				raise Refused(404, "woocommerce_rest_invalid_product_id", told)
			return 200, one, {}
		if len(parts) == 1 and method == "GET":
			return self.page(list(self.records[kind].values()), query, kind)
		if len(parts) == 1:
			return 201, self._create(kind, body), {}
		record = self._found(self.records[kind], int(parts[1]), KINDS[kind])
		if len(parts) == 2:
			return self._one(method, kind, record, body)
		return self._child(method, kind, record, parts[2:], query, body)

	def _variation(self, number: int) -> dict[str, Any] | None:
		"""A variation by its own id: it is read like a product, and written below its product only."""
		lists = (
			found
			for (kind, _, name), found in self.children.items()
			if (kind, name) == ("products", "variations")
		)
		return next((found[number] for found in lists if number in found), None)

	def _child(
		self,
		method: str,
		kind: str,
		owner: dict[str, Any],
		parts: list[str],
		query: dict[str, str],
		body: Any,
	) -> tuple[int, Any, dict[str, str]]:
		name = parts[0]
		if (kind, name) == ("orders", "fulfillments"):
			return fulfilments.answer(self, method, owner, parts[1:], body)
		children = self.children.setdefault((kind, owner["id"], name), {})
		if len(parts) == 1 and method == "POST":
			return 201, self._create_child(name, owner, children, body), {}
		if len(parts) == 1:
			found = [one for one in children.values() if query.get("sku") in (None, one.get("sku"))]
			return self.page(found, query, name)
		child = self._found(children, int(parts[1]), CHILD_KINDS.get(name, name))
		if method == "PUT":
			values = checked_values(name, body)
			child.update(products.written(self, child, values, owner), **self.stamp())
		return 200, child, {}

	def _one(
		self, method: str, kind: str, record: dict[str, Any], body: Any
	) -> tuple[int, Any, dict[str, str]]:
		if method == "GET":
			return 200, record, {}
		if method != "PUT":
			raise NO_ROUTE
		self.change(kind, record["id"], **products.written(self, record, checked_values(kind, body)))
		return 200, record, {}

	def _attribute(
		self, method: str, parts: list[str], query: dict[str, str]
	) -> tuple[int, Any, dict[str, str]]:
		if not parts:
			return 200, [one["attribute"] for one in self.attributes.values()], {}
		found = self._found(self.attributes, int(parts[0]), "product_attribute")
		return (
			self.page(found["terms"], query, "terms")
			if parts[1:] == ["terms"]
			else (200, found["attribute"], {})
		)

	def _create(self, kind: str, body: Any) -> dict[str, Any]:
		values = checked_values(kind, body)
		if kind == "products" and values.get("sku") in {one["sku"] for one in self.records[kind].values()} - {
			""
		}:
			raise Refused(400, "product_invalid_sku", "Invalid or duplicated SKU.")
		blank = {"sku": "", "variations": [], "status": "publish", "attributes": [], "images": []}
		base = fixture("product") | blank
		return self.add(kind, base, **products.written(self, base, values), id=self.number(), **self.stamp())

	def _create_child(
		self, name: str, owner: dict[str, Any], children: dict[int, Any], body: Any
	) -> dict[str, Any]:
		if name == "variations":
			return products.create_variation(self, owner, children, checked_values(name, body))
		if name == "refunds":
			return refunds.create(self, owner, body)
		if name != "notes":
			raise NO_ROUTE
		if not isinstance(body, dict) or not body.get("note"):
			raise Refused(400, "rest_missing_callback_param", "Missing parameter(s): note", params=["note"])
		created = {"id": self.number(), "author": "WooCommerce", "customer_note": False, **body}
		children[created["id"]] = created
		return created

	def _found(self, records: dict[int, Any], id_: int, kind: str) -> Any:
		if id_ not in records:
			raise Refused(404, f"woocommerce_rest_{kind}_invalid_id", "Invalid ID.")
		return records[id_]

	def number(self) -> int:
		self._next += 1
		return self._next

	def page(
		self, records: list[dict[str, Any]], query: dict[str, str], kind: str
	) -> tuple[int, Any, dict[str, str]]:
		"""One page of a list, with the headers that tell of the others."""
		per_page, number = checked_page(query, kind)
		records = in_time(records, query)
		records.sort(key=lambda one: one["id"], reverse=query.get("order", "desc") == "desc")
		pages = -(-len(records) // per_page)
		headers = {"X-WP-Total": str(len(records)), "X-WP-TotalPages": str(pages)}
		if number < pages:
			more = urlencode({**query, "page": number + 1})
			headers["Link"] = f'<{self.url}{ROOT}/{kind}?{more}>; rel="next"'
		return 200, records[(number - 1) * per_page : number * per_page], headers
