"""Customers from outside: recognised by the keys of the account, written with their addresses and contact.

A customer who was here before keeps name, type, group, territory and tax id, unless the account says otherwise; one that
came by the account follows his own record, not his orders.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.utils import escape_html, get_link_to_form

from erp_connect.commerce.parties import contacts, countries, recognition
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.parties.recognition import ENTITY
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.records import gone, names
from erp_connect.records.write import HeldForReview, coming_from
from erp_connect.store import bindings, locks, sync_link

# Fields of a Customer by their names in a record.
FIELDS = {
	**{name: name for name in ("customer_name", "customer_type", "customer_group", "territory", "tax_id")},
	"currency": "default_currency",
}
# Of a record, what a known customer can be without. The rest ERPNext needs, or keeps beside other values.
EMPTIED = ("tax_id", "last_name")


class Upserted(NamedTuple):
	"""kept: fields of a known customer that stay as they are, although the record says otherwise."""

	name: str
	is_new: bool
	kept: tuple[str, ...] = ()


def upsert(settings: CommerceSettings, data: dict[str, Any]) -> Upserted:
	"""The Customer of `data`, made or updated. Does not commit.

	data: `external_id, customer_name, customer_type, email, phone, tax_id, currency, addresses, …`; what is absent
	stays as it is, and what ERPNext does not take as it is, is told in a comment. Raises `HeldForReview` for an ambiguous
	match, and Frappe's own errors.
	"""
	return _upsert(settings, data, of_order=False)


def of_order(settings: CommerceSettings, data: dict[str, Any]) -> str:
	"""The Customer of an order's buyer, made where he is new. As `upsert`; but an order is no news about a customer."""
	return _upsert(settings, data, of_order=True).name


def _upsert(settings: CommerceSettings, data: dict[str, Any], *, of_order: bool) -> Upserted:
	fitter = Fitter(settings.company)
	data = fitter.customer(data)
	recognition.lock(settings, data)
	kept: tuple[str, ...] = ()
	with coming_from(settings.account):
		found = recognition.find(settings, data)
		name, rewrite = found.name, False
		if name and not of_order:
			_put_back(settings, name)
		if name is None:
			_require_name(settings, data)
			doc = _create(settings, data)
			_tell_alike(doc, found.alike)
			name = doc.name
		else:
			rewrite = settings.update_customers or _follows(found, of_order)
			kept = _update(name, data, rewrite=rewrite)
		contacts.write_addresses(name, data.get("addresses") or [], of_record=not of_order)
		if not of_order or _is_a_person_besides(data):
			of_record = rewrite and not of_order
			kept += contacts.write_contact(name, data, rewrite=rewrite, of_record=of_record)
		_bind(settings, name, data.get("external_id"))
		fitter.comment_on("Customer", name)
	return Upserted(name, found.name is None, kept)


def _is_a_person_besides(data: dict[str, Any]) -> bool:
	"""Whether an order says more of a person than the name of the customer."""
	person = " ".join(filter(None, (data.get("first_name"), data.get("last_name"))))
	return bool(data.get("email") or data.get("phone") or (person and person != data.get("customer_name")))


def _follows(found: recognition.Found, of_order: bool) -> bool:
	"""Whether a customer is the record outside: linked with it, and made of it rather than found here."""
	return (
		found.key == "external_id"
		and not of_order
		and frappe.db.get_value("Customer", found.name, "owner") == frappe.session.user
	)


def _require_name(settings: CommerceSettings, data: dict[str, Any]) -> None:
	"""Raises `HeldForReview` for a new customer of whom only ids are known."""
	if not data.get("customer_name"):
		raise HeldForReview(
			"No customer has the {id} {value}, and the order names nobody. Create the customer by account {account}, or link the "
			"one that it is with this id; then {again}.",
			code="no_customer",
			id=_("id") if data.get("external_id") else _("tax id"),
			value=data.get("external_id") or data.get("tax_id") or "-",
			account=settings.account,
		)


def _tell_alike(doc, alike: tuple[str, ...]) -> None:
	if alike:
		doc.add_comment(
			"Comment",
			_(
				"Shares an e-mail address or phone number with {0}, but not the name. Merge them if they are the same."
			).format(", ".join(get_link_to_form("Customer", name, escape_html(name)) for name in alike)),
		)


