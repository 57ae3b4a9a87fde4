"""Documents that were cancelled here, of which the outside says something new: nobody can write into them."""

from __future__ import annotations

from erp_connect.config.inflow import InFlow
from erp_connect.records import amendments
from erp_connect.records.errors import HeldForReview


def refuse_as_booked(flow: InFlow, doc) -> None:
	"""As `refuse`, of a record that says nothing new: where the flow submits documents, it is to be in the books.

	Where the end was told outside, it is what comes back of that.
	"""
	if flow.submit and amendments.stays(flow.account, flow.remote_entity, doc.doctype):
		refuse(flow, doc)


def refuse(flow: InFlow, doc) -> None:
	"""Raises `HeldForReview` for a cancelled document that is about to be changed by a record."""
	if doc.docstatus != amendments.CANCELLED:
		return
	if amendments.stays(flow.account, flow.remote_entity, doc.doctype):
		raise HeldForReview(
			"{doctype} {name} was cancelled here, so nothing was written. If the record goes on, amend {name}, then {again}. If "
			"it has ended, {done}.",
			code="document_cancelled",
			doctype=doc.doctype,
			name=doc.name,
		)
	raise HeldForReview(
		"{doctype} {name} was cancelled here, which the flows of this record tell outside, so nothing was written. If the "
		"record goes on, delete the Sync Link of {name} and link the record with the document that stands for it now (in "
		"the menu of that: Link with a Record Outside…), then {again}; otherwise {done}.",
		code="document_cancelled",
		doctype=doc.doctype,
		name=doc.name,
	)
