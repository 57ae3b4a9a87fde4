"""What the suites of payment providers share: orders to be paid, what was booked, and money paid back from here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from erpnext.accounts.doctype.payment_entry.payment_entry import get_payment_entry
from erpnext.controllers.sales_and_purchase_return import make_return_doc
from frappe.utils import flt

from erp_connect.config import preset_files
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.commerce_case import make_invoice
from erp_connect.tests.bench.http_case import other_company
from erp_connect.tests.bench.systems.shop_case import ledger
from erp_connect.tests.bench.systems.system import CATALOGUE_OUT
from erp_connect.tests.bench.systems.system_case import SystemCase

OF_SHOPS = (
	"Products in", "Variants in", "Orders in", "Orders in by webhook", "Tax of several rates", "Prices with tax",
	"Discounts, shipping, fees", "Order changed", "Order cancelled", "Fulfilments in", "Refund with restock", "Refund without restock",
	*CATALOGUE_OUT, "Order status out", "Tracking out",
)  # fmt: skip
NO_SHOP = dict.fromkeys(OF_SHOPS, "it collects payments for orders of others")


def ledgers(company: str) -> dict[str, str]:
	"""Entries for the accounts that each provider asks for."""
	clearing = ledger(company, "Card Clearing", "Bank", "Bank Accounts")
	return {
		"payment_account": clearing,
		"clearing_account": clearing,
		"fee_account": ledger(company, "Card Fees", "Expense Account", "Indirect Expenses"),
		"dispute_account": ledger(company, "Card Disputes", "Expense Account", "Indirect Expenses"),
		"payout_account": ledger(company, "House Bank", "Bank", "Bank Accounts"),
	}


class PaymentsCase(SystemCase):
	def pay(self, order: Any) -> dict[str, Any]:
		"""The provider takes the money of an order. The payment, as it has it."""
		raise NotImplementedError

	def day_ends(self) -> None:
		"""Let what was paid today be in the provider's lists, where that takes until then."""

	def paid(self, *flows: str) -> tuple[Any, dict[str, Any]]:
		"""An invoice, and the payment that paid it, by webhook. flows: that the account has besides."""
		self.connect("Payments", *flows)
		self.register()
		order = self.order()
		invoice = make_invoice(order)
		payment = self.pay(order)
		self.by_webhook()
		return invoice, payment

	def tell(self, event: dict[str, Any], **how: Any) -> list[int]:
		"""Deliver an event to all who listen. The statuses of their answers."""
		return self.fake.send(event, **how)

	def by_webhook(self, *events: dict[str, Any], **how: Any) -> list[int]:
		"""Deliver what the fake has told (the last event, or these), and work it off."""
		statuses = [status for event in events or self.fake.told[-1:] for status in self.tell(event, **how)]
		self.work()
		return statuses

	def act_by_roles_of(self, *flows: str) -> None:
		"""The account has these flows, and acts as a user who has just the roles that they name."""
		self.connect(*flows)
		preset = preset_files.load_all()[self.system.preset]
		roles = tuple({role for name in flows for role in preset.flow(name).roles})
		user = make.user("money-only@example.com", roles)
		frappe.db.set_value("Integration Settings", self.account, "user", user)
		frappe.clear_document_cache("Integration Settings", self.account)
		self.commit()

	def made_by(self, *flows: str) -> dict[str, str]:
		"""Pull these flows; the document types that came of it, by entity."""
		self.commit()
		for flow in flows:
			self.pull(flow)
		self.assert_all_done()
		return {row.remote_entity: row.document_type for row in self.links() if row.external_id}

	def assert_booked_apart(self, other: Any, flow: str, entity: str, ids: tuple[str, str]) -> None:
		"""80 moved at `self.fake` and 50 at `other`, under one id: each is booked for its own account and company."""
		self.assertEqual(*ids)
		self.addCleanup(other.stop)
		company = other_company()
		self.connect(flow, name="One")
		self.connect(flow, name="Two", fake=other, company=company)
		for account in ("One", "Two"):
			self.pull(flow, account)
		made = [self.linked(entity, ids[0], account) for account in ("One", "Two")]
		self.assertEqual(
			[(doc.company, flt(doc.total_debit)) for doc in made], [(self.company, 80), (company, 50)]
		)

	def assert_paid_apart(self, other: Any) -> None:
		"""A payment by one id at two accounts, for an order of the first one's company: the second one books nothing."""
		order = self.order()
		self.connect("Payments", name="Two", fake=other, company=other_company())
		self.connect("Payments", name="One")
		paid = self.pay(order)
		self.day_ends()
		own, self.fake = self.fake, other
		(key,) = {"id", "transId"} & set(paid)
		self.assertEqual(self.pay(order)[key], paid[key])
		self.day_ends()
		self.fake = own
		self.commit()
		self.pull("Payments", "Two")
		self.assertEqual(self.links(remote_entity="payment"), [], self.history())
		self.pull("Payments", "One")
		entry = self.entry_of(paid)
		self.assertEqual((entry.company, self.payments_of(order)), (self.company, 1), self.history())

	def assert_stays_here(self, *references: str) -> None:
		"""What was paid back in another way is not sent."""
		self.connect("Payments", "Refunds from ERPNext")
		for reference in references:
			self.pay_back(make_invoice(self.order()), 10, reference)
		self.send()
		self.assertEqual(self.fake.calls, [])

	def assert_given_already(self, invoice: Any, payment: str) -> None:
		"""A refund of what has been paid back already says what to do."""
		self.pay_back(invoice, 10, payment)
		self.send()
		(event,) = self.events(status="Failed")
		self.assertIn("cancel the Payment Entry if it was made twice", event.error)

	def assert_compared(self, flow: str, move: Callable[[float], Any]) -> None:
		"""Compared equal, until one more has moved outside. move: an amount to the bank."""
		self.connect(flow)
		for amount in (80, 50.5):
			move(amount)
		self.pull(flow)
		self.assertEqual(self.compared(flow), (0, 0, 0, 0))
		move(60)
		self.assertEqual(self.compared(flow), (1, 0, 0, 0))

	def send_twice(self) -> None:
		"""Send what is due, and once more what has to be."""
		for _ in range(2):
			self.send()
			self.later()

	def turn_to(self, fake: Any, **values: Any) -> None:
		"""Let the account, whose address the preset knows, lead to the fake."""
		doc = frappe.get_doc("Integration Settings", self.account)
		doc.update({"base_url": fake.url, **values})
		doc.save()
		self.commit()

	def order(self, amount: float = 93, company: str = "", currency: str = "USD", **values: Any) -> Any:
		"""A submitted Sales Order made in ERPNext."""
		item = make.item().name
		order = make.sales_order(make.customer().name, [(item, 1, amount)], submit=False)
		order.update({"disable_rounded_total": 1, "currency": currency, **values})
		order.save().submit()
		self.commit()
		return order

	def entry_of(self, payment: dict[str, Any]) -> Any:
		return self.linked("payment", payment["id"])

	def order_of_a_shop(self, id_: str) -> Any:
		"""An order that another account has taken in, by this id."""
		order, shop = self.order(), make.account(self.fake.url, name="A Shop").name
		link = {"integration": shop, "remote_entity": "order", "external_id": id_}
		named = {"document_type": "Sales Order", "document_name": order.name}
		frappe.get_doc({"doctype": "Sync Link", **named, **link}).insert()
		return order

	@staticmethod
	def payments_of(order: Any) -> int:
		return frappe.db.count("Payment Entry Reference", {"reference_name": order.name, "docstatus": 1})

	def booked(self, document: str) -> dict[str, float]:
		"""Debit less credit by account name."""
		rows = frappe.get_all(
			"GL Entry", {"voucher_no": document, "is_cancelled": 0}, ["account", "debit", "credit"]
		)
		found: dict[str, float] = {}
		for row in rows:
			name = frappe.db.get_value("Account", row.account, "account_name")
			found[name] = flt(found.get(name, 0) + row.debit - row.credit, 2)
		return found

	def assert_paid_in_euro(self, order: Any, payment: dict[str, Any]) -> None:
		"""An order of 93 euro, of which the fee is 3, by its own rate on the clearing account in dollars."""
		entry = self.entry_of(payment)
		self.assertEqual([row.reference_name for row in entry.references], [order.name])
		self.assertEqual(order.currency, "EUR")
		self.assertNotEqual(order.conversion_rate, 1)
		rate = order.conversion_rate
		booked = self.booked(entry.name)
		self.assertEqual(
			(booked["Card Clearing"], booked["Card Fees"]), (flt(90 * rate, 2), flt(3 * rate, 2))
		)

	def pay_back(self, invoice: Any, amount: float, reference: str) -> Any:
		"""A credit note, and a submitted Payment Entry for it that names a payment of the provider."""
		note = make_return_doc("Sales Invoice", invoice.name)
		note.items[0].rate = amount
		note.insert().submit()
		entry = get_payment_entry("Sales Invoice", note.name)
		entry.update({"reference_no": reference, "reference_date": frappe.utils.today()})
		entry.paid_from = frappe.db.get_value(
			"Account", {"account_name": "Card Clearing", "company": self.company}
		)
		entry.insert().submit()
		self.commit()
		return entry
