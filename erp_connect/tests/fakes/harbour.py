"""A shop that does not exist and speaks XML: the other side of the worked example for adding a system.

	GET  /orders.xml?shop=&page=&size=&changed-after=&placed-from=&placed-to=
	                                                    <orders page="1" pages="2"><order id="H-1" changed="…" state="open">…
	GET  /shop.xml                                      <shop number="4711"/>
	POST /stock.xml                                     <stock><sku>…</sku><pieces>7</pieces></stock> → <done sku="…"/>

The header X-Harbour-Key holds the key, `shop` in the query the shop's number. What it refuses in a body it answers with
200 and `<problem code="…">in words</problem>`; a wrong key with 401. Orders are listed oldest change first. Its webhooks hold
one order, with X-Harbour-Event, -Delivery, -Time (Unix time) and -Signature: HMAC-SHA256 in hex over time, a point and the body.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from erp_connect.tests.fakes.quiet_http import FakeSystem, QuietHandler

KEY, NUMBER, SECRET = "key-of-harbour", "4711", "secret-of-harbour"
PLACED = re.compile("<placed>(.+?)</placed>")


@dataclass(frozen=True)
class Order:
	"""id, time of change and all other elements as XML."""

	id: str
	changed: str
	body: str
	state: str = "open"

	def xml(self) -> str:
		return f'<order id="{self.id}" changed="{self.changed}" state="{self.state}">{self.body}</order>'

	@property
	def placed(self) -> str:
		return PLACED.findall(self.body)[0]


class Harbour(FakeSystem):
	"""The shop, in a thread of this process. busy, broken, lost: how many requests it puts off before it
	answers, fails at, and does without an answer."""

	base = "/api"

	def __init__(self) -> None:
		self.orders: list[Order] = []
		self.stock: dict[str, int] = {}
		self.known: set[str] = set()
		self.asked: list[dict[str, str]] = []
		self.bodies: list[bytes] = []
		self.busy = self.broken = self.lost = 0
		self.lock = threading.Lock()
		self.serve(_Handler)

	def listed(self, query: dict[str, str]) -> str:
		found = sorted(self.orders, key=lambda order: order.changed)
		if since := query.get("changed-after"):
			found = [order for order in found if order.changed > since]
		if begin := query.get("placed-from"):
			found = [order for order in found if begin <= order.placed <= query["placed-to"]]
		size, page = int(query.get("size", 20)), int(query.get("page", 1))
		pages = max(1, -(-len(found) // size))
		shown = "".join(order.xml() for order in found[(page - 1) * size : page * size])
		return f'<orders page="{page}" pages="{pages}">{shown}</orders>'

	def change(self, order: Order, **values: Any) -> Order:
		"""An order as it is from now on."""
		self.orders[self.orders.index(order)] = changed = replace(order, **values)
		return changed

	@staticmethod
	def tell(address: str, order: Order, delivery: str, *, age: int = 0, secret: str = SECRET) -> int:
		"""Send the webhook of an order, as it was signed `age` seconds ago. The status of the answer."""
		body, at = order.xml().encode(), str(int(time.time()) - age)
		signature = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
		headers = {
			"Content-Type": "application/xml",
			"X-Harbour-Event": "order",
			"X-Harbour-Delivery": delivery,
			"X-Harbour-Time": at,
			"X-Harbour-Signature": signature,
		}
		return requests.post(address, data=body, headers=headers, timeout=60).status_code

	def put_stock(self, body: bytes) -> str:
		try:
			told = ElementTree.fromstring(body)
		except ElementTree.ParseError:
			return _problem("body", "This is not XML.")
		if told.tag != "stock" or [part.tag for part in told] != ["sku", "pieces"]:
			return _problem("body", "A stock has sku and pieces.")
		sku, pieces = told.findtext("sku") or "", told.findtext("pieces") or ""
		if sku not in self.known:
			return _problem("sku", f"No article {sku}.")
		if not pieces.isdigit():
			return _problem("pieces", "Pieces are a whole number.")
		self.stock[sku] = int(pieces)
		return f'<done sku="{sku}"/>'


def _problem(code: str, text: str) -> str:
	return f'<problem code="{code}">{text}</problem>'


class _Handler(QuietHandler):
	def do_GET(self) -> None:
		shop: Harbour = self.server.system
		address = urlsplit(self.path)
		query = {name: values[-1] for name, values in parse_qs(address.query).items()}
		body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		with shop.lock:
			answer = self._answered(shop, address.path.removeprefix("/api"), query, body)
			if shop.lost:
				shop.lost -= 1
				self.close_connection = True
				return
			self._answer(*answer)

	do_POST = do_GET

	def _answered(self, shop: Harbour, path: str, query: dict[str, str], body: bytes) -> tuple[int, str]:
		if self.headers.get("X-Harbour-Key") != KEY or query.get("shop") != NUMBER:
			return 401, _problem("key", "The key is not one of this shop.")
		if shop.busy:
			shop.busy -= 1
			return 503, _problem("busy", "Come back later.")
		if shop.broken:
			shop.broken -= 1
			return 500, _problem("broken", "Something went wrong.")
		shop.asked.append({"path": path, **query})
		routes: dict[tuple[str, str], Any] = {
			("GET", "/shop.xml"): lambda: f'<shop number="{NUMBER}"/>',
			("GET", "/orders.xml"): lambda: shop.listed(query),
			("POST", "/stock.xml"): lambda: self._stock(shop, body),
		}
		route = routes.get((self.command, path))
		return (200, route()) if route else (404, _problem("path", "There is nothing here."))

	def _stock(self, shop: Harbour, body: bytes) -> str:
		shop.bodies.append(body)
		if not (self.headers.get("Content-Type") or "").startswith("application/xml"):
			return _problem("body", "Send XML.")
		return shop.put_stock(body)

	def _answer(self, status: int, text: str) -> None:
		body = f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()
		self.send_content(status, body, "application/xml; charset=utf-8")
