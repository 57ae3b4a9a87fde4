"""A document as expressions see it: its fields, its tables, chosen linked documents, and the context.

Everything is read with the rights of the user the account acts as. Besides the fields there are `_link`
(`external_id` of the document at this account, and the `version` of the record that was seen last), `_account` (`name`, `company`), `_event`, and `_version` (when the
document was last changed, to the microsecond).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import frappe
from frappe.model.document import Document

from erp_connect.config.account import Account
from erp_connect.config.flow import Flow, LinkedDocument
from erp_connect.core.errors import ConnectError
from erp_connect.core.payload.serialise import normalise

HIDDEN = ("__onload", "_user_tags", "_comments", "_assign", "_liked_by", "_seen")


class Unreadable(ConnectError):
	"""The account's user may not read the document."""

	default_code = "no_permission"


@dataclass(frozen=True)
class Subject:
	"""The document an event is about, found but not loaded."""

	doctype: str
	name: str


def find(event) -> Subject | None:
	"""The document that a Sync Log row is about; None when a trigger points to nothing."""
	if not event.subject:
		return Subject(event.reference_doctype, event.reference_name)
	wanted = json.loads(event.subject)
	name = frappe.db.get_value(wanted["doctype"], wanted["where"], "name")
	return Subject(wanted["doctype"], name) if name else None


def load_many(doctype: str, names: list[str]) -> dict[str, Document]:
	"""Documents by name, with their tables, in one query for each table. Those that are gone are left out."""
	meta = frappe.get_meta(doctype)
	if meta.issingle or meta.is_virtual:
		return {name: frappe.get_doc(doctype, name) for name in names}
	rows = {row.name: row for row in frappe.get_all(doctype, filters={"name": ("in", names)}, fields=["*"])}
	for field in meta.get_table_fields():
		_add_children(rows, doctype, field)
	return {name: frappe.get_doc({**row, "doctype": doctype}) for name, row in rows.items()}


def _add_children(rows: dict, doctype: str, field) -> None:
	for row in rows.values():
		row[field.fieldname] = []
	children = frappe.get_all(
		field.options,
		filters={"parent": ("in", list(rows)), "parenttype": doctype, "parentfield": field.fieldname},
		fields=["*"],
		order_by="parent, idx",
	)
	for child in children:
		rows[child.parent][field.fieldname].append(child)


def read(
	doc, flow: Flow, account: Account, *, event: str, external_id: str | None, version: str | None = None
) -> dict:
	"""A document as a plain dict. Raises `Unreadable`."""
	_require_read(doc, account)
	return complete(doc.as_dict(), flow, account, event=event, external_id=external_id, version=version)


def complete(
	values: dict,
	flow: Flow,
	account: Account,
	*,
	event: str,
	external_id: str | None,
	version: str | None = None,
) -> dict:
	"""`values` of a document made safe for expressions, with linked documents and context added.

	version: of the record outside, as it was seen last.
	"""
	source = normalise({key: value for key, value in values.items() if key not in HIDDEN})
	for link in flow.links:
		_add_linked(source, flow.document_type, link, account)
	source["external_id"] = source.get("external_id") or external_id
	source["_link"] = {"external_id": external_id, "version": version}
	source["_account"] = {"name": account.name, "company": account.company}
	source["_event"] = event
	source["_version"] = str(values.get("modified") or "")
	return source


def _require_read(doc, account: Account) -> None:
	if not doc.has_permission("read"):
		raise Unreadable(
			"User {user} may not read {doctype} {name}. Give the user of account {account} a role that may.",
			user=account.user,
			doctype=doc.doctype,
			name=doc.name,
			account=account.name,
		)


def _add_linked(source: dict, doctype: str, link: LinkedDocument, account: Account) -> None:
	if not link.table:
		target = frappe.get_meta(doctype).get_field(link.link_field)
		source[link.alias] = _linked(_doctype_of(target, source), source.get(link.link_field), account)
		return
	child = frappe.get_meta(doctype).get_field(link.table).options
	target = frappe.get_meta(child).get_field(link.link_field)
	for row in source.get(link.table) or ():
		row[link.alias] = _linked(_doctype_of(target, row), row.get(link.link_field), account)


def _doctype_of(field, values: dict) -> str:
	return values.get(field.options) if field.fieldtype == "Dynamic Link" else field.options


def _linked(doctype: str | None, name: str | None, account: Account) -> dict | None:
	if not doctype or not name:
		return None
	try:
		doc = frappe.get_cached_doc(doctype, name)
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return None
	_require_read(doc, account)
	return normalise({key: value for key, value in doc.as_dict().items() if key not in HIDDEN})
