"""HubSpot connected: a person who is a Lead and a Contact here, and one contact there."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import events
from erp_connect.tests.bench.systems.crm_case import LEAD, PERSON
from erp_connect.tests.bench.systems.hubspot_case import HubSpotCase


class PeopleCase(HubSpotCase):
	def setUp(self) -> None:
		super().setUp()
		self.connect("Companies", "Contacts", "Leads")

	def here_by(self, doctype: str, name: str) -> list[str]:
		"""Names of the documents with this address."""
		return frappe.get_all(doctype, {"email_id": self.mail(name)}, pluck="name")

	def edit(self, doc: Any, **values: Any) -> None:
		doc.reload().update(values).save()

	def settle(self) -> None:
		"""Send what is due; what is taken in first is written, and what waited for it goes."""
		for _ in range(2):
			self.send_all()
			self.work()
		self.send_all()

	def assert_there(self, id_: str, **values: str) -> None:
		said = self.said(LEAD, id_)
		self.assertEqual({name: said[name] for name in values}, values, self.history())


class TestNewerValues(PeopleCase):
	def test_a_lead_who_became_a_customer_there_writes_no_older_values_over_the_contact(self):
		lead = self.lead(email_id=self.mail("ida"), job_title="Clerk")
		self.send_all()
		id_ = self.id_of(lead, LEAD)
		stage = {"lifecyclestage": "customer"}
		self.fake.change(
			"contacts", id_, **stage, **self.named(LEAD, {"last": "Oak", "employer": "Oak & Co"})
		)
		for kind in (LEAD, PERSON):
			self.assertEqual(self.pull_of(kind).status, "Idle", self.history())
		self.edit(lead, job_title="Boss")
		self.settle()
		self.assert_there(id_, last="Oak", employer="Oak & Co", title="Boss")
		lead.reload()
		self.assertEqual((lead.last_name, lead.company_name), ("Oak", "Oak & Co"), self.history())
		self.assertEqual(self.here_by("Lead", "ida"), [lead.name])
		self.assert_all_done()

	def test_a_contact_of_ours_who_is_a_lead_there_is_known_before_anything_is_sent(self):
		for webhook in (False, True):
			with self.subTest(webhook=webhook):
				name = f"bo{int(webhook)}"
				person = self.contact(self.customer().name, first_name="Bo", email=self.mail(name))
				frappe.db.delete("Sync Log")
				self.commit()
				id_ = self.there(LEAD, first="Bo", last="Oak", email=self.mail(name))
				if webhook:
					self.by_webhook()
				for kind in (PERSON, LEAD):
					self.pull_of(kind)
				self.settle()
				self.alter(LEAD, id_, title="Boss")
				for kind in (PERSON, LEAD):
					self.pull_of(kind)
				self.edit(person, department="Sales")
				self.settle()
				self.assert_there(id_, last=person.reload().last_name, title="Boss")
				self.assertEqual(
					(person.designation, self.here_by("Lead", name)), ("Boss", []), self.history()
				)

	def test_what_changed_there_and_was_not_pulled_yet_is_not_written_over(self):
		lead = self.lead(job_title="Clerk")
		person = self.contact(self.customer().name, designation="Clerk")
		self.send_all()
		for kind, doc, field in ((LEAD, lead, "job_title"), (PERSON, person, "designation")):
			id_ = self.id_of(doc, kind)
			self.alter(kind, id_, last="Oak")
			self.edit(doc, **{field: "Boss"})
			self.settle()
			self.assert_there(id_, last="Oak", title="Boss")
			self.assertEqual(doc.reload().last_name, "Oak")
		self.assert_all_done()

	def test_a_lead_and_a_contact_of_one_record_write_nothing_older_over_each_other(self):
		lead = self.lead(email_id=self.mail("ida"), job_title="Clerk", company_name="Elm & Co")
		self.send_all()
		id_ = self.id_of(lead, LEAD)
		# The Contact that ERPNext made of the Lead is one of a Customer as well.
		(name,) = self.here_by("Contact", "ida")
		person = frappe.get_doc("Contact", name)
		person.append("links", {"link_doctype": "Customer", "link_name": self.customer().name})
		person.save()
		self.settle()
		self.assertEqual(self.id_of(person, PERSON), id_)
		self.edit(person, last_name="Oak", designation="Boss")
		self.settle()
		self.assert_there(id_, last="Oak", title="Boss")
		self.edit(lead, company_name="Elm and Sons")
		self.settle()
		self.assert_there(id_, last="Oak", title="Boss", employer="Elm and Sons")
		self.edit(person, designation="Chair")
		self.settle()
		self.assert_there(id_, last="Oak", title="Chair", employer="Elm and Sons")
		self.assertEqual((lead.reload().last_name, lead.job_title), ("Oak", "Boss"))
		self.assert_all_done()


class TestOnePerson(PeopleCase):
	def test_a_contact_that_a_webhook_tells_becomes_what_its_stage_says(self):
		customer = self.there(PERSON, first="Cus", email=self.mail("cus"))
		lead = self.there(LEAD, first="Lea", email=self.mail("lea"))
		self.by_webhook()
		self.assertEqual((self.here_by("Lead", "cus"), len(self.here_by("Contact", "cus"))), ([], 1))
		self.assertEqual(self.here(LEAD, lead).name, *self.here_by("Lead", "lea"))
		self.assertEqual(self.links(remote_entity="contact", external_id=lead), [], self.history())
		for flow in ("Leads", "Contacts"):
			self.pull(flow)
		self.assertEqual(
			self.events(field_mapping=self.flow("Leads"), event="pull"),
			[],
			"what is not meant makes no event",
		)
		# The Contact that ERPNext made of the Lead is known by its address, and follows as well.
		(link,) = self.links(remote_entity="contact", external_id=lead)
		self.assertEqual([link.document_name], self.here_by("Contact", "lea"))
		# What is known goes on to be told, whatever became of it.
		self.fake.change("contacts", lead, lifecyclestage="customer", lastname="Oak")
		self.by_webhook()
		self.assertEqual(self.here(LEAD, lead).last_name, "Oak", self.history())
		self.assertEqual(self.here(PERSON, customer).first_name, "Cus")
		self.assert_all_done()

	def test_a_contact_of_ours_that_is_a_lead_there_is_no_lead_here(self):
		person = self.contact(self.customer().name)
		self.send_all()
		# A system may put whoever is new into its first stage.
		self.fake.change("contacts", self.id_of(person, PERSON), lifecyclestage="lead", lastname="Oak")
		for kind in (LEAD, PERSON):
			self.pull_of(kind)
		self.assertEqual(self.here_by("Lead", "jane"), [], self.history())
		self.assertEqual(person.reload().last_name, "Oak")
		self.assertEqual(self.compared("Leads")[0], 0, "nobody is missing here")
		self.assert_all_done()

	def test_two_contacts_of_one_address_are_two_there_once_one_has_another(self):
		first, second = self.contact(), self.contact(first_name="Joe")
		self.send_all()
		(event,) = self.events(reference_name=second.name, status="Failed")
		self.assertEqual(event.outcome, "link_conflict", self.history())
		for text in (f"Contact {first.name}", "merge them", "press Retry", "Skip or Pin…"):
			self.assertIn(text, event.error)
		self.assert_there(self.id_of(first, PERSON), first="Jane")
		second.reload().email_ids[0].email_id = self.mail("joe")
		second.save()
		self.commit()
		events.retry([event.name])
		self.settle()
		self.assertEqual(self.said(PERSON, self.id_of(second, PERSON))["first"], "Joe")
		self.assert_there(self.id_of(first, PERSON), first="Jane")
		self.assert_all_done()
