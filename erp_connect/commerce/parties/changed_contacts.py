"""Whom a customer's own record means that tells another e-mail address or phone number, and what comes first then.

A shop keeps one of each for a customer, and changes it. Promises that what the record tells anew is what the customer is
reached by, as far as contact and choice came from outside by the same user and are this customer's alone; nothing is taken
away, and what a person chose stays until the record tells something new. Never commits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import frappe


def primary_of(customer: str) -> str | None:
	"""The primary contact of a customer; None for one that was deleted."""
	name = frappe.db.get_value("Customer", customer, "customer_primary_contact")
	return name if name and frappe.db.exists("Contact", name) else None


def earlier(customer: str, person: Mapping[str, str]):
	"""The contact whose e-mail address or phone number was changed outside; None where somebody else is meant.

	person: the names that the record says. Another name and another address are another person.
	"""
	name = primary_of(customer)
	contact = frappe.get_doc("Contact", name) if name else None
	if contact is None or not _came_from_outside(contact, customer):
		return None
	same = all((contact.get(field) or "") == value for field, value in person.items() if value)
	return contact if same else None


def put_first(customer: str, contact, email: str | None, phone: str | None, known: Collection[str]) -> bool:
	"""Make what the record tells the contact's primary e-mail address and mobile number; whether that changed anything.

	known: what the contact had before, casefolded. Of that, a person may have put something else first.
	"""
	if contact.is_new() or not _came_from_outside(contact, customer):
		return False
	if contact.modified_by != frappe.session.user:
		email, phone = (None if (value or "").casefold() in known else value for value in (email, phone))
	changed = _mark(contact.email_ids, "is_primary", "email_id", email)
	return _mark(contact.phone_nos, "is_primary_mobile_no", "phone", phone) or changed


def is_to_be_primary(customer: str, primary: str | None, contact, *, is_news: bool) -> bool:
	"""Whether the contact that a customer's own record means takes the place of his primary one.

	is_news: whether it was made for the record just now; if it was there, a person may have chosen the other one.
	"""
	if not primary or primary == contact.name:
		return False
	if not is_news and frappe.db.get_value("Customer", customer, "modified_by") != frappe.session.user:
		return False
	before = frappe.get_doc("Contact", primary)
	return all(_came_from_outside(one, customer) for one in (contact, before))


def _came_from_outside(contact, customer: str) -> bool:
	"""Whether a contact was made by the same user and is the customer's alone."""
	links = [(link.link_doctype, link.link_name) for link in contact.links]
	return contact.owner == frappe.session.user and links == [("Customer", customer)]


def _mark(rows: list, mark: str, field: str, value: str | None) -> bool:
	"""Mark the row with a value, and no other; nothing where no row has it."""
	wanted = [row for row in rows if value and (row.get(field) or "").casefold() == value.casefold()][:1]
	differing = [row for row in rows if wanted and bool(row.get(mark)) != (row in wanted)]
	for row in differing:
		row.set(mark, int(row in wanted))
	return bool(differing)
