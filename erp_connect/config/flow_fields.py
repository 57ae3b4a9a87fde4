"""What expressions of a flow may use: the fields of a DocType, its tables and chosen linked documents."""

from __future__ import annotations

from collections.abc import Collection

import frappe
from frappe.model import default_fields, no_value_fields, table_fields

from erp_connect.config import inputs, linked_places, lookup_check
from erp_connect.config.flow import REQUEST_KEY, Flow, LinkedDocument
from erp_connect.config.request_steps import CHOSEN, IN_EXPRESSIONS
from erp_connect.core.commerce import event_fields
from erp_connect.core.errors import ConfigurationError, MappingError
from erp_connect.core.expressions.check import check_expression
from erp_connect.core.expressions.shapes import UNKNOWN_FIELD
from erp_connect.core.mapping.schema import check_rows
from erp_connect.core.payload.contents import ATTACHED, OF_FIELDS

STANDARD = {
	"name": "Data",
	"owner": "Link",
	"creation": "Datetime",
	"modified": "Datetime",
	"modified_by": "Link",
	"docstatus": "Int",
	"doctype": "Data",
	"idx": "Int",
}
IN_TABLES = {"parent": "Data", "parentfield": "Data", "parenttype": "Data"}
ATTACH_FIELDS = ("Attach", "Attach Image")
# A File as the document of a flow: its contents stand by this field, as those of an Attach field do.
CONTENTS_OF_FILE = ("File", "file_url")
# Fields that lead to a document as a Dynamic Link does, without being one: by DocType and field, the field with the DocType.
LEADING = {("File", "attached_to_name"): "attached_to_doctype"}
# Instead of a link field: the document itself, as another kind of record at the account.
ITSELF = "name"
# Their content is not a value that could be sent.
UNUSABLE = (*(kind for kind in no_value_fields if kind not in table_fields), "Password")


def schema(doctype: str, links: tuple[LinkedDocument, ...] = (), own: Collection[str] = ()) -> dict:
	"""The schema of `core.schema` for a DocType. own: keys of the account's inputs.

	Raises `ConfigurationError` for a link that does not fit.
	"""
	fields = {**_fields(doctype), **CONTEXT_FIELDS, "external_id": {"type": "Data"}}
	fields[ATTACHED] = {"type": "Table", "fields": FILE_FIELDS}
	fields[inputs.IN_EXPRESSIONS] = {"type": "Document", "fields": {key: {"type": "Data"} for key in own}}
	linked: dict[str, str | None] = {}
	for link, place in linked_places.places(links):
		_add_link(fields, doctype, link, place, linked)
	return {"doctype": doctype, "fields": fields}


def require_fields(flow: Flow) -> None:
	"""Raises `MappingError` for a row or the condition of an outgoing flow that reads what its document type has no more.

	A field can go after the flow was saved: with its Custom Field, its app, or by another name.
	"""
	known = schema(flow.document_type, flow.links, inputs.of_account(flow.account))
	condition = check_expression(flow.condition.text, known) if flow.condition else []
	for problem in (*condition, *check_rows(flow.rows, known)):
		if problem.code == UNKNOWN_FIELD:
			raise MappingError(problem.template, row=problem.row, code=problem.code, **problem.params)


def options(doctype: str, purpose: str = "") -> list[dict[str, str]]:
	"""Fields as {value, label, description} for an autocomplete, those of tables as `items[].item_code`.

	links_to: the DocType a link leads to. looked_up: whether documents are usually found by the field (transform *Lookup*).
	purpose: of a flow whose records are business events, which have fields of their own: `customer.name`.
	"""
	if event := event_fields.fields_of(purpose):
		return [_event_option(field) for field in event]
	found = []
	for field in frappe.get_meta(doctype).fields:
		if field.fieldtype in table_fields:
			found += [
				_option(
					f"{field.fieldname}[].{child.fieldname}", f"{field.label}: {child.label or ''}", child
				)
				for child in frappe.get_meta(field.options).fields
				if child.fieldtype not in (*UNUSABLE, *table_fields)
			]
		elif field.fieldtype not in UNUSABLE:
			found.append(_option(field.fieldname, field.label, field))
	standard = [
		{"value": name, "label": name, "description": kind, "type": kind} for name, kind in STANDARD.items()
	]
	return found + standard


def _event_option(field: event_fields.EventField) -> dict[str, str]:
	words = [field.label, frappe._("needed") if field.needed else "", field.about]
	return {
		"value": field.name,
		"label": field.label,
		"description": " · ".join(filter(None, words)),
		"type": field.kind,
	}


def _option(value: str, label: str | None, field) -> dict[str, str]:
	kind = f"{field.fieldtype} → {field.options}" if field.fieldtype == "Link" else field.fieldtype
	return {
		"value": value,
		"label": label or value,
		"description": f"{label or ''} · {kind}",
		"type": field.fieldtype,
		"looked_up": "[]" not in value and field.fieldtype in lookup_check.USUAL,
		**({"links_to": field.options} if field.fieldtype == "Link" else {}),
	}


