"""A document whose rows name what it is of has the rest of that, too, as where a person makes it by ERPNext's button."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import today

from erp_connect.config import inflow
from erp_connect.tests.bench import commerce_case
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.records.test_rows_as_said import RowsCase

ROWS = (("items[].item_code", "lines[].sku"), ("items[].qty", "lines[].qty"))


class MadeOfCase(RowsCase):
	def setUp(self) -> None:
		super().setUp()
		self.vat = commerce_case.account("VAT made of", "Tax", "Duties and Taxes")
		self.freight = commerce_case.account("Freight made of", "Chargeable", "Indirect Expenses")

	def order(self, doctype: str = "Sales Order", **values: Any) -> Any:
		"""10 pieces at 10.00 with 10 % tax: 110.00."""
		party = "supplier" if doctype.startswith("Purchase") else "customer"
		who = make.supplier() if party == "supplier" else make.customer()
		doc = {
			"doctype": doctype, party: who.name, "company": self.company, "delivery_date": today(), "schedule_date": today(),
			"items": [{"item_code": self.first, "qty": 10, "rate": 10, "warehouse": make.warehouse(), "description": "For Ann"}],
			"taxes": [self.tax()], **values,
		}  # fmt: skip
		made = frappe.get_doc(doc).insert().submit()
		self.base = {"id": "1", "who": made.get(party)}
		return made

	def tax(self, **values: Any) -> dict[str, Any]:
		return {
			"charge_type": "On Net Total",
			"account_head": self.vat,
			"description": "VAT",
			"rate": 10,
			**values,
		}

	def charge(self, amount: float) -> dict[str, Any]:
		return {
			"charge_type": "Actual",
			"account_head": self.freight,
			"description": "Freight",
			"tax_amount": amount,
		}

	def taking(self, doctype: str, column: str, *fields: tuple[str, str]) -> inflow.InFlow:
		party = "supplier" if doctype.startswith("Purchase") else "customer"
		pairs = (
			(party, "who"),
			*ROWS,
			*fields,
			(column, "of" if column == "return_against" else "lines[].of"),
		)
		return make.incoming(doctype, [make.row(*pair) for pair in pairs], submit_document=1)

	def pieces(self, flow: inflow.InFlow, of: Any, qty: float, id_: str = "1", **record: Any) -> Any:
		return self.said(flow, {"sku": self.first, "qty": qty, "of": of.name}, id=id_, of=of.name, **record)


class TestTaxes(MadeOfCase):
	def test_a_parcel_and_the_bills_of_an_order_have_its_taxes(self):
		order = self.order()
		note = self.pieces(self.taking("Delivery Note", "items[].against_sales_order"), order, 10)
		self.assertEqual((note.grand_total, note.items[0].description), (110, "For Ann"))
		bill = self.pieces(self.taking("Sales Invoice", "items[].delivery_note"), note, 10)
		self.assertEqual((bill.grand_total, order.reload().per_billed), (110, 100))
		other = self.order()
		bill = self.pieces(self.taking("Sales Invoice", "items[].sales_order"), other, 4)
		self.assertEqual((bill.grand_total, self.booked(bill.name)[self.vat]), (44, -4))

	def test_what_is_bought(self):
		order = self.order("Purchase Order")
		receipt = self.pieces(self.taking("Purchase Receipt", "items[].purchase_order"), order, 10)
		self.assertEqual(receipt.grand_total, 110)
		bill = self.pieces(self.taking("Purchase Invoice", "items[].purchase_receipt"), receipt, 10)
		self.assertEqual((bill.grand_total, order.reload().per_billed), (110, 100))

	def test_a_credit_note(self):
		order = self.order()
		bill = self.pieces(self.taking("Sales Invoice", "items[].sales_order"), order, 10)
		back = self.taking("Sales Invoice", "return_against", ("is_return", "back"))
		self.assertEqual(self.pieces(back, bill, -4, "2", back=1).grand_total, -44)

	def test_taxes_that_the_record_says(self):
		order = self.order()
		flow = self.taking(
			"Sales Invoice", "items[].sales_order", ("taxes[].charge_type", "taxes[].kind"),
			("taxes[].account_head", "taxes[].account"), ("taxes[].description", "taxes[].text"),
			("taxes[].rate", "taxes[].rate"),
		)  # fmt: skip
		said = {"kind": "On Net Total", "account": self.vat, "text": "VAT", "rate": 7}
		self.assertEqual(self.pieces(flow, order, 10, taxes=[said]).grand_total, 107)

	def test_charges_go_with_the_first_of_several(self):
		order = self.order(taxes=[self.tax(), self.charge(5)])
		flow = self.taking("Sales Invoice", "items[].sales_order")
		totals = [self.pieces(flow, order, 5, id_).grand_total for id_ in ("1", "2")]
		self.assertEqual((totals, order.reload().per_billed), ([60, 55], 100))

	def test_discounts_of_the_whole(self):
		for values, totals in (
			({"additional_discount_percentage": 10}, [49.5, 49.5]),
			({"discount_amount": 20, "apply_discount_on": "Net Total"}, [44, 44]),
		):
			order = self.order(**values)
			flow = self.taking("Sales Invoice", "items[].sales_order")
			self.assertEqual([self.pieces(flow, order, 5, id_).grand_total for id_ in ("1", "2")], totals)


class TestHeads(MadeOfCase):
	def site(self, customer: str, title: str, usual: int) -> str:
		return frappe.get_doc(
			{
				"doctype": "Address", "address_title": title, "address_type": "Shipping", "address_line1": title, "city": "X",
				"country": "United States", "is_shipping_address": usual,
				"links": [{"link_doctype": "Customer", "link_name": customer}],
			}
		).insert().name  # fmt: skip

	def test_pieces_go_where_the_order_says(self):
		customer = make.customer().name
		home, site = self.site(customer, "Home", 1), self.site(customer, "Site 7", 0)
		project = frappe.get_doc(
			{"doctype": "Project", "project_name": make.unique("P"), "company": self.company}
		)
		project = project.insert().name
		order = self.order(customer=customer, shipping_address_name=site, project=project)
		flow = self.taking("Delivery Note", "items[].against_sales_order")
		note = self.pieces(flow, order, 4)
		self.assertEqual((note.shipping_address_name, note.project), (site, project))
		flow = self.taking("Delivery Note", "items[].against_sales_order", ("shipping_address_name", "to"))
		self.assertEqual(self.pieces(flow, order, 4, to=home).shipping_address_name, home)

	def test_of_two_orders_it_is_the_first(self):
		one = self.order(po_no=make.unique("PO"))
		other = self.order(customer=one.customer, po_no=make.unique("PO"))
		flow = self.taking("Sales Invoice", "items[].sales_order")
		lines = [{"sku": self.first, "qty": 10, "of": of.name} for of in (one, other)]
		bill = self.said(flow, *lines)
		self.assertEqual([row.sales_order for row in bill.items], [one.name, other.name])
		self.assertEqual((one.reload().per_billed, other.reload().per_billed), (100, 100))
