"""Amounts of outside records in documents whose currency follows from accounts or the company: held where it differs."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import today

from erp_connect.config import inflow
from erp_connect.records import write
from erp_connect.records.errors import BadRecord, HeldForReview
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import CommerceTestCase, account

ENTRY = "Payment Entry"


class TestCurrencyOfRecords(CommerceTestCase):
	def flow(self, *more: dict[str, Any], **values: Any) -> inflow.InFlow:
		company = frappe.get_cached_doc("Company", self.company)
		self.customer = make.customer().name
		self.debtors = company.default_receivable_account
		constants = {
			"payment_type": "Receive", "party_type": "Customer", "party": self.customer, "company": self.company,
			"paid_from": self.debtors, "paid_to": self.bank, "reference_date": today(),
			"source_exchange_rate": "1", "target_exchange_rate": "1",
		}  # fmt: skip
		rows = [
			make.row("paid_amount", "amount"),
			make.row("received_amount", "amount"),
			make.row("reference_no", "id"),
			*(make.row(field, field, constant=text) for field, text in constants.items()),
			*more,
		]
		doc = make.flow(
			ENTRY, [], rows, direction="Incoming", submit_document=1, remote_entity="charge",
			inbound_id_expression="id", **values,
		)  # fmt: skip
		self.commit()
		return inflow.load(doc.name)

	def drop_flows(self) -> None:
		for name in frappe.get_all("Field Mapping", pluck="name"):
			frappe.delete_doc("Field Mapping", name)

	def test_a_charge_in_another_currency_than_the_accounts_is_held(self):
		flow = self.flow()
		with self.assertRaises(HeldForReview) as caught:
			write.upsert(flow, {"id": "ch_1", "amount": 1500, "currency": "jpy"})
		self.assertEqual(caught.exception.code, "currency")
		self.assertIn("JPY", str(caught.exception))
		self.assertIn("USD", str(caught.exception))
		frappe.db.rollback()
		self.assertFalse(frappe.get_all(ENTRY, filters={"party": self.customer}))

	def test_a_charge_in_the_accounts_currency_is_booked(self):
		done = write.upsert(self.flow(), {"id": "ch_2", "amount": 15, "currency": "usd"})
		entry = frappe.get_doc(ENTRY, done.name)
		self.assertEqual((entry.docstatus, entry.paid_amount, self.booked(done.name)[self.bank]), (1, 15, 15))

	def test_a_currency_that_is_mapped_for_an_account_is_the_accounts(self):
		rows = [make.row(f"paid_{end}_account_currency", "money") for end in ("from", "to")]
		flow = self.flow(*rows)
		with self.assertRaises(HeldForReview) as caught:
			write.upsert(flow, {"id": "ch_5", "amount": 1500, "money": "jpy"})
		self.assertEqual(caught.exception.code, "currency")
		frappe.db.rollback()
		done = write.upsert(flow, {"id": "ch_6", "amount": 15, "money": "USD"})
		self.assertEqual(self.booked(done.name)[self.bank], 15)
		self.commit()
		doc = frappe.get_doc("Field Mapping", flow.name)
		doc.inbound_currency_expression = "'USD'"
		doc.save()
		done = write.upsert(inflow.load(flow.name), {"id": "ch_5", "amount": 1500, "money": "jpy"})
		self.assertEqual(self.booked(done.name)[self.bank], 1500)

	def test_a_flow_says_where_the_currency_is_or_that_amounts_were_converted(self):
		record = {"id": "ch_3", "amount": 1500, "currency": "jpy", "charge": {"currency": "EUR"}}
		with self.assertRaises(HeldForReview) as caught:
			write.upsert(self.flow(inbound_currency_expression="charge.currency"), record)
		self.assertIn("EUR", str(caught.exception))
		frappe.db.rollback()
		self.drop_flows()
		with self.assertRaises(BadRecord):
			write.upsert(self.flow(inbound_currency_expression="charge.nothing"), record)
		frappe.db.rollback()
		self.drop_flows()
		done = write.upsert(self.flow(inbound_currency_expression="'USD'"), record)
		self.assertEqual(self.booked(done.name)[self.bank], 1500)

	def test_a_record_whose_amounts_were_converted_is_booked_once_the_flow_says_so(self):
		flow = self.flow()
		record = {"id": "ch_4", "amount": 1500, "currency": "jpy"}
		with self.assertRaises(HeldForReview) as caught:
			write.upsert(flow, record)
		frappe.db.rollback()
		self.assertIn("say so in Currency of the record in flow", str(caught.exception))
		self.assertIn("press Retry", str(caught.exception))
		doc = frappe.get_doc("Field Mapping", flow.name)
		doc.inbound_currency_expression = "'USD'"
		doc.save()
		done = write.upsert(inflow.load(flow.name), record)
		self.assertEqual(self.booked(done.name)[self.bank], 1500)

	def test_invoices_in_the_currency_of_their_party_are_checked_too(self):
		for doctype, party in (
			("Sales Invoice", "customer"),
			("Sales Order", "customer"),
			("Purchase Invoice", "supplier"),
		):
			with self.subTest(doctype):
				name = make.customer().name if party == "customer" else make.supplier().name
				rows = [
					make.row(party, "party", constant=name), make.row("items[].item_code", "lines[].sku"),
					make.row("items[].qty", "lines[].count"), make.row("items[].rate", "lines[].price"),
				]  # fmt: skip
				if doctype == "Sales Order":
					rows.append(make.row("delivery_date", "day", constant=today()))
				flow = make.flow(
					doctype, [], rows, direction="Incoming", remote_entity=frappe.scrub(doctype), inbound_id_expression="id"
				)  # fmt: skip
				self.commit()
				lines = [{"sku": self.first, "count": 1, "price": 1500}]
				with self.assertRaises(HeldForReview) as caught:
					write.upsert(inflow.load(flow.name), {"id": "i1", "currency": "JPY", "lines": lines})
				self.assertEqual(caught.exception.code, "currency")
				frappe.db.rollback()
				done = write.upsert(inflow.load(flow.name), {"id": "i1", "currency": "USD", "lines": lines})
				self.assertEqual(
					frappe.db.get_value(doctype, done.name, ["currency", "grand_total"]), ("USD", 1500)
				)

	def journal(self, *more: dict[str, Any]) -> tuple[inflow.InFlow, list[dict[str, Any]]]:
		"""A flow of Journal Entries, and what one of 1500 dollars says."""
		flow = make.flow(
			"Journal Entry",
			[],
			[
				make.row("company", "company", constant=self.company),
				make.row("posting_date", "day", constant=today()),
				make.row("accounts[].account", "lines[].account"),
				make.row("accounts[].debit_in_account_currency", "lines[].debit"),
				make.row("accounts[].credit_in_account_currency", "lines[].credit"),
				*more,
			],
			direction="Incoming",
			remote_entity="journal",
			inbound_id_expression="id",
		)
		other = account("Gateway Fees", "Expense Account", "Indirect Expenses")
		self.commit()
		return inflow.load(flow.name), [
			{"account": self.bank, "debit": 1500, "credit": 0},
			{"account": other, "debit": 0, "credit": 1500},
		]

	def test_rows_of_a_journal_entry_are_checked_too(self):
		flow, lines = self.journal()
		with self.assertRaises(HeldForReview):
			write.upsert(flow, {"id": "j1", "currency": "JPY", "lines": lines})
		frappe.db.rollback()
		done = write.upsert(flow, {"id": "j1", "currency": "USD", "lines": lines})
		self.assertEqual(frappe.db.get_value("Journal Entry", done.name, "total_debit"), 1500)

	def test_a_currency_that_is_mapped_for_a_row_is_its_accounts(self):
		flow, lines = self.journal(make.row("accounts[].account_currency", "lines[].money"))
		for currencies in (("EUR", "EUR"), ("USD", "EUR")):
			said = [{**line, "money": money} for line, money in zip(lines, currencies, strict=True)]
			with self.assertRaises(HeldForReview) as caught:
				write.upsert(flow, {"id": "j2", "lines": said})
			self.assertEqual(caught.exception.code, "currency")
			frappe.db.rollback()
		said = [{**line, "money": "USD"} for line in lines]
		done = write.upsert(flow, {"id": "j2", "lines": said})
		self.assertEqual(frappe.db.get_value("Journal Entry", done.name, "total_debit"), 1500)

	def test_a_price_in_the_currency_of_another_list_is_held(self):
		flow = make.flow(
			"Item Price", [],
			[make.row("item_code", "sku"), make.row("price_list", "list", constant="Standard Selling"), make.row("price_list_rate", "price")],
			direction="Incoming", remote_entity="price", inbound_id_expression="id",
		)  # fmt: skip
		self.commit()
		record = {"id": "p1", "sku": self.first, "price": 1500}
		with self.assertRaises(HeldForReview) as caught:
			write.upsert(inflow.load(flow.name), {**record, "currency": "JPY"})
		self.assertEqual(caught.exception.code, "currency")
		frappe.db.rollback()
		for currency in ({"currency": "usd"}, {}):
			done = write.upsert(inflow.load(flow.name), {**record, **currency})
			self.assertEqual(frappe.db.get_value("Item Price", done.name, "price_list_rate"), 1500)
