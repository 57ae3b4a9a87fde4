"""What a person would most likely enter, where connecting a system asks for a document of this site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import frappe

from erp_connect.core.presets.inputs import Input
from erp_connect.core.presets.preset import Preset

# Where ERPNext keeps what is usual.
USUAL = ("Selling Settings", "Stock Settings", "Buying Settings", "Global Defaults")
# Of these a company has many, for all kinds of things: one is suggested only where a kind is asked for.
NEED_KIND = {"Account": "account_type"}
# The only one that fits is there by chance.
NEVER = ("Item",)


def suggest(preset: Preset, company: str) -> dict[str, str]:
	"""Names of documents by the keys of inputs: the only one that fits, or else the usual one of company or site.

	As the session's user: what he may not read is not suggested.
	"""
	found = {asked.key: _suggested(asked, company) for asked in preset.inputs if asked.doctype}
	return {key: name for key, name in found.items() if name}


def _suggested(asked: Input, company: str) -> str:
	if asked.doctype in NEVER or not frappe.has_permission(asked.doctype, "read"):
		return ""
	filters = filters_of(asked, company)
	only = frappe.get_list(asked.doctype, filters=filters, pluck="name", limit=2)
	if len(only) == 1:
		return only[0]
	if asked.doctype in NEED_KIND and NEED_KIND[asked.doctype] not in filters:
		return ""
	for name in _usual(asked.doctype, company):
		if frappe.get_list(asked.doctype, filters={**filters, "name": name}, limit=1):
			return name
	return ""


def filters_of(asked: Input, company: str) -> dict[str, Any]:
	"""The filters of an input, with the company where they name it, or where its documents belong to one."""
	given: Mapping[str, Any] = asked.filters
	filters = {key: company if value == "{company}" else value for key, value in given.items()}
	if company and frappe.get_meta(asked.doctype).has_field("company"):
		filters.setdefault("company", company)
	return filters


def _usual(doctype: str, company: str) -> Iterator[str]:
	"""Documents of a type that the company's record or the site's settings name."""
	places = [("Company", company)] if company else []
	for place, name in (*places, *((single, single) for single in USUAL)):
		for field in frappe.get_meta(place).get("fields", {"fieldtype": "Link", "options": doctype}):
			if value := frappe.db.get_value(place, name, field.fieldname):
				yield value
