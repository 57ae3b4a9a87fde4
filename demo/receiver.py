"""The outside system of the demonstration: a little shop that keeps what ERPNext tells it, and has customers of its own.

What ERPNext sends must carry the token and a valid signature; what it asks for, the token. The page at / shows what
the shop holds and what arrived; there its staff can change customers, and a switch makes it answer 503, to see what
ERPNext does then. It prints a line for each request.

	python receiver.py PORT FOLDER        (the token and the secret come from FOLDER/secrets.json)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import time
from collections import deque
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from records import CUSTOMERS, Answer, Records

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo shop</title>
<style>body{{font:15px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}}
td,th{{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0}}pre{{margin:0;white-space:pre-wrap}}
button,input{{font:inherit;padding:.3rem .8rem}}form{{display:inline}}
div{{max-height:22rem;overflow:auto}}.down{{color:#b00}}</style>
<h1>Demo shop</h1><p>This page stands for a system outside of ERPNext. It is <b class="{state}">{state}</b>.
<form method="post" action="/demo/switch"><button>{action}</button></form>
<h2>Customers ({count})</h2><p>Change one as the shop's own staff would. ERPNext has it after the next pull.
<div><table>{customers}</table></div>
<h2>Arrived last</h2><div><table>{arrivals}</table></div><h2>Records</h2>{records}</html>"""
FORM = """<tr><td>{id}<td><form method="post" action="/demo/customers"><input type="hidden" name="id" value="{id}">
{inputs} <button>Save</button> <button name="lose" value="1">Lose</button></form>"""
# What the page lets its staff change.
SHOWN = ("name", "group", "region")


class Shop:
	"""What the outside system knows, and whom it believes."""

	def __init__(self, folder: Path) -> None:
		secrets = json.loads((folder / "secrets.json").read_text())
		self.token: str = secrets["token"]
		self.signing_key = base64.b64decode(secrets["signing_secret"].removeprefix("whsec_"))
		self.down = False
		self.arrivals: deque[dict[str, Any]] = deque(maxlen=200)
		self.records = Records(folder / "records.json")

	def handle(self, method: str, path: str, key: str, body: Any) -> Answer:
		"""Status and answer for a request that proved who it is from."""
		if self.down:
			return 503, {"message": "the shop is closed for a moment"}
		if method != "GET":
			return self.records.change(method, path, key, body)
		address = urlsplit(path)
		if address.path == "/ping":
			return 200, {"message": "hello"}
		if address.path == "/customers":
			query = dict(parse_qsl(address.query))
			page, size = (int(query.get(name) or usual) for name, usual in (("page", 1), ("size", 50)))
			return 200, self.records.page(query.get("since", ""), page, size)
		if address.path.startswith("/customers/"):
			return self.records.one(unquote(address.path.removeprefix("/customers/")))
		return 404, {"message": "nothing here"}

	def staff(self, given: dict[str, str]) -> None:
		"""What somebody at the shop does with a customer. given: `id`, `lose`, `quietly`, and fields."""
		name = given.pop("id", "")
		lost, quietly = given.pop("lose", ""), given.pop("quietly", "")
		if lost:
			self.records.lose(name)
		else:
			self.records.by_staff(name, given, quietly=bool(quietly))

	def is_signed(self, headers: Any, body: bytes) -> bool:
		"""Standard Webhooks: HMAC-SHA256 over id, time and the exact bytes; times older than 5 minutes are refused."""
		message_id, sent = headers.get("webhook-id") or "", headers.get("webhook-timestamp") or ""
		if not sent.isdigit() or abs(time.time() - int(sent)) > 300:
			return False
		message = f"{message_id}.{sent}.".encode() + body
		expected = base64.b64encode(hmac.new(self.signing_key, message, hashlib.sha256).digest()).decode()
		given = (headers.get("webhook-signature") or "").split()
		return any(hmac.compare_digest(f"v1,{expected}", signature) for signature in given)

	def page(self) -> str:
		arrivals = "".join(
			f"<tr><td>{entry['at']}<td>{escape(entry['method'])} {escape(entry['path'])}<td>{entry['status']}"
			f"<td><pre>{escape(entry['body'])}</pre>"
			for entry in reversed(self.arrivals)
		)
		customers = self.records.of(CUSTOMERS)
		forms = "".join(_form(name, record) for name, record in reversed(list(customers.items())))
		records = "".join(
			f"<h3>{escape(entity)} ({len(found)})</h3><pre>{escape(json.dumps(found, indent=1, ensure_ascii=False))}</pre>"
			for entity, found in sorted(self.records.data["records"].items())
			if entity != CUSTOMERS
		)
		state, action = ("down", "Open again") if self.down else ("up", "Answer 503 from now on")
		return PAGE.format(
			state=state,
			action=action,
			arrivals=arrivals,
			customers=forms,
			count=len(customers),
			records=records,
		)


