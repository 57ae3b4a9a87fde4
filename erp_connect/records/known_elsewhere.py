"""Whether a new record is known here by a document of another type: nothing is made of it then, and the reason says so."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from erp_connect.config.inflow import InFlow
from erp_connect.config.known_elsewhere import Elsewhere
from erp_connect.core.mapping.matching import wanted
from erp_connect.records import exact
from erp_connect.records.values import record_values

KNOWN = "{0} {1} has {2} already, so no {3} was made of this record."
# In place of the name of a document that the account's user may not see.
HIDDEN = "•••"


def reason(flow: InFlow, record: dict[str, Any]) -> str:
	"""By which document a record that is linked with none is known here, in words; empty where by none.

	Everyone's documents, not just those the user may see: otherwise a hidden one would be doubled.
	"""
	if not flow.known_as:
		return ""
	values = record_values(flow, record, creating=True)
	return next(filter(None, (_told(flow, one, values) for one in flow.known_as)), "")


def _told(flow: InFlow, one: Elsewhere, values: dict[str, Any]) -> str:
	given = wanted(one.keys, {theirs: values.get(ours) for theirs, ours in one.own.items()})
	found = exact.documents(one.doctype, one.keys, given, None, 1) if given else []
	if not found:
		return ""
	doctype, name = one.doctype, found[0]
	if frappe.get_meta(doctype).istable:
		doctype, name = frappe.db.get_value(doctype, name, ["parenttype", "parent"])
	seen = frappe.has_permission(doctype, "read", doc=name)
	said = ", ".join(str(value) for value in given.values())
	return _(KNOWN).format(_(doctype), name if seen else HIDDEN, said, _(flow.document_type))
