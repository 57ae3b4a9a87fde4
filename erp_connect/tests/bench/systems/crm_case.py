"""What the suites of CRMs share: people, companies and deals on both sides, in words of no vendor.

A system says by `there`, `alter` and `said` how its records hold what is meant by: first, last, email, phone, mobile,
title (of a person), name, site (of a company), employer (of a lead), amount, currency, stage, close (of a deal), company (id of the
company of a person or deal).
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import accounts, presets
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.system_case import SystemCase

COMPANY, PERSON, LEAD, DEAL = "company", "person", "lead", "deal"


def crm_entries() -> dict[str, str]:
	"""Entries that each CRM asks for."""
	return {"customer_group": make.leaf("Customer Group"), "territory": make.leaf("Territory")}


class CrmCase(SystemCase):
	# Flow and outside entity by what a record is.
	flows: dict[str, tuple[str, str]]
	# Table of the fake by what a record is.
	tables: dict[str, str]
	# Field of a lead outside that says no to e-mail, and how.
	opted_out: tuple[str, Any]
	# What is entered where the system has to be told that it has several currencies.
	several: dict[str, str] = {}
	# What a person enters anew when the address of the account changes.
	secrets: dict[str, str] = {}

	def there(self, kind: str, **values: Any) -> str:
		"""Somebody makes a record outside. Its id."""
		raise NotImplementedError

	def named(self, kind: str, values: dict[str, Any]) -> dict[str, Any]:
		"""Values as the system's fields have them."""
		raise NotImplementedError

	def alter(self, kind: str, id_: str, **values: Any) -> None:
		"""Somebody changes a record outside."""
		self.fake.change(self.tables[kind], id_, **self.named(kind, values))

	def fields_there(self, kind: str, id_: str) -> dict[str, Any]:
		"""The fields of a record outside, as the system has them."""
		return self.fake.records[self.tables[kind]][id_]

	def opt_out(self, id_: str) -> None:
		"""A lead says no to e-mail outside."""
		field, no = self.opted_out
		self.fake.change(self.tables[LEAD], id_, **{field: no})

	def is_opted_out(self, id_: str) -> bool:
		field, no = self.opted_out
		return self.fields_there(LEAD, id_)[field] == no

	def said(self, kind: str, id_: str) -> dict[str, Any]:
		"""What a record outside holds, by the same names; empty is an empty text."""
		raise NotImplementedError

	def gone(self, kind: str, id_: str) -> bool:
		"""Whether a record is not there any more."""
		return id_ not in self.fake.records[self.tables[kind]]

	def vanish(self, kind: str, id_: str) -> None:
		"""Somebody deletes a record outside."""
		self.fake.remove(self.tables[kind], id_)

	def note_there(self, deal: str, text: str) -> str:
		"""Somebody writes a note on a deal outside. Its id."""
		raise NotImplementedError

	def hear(self, *kinds: str) -> None:
		"""Take in what the outside has told since."""
		raise NotImplementedError

	def setUp(self) -> None:
		super().setUp()
		self.mark = frappe.generate_hash(length=7)
		for stage in ("Prospecting", "Qualification", "Needs Analysis", "Proposal/Price Quote"):
			if not frappe.db.exists("Sales Stage", stage):
				frappe.get_doc({"doctype": "Sales Stage", "stage_name": stage}).insert()

	def connect(self, *flows: str, name: str = "The CRM", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake."""
		made = super().connect(*flows, name=name, **how)
		self.turn_to(how.get("fake") or self.fake)
		return made

	def turn_to(self, fake: Any, **values: Any) -> None:
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update({"base_url": fake.url, **self.secrets, **values})
		doc.save()
		self.commit()

	def grant(self, token_path: str, secret: str, *, access: str, refresh: str) -> None:
		"""The account's Connected App leads to the fake, and its user has granted access, by these tokens."""
		name = self.account
		user = frappe.db.get_value("Integration Settings", name, "user")
		app = frappe.get_doc(
			"Connected App", frappe.db.get_value("Integration Settings", name, "connected_app")
		)
		self.addCleanup(self.remove_app, app.name)
		app.update({"token_uri": f"{self.fake.url}{token_path}", "client_secret": secret})
		app.save()
		self.turn_to(self.fake, connected_app=app.name)
		frappe.db.set_value("Integration Settings", name, "token_user", user)
		frappe.clear_document_cache("Integration Settings", name)
		accounts.resume(name)
		cache = frappe.get_doc({"doctype": "Token Cache", "connected_app": app.name, "user": user})
		cache.update_data(
			{"access_token": access, "refresh_token": refresh, "expires_in": 3600, "token_type": "Bearer"}
		)
		self.commit()

	def switch_on(self) -> None:
		self.assertEqual(presets.switch_on(self.account)["refused"], {})
		self.commit()

	def connect_for(self, *kinds: str, **how: Any) -> None:
		self.connect(*dict.fromkeys(self.flows[kind][0] for kind in kinds), **how)

	def pull_of(self, kind: str, account: str = "", **how: Any) -> Any:
		return self.pull(self.flows[kind][0], account, **how)

	def here(self, kind: str, id_: str, account: str = "") -> Any:
		"""The document of a record outside."""
		return self.linked(self.flows[kind][1], id_, account)

	def id_of(self, doc: Any, kind: str) -> str:
		"""The id outside of a document."""
		links = self.links(
			document_type=doc.doctype, document_name=doc.name, remote_entity=self.flows[kind][1]
		)
		self.assertEqual(len(links), 1, self.history())
		return links[0].external_id

	def mail(self, name: str = "jane") -> str:
		return f"{name}.{self.mark}@example.com"

	# Documents here

	def customer(self, **values: Any) -> Any:
		return make.customer(**{"customer_name": f"Birch {frappe.generate_hash(length=8)}", **values})

	def contact(self, customer: str = "", **values: Any) -> Any:
		"""A contact with an e-mail address, a telephone and a mobile number."""
		doc = frappe.get_doc(
			{
				"doctype": "Contact",
				"first_name": "Jane",
				"last_name": "Alder",
				"email_ids": [{"email_id": values.pop("email", self.mail()), "is_primary": 1}],
				"phone_nos": [
					{"phone": "+1 555 0100", "is_primary_phone": 1},
					{"phone": "+1 555 0199", "is_primary_mobile_no": 1},
				],
				"links": [{"link_doctype": "Customer", "link_name": customer}] if customer else [],
				**values,
			}
		)
		return doc.insert()

	def lead(self, **values: Any) -> Any:
		given = {
			"first_name": "Lea",
			"last_name": "Elm",
			"email_id": self.mail("lea"),
			"company_name": "Elm & Co",
		}
		return frappe.get_doc({"doctype": "Lead", "status": "Lead", **given, **values}).insert()

	def opportunity(self, customer: str, **values: Any) -> Any:
		given = {
			"title": f"Chairs {self.mark}",
			"opportunity_amount": 1200,
			"expected_closing": "2026-12-31",
			"sales_stage": "Qualification",
			"company": self.company,
		}
		party = {"opportunity_from": "Customer", "party_name": customer}
		return frappe.get_doc({"doctype": "Opportunity", **party, **given, **values}).insert()

	def comment(self, doc: Any, text: str) -> Any:
		comment = doc.add_comment("Comment", text)
		self.commit()
		return comment

	def send_all(self) -> None:
		"""Send what is due, and once more what had to wait for it."""
		for _ in range(3):
			self.send()
			frappe.db.sql(
				"UPDATE `tabSync Log` SET due_at = due_at - 86400 WHERE due_at IS NOT NULL AND direction = 'Outgoing'"
			)
			self.commit()
