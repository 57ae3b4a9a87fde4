"""What has been invoiced and paid of an order, and the invoice of what has not.

Promises figures from ERPNext's own ledgers, not from what was remembered. An invoice made here comes to exactly
what is left of the order, or is held. Never commits.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_sales_invoice
from frappe.utils import flt, getdate

from erp_connect.commerce.amounts import cent, rounded
from erp_connect.commerce.money import charges, let_go, payment_entries
from erp_connect.commerce.sales import stated_prices
from erp_connect.commerce.sales.order_state import Money, OrderState
from erp_connect.core.errors import Whole
from erp_connect.records import amendments, submitting
from erp_connect.records.write import HeldForReview

CLOSED = "Closed"  # nothing more is delivered or invoiced of such an order


@dataclass(frozen=True)
class Owed:
	"""What is still to be paid, in the currency of the customer's account.

	invoices: (name, outstanding) of open ones, the oldest first. on_order: what is not invoiced and not paid in
	advance; below zero when advances or credit notes wait for the invoices.
	"""

	invoices: tuple[tuple[str, float], ...]
	on_order: float

	@property
	def total(self) -> float:
		return max(0.0, rounded(sum(amount for _name, amount in self.invoices) + self.on_order))

	def targets(self, amount: float) -> tuple[list[payment_entries.Target], float]:
		"""`amount` laid over the open invoices, and what is left of it for the order."""
		targets = []
		for name, outstanding in self.invoices:
			part = min(amount, outstanding)
			if part > 0:
				targets.append(("Sales Invoice", name, rounded(part)))
				amount = rounded(amount - part)
		return [payment_entries.Target(*target) for target in targets], amount


def invoices(order, *, is_return: bool = False, docstatus: int = 1) -> list[str]:
	"""Names of Sales Invoices of the order, the oldest first."""
	return frappe.db.sql_list(
		"SELECT DISTINCT parent.name FROM `tabSales Invoice` parent JOIN `tabSales Invoice Item` item"
		" ON item.parent = parent.name WHERE item.sales_order = %s AND parent.is_return = %s"
		" AND parent.docstatus = %s ORDER BY parent.posting_date, parent.creation",
		(order.name, int(is_return), docstatus),
	)


def is_invoiced(order) -> bool:
	"""Whether all of the order was invoiced once.

	By its invoices: what a credit note gave back counts as not billed for ERPNext, as soon as another invoice is made.
	"""
	return order.grand_total - grand_totals(invoices(order)) < cent()


def still_billed(credit_notes: list[str]) -> list[str]:
	"""Those by which ERPNext does not lower what is billed of the order: of what they credit it makes no new invoice."""
	filters = {"name": ("in", [*credit_notes, ""]), "update_billed_amount_in_sales_order": 0}
	return frappe.get_all("Sales Invoice", filters, pluck="name")


def deliveries(order, *, docstatus: int = 1) -> list[str]:
	"""Names of Delivery Notes of the order, the oldest first."""
	return frappe.db.sql_list(
		"SELECT DISTINCT parent.name FROM `tabDelivery Note` parent JOIN `tabDelivery Note Item` item"
		" ON item.parent = parent.name WHERE item.against_sales_order = %s AND parent.is_return = 0"
		" AND parent.docstatus = %s ORDER BY parent.posting_date, parent.creation",
		(order.name, docstatus),
	)


def last_invoice(order) -> tuple[str, str] | None:
	"""What a payment is made like that is matched with nothing: ERPNext makes none of an order that is invoiced."""
	found = invoices(order)
	return ("Sales Invoice", found[-1]) if found else None


def owed(order) -> Owed:
	"""What is still to be paid of the order."""
	open_invoices, invoiced, netted = [], 0.0, 0.0
	for name in invoices(order):
		row = frappe.db.get_value("Sales Invoice", name, _TOTALS, as_dict=True)
		invoiced += _in_party(row, row.party_account_currency)
		if row.outstanding_amount > 0:
			# A credit note that is open beside its invoice is set against it, whoever has not matched them yet.
			part = min(row.outstanding_amount, _open_credit_of(name))
			netted += part
			if (left := rounded(row.outstanding_amount - part)) > 0:
				open_invoices.append((name, left))
	total = invoiced if order.status == CLOSED else _in_party(order, payment_entries.party_currency(order))
	# Not `advance_paid` of the order: that stays when an invoice has taken the advance up.
	credited = max(0.0, _credited(order, invoiced - total) - netted)
	on_order = max(0.0, total - invoiced) - _in_advance(order.name) - credited
	return Owed(tuple(open_invoices), rounded(on_order))


def _credited(order, cheaper: float) -> float:
	"""Of what an order became cheaper by after it was invoiced: what credit notes have, and did not lower an invoice by."""
	if cheaper < cent():
		return 0.0
	return min(cheaper, sum(amount for _name, amount in open_credits(order)))


def _open_credit_of(invoice: str) -> float:
	"""What credit notes of one invoice have that the customer has not got."""
	filters = {"return_against": invoice, "docstatus": 1, "outstanding_amount": ("<", 0)}
	return -sum(frappe.get_all("Sales Invoice", filters=filters, pluck="outstanding_amount"))


def open_credits(order) -> list[tuple[str, float]]:
	"""(name, amount) of credit notes whose money the customer has not got, the oldest first. Amounts above zero."""
	names = invoices(order, is_return=True)
	amounts = {name: frappe.db.get_value("Sales Invoice", name, "outstanding_amount") for name in names}
	return [(name, rounded(-amount)) for name, amount in amounts.items() if amount < 0]


def received(order, state: OrderState) -> float:
	"""Money in less money out of the order, in its currency; also what ERPNext does not match with it."""
	paid = _in_advance(order.name) + _against_invoices([*invoices(order), *invoices(order, is_return=True)])
	unmatched = total_of(state.freed) - total_of(state.paid_back)
	loose = sum(one.amount for one in let_go.of(order, state))
	return rounded(payment_entries.from_party(order, paid) + unmatched + loose)


def blur(order) -> float:
	"""What `received` and `owed` may be off by, in the order's currency; see `payment_entries.blur_of`."""
	documents = [order.name, *invoices(order), *invoices(order, is_return=True)]
	filters = {"reference_name": ("in", documents), "docstatus": 1}
	# The entry that is to come is rounded, too.
	return payment_entries.blur_of(order, frappe.db.count("Payment Entry Reference", filters) + 1)


