"""A draft that is given another party, day or warehouse in its head has what follows from that, as in Desk."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import add_days, getdate, today

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.tests.bench import commerce_case
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.records.test_rows_as_said import RowsCase


class HeadsCase(RowsCase):
	def setUp(self) -> None:
		super().setUp()
		self.line = {"sku": self.first, "qty": 1, "rate": 10}

	def selling(self, doctype: str, *fields: tuple[str, str]) -> inflow.InFlow:
		self.base = {"id": "1", "who": make.customer().name, "day": add_days(today(), 9)}
		return self.flow(doctype, ("customer", "who"), *fields)

	def buying(self, doctype: str, *fields: tuple[str, str]) -> inflow.InFlow:
		self.base = {"id": "1", "who": make.supplier().name, "day": add_days(today(), 9)}
		return self.flow(doctype, ("supplier", "who"), *fields)


class TestParty(HeadsCase):
	def reached(self, party: Any, street: str) -> str:
		"""Give a party an address and a contact, and return its name."""
		links = [{"link_doctype": party.doctype, "link_name": party.name}]
		marks = {"is_primary_address": 1, "is_shipping_address": 1, "address_type": "Billing"}
		place = {"address_line1": street, "city": "Springfield", "country": "United States"}
		title = {"doctype": "Address", "address_title": party.name}
		frappe.get_doc({**title, **marks, **place, "links": links}).insert()
		frappe.get_doc(
			{"doctype": "Contact", "first_name": street, "is_primary_contact": 1, "links": links}
		).insert()
		return party.name

	def terms(self) -> str:
		row = {"invoice_portion": 100, "due_date_based_on": "Day(s) after invoice date", "credit_days": 10}
		term = {"doctype": "Payment Term", "payment_term_name": make.unique("Term"), **row}
		row["payment_term"] = frappe.get_doc(term).insert().name
		named = {"doctype": "Payment Terms Template", "template_name": make.unique("Terms")}
		return frappe.get_doc({**named, "terms": [row]}).insert().name

	def test_another_customer(self):
		terms, day = self.terms(), ("delivery_date", "day")
		for doctype, fields in (("Sales Order", (day,)), ("Sales Invoice", ()), ("Delivery Note", ())):
			flow = self.selling(doctype, *fields)
			first = self.reached(make.customer(payment_terms=terms, tax_id="T1"), "1 Elm Street")
			second = self.reached(make.customer(), "2 Oak Street")
			for who, street in (
				(first, "1 Elm Street"),
				(second, "2 Oak Street"),
				(make.customer().name, None),
			):
				with self.subTest(doctype=doctype, street=street):
					doc = self.said(flow, self.line, who=who)
					self.assertEqual((doc.customer_name, doc.contact_display), (who, street))
					self.assertEqual(
						[bool(doc.customer_address), bool(doc.contact_person)], [bool(street)] * 2
					)
					for text in (doc.address_display, doc.shipping_address):
						self.assertEqual((text or "").split("<br>")[0], street or "")
					if doctype != "Delivery Note":
						self.assertEqual(doc.payment_terms_template, terms if who == first else None)
					if doctype != "Sales Order":
						# ERPNext 16 has no titles of its own in some of them.
						self.assertIn(doc.get("title"), (who, None))

	def test_another_supplier(self):
		for doctype, fields in (("Purchase Order", (("schedule_date", "day"),)), ("Purchase Invoice", ())):
			flow = self.buying(doctype, *fields)
			company = frappe.db.get_value("Company", self.company, "default_payable_account")
			other = commerce_case.account("Other Creditors", "Payable", "Accounts Payable")
			accounts = [{"company": self.company, "account": other}]
			first = self.reached(make.supplier(accounts=accounts), "1 Elm Street")
			second = self.reached(make.supplier(), "2 Oak Street")
			for who, street, account in ((first, "1 Elm Street", other), (second, "2 Oak Street", company)):
				with self.subTest(doctype=doctype, street=street):
					doc = self.said(flow, self.line, who=who)
					self.assertEqual((doc.supplier_name, doc.contact_display), (who, street))
					self.assertEqual(doc.address_display.split("<br>")[0], street)
					if doctype == "Purchase Invoice":
						self.assertIn(doc.get("title"), (who, None))
						self.assertEqual(doc.credit_to, account)

	def taxed(self, rate: float) -> str:
		"""A Tax Category of which a rule makes this tax, until the test is over."""
		category = frappe.get_doc({"doctype": "Tax Category", "title": make.unique("Taxed")}).insert().name
		ledger = commerce_case.account("Shop Sales Tax", "Tax", "Duties and Taxes")
		tax = {"charge_type": "On Net Total", "account_head": ledger, "description": "VAT", "rate": rate}
		for side in ("Sales", "Purchase"):
			values = {"title": make.unique("Taxes"), "company": self.company, "taxes": [tax]}
			template = frappe.get_doc({"doctype": f"{side} Taxes and Charges Template", **values}).insert()
			rule = {"tax_type": side, "tax_category": category, "company": self.company}
			field = f"{side.lower()}_tax_template"
			name = frappe.get_doc({"doctype": "Tax Rule", **rule, field: template.name}).insert().name
			self.addCleanup(frappe.db.commit)
			self.addCleanup(frappe.delete_doc, "Tax Rule", name)
		return category

	def test_taxes_by_rules_are_those_of_the_party(self):
		switch = "Accounts Settings", "add_taxes_from_taxes_and_charges_template"
		frappe.db.set_single_value(*switch, 1)
		self.addCleanup(frappe.db.commit)
		self.addCleanup(frappe.db.set_single_value, *switch, 0)
		home, abroad = self.taxed(19), self.taxed(0)
		for doctype, kind, make_one in (
			("Sales Invoice", self.selling, make.customer), ("Purchase Invoice", self.buying, make.supplier),
		):  # fmt: skip
			with self.subTest(doctype):
				flow = kind(doctype)
				first, second = make_one(tax_category=home).name, make_one(tax_category=abroad).name
				for who, total in ((first, 11.9), (second, 10), (first, 11.9)):
					self.assertEqual(self.said(flow, self.line, who=who).grand_total, total)

	def test_what_the_record_says_stands(self):
		flow = self.selling("Sales Invoice", ("contact_person", "contact"))
		first = self.reached(make.customer(), "1 Elm Street")
		second = make.customer().name
		self.said(flow, self.line, who=first)
		links = [{"link_doctype": "Customer", "link_name": second}]
		contact = frappe.get_doc({"doctype": "Contact", "first_name": "Kim", "links": links}).insert().name
		doc = self.said(flow, self.line, who=second, contact=contact)
		self.assertEqual((doc.contact_person, doc.contact_display), (contact, "Kim"))

	def test_the_contact_that_a_record_names(self):
		flow = self.selling("Sales Invoice", ("contact_person", "contact"))
		who = self.reached(make.customer(), "Lee")
		for name in ("Kim", "Sam", None):
			links = [{"link_doctype": "Customer", "link_name": who}]
			values = {"doctype": "Contact", "first_name": name, "links": links}
			contact = frappe.get_doc(values).insert().name if name else ""
			done = write.upsert(flow, {**self.base, "who": who, "lines": [self.line], "contact": contact})
			doc = frappe.get_doc(done.doctype, done.name)
			self.assertEqual(doc.contact_display, name or "Lee")


class TestRows(HeadsCase):
	def another_warehouse(self) -> str:
		values = {"doctype": "Warehouse", "warehouse_name": make.unique("Hall"), "company": self.company}
		return frappe.get_doc(values).insert().name

	def test_another_warehouse(self):
		pair, day = ("set_warehouse", "place"), ("delivery_date", "day")
		for flow in (
			self.selling("Delivery Note", pair),
			self.selling("Sales Order", pair, day),
			self.buying("Purchase Receipt", pair),
		):
			self.base["who"] = (
				make.customer() if "customer" in flow.mapping.targets() else make.supplier()
			).name
			for place in (make.warehouse(), self.another_warehouse()):
				doc = self.said(flow, self.line, {**self.line, "sku": self.second}, place=place)
				self.assertEqual([doc.set_warehouse, *(row.warehouse for row in doc.items)], [place] * 3)

	def stocked(self, doctype: str, *fields: tuple[str, str]) -> inflow.InFlow:
		rows = [make.row(*pair) for pair in (*fields, ("items[].qty", "lines[].qty"))]
		rows.append(make.row("items[].item_code", "lines[].sku", row_key=1))
		doc = make.flow(doctype, [], rows, direction="Incoming", inbound_id_expression="id")
		return inflow.load(doc.name)

	def test_a_stock_reconciliation_of_one_warehouse(self):
		self.base = {"id": "1", "place": make.warehouse(), "kind": "Stock Reconciliation"}
		flow = self.stocked("Stock Reconciliation", ("set_warehouse", "place"), ("purpose", "kind"))
		self.said(flow, {"sku": self.first, "qty": 4})
		place = self.another_warehouse()
		for where in (make.warehouse(), place):
			doc = self.said(flow, {"sku": self.first, "qty": 4}, {"sku": self.second, "qty": 5}, place=where)
			self.assertEqual([row.warehouse for row in doc.items], [where] * 2)

	def test_a_stock_entry_into_another_warehouse(self):
		self.base = {"id": "1", "kind": "Material Receipt"}
		flow = self.stocked("Stock Entry", ("to_warehouse", "place"), ("stock_entry_type", "kind"))
		for place in (make.warehouse(), self.another_warehouse()):
			doc = self.said(flow, {"sku": self.first, "qty": 4}, place=place)
			self.assertEqual([(row.s_warehouse, row.t_warehouse) for row in doc.items], [(None, place)])

	def test_a_warehouse_that_a_row_says_stands(self):
		own = ("items[].warehouse", "lines[].place")
		flow, line = (
			self.selling("Delivery Note", ("set_warehouse", "place"), own),
			{**self.line, "place": make.warehouse()},
		)
		self.said(flow, line, place=make.warehouse())
		place = self.another_warehouse()
		doc = self.said(flow, line, place=place)
		self.assertEqual((doc.set_warehouse, doc.items[0].warehouse), (place, make.warehouse()))

	def test_another_day(self):
		for flow, field in (
			(self.selling("Sales Order", ("delivery_date", "day")), "delivery_date"),
			(self.buying("Purchase Order", ("schedule_date", "day")), "schedule_date"),
		):
			self.base["who"] = (
				make.customer() if "customer" in flow.mapping.targets() else make.supplier()
			).name
			for ahead in (9, 20, 5):
				day = add_days(today(), ahead)
				doc = self.said(flow, self.line, {**self.line, "sku": self.second}, day=day)
				self.assertEqual({str(doc.get(field)), *(str(row.get(field)) for row in doc.items)}, {day})

	def test_a_day_that_a_person_chose_for_a_row_stays(self):
		flow = self.selling("Sales Order", ("delivery_date", "day"))
		lines, soon = (self.line, {**self.line, "sku": self.second}), add_days(today(), 2)
		doc = self.said(flow, *lines)
		doc.items[0].delivery_date = getdate(soon)
		doc.save()
		later = add_days(today(), 30)
		doc = self.said(flow, *lines, day=later)
		self.assertEqual([str(row.delivery_date) for row in doc.items], [soon, later])

	def test_another_price_list(self):
		values = {
			"doctype": "Price List",
			"price_list_name": make.unique("Prices"),
			"selling": 1,
			"currency": "USD",
		}
		other, sku = frappe.get_doc(values).insert().name, self.priced(100)
		price = {"doctype": "Item Price", "item_code": sku, "price_list": other, "price_list_rate": 70}
		frappe.get_doc(price).insert()
		rows = [
			make.row("items[].item_code", "lines[].sku", row_key=1), make.row("items[].qty", "lines[].qty"),
			make.row("customer", "who"), make.row("selling_price_list", "prices"),
		]  # fmt: skip
		self.base = {"id": "1", "who": make.customer().name}
		flow = inflow.load(
			make.flow("Sales Invoice", [], rows, direction="Incoming", inbound_id_expression="id").name
		)
		for prices, rate in (("Standard Selling", 100), (other, 70), ("Standard Selling", 100)):
			doc = self.said(flow, {"sku": sku, "qty": 1}, prices=prices)
			self.assertEqual((doc.items[0].rate, doc.grand_total), (rate, rate))

	def test_an_order_of_a_later_day(self):
		flow = self.selling("Sales Order", ("transaction_date", "date"), ("delivery_date", "day"))
		for ago in (10, 5, 20):
			day = add_days(today(), -ago)
			self.assertEqual(str(self.said(flow, self.line, date=day).payment_schedule[0].due_date), day)


class TestWhatIsNotHere(HeadsCase):
	def told(self, flow: inflow.InFlow, **record: Any) -> str:
		self.commit()
		with self.assertRaises(frappe.LinkValidationError) as caught:
			self.said(flow, self.line, **record)
		frappe.db.rollback()
		return str(caught.exception)

	def test_it_is_named_also_where_it_is_read_before_the_save(self):
		flow = self.selling("Sales Invoice")
		self.assertIn("Customer: Nope GmbH", self.told(flow, who="Nope GmbH"))
		self.assertIn("Supplier: Nope GmbH", self.told(self.buying("Purchase Invoice"), who="Nope GmbH"))
		for field in ("taxes_and_charges", "tc_name", "contact_person", "payment_terms_template", "project"):
			label = frappe.get_meta("Sales Invoice").get_label(field)
			flow = self.selling("Sales Invoice", (field, "named"))
			self.assertIn(f"{label}: Nope GmbH", self.told(flow, named="Nope GmbH"))
			self.said(flow, self.line, id="2")

	def test_a_party_of_any_kind(self):
		flow = self.flow("Quotation", ("quotation_to", "kind"), ("party_name", "who"))
		self.base = {"id": "1", "kind": "Customer"}
		self.assertIn("Nope GmbH", self.told(flow, who="Nope GmbH"))


class TestWithholding(HeadsCase):
	def withheld(self) -> str:
		"""A supplier of whose bills 10 % are withheld."""
		year = {"from_date": "2000-01-01", "to_date": "2099-12-31"}
		taxes = commerce_case.account("Withheld", "Tax", "Duties and Taxes")
		category = {
			"doctype": "Tax Withholding Category", "category_name": make.unique("Withheld"),
			"rates": [{**year, "tax_withholding_rate": 10, "single_threshold": 1, "cumulative_threshold": 0}],
			"accounts": [{"company": self.company, "account": taxes}],
		}  # fmt: skip
		category["name"] = category["category_name"]
		return make.supplier(tax_withholding_category=frappe.get_doc(category).insert().name).name

	def test_it_is_the_suppliers(self):
		self.line = {"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 1000}
		supplier = self.withheld()
		flow = self.buying("Purchase Invoice", ("bill_no", "number"))
		for id_, who, total in (
			("1", supplier, 900),
			("1", make.supplier().name, 1000),
			("1", supplier, 900),
		):
			doc = self.said(flow, self.line, id=id_, who=who, number=id_)
			self.assertEqual((doc.apply_tds, doc.grand_total), (int(total == 900), total))
		flow = self.buying("Purchase Invoice", ("bill_no", "number"), ("apply_tds", "held"))
		doc = self.said(flow, self.line, id="2", who=supplier, number="2", held=0)
		self.assertEqual((doc.apply_tds, doc.grand_total), (0, 1000))
