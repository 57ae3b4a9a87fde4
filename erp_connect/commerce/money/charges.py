"""Taxes and charges of documents made from an order in parts.

ERPNext copies fixed amounts (charge type Actual, and a discount on the document) in full into every invoice and
delivery of an order, and into every return, so that two invoices would charge shipping twice. Here each document
takes its share, and the last one what is left.
"""

from __future__ import annotations

from erp_connect.commerce.amounts import rounded

ACTUAL = "Actual"


def leave_rest(doc, order, earlier: list) -> None:
	"""Reduce fixed charges and discount of an unsaved document to what `earlier` ones have left of the order's.

	Documents that take only part of what is left of the goods take that part of the charges.
	"""
	part = _part(doc, order, earlier)
	for row, original in zip(doc.taxes, order.taxes, strict=False):
		if original.charge_type == ACTUAL:
			left = original.tax_amount - sum(_same_row(other, original) for other in earlier)
			row.tax_amount = rounded(left * part)
	if order.discount_amount and not order.additional_discount_percentage:
		left = order.discount_amount - sum(other.discount_amount for other in earlier)
		doc.discount_amount = min(rounded(left * part), doc.total)
	doc.run_method("calculate_taxes_and_totals")


def not_below_zero(doc) -> None:
	"""Let an unsaved delivery be worth nothing rather than less, which ERPNext refuses: earlier ones had more than is left of
	the charges where the order became cheaper since."""
	if doc.grand_total >= 0:
		return
	for row in doc.taxes:
		if row.charge_type == ACTUAL:
			row.tax_amount = max(0.0, row.tax_amount)
	doc.run_method("calculate_taxes_and_totals")


def share_of(doc, original) -> None:
	"""Reduce fixed charges and discount of an unsaved return to the part of the goods of `original` that it takes."""
	part = sum(abs(row.qty) * row.rate for row in doc.items) / original.total if original.total else 1.0
	for row in doc.taxes:
		if row.charge_type == ACTUAL:
			row.tax_amount = rounded(row.tax_amount * part)
	doc.discount_amount = rounded(doc.discount_amount * part)


def drop_foreign(doc, order) -> None:
	"""Take off taxes that ERPNext added by a default template: the order has said which there are."""
	if len(doc.taxes) > len(order.taxes):
		doc.taxes = doc.taxes[: len(order.taxes)]
		doc.taxes_and_charges = None
		doc.save()


def _part(doc, order, earlier: list) -> float:
	left = order.total - sum(other.total for other in earlier)
	return min(1.0, doc.total / left) if left else 1.0


def _same_row(doc, original) -> float:
	"""Amount of the row of `doc` that was copied from `original`."""
	return sum(
		row.tax_amount
		for row in doc.taxes
		if row.idx == original.idx and row.account_head == original.account_head
	)
