"""Mailchimp for the proof suite: what is entered, and what its audience holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.tests.bench.systems.crm_case import LEAD, PERSON, CrmCase
from erp_connect.tests.bench.systems.system import CRM, System
from erp_connect.tests.fakes.mailchimp import KEY, LIST, Mailchimp

NO_CRM = ("Companies in", "Companies out", "Deals in", "Deals out", "Associations")


def entries(company: str) -> Mapping[str, str]:
	return {"api_key": KEY, "list": LIST}


MAILCHIMP = System(
	"Mailchimp",
	Mailchimp,
	entries,
	kind=CRM,
	not_offered={
		**dict.fromkeys(NO_CRM, "its audience has people only"),
		"Merged outside": "it merges no members",
		"Notes in": "its notes are had member by member, and tell no change",
		"Token expired": "neither keys nor tokens expire",
		"Webhooks renewed before they expire": "its webhooks do not expire",
		"Webhook with a changed byte refused": "it signs nothing: its webhooks carry a secret, and each member is read again",
		"Webhook that is stale refused": "it signs nothing; what comes twice has no effect",
	},
)


class MailchimpCase(CrmCase):
	system = MAILCHIMP
	secrets = {"token": KEY}
	flows = {PERSON: ("Contacts", "contact"), LEAD: ("Leads", "lead")}

	def member(self, address: str = "") -> dict[str, Any]:
		"""The member of this address, as the audience has it now."""
		(found,) = [
			one for one in self.fake.members.values() if one["email_address"] == (address or self.mail())
		]
		return found
