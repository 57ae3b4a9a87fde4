"""The test site served over HTTP, with an account that takes webhooks and calls: the base of the tests inwards.

One server for the whole run. Webhooks are signed as Shopify signs them; what they bring is written when a test
says `work()`. `wsgi` calls the application in this process instead, for what no HTTP client would send.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import frappe
import requests

from erp_connect.inbound.process import process
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.bench.pair import ServedSite

API = "/api/method/erp_connect.api.v1."
HOOK = "/api/method/erp_connect.api.webhook.receive/"
KEY, SECRET = "shop-key-0815", "shop-secret-nobody-may-see-4711"
HOOK_SECRET = "hook-secret-nobody-may-see-1147"
HEADERS = {"X-Api-Key": KEY, "X-Api-Secret": SECRET}
_served: dict[str, ServedSite] = {}


def served(name: str = "first") -> ServedSite:
	"""A process that serves the test site until the run ends; one for each name."""
	if name not in _served or not _served[name].server.running:
		_served[name] = ServedSite(frappe.local.site)
	return _served[name]


class Relay:
	"""Stands between a server and its database, and can be cut through."""

	def __init__(self) -> None:
		self.listener = socket.create_server(("127.0.0.1", 0))
		self.port = self.listener.getsockname()[1]
		self.target = (frappe.conf.db_host or "127.0.0.1", int(frappe.conf.db_port or 3306))
		self.open: list[socket.socket] = []
		threading.Thread(target=self._accept, daemon=True).start()

	def cut(self) -> None:
		"""Close every connection and take no more."""
		# Without the shutdown, the thread that waits in accept() would keep the port open.
		with suppress(OSError):
			self.listener.shutdown(socket.SHUT_RDWR)
		self.listener.close()
		for side in self.open:
			with suppress(OSError):
				side.shutdown(socket.SHUT_RDWR)
			side.close()

	def _accept(self) -> None:
		while True:
			try:
				near, _address = self.listener.accept()
			except OSError:
				return
			far = socket.create_connection(self.target)
			self.open += [near, far]
			for one, other in ((near, far), (far, near)):
				threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
	with suppress(OSError):
		while data := source.recv(65536):
			target.sendall(data)
		target.shutdown(socket.SHUT_WR)


class CutOffServer:
	"""The test site served by a process that can be cut off from its database."""

	def __init__(self) -> None:
		self.relay = Relay()
		self.server = ServedSite(
			frappe.local.site, {"FRAPPE_DB_HOST": "127.0.0.1", "FRAPPE_DB_PORT": str(self.relay.port)}
		)
		self.url = self.server.url


class DyingServer:
	"""A server of the test site that kills itself before or after the first call of `module:function`."""

	def __init__(self, place: str, when: str) -> None:
		port = services.free_port()
		self.url = f"http://127.0.0.1:{port}"
		self.process = services.Process(
			*(
				sys.executable,
				"-m",
				"erp_connect.tests.bench.server",
				frappe.local.site,
				str(port),
				place,
				when,
			),
			env={"CI": "1", "NO_STATICS": "1"},
		).start()
		services.wait_for_port(port, self.process, 30)


def signature(body: bytes, secret: str = HOOK_SECRET) -> str:
	return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
	"""What `work(number)` gives in so many threads that start at once. Raises the first error of any."""
	barrier, results, errors = threading.Barrier(count), [None] * count, []

	def run(number: int) -> None:
		try:
			barrier.wait(20)
			results[number] = work(number)
		except Exception as error:
			errors.append(error)

	threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join(120)
	if errors:
		raise errors[0]
	return results


def wsgi(method: str, path: str, **arguments: Any):
	"""Call the application in this process; in a thread, for it ends with the thread's connection. → response"""
	from frappe.app import application
	from werkzeug.test import Client

	answers = []
	headers = [("Host", frappe.local.site), *dict(arguments.pop("headers", {})).items()]
	site = frappe.local.site

	def run() -> None:
		answers.append(
			Client(application).open(
				path, method=method, headers=headers, base_url=f"http://{site}", **arguments
			)
		)

	thread = threading.Thread(target=run)
	thread.start()
	thread.join(60)
	return answers[0]


