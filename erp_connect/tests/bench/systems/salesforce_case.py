"""Salesforce for the proof suite: what is entered, and what its records hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from erp_connect.api import accounts
from erp_connect.tests.bench.systems.crm_case import COMPANY, DEAL, LEAD, PERSON, CrmCase, crm_entries
from erp_connect.tests.bench.systems.system import CRM, System
from erp_connect.tests.fakes.salesforce import Salesforce

OBJECTS = {COMPANY: "Account", PERSON: "Contact", LEAD: "Lead", DEAL: "Opportunity"}
NAMES = {
	"first": "FirstName", "last": "LastName", "email": "Email", "phone": "Phone", "mobile": "MobilePhone", "title": "Title",
	"name": "Name", "site": "Website", "employer": "Company", "amount": "Amount", "stage": "StageName", "close": "CloseDate",
	"company": "AccountId", "currency": "CurrencyIsoCode",
}  # fmt: skip
STAGES = {"new": "Prospecting", "qualified": "Qualification", "won": "Closed Won", "lost": "Closed Lost"}


@lru_cache(maxsize=1)
def keys() -> tuple[str, str]:
	"""A private key and its public one, as PEM."""
	key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
	private = key.private_bytes(
		serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
	)
	public = key.public_key().public_bytes(
		serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
	)
	return private.decode(), public.decode()


def entries(company: str) -> Mapping[str, str]:
	app = {"consumer_key": "3MVG9consumer", "username": "erp@example.com", "private_key": keys()[0]}
	return {"login": "login.salesforce.com", **app, **crm_entries()}


NO_WEBHOOKS = (
	"Webhooks registered and removed", "Webhooks renewed before they expire", "Change in by webhook",
	"Webhook with a changed byte refused", "Webhook that is stale refused", "Webhook twice, one effect",
)  # fmt: skip
SALESFORCE = System(
	"Salesforce",
	lambda: Salesforce(keys()[1]),
	entries,
	kind=CRM,
	not_offered={
		**dict.fromkeys(
			NO_WEBHOOKS, "it tells of changes by a stream of its own (gRPC) or in SOAP, and is asked instead"
		),
		"Tags out": "its topics are records of their own, and are not part of another",
	},
)


class SalesforceCase(CrmCase):
	system = SALESFORCE
	tables = OBJECTS
	several = {"currencies": "several"}
	opted_out = ("HasOptedOutOfEmail", True)
	flows = {
		COMPANY: ("Accounts", "account"),
		PERSON: ("Contacts", "contact"),
		LEAD: ("Leads", "lead"),
		DEAL: ("Opportunities", "opportunity"),
		"ties": ("Contacts", "contact"),
		"notes": ("Notes of opportunities", "note"),
		"notes in": ("Notes of opportunities in", "note"),
	}

	def connect(self, *flows: str, name: str = "The CRM", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake, whose login is at another place than Salesforce's."""
		made = super().connect(*flows, name=name, **how)
		if not how.get("auth"):
			fake = how.get("fake") or self.fake
			self.turn_to(fake, token_url=f"{fake.url}/services/oauth2/token", jwt_key=keys()[0])
			accounts.resume(name)
			self.commit()
		return made

	def there(self, kind: str, **values: Any) -> str:
		more = {"Company": "-"} if kind == LEAD and "employer" not in values else {}
		return self.fake.add(OBJECTS[kind], **more, **self.named(kind, values))

	def said(self, kind: str, id_: str) -> dict[str, Any]:
		record = self.fields_there(kind, id_)
		found = {name: record.get(there) or "" for name, there in NAMES.items()}
		found["stage"] = {there: name for name, there in STAGES.items()}.get(found["stage"])
		return found

	def gone(self, kind: str, id_: str) -> bool:
		return self.fake.records[OBJECTS[kind]][id_]["IsDeleted"]

	def count_there(self, kind: str) -> int:
		return len(self.fake.alive(OBJECTS[kind]))

	def hear(self, *kinds: str) -> None:
		for kind in kinds:
			self.pull_of(kind)

	def note_there(self, deal: str, text: str) -> str:
		return self.fake.add("Note", ParentId=deal, Title="Wishes", Body=text)

	def notes_of(self, deal: str) -> list[str]:
		return [one["Body"] for one in self.fake.alive("Note").values() if one["ParentId"] == deal]

	def named(self, kind: str, values: dict[str, Any]) -> dict[str, Any]:
		found = {
			NAMES[name]: STAGES.get(value, value) if name == "stage" else value
			for name, value in values.items()
		}
		return {**found, "Amount": float(found["Amount"])} if "Amount" in found else found
