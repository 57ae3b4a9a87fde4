"""The Shipment of a Delivery Note by the API: made as ERPNext makes it, once, with the rights of the caller."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import frappe
from erpnext.stock.doctype.delivery_note.delivery_note import make_sales_return
from frappe.utils import add_days, today

from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.dispatch import Dispatch, contact
from erp_connect.tests.bench.http_case import in_other_company
from erp_connect.tests.bench.inbound_case import InboundTestCase

CALLER, CLERK = "dispatch-app@example.com", "dispatch-clerk@example.com"
PARCEL = {"weight": 2.5, "length": 30, "width": 20, "height": 10}


class TestShipments(InboundTestCase):
	def setUp(self) -> None:
		super().setUp()
		make.user(CALLER, (*make.ROLES, "Stock Manager"))
		self.change(user=CALLER)
		self.goods = Dispatch()

	def note(self, **values: Any) -> str:
		name = self.goods.note(**values).name
		self.commit()
		return name

	def ship(self, note: str, **said: Any):
		return self.call("create_shipment", {"delivery_note": note, "parcels": [PARCEL], **said})

	def made_of(self, note: str) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all(
			"Shipment Delivery Note", {"delivery_note": note, "docstatus": ("<", 2)}, pluck="parent"
		)

	def test_a_delivery_note_of_another_company_does_not_exist(self):
		note = self.note()
		with in_other_company("Delivery Note", note):
			self.refused(self.ship(note), 404, "not_found")
		self.assertEqual(self.made_of(note), [])

	def test_a_delivery_note_becomes_the_draft_of_a_shipment(self):
		note = self.note(company_address=self.goods.here)
		answer = self.ok(self.ship(note), 201)
		self.assertEqual(
			(answer["doctype"], answer["status"], answer["created"]), ("Shipment", "Draft", True)
		)
		frappe.db.rollback()
		doc = frappe.get_doc("Shipment", answer["name"])
		self.assertEqual(
			(doc.pickup_company, doc.pickup_address_name, doc.delivery_customer, doc.delivery_address_name),
			(make.company(), self.goods.here, self.goods.customer, self.goods.there),
		)
		self.assertEqual((doc.pickup, doc.delivery_to), (make.company(), self.goods.customer))
		self.assertIn("Nashville", doc.delivery_address)
		self.assertEqual(doc.delivery_contact_name, self.goods.contact)
		self.assertRegex(doc.delivery_contact, r"^Ada Byron \w+<br>ada@example.com<br>615 5550100$")
		self.assertEqual(doc.delivery_contact_email, "ada@example.com")
		self.assertEqual(doc.description_of_content, "Table of oak, Chair of ash")
		self.assertEqual((str(doc.pickup_date), doc.value_of_goods, doc.owner), (today(), 160, CALLER))
		((named, value),) = [(row.delivery_note, row.grand_total) for row in doc.shipment_delivery_note]
		self.assertEqual((named, value), (note, 160), "one row, of all items")
		(parcel,) = doc.shipment_parcel
		self.assertEqual(
			{name: parcel.get(name) for name in PARCEL} | {"count": parcel.count}, {**PARCEL, "count": 1}
		)

	def test_there_is_one_of_each_delivery_note(self):
		note = self.note()
		first = self.ok(self.ship(note), 201)
		again = self.ok(self.ship(note, content="something else"))
		self.assertEqual((again["name"], again["created"]), (first["name"], False))
		frappe.get_doc("Shipment", first["name"]).submit().cancel()
		# As Frappe discards a draft, which may leave its rows as they are.
		frappe.db.set_value("Shipment Delivery Note", {"parent": first["name"]}, "docstatus", 0)
		self.commit()
		self.assertNotEqual(self.ok(self.ship(note), 201)["name"], first["name"])

	def test_several_at_once_make_one(self):
		note = self.note()
		with ThreadPoolExecutor(4) as several:
			answers = list(several.map(lambda _: self.ship(note), range(4)))
		self.assertEqual(len(self.made_of(note)), 1, [answer.text for answer in answers])
		self.assertEqual(sorted(answer.status_code for answer in answers), [200, 200, 200, 201])

	def test_who_may_make_none_is_told_so(self):
		note = self.note()
		make.user(CLERK, make.ROLES)
		frappe.get_doc("User", CLERK).remove_roles("Stock Manager", "System Manager")
		self.change(user=CLERK)
		self.assertIn("may not create a Shipment", self.refused(self.ship(note), 403)["message"])
		self.assertEqual(self.made_of(note), [])

	def test_who_reads_no_addresses_takes_those_of_the_documents_alone(self):
		make.user(CLERK, ("Stock Manager", "Stock User"))
		frappe.get_doc("User", CLERK).remove_roles(*set(make.ROLES) - {"Stock Manager", "Stock User"})
		self.change(user=CLERK)
		self.refused(self.ship(self.note(), delivery_address=self.goods.here), 403)
		name = self.ok(self.ship(self.note()), 201)["name"]
		frappe.db.rollback()
		self.assertEqual(frappe.db.get_value("Shipment", name, "delivery_address_name"), self.goods.there)

	def test_drafts_and_returns_become_none(self):
		draft = self.note(submit=False)
		self.assertIn("not submitted", self.refused(self.ship(draft), 422, "not_shipped")["message"])
		back = make_sales_return(self.note())
		back.insert().submit()
		self.commit()
		self.assertIn("goods back", self.refused(self.ship(back.name), 422, "not_shipped")["message"])
		self.refused(self.ship("No such note"), 404)

	def test_an_address_that_lacks_is_told(self):
		frappe.db.set_value("Address", self.goods.there, "disabled", 1)
		note = self.note()
		self.assertIn(self.goods.customer, self.refused(self.ship(note), 422, "not_shipped")["message"])
		self.ok(self.ship(note, delivery_address=self.goods.here), 201)

	def test_each_field_counts(self):
		changes = {
			"pickup_date": ("pickup_date", add_days(today(), 3)),
			"pickup_from": ("pickup_from", "10:30:00"),
			"pickup_to": ("pickup_to", "11:30:00"),
			"pickup_address": ("pickup_address_name", self.goods.there),
			"delivery_address": ("delivery_address_name", self.goods.here),
			"contact": ("delivery_contact_name", contact(self.goods.customer, "Bob", "bob@example.com")),
			"content": ("description_of_content", "Wood"),
			"service_provider": ("service_provider", "A Carrier"),
			"carrier_service": ("carrier_service", "GROUND"),
		}
		said = {name: value for name, (_, value) in changes.items()}
		name = self.ok(self.ship(self.note(), parcels=[{**PARCEL, "count": 3}, {"weight": 1}], **said), 201)[
			"name"
		]
		frappe.db.rollback()
		doc = frappe.get_doc("Shipment", name)
		for fieldname, value in changes.values():
			self.assertEqual(str(doc.get(fieldname)), value)
		self.assertEqual([row.count for row in doc.shipment_parcel], [3, 1])
		self.assertEqual(doc.total_weight, 8.5)
		for wrong in ({"parcels": []}, {"parcels": [{"weight": 0}]}, {"pickup_date": "2020-01-01"}):
			self.refused(self.ship(self.note(), **wrong), 422)
