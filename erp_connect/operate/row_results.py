"""What each row of a flow brings by itself, of a sample of the outside and of a document here, so that the row at fault shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import frappe
from frappe import _

from erp_connect import compat
from erp_connect.config import account as accounts
from erp_connect.config import flow as flows
from erp_connect.config import flow_warnings, inflow, inputs
from erp_connect.core.errors import ConnectError
from erp_connect.core.mapping.rows import CompiledMapping, Row, compile_row
from erp_connect.core.payload.serialise import normalise
from erp_connect.core.values.field_types import Reading
from erp_connect.core.values.number_formats import NumberFormat
from erp_connect.records import document as documents
from erp_connect.records import failures, values
from erp_connect.store import linked_ids

# Of one side of a row: what it gives there, and what is wrong with it.
Side = dict[str, Any]


def of(mapping, text: str = "", document: str = "") -> list[dict[str, Any]]:
	"""For each row of a Field Mapping: `row` (its number), `here` and `outside`, each {value, error} or None, and `warning`.

	text: a sample record as JSON. document: name of a document, read as the account's user and only as far as the session's
	user may. here: what ERPNext gets of the sample; outside: what is sent of the document. Raises `ConnectError` where the
	account or the document cannot be used at all.
	"""
	record, viewer = json.loads(text) if text.strip() else None, frappe.session.user
	account = accounts.load(mapping.integration)
	missing = flow_warnings.not_in_sample(mapping, record) if record is not None else {}
	with compat.acting_as(account.user):
		source = _source(mapping, account, document, viewer) if document else None
		return [
			{
				"row": row.idx,
				"here": _here(mapping, account, row, record) if record is not None else None,
				"outside": _outside(mapping, account, row, source) if source is not None else None,
				"warning": missing.get(row.idx, ""),
			}
			for row in mapping.rows
		]


def _source(mapping, account, name: str, viewer: str) -> dict[str, Any] | None:
	if mapping.direction == "Incoming":
		return None
	# Rows are tried one by one: one that cannot be used must not keep the document from being read.
	bare = frappe.get_doc({**mapping.as_dict(), "rows": [], "doctype": "Field Mapping"})
	doc = documents.load_many(mapping.document_type, [name]).get(name)
	if doc is None:
		return None
	context = documents.Context("update", None, viewer=viewer, key="0" * 32)
	return documents.read(doc, flows.from_document(bare), account, context)


def _outside(mapping, account, row, source: dict[str, Any]) -> Side | None:
	if (row.direction or "Both") not in flows.OUTGOING:
		return None

	def result() -> Any:
		pure = flows.mapping_row(row, account.inputs)
		lookup = _to_outside(account.name, mapping.document_type)
		return _leaf(_alone(pure, row.idx, "out").apply(source, lookup=lookup, time_zone=_zone()))

	return _tried(result)


def _here(mapping, account, row, record: Any) -> Side | None:
	if mapping.direction == "Outgoing" or (row.direction or "Both") not in inflow.INCOMING:
		return None

	def result() -> Any:
		pure = inflow.inward_row(mapping, row, inputs.of_account(mapping.integration))
		return _brought(mapping, account.name, _alone(pure, row.idx, "in"), record) if pure else None

	return _tried(result)


def _alone(row: Row, number: int, direction: str) -> CompiledMapping:
	"""A row as if there were no other; errors name its number in the table."""
	return CompiledMapping([compile_row(row, number, direction)])


def _brought(mapping, account: str, rows: CompiledMapping, record: Any) -> Any:
	numbers = NumberFormat(mapping.get("number_format") or "")
	found = rows.apply(
		record,
		time_zone=_zone(),
		numbers=numbers,
		lookup=lambda doctype, outside: linked_ids.document_of(account, doctype, outside),
	)
	if (mapping.purpose or inflow.DOCUMENT) == inflow.DOCUMENT:
		found = values.checked(mapping.document_type, found, rows.targets(), Reading(_zone(), numbers))
		for field, value in found.items():
			_require_choice(mapping.document_type, field, value)
	return _leaf(normalise(found))


def _require_choice(doctype: str, field: str, value: Any) -> None:
	"""Raise for a single value that ERPNext will refuse: a document or a choice that is not there."""
	known = frappe.get_meta(doctype).get_field(field)
	if not known or not isinstance(value, str) or not value:
		return
	if known.fieldtype == "Link" and not frappe.db.exists(known.options, value):
		frappe.throw(_("There is no {0} {1}.").format(_(known.options), value))
	choices = (known.options or "").split("\n")
	if known.fieldtype == "Select" and value not in choices:
		frappe.throw(_("{0} is none of: {1}.").format(value, ", ".join(filter(None, choices))))


def _to_outside(account: str, doctype: str) -> Callable[[str, str], Any]:
	def find(linked: str, name: str) -> Any:
		found = frappe.db.get_value(
			"Sync Link",
			{"integration": account, "document_type": linked, "document_name": name},
			"external_id",
		)
		return found or f"({_('id of {0}').format(name)})"

	return find


def _tried(result: Callable[[], Any]) -> Side:
	said = list(frappe.local.message_log)
	try:
		return {"value": result(), "error": ""}
	except (ConnectError, frappe.ValidationError) as error:
		return {"value": None, "error": failures.detail(error, _("preview again"))}
	finally:
		frappe.local.message_log = said


def _leaf(payload: Any) -> Any:
	"""The one value in what a single row made, without the objects around it; of a list, the value of each element."""
	if isinstance(payload, dict) and len(payload) == 1:
		return _leaf(next(iter(payload.values())))
	if isinstance(payload, list):
		return [_leaf(one) for one in payload]
	return None if payload == {} else payload


def _zone() -> str:
	return frappe.utils.get_system_timezone()