def _form(name: str, record: dict[str, Any]) -> str:
	inputs = " ".join(
		f'<input name="{field}" aria-label="{field}" value="{escape(str(record.get(field, "")))}">'
		for field in SHOWN
	)
	return FORM.format(id=escape(name), inputs=inputs)


class Handler(BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.1"
	shop: Shop

	def do_GET(self) -> None:
		if self.path == "/demo/arrivals":
			self._answer(200, list(self.shop.arrivals))
		elif self.path == "/demo/customers":
			self._answer(200, self.shop.records.of(CUSTOMERS))
		elif self.path == "/":
			self._write(200, "text/html; charset=utf-8", self.shop.page().encode())
		else:
			self._outside(b"")

	def do_POST(self) -> None:
		body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		if self.path.startswith("/demo/"):
			self._on_the_page(body)
		else:
			self._outside(body)

	do_PUT = do_DELETE = do_POST

	def _outside(self, body: bytes) -> None:
		"""A request of ERPNext."""
		arrived = time.time()
		key = self.headers.get("Idempotency-Key") or ""
		if self.headers.get("Authorization") != f"Bearer {self.shop.token}":
			status, answer = 401, {"message": "wrong token"}
		elif self.command != "GET" and not self.shop.is_signed(self.headers, body):
			status, answer = 401, {"message": "wrong signature"}
		else:
			content = json.loads(body) if body else None
			status, answer = self.shop.handle(self.command, self.path, key, content)
		self._note(arrived, key, status, body)
		self._answer(status, answer)

	def _on_the_page(self, body: bytes) -> None:
		"""Only for the page itself: another site cannot make a browser press its buttons."""
		if self.headers.get("Origin") != f"http://{self.headers.get('Host')}":
			self._answer(403, {"message": "use the page"})
			return
		if self.path == "/demo/switch":
			self.shop.down = not self.shop.down
		elif self.path == "/demo/customers":
			self.shop.staff(dict(parse_qsl(body.decode())))
		self.send_response(303)
		self.send_header("Location", "/")
		self.send_header("Content-Length", "0")
		self.end_headers()

	def _note(self, arrived: float, key: str, status: int, body: bytes) -> None:
		at = time.strftime("%H:%M:%S", time.localtime(arrived))
		text = body.decode("utf-8", "replace")
		entry = {"at": at, "time": arrived, "key": key, "method": self.command, "path": self.path}
		self.shop.arrivals.append({**entry, "status": status, "body": text})
		print(f"{at} {self.command} {self.path} {status} {text}", flush=True)

	def _answer(self, status: int, content: Any) -> None:
		self._write(status, "application/json", json.dumps(content).encode())

	def _write(self, status: int, kind: str, body: bytes) -> None:
		self.send_response(status)
		self.send_header("Content-Type", kind)
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def log_message(self, format: str, *args: object) -> None:
		"""Silent: `_note` prints what counts."""


if __name__ == "__main__":
	Handler.shop = Shop(Path(sys.argv[2]))
	ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
