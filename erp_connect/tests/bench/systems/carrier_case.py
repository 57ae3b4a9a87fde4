"""What the suites of carriers share: a Delivery Note, its Shipment, and what becomes of the parcel."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from erp_connect.api import accounts, offers, parcels
from erp_connect.compat import file_content
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.system_case import CLERK, SystemCase

HERE = {
	"address_line1": "4 Mill Lane",
	"city": "Jaipur",
	"state": "Rajasthan",
	"pincode": "302001",
	"country": "India",
}
THERE = {
	"address_line1": "9 Oak Street",
	"city": "New Delhi",
	"state": "Delhi",
	"pincode": "110001",
	"country": "India",
}


class CarrierCase(SystemCase):
	# What a person enters anew when the address of the account changes.
	secrets: dict[str, str] = {}
	places: tuple[dict[str, str], dict[str, str]] = (HERE, THERE)
	# Of the company, and of the customer.
	phones = ("+91 141 4000000", "+91 11 23000000")

	def setUp(self) -> None:
		super().setUp()
		make.user(CLERK, ("Stock Manager", "Stock User", "Sales User"))
		# Parcels of other tests are not under way any more.
		frappe.db.set_value("Shipment", {"docstatus": 1}, "tracking_status", "Lost")
		self.addCleanup(frappe.db.commit)
		self.addCleanup(lambda: frappe.get_doc("User", CLERK).remove_roles("Stock Manager"))

	def connect(self, *flows: str, name: str = "The Carrier", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake."""
		made = super().connect(*(flows or ("Shipments", "Tracking")), name=name, **how)
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update({"base_url": (how.get("fake") or self.fake).url, **self.secrets})
		doc.save()
		self.commit()
		return made

	def address(self, of: str, name: str, phone: str, **values: str) -> str:
		return frappe.get_doc(
			{
				"doctype": "Address",
				"address_title": make.unique(name),
				"address_type": "Shipping",
				"phone": phone,
				"email_id": "goods@example.com",
				"links": [{"link_doctype": of, "link_name": name}],
				**values,
			}
		).insert().name  # fmt: skip

	def delivery_note(self, customer: str, **values: Any) -> Any:
		item = make.item().name
		make.receipt(item, 5)
		warehouse = frappe.db.get_value("Stock Ledger Entry", {"item_code": item}, "warehouse")
		doc = frappe.get_doc(
			{
				"doctype": "Delivery Note",
				"customer": customer,
				"company": self.company,
				"items": [{"item_code": item, "qty": 2, "rate": 40, "warehouse": warehouse}],
				**values,
			}
		)
		return doc.insert().submit()

	def shipment(self, *, submit: bool = True, parcels: int = 1, **values: Any) -> Any:
		"""A Shipment of a Delivery Note, to a customer."""
		customer = make.customer().name
		note = self.delivery_note(customer)
		here, there = self.places
		doc = frappe.get_doc(
			{
				"doctype": "Shipment",
				"pickup_from_type": "Company",
				"pickup_company": self.company,
				"pickup_address_name": self.address("Company", self.company, self.phones[0], **here),
				"delivery_to_type": "Customer",
				"delivery_customer": customer,
				"delivery_to": customer,
				"delivery_address_name": self.address("Customer", customer, self.phones[1], **there),
				"pickup_date": add_days(today(), 1),
				"pickup_from": "09:00",
				"pickup_to": "17:00",
				"pickup_type": "Pickup",
				"shipment_type": "Goods",
				"description_of_content": "Tables of oak",
				"value_of_goods": note.grand_total,
				"shipment_parcel": [
					{"length": 30 + number, "width": 20, "height": 10, "weight": 2.5, "count": 1}
					for number in range(parcels)
				],
				# As ERPNext makes it of a note of two items: once for each.
				"shipment_delivery_note": [{"delivery_note": note.name, "grand_total": note.grand_total / 2}] * 2,
				**values,
			}
		).insert()  # fmt: skip
		if submit:
			doc.submit()
		self.commit()
		return doc

	def shipped_from_note(self) -> Any:
		"""A Shipment that the carrier has taken, made of its Delivery Note as **Send Parcel…** makes it."""
		customer = make.customer().name
		note = self.delivery_note(customer).name
		here, there = self.places
		values = {
			**parcels.proposal(note),
			"pickup_address_name": self.address("Company", self.company, self.phones[0], **here),
			"delivery_address_name": self.address("Customer", customer, self.phones[1], **there),
			"pickup_date": add_days(today(), 1),
			"shipment_parcel": [{"length": 30, "width": 20, "height": 10, "weight": 2.5, "count": 1}],
		}
		self.commit()
		doc = frappe.get_doc("Shipment", parcels.send(note, values)["shipment"]).submit()
		self.commit()
		self.send_all()
		doc.reload()
		self.assertEqual(doc.status, "Booked", self.history())
		return doc

	def backwards(self) -> dict[str, Any]:
		"""What a Shipment says that goes from a customer back to the company."""
		here, there = self.places
		customer = make.customer().name
		return {
			"pickup_from_type": "Customer",
			"pickup_company": None,
			"pickup_customer": customer,
			"pickup": customer,
			"pickup_address_name": self.address("Customer", customer, self.phones[1], **there),
			"delivery_to_type": "Company",
			"delivery_customer": None,
			"delivery_company": self.company,
			"delivery_to": self.company,
			"delivery_address_name": self.address("Company", self.company, self.phones[0], **here),
		}

	def send_all(self, rounds: int = 10) -> None:
		"""Send until nothing is due: an event of several steps needs as many rounds."""
		for _ in range(rounds):
			self.send()
		frappe.db.rollback()

	def shipped(self, **values: Any) -> Any:
		"""A Shipment that the carrier has taken."""
		doc = self.shipment(**values)
		self.send_all()
		doc.reload()
		self.assertEqual(doc.status, "Booked", self.history())
		return doc

	def assert_chosen(self, number: int, expected: tuple[str, float]) -> Any:
		"""Of the rates for a draft, the one with this number stands in it, and is what the carrier is told. The Shipment."""
		doc = self.shipment(submit=False)
		asked = offers.ask(self.flow("Rates"), doc.name)
		prices = [one["price"] for one in asked["offers"]]
		self.assertEqual(prices, sorted(prices))
		offers.choose(self.flow("Rates"), doc.name, asked["token"], number)
		doc.reload()
		self.assertEqual((doc.carrier_service, doc.shipment_amount), expected)
		doc.submit()
		self.commit()
		self.send_all()
		doc.reload()
		self.assertEqual(doc.status, "Booked", self.history())
		return doc

	def going_out(self) -> Any:
		"""The one event that goes out; ERPNext saves a Shipment twice as it is submitted."""
		(event,) = [row for row in self.events(direction="Outgoing") if row.status != "Superseded"]
		return event

	@staticmethod
	def files_of(doc: Any) -> dict[str, bytes]:
		"""The private files of a document, by name."""
		names = frappe.get_all(
			"File",
			{"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "is_private": 1},
			pluck="name",
		)
		files = [frappe.get_doc("File", name) for name in names]
		return {file.file_name: file_content(file) for file in files}


class AppCarrierCase(CarrierCase):
	"""A carrier whose tokens a Connected App gets."""

	token_path = "/oauth/token"
	client_secret = ""

	def connect(self, *flows: str, name: str = "The Carrier", **how: Any) -> dict[str, Any]:
		"""As a person does, then turned to the fake, its Connected App as well."""
		made = super().connect(*flows, name=name, **how)
		fake = how.get("fake") or self.fake
		app = frappe.get_last_doc("Connected App")
		self.addCleanup(self.remove_app, app.name)
		app.update({"token_uri": f"{fake.url}{self.token_path}", "client_secret": self.client_secret})
		app.save()
		doc = frappe.get_doc("Integration Settings", self.account)
		# The account that leads elsewhere has let go of its app: it is chosen anew, and the account resumed.
		doc.update({"base_url": fake.url, "connected_app": app.name, **self.secrets})
		doc.save()
		accounts.resume(self.account)
		self.commit()
		return made