def update(settings: CommerceSettings, name: str, data: dict[str, Any]) -> None:
	"""Change a known Customer; what is absent from `data`, or None, stays as it is, an empty text empties one of `EMPTIED`.

	Does not commit.
	"""
	emptied = {field: "" for field in EMPTIED if data.get(field) == ""}
	locks.until_commit(f"customer:{settings.account}:name:{name}")
	fitter = Fitter(settings.company)
	data = {**fitter.customer(data, countries.of_customer(name)), **emptied}
	with coming_from(settings.account):
		_update(name, data, rewrite=True)
		contacts.write_addresses(name, data.get("addresses") or [], of_record=True)
		contacts.write_contact(name, data, rewrite=True, of_record=True)
		_bind(settings, name, data.get("external_id"))
		fitter.comment_on("Customer", name)


def resolve(settings: CommerceSettings, name: str | None, external_id: str | None) -> str | None:
	"""The Customer by its name or by the external id linked with it; None if it does not exist.

	Raises `BadRecord` where both are given, and are those of two customers.
	"""
	if name:
		linked = recognition.by_external_id(settings, external_id) if external_id else set()
		names.require_same(name, external_id, next(iter(linked), None))
		return names.existing("Customer", name)
	if external_id:
		return next(iter(recognition.by_external_id(settings, external_id)), None)
	return None


def _create(settings: CommerceSettings, data: dict[str, Any]):
	# ERPNext tells people of one name apart by a number, which it reads from those that are there.
	locks.until_commit(f"customer name:{data['customer_name'].casefold()}")
	return frappe.get_doc(
		{
			"doctype": "Customer",
			"customer_name": data["customer_name"],
			"customer_type": data.get("customer_type") or "Individual",
			"customer_group": data.get("customer_group") or settings.customer_group,
			"territory": data.get("territory") or settings.territory,
			"tax_id": data.get("tax_id"),
			"default_currency": data.get("currency"),
		}
	).insert()


def _update(name: str, data: dict[str, Any], *, rewrite: bool) -> tuple[str, ...]:
	"""Bring a customer in line. rewrite: also where there is a value already. Returns the fields that were kept."""
	# Looked at first: most orders come from somebody who has not changed, and a Customer is costly to load.
	current = frappe.db.get_value("Customer", name, list(FIELDS.values()), as_dict=True)
	differing = [
		known
		for known, field in FIELDS.items()
		if known in data and (current[field] or "") != data[known] and (data[known] or known in EMPTIED)
	]
	changed = [known for known in differing if rewrite or not current[FIELDS[known]]]
	if changed:
		doc = frappe.get_doc("Customer", name, for_update=True)
		doc.check_permission("write")
		doc.update({FIELDS[known]: data[known] for known in changed})
		doc.save()
	return tuple(known for known in differing if known not in changed)


def _refuse_second_link(settings: CommerceSettings, name: str, external_id: str) -> None:
	link = sync_link.find_many(settings.account, ENTITY, "Customer", [name]).get(name)
	if link and link.external_id and link.external_id != external_id and not link.gone_at:
		frappe.get_doc("Customer", name).check_permission("read")  # no caller is told of one he may not see
		raise HeldForReview(
			"Customer {name} fits, but is linked with {other} already, not with {external_id}. If both are one, merge them outside "
			"and correct External id in its Sync Link, then {again}. If they are two, make the other Customer here and link it "
			"with {external_id} (in its menu: Link with a Record Outside…), then {again}.",
			name=name,
			other=link.external_id,
			external_id=external_id,
		)


def _put_back(settings: CommerceSettings, name: str) -> None:
	"""A customer whose record was gone is there again, perhaps under another id."""
	link = sync_link.find_document(settings.account, ENTITY, "Customer", name)
	if link and link.gone_at:
		gone.came_back(link)


def _bind(settings: CommerceSettings, name: str, external_id: str | None) -> None:
	if not external_id:
		return
	if link := sync_link.find_external(settings.account, ENTITY, external_id):
		if frappe.db.exists("Customer", link.document_name):
			return
		sync_link.remove(link.name)  # who had it was deleted, and would never be recognised by it again
	_refuse_second_link(settings, name, external_id)
	bindings.bind_received(settings.account, ENTITY, "Customer", name, external_id)
