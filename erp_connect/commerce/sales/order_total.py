"""Whether a Sales Order comes to what its plan says. Promises that a difference is never booked. Writes no taxes of its own."""

from __future__ import annotations

import frappe

from erp_connect.commerce.amounts import cent, rounded
from erp_connect.core.commerce.order.plan import OrderPlan
from erp_connect.messages import filled
from erp_connect.records.write import HeldForReview

# Places of a template that say how what was held is ended (`core.errors`).
REMEDIES = ("again", "done")


def remove_foreign_taxes(doc, plan: OrderPlan) -> None:
	"""Take off taxes that ERPNext added by a default template: the source has said which there are."""
	if len(doc.taxes) != len(plan.taxes):
		doc.taxes = doc.taxes[: len(plan.taxes)]
		doc.taxes_and_charges = None
		doc.save()


def total_difference(doc, plan: OrderPlan) -> float:
	"""What the document comes to beyond the plan; 0 where they meet to the cent."""
	difference = rounded(_total(doc) - float(plan.expected_total))
	return difference if abs(difference) >= cent() else 0.0


def _total(doc) -> float:
	"""What a document comes to by its rows: ERPNext prices bundles by their components after it has summed up."""
	return rounded(doc.grand_total + sum(row.amount for row in doc.items) - doc.total)


def require_total(doc, plan: OrderPlan) -> None:
	"""Raises `HeldForReview` where ERPNext has come to another total than the source."""
	if difference := total_difference(doc, plan):
		raise HeldForReview(
			frappe._(
				"ERPNext comes to {total} for this order, the source to {expected}: a difference of {difference}."
			)
			+ f" {words(plan.explanation)} "
			+ frappe._(
				"A rule of ERPNext, such as a Pricing Rule, a tax template or prices of bundles by their components, has changed the "
				"order: put it right and {again}, or book the order by hand and {done}."
			),
			code="total_differs",
			total=_total(doc),
			expected=str(plan.expected_total),
			difference=difference,
		)


def refuse_held(plan: OrderPlan) -> None:
	"""Raises `HeldForReview` with the reasons of a plan that cannot be booked."""
	if plan.is_held:
		reasons = words(plan.held)
		if not tells_remedy(reasons):
			reasons += " " + frappe._("Have it corrected and sent again, or book it by hand; then {done}.")
		raise HeldForReview(
			f"{frappe._('The order cannot be booked as it is:')} {reasons}", code="total_differs"
		)


def words(notes) -> str:
	"""Notes of a plan as text that may stand in a template."""
	kept = {name: f"{{{name}}}" for name in REMEDIES}  # for whoever shows the message
	text = " ".join(filled(note.template, {**kept, **note.params}) for note in notes)
	text = text.replace("{", "{{").replace("}", "}}")
	for place in kept.values():
		text = text.replace(f"{{{place}}}", place)
	return text


def tells_remedy(text: str) -> bool:
	"""Whether a text that may stand in a template says what to do with the event in the end."""
	return any(f"{{{name}}}" in text for name in REMEDIES)
