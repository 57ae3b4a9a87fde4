"""Platforms at the app's own endpoints: the same Leads by a flow, with ids of the platform, keys and pages.

All of it twice: with an OAuth 2 token, and with `Authorization: token key:secret`.
"""

from __future__ import annotations

import json
from typing import Any

import frappe
import requests
from frappe.integrations import oauth2

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ipaas_case import API, PROVIDER, USER, IpaasTestCase

ACCOUNT = "Integration platform"
# As Frappe 15 has it, and 16.
DISCOVERY = (
	f"{PROVIDER}openid_configuration"
	if hasattr(oauth2, "openid_configuration")
	else "/.well-known/openid-configuration"
)


class Calls:
	"""The tests of both kinds of client. `connect` gives the session."""

	def connect(self) -> requests.Session:
		raise NotImplementedError

	def setUp(self) -> None:
		super().setUp()
		self.account = make.account(
			self.receiver.url(), ACCOUNT, user=USER, inbound_enabled=1, requests_per_minute=0
		)
		self.flow = self.lead_flow(ACCOUNT, allow_delete=1)
		self.commit()
		self.session = self.connect()

	def read(self, call: str, **query: Any) -> requests.Response:
		given = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in query.items()}
		return self.session.get(self.url(f"{API}{call}"), params=given, timeout=60)

	def write(
		self, call: str, payload: Any, key: str = "", query: dict | None = None, method: str = "POST"
	) -> requests.Response:
		headers = {"Idempotency-Key": key} if key else {}
		address = self.url(f"{API}{call}")
		return self.session.request(method, address, params=query, json=payload, headers=headers, timeout=60)

	def record(self, number: Any, **values: Any) -> dict[str, Any]:
		return {
			"id": f"{self.tag}-{number}",
			"first_name": "Ann",
			"last_name": f"Number {number}",
			"company": self.tag,
			**values,
		}

	def publish(self, number: Any, **values: Any) -> dict[str, Any]:
		return self.ok(self.write("upsert", {"entity": "lead", "record": self.record(number, **values)}))

	def pages(self, limit: int = 3, **query: Any) -> list[list[dict]]:
		"""What a subscriber reads: pages until `next` is null."""
		pages, after = [], {}
		while True:
			data = self.ok(self.read("list", entity="lead", limit=limit, **query, **after), 200)
			pages.append(data["records"])
			if data["next"] is None:
				return pages
			after = {"after": data["next"]}

	def leads(self) -> list[dict]:
		frappe.db.rollback()
		return frappe.get_all(
			"Lead", {"company_name": self.tag}, ["name", "last_name", "status"], order_by="name"
		)

	def refused(self, answer: requests.Response, status: int, code: str) -> dict[str, Any]:
		self.assertEqual(answer.status_code, status, answer.text[:400])
		error = answer.json()["error"]
		self.assertEqual(error["code"], code, error)
		return error

	# What there is

	def test_describe_tells_what_can_be_published(self):
		(entity,) = self.ok(self.read("describe"), 200)["entities"]
		self.assertEqual((entity["entity"], entity["doctype"], entity["can_delete"]), ("lead", "Lead", True))
		fields = {field["path"]: field for field in entity["fields"]}
		self.assertEqual(fields["company"]["field"], "company_name")
		self.assertTrue(fields["email"]["match_key"])

	def test_openapi_tells_where_tokens_come_from(self):
		document = self.ok(self.read("openapi"), 200)
		found = self.ok(requests.get(self.url(DISCOVERY), timeout=60))
		flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]
		self.assertEqual(flow["authorizationUrl"], found["authorization_endpoint"])
		self.assertEqual(flow["tokenUrl"], found["token_endpoint"])
		self.assertEqual(flow.get("refreshUrl", flow["tokenUrl"]), found["token_endpoint"])
		self.assertIn("token", document["components"]["securitySchemes"])
		self.assertIn(f"{API}upsert", document["paths"])

	# Publishing

	def test_publish_change_and_delete(self):
		made = self.publish(1)
		self.assertEqual((made["action"], made["external_id"]), ("created", f"{self.tag}-1"))
		self.assertEqual(frappe.db.get_value("Lead", made["name"], "owner"), USER)
		self.assertEqual(self.publish(1)["action"], "unchanged")
		changed = self.publish(1, status="Interested")
		self.assertEqual((changed["action"], changed["name"]), ("updated", made["name"]))
		self.assertEqual([row.status for row in self.leads()], ["Interested"])
		gone = self.ok(self.write("delete", {"entity": "lead", "external_id": f"{self.tag}-1"}))
		self.assertEqual((gone["action"], gone["name"]), ("deleted", made["name"]))
		self.assertEqual(self.leads(), [])
		self.assertEqual(self.links(), [])

	def test_path_query_and_payload(self):
		"""The payload alone is what a platform made of its own record; the rest stands in the query."""
		query = {"entity": "lead"}
		made = self.ok(self.write("upsert", {"record": self.record(1)}, "task-1", query), 201)
		again = self.write("upsert", {"record": self.record(1)}, "task-1", query)
		self.assertEqual((again.json(), again.headers["Idempotent-Replayed"]), (made, "true"))
		self.refused(
			self.write("upsert", {"record": self.record(1)}, "task-2", {"entity": "other"}),
			404,
			"unknown_entity",
		)
		contradiction = {"entity": "other", "record": self.record(1)}
		self.refused(self.write("upsert", contradiction, "task-3", query), 400, "two_values")
		gone = self.write("delete", {}, "task-4", {**query, "external_id": f"{self.tag}-1"})
		self.assertEqual(self.ok(gone)["name"], made["name"])
		self.assertEqual(self.leads(), [])

	def test_put_and_delete_for_platforms_that_choose_the_method(self):
		query = {"entity": "lead"}
		made = self.ok(self.write("upsert", {"record": self.record(1)}, query=query, method="PUT"), 201)
		records = {"records": [self.record(1, status="Interested")]}
		done = self.ok(self.write("bulk_upsert", records, query=query, method="PUT"), 200)["results"]
		self.assertEqual([(result["action"], result["name"]) for result in done], [("updated", made["name"])])
		query["external_id"] = f"{self.tag}-1"
		gone = self.write("delete", None, "task-9", query, "DELETE")
		again = self.write("delete", None, "task-9", query, "DELETE")
		self.assertEqual((self.ok(gone, 200)["action"], again.json()), ("deleted", gone.json()))
		self.assertEqual(self.leads(), [])
		for call, method in (("upsert", "GET"), ("upsert", "DELETE"), ("delete", "GET"), ("list", "DELETE")):
			with self.subTest(f"{method} {call}"):
				answer = self.session.request(method, self.url(f"{API}{call}"), params=query, timeout=60)
				self.assertEqual(answer.status_code, 403, answer.text[:300])

	def test_what_is_not_mapped_is_not_written(self):
		made = self.publish(
			1, job_title="Head", owner="Administrator", docstatus=1, lead_owner="x@example.com"
		)
		kept = frappe.db.get_value("Lead", made["name"], ["job_title", "owner", "docstatus", "lead_owner"])
		self.assertEqual(kept, (None, USER, 0, USER))

	def test_a_lead_that_a_colleague_made_is_recognised_by_its_email(self):
		lead = self.lead("Known", email_id=f"{self.tag}@example.com")
		self.commit()
		done = self.publish("crm", email=lead.email_id, last_name="Known better")
		self.assertEqual((done["action"], done["name"]), ("updated", lead.name))
		self.assertEqual([link.external_id for link in self.links()], [f"{self.tag}-crm"])

	def test_many_at_once_each_for_itself(self):
		records = [self.record(1), self.record(2, status="Nonsense"), self.record(3)]
		done = self.ok(self.write("bulk_upsert", {"entity": "lead", "records": records}), 200)
		self.assertEqual([result["ok"] for result in done["results"]], [True, False, True])
		self.assertIn("Nonsense", done["results"][1]["error"]["message"])
		self.assertEqual([row.last_name for row in self.leads()], ["Number 1", "Number 3"])

	def test_the_same_key_has_one_effect(self):
		payload = {"entity": "lead", "record": self.record(1)}
		first = self.write("upsert", payload, key="task-1")
		again = self.write("upsert", payload, key="task-1")
		self.assertEqual((first.status_code, again.status_code), (201, 201))
		self.assertEqual(first.json(), again.json())
		self.assertNotIn("Idempotent-Replayed", first.headers)
		self.assertEqual(again.headers["Idempotent-Replayed"], "true")
		self.assertEqual(len(self.leads()), 1)
		other = {"entity": "lead", "record": self.record(2)}
		self.refused(self.write("upsert", other, key="task-1"), 422, "key_reused")

	def test_what_is_wrong_is_said_in_one_shape(self):
		lead = {"entity": "lead", "record": self.record(1)}
		for payload, status, code in (
			({**lead, "entity": "customer"}, 404, "unknown_entity"),
			({"entity": "lead"}, 422, "invalid"),
			({**lead, "recrod": {}}, 422, "invalid"),
			({"entity": "lead", "record": self.record(1, status="Nonsense")}, 422, "validation"),
			({"entity": "lead", "record": self.record(1, email="nonsense")}, 422, "validation"),
		):
			with self.subTest(payload):
				error = self.refused(self.write("upsert", payload), status, code)
				self.assertTrue(error["trace_id"])
		self.assertEqual(self.leads(), [])

	# Subscribing

	def test_pages_until_next_is_null(self):
		names = [self.publish(number)["name"] for number in range(7)]
		pages = self.pages(filters={"company_name": self.tag})
		self.assertEqual([len(page) for page in pages], [3, 3, 1])
		rows = [row for page in pages for row in page]
		self.assertEqual([row["name"] for row in rows], names)
		self.assertEqual(
			[row["external_id"] for row in rows], [f"{self.tag}-{number}" for number in range(7)]
		)

	def test_filters(self):
		self.publish(1)
		found = self.publish(2, status="Interested")["name"]
		(page,) = self.pages(filters={"company_name": self.tag, "status": "Interested"})
		self.assertEqual([row["name"] for row in page], [found])
		for filters in ({"owner": USER}, {"status": ["!=", "Lead"]}):
			self.refused(self.read("list", entity="lead", filters=filters), 422, "invalid")

	def test_only_what_changed_since_the_last_time(self):
		for number in range(4):
			self.publish(number)
		# All at one moment, which then stands at the boundary of pages and of the next run.
		frappe.db.sql("UPDATE `tabLead` SET modified = '2026-01-01' WHERE company_name = %s", self.tag)
		self.commit()
		mine = {"filters": {"company_name": self.tag}, "order": "modified"}
		pages = self.pages(**mine)
		self.assertEqual([len(page) for page in pages], [3, 1])
		seen = {(row["name"], row["modified"]) for page in pages for row in page}
		self.assertEqual(len(seen), 4)
		cursor = pages[-1][-1]["modified"]
		self.assertEqual(self.pages(modified_after=cursor, **mine), [[]])
		changed, added = self.publish(1, status="Interested"), self.publish(9)
		rows = [row for page in self.pages(modified_from=cursor, **mine) for row in page]
		self.assertEqual(len(rows), 5)
		news = [row for row in rows if (row["name"], row["modified"]) not in seen]
		self.assertEqual(
			[(row["name"], row["modified"]) for row in news],
			[(done["name"], done["modified"]) for done in (changed, added)],
		)

	def test_one_lead_by_the_platforms_id_and_by_its_name(self):
		name = self.publish(1)["name"]
		by_id = self.ok(self.read("get", entity="lead", external_id=f"{self.tag}-1"), 200)
		by_name = self.ok(self.read("get", entity="lead", name=name), 200)
		self.assertEqual(by_id, by_name)
		self.assertEqual((by_id["name"], by_id["last_name"]), (name, "Number 1"))
		self.refused(self.read("get", entity="lead", external_id="unknown"), 404, "not_found")

	# Who may

	def test_without_rights_nothing_is_told_or_changed(self):
		self.publish(1)
		outsider = frappe.get_doc("User", "no-leads@example.com")
		self.account.reload()
		self.account.update({"user": outsider.name})
		self.account.save()
		self.commit()
		for call, payload in (
			("upsert", {"entity": "lead", "record": self.record(2)}),
			("bulk_upsert", {"entity": "lead", "records": [self.record(2)]}),
			("list", {"entity": "lead"}),
			("get", {"entity": "lead", "external_id": f"{self.tag}-1"}),
			("delete", {"entity": "lead", "external_id": f"{self.tag}-1"}),
			("describe", {}),
		):
			with self.subTest(call):
				answer = self.outsider.post(self.url(f"{API}{call}"), json=payload, timeout=60)
				self.refused(answer, 403, "permission")
				self.assertNotIn("Number 1", answer.text)
		self.assertEqual(len(self.leads()), 1)
		# And the platform's user has no account any more.
		self.refused(self.read("list", entity="lead"), 403, "no_account")

	def test_a_call_that_is_switched_off_and_an_account_that_is(self):
		self.account.reload()
		self.account.update({"switched_off": "delete"})
		self.account.save()
		self.commit()
		self.refused(self.write("delete", {"entity": "lead", "external_id": "1"}), 403, "switched_off")
		self.ok(self.read("list", entity="lead"), 200)
		self.account.enabled = 0
		self.account.save()
		self.commit()
		self.refused(self.read("list", entity="lead"), 403, "no_account")


class TestOAuthClient(Calls, IpaasTestCase):
	def connect(self) -> requests.Session:
		return self.platform()


class TestTokenClient(Calls, IpaasTestCase):
	def connect(self) -> requests.Session:
		return self.keys
