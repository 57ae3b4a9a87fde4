"""HubSpot for the proof suite: what is entered, and what its records hold."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.tests.bench.inbound_case import HOOK
from erp_connect.tests.bench.systems.crm_case import COMPANY, DEAL, LEAD, PERSON, CrmCase, crm_entries
from erp_connect.tests.bench.systems.system import CRM, System
from erp_connect.tests.fakes.hubspot import CLIENT_SECRET, HubSpot

KINDS = {COMPANY: "companies", PERSON: "contacts", LEAD: "contacts", DEAL: "deals"}
NAMES = {
	"first": "firstname", "last": "lastname", "email": "email", "phone": "phone", "mobile": "mobilephone", "title": "jobtitle",
	"site": "website", "employer": "company", "amount": "amount", "stage": "dealstage", "close": "closedate",
	"currency": "deal_currency_code",
}  # fmt: skip
STAGES = {
	"new": "appointmentscheduled",
	"qualified": "qualifiedtobuy",
	"won": "closedwon",
	"lost": "closedlost",
}


def entries(company: str) -> Mapping[str, str]:
	return {"token": "hubspot-token-of-the-tests", "webhook_secret": CLIENT_SECRET, **crm_entries()}


HUBSPOT = System(
	"HubSpot",
	HubSpot,
	entries,
	kind=CRM,
	not_offered={
		"Webhooks registered and removed": "its webhooks are entered with the app",
		"Tags out": "it has no tags",
		"Webhooks renewed before they expire": "its webhooks do not expire",
	},
)


class HubSpotCase(CrmCase):
	system = HUBSPOT
	secrets = {"token": "hubspot-token-of-the-tests", "verification_secret": CLIENT_SECRET}
	tables = KINDS
	opted_out = ("hs_email_optout", "true")
	flows = {
		COMPANY: ("Companies", "company"),
		PERSON: ("Contacts", "contact"),
		LEAD: ("Leads", "lead"),
		DEAL: ("Deals", "deal"),
		"ties": ("Companies of contacts", "contact"),
		"notes": ("Notes of deals", "note"),
		"notes in": ("Notes of deals in", "note"),
		"notes of contacts": ("Notes of contacts in", "note"),
	}

	def there(self, kind: str, **values: Any) -> str:
		company = values.pop("company", "")
		more = {LEAD: {"lifecyclestage": "lead"}, PERSON: {"lifecyclestage": "customer"}}.get(kind, {})
		id_ = self.fake.add(KINDS[kind], **more, **self.named(kind, values))
		if company:
			self.fake.associate(KINDS[kind], id_, "companies", company)
		return id_

	def said(self, kind: str, id_: str) -> dict[str, Any]:
		record = self.fields_there(kind, id_)
		found = {name: record.get(there) or "" for name, there in NAMES.items()}
		found["name"] = record.get("dealname" if kind == DEAL else "name")
		found["stage"] = {there: name for name, there in STAGES.items()}.get(found["stage"])
		found["company"] = next(iter(self.fake.links.get((KINDS[kind], id_, "companies"), ())), "")
		return found

	def hear(self, *kinds: str) -> None:
		self.assertEqual(self.by_webhook(), 200)

	def fields_there(self, kind: str, id_: str) -> dict[str, Any]:
		return self.fake.records[KINDS[kind]][id_]["properties"]

	def count_there(self, kind: str) -> int:
		return len(self.fake.records[KINDS[kind]])

	def note_there(self, deal: str, text: str, of: str = "deals") -> str:
		with self.fake.lock:
			id_ = self.fake.make("notes", {"hs_note_body": f"<p>{text}</p>"})["id"]
			self.fake.associate("notes", id_, of, deal)
		return id_

	def notes_of(self, deal: str, of: str = "deals") -> list[str]:
		return [
			self.fake.records["notes"][id_]["properties"]["hs_note_body"]
			for (kind, id_, other), ids in self.fake.links.items()
			if (kind, other) == ("notes", of) and deal in ids
		]

	def by_webhook(self, at: int = 0, **how: Any) -> int:
		"""Deliver what HubSpot has told, as one list. The status of the answer."""
		key = frappe.db.get_value("Integration Settings", self.account, "endpoint_key")
		self.commit()
		events, self.fake.told = self.fake.told, []
		status = self.fake.send(f"{self.site.url}{HOOK}{key}", events, at or round(time.time() * 1000), **how)
		self.work()
		return status

	def named(self, kind: str, values: dict[str, Any]) -> dict[str, str]:
		names = {**NAMES, "name": "dealname" if kind == DEAL else "name"}
		return {
			names[name]: STAGES.get(value, value) if name == "stage" else value
			for name, value in values.items()
		}
