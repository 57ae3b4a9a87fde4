"""A document as expressions see it: its fields, its tables, chosen linked documents, and the context.

Here alone documents are read for others. That is done with the rights of the user the account acts as, and, where a
person looks, with that person's as well: the document itself and each linked one by roles, User Permissions and shares,
their fields by permission levels. What may not be read is never sent or shown, not even as an empty value.

Besides the fields there are `_link` (`external_id` of the document at this account, and the `version` and `etag` of the
record that was seen last), `_account` (`name`, `company`, `stock_buffer`, `webhook`), `_input` (the account's inputs by key), `_event`, `_today` (the site's day), `_version`
(when the document was last changed, to the microsecond), `_old_name` (by which the other side knows the document, while
a rename is told), `_merged_into` (`name` and `external_id` of the document that is left, while the end of one that
was merged is told), and `_key` (the idempotency key of the request). Where the flow asks for them, there are `_attachments` and `_files`: see `attachments`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import frappe
from frappe.model.document import Document
from frappe.utils.caching import request_cache
from frappe.utils.data import quoted

from erp_connect.config import inputs, linked_places
from erp_connect.config.account import Account
from erp_connect.config.flow import REQUEST_KEY, Flow, LinkedDocument
from erp_connect.config.flow_fields import ITSELF, LEADING
from erp_connect.config.linked_places import Place
from erp_connect.core.errors import ConnectError
from erp_connect.core.payload.serialise import normalise
from erp_connect.core.values.withheld import Guarded
from erp_connect.records import attachments, rights
from erp_connect.store import linked_ids, sync_link

# Documents that lead to one: as many as shops take variants of a product.
MOST_LISTED = 2048
HIDDEN = ("__onload", "_user_tags", "_comments", "_assign", "_liked_by", "_seen")


class Unreadable(ConnectError):
	"""The account's user, or the person who looks, may not read a document, or a field of it that the flow uses."""

	default_code = "no_permission"


@dataclass(frozen=True)
class Context:
	"""What a document is read for: an event of it, and its record outside.

	version, etag: of the record, as it was seen last. viewer: person who looks at what is made of the document. old_name:
	of a document that was renamed since it was told last. merged_into: `name` and `external_id` of the document that is
	left of two. key: idempotency key of the event; None where nothing is sent.
	"""

	event: str
	external_id: str | None
	version: str | None = None
	etag: str | None = None
	viewer: str | None = None
	old_name: str | None = None
	merged_into: dict[str, str | None] | None = None
	key: str | None = None


@dataclass(frozen=True)
class Subject:
	"""The document an event is about, found but not loaded."""

	doctype: str
	name: str


def find(event) -> list[Subject]:
	"""The document that a Sync Log row is about; of a trigger, all that it points to, the oldest first."""
	if not event.subject:
		return [Subject(event.reference_doctype, event.reference_name)]
	wanted = json.loads(event.subject)
	names = frappe.get_all(wanted["doctype"], wanted["where"], pluck="name", order_by="creation, name")
	return [Subject(wanted["doctype"], str(name)) for name in names]


def load_many(doctype: str, names: list[str]) -> dict[str, Document]:
	"""Documents by name, with their tables, in one query for each table. Those that are gone are left out.

	Names are text throughout, as events and links keep them, also where the database counts them itself.
	"""
	meta = frappe.get_meta(doctype)
	if meta.issingle or meta.is_virtual:
		return {name: frappe.get_doc(doctype, name) for name in names}
	rows = {
		str(row.name): row for row in frappe.get_all(doctype, filters={"name": ("in", names)}, fields=["*"])
	}
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
		rows[str(child.parent)][field.fieldname].append(child)


def read(doc, flow: Flow, account: Account, context: Context) -> dict:
	"""A document as a plain dict, which raises `Unreadable` for fields that may not be read.

	doc: as it is, or as it was before its deletion. Raises `Unreadable`.
	"""
	_require_read(doc, account, context.viewer)
	return complete(doc.as_dict(), flow, account, context)


def of_snapshot(values: dict, doctype: str) -> Document:
	"""A document that was deleted, as it was then: so it is judged by the rights that would hold for it."""
	return frappe.get_doc({**values, "doctype": doctype})


def complete(values: dict, flow: Flow, account: Account, context: Context) -> dict:
	"""`values` of a document that may be read made safe for expressions, with linked documents and context added.

	The fields and the linked documents are judged here, the document itself is not.
	"""
	source = _open_values(values, flow.document_type, account, context.viewer)
	files = attachments.Files(_readers(account, context.viewer)) if flow.reads_files else None
	if files:
		files.add(source, flow.document_type)
	for link, place in linked_places.places(flow.links):
		_add_linked(source, flow.document_type, link, place, account, context.viewer, files)
	source["external_id"] = source.get("external_id") or context.external_id
	source["_link"] = {"external_id": context.external_id, "version": context.version, "etag": context.etag}
	source["_account"] = {
		"name": account.name,
		"company": account.company,
		"stock_buffer": account.stock_buffer,
		"webhook": account.webhook,
	}
	source[inputs.IN_EXPRESSIONS] = dict(account.inputs)
	source["_event"] = context.event
	source["_today"] = frappe.utils.today()
	source["_url"] = f"{_address_of_list(flow.document_type)}/{quoted(values.get('name') or '')}"
	source["_old_name"] = context.old_name
	source["_merged_into"] = context.merged_into
	source[REQUEST_KEY] = context.key
	source["_version"] = str(values.get("modified") or "")
	return source