def gone_back(state: OrderState) -> float:
	"""Money out of the order that ERPNext matches with no money in, in the order's currency."""
	return max(0.0, rounded(total_of(state.paid_back) - total_of(state.freed)))


def spare(order, state: OrderState) -> float:
	"""Money of the order that it does not need any more, and that the customer has not got back, in the order's currency.

	As far as it is allocated to nothing: a person may have used it for something else.
	"""
	kept = rounded(total_of(state.freed) - total_of(state.paid_back))
	if kept <= 0:
		return 0.0
	entries = set(amendments.that_stand("Payment Entry", {one.entry for one in state.freed}).values())
	filters = {"name": ("in", [*entries, ""]), "docstatus": 1}
	free = sum(frappe.get_all("Payment Entry", filters=filters, pluck="unallocated_amount"))
	return min(kept, payment_entries.from_party(order, free))


def worth(order) -> float:
	"""What the customer has to pay for the order in all, in its currency: invoices less credit notes, and the rest."""
	if order.docstatus == 2:
		return 0.0
	invoiced = grand_totals(invoices(order))
	rest = 0.0 if order.status == CLOSED else max(0.0, order.grand_total - invoiced)
	return rounded(invoiced + grand_totals(invoices(order, is_return=True)) + rest)


def grand_totals(names: list[str]) -> float:
	"""What Sales Invoices come to together, in their currency; credit notes are below zero."""
	return (
		sum(frappe.get_all("Sales Invoice", filters={"name": ("in", names)}, pluck="grand_total"))
		if names
		else 0.0
	)


def left_invoiced(order) -> float:
	"""What is invoiced of an order and not credited, in its currency."""
	return rounded(grand_totals([*invoices(order), *invoices(order, is_return=True)]))


def _in_advance(order: str) -> float:
	"""Money in less money out that is matched with the order itself, in the account's currency.

	From the rows of the payments: an invoice that takes an advance up rewrites them in every ERPNext, while the
	ledger that has the advance differs by version, and by whether advances have an account of their own.
	"""
	payments = frappe.db.sql(
		"SELECT SUM(IF(payment.payment_type = 'Pay', -1, 1) * part.allocated_amount)"
		" FROM `tabPayment Entry Reference` part JOIN `tabPayment Entry` payment ON payment.name = part.parent"
		" WHERE part.reference_doctype = 'Sales Order' AND part.reference_name = %s AND payment.docstatus = 1",
		order,
	)
	journals = frappe.db.sql(
		"SELECT SUM(credit_in_account_currency - debit_in_account_currency) FROM `tabJournal Entry Account`"
		" WHERE reference_type = 'Sales Order' AND reference_name = %s AND docstatus = 1",
		order,
	)
	return rounded(flt(payments[0][0]) + flt(journals[0][0]))


