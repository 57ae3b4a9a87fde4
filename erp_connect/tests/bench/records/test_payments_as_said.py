"""Payments that name their invoices or orders are theirs, as where a person chooses these in Desk."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.doctype.sales_invoice.sales_invoice import make_sales_return
from frappe.utils import today

from erp_connect.config import inflow
from erp_connect.records import failures, write
from erp_connect.tests.bench import commerce_case
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.ends_case import EndsTestCase

HEAD = (
	("payment_type", "type"), ("party_type", "of"), ("party", "who"), ("paid_amount", "amount"), ("paid_to", "into"),
	("reference_no", "no"), ("reference_date", "day"),
)  # fmt: skip
NAMED = (("references[].reference_doctype", "for[].kind"), ("references[].reference_name", "for[].no"))
PART = ("references[].allocated_amount", "for[].part")


class PaymentsCase(EndsTestCase):
	def setUp(self) -> None:
		super().setUp()
		self.sold, self.who = make.item(is_stock_item=0).name, make.customer().name
		self.said = {"id": "1", "type": "Receive", "of": "Customer", "who": self.who, "into": self.bank,
			"no": "r", "day": today()}  # fmt: skip

	def flow(self, *fields: tuple[str, str], **values: Any) -> inflow.InFlow:
		rows = [make.row(*pair, row_key=int(pair == NAMED[1])) for pair in (fields or (*HEAD, *NAMED))]
		found = make.incoming("Payment Entry", rows, **values)
		self.commit()
		return found

	def billed(self, amount: float, **values: Any) -> dict[str, str]:
		doc = frappe.get_doc(
			{
				"doctype": "Sales Invoice", "company": self.company, "customer": self.who, "posting_date": today(),
				"due_date": today(), "items": [{"item_code": self.sold, "qty": 1, "rate": amount}], **values,
			}
		)  # fmt: skip
		return {"kind": "Sales Invoice", "no": doc.insert().submit().name}

	def written(self, flow: inflow.InFlow, *of: dict[str, Any], missed: int = 0, **record: Any) -> Any:
		done = write.upsert(flow, {**self.said, "for": list(of), **record})
		self.commit()
		self.assertEqual(len(done.missed), missed, done.missed)
		return frappe.get_doc(done.doctype, done.name)

	def assert_parts(self, doc: Any, *parts: float, left: float = 0) -> None:
		self.assertEqual([row.allocated_amount for row in doc.references], list(parts))
		self.assertEqual(doc.unallocated_amount, left)

	def outstanding(self, *of: dict[str, str]) -> list[float]:
		return [frappe.db.get_value(one["kind"], one["no"], "outstanding_amount") for one in of]


class TestAllocations(PaymentsCase):
	def test_an_invoice_that_is_named_is_paid(self):
		flow, one = self.flow(submit_document=1), self.billed(100)
		doc = self.written(flow, one, amount=100)
		self.assert_parts(doc, 100)
		self.assertEqual((doc.docstatus, doc.received_amount, self.outstanding(one)), (1, 100, [0]))
		self.assertEqual(frappe.db.get_value("Sales Invoice", one["no"], "status"), "Paid")
		self.assertEqual(write.upsert(flow, {**self.said, "for": [one], "amount": 100}).action, "unchanged")

	def test_several_are_in_their_order_and_no_further_than_the_money_goes(self):
		flow = self.flow(submit_document=1)
		for amount, parts, left in ((150, (100, 50), 0), (120, (100, 20), 0), (170, (100, 50), 20)):
			with self.subTest(amount=amount):
				of = self.billed(100), self.billed(50)
				doc = self.written(flow, *of, amount=amount, id=make.unique("p"))
				self.assert_parts(doc, *parts, left=left)
				self.assertEqual(self.outstanding(*of), [0, 50 - parts[1]])

	def test_what_is_said_stands(self):
		flow, of = self.flow(*HEAD, *NAMED, PART), (self.billed(100), self.billed(50))
		doc = self.written(flow, {**of[0], "part": 30}, {**of[1], "part": None}, amount=60)
		self.assert_parts(doc, 30, 30)
		doc = self.written(flow, {**of[0], "part": 40}, {**of[1], "part": 20}, amount=80)
		self.assert_parts(doc, 40, 20, left=20)

	def test_an_order_is_paid_in_advance(self):
		order = make.sales_order(self.who, [(self.sold, 1, 80)])
		doc = self.written(
			self.flow(submit_document=1), {"kind": "Sales Order", "no": order.name}, amount=100
		)
		self.assert_parts(doc, 80, left=20)
		self.assertEqual(order.reload().advance_paid, 80)

	def test_credit_notes_lessen_what_there_is_to_pay_and_are_paid_back(self):
		one = self.billed(100)
		other = make_sales_return(self.billed(30)["no"])
		other.update_outstanding_for_self = 1
		back = {"kind": "Sales Invoice", "no": other.insert().submit().name}
		flow = self.flow(submit_document=1)
		self.assert_parts(self.written(flow, one, back, amount=70), 100, -30)
		self.assertEqual(self.outstanding(one, back), [0, 0])

	def test_money_that_is_paid_back(self):
		whole = self.billed(30)
		other = make_sales_return(whole["no"])
		other.update_outstanding_for_self = 1
		back = {"kind": "Sales Invoice", "no": other.insert().submit().name}
		fields = [(field, source) for field, source in HEAD if field != "paid_to"]
		flow = self.flow(("paid_from", "into"), *fields, *NAMED, submit_document=1)
		self.assert_parts(self.written(flow, back, amount=20, type="Pay"), -20)
		self.assertEqual(self.outstanding(back), [-10])

	def test_in_the_currency_of_the_customer(self):
		owed = commerce_case.account("Debtors EUR", "Receivable", "Accounts Receivable", "EUR")
		self.who = make.customer(
			default_currency="EUR", accounts=[{"company": self.company, "account": owed}]
		).name
		one = self.billed(100, currency="EUR", conversion_rate=1.2, debit_to=owed)
		flow = self.flow(
			*HEAD, *NAMED, ("received_amount", "got"), ("source_exchange_rate", "rate"), submit_document=1
		)
		doc = self.written(flow, one, amount=60, got=75, rate=1.25, who=self.who)
		self.assert_parts(doc, 60)
		self.assertEqual((doc.paid_from, self.outstanding(one)), (owed, [40]))

	def test_a_draft_that_changes(self):
		flow, one, other = self.flow(table_rows="Remove"), self.billed(100), self.billed(50)
		for amount, of, parts, left in (
			(60, (one,), (60,), 0), (120, (one,), (100,), 20), (120, (one, other), (100, 20), 0), (120, (other,), (20,), 100),
		):  # fmt: skip
			self.assert_parts(self.written(flow, *of, amount=amount), *parts, left=left)

	def test_what_a_person_allocates_in_a_draft_stays_while_the_money_is_the_same(self):
		flow, one, other = self.flow(), self.billed(100), self.billed(50)
		doc = self.written(flow, one, other, amount=120)
		for row, part in zip(doc.references, (80, 40), strict=True):
			row.allocated_amount = part
		doc.save()
		self.assert_parts(self.written(flow, one, other, amount=120, no="other"), 80, 40)

	def test_what_a_person_allocates_stays_where_the_flow_says_nothing_of_it(self):
		one, other = self.billed(100), self.billed(100)
		doc = self.written(self.flow(), one, other, amount=150)
		for row, part in zip(doc.references, (20, 80), strict=True):
			row.allocated_amount = part
		doc.save()
		no = {"on_missing": "Hold for review"}
		rows = [
			make.row("name", "no", is_match_key=1),
			make.row("paid_amount", "amount"),
			make.row("received_amount", "amount"),
		]
		flow = make.incoming("Payment Entry", rows, **no)
		self.commit()
		write.upsert(flow, {"id": "head", "no": doc.name, "amount": 151})
		self.assert_parts(doc.reload(), 20, 80, left=51)

	def test_payment_terms_that_are_paid_one_by_one(self):
		for term, days in (("First Half", 0), ("Second Half", 30)):
			if not frappe.db.exists("Payment Term", term):
				of = {
					"invoice_portion": 50,
					"due_date_based_on": "Day(s) after invoice date",
					"credit_days": days,
				}
				frappe.get_doc({"doctype": "Payment Term", "payment_term_name": term, **of}).insert()
		terms = frappe.get_doc(
			{
				"doctype": "Payment Terms Template", "template_name": make.unique("Halves"),
				"allocate_payment_based_on_payment_terms": 1,
				"terms": [
					{"payment_term": term, "invoice_portion": 50, "credit_days": days,
						"due_date_based_on": "Day(s) after invoice date"}
					for term, days in (("First Half", 0), ("Second Half", 30))
				],
			}
		).insert()  # fmt: skip
		one = self.billed(100, payment_terms_template=terms.name, due_date=None)
		flow = self.flow(*HEAD, *NAMED, ("references[].payment_term", "for[].term"), submit_document=1)
		first, second = ({**one, "term": term} for term in ("First Half", "Second Half"))
		self.assert_parts(self.written(flow, first, second, amount=70), 50, 20)
		self.assert_parts(self.written(flow, second, amount=40, id="2"), 30, left=10)
		self.assertEqual(self.outstanding(one), [0])

	def test_a_supplier_is_paid(self):
		bill = frappe.get_doc(
			{
				"doctype": "Purchase Invoice", "company": self.company, "supplier": make.supplier().name, "bill_no": "b",
				"items": [{"item_code": self.sold, "qty": 1, "rate": 40}],
			}
		).insert().submit()  # fmt: skip
		fields = [(field, source) for field, source in HEAD if field not in ("paid_to", "paid_amount")]
		flow = self.flow(
			("paid_from", "into"), ("received_amount", "amount"), *fields, *NAMED, submit_document=1
		)
		one = {"kind": "Purchase Invoice", "no": bill.name}
		doc = self.written(flow, one, amount=30, type="Pay", of="Supplier", who=bill.supplier)
		self.assert_parts(doc, 30)
		self.assertEqual((doc.paid_amount, self.outstanding(one)), (30, [10]))


class TestAccounts(PaymentsCase):
	def mode(self, account: str) -> str:
		rows = [{"company": self.company, "default_account": account}]
		mode = {"doctype": "Mode of Payment", "mode_of_payment": make.unique("By"), "type": "Bank"}
		return frappe.get_doc({**mode, "accounts": rows}).insert().name

	def test_a_mode_of_payment_says_where_the_money_goes(self):
		fields = [*((field, "how" if field == "paid_to" else source) for field, source in HEAD), *NAMED]
		fields = [("mode_of_payment", "how"), *(pair for pair in fields if pair[0] != "paid_to")]
		other = commerce_case.account("Other Bank", "Bank", "Bank Accounts")
		flow, one = self.flow(*fields), self.billed(100)
		first, second = self.mode(self.bank), self.mode(other)
		for how, account in ((first, self.bank), (second, other)):
			doc = self.written(flow, one, amount=100, how=how)
			self.assertEqual((doc.paid_to, doc.unallocated_amount), (account, 0))

	def test_a_mode_without_an_account_is_told_by_the_field_to_map(self):
		fields = [pair for pair in HEAD if pair[0] != "paid_to"]
		flow = self.flow(("mode_of_payment", "how"), *fields, *NAMED)
		mode = {"doctype": "Mode of Payment", "mode_of_payment": make.unique("By"), "type": "Bank"}
		with self.assertRaises(frappe.MandatoryError) as caught:
			self.written(flow, self.billed(100), amount=100, how=frappe.get_doc(mode).insert().name)
		self.assertIn("Account Paid To (paid_to)", failures.detail(caught.exception))

	def test_an_account_that_is_said_stands(self):
		flow = self.flow(("mode_of_payment", "how"), *HEAD)
		other = commerce_case.account("Other Bank", "Bank", "Bank Accounts")
		self.assertEqual(self.written(flow, amount=100, how=self.mode(other)).paid_to, self.bank)
