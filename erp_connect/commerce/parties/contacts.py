"""Addresses and contacts of a party: recognised by what they say, added when they are new."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.model.naming import append_number_if_name_exists

from erp_connect.commerce.parties import changed_addresses, changed_contacts
from erp_connect.commerce.parties.fitting import NAME_LIMIT, PARTY_LIMIT, TITLE_LIMIT

PERSON = ("first_name", "last_name")
ADDRESS_FIELDS = (
	"address_line1",
	"address_line2",
	"city",
	"state",
	"pincode",
	"country",
	"phone",
	"email_id",
)


def having(doctype: str, field: str, value: str, wanted: str, **filters: str) -> set[str]:
	"""What stands in `wanted` of the records with just this value; of an e-mail address, case does not count."""
	rows = frappe.get_all(doctype, filters={field: value, **filters}, fields=[wanted, field])
	fold = str.casefold if field == "email_id" else str
	return {row[wanted] for row in rows if fold(row[field]) == fold(value)}


def emails_of(customer: str) -> set[str]:
	"""All e-mail addresses of a customer and his contacts, casefolded."""
	found = [frappe.db.get_value("Customer", customer, "email_id")]
	for contact in _contacts_of(customer):
		found += [row.email_id for row in contact.email_ids]
	return {email.casefold() for email in found if email}


def parties_with(child: str, field: str, value: str) -> set[str]:
	"""Customers whose contact has a value in one of its tables (Contact Email, Contact Phone).

	Rows that lead from or to what was deleted are passed over.
	"""
	contacts = having(child, field, value, "parent", parenttype="Contact")
	if not contacts:
		return set()
	found = frappe.db.sql_list(
		"SELECT customer.name FROM `tabDynamic Link` link JOIN `tabContact` contact ON contact.name = link.parent"
		" JOIN `tabCustomer` customer ON customer.name = link.link_name"
		" WHERE link.parenttype = 'Contact' AND link.link_doctype = 'Customer' AND link.parent IN %s",
		(tuple(contacts),),
	)
	return set(found)


def write_addresses(customer: str, addresses: list[dict[str, Any]], *, of_record: bool = False) -> list[str]:
	"""Addresses of a customer, made where they are new. Returns their names in the order given.

	addresses: as `Fitter.address` gives them. of_record: they are those that the customer has outside, so that one may be
	an earlier one that was changed there; an order only says where it goes.
	"""
	existing = _addresses_of(customer) if addresses else []
	spared = {_same_address(_kind(address), _address_values(address), existing) for address in addresses}
	return [_address(customer, address, existing, spared if of_record else None) for address in addresses]


def write_contact(
	customer: str, data: dict[str, Any], *, rewrite: bool = False, of_record: bool = False
) -> tuple[str, ...]:
	"""See that the customer has a contact with this e-mail address and phone number, and of this name.

	Without either, the person of this name is meant, or, with `rewrite`, the primary contact. rewrite: a known person gets
	the name of `data`, also an empty one. of_record: they are what the customer is reached by outside, see
	`changed_contacts`. Returns the names of `data` that were kept as they were.
	"""
	email, phone = data.get("email"), data.get("phone")
	names = {field: data[field] for field in PERSON if data.get(field) or (rewrite and field in data)}
	contact = _known(customer, email, phone, names, rewrite=rewrite)
	if contact is None and of_record:
		contact = changed_contacts.earlier(customer, names)
	if contact is None and (email or phone or any(names.values())):
		contact = _new(customer, data)
	if contact is None:
		return ()
	differing = [field for field in names if (contact.get(field) or "") != names[field]]
	# A last name from elsewhere behind a whole name would make another person of it.
	named = differing if rewrite or not any(contact.get(field) for field in PERSON) else []
	contact.update({field: names[field] for field in named})
	_save(customer, contact, email, phone, renamed=bool(named), of_record=of_record)
	return tuple(field for field in differing if field not in named)


def _known(customer: str, email: str | None, phone: str | None, names: dict[str, str], *, rewrite: bool):
	if email or phone:
		return _contact_of(customer, email, phone)
	if not names:
		return None
	return _primary(customer) if rewrite else _named(customer, names)


def _new(customer: str, data: dict[str, Any]):
	contact = frappe.new_doc("Contact")
	names = ("first_name", "customer_name", "email", "phone")
	contact.first_name = next((data[name] for name in names if data.get(name)), customer)
	contact.last_name = data.get("last_name")
	contact.append("links", {"link_doctype": "Customer", "link_name": customer})
	return contact


def _save(
	customer: str, contact, email: str | None, phone: str | None, *, renamed: bool, of_record: bool
) -> None:
	"""Save a contact with this e-mail address and phone number, and the customer if it is, or becomes, his primary one."""
	is_new, known = contact.is_new(), {*_emails(contact), *_phones(contact)}
	changed = _complete(contact, email, phone) or renamed
	if of_record:
		changed = changed_contacts.put_first(customer, contact, email, phone, known) or changed
	if changed:
		_save_contact(contact, customer)
	primary = changed_contacts.primary_of(customer)
	follows = of_record and changed_contacts.is_to_be_primary(customer, primary, contact, is_news=is_new)
	# What the customer takes from his contact, he takes when he is saved.
	if not primary or follows or (of_record and changed and primary == contact.name):
		doc = frappe.get_doc("Customer", customer)
		doc.customer_primary_contact = contact.name
		doc.save()


def _primary(customer: str):
	name = changed_contacts.primary_of(customer)
	return frappe.get_doc("Contact", name) if name else None


def _named(customer: str, names: dict[str, str]):
	return next(
		(
			contact
			for contact in _contacts_of(customer)
			if all((contact.get(field) or "") == names.get(field, "") for field in PERSON)
		),
		None,
	)


def on_order(customer: str, buyer: dict[str, Any]) -> dict[str, str]:
	"""The contact of an order in its fields: who has the buyer's e-mail address or phone number; {} where nobody has.

	Not ERPNext's choice, which is none for a customer that was just made, and any colleague for one that was not.
	"""
	email, phone = buyer.get("email"), buyer.get("phone")
	name, person = _reached_by(customer, email, phone)
	if not name:
		return {}
	values = {
		"contact_person": name,
		"contact_display": person.full_name,
		"contact_email": email or person.email_id,
		"contact_mobile": phone or person.mobile_no,
		"contact_phone": person.phone,
	}
	return {field: value for field, value in values.items() if value}


def _reached_by(customer: str, email: str | None, phone: str | None) -> tuple[str, Any]:
	"""The oldest contact of a customer with this e-mail address, else with this phone number; an empty name for none."""
	said = ["full_name", "email_id", "mobile_no", "phone"]
	for child, field, value in (("Contact Email", "email_id", email), ("Contact Phone", "phone", phone)):
		for name in _with(child, field, value, customer):
			if person := frappe.db.get_value("Contact", name, said, as_dict=True):
				return name, person
	return "", None


def _with(child: str, field: str, value: str | None, customer: str) -> list[str]:
	"""Contacts of the customer that have a value in one of its tables, the oldest first; some may be deleted."""
	if not value:
		return []
	found = frappe.get_all(child, filters={field: value, "parenttype": "Contact"}, pluck="parent")
	linked = {
		"parenttype": "Contact",
		"parent": ("in", found),
		"link_doctype": "Customer",
		"link_name": customer,
	}
	return frappe.get_all("Dynamic Link", filters=linked, pluck="parent", order_by="creation asc")


def find_address(customer: str, address: dict[str, Any]) -> str | None:
	"""The address of a customer that says the same as `address`, which `write_addresses` would take."""
	values = _address_values(address)
	return _same_address(_kind(address), values, _addresses_of(customer))


def _complete(contact, email: str | None, phone: str | None) -> bool:
	"""Add what is missing; whether anything was, or the contact is new."""
	changed = contact.is_new()
	if email and email.casefold() not in _emails(contact):
		contact.append("email_ids", {"email_id": email, "is_primary": int(not contact.email_ids)})
		changed = True
	if phone and phone not in _phones(contact):
		contact.append("phone_nos", {"phone": phone, "is_primary_mobile_no": int(not contact.phone_nos)})
		changed = True
	return changed


def _contact_of(customer: str, email: str | None, phone: str | None):
	"""Who has this e-mail address; else who has this phone number, unless his address is another: colleagues share one."""
	known = _contacts_of(customer)
	by_email = (contact for contact in known if email and email.casefold() in _emails(contact))
	by_phone = (
		contact for contact in known if phone in _phones(contact) and not (email and contact.email_ids)
	)
	return next(by_email, None) or next(by_phone, None)


def _contacts_of(customer: str) -> list:
	names = frappe.db.sql_list(
		"SELECT link.parent FROM `tabDynamic Link` link JOIN `tabContact` contact ON contact.name = link.parent"
		" WHERE link.parenttype = 'Contact' AND link.link_doctype = 'Customer' AND link.link_name = %s"
		" ORDER BY link.modified DESC",
		(customer,),
	)
	return [frappe.get_doc("Contact", name) for name in names]


def _save_contact(contact, customer: str) -> None:
	"""Save. Frappe names a Contact by the person and the customer, which together may be longer than a name can be."""
	full_name = " ".join(filter(None, (contact.first_name, contact.last_name)))
	name = f"{full_name}-{customer}"
	if contact.is_new() and len(name) > NAME_LIMIT:
		short = f"{full_name[: NAME_LIMIT // 3]}-{customer}"[:PARTY_LIMIT].strip()
		contact.insert(set_name=append_number_if_name_exists("Contact", short))
	else:
		contact.save()


def _emails(contact) -> set[str]:
	return {(row.email_id or "").casefold() for row in contact.email_ids}


def _phones(contact) -> set[str]:
	return {row.phone for row in contact.phone_nos}


def _addresses_of(customer: str) -> list[dict]:
	names = frappe.get_all(
		"Dynamic Link",
		filters={"parenttype": "Address", "link_doctype": "Customer", "link_name": customer},
		pluck="parent",
	)
	fields = ["name", "address_type", *ADDRESS_FIELDS]
	return frappe.get_all("Address", filters={"name": ("in", names)}, fields=fields) if names else []


def _address(
	customer: str, data: dict[str, Any], existing: list[dict], spared: set[str | None] | None
) -> str:
	"""spared: names of addresses that no other one may become; None where none may be changed."""
	values, kind = _address_values(data), _kind(data)
	if known := _same_address(kind, values, existing):
		return known
	if spared is not None and (name := changed_addresses.earlier(kind, values, existing, spared)):
		_change_address(name, values)
		spared.add(name)
		return name
	doc = frappe.get_doc(
		{
			"doctype": "Address",
			"address_title": data.get("title") or customer[:TITLE_LIMIT],
			"address_type": kind,
			**values,
			"links": [{"link_doctype": "Customer", "link_name": customer}],
		}
	)
	# Of a country that this site does not know, the field is left for a person to fill; a wrong one would be worse.
	doc.flags.ignore_mandatory = not values["country"]
	doc.insert()
	existing.append(frappe._dict({"name": doc.name, "address_type": kind, **values}))
	return doc.name


def _change_address(name: str, values: dict[str, Any]) -> None:
	doc = frappe.get_doc("Address", name, for_update=True)
	doc.update(values)
	doc.save()


def _kind(data: dict[str, Any]) -> str:
	return data.get("address_type") or "Billing"


def _address_values(data: dict[str, Any]) -> dict[str, Any]:
	return {field: (data.get(field) or "").strip() for field in ADDRESS_FIELDS}


def _same_address(kind: str, values: dict[str, Any], existing: list[dict]) -> str | None:
	for known in existing:
		if known.address_type == kind and all(
			(known[field] or "") == (values[field] or "") for field in ADDRESS_FIELDS
		):
			return known.name
	return None