def _against_invoices(names: list[str]) -> float:
	"""Money in less money out that the ledger has against these invoices, in the account's currency."""
	if not names:
		return 0.0
	return rounded(
		frappe.db.sql(
			"SELECT -SUM(amount_in_account_currency) FROM `tabPayment Ledger Entry` WHERE delinked = 0"
			" AND against_voucher_type = 'Sales Invoice' AND against_voucher_no IN %s"
			" AND voucher_type IN ('Payment Entry', 'Journal Entry')",
			(tuple(names),),
		)[0][0]
	)


def total_of(entries: list[Money]) -> float:
	"""Sum of those Payment Entries that stand, themselves or as what they were amended to, in the order's currency."""
	valid = amendments.that_stand("Payment Entry", {one.entry for one in entries})
	return rounded(sum(float(one.amount) for one in entries if one.entry in valid))


def require_no_draft(order) -> None:
	"""Raises `HeldForReview` while an invoice of the order is a draft: it has the amounts of the order as it was."""
	if drafts := invoices(order, docstatus=0):
		raise HeldForReview(
			"Sales Invoice {invoice} of this order is still a draft. Submit or delete it, then {again}.",
			code="invoice_draft",
			invoice=Whole(", ".join(drafts)),
		)


def invoice_rest(order, on: date):
	"""The submitted Sales Invoice of what is not invoiced, None when all is, or all goods are. Raises `HeldForReview`.

	on: its date, unless the order is younger.
	Advances paid against the order are taken up by it.
	"""
	require_no_draft(order)
	earlier = [frappe.get_doc("Sales Invoice", name) for name in invoices(order)]
	left = rounded(order.grand_total - sum(doc.grand_total for doc in earlier))
	if left < cent() and earlier:
		return None
	doc = make_sales_invoice(order.name)
	if not doc.items:
		return None
	doc.flags.ignore_permissions = False  # ERPNext's mappers may have set it; the user's own rights count
	doc.update({"allocate_advances_automatically": 1, "only_include_allocated_payments": 1})
	doc.update({"set_posting_time": 1, "posting_date": max(on, getdate(order.transaction_date))})
	doc.disable_rounded_total = order.disable_rounded_total
	stated_prices.keep(doc, order)
	_leave_rest(doc, order, earlier)
	charges.leave_rest(doc, order, earlier)
	doc.insert()
	charges.drop_foreign(doc, order)
	if abs(doc.grand_total - left) >= cent():
		raise HeldForReview(
			"An invoice of the rest of order {order} would come to {total}, but {left} is left of it. Make the invoice by "
			"hand, then {again}.",
			code="total_differs",
			order=order.name,
			total=doc.grand_total,
			left=left,
		)
	submitting.submit(doc)
	return doc


def _leave_rest(doc, order, earlier: list) -> None:
	"""Reduce the pieces of an unsaved invoice to those that are on no earlier one.

	ERPNext 16 offers those again that were credited, also where the credit note leaves them billed.
	"""
	notes = invoices(order, is_return=True)
	given_up = [frappe.get_doc("Sales Invoice", name) for name in set(notes) - set(still_billed(notes))]
	invoiced: dict[str, float] = defaultdict(float)
	for row in (row for other in [*earlier, *given_up] for row in other.items):
		invoiced[row.so_detail] += row.qty
	ordered = {row.name: row.qty for row in order.items}
	for row in doc.items:
		left = flt(ordered.get(row.so_detail, row.qty) - invoiced[row.so_detail])
		if 0 < left < row.qty:
			row.qty = left


_TOTALS = (
	"currency",
	"party_account_currency",
	"outstanding_amount",
	"grand_total",
	"rounded_total",
	"base_grand_total",
	"base_rounded_total",
)


def _in_party(row, currency: str) -> float:
	"""Total of an order or invoice in the currency of the customer's account."""
	if currency == row.currency:
		return rounded(row.rounded_total or row.grand_total)
	return rounded(row.base_rounded_total or row.base_grand_total)
