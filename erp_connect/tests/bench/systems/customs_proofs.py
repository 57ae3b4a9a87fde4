"""What every carrier that tells customs has to show, in words of no vendor: run by the suite of each, see `carrier_case`."""

from __future__ import annotations

from typing import Any, NamedTuple

import frappe

from erp_connect.operate import replay
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.carrier_case import CarrierCase
from erp_connect.tests.bench.systems.system import proves

TABLE = {
	"customs_tariff_number": "9403.60.00",
	"country_of_origin": "India",
	"weight_per_unit": 500,
	"weight_uom": "Gram",
}
LAMP = {
	"customs_tariff_number": "940520",
	"country_of_origin": "Japan",
	"weight_per_unit": 0.25,
	"weight_uom": "Kg",
}


class Goods(NamedTuple):
	"""An article as customs are told of it. weight: in kilograms, None where the carrier is not told."""

	tariff: str | None
	origin: str
	pieces: int
	price: float
	weight: float | None


class CustomsProofs(CarrierCase):
	"""Parcels that cross the border of customs, with a table and two lamps of which they are told."""

	# The place abroad, and the service that goes there.
	abroad: dict[str, str]
	service: str
	weighed = True
	# Of the prices.
	digits = 6

	def setUp(self) -> None:
		super().setUp()
		self.places = (self.places[0], self.abroad)
		for number in ("9403.60.00", "940520"):
			if not frappe.db.exists("Customs Tariff Number", number):
				frappe.get_doc({"doctype": "Customs Tariff Number", "tariff_number": number}).insert()

	def told(self) -> tuple[list[Goods], float, str]:
		"""What customs were told of the one shipment: its articles, their whole value, and the currency of all amounts."""
		raise NotImplementedError

	def goods(self, *expected: Goods) -> list[Goods]:
		return [one if self.weighed else one._replace(weight=None) for one in expected]

	def delivery_note(self, customer: str, articles: Any = (TABLE, LAMP), **values: Any) -> Any:
		rows = [
			self.row(article, qty=number, rate=40 if number == 1 else 12.5)
			for number, article in enumerate(articles, 1)
		]
		return super().delivery_note(customer, **{"items": rows, **values})

	@staticmethod
	def row(article: dict[str, Any], **values: Any) -> dict[str, Any]:
		"""The row of a Delivery Note of an Item made for it, which is in stock."""
		item = make.item(**article).name
		make.receipt(item, 50)
		warehouse = frappe.db.get_value("Stock Ledger Entry", {"item_code": item}, "warehouse")
		return {"item_code": item, "warehouse": warehouse, **values}

	def parcel_of(self, *notes: Any, **values: Any) -> Any:
		"""A Shipment of these Delivery Notes."""
		rows = [{"delivery_note": note.name, "grand_total": note.base_grand_total} for note in notes]
		return self.shipment(carrier_service=self.service, shipment_delivery_note=rows, **values)

	def note(self, **values: Any) -> Any:
		return self.delivery_note(make.customer().name, **values)

	def arrived(self, doc: Any) -> None:
		self.send_all()
		doc.reload()
		self.assertEqual(doc.status, "Booked", self.history())

	def codes(self, doc: Any) -> list[str]:
		"""The Items of the first Delivery Note."""
		note = frappe.get_doc("Delivery Note", doc.shipment_delivery_note[0].delivery_note)
		return [row.item_code for row in note.items]

	@proves("Customs data")
	def test_a_parcel_abroad_brings_what_customs_ask_for(self):
		self.connect()
		self.shipped(carrier_service=self.service)
		goods, total, currency = self.told()
		self.assertEqual(
			goods,
			self.goods(Goods("94036000", "IN", 1, 40, 0.5), Goods("940520", "JP", 2, 12.5, 0.5)),
		)
		company = frappe.get_cached_value("Company", self.company, "default_currency")
		self.assertEqual((total, currency), (65, company))
		self.assert_all_done()

	def test_amounts_are_those_of_a_delivery_note_in_another_currency(self):
		self.connect()
		self.arrived(self.parcel_of(self.note(currency="EUR", conversion_rate=80)))
		goods, total, currency = self.told()
		self.assertEqual([one.price for one in goods], [40, 12.5])
		self.assertEqual((total, currency), (65, "EUR"))

	def test_of_several_delivery_notes_each_article_is_told_once(self):
		self.connect()
		first, second = self.note(), self.note()
		self.arrived(self.parcel_of(first, second, first))
		goods, total, _ = self.told()
		self.assertEqual([(one.pieces, one.price) for one in goods], [(1, 40), (2, 12.5)] * 2)
		self.assertEqual(total, 130)

	def test_discounts_boxes_measures_and_free_pieces_are_told_as_they_are(self):
		self.connect()
		boxes = {**TABLE, "uoms": [{"uom": "Box", "conversion_factor": 3}]}
		cable = {**LAMP, "stock_uom": "Meter", "weight_uom": None}
		note = self.note(
			items=[
				self.row(boxes, qty=2, uom="Box", conversion_factor=3, rate=100),
				self.row(cable, qty=2.5, rate=20),
				self.row(LAMP, qty=2, price_list_rate=7.5, discount_percentage=100, rate=0),
			],
			apply_discount_on="Net Total",
			additional_discount_percentage=10,
		)
		self.arrived(self.parcel_of(note))
		goods, total, _ = self.told()
		# One has no weight: each gets its part of the parcel of 2.5 kg.
		self.assertEqual(
			goods,
			self.goods(
				Goods("94036000", "IN", 6, 30, 1.666),
				Goods("940520", "JP", 1, 45, 0.277),
				Goods("940520", "JP", 2, 7.5, 0.555),
			),
		)
		self.assertEqual(total, 240)

	def test_what_customs_would_miss_is_told_at_once_and_nothing_is_sent(self):
		self.connect()
		bare = {**TABLE, "country_of_origin": None, "customs_tariff_number": None}
		rows = [self.row(bare, qty=1, rate=40), self.row(LAMP, qty=1, rate=0, is_free_item=1)]
		other = self.note(currency="EUR", conversion_rate=80)
		doc = self.parcel_of(self.note(items=rows), other)
		self.send_all()
		event = self.going_out()
		table, lamp = self.codes(doc)
		note = doc.shipment_delivery_note[0].delivery_note
		self.assertEqual(
			event.error,
			"Customs data cannot be told: the Delivery Notes of this Shipment have several currencies; "
			f"Item {table} has no Country of Origin; Item {lamp} has neither a price nor a Price List Rate in {note}. "
			"Enter in each Item what it lacks, then press Retry. For the rest, cancel and amend this Shipment, with other "
			"Delivery Notes.",
		)
		self.assertEqual((event.status, self.fake.made()), ("Failed", []))

	def test_a_parcel_abroad_without_delivery_note_is_refused_in_words(self):
		self.connect()
		self.shipment(carrier_service=self.service, shipment_delivery_note=[])
		self.send_all()
		self.assertIn("this Shipment has no Delivery Note.", self.going_out().error)
		self.assertEqual(self.fake.made(), [])

	def test_what_was_missing_is_entered_and_retry_goes_on(self):
		self.connect()
		doc = self.parcel_of(self.note(articles=[{**TABLE, "country_of_origin": None}]))
		self.send_all()
		event = self.going_out()
		(code,) = self.codes(doc)
		self.assertIn(f"Item {code} has no Country of Origin.", event.error)
		item = frappe.get_doc("Item", code)
		item.country_of_origin = "India"
		item.save()
		self.commit()
		replay.retry([event.name])
		self.arrived(doc)
		self.assertEqual([one.origin for one in self.told()[0]], ["IN"])

	def test_an_article_without_tariff_number_goes_without_one(self):
		self.connect()
		self.arrived(self.parcel_of(self.note(articles=[{**TABLE, "customs_tariff_number": None}])))
		self.assertEqual([one.tariff for one in self.told()[0]], [None])
