"""A shop with its accounts, articles and a clerk's rights, for the tests of orders and what follows them."""

from __future__ import annotations

from typing import Any

import frappe
from erpnext.accounts.utils import get_balance_on
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import flt, today

from erp_connect.commerce import settings as commerce
from erp_connect.commerce.handlers import HANDLERS
from erp_connect.records.write import Written
from erp_connect.store.transactions import read_committed
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make

CLERK = "shop-clerk@example.com"
CLERK_ROLES = ("Sales User", "Sales Master Manager", "Accounts User", "Stock User")


class CommerceTestCase(ConnectTestCase):
	"""Events of one shop, handled as its user. Amounts are in USD unless a test says otherwise."""

	def setUp(self) -> None:
		super().setUp()
		self.company = make.company()
		make.user(CLERK, CLERK_ROLES)
		self.bank = account("Shop Bank", "Bank", "Bank Accounts")
		self.settings_of_shop()
		self.first, self.second = make.item().name, make.item().name
		make.receipt(self.first, 50)
		make.receipt(self.second, 50)
		self.commit()

	def settings_of_shop(self, **values: Any) -> None:
		"""Make the account of the shop, or change the one there is."""
		if frappe.db.exists("Integration Settings", make.ACCOUNT):
			doc = frappe.get_doc("Integration Settings", make.ACCOUNT)
			doc.update(values)
			doc.save()
			self.commit()
			return
		taxes = account("Shop Sales Tax", "Tax", "Duties and Taxes")
		freight = account("Shop Freight", "Chargeable", "Direct Income")
		make.account(
			self.receiver.url(),
			user=CLERK,
			**{
				"inbound_enabled": 1,
				"inbound_key": "shop",
				"inbound_secret": "shop-secret",
				"warehouse": make.warehouse(),
				"customer_group": make.leaf("Customer Group"),
				"territory": make.leaf("Territory"),
				"price_list": "Standard Selling",
				"payment_account": self.bank,
				"commerce_accounts": [
					{"kind": "Tax", "title": "*", "account": taxes},
					{"kind": "Shipping", "title": "*", "account": freight},
					{"kind": "Fee", "title": "*", "account": freight},
					{"kind": "Discount", "title": "*", "account": freight},
				],
				**values,
			},
		)
		self.commit()

	def event(self, purpose: str, **record: Any) -> list[Written]:
		"""Handle one event as a worker does: as the account's user, in a transaction of its own."""
		frappe.db.commit()
		try:
			with read_committed():
				frappe.set_user(frappe.db.get_value("Integration Settings", make.ACCOUNT, "user"))
				done = HANDLERS[purpose](commerce.load(make.ACCOUNT), record)
				frappe.db.commit()
				return done
		finally:
			frappe.set_user("Administrator")
			frappe.clear_messages()

	def order(self, **values: Any) -> Any:
		"""A Sales Order of 2 × 10.00 and 3 × 20.00, 10 % tax and 5.00 shipping: 93.00."""
		self.order_id = make.unique("order")
		record = {
			"id": self.order_id,
			"currency": "USD",
			"customer": {"id": make.unique("c"), "name": make.unique("Buyer")},
			"lines": [
				self.line("L1", self.first, 2, 10, 2),
				self.line("L2", self.second, 3, 20, 6),
			],
			"shipping": [{"id": "S", "title": "Parcel", "amount": "5.00"}],
			"total": "93.00",
			**values,
		}
		(written,) = self.event("Order", **record)
		return frappe.get_doc("Sales Order", written.name)

	@staticmethod
	def line(line_id: str, sku: str, quantity: float, price: float, tax: float) -> dict[str, Any]:
		taxes = [{"title": "Sales Tax", "rate": 10, "amount": str(tax)}] if tax else []
		return {
			"id": line_id, "sku": sku, "name": sku, "quantity": quantity, "unit_price": str(price), "tax_lines": taxes,
		}  # fmt: skip

	def pay(self, amount: str, **values: Any) -> list[Written]:
		return self.event(
			"Payment",
			**{
				"id": make.unique("pay"),
				"order_id": self.order_id,
				"amount": amount,
				"status": "paid",
				**values,
			},
		)

	def ship(self, *lines: tuple[str, float], **values: Any) -> list[Written]:
		rows = [{"line_id": line, "quantity": quantity} for line, quantity in lines]
		return self.event(
			"Fulfilment", **{"id": make.unique("parcel"), "order_id": self.order_id, "lines": rows, **values}
		)

	def refund(self, **values: Any) -> list[Written]:
		return self.event("Refund", **{"id": make.unique("refund"), "order_id": self.order_id, **values})

	def cancel(self, **values: Any) -> list[Written]:
		return self.event("Cancellation", **{"order_id": self.order_id, **values})

	def customer_balance(self, order: Any) -> float:
		"""What the customer owes by the general ledger."""
		return flt(get_balance_on(party_type="Customer", party=order.customer, company=self.company), 2)

	def booked(self, document: str) -> dict[str, float]:
		"""Debit less credit by account of what a document booked."""
		rows = frappe.get_all(
			"GL Entry",
			filters={"voucher_no": document, "is_cancelled": 0},
			fields=["account", "debit", "credit"],
		)
		totals: dict[str, float] = {}
		for row in rows:
			totals[row.account] = flt(totals.get(row.account, 0) + row.debit - row.credit, 2)
		return totals

	def stock_of(self, item: str) -> float:
		return flt(
			frappe.db.get_value("Bin", {"item_code": item, "warehouse": make.warehouse()}, "actual_qty")
		)


def account(name: str, kind: str, parent: str, currency: str = "") -> str:
	"""An account of the company, made where it is missing."""
	company = make.company()
	known = frappe.db.get_value("Account", {"account_name": name, "company": company})
	if known:
		return known
	group = frappe.db.get_value("Account", {"account_name": parent, "company": company, "is_group": 1})
	return (
		frappe.get_doc(
			{
				"doctype": "Account",
				"account_name": name,
				"account_type": kind,
				"parent_account": group,
				"company": company,
				"account_currency": currency or None,
			}
		)
		.insert()
		.name
	)


def only(done: list[Written], doctype: str) -> str:
	"""Name of the one document of a type that was made."""
	(name,) = [one.name for one in done if one.doctype == doctype]
	return name


def exchange_rate(currency: str, rate: float, day: str = "") -> None:
	"""A day's rate into the company's currency, today's where none is said."""
	day = {"date": day or today(), "from_currency": currency, "to_currency": "USD"}
	if name := frappe.db.exists("Currency Exchange", day):
		frappe.db.set_value("Currency Exchange", name, "exchange_rate", rate)
	else:
		values = {"exchange_rate": rate, "for_selling": 1, "for_buying": 1}
		frappe.get_doc({"doctype": "Currency Exchange", **day, **values}).insert()
	frappe.db.commit()


def one_account_for_all(switch: str) -> None:
	"""Let customers with an account in the company's currency be invoiced in others."""
	frappe.db.set_single_value(
		"Accounts Settings", "allow_multi_currency_invoices_against_single_party_account", switch
	)
	frappe.clear_document_cache("Accounts Settings", "Accounts Settings")


def make_invoice(order) -> Any:
	"""An invoice as a person makes it, who lets ERPNext look for advances."""
	doc = make_sales_invoice(order.name)
	doc.update({"allocate_advances_automatically": 1, "only_include_allocated_payments": 1})
	doc.insert().submit()
	frappe.db.commit()
	return frappe.get_doc("Sales Invoice", doc.name)
