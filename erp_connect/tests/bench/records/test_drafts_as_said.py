"""A draft takes what is said of it later, and what ERPNext makes of that: its day, rates, exchange rate, taxes and terms."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, today

from erp_connect.config import inflow
from erp_connect.tests.bench import commerce_case, prices
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.records.test_rows_as_said import RowsCase


class TestDrafts(RowsCase):
	def invoices(self, *fields: tuple[str, str]) -> inflow.InFlow:
		self.base = {"id": "1", "who": make.customer().name}
		return self.flow("Sales Invoice", ("customer", "who"), *fields)

	def test_the_day_of_a_draft_that_had_none(self):
		flow, item = self.invoices(("posting_date", "day")), make.item(is_stock_item=0).name
		line, day = {"sku": item, "qty": 1, "rate": 10}, add_days(today(), -20)
		doc = self.said(flow, line)
		frappe.db.set_value(doc.doctype, doc.name, "posting_date", add_days(today(), -1))  # of yesterday
		self.assertEqual(str(self.said(flow, line, day=day).posting_date), day)

	def test_the_rate_that_a_draft_is_given_later_in_spite_of_a_pricing_rule(self):
		flow, item = self.invoices(), self.priced(100)
		self.said(flow, {"sku": item, "qty": 1})
		prices.tenth_off(self, item)
		self.assertEqual(self.said(flow, {"sku": item, "qty": 1, "rate": 80}).items[0].rate, 80)

	def test_what_a_rule_made_of_a_row_stays_where_no_rate_changes(self):
		flow, item = self.invoices(), self.priced(100)
		prices.tenth_off(self, item)
		self.assertEqual(self.said(flow, {"sku": item, "qty": 1}).items[0].rate, 90)
		row = self.said(flow, {"sku": item, "qty": 2, "rate": 90}).items[0]
		self.assertEqual((row.rate, row.discount_percentage), (90, 10))

	def test_another_currency_has_another_exchange_rate(self):
		commerce_case.one_account_for_all("1")
		self.addCleanup(commerce_case.one_account_for_all, "0")
		commerce_case.exchange_rate("EUR", 1.1)
		flow, line = self.invoices(("currency", "currency")), {"sku": self.priced(10), "qty": 1, "rate": 10}
		for currency, in_dollars in (("USD", 10), ("EUR", 11), ("USD", 10)):
			doc = self.said(flow, line, currency=currency)
			self.assertEqual(
				(doc.currency, doc.grand_total, doc.base_grand_total), (currency, 10, in_dollars)
			)

	def test_another_account_has_another_exchange_rate(self):
		commerce_case.exchange_rate("EUR", 1.1)
		euros = commerce_case.account("Euro Bank", "Bank", "Bank Accounts", "EUR")
		self.base = {
			"id": "1",
			"who": make.customer().name,
			"day": today(),
			"type": "Receive",
			"party": "Customer",
		}
		fields = ("payment_type", "type"), ("party_type", "party"), ("party", "who"), ("paid_to", "bank")
		amounts = (
			("paid_amount", "amount"),
			("received_amount", "received"),
			("reference_no", "id"),
			("reference_date", "day"),
		)
		rows = [make.row(*pair) for pair in (*fields, *amounts)]
		doc = make.flow("Payment Entry", [], rows, direction="Incoming", inbound_id_expression="id")
		flow = inflow.load(doc.name)
		self.said(flow, bank=self.bank, amount=11, received=11)
		doc = self.said(flow, bank=euros, amount=11, received=10)
		self.assertEqual(
			(doc.paid_to_account_currency, doc.target_exchange_rate, doc.base_received_amount),
			("EUR", 1.1, 11),
		)


class TestDayOfRates(RowsCase):
	"""A draft in another currency that is given another day has that day's exchange rate."""

	def setUp(self) -> None:
		super().setUp()
		commerce_case.one_account_for_all("1")
		self.addCleanup(commerce_case.one_account_for_all, "0")
		self.day = add_days(today(), -10)
		commerce_case.exchange_rate("EUR", 1.1)
		commerce_case.exchange_rate("EUR", 1.5, self.day)

	def test_of_a_document(self):
		who, line = make.customer().name, {"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 100}
		for doctype, day in (("Sales Invoice", "posting_date"), ("Sales Order", "transaction_date")):
			flow = self.flow(
				doctype, ("customer", "who"), (day, "day"), ("currency", "currency"), ("conversion_rate", "rate"),
				*([("delivery_date", "later")] if doctype == "Sales Order" else []),
			)  # fmt: skip
			self.base = {"id": "1", "who": who, "currency": "EUR", "later": add_days(today(), 9)}
			for when, in_dollars in ((self.day, 150), (today(), 110), (self.day, 150)):
				self.assertEqual(self.said(flow, line, day=when).base_grand_total, in_dollars)
			self.assertEqual(self.said(flow, line, day=today(), rate=1.3).base_grand_total, 130)

	def test_of_a_payment_and_of_entries(self):
		euros = commerce_case.account("Euro Bank", "Bank", "Bank Accounts", "EUR")
		costs = commerce_case.account("Travel Costs", "", "Indirect Expenses")
		self.base = {
			"id": "1",
			"who": make.customer().name,
			"type": "Receive",
			"party": "Customer",
			"bank": euros,
		}
		pairs = (
			("payment_type", "type"), ("party_type", "party"), ("party", "who"), ("paid_to", "bank"), ("posting_date", "day"),
			("paid_amount", "amount"), ("received_amount", "amount"), ("reference_no", "id"), ("reference_date", "day"),
		)  # fmt: skip
		payments = inflow.load(
			make.flow("Payment Entry", [], [make.row(*pair) for pair in pairs], direction="Incoming", inbound_id_expression="id").name
		)  # fmt: skip
		pairs = (
			("posting_date", "day"), ("multi_currency", "several"), ("accounts[].debit_in_account_currency", "lines[].debit"),
			("accounts[].credit_in_account_currency", "lines[].credit"),
		)  # fmt: skip
		rows = [
			make.row("accounts[].account", "lines[].account", row_key=1),
			*(make.row(*pair) for pair in pairs),
		]
		entries = inflow.load(
			make.flow("Journal Entry", [], rows, direction="Incoming", inbound_id_expression="id").name
		)
		for when, in_dollars in ((self.day, 150), (today(), 110)):
			self.assertEqual(self.said(payments, day=when, amount=100).base_received_amount, in_dollars)
			lines = (
				{"account": euros, "debit": 100, "credit": 0},
				{"account": costs, "debit": 0, "credit": in_dollars},
			)
			self.assertEqual(self.said(entries, *lines, day=when, several=1).total_debit, in_dollars)


class TestDiscounts(RowsCase):
	"""A price or discount without a rate: the rate follows from it."""

	def invoices(self, *fields: tuple[str, str]) -> inflow.InFlow:
		self.base = {"id": "1", "who": make.customer().name}
		rows = [
			make.row("items[].item_code", "lines[].sku", row_key=1), make.row("items[].qty", "lines[].qty"),
			*(make.row(*pair) for pair in (("customer", "who"), *fields)),
		]  # fmt: skip
		doc = make.flow("Sales Invoice", [], rows, direction="Incoming", inbound_id_expression="id")
		return inflow.load(doc.name)

	def test_of_a_row(self):
		flow = self.invoices(("items[].discount_percentage", "lines[].off"))
		sku = self.priced(100)
		for off, quantity, amount in (
			(10, 2, 180),
			(20, 2, 160),
			(50, 3, 150),
			(0, 2, 200),
			(100, 2, 0),
			(50, 1, 50),
		):
			row = self.said(flow, {"sku": sku, "qty": quantity, "off": off}).items[0]
			self.assertEqual((row.discount_percentage, row.amount), (off, amount))

	def test_of_its_price(self):
		price, off = (
			("items[].price_list_rate", "lines[].price"),
			("items[].discount_percentage", "lines[].off"),
		)
		flow, sku = self.invoices(price, off), make.item(is_stock_item=0).name
		for now, less, rate in ((80, 10, 72), (80, 25, 60), (60, 25, 45), (120, 25, 90), (120, 0, 120)):
			row = self.said(flow, {"sku": sku, "qty": 1, "price": now, "off": less}).items[0]
			self.assertEqual((row.price_list_rate, row.rate), (now, rate))

	def test_a_rate_that_a_person_chose_stays_where_the_price_is_what_it_was(self):
		price, text = ("items[].price_list_rate", "lines[].price"), ("items[].description", "lines[].text")
		flow, sku = self.invoices(price, text), make.item(is_stock_item=0).name
		doc = self.said(flow, {"sku": sku, "qty": 1, "price": 80, "text": "Blue"})
		doc.items[0].rate = 77
		doc.save()
		row = self.said(flow, {"sku": sku, "qty": 1, "price": 80, "text": "Red"}).items[0]
		self.assertEqual((row.description, row.rate), ("Red", 77))

	def test_in_money(self):
		price, off = ("items[].price_list_rate", "lines[].price"), ("items[].discount_amount", "lines[].off")
		flow, sku = self.invoices(price, off), make.item(is_stock_item=0).name
		for now, less in ((80, 10), (80, 25), (60, 25), (60, 0)):
			row = self.said(flow, {"sku": sku, "qty": 1, "price": now, "off": less}).items[0]
			self.assertEqual((row.discount_amount, row.rate), (less, now - less))

	def test_a_rate_that_is_said_stands(self):
		rate, off = ("items[].rate", "lines[].rate"), ("items[].discount_percentage", "lines[].off")
		flow, sku = self.invoices(rate, off), self.priced(100)
		for less in (10, 20):
			row = self.said(flow, {"sku": sku, "qty": 1, "rate": 77, "off": less}).items[0]
			self.assertEqual(row.rate, 77)

	def test_of_the_whole(self):
		sku = self.priced(100)
		flow = self.invoices(("additional_discount_percentage", "off"))
		for off, total in ((10, 90), (20, 80), (0, 100)):
			self.assertEqual(self.said(flow, {"sku": sku, "qty": 1}, off=off).grand_total, total)

	def test_an_amount_of_the_whole_where_a_person_gave_a_percentage(self):
		sku = self.priced(100)
		flow = self.invoices(("discount_amount", "off"))
		doc = self.said(flow, {"sku": sku, "qty": 1}, off=5)
		doc.additional_discount_percentage = 50
		doc.save()
		self.assertEqual(self.said(flow, {"sku": sku, "qty": 1}, off=7).grand_total, 93)


class TestTemplates(RowsCase):
	"""What Desk fills in as a person chooses a template."""

	def vat(self, rate: float) -> str:
		tax = commerce_case.account("Shop Sales Tax", "Tax", "Duties and Taxes")
		row = {"charge_type": "On Net Total", "account_head": tax, "description": "VAT", "rate": rate}
		named = {"doctype": "Sales Taxes and Charges Template", "title": make.unique("VAT")}
		return frappe.get_doc({**named, "company": self.company, "taxes": [row]}).insert().name

	def terms(self, days: int) -> str:
		row = {"invoice_portion": 100, "due_date_based_on": "Day(s) after invoice date", "credit_days": days}
		term = {"doctype": "Payment Term", "payment_term_name": make.unique("Term"), **row}
		row["payment_term"] = frappe.get_doc(term).insert().name
		named = {"doctype": "Payment Terms Template", "template_name": make.unique("Terms")}
		return frappe.get_doc({**named, "terms": [row]}).insert().name

	def invoices(self, *fields: tuple[str, str]) -> inflow.InFlow:
		self.base = {"id": "1", "who": make.customer().name}
		return self.flow("Sales Invoice", ("customer", "who"), *fields)

	def test_taxes(self):
		flow = self.invoices(("taxes_and_charges", "tax"))
		line = {"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 100}
		for rate in (19, 7):
			vat = self.vat(rate)
			doc = self.said(flow, line, tax=vat)
			self.assertEqual(([row.rate for row in doc.taxes], doc.grand_total), ([rate], 100 + rate))
		doc = self.said(flow, {**line, "rate": 200}, tax=vat)
		self.assertEqual(([row.rate for row in doc.taxes], doc.grand_total), ([7], 214))

	def test_taxes_that_are_said_stand(self):
		flow = self.invoices(
			("taxes_and_charges", "tax"), ("taxes[].charge_type", "taxes[].type"), ("taxes[].rate", "taxes[].rate"),
			("taxes[].account_head", "taxes[].account"), ("taxes[].description", "taxes[].title"),
		)  # fmt: skip
		tax = commerce_case.account("Shop Sales Tax", "Tax", "Duties and Taxes")
		row = {"type": "On Net Total", "rate": 5, "account": tax, "title": "Reduced"}
		line = {"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 100}
		self.assertEqual(self.said(flow, line, tax=self.vat(19), taxes=[row]).grand_total, 105)

	def test_terms_and_conditions(self):
		flow = self.invoices(("tc_name", "conditions"))
		line, known = {"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 100}, self.base["who"]
		for text, says in (("For {{ customer_name }}", f"For {known}"), ("No returns", "No returns")):
			values = {"doctype": "Terms and Conditions", "title": make.unique("Terms"), "terms": text}
			conditions = frappe.get_doc({**values, "selling": 1}).insert().name
			self.assertEqual(self.said(flow, line, conditions=conditions).terms, says)

	def test_a_text_of_conditions_that_is_said_stands(self):
		flow = self.invoices(("tc_name", "conditions"), ("terms", "text"))
		line, values = (
			{"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 100},
			{"terms": "No returns"},
		)
		values |= {"doctype": "Terms and Conditions", "title": make.unique("Terms"), "selling": 1}
		conditions = frappe.get_doc(values).insert().name
		self.assertEqual(self.said(flow, line, conditions=conditions, text="As agreed").terms, "As agreed")

	def test_days_of_payment(self):
		flow = self.invoices(("payment_terms_template", "terms"))
		line = {"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 100}
		for days in (10, 30):
			doc = self.said(flow, line, terms=self.terms(days))
			due = add_days(today(), days)
			self.assertEqual([str(row.due_date) for row in doc.payment_schedule], [due])
			self.assertEqual(str(doc.due_date), due)

	def test_days_of_payment_follow_the_day_of_posting(self):
		flow = self.invoices(("posting_date", "day"), ("payment_terms_template", "terms"))
		line, terms = {"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 100}, self.terms(10)
		for ago in (20, 5, 30):
			doc = self.said(flow, line, terms=terms, day=add_days(today(), -ago))
			due = add_days(today(), 10 - ago)
			self.assertEqual((str(doc.due_date), str(doc.payment_schedule[0].due_date)), (due, due))

	def test_a_day_of_payment_that_is_said_stands(self):
		flow = self.invoices(("posting_date", "day"), ("due_date", "due"))
		line, due = {"sku": make.item(is_stock_item=0).name, "qty": 1, "rate": 100}, add_days(today(), 5)
		for ago in (20, 5):
			doc = self.said(flow, line, due=due, day=add_days(today(), -ago))
			self.assertEqual(str(doc.due_date), due)
