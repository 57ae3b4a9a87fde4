"""The outside system of the demonstration: a little shop that keeps what ERPNext tells it.

Records are kept by entity in a JSON file. Every request must carry the token and a valid signature, and the same
Idempotency-Key never makes a second record. The page at / shows what it holds and what arrived, and has a switch
that makes it answer 503, to see what ERPNext does then. It prints a line for each request.

	python receiver.py PORT FOLDER        (the token and the secret come from FOLDER/secrets.json)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import threading
import time
from collections import deque
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo shop</title>
<style>body{{font:15px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}}
td,th{{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0}}pre{{margin:0;white-space:pre-wrap}}
button{{font:inherit;padding:.3rem .8rem}}.down{{color:#b00}}</style>
<h1>Demo shop</h1><p>This page stands for a system outside of ERPNext. It is <b class="{state}">{state}</b>.
<form method="post" action="/demo/switch"><button>{action}</button></form>
<h2>Arrived last</h2><table>{arrivals}</table><h2>Records</h2>{records}</html>"""


class Shop:
	"""What the outside system knows. Safe to use from several threads."""

	def __init__(self, folder: Path) -> None:
		secrets = json.loads((folder / "secrets.json").read_text())
		self.token: str = secrets["token"]
		self.signing_key = base64.b64decode(secrets["signing_secret"].removeprefix("whsec_"))
		self.file = folder / "records.json"
		self.lock = threading.Lock()
		self.down = False
		self.arrivals: deque[dict[str, Any]] = deque(maxlen=200)
		self.data: dict[str, Any] = {"records": {}, "keys": {}}
		if self.file.exists():
			self.data = json.loads(self.file.read_text())

	def handle(self, method: str, path: str, key: str, body: Any) -> tuple[int, dict[str, Any]]:
		"""Status and answer for a request that proved who it is from."""
		if self.down:
			return 503, {"message": "the shop is closed for a moment"}
		with self.lock:
			if key in self.data["keys"]:
				return 200, self.data["keys"][key]  # the same request once more: the same answer
			status, answer = self._change(method, [part for part in path.split("/") if part], body)
			if status < 300:
				self.data["keys"][key] = answer
				self.file.write_text(json.dumps(self.data))
			return status, answer

	def _change(self, method: str, parts: list[str], body: Any) -> tuple[int, dict[str, Any]]:
		if not parts:
			return 404, {"message": "name an entity"}
		records = self.data["records"].setdefault(parts[0], {})
		if method == "POST" and len(parts) == 1:
			name = f"{parts[0][:3].upper()}-{len(records) + 1:04}"
			records[name] = body
			return 201, {"id": name}
		name = "/".join(parts[1:])
		if method == "POST" and name.endswith("/cancel"):
			return self._update(records, name.removesuffix("/cancel"), {"status": "Cancelled"})
		if method == "PUT" and parts[0] == "stock":
			records[name] = body  # a stock level needs no birth
			return 200, {}
		if method == "PUT":
			return self._update(records, name, body)
		if method == "DELETE":
			return (200, {}) if records.pop(name, None) else (404, {"message": f"no {name}"})
		return 405, {"message": f"{method} is not known here"}

	def _update(self, records: dict[str, Any], name: str, changes: Any) -> tuple[int, dict[str, Any]]:
		if name.startswith("shop-"):
			records.setdefault(name, {})  # the shop knows what it sent itself
		if name not in records:
			return 404, {"message": f"no {name}"}
		records[name] = {**records[name], **(changes or {})}
		return 200, {"id": name}

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
		records = "".join(
			f"<h3>{escape(entity)} ({len(found)})</h3><pre>{escape(json.dumps(found, indent=1, ensure_ascii=False))}</pre>"
			for entity, found in sorted(self.data["records"].items())
		)
		state, action = ("down", "Open again") if self.down else ("up", "Answer 503 from now on")
		return PAGE.format(state=state, action=action, arrivals=arrivals, records=records)


class Handler(BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.1"
	shop: Shop

	def do_GET(self) -> None:
		if self.path == "/ping":
			authorised = self.headers.get("Authorization") == f"Bearer {self.shop.token}"
			self._answer(200 if authorised else 401, {"message": "hello" if authorised else "wrong token"})
		elif self.path == "/demo/arrivals":
			self._answer(200, list(self.shop.arrivals))
		elif self.path == "/":
			self._write(200, "text/html; charset=utf-8", self.shop.page().encode())
		else:
			self._answer(404, {"message": "nothing here"})

	def do_POST(self) -> None:
		arrived = time.time()
		body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		if self.path == "/demo/switch":
			self._switch()
			return
		key = self.headers.get("Idempotency-Key") or ""
		if self.headers.get("Authorization") != f"Bearer {self.shop.token}":
			status, answer = 401, {"message": "wrong token"}
		elif not self.shop.is_signed(self.headers, body):
			status, answer = 401, {"message": "wrong signature"}
		else:
			content = json.loads(body) if body else None
			status, answer = self.shop.handle(self.command, self.path, key, content)
		self._note(arrived, key, status, body)
		self._answer(status, answer)

	do_PUT = do_DELETE = do_POST

	def _switch(self) -> None:
		"""Only for the page itself: another site cannot make a browser press the button."""
		if self.headers.get("Origin") != f"http://{self.headers.get('Host')}":
			self._answer(403, {"message": "use the button"})
			return
		self.shop.down = not self.shop.down
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
