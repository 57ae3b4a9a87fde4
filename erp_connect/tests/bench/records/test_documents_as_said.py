"""Documents that other programs hand over stand as they were said: their day, their rates, and the units of their rows."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, today

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.records.errors import HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import prices
from erp_connect.tests.bench.ends_case import EndsTestCase

LINES = (("items[].item_code", "lines[].sku"), ("items[].qty", "lines[].qty"))


class TestAsSaid(EndsTestCase):
	def flow(self, doctype: str, *fields: tuple[str, str], **values: Any) -> inflow.InFlow:
		doc = make.flow(
			doctype, [], [make.row(*pair) for pair in (*fields, *LINES)], direction="Incoming",
			remote_entity=frappe.scrub(doctype), inbound_id_expression="id", submit_document=1, **values,
		)  # fmt: skip
		self.commit()
		return inflow.load(doc.name)

	def made(self, flow: inflow.InFlow, line: dict[str, Any], **record: Any):
		done = write.upsert(flow, {"id": make.unique("doc"), "lines": [line], **record})
		self.assertEqual(done.missed, ())
		return frappe.get_doc(done.doctype, done.name)

	def test_the_day_of_posting(self):
		day, item, buyer = add_days(today(), -20), make.item(is_stock_item=0).name, make.customer().name
		for doctype, field, party in (
			("Sales Invoice", "customer", buyer),
			("Purchase Invoice", "supplier", make.supplier().name),
			("Delivery Note", "customer", buyer),
		):
			with self.subTest(doctype):
				flow = self.flow(
					doctype, (field, "who"), ("posting_date", "day"), ("items[].rate", "lines[].rate")
				)
				doc = self.made(flow, {"sku": item, "qty": 1, "rate": 10}, who=party, day=day)
				self.assertEqual(str(doc.posting_date), day)
				for booked in frappe.get_all("GL Entry", {"voucher_no": doc.name}, pluck="posting_date"):
					self.assertEqual(str(booked), day)

	def test_without_a_day_it_is_posted_now(self):
		flow = self.flow("Sales Invoice", ("customer", "who"), ("items[].rate", "lines[].rate"))
		doc = self.made(
			flow, {"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 10}, who=make.customer().name
		)
		self.assertEqual((str(doc.posting_date), doc.set_posting_time), (today(), 0))

	def test_the_rate_in_spite_of_a_pricing_rule(self):
		item = make.item(is_stock_item=0).name
		prices.price(item, 100)
		prices.tenth_off(self, item)
		said = self.flow("Sales Invoice", ("customer", "who"), ("items[].rate", "lines[].rate"))
		doc = self.made(said, {"sku": item, "qty": 1, "rate": 80}, who=make.customer().name)
		self.assertEqual((doc.items[0].rate, doc.grand_total), (80, 80))
		unsaid = self.flow("Quotation", ("party_name", "who"))
		doc = self.made(unsaid, {"sku": item, "qty": 1}, who=make.customer().name)
		self.assertEqual(doc.items[0].rate, 90)

	def test_a_unit_that_the_item_does_not_have(self):
		item = make.item().name
		flow = self.flow(
			"Sales Order", ("customer", "who"), ("delivery_date", "day"), ("items[].uom", "lines[].unit"),
			("items[].rate", "lines[].rate"),
		)  # fmt: skip
		record = {
			"id": make.unique("order"), "who": make.customer().name, "day": add_days(today(), 3),
			"lines": [{"sku": item, "qty": 2, "unit": "Box", "rate": 10}],
		}  # fmt: skip

		def add_unit() -> None:
			doc = frappe.get_doc("Item", item)
			doc.append("uoms", {"uom": "Box", "conversion_factor": 12})
			doc.save()

		self.commit()
		done = self.ended(
			"with its conversion factor to the table of units",
			lambda: write.upsert(flow, record),
			add_unit,
			"unknown_unit",
		)
		row = frappe.get_doc("Sales Order", done.name).items[0]
		self.assertEqual((row.qty, row.uom, row.conversion_factor, row.stock_qty), (2, "Box", 12, 24))

	def test_a_factor_that_is_said_needs_no_unit_of_the_item(self):
		flow = self.flow(
			"Sales Order", ("customer", "who"), ("delivery_date", "day"), ("items[].uom", "lines[].unit"),
			("items[].conversion_factor", "lines[].factor"), ("items[].rate", "lines[].rate"),
		)  # fmt: skip
		doc = self.made(
			flow,
			{"sku": make.item().name, "qty": 2, "unit": "Box", "factor": 6, "rate": 10},
			who=make.customer().name,
			day=add_days(today(), 3),
		)
		self.assertEqual(doc.items[0].stock_qty, 12)

	def test_the_currency_of_a_price_is_that_of_its_list(self):
		"""ERPNext takes the price list's currency, whatever was said: 10 euro would be sold as 10 dollars."""
		flow = make.flow(
			"Item Price", [],
			[make.row("item_code", "sku"), make.row("price_list", "list"), make.row("price_list_rate", "price"),
				make.row("currency", "currency")],
			direction="Incoming", remote_entity="item_price", inbound_id_expression="id",
		)  # fmt: skip
		record = {
			"id": make.unique("price"), "sku": make.item().name, "list": "Standard Selling", "price": 10,
			"currency": "EUR",
		}  # fmt: skip
		self.commit()

		def in_euro() -> None:
			made = {
				"doctype": "Price List",
				"price_list_name": make.unique("Euro"),
				"currency": "EUR",
				"selling": 1,
			}
			record["list"] = frappe.get_doc({**made, "enabled": 1}).insert().name

		done = self.ended(
			"Map what gives the document its currency (accounts, a price list, the currency itself)",
			lambda: write.upsert(inflow.load(flow.name), record),
			in_euro,
			"currency",
		)
		price = frappe.get_doc("Item Price", done.name)
		self.assertEqual((price.currency, price.price_list_rate, done.missed), ("EUR", 10, ()))

	def test_a_day_that_terms_put_in_place_of_what_was_said_is_told(self):
		terms = self.terms_of_30_days()
		flow = self.flow(
			"Sales Invoice", ("customer", "who"), ("due_date", "due"), ("payment_terms_template", "terms"),
			("items[].rate", "lines[].rate"),
		)  # fmt: skip
		record = {
			"id": make.unique("inv"), "who": make.customer().name, "due": add_days(today(), 10), "terms": terms,
			"lines": [{"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 10}],
		}  # fmt: skip
		done = write.upsert(flow, record)
		told = {one.field: (str(one.wanted), str(one.stands)) for one in done.missed}
		self.assertEqual(told, {"due_date": (add_days(today(), 10), add_days(today(), 30))})

	def terms_of_30_days(self) -> str:
		term = frappe.get_doc(
			{
				"doctype": "Payment Term", "payment_term_name": make.unique("term"), "invoice_portion": 100,
				"due_date_based_on": "Day(s) after invoice date", "credit_days": 30,
			}
		).insert()  # fmt: skip
		row = {
			"payment_term": term.name, "invoice_portion": 100, "credit_days": 30,
			"due_date_based_on": "Day(s) after invoice date",
		}  # fmt: skip
		template = {
			"doctype": "Payment Terms Template",
			"template_name": make.unique("terms"),
			"terms": [row],
		}
		return frappe.get_doc(template).insert().name


class TestPrivateFiles(EndsTestCase):
	"""Frappe attaches a file that a field names to the document: who may read that would get at the file."""

	def pictures(self) -> inflow.InFlow:
		doc = make.flow(
			"Item", [], [make.row("item_code", "code", is_match_key=1), make.row("image", "image")],
			direction="Incoming", remote_entity="picture", inbound_id_expression="code",
		)  # fmt: skip
		self.commit()
		return inflow.load(doc.name)

	def test_an_address_of_a_file_that_the_user_may_not_read(self):
		user = make.user("as-said-items@example.com", ("Item Manager", "Stock User"))
		lead = frappe.get_doc({"doctype": "Lead", "first_name": make.unique("lead")}).insert()
		file = frappe.get_doc(
			{
				"doctype": "File", "file_name": make.unique("salary") + ".txt", "is_private": 1,
				"content": make.unique("salary").encode(), "attached_to_doctype": "Lead", "attached_to_name": lead.name,
			}
		).insert()  # fmt: skip
		item = make.item().name
		flow = self.pictures()
		frappe.set_user(user)
		try:
			with self.assertRaises(Exception) as caught:
				write.upsert(flow, {"code": item, "image": file.file_url})
		finally:
			frappe.set_user("Administrator")
			frappe.db.rollback()
		self.assertNotIsInstance(caught.exception, HeldForReview)
		self.assertIn("may not read this file", str(caught.exception))
		self.assertEqual(frappe.get_all("File", {"file_url": file.file_url}, pluck="name"), [file.name])

	def test_a_file_that_the_user_may_read_is_taken(self):
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": make.unique("own") + ".txt",
				"is_private": 1,
				"content": make.unique("own").encode(),
			}
		).insert()
		item = make.item().name
		write.upsert(self.pictures(), {"code": item, "image": file.file_url})
		self.assertEqual(frappe.db.get_value("Item", item, "image"), file.file_url)