@request_cache
def _address_of_list(doctype: str) -> str:
	"""Where the documents of a DocType stand in Desk: the same for all of a job."""
	return frappe.utils.get_url_to_list(doctype)


def _open_values(values: dict, doctype: str, account: Account, viewer: str | None) -> dict:
	"""The values of a document that account and viewer may both read; asking for another one raises."""
	plain = normalise({key: value for key, value in values.items() if key not in HIDDEN})
	closed = {reader: rights.withheld(doctype, reader) for reader in _readers(account, viewer)}
	if not any(closed.values()):
		return plain

	def refuse(place: str, field: str) -> Unreadable:
		user = next(reader for reader, places in closed.items() if field in places.get(place, ()))
		return Unreadable(
			"User {user} may not read field {closed} of {doctype} {name}, by its permission level. Give the user a role that "
			"may, or take the field out of flow and account {account}.",
			user=user,
			closed=f"{place}.{field}" if place else field,
			doctype=doctype,
			name=values.get("name") or "",
			account=account.name,
		)

	for place, names in rights.joined(*closed.values()).items():
		if place and isinstance(plain.get(place), list):
			plain[place] = [Guarded(row, names, partial(refuse, place)) for row in plain[place]]
	return Guarded(plain, rights.joined(*closed.values()).get("", ()), partial(refuse, ""))


def _readers(account: Account, viewer: str | None) -> Iterator[str]:
	yield account.user
	if viewer and viewer != account.user:
		yield viewer


def _require_read(doc, account: Account, viewer: str | None) -> None:
	for user in _readers(account, viewer):
		if not rights.may_read(doc, user):
			# Who has the role would look in vain for what is missing.
			some = rights.role_may_read(doc.doctype, user)
			raise Unreadable(
				"User {user} may read documents of type {doctype}, but not {name}: by a User Permission of the user, or as only its "
				"owner may. Let a User Permission allow it, or share it with the user."
				if some
				else "User {user} may not read {doctype} {name}. Give the user of account {account} a role that may.",
				user=user,
				doctype=doc.doctype,
				name=doc.name,
				account=account.name,
			)


def _add_linked(
	source: dict,
	doctype: str,
	link: LinkedDocument,
	place: Place,
	account: Account,
	viewer: str | None,
	files: attachments.Files | None,
) -> None:
	if link.listed:
		source[link.alias] = _listed(link, source["name"], account, viewer, files)
		return
	if link.link_field == ITSELF and not link.table:
		source[link.alias] = _linked(link, doctype, source["name"], account, viewer, files)
		return
	for row, holder in place.holders(source):
		kind = doctype if holder is source else holder and holder["doctype"]
		target = frappe.get_meta(kind).get_field(link.link_field) if kind else None
		row[link.alias] = target and _linked(
			link, _doctype_of(target, holder), holder.get(link.link_field), account, viewer, files
		)


def _listed(
	link: LinkedDocument, name: str, account: Account, viewer: str | None, files: attachments.Files | None
) -> list[dict]:
	"""All documents whose link field leads to this one, the oldest first. Raises `ConnectError` where they are too many."""
	names = frappe.get_all(
		link.listed,
		{link.link_field: name},
		pluck="name",
		order_by="creation, name",
		limit=MOST_LISTED + 1,
	)
	if len(names) > MOST_LISTED:
		raise ConnectError(
			"More than {most} documents of type {doctype} belong to {name}. A flow can list {most} of them: take the list of "
			"documents out of the flow.",
			code="too_many_listed",
			most=MOST_LISTED,
			doctype=link.listed,
			name=name,
		)
	documents = load_many(link.listed, names) if names else {}
	links = sync_link.find_many(account.name, link.entity, link.listed, names) if link.entity else {}
	found = []
	for doc in (documents[one] for one in names if one in documents):
		_require_read(doc, account, viewer)
		values = _open_values(doc.as_dict(), link.listed, account, viewer)
		if files:
			files.add_fields(values, link.listed)
		if link.entity:
			known = links.get(doc.name)
			values["_link"] = {"external_id": known.external_id if known else None}
		found.append(values)
	return found


def _doctype_of(field, values: dict) -> str:
	if holder := LEADING.get((field.parent, field.fieldname)):
		return values.get(holder)
	return values.get(field.options) if field.fieldtype == "Dynamic Link" else field.options


def _linked(
	link: LinkedDocument,
	doctype: str | None,
	name: str | None,
	account: Account,
	viewer: str | None,
	files: attachments.Files | None,
) -> dict | None:
	if not doctype or not name:
		return None
	try:
		doc = frappe.get_cached_doc(doctype, name)
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return None
	_require_read(doc, account, viewer)
	values = _open_values(doc.as_dict(), doctype, account, viewer)
	if files:
		files.add_fields(values, doctype)
	if link.entity:
		kind = f"{doctype}: {link.entity}"
		values["_link"] = linked_ids.known_outside(account.name, kind, name)
	return values
