"""Returns in the books: the credit note of a refund.

Promises a credit note that comes to exactly what the plan says, on the accounts of the invoice it corrects, or
none. Never commits.
"""

from __future__ import annotations

from datetime import date

from erpnext.controllers.sales_and_purchase_return import make_return_doc
from frappe.utils import getdate, nowdate

from erp_connect.commerce.amounts import cent, rounded
from erp_connect.commerce.money import billing
from erp_connect.commerce.returns import give_back
from erp_connect.commerce.returns.give_back import GiveBack
from erp_connect.commerce.sales import originals, stated_prices
from erp_connect.commerce.sales.originals import Original
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.document import item_fields
from erp_connect.records import submitting
from erp_connect.records.write import HeldForReview

INVOICE = "Sales Invoice"


def make(settings: CommerceSettings, order, back: GiveBack, on: date, *, own_outstanding: bool):
	"""The submitted credit note.

	own_outstanding: the customer gets the money; otherwise it lowers what is owed on the invoice. Raises
	`HeldForReview` when no invoice of the order has all of it, or ERPNext comes to another total.
	"""
	original = _invoice(order, back)
	doc = make_return_doc(INVOICE, original.doc.name)
	doc.flags.ignore_permissions = False  # ERPNext's mappers may have set it; the user's own rights count
	_fill_items(doc, original, back)
	doc.set("taxes", [])
	for charge in back.plan.taxes:
		doc.append("taxes", give_back.charge_row(settings, charge, original.doc))
	doc.set("payment_schedule", [])
	doc.set("advances", [])
	own_outstanding = own_outstanding or not _fits(original.doc, back)
	if not own_outstanding:
		# It compares the note in its own currency with what is open in that of the ledger account: 3472 yen with 93.79 dollars.
		doc.validate_against_voucher_outstanding = lambda: None
	doc.update(
		{
			"disable_rounded_total": 1,
			"taxes_and_charges": "",
			"additional_discount_percentage": 0,
			"discount_amount": 0,
			"payment_terms_template": "",
			"allocate_advances_automatically": 0,
			"update_outstanding_for_self": int(own_outstanding),
			"update_stock": _update_stock(original.doc, back),
			"remarks": back.refund.reason or None,
			**_posting(on, original.doc),
		}
	)
	stated_prices.keep(doc)
	doc.insert()
	_compare(doc, back)
	submitting.submit(doc)
	return doc


def _invoice(order, back: GiveBack) -> Original:
	pieces = back.credited()
	for name in billing.invoices(order):
		original = originals.invoice(name)
		if all(original.left(row) > 0 and original.left(row) >= pieces.get(row, 0) for row in back.rows):
			return original
	raise HeldForReview(
		"No invoice of order {order} has left all that refund {refund} gives back. If it is not invoiced yet, submit the "
		"invoice of it and {again}. If it was returned already, or lies on several invoices, make the credit note by hand, then "
		"{done}.",
		code="no_invoice",
		order=order.name,
		refund=back.refund.id,
	)


def _fits(invoice, back: GiveBack) -> bool:
	"""Whether as much is open of the invoice as is given back."""
	rate = 1.0 if invoice.party_account_currency == invoice.currency else invoice.conversion_rate
	return rounded(float(back.total) * rate) < invoice.outstanding_amount + cent()


def _fill_items(doc, original: Original, back: GiveBack) -> None:
	templates = {row.sales_invoice_item: row.as_dict(no_nulls=True) for row in doc.items}
	doc.set("items", [])
	for item, order_row in back.items():
		fields = dict(templates[original.rows[order_row].name])
		for key in ("name", "idx", "parent", "parentfield", "parenttype", "doctype"):
			fields.pop(key, None)
		doc.append(
			"items",
			{**fields, **item_fields(item), "stock_qty": 0, "item_tax_rate": "{}", "pricing_rules": ""},
		)


def _update_stock(invoice, back: GiveBack) -> int:
	"""Whether the credit note moves stock: only where the invoice did, and then for all of its pieces."""
	wanted = {item.restock for item in back.plan.items if item.quantity}
	if not invoice.update_stock or wanted in (set(), {False}):
		return 0
	if wanted == {True}:
		return 1
	raise HeldForReview(
		"Refund {refund} puts only some pieces back into stock, but invoice {invoice} moves stock by itself. Make the "
		"credit note by hand, then {done}.",
		code="mixed_restock",
		refund=back.refund.id,
		invoice=invoice.name,
	)


def refuse_stock_of_invoices(order, back: GiveBack, pieces: dict[str, float]) -> None:
	"""Raises `HeldForReview` for pieces that are to go back into stock and left with an invoice that is not credited.

	pieces: by the order's row, those that no delivery had. What never left at all is in stock, and nothing is to be done.
	"""
	for name in billing.invoices(order):
		original = originals.invoice(name)
		out = {row: original.out(row) for row in pieces} if original.doc.update_stock else {}
		if any(quantity > 0 for quantity in out.values()):
			raise HeldForReview(
				"Refund {refund} puts pieces back into stock that left with invoice {invoice}, which moves stock by itself, but "
				"another invoice is credited. Make the credit note by hand, then {done}.",
				code="mixed_restock",
				refund=back.refund.id,
				invoice=name,
			)


def _posting(on: date, invoice) -> dict:
	"""On the day of the refund, and after the invoice."""
	posting_date = max(on, getdate(invoice.posting_date))
	if posting_date >= getdate(nowdate()):
		return {"posting_date": nowdate()}
	return {"set_posting_time": 1, "posting_date": posting_date, "posting_time": "23:59:59"}


def _compare(doc, back: GiveBack) -> None:
	if abs(doc.grand_total + float(back.total)) >= cent():
		raise HeldForReview(
			"ERPNext comes to {total} for this credit note, the source to {expected}. Make it by hand, then "
			"{done}.",
			code="total_differs",
			total=-doc.grand_total,
			expected=str(back.total),
		)
