"""The other way round: ERPNext pulls Leads from a REST source and pushes them back, by the flow of docs/ipaas.md."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import frappe

from erp_connect.api import flows, pulls
from erp_connect.inbound.process import process
from erp_connect.pull import run
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.served.test_ipaas_page import PAGE
from erp_connect.tests.fakes.ipaas_source import CLIENT, CONTACTS, TOKENS, ContactSource

ACCOUNT, FLOW, VALUE_MAP = "REST source", "Leads of the platform", "Lead stages"
APP = "REST source"


def flow_of_the_page() -> str:
	return re.search(r"^```json flow\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)[1]


class SourceTestCase(ConnectTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.source = ContactSource().start()
		self.addCleanup(self.source.stop)
		self.forget()
		self.addCleanup(self.forget)
		self.tag = frappe.generate_hash(length=8)

	def forget(self) -> None:
		frappe.db.rollback()
		for name in frappe.get_all("Connected App", {"provider_name": APP}, pluck="name"):
			frappe.db.delete("Token Cache", {"connected_app": name})
			frappe.db.delete("Connected App", {"name": name})
		frappe.db.delete("__Auth", {"doctype": ("in", ("Token Cache", "Connected App"))})
		self.commit()

	def connect(self, **values: Any) -> None:
		make.account(self.source.url(), ACCOUNT, **values)
		flows.import_mapping(flow_of_the_page(), ACCOUNT)
		flow = frappe.get_doc("Field Mapping", FLOW)
		flow.enabled = 1
		flow.save()
		self.commit()

	def connect_by_client_credentials(self) -> None:
		app = frappe.get_doc(
			{
				"doctype": "Connected App",
				"provider_name": APP,
				"token_uri": self.source.url(TOKENS),
				"scopes": [{"scope": "contacts"}],
				**CLIENT,
			}
		).insert()
		self.connect(auth_type="OAuth 2 Client Credentials", connected_app=app.name)

	def contact(self, last: str, **values: Any) -> dict[str, Any]:
		person = {"first": " Ann ", "last": last, "email": f"{frappe.scrub(last)}.{self.tag}@Example.com"}
		organisation = {"name": self.tag}
		return self.source.add(**{"person": person, "organisation": organisation, "stage": "new", **values})

	def pull(self) -> None:
		"""What Pull Now and the workers after it do."""
		pulls.pull_now(FLOW)
		self.commit()
		run.run(FLOW)
		process(ACCOUNT)
		# A worker that another test started may have taken some of it.
		under_way = {"status": ("in", ("Received", "Processing"))}
		self.wait_for(lambda: not self.events(**under_way), seconds=20)
		self.assertEqual(self.state()["error"] or "", "")
		self.assertEqual([event.error for event in self.events(status="Failed")], [])

	def state(self) -> dict[str, Any]:
		frappe.db.rollback()
		return pulls.state(FLOW)

	def asked(self, method: str = "GET") -> list:
		"""The requests for contacts since the last look."""
		asked = [
			request
			for request in self.source.requests
			if request.method == method and request.path.startswith(CONTACTS)
		]
		self.source.forget()
		return asked

	def leads(self) -> list[dict[str, Any]]:
		frappe.db.rollback()
		return frappe.get_all("Lead", {"company_name": self.tag}, ["*"], order_by="creation")

	def lead_of(self, contact: dict[str, Any]):
		frappe.db.rollback()
		name = frappe.db.get_value(
			"Sync Link", {"integration": ACCOUNT, "external_id": contact["id"]}, "document_name"
		)
		return frappe.get_doc("Lead", name)


class TestPull(SourceTestCase):
	def test_pages_by_path_query_and_header(self):
		self.connect_by_client_credentials()
		for number in range(5):
			self.contact(f"Number {number}")
		self.contact("Not a person", type="company")
		self.pull()
		self.assertEqual(
			[lead.last_name for lead in self.leads()], [f"Number {number}" for number in range(5)]
		)
		asked = self.asked()
		wanted = {"type": ["person"], "per_page": ["2"]}
		self.assertEqual(
			[parse_qs(urlsplit(request.path).query) for request in asked],
			# Those before the last are looked at again.
			[{**wanted, "page": [str(page)]} for page in (1, 2, 3, 1, 2)],
		)
		self.assertEqual({request.header("Authorization") for request in asked}, {"Bearer token-1"})
		self.assertEqual({request.header("X-Requested-By") for request in asked}, {make.company()})

	def test_what_the_transformer_makes_of_a_record(self):
		self.connect_by_client_credentials()
		contact = self.contact(
			" Lee ", stage="warm", budget_cents=125050, roles=["Buyer", "Head of IT"],
			address={"zip": "10117", "city": "Berlin"},
			person={"first": " Ann ", "last": " Lee ", "email": f"{self.tag}@Example.COM"},
		)  # fmt: skip
		self.pull()
		lead = self.lead_of(contact)
		self.assertEqual(
			(lead.first_name, lead.last_name, lead.email_id, lead.status),
			("Ann", "Lee", f"{self.tag}@example.com", "Interested"),
		)
		self.assertEqual(
			(lead.annual_revenue, lead.job_title, lead.city), (1250.5, "Buyer, Head of IT", "10117 Berlin")
		)
		self.assertEqual((lead.owner, lead.company_name), (make.USER, self.tag))

	def test_then_only_what_changed(self):
		self.connect_by_client_credentials()
		first, second = self.contact("One"), self.contact("Two")
		self.pull()
		self.asked()
		self.source.change(first["id"], stage="won")
		self.pull()
		(request,) = self.asked()
		since = dict(parse_qsl(urlsplit(request.path).query))["changed_since"]
		self.assertEqual(since, "2026-01-31T11:57:00Z")  # the last change, less five minutes
		self.assertEqual(self.lead_of(first).status, "Converted")
		self.assertEqual(self.state()["queued"], 1)
		self.assertEqual(len(self.events(integration=ACCOUNT, event="pull")), 3)
		self.assertEqual(self.lead_of(second).status, "Lead")

	def test_a_lead_that_is_here_already_is_recognised(self):
		self.connect_by_client_credentials()
		known = {"first_name": "Ann", "last_name": "Known", "email_id": f"known.{self.tag}@example.com"}
		lead = frappe.get_doc({"doctype": "Lead", "company_name": self.tag, **known}).insert()
		self.commit()
		contact = self.contact("Known")
		self.pull()
		self.assertEqual(self.lead_of(contact).name, lead.name)
		self.assertEqual(len(self.leads()), 1)

	def test_a_token_that_is_refused_is_renewed_within_the_pull(self):
		self.connect_by_client_credentials()
		self.contact("One")
		self.pull()
		self.source.tokens.clear()
		self.contact("Two")
		self.pull()
		self.assertEqual(len(self.leads()), 2)
		self.assertEqual(self.source.granted, 2)

	def test_a_bearer_token(self):
		self.source.tokens = {"given-by-hand"}
		self.connect(auth_type="Bearer Token", token="given-by-hand")
		self.contact("One")
		self.pull()
		self.assertEqual(len(self.leads()), 1)
		self.source.tokens = {"another"}
		pulls.pull_now(FLOW)
		self.commit()
		run.run(FLOW)
		self.assertTrue(frappe.db.get_value("Integration Settings", ACCOUNT, "paused"))
		self.assertIn("401", self.state()["error"])
		self.assertNotIn("given-by-hand", json.dumps(self.state(), default=str))


class TestPush(SourceTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect_by_client_credentials()

	def push(self) -> None:
		self.deliver(ACCOUNT)
		self.assertEqual([event.error for event in self.events(status=("in", ("Failed", "On Hold")))], [])

	def test_a_change_goes_out_by_path_query_and_payload_and_does_not_come_back(self):
		contact = self.contact("Lee", budget_cents=100, roles=["Buyer"], address={"city": "Bonn"})
		self.pull()
		self.push()
		self.assertEqual(self.asked("PUT") + self.asked("POST"), [])
		lead = self.lead_of(contact)
		lead.update({"status": "Interested", "annual_revenue": 1250.5, "job_title": "Buyer, Head of IT"})
		lead.save()
		self.push()
		(request,) = self.asked("PUT")
		self.assertEqual(request.path, f"{CONTACTS}/{contact['id']}?notify=no")
		self.assertEqual(
			request.json,
			{
				"person": {"first": "Ann", "last": "Lee", "email": f"lee.{self.tag}@example.com"},
				"organisation": {"name": self.tag},
				"stage": "warm",
				"budget_cents": 125050,
				"roles": ["Buyer", "Head of IT"],
				"label": "Ann Lee",
			},
		)
		self.assertEqual(self.source.contacts[contact["id"]]["stage"], "warm")
		before = len(self.events(event="pull"))
		modified = self.lead_of(contact).modified
		self.pull()
		self.push()
		self.assertEqual(len(self.events(event="pull")), before)
		self.assertEqual(self.lead_of(contact).modified, modified)
		self.assertEqual(self.asked("PUT"), [])

	def test_the_requests_that_the_page_shows(self):
		first = self.contact("One")
		self.contact("Two")
		self.pull()
		self.pull()
		lead = self.lead_of(first)
		lead.status = "Interested"
		lead.save()
		self.push()
		sent = [f"{one.method} {one.path}" for one in self.source.requests if one.path.startswith(CONTACTS)]
		shown = re.findall(r"^(GET|PUT) +(/v2/\S+)$", PAGE.read_text("utf-8"), re.MULTILINE)
		self.assertEqual(sent, [" ".join(parts) for parts in shown])

	def test_a_new_lead_and_its_end(self):
		lead = frappe.get_doc(
			{"doctype": "Lead", "first_name": "Bea", "last_name": "New", "company_name": self.tag}
		)
		lead.insert()
		self.push()
		(request,) = self.asked("POST")
		self.assertEqual(request.path, CONTACTS)
		self.assertEqual((request.json["type"], request.json["label"]), ("person", "Bea New"))
		(id,) = self.source.contacts
		self.pull()
		self.assertEqual([row.name for row in self.leads()], [lead.name])
		self.asked()
		self.lead_of(self.source.contacts[id]).delete()
		self.push()
		(request,) = self.asked("DELETE")
		self.assertEqual(request.path, f"{CONTACTS}/{id}")
		self.assertEqual(self.source.contacts, {})

	def test_both_sides_changed_the_same_field_a_person_decides(self):
		contact = self.contact("Lee")
		self.pull()
		lead = self.lead_of(contact)
		lead.status = "Interested"
		lead.save()
		self.commit()
		self.source.change(contact["id"], stage="lost")
		self.pull()
		self.assertEqual(self.lead_of(contact).status, "Interested")
		held = self.events(event="pull", status="On Hold")
		self.assertEqual(len(held), 1, self.history())
		self.deliver(ACCOUNT)
		self.assertEqual(self.asked("PUT"), [])
		self.assertEqual(self.source.contacts[contact["id"]]["stage"], "lost")
