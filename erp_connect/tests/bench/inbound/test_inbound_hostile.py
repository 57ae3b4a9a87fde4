"""Bodies that are meant to hurt: refused cheaply with 4xx, nothing stored, and the server answers the next call.

Each goes to the API with valid credentials and to a webhook with a valid signature, since whoever cannot prove
who they are is refused before anything is read.
"""

from __future__ import annotations

import gzip
import socket
import time
from pathlib import Path

import frappe
import requests

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import API, HEADERS, HOOK, InboundTestCase, signature
from erp_connect.tests.fakes.fault_server import FaultServer

MEGABYTE = 1024 * 1024
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
XML_BOMBS = {
	"billion laughs": f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]><x>&l9;</x>',
	"quadratic blow-up": f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><x>{"&a;" * 5_000}</x>',
	"document type": "<!DOCTYPE x><x><customer_name>a</customer_name></x>",
	"external file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x><customer_name>&e;</customer_name></x>',
	"deep": "<a>" * 100_000 + "</a>" * 100_000,
	"wide": "<x>" + "<y/>" * 300_000 + "</x>",
	"attributes": "<x " + " ".join(f'a{n}="1"' for n in range(250_000)) + "/>",
	"cut off": "<x><customer_name>a",
	"wrong encoding": "<?xml version='1.0' encoding='utf-7'?><x/>",
}
JSON_BOMBS = {
	"deep lists": "[" * 100_000,
	"deep lists, closed": "[" * 100_000 + "]" * 100_000,
	"deep objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
	"not a number": '{"customer_name": NaN}',
	"infinity": '{"customer_name": -Infinity}',
	"too large a number": '{"customer_name": 1e400}',
	"5,000 digits": '{"customer_name": ' + "9" * 5000 + "}",
	"two names alike": '{"customer_name": "a", "customer_name": "b"}',
	"half a character": '{"customer_name": "\\ud800"}',
	"NUL": '{"customer_name": "a\\u0000b"}',
	"many names": "{" + ",".join(f'"k{n}":1' for n in range(300_000)) + "}",
	"cut off": '{"customer_name": "a',
	"no JSON": "customer_name=a",
	"a number": "1",
	"a text": '"x"',
	"a list": "[1]",
	"not UTF-8": b'{"customer_name": "\xff\xfe"}',
}
VALID = ("a number", "a text", "a list")
ODD = {
	"wrong type": ({"Content-Type": "application/pdf"}, b"%PDF"),
	"wrong charset": ({"Content-Type": "application/json; charset=utf-16"}, '{"a": 1}'.encode("utf-16")),
	"compressed": ({"Content-Encoding": "gzip"}, gzip.compress(b'{"customer_name": "a"}')),
	"gzip bomb": ({"Content-Encoding": "gzip"}, gzip.compress(b"0" * 20 * MEGABYTE)),
	"nested gzip bomb": (
		{"Content-Encoding": "gzip, gzip"},
		gzip.compress(gzip.compress(b"0" * 20 * MEGABYTE)),
	),
	"compressed XML": ({"Content-Encoding": "gzip", "Content-Type": "text/xml"}, gzip.compress(b"<x/>")),
	"multipart": (
		{"Content-Type": "multipart/form-data; boundary=x"},
		b'--x\r\nContent-Disposition: form-data; name="customer_name"\r\n\r\na\r\n--x--\r\n',
	),
}


class HostileTestCase(InboundTestCase):
	"""`api` and `webhook` send bytes; afterwards nothing may have been stored and the server still serves."""

	def setUp(self) -> None:
		super().setUp()
		self.flow = self.customer_flow(name="Hostile")
		self.commit()
		self.customers = self.count("Customer")
		self.pid = self.site.server.child.pid

	def api(self, raw: bytes, headers: dict[str, str]) -> requests.Response:
		return requests.post(
			f"{self.site.url}{API}create_customer",
			data=raw,
			headers={**HEADERS, "Accept": "application/json", **headers},
			timeout=60,
		)

	def webhook(self, raw: bytes, headers: dict[str, str]) -> requests.Response:
		sent = {"X-Shopify-Hmac-Sha256": signature(raw), "X-Shopify-Topic": "x", **headers}
		return requests.post(
			f"{self.site.url}{HOOK}{self.account.endpoint_key}", data=raw, headers=sent, timeout=60
		)

	def assert_refused(self, name: str, raw: bytes | str, headers: dict[str, str]) -> None:
		raw = raw if isinstance(raw, bytes) else raw.encode()
		for way in (self.api, self.webhook):
			with self.subTest(name, way=way.__name__):
				start = time.monotonic()
				answer = way(raw, headers)
				self.assertLess(time.monotonic() - start, 5)
				self.assertIn(answer.status_code, (400, 413, 415), answer.text[:300])
				self.assertTrue(answer.json()["error"]["message"])
				self.assertNotIn("Traceback", answer.text)

	def assert_untouched(self) -> None:
		self.assertEqual((self.stored(), self.count("Customer")), (0, self.customers))
		self.assertEqual(self.site.server.child.pid, self.pid)
		self.assertTrue(self.site.server.running)
		self.assertEqual(self.call("describe").status_code, 200)

	def memory(self, what: str = "VmRSS") -> int:
		"""Bytes that the server holds."""
		for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
			if line.startswith(what):
				return int(line.split()[1]) * 1024
		raise AssertionError(what)


