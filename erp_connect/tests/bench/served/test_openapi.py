"""The API is what its OpenAPI document says: for a validator, for a tester that tries what it can, and for clients."""

from __future__ import annotations

import base64
import html
import http.client
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import frappe
import requests

from erp_connect.served.endpoint import OPERATIONS
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import tools
from erp_connect.tests.bench.http_case import _session
from erp_connect.tests.bench.inbound_case import API, HEADERS, KEY, SECRET, InboundTestCase
from erp_connect.tests.bench.pair import ServedSite

TEST_SECONDS = 240
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


class TestDocument(InboundTestCase):
	def document(self, **headers: str) -> dict[str, Any]:
		return self.ok(self.call("openapi", method="GET", headers=headers), 200)

	def test_it_validates(self):
		program = tools.checkers() / "openapi-spec-validator"
		with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
			json.dump(self.document(), file)
			file.flush()
			done = subprocess.run(
				[program, "--schema", "3.1", file.name], capture_output=True, text=True, timeout=60
			)
			self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

	def test_every_call_is_in_it(self):
		import erp_connect.api.v1 as api

		document = self.document()
		self.assertEqual(document["openapi"], "3.1.0")
		self.assertEqual(document["servers"], [{"url": self.site.url}])
		self.assertEqual(set(document["paths"]), {API + name for name in api.__all__})
		self.assertEqual(set(api.__all__), set(OPERATIONS))
		for path, methods in document["paths"].items():
			operation = OPERATIONS[path.removeprefix(API)]
			with self.subTest(path):
				function = frappe.get_attr(path.removeprefix("/api/method/"))
				served = frappe.allowed_http_methods_for_whitelisted_func[function]
				# A GET with a body is told in words: OpenAPI gives such a body no meaning.
				told = set(served) - ({"GET"} if operation.by_get else set())
				self.assertEqual({method.upper() for method in methods}, told)
				self.assertEqual("get" not in methods, operation.writes)
				named = [parameter.get("$ref", "") for parameter in methods["post"]["parameters"]]
				self.assertEqual(any("IdempotencyKey" in name for name in named), operation.writes)
				self.assertEqual(
					set(methods["post"]["requestBody"]["content"]), {"application/json", "application/xml"}
				)
				self.assertTrue(operation.summary.endswith("."))
		self.assertEqual(
			{
				part["name"]
				for part in document["paths"][API + "stock"]["get"]["parameters"]
				if "name" in part
			},
			set(OPERATIONS["stock"].model.model_fields),
		)

	def test_each_account_gets_its_own(self):
		self.change(switched_off="delete, prices", key_header="X-Shop-Name", secret_header="X-Shop-Password")
		document = self.document(**{"X-Shop-Name": KEY, "X-Shop-Password": SECRET})
		self.assertNotIn(API + "prices", document["paths"])
		self.assertIn(API + "stock", document["paths"])
		schemes = document["components"]["securitySchemes"]
		self.assertEqual(
			(schemes["key"]["name"], schemes["secret"]["name"]), ("X-Shop-Name", "X-Shop-Password")
		)
		for secret in (KEY, SECRET, make.USER):
			self.assertNotIn(secret, json.dumps(document))

	def test_for_those_who_may_call_only(self):
		self.refused(self.call("openapi", method="GET", headers={"X-Api-Secret": "wrong"}), 401)
		self.assertEqual(
			self.call("openapi", method="GET", headers={"Accept": "application/xml"}).json()["openapi"],
			"3.1.0",
		)

	def test_page(self):
		address = f"{self.site.url}/erp-connect-api"
		guest = requests.get(address, allow_redirects=False, timeout=60)
		self.assertEqual(guest.status_code // 100, 3)
		self.assertIn("/login", guest.headers["Location"])
		session = _session("reader@example.com", ())
		self.commit()
		page = session.get(address, timeout=60)
		self.assertEqual(page.status_code, 200)
		for name, operation in OPERATIONS.items():
			self.assertIn(f'id="{name}"', page.text)
			self.assertIn(operation.summary, html.unescape(page.text))
		for anchor in set(re.findall(r'href="#(\w+)"', page.text)):
			self.assertIn(f'id="{anchor}"', page.text)
		scripts = re.findall(r'<script[^>]+src="([^"]+)"', page.text)
		self.assertTrue(
			all(script.startswith("/") and not script.startswith("//") for script in scripts), scripts
		)


class TestTriedOut(InboundTestCase):
	def test_schemathesis(self):
		"""A tester that makes requests of all kinds from the document finds no failure of the server's.

		The same ones each time, so many of each call: with a limit of time it would go on until that is over.
		"""
		self.customer_flow(topics="", expose_api=1)
		make.sales_order(make.customer().name, [(make.item().name, 1, 10)])
		self.commit()
		if not shutil.which("wkhtmltopdf"):
			self.change(switched_off="invoice")  # no PDF can be made here, and that is answered by 503
		site = ServedSite(frappe.local.site, {"NO_STATICS": ""})  # with the style sheets of PDF
		self.addCleanup(site.stop)
		program = tools.checkers() / "schemathesis"
		with tempfile.TemporaryDirectory() as folder:
			file = Path(folder) / "openapi.json"
			file.write_text(self.call("openapi", method="GET").text)
			headers = [part for name, value in HEADERS.items() for part in ("-H", f"{name}: {value}")]
			done = subprocess.run(
				[
					*(program, "run", str(file), "--url", site.url, *headers, "--checks", CHECKS),
					*(
						"--phases",
						"fuzzing",
						"--max-examples",
						"4",
						"--seed",
						"7",
					),
					*(
						"--generation-with-security-parameters",
						"false",
						"--continue-on-failure",
						"--workers",
						"2",
					),
					*("--generation-database", "none", "--no-color"),
				],
				cwd=folder,
				capture_output=True,
				text=True,
				timeout=TEST_SECONDS,
			)
		self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-500:])
		tested = re.search(r"Tested: +(\d+)", done.stdout)
		self.assertGreater(int(tested[1]), len(OPERATIONS), done.stdout[-2000:])


