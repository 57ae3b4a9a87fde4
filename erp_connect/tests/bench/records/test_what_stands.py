"""After a write from outside, what stands in the document is what was meant; or it is told, and never sent back."""

from __future__ import annotations

import json

import frappe

from erp_connect.api import events, reconciliation
from erp_connect.config import inflow
from erp_connect.core.mapping.merge import OUTSIDE
from erp_connect.inbound import process
from erp_connect.reconcile import run
from erp_connect.records.write import upsert
from erp_connect.store import inbox, sync_log
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.two_way_case import KIND, TwoWayShopCase

PERSON = [
	make.row("customer_name", "name"),
	make.row("tax_id", "tax"),
	make.row("mobile_no", "mobile"),
	make.row("email_id", "email"),
]


class TestFetchedFields(TwoWayShopCase):
	def person(self, **values):
		self.flow(OUTSIDE, rows=PERSON, **values)
		doc, id_ = self.linked(mobile_no="+49 30 1111", email_id="first@example.com")
		self.assertTrue(doc.customer_primary_contact)
		return doc, id_

	def test_are_written_into_the_contact_they_are_taken_from(self):
		doc, id_ = self.person()
		self.shop.change(KIND, id_, mobile="+49 30 2222", email="second@example.com")
		self.pull()
		row = self.events(direction="Incoming")[-1]
		self.assertEqual((row.status, row.outcome), ("Processed", ""), self.history())
		contact = frappe.get_doc("Contact", doc.customer_primary_contact)
		self.assertEqual((contact.mobile_no, contact.email_id), ("+49 30 2222", "second@example.com"))
		doc.reload()
		self.assertEqual((doc.mobile_no, doc.email_id), ("+49 30 2222", "second@example.com"))
		self.edit(doc, tax_id="edited here")
		self.cycles(2)
		record = self.shop.things[KIND][id_]
		self.assertEqual(
			(record["mobile"], record["email"], record["tax"]),
			("+49 30 2222", "second@example.com", "edited here"),
		)

	def test_emptied_outside_are_emptied_in_the_contact(self):
		doc, id_ = self.person()
		self.shop.change(KIND, id_, mobile=None)
		self.cycles(2)
		contact = frappe.get_doc("Contact", doc.customer_primary_contact)
		self.assertEqual((contact.mobile_no or "", contact.email_id), ("", "first@example.com"))
		self.assertEqual(frappe.db.get_value("Customer", doc.name, "mobile_no") or "", "")

	def shared(self):
		doc, id_ = self.person()
		contact = frappe.get_doc("Contact", doc.customer_primary_contact)
		contact.append("links", {"link_doctype": "Customer", "link_name": make.customer().name})
		contact.save()
		self.shop.change(KIND, id_, mobile="+49 30 3333")
		self.pull()
		return doc, id_, contact, self.event(status="On Hold", direction="Incoming")

	def test_of_a_contact_that_others_use_too_are_held_and_not_overwritten_outside(self):
		doc, id_, contact, row = self.shared()
		self.assertIn(contact.name, row.error)
		self.assertEqual(row.reference_name, doc.name)
		self.edit(doc, tax_id="edited here")
		self.cycles(2)
		self.assertEqual(self.shop.things[KIND][id_]["mobile"], "+49 30 3333", self.history())
		self.assertEqual(frappe.db.get_value("Contact", contact.name, "mobile_no"), "+49 30 1111")

	def test_held_are_taken_once_what_the_message_names_was_done(self):
		doc, id_, contact, row = self.shared()
		contact.reload()
		contact.phone_nos[0].phone = "+49 30 3333"
		contact.save()
		events.resolve_conflict(row.name, side="there")
		self.commit()
		process.process(make.ACCOUNT)
		self.cycles(2)
		self.assertEqual(self.events(status="On Hold"), [], self.history())
		self.assertEqual(frappe.db.get_value("Customer", doc.name, "mobile_no"), "+49 30 3333")

	def test_held_may_be_decided_for_what_stands_here(self):
		_doc, id_, _contact, row = self.shared()
		events.resolve_conflict(row.name, side="here")
		self.commit()
		process.process(make.ACCOUNT)
		self.cycles(2)
		self.assertEqual(self.shop.things[KIND][id_]["mobile"], "+49 30 1111", self.history())


class TestCompared(TwoWayShopCase):
	"""What was written where it belongs is equal, and what was not is a difference, whatever the link remembers."""

	def differences(self, flow) -> int:
		name = reconciliation.start(flow.name)
		self.commit()
		run.run(name)
		frappe.db.rollback()
		return frappe.db.get_value("Sync Reconciliation", name, "different")

	def test_fetched_fields(self):
		flow = self.flow(OUTSIDE, rows=PERSON)
		doc, id_ = self.linked(mobile_no="+49 30 1111", email_id="first@example.com")
		self.shop.change(KIND, id_, mobile="+49 30 2222", email="second@example.com")
		self.pull()
		self.assertEqual(self.differences(flow), 0)
		contact = frappe.get_doc("Contact", doc.reload().customer_primary_contact)
		contact.append("links", {"link_doctype": "Customer", "link_name": make.customer().name})
		contact.save()
		self.shop.change(KIND, id_, mobile="+49 30 3333")
		self.pull()
		self.assertTrue(self.event(status="On Hold", direction="Incoming"))
		self.assertEqual(self.differences(flow), 1)