class TestXml(HostileTestCase):
	def test_bombs_and_entities(self):
		before = self.memory()
		for name, text in XML_BOMBS.items():
			self.assert_refused(name, text, {"Content-Type": "application/xml"})
		self.assert_untouched()
		self.assertLess(self.memory() - before, 150 * MEGABYTE)

	def test_no_address_in_a_document_is_ever_called(self):
		with FaultServer() as outside:
			for text in (
				f'<!DOCTYPE x SYSTEM "{outside.url("/dtd")}"><x/>',
				f'<!DOCTYPE x [<!ENTITY e SYSTEM "{outside.url("/entity")}">]><x>&e;</x>',
				f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{outside.url("/parameter")}">%p;]><x/>',
			):
				self.assert_refused("address", text, {"Content-Type": "text/xml"})
			include = f'<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{outside.url("/include")}"/></x>'
			self.api(include.encode(), {"Content-Type": "text/xml"})
			self.assertEqual(outside.requests, [])
		self.assertEqual(self.count("Customer"), self.customers)


class TestJson(HostileTestCase):
	def test_documents_that_no_two_readers_read_alike_or_that_exhaust_one(self):
		before = self.memory()
		for name, text in JSON_BOMBS.items():
			if name in VALID:
				continue
			self.assert_refused(name, text, {"Content-Type": "application/json"})
		self.assert_untouched()
		self.assertLess(self.memory() - before, 150 * MEGABYTE)

	def test_a_call_takes_an_object_only(self):
		for name in VALID:
			answer = self.api(JSON_BOMBS[name].encode(), {"Content-Type": "application/json"})
			self.refused(answer, 400, "bad_body")
		self.assert_untouched()

	def test_a_bomb_that_is_not_signed_is_not_even_read(self):
		for text in (XML_BOMBS["billion laughs"], XML_BOMBS["wide"]):
			answer = self.webhook(text.encode(), {"Content-Type": "text/xml", "X-Shopify-Hmac-Sha256": "x"})
			self.assertEqual(answer.status_code, 401)
		self.assert_untouched()


class TestOddBodies(HostileTestCase):
	def test_types_charsets_and_compression(self):
		before = self.memory()
		for name, (headers, raw) in ODD.items():
			self.assert_refused(name, raw, {"Content-Type": "application/json", **headers})
		self.assert_untouched()
		self.assertLess(self.memory() - before, 100 * MEGABYTE)

	def test_what_is_only_odd_is_inert_data(self):
		names = [
			"<script>alert(1)</script>",
			"=cmd()",
			"../../x",
			"{{ 7*7 }}",
			"'; DROP TABLE x; --",
			"😀 \U0001f600 {0.__class__}",
		]
		for number, name in enumerate(names):
			sent = f"{name} {make.unique('Odd')}"
			answer = self.call("upsert", {"entity": "customer", "record": {"id": number, "name": sent}})
			if "<" in name:
				self.refused(answer, 422, "validation")  # Frappe allows no brackets in names
				continue
			kept = self.ok(answer)["name"]
			frappe.db.rollback()
			self.assertEqual(frappe.db.get_value("Customer", kept, "customer_name"), sent)

	def test_markup_in_a_text_is_cleaned(self):
		self.flow.append("rows", make.row("customer_details", "text"))
		self.flow.save()
		self.commit()
		record = {
			"id": 1,
			"name": make.unique("Odd"),
			"text": "<b>x</b><script>alert(1)</script><img src=x onerror=a()>",
		}
		name = self.ok(self.call("upsert", {"entity": "customer", "record": record}))["name"]
		frappe.db.rollback()
		kept = frappe.db.get_value("Customer", name, "customer_details")
		self.assertNotIn("<script", kept)
		self.assertNotIn("onerror", kept)


