"""What a held event says is tried: the cause is made, the message read, the remedy done as it says, the event repeated."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note
from frappe.utils import flt, today

from erp_connect.records.write import Written
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import account, exchange_rate, one_account_for_all, only
from erp_connect.tests.bench.ends_case import EndsTestCase


class TestMoney(EndsTestCase):
	def test_an_invoice_that_is_still_a_draft(self):
		self.settings_of_shop(payment_makes="Sales Invoice and Payment Entry")
		for fix in (lambda draft: draft.submit(), lambda draft: draft.delete()):
			order = self.order()
			draft = self.invoice(order, submit=False)
			self.commit()
			payment = make.unique("pay")
			done = self.ended(
				f"{draft.name} of this order is still a draft. Submit or delete it",
				lambda payment=payment: self.pay("93.00", id=payment),
				lambda draft=draft, fix=fix: fix(draft),
				"invoice_draft",
			)
			entry = frappe.get_doc("Payment Entry", only(done, "Payment Entry"))
			self.assertEqual((entry.docstatus, entry.paid_amount), (1, 93))
			self.assertEqual(self.customer_balance(order), 0)

	def test_no_account_of_payments(self):
		usual = frappe.db.get_value("Company", self.company, "default_bank_account")
		self.addCleanup(frappe.clear_document_cache, "Company", self.company)
		self.addCleanup(frappe.db.set_value, "Company", self.company, "default_bank_account", usual)
		frappe.db.set_value("Company", self.company, "default_bank_account", None)
		frappe.clear_document_cache("Company", self.company)
		self.settings_of_shop(payment_account=None)
		order = self.order()
		done = self.ended(
			"Choose a Ledger account of payments",
			lambda: self.pay("93.00", id=f"pay-{order.name}"),
			lambda: self.settings_of_shop(payment_account=self.bank),
			"missing_account",
		)
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], 93)

	def test_an_account_of_payments_in_another_currency(self):
		self.settings_of_shop(payment_account=account("Shop Bank EUR", "Bank", "Bank Accounts", "EUR"))
		order = self.order()
		done = self.ended(
			"Choose another Ledger account of payments",
			lambda: self.pay("93.00", id=f"pay-{order.name}"),
			lambda: self.settings_of_shop(payment_account=self.bank),
		)
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], 93)

	def test_what_is_booked_by_hand(self):
		self.order()
		self.pay("93.00", id="first-pay")
		self.put_aside(
			"correct the Payment Entry", "amount_changed", lambda: self.pay("90.00", id="first-pay")
		)
		self.put_aside("booked by hand already", "overpaid", lambda: self.pay("0.01"))
		self.put_aside("Book it by hand", "currency", lambda: self.pay("1.00", currency="EUR"))

	def test_a_payment_that_was_booked_on_account(self):
		"""Of the order's customer, with the same number: a person has booked it before the shop told of it."""
		order = self.order()
		entry = frappe.get_doc(
			{
				"doctype": "Payment Entry", "payment_type": "Receive", "company": self.company,
				"party_type": "Customer", "party": order.customer, "paid_to": self.bank,
				"paid_from": frappe.db.get_value("Company", self.company, "default_receivable_account"),
				"paid_amount": 93, "received_amount": 93, "reference_no": "ch_77", "reference_date": today(),
			}
		)  # fmt: skip
		entry.setup_party_account_field()
		entry.set_missing_values()
		entry.insert().submit()
		self.commit()
		self.put_aside(
			"If it is this one, match it with order",
			"payment_elsewhere",
			lambda: self.pay("93.00", id="ch_77"),
		)
		self.assertEqual(self.customer_balance(order), -93)
		self.assertEqual(only(self.pay("93.00", id="ch_78"), "Payment Entry") != entry.name, True)

	def test_a_refund_or_parcel_that_says_otherwise_when_it_comes_again(self):
		self.order()
		self.pay("93.00")
		refund = make.unique("refund")
		self.refund(id=refund, amount="10.00")
		self.assertEqual([one.action for one in self.refund(id=refund, amount="10.00")], ["unchanged"])
		self.put_aside(
			"with 10, but now comes with 12", "event_changed", lambda: self.refund(id=refund, amount="12.00")
		)
		parcel = make.unique("parcel")
		self.ship(("L1", 1), id=parcel)
		self.assertEqual([one.action for one in self.ship(("L1", 1), id=parcel)], ["unchanged"])
		self.assertEqual(
			[one.action for one in self.ship(("L1", 1), id=parcel, tracking_number="T1")], ["updated"]
		)
		self.put_aside(
			"with L1 × 1, but now comes with L1 × 2", "event_changed", lambda: self.ship(("L1", 2), id=parcel)
		)

	def test_a_refund_of_what_is_not_booked_as_paid(self):
		order = self.order()
		self.invoice(order)
		done = self.ended(
			"Book the missing payment",
			lambda: self.refund(id=f"refund-{order.name}", amount="10.00"),
			lambda: self.pay("93.00"),
			"not_paid",
		)
		self.assertEqual(self.booked(only(done, "Payment Entry"))[self.bank], -10)


