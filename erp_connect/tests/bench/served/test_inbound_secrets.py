"""No secret of the way in stands anywhere it could be read: records, answers, queues, log files."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from unittest.mock import patch

import frappe
from frappe.utils import background_jobs

from erp_connect.inbound import routing
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.inbound_case import API, HEADERS, HOOK_SECRET, SECRET, InboundTestCase, wsgi

PREVIOUS = "previous-hook-secret-nobody-may-see-2288"
TOKEN = "token-secret-nobody-may-see-9931"
CANARIES = (SECRET, HOOK_SECRET, PREVIOUS, TOKEN)
# Tables whose business it is to hold secrets, encrypted or hashed.
SAFES = {"__Auth"}


class TestCanaries(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.sizes = {path: path.stat().st_size for path in logs()}
		self.change(previous_verification_secret=PREVIOUS)
		user = frappe.get_doc("User", make.USER)
		user.update({"api_key": "canary-user", "api_secret": TOKEN})
		user.save()
		self.customer_flow()
		self.commit()
		self.basic = base64.b64encode(f"canary-user:{TOKEN}".encode()).decode()

	def make_traffic(self) -> list[str]:
		"""Calls and webhooks that succeed, fail, are refused and crash. Returns what was answered."""
		authorised = [
			{},
			{"Authorization": f"token canary-user:{TOKEN}"},
			{"Authorization": f"Basic {self.basic}"},
		]
		answers = []
		for headers in authorised:
			answers += [
				self.call(
					"upsert",
					{"entity": "customer", "record": {"id": "1", "name": make.unique("Canary")}},
					headers=headers,
				),
				self.call(
					"upsert",
					{"entity": "customer", "record": {"id": "1", "name": "x", "group": "nope"}},
					headers=headers,
				),
				self.call("upsert", {"entity": "nope", "record": {}}, headers=headers),
				self.call("create_customer", raw=b"{bad", headers=headers),
				self.call("nope", headers=headers),
				self.call("describe", method="GET", headers=headers),
			]
		answers += [
			self.call("describe", headers={"X-Api-Secret": SECRET + "x"}),
			self.call("describe", headers={"Authorization": f"token canary-user:{TOKEN}x"}),
			self.hook({"id": "2", "name": make.unique("Canary")}),
			self.hook({"id": "3", "name": "x", "group": "nope"}),
			self.hook({"id": "4"}, secret="wrong"),
			self.hook(b"{bad"),
		]
		return [answer.text for answer in answers]

	def crash(self) -> str:
		"""An error nobody thought of, with the request on the stack."""
		with patch("erp_connect.records.write.upsert", side_effect=RuntimeError("unforeseen")):
			body = {"entity": "customer", "record": {"id": "9", "name": "x"}}
			headers = {**HEADERS, "Authorization": f"Basic {self.basic}"}
			answer = wsgi("POST", f"{API}upsert", json=body, headers=headers)
			read = wsgi(
				"GET",
				f"{API}list?entity=customer&filters=%7B%22customer_name%22%3A%22x%22%7D",
				headers=headers,
			)
		self.assertEqual((answer.status_code, answer.json["error"]["code"]), (500, "internal"))
		self.assertNotIn("unforeseen", answer.text)
		self.assertEqual(read.status_code, 200)
		with patch.object(routing, "carry_out", side_effect=RuntimeError("unforeseen")):
			self.hook({"id": "8", "name": "x"})
			self.work()
		return answer.json["error"]["trace_id"]

	def test_nothing_that_was_kept_or_answered_holds_a_secret(self):
		answered = self.make_traffic()
		self.work()
		trace_id = self.crash()
		frappe.db.rollback()
		# The crash can be found by what the caller was told, and by nothing the caller should not know.
		self.assertEqual(frappe.db.get_value("Sync Log", {"trace_id": trace_id}, "status"), "Failed")
		self.assertTrue(frappe.db.exists("Error Log", {"method": ("like", f"%{trace_id}%")}))
		places = {"answers": "\n".join(answered), "Redis": queues(), "log files": self.logged(), **tables()}
		for place, text in places.items():
			for canary in (*CANARIES, self.basic):
				self.assertFalse(canary in text, f"a secret stands in {place}")
		self.assertIn(
			"Canary", places["tabSync Log"] + places["tabCustomer"], "the search looks in the wrong places"
		)

	def logged(self) -> str:
		"""What was written to log files since the test began."""
		text = []
		for path in logs():
			with path.open(errors="replace") as file:
				file.seek(self.sizes.get(path, 0))
				text.append(file.read())
		return "\n".join(text) + self.site.server.said()

	def test_secrets_cannot_be_read_back(self):
		doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
		shown = json.dumps(doc.as_dict(), default=str)
		for canary in (SECRET, HOOK_SECRET, PREVIOUS):
			self.assertNotIn(canary, shown)
		self.assertTrue(
			frappe.db.sql("SELECT 1 FROM `__Auth` WHERE name = %s AND encrypted = 1", make.ACCOUNT)
		)


def logs() -> list[Path]:
	"""Log files of the bench and of the site."""
	folders = (Path("../logs"), Path(frappe.local.site) / "logs")
	return [path for folder in folders if folder.exists() for path in folder.glob("*.log")]


def queues() -> str:
	"""All that waits in Redis, and all it remembers."""
	text = []
	for connection in (background_jobs.get_redis_conn(), frappe.cache):
		for key in connection.keys("*"):
			kind = connection.type(key)
			if kind == b"string":
				text.append(repr(connection.execute_command("GET", key)))
			elif kind == b"hash":
				text.append(repr(connection.execute_command("HGETALL", key)))
			elif kind == b"list":
				text.append(repr(connection.execute_command("LRANGE", key, 0, -1)))
	return "\n".join(text)


def tables() -> dict[str, str]:
	"""The newest rows of every table, but for those that keep secrets."""
	found = {}
	for name in set(frappe.db.get_tables(cached=False)) - SAFES:
		columns = [row[0] for row in frappe.db.sql(f"SHOW COLUMNS FROM `{name}`")]
		order = "ORDER BY modified DESC" if "modified" in columns else ""
		found[name] = repr(frappe.db.sql(f"SELECT * FROM `{name}` {order} LIMIT 200"))
	return found