class TestPermissionLevels(TwoWayShopCase):
	def raise_level(self) -> None:
		self.addCleanup(self.put_back)
		frappe.make_property_setter(
			{
				"doctype": "Customer",
				"fieldname": "website",
				"property": "permlevel",
				"value": 5,
				"property_type": "Int",
			}
		)
		frappe.clear_cache(doctype="Customer")

	def put_back(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.delete(
			"Property Setter", {"doc_type": "Customer", "field_name": "website", "property": "permlevel"}
		)
		frappe.db.commit()
		frappe.clear_cache(doctype="Customer")

	def test_a_field_above_the_users_level_is_held_with_the_remedy(self):
		self.flow(OUTSIDE)
		doc, id_ = self.linked(website="https://old.example.com")
		self.raise_level()
		self.shop.change(KIND, id_, site="https://new.example.com", tax="T 2")
		self.pull()
		row = self.event(status="On Hold", direction="Incoming")
		self.assertIn("level 5", row.error)
		self.assertEqual(self.here(doc), ("", "https://old.example.com"))
		self.edit(doc, tax_id="edited here")
		self.cycles(1)
		self.assertEqual(self.shop.things[KIND][id_]["site"], "https://new.example.com", self.history())

	def test_a_new_document_that_would_lack_it_is_made_once_the_level_is_as_it_should_be(self):
		self.flow(OUTSIDE)
		self.raise_level()
		id_ = self.shop.add(KIND, name=make.unique("New"), site="https://new.example.com", tax="T 1")
		self.pull()
		row = self.event(status="On Hold", direction="Incoming")
		self.assertIn("would not say what came in:", row.error)
		self.assertIn("Nothing was written. Correct that, then press Retry.", row.error)
		self.assertEqual(self.links(external_id=id_), [])
		self.put_back()
		self.assertEqual(events.retry([row.name]), 1)
		self.work()
		self.assertEqual(self.event(name=row.name).status, "Processed", self.history())
		name = self.links(external_id=id_)[0].document_name
		self.assertEqual(frappe.db.get_value("Customer", name, "website"), "https://new.example.com")

	def test_of_a_flow_inwards_only_it_is_told_and_written_once_it_can_be(self):
		self.raise_level()
		flow = make.flow(
			"Customer",
			[],
			[make.row("customer_name", "name"), make.row("website", "site")],
			name="Customers in",
			direction="Incoming",
			remote_entity=KIND,
			inbound_id_expression="id",
		)
		record = {"id": "7", "name": make.unique("Customer"), "site": "https://a.example.com"}
		frappe.set_user(make.USER)
		done = upsert(inflow.load(flow.name), record)
		self.assertEqual([one.field for one in done.missed], ["website"])
		self.assertFalse(done.whole)
		again = upsert(inflow.load(flow.name), record)
		self.assertEqual([one.field for one in again.missed], ["website"])
		frappe.set_user("Administrator")
		done = upsert(inflow.load(flow.name), record)
		self.assertEqual((done.action, done.missed), ("updated", ()))


class TestEmptied(TwoWayShopCase):
	def test_an_address_in_whose_place_another_one_steps_is_told(self):
		make.flow(
			"Contact", make.rest("/contacts"),
			[make.row("first_name", "first"), make.row("last_name", "last"), make.row("email_id", "mail")],
			name="Contacts both ways", direction="Both", remote_entity="contacts", external_id_expression="data.id",
			answer_version_expression="data.version", inbound_id_expression="id", inbound_version_expression="version",
			conflict_policy=OUTSIDE, send_nulls=1, topics="*",
		)  # fmt: skip
		first, second = (f"{make.unique(one).replace(' ', '')}@example.com" for one in "ab")
		mails = [{"email_id": first, "is_primary": 1}, {"email_id": second}]
		doc = frappe.get_doc({"doctype": "Contact", "first_name": "Ann", "email_ids": mails}).insert()
		self.push()
		id_ = self.link(doc).external_id
		self.shop.change("contacts", id_, mail=None)
		inbox.receive(
			{
				"integration": make.ACCOUNT,
				"event": sync_log.WEBHOOK,
				"topic": "x",
				"request_body": json.dumps(self.shop.things["contacts"][id_]),
			}
		)
		self.work()
		event = self.event(status="On Hold")
		self.assertIn(second, event.error)
		self.assertEqual(doc.reload().email_id, first)
		doc.set("email_ids", doc.email_ids[:1])
		doc.save()
		self.commit()
		events.resolve_conflict(event.name, side="there")
		self.work()
		self.assertEqual(doc.reload().email_id or "", "", self.history())


class TestTextMadeHarmless(TwoWayShopCase):
	def test_is_not_sent_over_the_original(self):
		self.flow(OUTSIDE)
		doc, id_ = self.linked()
		self.shop.change(KIND, id_, name="R&D <Nord>")
		self.pull()
		stands = frappe.db.get_value("Customer", doc.name, "customer_name")
		self.assertEqual(stands, "R&amp;D &lt;Nord&gt;")
		self.edit(doc, tax_id="edited here")
		self.cycles(2)
		record = self.shop.things[KIND][id_]
		self.assertEqual((record["name"], record["tax"]), ("R&D <Nord>", "edited here"), self.history())
		self.assertEqual(self.events(status="On Hold"), [])

	def test_of_markup_of_which_a_part_was_taken_away_the_outside_keeps_its_own(self):
		rows = [
			make.row("customer_name", "name"),
			make.row("tax_id", "tax"),
			make.row("customer_details", "text"),
		]
		self.flow(OUTSIDE, rows=rows)
		doc, id_ = self.linked()
		text = '<p onclick="x()">Fine <b>goods</b></p>'
		self.shop.change(KIND, id_, text=text)
		self.pull()
		self.assertNotIn("onclick", frappe.db.get_value("Customer", doc.name, "customer_details"))
		self.edit(doc, tax_id="edited here")
		self.cycles(2)
		self.assertEqual(self.shop.things[KIND][id_]["text"], text)
		self.edit(doc, customer_details="Changed here")
		self.cycles(2)
		self.assertEqual(self.shop.things[KIND][id_]["text"], "Changed here")
