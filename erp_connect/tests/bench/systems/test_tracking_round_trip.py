"""A parcel of an order of a shop, handed to a carrier: its number goes back to the shop by the Delivery Note."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from erp_connect.api import parcels
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.systems.carrier_case import CarrierCase
from erp_connect.tests.bench.systems.dhl_case import DHL, HERE, THERE, DhlCase
from erp_connect.tests.bench.systems.shopify_case import TEAPOT
from erp_connect.tests.bench.systems.system_case import CLERK, SystemCase
from erp_connect.tests.bench.systems.test_shopify_orders_out import TRACK, OrdersOutCase
from erp_connect.tests.fakes.shopify_http import Trouble


class TestRoundTrip(OrdersOutCase):
	def setUp(self) -> None:
		super().setUp()
		make.user(CLERK, ("Stock Manager", "Stock User", "Sales User"))
		self.addCleanup(frappe.db.commit)
		self.addCleanup(lambda: frappe.get_doc("User", CLERK).remove_roles("Stock Manager"))
		self.carrier = DHL.fake()
		self.addCleanup(self.carrier.stop)

	def with_carrier(self) -> str:
		"""The account of a carrier beside that of the shop."""
		shop, self.system = self.account, DHL
		SystemCase.connect(self, "Shipments", name="The Carrier", fake=self.carrier)
		carrier, self.account, self.system = self.account, shop, type(self).system
		doc = frappe.get_doc("Integration Settings", carrier)
		doc.update({"base_url": self.carrier.url, **DhlCase.secrets})
		doc.save()
		self.commit()
		return carrier

	def sent_by_carrier(self, note: Any, carrier: str) -> Any:
		ours, theirs = DhlCase.phones
		values = {
			**parcels.proposal(note.name),
			"pickup_address_name": CarrierCase.address(self, "Company", self.company, ours, **HERE),
			"delivery_address_name": CarrierCase.address(self, "Customer", note.customer, theirs, **THERE),
			"pickup_date": add_days(today(), 1),
			"shipment_parcel": [{"length": 30, "width": 20, "height": 10, "weight": 2.5, "count": 1}],
		}
		self.commit()
		doc = frappe.get_doc("Shipment", parcels.send(note.name, values)["shipment"]).submit()
		self.commit()
		self.deliver(carrier)
		return doc.reload()

	def test_the_number_of_a_carrier_reaches_the_shop_once(self):
		order, doc = self.came("Parcels to the shop")
		carrier = self.with_carrier()
		note = self.parcel(doc, {TEAPOT: 1})
		self.send()
		(made,) = order["fulfillments"] or self.fail(self.history())
		self.assertEqual(made["trackingInfo"], [])
		shipment = self.sent_by_carrier(note, carrier)
		self.assertTrue(shipment.awb_number, self.history())
		heard = self.events(reference_name=note.name, event="update_after_submit")
		self.assertEqual([one.integration for one in heard], [self.account], self.history())
		self.fake.troubles.append(Trouble(TRACK, lose_answer=True))
		for _ in range(2):
			self.send()
			self.later()
		told = [{"company": "DHL", "number": shipment.awb_number}]
		self.assertEqual(made["trackingInfo"], told, self.history())
		note.reload().save()
		self.commit()
		self.send()
		self.assertEqual((len(self.fake.sent(TRACK)), len(order["fulfillments"])), (1, 1))
		self.assertEqual(len(self.carrier.shipments), 1)
		self.assert_all_done()
