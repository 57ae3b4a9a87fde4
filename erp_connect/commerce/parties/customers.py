"""Customers from outside: recognised by configured keys, written with their addresses and contact.

A match that is not certain is held for a person: never a silent duplicate, never a silent merge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe

from erp_connect.commerce.parties import contacts
from erp_connect.commerce.parties.fitting import Fitter
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.records.write import HeldForReview, coming_from
from erp_connect.store import locks, sync_link
from erp_connect.store.sync_link import Binding

ENTITY = "customer"
UPDATED_FIELDS = ("customer_name", "customer_type", "customer_group", "territory", "tax_id")


def upsert(settings: CommerceSettings, data: dict[str, Any]) -> tuple[str, bool]:
	"""The Customer of `data`, made or updated: (name, whether it is new). Does not commit.

	data: `external_id, customer_name, customer_type, email, phone, tax_id, currency, addresses, …`; what is absent
	stays as it is, and what ERPNext does not take as it is, is told in a comment. Raises `HeldForReview` for an ambiguous
	match, and Frappe's own errors.
	"""
	fitter = Fitter(settings.company)
	data = fitter.customer(data)
	_lock(settings, data)
	with coming_from(settings.account):
		name = find(settings, data)
		is_new = name is None
		if name is None:
			name = _create(settings, data).name
		else:
			_update(name, data)
		contacts.write_addresses(name, data.get("addresses") or [])
		contacts.write_contact(name, data)
		_bind(settings, name, data.get("external_id"))
		fitter.tell("Customer", name)
	return name, is_new


def update(settings: CommerceSettings, name: str, data: dict[str, Any]) -> None:
	"""Change a known Customer; what is absent from `data` stays as it is. Does not commit."""
	locks.until_commit(f"customer:{settings.account}:name:{name}")
	fitter = Fitter(settings.company)
	data = fitter.customer(data)
	with coming_from(settings.account):
		_update(name, data)
		contacts.write_addresses(name, data.get("addresses") or [])
		contacts.write_contact(name, data)
		_bind(settings, name, data.get("external_id"))
		fitter.tell("Customer", name)


def resolve(settings: CommerceSettings, name: str | None, external_id: str | None) -> str | None:
	"""The Customer by its name or by the external id linked with it; None if it does not exist."""
	if name:
		return name if frappe.db.exists("Customer", name) else None
	if external_id:
		return next(iter(_by_external_id(settings, external_id)), None)
	return None


def find(settings: CommerceSettings, data: dict[str, Any]) -> str | None:
	"""The Customer that the first applicable key recognises. Raises `HeldForReview` if a key fits several."""
	for key in settings.match_keys:
		value = data.get(key)
		if value in (None, ""):
			continue
		names = _FINDERS[key](settings, str(value))
		if len(names) > 1:
			raise HeldForReview(
				"{count} customers have the {key} {value}. Merge them, or link the right one in Sync Link.",
				count=len(names),
				key=key,
				value=value,
			)
		if names:
			return names.pop()
	return None


def _lock(settings: CommerceSettings, data: dict[str, Any]) -> None:
	"""Two calls about the same person wait for each other, whatever key they share."""
	for key in sorted(settings.match_keys):
		if value := data.get(key):
			# External ids belong to an account, all else to the person.
			scope = settings.account if key == "external_id" else ""
			locks.until_commit(f"customer:{scope}:{key}:{str(value).strip().casefold()}")


def _by_external_id(settings: CommerceSettings, value: str) -> set[str]:
	link = sync_link.find_external(settings.account, ENTITY, value)
	return {link.document_name} if link and frappe.db.exists("Customer", link.document_name) else set()


def _by_email(settings: CommerceSettings, value: str) -> set[str]:
	direct = frappe.get_all("Customer", filters={"email_id": value}, pluck="name")
	return {*direct, *contacts.parties_with("Contact Email", "email_id", value)}


def _by_phone(settings: CommerceSettings, value: str) -> set[str]:
	direct = frappe.get_all("Customer", filters={"mobile_no": value}, pluck="name")
	return {*direct, *contacts.parties_with("Contact Phone", "phone", value)}


def _by_tax_id(settings: CommerceSettings, value: str) -> set[str]:
	return set(frappe.get_all("Customer", filters={"tax_id": value}, pluck="name"))


_FINDERS: dict[str, Callable[[CommerceSettings, str], set[str]]] = {
	"external_id": _by_external_id,
	"email": _by_email,
	"phone": _by_phone,
	"tax_id": _by_tax_id,
}


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


def _update(name: str, data: dict[str, Any]) -> None:
	# Looked at first: most orders come from somebody who has not changed, and a Customer is costly to load.
	current = frappe.db.get_value("Customer", name, UPDATED_FIELDS, as_dict=True)
	changes = {
		field: data[field] for field in UPDATED_FIELDS if data.get(field) and current[field] != data[field]
	}
	if not changes:
		return
	doc = frappe.get_doc("Customer", name, for_update=True)
	doc.check_permission("write")
	doc.update(changes)
	doc.save()


def _refuse_second_link(settings: CommerceSettings, name: str, external_id: str) -> None:
	link = sync_link.find_many(settings.account, ENTITY, "Customer", [name]).get(name)
	if link and link.external_id and link.external_id != external_id:
		raise HeldForReview(
			"Customer {name} fits, but is linked with {other} already, not with {external_id}. Merge the two outside, or "
			"correct the Sync Link.",
			name=name,
			other=link.external_id,
			external_id=external_id,
		)


def _bind(settings: CommerceSettings, name: str, external_id: str | None) -> None:
	if not external_id or sync_link.find_external(settings.account, ENTITY, external_id):
		return
	_refuse_second_link(settings, name, external_id)
	binding = Binding(
		integration=settings.account,
		remote_entity=ENTITY,
		document_type="Customer",
		document_name=name,
		flow="",
		fingerprint=None,
		external_id=external_id,
		received=True,
	)
	for conflict in sync_link.bind([binding]).values():
		raise conflict