class TestSize(HostileTestCase):
	def test_fifty_megabytes(self):
		before, body = self.memory(), b'{"customer_name": "' + b"a" * 50 * MEGABYTE + b'"}'
		for path, headers in self.ways(body):
			with self.subTest(path):
				self.assertIn(self.status_of(path, headers, body, len(body)), (413, None))
		self.assert_untouched()
		self.assertLess(self.memory() - before, 100 * MEGABYTE)

	def test_more_than_our_limit_but_less_than_frappes(self):
		body = b'{"customer_name": "' + b"a" * 9 * MEGABYTE + b'"}'
		self.assertEqual(self.api(body, {"Content-Type": "application/json"}).status_code, 413)
		body = b'{"customer_name": "' + b"a" * 3 * MEGABYTE + b'"}'
		self.assertEqual(self.webhook(body, {"Content-Type": "application/json"}).status_code, 413)
		self.assert_untouched()

	def test_a_declared_size_that_is_wrong(self):
		body = b'{"customer_name": "a"}'
		for path, headers in self.ways(body):
			for declared in (10**12, "-1", "x", "1e3", len(body) - 5):
				with self.subTest(path, declared=declared):
					status = self.status_of(path, headers, body, declared)
					self.assertIn(status, (400, 401, 411, 413, 422))
		self.assert_untouched()

	def test_a_sender_that_never_finishes_does_not_stop_others(self):
		body = b'{"customer_name": "a"}'
		path, headers = self.ways(body)[0]
		with self.connection(path, headers, 1000) as slow:
			slow.sendall(body)
			self.assertEqual(self.call("describe").status_code, 200)
		self.assert_untouched()

	def ways(self, body: bytes) -> list[tuple[str, dict[str, str]]]:
		signed = {"X-Shopify-Hmac-Sha256": signature(body), "X-Shopify-Topic": "x"}
		return [(f"{API}create_customer", HEADERS), (HOOK + self.account.endpoint_key, signed)]

	def connection(self, path: str, headers: dict[str, str], declared: object) -> socket.socket:
		lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{self.site.port}", "Content-Type: application/json",
			f"Content-Length: {declared}", "Connection: close", *(f"{k}: {v}" for k, v in headers.items())]  # fmt: skip
		sock = socket.create_connection(("127.0.0.1", self.site.port), timeout=20)
		sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
		return sock

	def status_of(self, path: str, headers: dict[str, str], body: bytes, declared: object) -> int | None:
		"""The status of the answer; None when the server hung up on so much."""
		with self.connection(path, headers, declared) as sock:
			try:
				sock.sendall(body)
				sock.shutdown(socket.SHUT_WR)
				return int(sock.recv(4096).split()[1])
			except (BrokenPipeError, ConnectionResetError, IndexError):
				return None


class TestMarkup(HostileTestCase):
	def test_markup_that_is_never_closed_is_no_error_and_stands_in_no_log(self):
		self.flow.delete()  # takes every topic
		make.flow(
			"Brand", [], [make.row("brand", "name"), make.row("description", "text", transform="Strip HTML")],
			name="Brands", direction="Incoming", remote_entity="label", inbound_id_expression="id", topics="labels",
		)  # fmt: skip
		self.commit()
		errors = frappe.db.count("Error Log")
		for piece, times in (("<!--", 24_000), ("<!--", 48_000), ("<![<![", 20_000)):
			self.ok(
				self.hook(
					{"id": make.unique("L"), "name": make.unique("Brand"), "text": "kept" + piece * times},
					topic="labels",
				)
			)
		began = time.monotonic()
		self.work()
		self.assertLess(time.monotonic() - began, 2)
		self.assertEqual(self.statuses(), ["Processed"] * 3, self.history())
		for row in self.events():
			kept = frappe.db.get_value("Brand", row.reference_name, "description")
			self.assertEqual(kept, "kept")
		self.assertEqual(frappe.db.count("Error Log"), errors)


class TestValues(HostileTestCase):
	"""Values of another kind than the field takes are refused in words, not by a crash."""

	def test_objects_and_lists_where_a_text_belongs(self):
		for value in ({"a": 1}, [1, 2], [["!=", ""]], True, 1e300, "x" * 10_000, "", None):
			with self.subTest(value=str(value)[:40]):
				answer = self.call("upsert", {"entity": "customer", "record": {"id": 1, "name": value}})
				self.assertIn(answer.status_code, (200, 201, 422), answer.text[:300])
		kept = {row.outcome for row in self.events(status="Failed")}
		self.assertIn("bad_value", kept)