class InboundTestCase(ConnectTestCase):
	"""`call` is a call of the API, `hook` a webhook; `self.account` is who they belong to."""

	account_values: dict[str, Any] = {}

	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		frappe.set_user("Administrator")
		make.user()
		make.offline_rates()
		frappe.db.commit()
		cls.site = served()

	def setUp(self) -> None:
		super().setUp()
		self.account = self.make_account(make.ACCOUNT, KEY, **self.account_values)
		# What other cases tried in vain from this machine a moment ago.
		frappe.cache.delete_keys("erp_connect:attempts:")
		self.commit()

	def make_account(self, name: str, key: str, **values: Any):
		return make.account(
			self.receiver.url(),
			name,
			**{
				"sign_requests": 0,
				"inbound_enabled": 1,
				"inbound_key": key,
				"inbound_secret": SECRET,
				"requests_per_minute": 0,
				"verification": "shopify",
				"verification_secret": HOOK_SECRET,
				**values,
			},
		)

	def change(self, **values: Any) -> None:
		"""Save other settings of the account."""
		self.account.reload()
		self.account.update(values)
		self.account.save()
		self.commit()

	def call(
		self,
		name: str,
		body: Any = None,
		*,
		key: str = "",
		raw: bytes | None = None,
		headers: dict[str, str] | None = None,
		method: str = "POST",
		content_type: str = "application/json",
		site: ServedSite | None = None,
	) -> requests.Response:
		sent = {**HEADERS, "Content-Type": content_type, **(headers or {})}
		if key:
			sent["Idempotency-Key"] = key
		given: dict[str, Any] = (
			{"params": body} if method == "GET" else {"data": json.dumps(body or {}) if raw is None else raw}
		)
		return requests.request(
			method, f"{(site or self.site).url}{API}{name}", headers=sent, timeout=90, **given
		)

	def hook(
		self,
		body: Any,
		*,
		id: str = "",
		topic: str = "test/topic",
		secret: str = HOOK_SECRET,
		headers: dict[str, str | None] | None = None,
		key: str | None = None,
		content_type: str = "application/json",
		site: ServedSite | None = None,
	) -> requests.Response:
		raw = body if isinstance(body, bytes) else json.dumps(body).encode()
		sent = {
			"Content-Type": content_type,
			"X-Shopify-Hmac-Sha256": signature(raw, secret),
			"X-Shopify-Topic": topic,
			"X-Shopify-Webhook-Id": id or frappe.generate_hash(length=10),
			**(headers or {}),
		}
		address = f"{(site or self.site).url}{HOOK}{self.account.endpoint_key if key is None else key}"
		return requests.post(
			address, data=raw, headers={k: v for k, v in sent.items() if v is not None}, timeout=90
		)

	def work(self, account: str = make.ACCOUNT) -> None:
		"""Do here what the worker would do with what came in."""
		frappe.db.commit()
		process(account)
		frappe.db.rollback()

	def ok(self, answer: requests.Response, *statuses: int) -> Any:
		"""The answer's data, where it is one of these statuses (2xx without any)."""
		wanted = statuses or (200, 201, 202)
		self.assertIn(answer.status_code, wanted, answer.text[:600])
		return answer.json()

	def refused(self, answer: requests.Response, status: int, code: str = "") -> dict[str, Any]:
		"""The error of the answer, which has the one shape all errors have."""
		self.assertEqual(answer.status_code, status, answer.text[:600])
		error = answer.json()["error"]
		self.assertTrue(error["message"])
		if code:
			self.assertEqual(error["code"], code, error)
		self.assertNotIn("Traceback", answer.text)
		return error

	def customer_flow(self, **values: Any):
		return make.flow(
			"Customer",
			[],
			[
				make.row("customer_name", "name"),
				make.row("customer_group", "group", default_value=make.leaf("Customer Group")),
				make.row("territory", "territory", default_value=make.leaf("Territory")),
				make.row("customer_type", "kind", default_value="Company"),
			],
			**{"remote_entity": "customer", "direction": "Incoming", "topics": "*", **values},
		)

	def stored(self) -> int:
		frappe.db.rollback()
		return frappe.db.count("Sync Log")

	def count(self, doctype: str, **filters: Any) -> int:
		frappe.db.rollback()
		return frappe.db.count(doctype, filters)