class TestClients(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		session = _session("js-shop@example.com", make.ROLES)
		self.token = session.headers["Authorization"].removeprefix("token ")
		self.change(user="js-shop@example.com")
		self.item = make.item().name
		make.receipt(self.item, 5)
		self.commit()

	def test_frappe_js_sdk(self):
		folder = tools.npm_package("frappe-js-sdk")
		customer = {"customer_name": make.unique("Script"), "external_id": make.unique("js")}
		question = {
			"url": self.site.url,
			"token": self.token,
			"calls": [
				{"verb": "get", "name": "stock", "body": {"item_codes": self.item}},
				{"verb": "post", "name": "create_customer", "body": customer},
				{"verb": "get", "name": "orders", "body": {"external_id": customer["external_id"]}},
				{
					"verb": "post",
					"name": "checkout_taxes",
					"body": {"items": [{"item_code": self.item, "rate": 10}]},
				},
				{"verb": "get", "name": "order", "body": {"order_id": "no such order"}},
			],
		}
		script = Path(__file__).with_name("sdk_client.mjs")
		done = subprocess.run(
			["node", str(script), str(folder)],
			input=json.dumps(question),
			capture_output=True,
			text=True,
			timeout=120,
		)
		self.assertEqual(done.returncode, 0, done.stderr)
		stock, made, orders, quote, missing = json.loads(done.stdout)
		self.assertEqual(stock["answer"]["stock"][0]["sellable"], 5)
		self.assertTrue(made["answer"]["created"])
		self.assertEqual(orders["answer"], {"orders": [], "next": None})
		self.assertEqual(quote["answer"]["net_total"], 10)
		self.assertEqual(
			(missing["ok"], missing["status"], missing["answer"]["code"]), (False, 404, "not_found")
		)

	def test_a_plain_python_client(self):
		"""Nothing but the standard library: a token, then Basic."""
		basic = base64.b64encode(self.token.encode()).decode()
		for credentials in (f"token {self.token}", f"Basic {basic}"):
			with self.subTest(credentials.split()[0]):
				status, answer = self.plain("GET", "items", credentials, {"item_codes": self.item})
				self.assertEqual((status, answer["items"][0]["item_code"]), (200, self.item))
				status, answer = self.plain("POST", "prices", credentials, {"item_codes": [self.item]})
				self.assertEqual((status, answer["prices"][0]["item_code"]), (200, self.item))
				status, answer = self.plain("POST", "prices", credentials, {"item_code": self.item})
				self.assertEqual((status, answer["error"]["field"]), (422, "item_code"))
		self.assertEqual(self.plain("GET", "items", "token wrong:wrong", {})[0], 401)

	def plain(self, method: str, name: str, credentials: str, body: dict) -> tuple[int, Any]:
		place = urlsplit(self.site.url)
		connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
		headers = {"Authorization": credentials, "Content-Type": "application/json"}
		try:
			if method == "GET":
				connection.request("GET", f"{API}{name}?{urlencode(body)}", headers=headers)
			else:
				connection.request("POST", API + name, json.dumps(body), headers)
			answer = connection.getresponse()
			return answer.status, json.loads(answer.read())
		finally:
			connection.close()
