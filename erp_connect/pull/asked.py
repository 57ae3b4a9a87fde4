"""Says when a change of settings leaves older records out: pulls ask for changes only, from the last run on."""

from __future__ import annotations

import frappe
from frappe import _

from erp_connect.config import inputs, pulling
from erp_connect.store import pull_marks


def tell_of_flow(doc, before) -> None:
	"""A flow was saved. Where it asks for other records than before, only those that change from now on come by themselves."""
	if not before or pulling.mark_of(doc):
		return  # with a mark, everything is fetched anew
	own = inputs.of_account(doc.integration)
	if pulling.asked_of(before, own) != pulling.asked_of(doc, own):
		_tell([doc.name])


def tell_of_account(doc, before) -> None:
	"""An account was saved. As `tell_of_flow`, for its flows that name an input with another value now. Does not commit."""
	if not before or inputs.of_document(before) == inputs.of_document(doc):
		return
	others = []
	for name in pull_marks.begun_flows(doc.name):
		flow = frappe.get_doc("Field Mapping", name)
		if pulling.asked_of(flow, inputs.of_document(before)) == pulling.asked_of(
			flow, inputs.of_document(doc)
		):
			continue
		if pulling.mark_of(flow):
			pull_marks.forget_mark(name)
		else:
			others.append(name)
	_tell(others)


def _tell(flows: list[str]) -> None:
	for flow in flows:
		if since := pull_marks.since_of(flow):
			frappe.msgprint(
				_(
					"Flow {0} asks for other records now, and only for those that changed since {1}. Older ones come when you "
					"press Actions → Pull Everything on its form."
				).format(frappe.bold(flow), frappe.bold(since)),
				title=_("Older records"),
				indicator="orange",
			)
