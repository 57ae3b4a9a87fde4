"""A document made of an outside record that has none yet. Never commits."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import frappe

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import Whole
from erp_connect.records import (
	as_in_desk,
	as_said,
	comments,
	comparing,
	fetched_fields,
	missed,
	names,
	origin,
	submitting,
)
from erp_connect.records.errors import HeldForReview
from erp_connect.records.missed import Missed


def make(
	flow: InFlow, record: dict[str, Any], values: dict[str, Any], more: dict[str, Any] | None = None
) -> Any:
	"""Insert a document of the flow with these values, and submit it where the flow says so. more: what it is made of besides
	the fields that are mapped."""
	doc = frappe.get_doc(
		{
			"doctype": flow.document_type,
			**_company(flow),
			**as_said.ticks(flow.document_type, values),
			**_given(values),
			**(more or {}),
		}
	)
	names.require_linked(doc, values)
	as_in_desk.fill_new(flow, record, doc, values)
	fetched_fields.write_primary_rows(doc, values)
	with origin.about(flow.document_type):
		_insert(doc)
		as_said.require(flow, record, doc, values)
		if flow.submit and doc.meta.is_submittable:
			submitting.submit(doc)
	return doc


def _given(values: dict[str, Any]) -> dict[str, Any]:
	"""A copy of the values that are not null: where null is said of a new document, its defaults hold."""
	return {field: deepcopy(value) for field, value in values.items() if value is not None}


def missed_in(flow: InFlow, doc: Any, values: dict[str, Any]) -> tuple[Missed, ...]:
	"""What a new document does not say. Raises `HeldForReview` where it would be told to the outside as it is."""
	found = tuple(missed.find(doc, None, values, comparing.sets_of(flow)))
	if found and flow.two_way:
		raise HeldForReview(
			"The new {doctype} would not say what came in: {reasons} Nothing was written. Correct that, then "
			"{again}.",
			doctype=doc.doctype,
			reasons=Whole(missed.told(found)),
		)
	return found


def _company(flow: InFlow) -> dict[str, str]:
	"""The account's company, for new documents of which the record names none: not the one that its user works for."""
	company = company_of(flow)
	return {"company": company} if company else {}


def company_of(flow: InFlow) -> str | None:
	"""The company of the flow's account; None where its documents belong to no company, or the account names none."""
	field = frappe.get_meta(flow.document_type).get_field("company")
	if field is None or field.options != "Company":
		return None
	return frappe.get_cached_value("Integration Settings", flow.account, "company") or None


def _insert(doc: Any) -> None:
	"""Insert. What lacks a mandatory field is refused as that, also where a controller falls over it before Frappe looks.

	ERPNext 16 names a Customer by `customer_name.strip()`, say.
	"""
	if comments.is_meant(doc):
		comments.insert(doc)
		return
	try:
		doc.insert()
	except (AttributeError, TypeError):
		doc._validate_mandatory()
		raise
