"""Zoho CRM for the proof suite: what is entered, and what its records hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.tests.bench.systems.crm_case import COMPANY, DEAL, LEAD, PERSON, CrmCase, crm_entries
from erp_connect.tests.bench.systems.system import CRM, System
from erp_connect.tests.fakes.zoho_crm import ZohoCrm

MODULES = {COMPANY: "Accounts", PERSON: "Contacts", LEAD: "Leads", DEAL: "Deals"}
NAMES = {
	"first": "First_Name", "last": "Last_Name", "email": "Email", "phone": "Phone", "mobile": "Mobile", "title": "Title",
	"site": "Website", "employer": "Company", "amount": "Amount", "stage": "Stage", "close": "Closing_Date",
	"currency": "Currency",
}  # fmt: skip
STAGES = {
	"new": "Qualification",
	"qualified": "Identify Decision Makers",
	"won": "Closed Won",
	"lost": "Closed Lost",
}


def entries(company: str) -> Mapping[str, str]:
	client = {"client_id": "1000.ZOHOCLIENT", "client_secret": "zoho-client-secret"}
	return {"data_centre": "zoho.eu", **client, **crm_entries()}


ZOHO_CRM = System(
	"Zoho CRM",
	ZohoCrm,
	entries,
	kind=CRM,
	not_offered={
		"Merged outside": "it tells no merges; a record that is gone by one is found by comparing, unless it is told as deleted",
		"Tags out": "tags are put by requests of their own, and are not part of a record",
		"Webhook with a changed byte refused": "it signs nothing: its notifications carry a secret, and each record is read again",
		"Webhook that is stale refused": "it signs nothing; what comes twice has no effect",
	},
)


class ZohoCrmCase(CrmCase):
	system = ZOHO_CRM
	tables = MODULES
	several = {"currencies": "several"}
	opted_out = ("Email_Opt_Out", True)
	flows = {
		COMPANY: ("Accounts", "account"),
		PERSON: ("Contacts", "contact"),
		LEAD: ("Leads", "lead"),
		DEAL: ("Deals", "deal"),
		"ties": ("Contacts", "contact"),
		"notes": ("Notes of deals", "note"),
		"notes in": ("Notes of deals in", "note"),
	}

	def connect(self, *flows: str, name: str = "The CRM", **how: Any) -> dict[str, Any]:
		made = super().connect(*flows, name=name, **how)
		fake = how.get("fake") or self.fake
		self.grant("/oauth/v2/token", fake.client[1], access="1000.token", refresh=fake.refresh_token)
		return made

	def there(self, kind: str, **values: Any) -> str:
		return self.fake.add(MODULES[kind], **self.named(kind, values))

	def said(self, kind: str, id_: str) -> dict[str, Any]:
		record = self.fields_there(kind, id_)
		found = {name: record.get(there) or "" for name, there in NAMES.items()}
		found["name"] = record.get("Deal_Name" if kind == DEAL else "Account_Name")
		found["stage"] = {there: name for name, there in STAGES.items()}.get(found["stage"])
		account = record.get("Account_Name")
		found["company"] = account["id"] if isinstance(account, dict) else ""
		return found

	def hear(self, *kinds: str) -> None:
		if not self.fake.channels:
			self.register()
			self.pull_of(*kinds)
		self.work()

	def count_there(self, kind: str) -> int:
		return len(self.fake.records[MODULES[kind]])

	def note_there(self, deal: str, text: str) -> str:
		parent = {"id": deal, "module": {"api_name": "Deals"}}
		return self.fake.add("Notes", Parent_Id=parent, Note_Content=text)

	def notes_of(self, deal: str) -> list[str]:
		return [
			one["Note_Content"]
			for one in self.fake.records["Notes"].values()
			if one["Parent_Id"] == {"id": deal, "module": {"api_name": "Deals"}}
		]

	def named(self, kind: str, values: dict[str, Any]) -> dict[str, Any]:
		names = {**NAMES, "name": "Deal_Name" if kind == DEAL else "Account_Name"}
		given = dict(values)
		account = {"Account_Name": {"id": given.pop("company")}} if given.get("company") else {}
		given.pop("company", None)
		more = {"Company": "-"} if kind == LEAD and "employer" not in given and "last" in given else {}
		found = {
			names[name]: STAGES.get(value, value) if name == "stage" else value
			for name, value in given.items()
		}
		if "Amount" in found:
			found["Amount"] = float(found["Amount"])
		return {**more, **found, **account}
