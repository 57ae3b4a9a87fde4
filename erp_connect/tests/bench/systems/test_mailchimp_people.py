"""Mailchimp connected: people who are here already, and several of one address."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.api import events
from erp_connect.operate import preview
from erp_connect.store import sync_link
from erp_connect.tests.bench.systems.crm_case import LEAD, PERSON
from erp_connect.tests.bench.systems.mailchimp_case import MailchimpCase


class TestKnownPeople(MailchimpCase):
	def test_a_new_member_who_is_a_contact_a_customer_or_a_lead_is_not_made_a_second_person(self):
		second = {
			"email_ids": [{"email_id": self.mail("main"), "is_primary": 1}, {"email_id": self.mail("2nd")}]
		}
		names = [self.contact(**values).name for values in ({"email": self.mail("c").title()}, second)]
		customer, lead = self.customer(email_id=self.mail("shop")), self.lead()
		self.connect("Leads", "New members")
		there = {who: self.fake.join(self.mail(who), FNAME=who) for who in ("c", "2nd", "shop", "lea", "new")}
		for _ in range(2):
			self.assertEqual(self.pull("New members").status, "Idle", self.history())
		made = frappe.get_all("Lead", {"email_id": ("in", list(map(self.mail, there)))}, pluck="email_id")
		self.assertEqual(sorted(made), sorted([lead.email_id, self.mail("new")]), self.history())
		self.assertEqual(self.linked("lead", there["lea"]).name, lead.name)
		told = {row.external_id: row.error or "" for row in self.events(direction="Incoming")}
		contact = frappe.db.get_value("Contact Email", {"email_id": customer.email_id}, "parent")
		for who, name in zip(("c", "2nd", "shop"), (*names, contact), strict=True):
			self.assertIn(f"Contact {name} has {self.mail(who)} already", told[there[who]])
		self.assertEqual([told[there[who]] for who in ("lea", "new")], ["", ""])
		self.assertEqual(self.compared("New members")[0], 0, "what is left out is not missing")
		self.assert_all_done(direction="Incoming")

	def test_a_new_member_who_is_a_contact_is_left_out_by_webhook_too(self):
		name = self.contact().name
		self.connect("Leads", "New members")
		self.register()
		self.fake.join(self.mail())
		self.work()
		self.assertFalse(frappe.db.exists("Lead", {"email_id": self.mail()}), self.history())
		told = [row.error or "" for row in self.events(direction="Incoming")]
		self.assertIn(f"Contact {name} has {self.mail()} already", "".join(told))


class OneAddressCase(MailchimpCase):
	def refused(self, doc: Any, *told: str) -> Any:
		"""The event of a document that was refused before anything was sent of it."""
		found = self.events(reference_name=doc.name, status="Failed")
		self.assertEqual([row.outcome for row in found], ["same_record"], self.history())
		for text in told:
			self.assertIn(text, found[0].error)
		return found[0]

	def retry(self, event: Any) -> None:
		events.retry([event.name])
		self.commit()
		self.send_all()

	def assert_member_is(self, doc: Any, **values: Any) -> None:
		merge = self.member(values.pop("address", ""))["merge_fields"]
		wanted = {"FNAME": doc.first_name, "LNAME": doc.last_name, "ERPNEXT": f"{doc.doctype}: {doc.name}"}
		self.assertEqual({name: merge[name] for name in wanted}, wanted, self.history())


class TestOneAddress(OneAddressCase):
	"""Several people here of one address, which is one member there."""

	def test_of_two_contacts_of_one_mailbox_the_second_writes_nothing_over_the_first(self):
		self.connect("Contacts")
		first = self.contact()
		self.send_all()
		second = self.contact(first_name="Joe", email=self.mail().title())
		self.send_all()
		self.refused(second, f"Contact {first.name}", self.mail().title(), "merge them", "Skip or Pin…")
		self.assert_member_is(first)
		self.pull("Contacts")
		self.assertEqual(first.reload().first_name, "Jane")
		shown = preview.preview(frappe.get_doc("Field Mapping", self.flow("Contacts")), second.name)
		self.assertEqual((shown["sends"], shown["reason"]), (False, "same_record"))

	def test_another_address_and_retry_make_a_member_of_its_own(self):
		self.connect("Contacts")
		first, second = self.contact(), self.contact(first_name="Joe")
		self.send_all()
		event = self.refused(second, f"Contact {first.name}")
		second.reload().email_ids[0].email_id = self.mail("joe")
		second.save()
		self.retry(event)
		self.assert_member_is(first)
		self.assert_member_is(second, address=self.mail("joe"))
		self.assert_all_done()

	def test_merged_and_retried_they_are_one_member(self):
		self.connect("Contacts")
		first, second = self.contact(), self.contact(first_name="Joe")
		self.send_all()
		event = self.refused(second)
		frappe.rename_doc("Contact", second.name, first.name, merge=True)
		self.commit()
		self.send_all()
		self.retry(event)
		self.assertEqual(len(self.fake.members), 1)
		self.assert_member_is(first.reload())
		self.assert_all_done()

	def test_a_lead_of_the_address_of_a_contact_waits_until_one_leads_to_the_other(self):
		self.connect("Contacts", "Leads")
		person = self.contact()
		self.send_all()
		lead = self.lead(email_id=self.mail())
		self.send_all()
		event = self.refused(lead, f"Contact {person.name}", "Links")
		self.assert_member_is(person)
		person.reload().append("links", {"link_doctype": "Lead", "link_name": lead.name})
		person.save()
		self.retry(event)
		self.assertEqual(self.id_of(lead, LEAD), self.id_of(person, PERSON), self.history())

	def test_a_lead_and_the_contact_that_is_made_of_it_are_one_member(self):
		self.connect("Contacts", "Leads", "Customers")
		lead = self.lead()
		self.send_all()
		customer = self.customer(lead_name=lead.name, email_id=self.mail("lea"))
		self.send_all()
		links = self.links(external_id=self.member(self.mail("lea"))["id"])
		self.assertEqual(
			{link.document_type for link in links}, {"Lead", "Contact", "Customer"}, self.history()
		)
		self.assertIn(customer.name, [link.document_name for link in links])


class TestAddressGivenAway(OneAddressCase):
	"""An address that one had, and another one has now."""

	def given_away(self) -> tuple[Any, Any]:
		"""A Contact gets an address of its own, and another one is entered with the former."""
		first = self.contact()
		self.send_all()
		first.reload().email_ids[0].email_id = self.mail("own")
		first.save()
		second = self.contact(first_name="Joe")
		self.commit()
		return first, second

	def assert_two(self, first: Any, second: Any) -> None:
		self.assertEqual(len(self.fake.members), 2, self.history())
		self.assert_member_is(first, address=self.mail("own"))
		self.assert_member_is(second)
		self.assertNotEqual(self.id_of(first, PERSON), self.id_of(second, PERSON))

	def test_corrected_and_given_to_another_at_once_both_get_through(self):
		self.connect("Contacts")
		first, second = self.given_away()
		shown = preview.preview(frappe.get_doc("Field Mapping", self.flow("Contacts")), second.name)
		self.assertEqual((shown["sends"], shown["reason"]), (False, "request_under_way"))
		self.assertIn(f"Contact {first.name}", shown["told"])
		self.send_all()
		self.assert_two(first, second)
		self.assert_all_done()

	def test_it_waits_as_long_as_the_other_is_tried_again(self):
		self.connect("Contacts")
		first, second = self.given_away()
		self.fake.trouble(500, "PUT")
		self.send()
		(event,) = self.events(reference_name=second.name)
		self.assertEqual((event.status, event.outcome), ("Retrying", "request_under_way"), self.history())
		self.later()
		self.send_all()
		self.assert_two(first, second)
		self.assert_all_done()

	def test_given_up_without_another_its_link_is_deleted_by_hand(self):
		self.connect("Contacts")
		first = self.contact()
		self.send_all()
		first.reload().email_ids = []
		first.save()
		self.commit()
		self.send_all()
		second = self.contact(first_name="Joe")
		self.send_all()
		id_ = f"delete its Sync Link with External id {self.member()['id']}"
		event = self.refused(second, f"linked with Contact {first.name}", id_, "any more", self.mail())
		self.assertNotIn("both have", event.error)
		frappe.delete_doc("Sync Link", self.links(document_name=first.name)[0].name)
		self.retry(event)
		self.assert_member_is(second)
		self.assertEqual([link.document_name for link in self.links()], [second.name])
		self.assertEqual(len(self.fake.members), 1)
		(event,) = self.events(reference_name=second.name)
		self.assertEqual(event.status, "Delivered", self.history())

	def test_a_lead_that_has_another_value_than_its_record_is_told_so(self):
		self.connect("Contacts", "Leads")
		lead = self.lead(email_id=self.mail())
		self.send_all()
		made_of_it = frappe.get_doc("Contact", {"email_id": self.mail()})
		made_of_it.email_ids[0].email_id = self.mail("own")
		made_of_it.save()
		self.commit()
		self.send_all()
		frappe.db.set_value("Lead", lead.name, "email_id", self.mail("own"))
		person = self.contact(first_name="Joe")
		self.send_all()
		event = self.refused(person, f"linked with Lead {lead.name}", "delete its Sync Link", "any more")
		frappe.delete_doc("Sync Link", self.links(document_name=lead.name)[0].name)
		self.retry(event)
		self.assert_member_is(person)

	def test_a_record_that_was_deleted_outside_is_no_obstacle(self):
		self.connect("Contacts")
		first = self.contact()
		self.send_all()
		self.fake.members.clear()
		sync_link.set_gone(self.links()[0].name, "{}")
		second = self.contact(first_name="Joe")
		self.send_all()
		self.assert_member_is(second)
		self.assertEqual(self.id_of(second, PERSON), self.member()["id"], self.history())
		first.reload().last_name = "Other"
		first.save()
		self.commit()
		self.send_all()
		self.assert_member_is(second)
		(event,) = self.events(reference_name=first.name, event="update")
		self.assertEqual((event.status, event.outcome), ("Skipped", "gone_outside"), self.history())