class TestOrders(EndsTestCase):
	def order_of(self, done: list[Written], total: float) -> Any:
		doc = frappe.get_doc("Sales Order", only(done, "Sales Order"))
		self.assertEqual((doc.docstatus, flt(doc.grand_total, 2)), (1, total))
		return doc

	def test_an_article_of_another_spelling(self):
		item = make.selling_item(make.unique("ART").upper())
		record = self.record(lines=[self.line("L1", item.lower(), 1, 10, 0)])
		done = self.ended(
			"tick Article codes may differ in case",
			lambda: self.event("Order", **record),
			lambda: self.settings_of_shop(item_codes_ignore_case=1),
			"missing_item",
		)
		self.assertEqual(self.order_of(done, 10).items[0].item_code, item)

	def test_a_new_item_without_a_group(self):
		self.settings_of_shop(missing_item="Create the item", item_group=None, user=make.user())
		record = self.record(lines=[self.line("L1", make.unique("NEW"), 1, 10, 0)])
		done = self.ended(
			"Choose Item Group of new items",
			lambda: self.event("Order", **record),
			lambda: self.settings_of_shop(item_group=make.leaf("Item Group")),
			"missing_item_group",
		)
		self.order_of(done, 10)

	def test_a_buyer_without_a_name(self):
		walk_in = make.customer().name
		record = self.record(customer={})
		done = self.ended(
			"Choose a Walk-in Customer",
			lambda: self.event("Order", **record),
			lambda: self.settings_of_shop(walk_in_customer=walk_in),
		)
		self.assertEqual(self.order_of(done, 10).customer, walk_in)

	def test_a_customer_who_is_linked_with_another_id(self):
		mail = f"{frappe.generate_hash(length=8)}@example.com"
		first = self.record(customer={"id": "old-id", "name": "Twice", "email": mail})
		customer = self.order_of(self.event("Order", **first), 10).customer
		record = self.record(customer={"id": "new-id", "name": "Twice", "email": mail})

		def correct() -> None:
			link = frappe.get_doc("Sync Link", {"document_type": "Customer", "document_name": customer})
			link.external_id = "new-id"
			link.save()

		self.settings_of_shop(customer_match_keys="external_id, email")
		done = self.ended(
			"correct External id in its Sync Link", lambda: self.event("Order", **record), correct
		)
		self.assertEqual(self.order_of(done, 10).customer, customer)
		second = make.customer().name
		record = self.record(customer={"id": "third-id", "name": "Twice", "email": mail})
		done = self.ended(
			"make the other Customer here and link it",
			lambda: self.event("Order", **record),
			lambda: make.link("Customer", second, "customer", "third-id"),
		)
		self.assertEqual(self.order_of(done, 10).customer, second)

	def test_two_customers_with_one_tax_id(self):
		tax_id = make.unique("VAT")
		first, second = (make.customer(tax_id=tax_id).name for _ in range(2))
		self.settings_of_shop(customer_match_keys="external_id, tax_id")
		record = self.record(customer={"id": make.unique("c"), "name": "One of two", "tax_id": tax_id})
		done = self.ended(
			"If they are one, merge them in ERPNext",
			lambda: self.event("Order", **record),
			lambda: frappe.rename_doc("Customer", second, first, merge=True),
		)
		self.assertEqual(self.order_of(done, 10).customer, first)

	def test_a_unit_that_the_item_does_not_have(self):
		line = {**self.line("L1", self.first, 1, 120, 0), "uom": "Box"}
		if not frappe.db.exists("UOM", "Box"):
			frappe.get_doc({"doctype": "UOM", "uom_name": "Box"}).insert()
		record = self.record(lines=[line], total="120.00")

		def add() -> None:
			item = frappe.get_doc("Item", self.first)
			item.append("uoms", {"uom": "Box", "conversion_factor": 12})
			item.save()

		done = self.ended("to the table of units", lambda: self.event("Order", **record), add, "unknown_unit")
		self.assertEqual(self.order_of(done, 120).items[0].stock_qty, 12)

	def test_a_currency_that_the_site_does_not_use(self):
		frappe.db.set_value("Currency", "NOK", "enabled", 0)
		self.addCleanup(frappe.db.delete, "Currency Exchange", {"from_currency": "NOK"})
		frappe.db.delete("Currency Exchange", {"from_currency": "NOK"})
		self.commit()

		def enable() -> None:
			frappe.db.set_value("Currency", "NOK", "enabled", 1)
			exchange_rate("NOK", 0.1)

		one_account_for_all("1")
		self.addCleanup(one_account_for_all, "0")
		record = self.record(currency="NOK")
		done = self.ended(
			"Enable it in the list Currency", lambda: self.event("Order", **record), enable, "missing_rate"
		)
		self.assertEqual(self.order_of(done, 10).conversion_rate, 0.1)

	def test_an_order_that_is_still_a_draft(self):
		self.settings_of_shop(submit_orders=0)
		order = self.order()
		self.ended(
			"Submit it",
			lambda: self.ship(("L1", 2), id=f"parcel-{order.name}"),
			lambda: frappe.get_doc("Sales Order", order.name).submit(),
			"order_draft",
		)
		self.assertEqual(self.stock_of(self.first), 48)

	def test_a_cancellation_that_a_delivery_is_in_the_way_of(self):
		order = self.order()
		note = make_delivery_note(order.name)
		note.insert()
		note.submit()
		self.ended("Return or cancel them first", self.cancel, lambda: note.reload().cancel(), "in_the_way")
		self.assertEqual(frappe.db.get_value("Sales Order", order.name, "docstatus"), 2)

	def test_what_erpnext_itself_refuses(self):
		order = self.order()
		self.assertEqual(self.stock_of(self.first), 50)
		item = frappe.get_doc("Item", self.first)
		item.disabled = 1
		item.save()

		def enable() -> None:
			item.reload()
			item.disabled = 0
			item.save()

		self.ended("Put it right", lambda: self.ship(("L1", 2), id=f"parcel-{order.name}"), enable, "held")
		self.assertEqual(self.stock_of(self.first), 48)

	def test_more_pieces_than_are_left(self):
		self.order()
		self.ship(("L1", 2))
		self.put_aside("book the rest by hand", "quantity_exceeded", lambda: self.ship(("L1", 1)))

	def test_an_event_of_a_cancelled_order(self):
		order = self.order()
		order.cancel()
		self.commit()
		self.put_aside("Decide what becomes of this event", "order_cancelled", lambda: self.pay("93.00"))
		self.put_aside("Decide what becomes of this event", "order_cancelled", lambda: self.ship(("L1", 1)))

	def test_an_order_in_words_that_no_document_can_say(self):
		line = self.line("L1", self.first, 1, 10.005, 0)
		record = self.record(lines=[line], total="10.005")
		self.put_aside(
			"Have it corrected and sent again", "total_differs", lambda: self.event("Order", **record)
		)