def _fields(doctype: str, depth: int = 0) -> dict:
	meta = frappe.get_meta(doctype)
	files = [field.fieldname for field in meta.fields if field.fieldtype in ATTACH_FIELDS]
	files += [CONTENTS_OF_FILE[1]] if doctype == CONTENTS_OF_FILE[0] else []
	fields = {
		name: {"type": kind} for name, kind in STANDARD.items() if name in default_fields or name == "doctype"
	}
	if files:
		file = {"type": "Document", "fields": FILE_FIELDS}
		fields[OF_FIELDS] = {"type": "Document", "fields": dict.fromkeys(files, file)}
	if meta.istable:
		fields.update({name: {"type": kind} for name, kind in IN_TABLES.items()})
	for field in meta.fields:
		if field.fieldtype in table_fields:
			fields[field.fieldname] = {
				"type": "Table",
				"fields": _fields(field.options, depth + 1) if not depth else {},
			}
		elif field.fieldtype not in UNUSABLE:
			fields[field.fieldname] = {"type": field.fieldtype}
	return fields


def _add_link(
	fields: dict,
	doctype: str,
	link: LinkedDocument,
	place: linked_places.Place,
	linked: dict[str, str | None],
) -> None:
	"""linked: DocTypes of the linked documents before this one, by their aliases; this one is added."""
	if link.listed:
		_add_list(fields, doctype, link)
		return
	holder = linked_places.holder(doctype, link, linked)
	if not holder:
		raise _no_link(link.table, doctype)
	meta = frappe.get_meta(holder)
	field = meta.get_field(link.link_field)
	leads = field and (field.fieldtype in ("Link", "Dynamic Link") or (meta.name, field.fieldname) in LEADING)
	itself = link.link_field == ITSELF and not link.table
	if not leads and not itself:
		raise _no_link(link.link_field, meta.name)
	for name in place.way:
		fields = fields[name]["fields"]
	_require_free(link.alias, fields, meta.name)
	target = doctype if itself else field.options if field.fieldtype == "Link" else None
	# What a Dynamic Link leads to is known only with the document.
	fields[link.alias] = {"type": "Document", "fields": _fields(target)} if target else {}
	linked[link.alias] = target
	if link.entity and fields[link.alias]:
		fields[link.alias]["fields"]["_link"] = OWN_LINK


def _add_list(fields: dict, doctype: str, link: LinkedDocument) -> None:
	_require_listable(link, doctype)
	_require_free(link.alias, fields, doctype)
	own = {"_link": OWN_LINK} if link.entity else {}
	fields[link.alias] = {"type": "Table", "fields": _fields(link.listed) | own}


def _require_free(alias: str, place: dict, doctype: str) -> None:
	if alias in place:
		raise ConfigurationError(
			"{alias} is a field of {doctype} already. Choose another name for the linked document.",
			code="alias_taken",
			alias=alias,
			doctype=doctype,
		)


def _require_listable(link: LinkedDocument, doctype: str) -> None:
	"""Refuse a list of documents that cannot be had: of no ordinary DocType, or by a field that does not lead here."""
	meta = frappe.get_meta(link.listed)
	field = meta.get_field(link.link_field)
	if meta.istable or meta.is_virtual or meta.issingle or not field or field.options != doctype:
		raise ConfigurationError(
			"{listed} has no link {field} to {doctype}, by which its documents could be listed. Choose a document type and its "
			"field that leads to {doctype}.",
			code="bad_link_field",
			listed=link.listed,
			field=link.link_field,
			doctype=doctype,
		)


def _no_link(field: str, doctype: str) -> ConfigurationError:
	return ConfigurationError(
		"{field} of {doctype} is not a link or a table. Write customer, or items.item_code for a link in a table.",
		code="bad_link_field",
		field=field,
		doctype=doctype,
	)


OWN_LINK = {"type": "Document", "fields": {"external_id": {"type": "Data"}, "lines": {"type": "JSON"}}}
FILE_FIELDS = {
	name: {"type": kind}
	for name, kind in (
		("id", "Data"),
		("name", "Data"),
		("type", "Data"),
		("size", "Int"),
		("private", "Check"),
		("field", "Data"),
		("url", "Data"),
		("public_url", "Data"),
		("remote", "Check"),
		("content", "Data"),
	)
}
CONTEXT_FIELDS = {
	"_link": {
		"type": "Document",
		"fields": {"external_id": {"type": "Data"}, "version": {"type": "Data"}, "etag": {"type": "Data"}},
	},
	"_account": {
		"type": "Document",
		"fields": {
			"name": {"type": "Data"},
			"company": {"type": "Data"},
			"stock_buffer": {"type": "Float"},
			"webhook": {"type": "Data"},
		},
	},
	"_event": {"type": "Data"},
	"_today": {"type": "Date"},
	"_url": {"type": "Data"},
	"_old_name": {"type": "Data"},
	"_merged_into": {
		"type": "Document",
		"fields": {"name": {"type": "Data"}, "external_id": {"type": "Data"}},
	},
	"_version": {"type": "Data"},
	REQUEST_KEY: {"type": "Data"},
	# What an answer holds is not known.
	IN_EXPRESSIONS: {},
	CHOSEN: {},
}
