"""Makes what people typed fit ERPNext's fields, so that an order never dies of a phone number or a long street.

What can be said in another way is (countries, extensions of phones, a long street in two lines); what cannot be kept
whole is cut or left out, and remembered, so that the document can tell it with the original. One rule for all ways in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe
import phonenumbers
from frappe import _
from frappe.utils import escape_html, split_emails, validate_email_address, validate_phone_number

from erp_connect.commerce.parties import countries, phones
from erp_connect.core.values.brackets import in_round
from erp_connect.records import names

NAME_LIMIT = 140
# ERPNext adds a number to the name of a Customer that is there already.
PARTY_LIMIT = 130
# Frappe counts Addresses of one title and kind in a table whose keys have 100 characters.
TITLE_LIMIT = 80
# What Frappe takes in no name of a document: https://github.com/frappe/frappe/blob/version-15/frappe/model/naming.py
# (validate_name)
NOT_IN_NAMES = str.maketrans("<>", "()")
NO_NAME, NO_BEGINNING = "Customer", ("New Customer", "New Contact", "New Address")
# Where an address must say something, and does not.
NOTHING = "-"
ADDRESS_TEXTS = ("address_line2", "city", "state", "pincode")


@dataclass(frozen=True)
class Change:
	"""What became of a value. kept: what was written in place of `original`; empty for nothing."""

	label: str
	original: str
	kept: str


@dataclass
class Fitter:
	"""Fits values one after the other and remembers what could not be kept. company: whose country stands in for a missing one."""

	company: str | None
	changes: list[Change] = field(default_factory=list)

	def text(self, label: str, value: Any, limit: int = NAME_LIMIT) -> str:
		"""A text of at most `limit` characters."""
		whole = str(value or "").strip()
		return self._changed(label, whole, whole[:limit].rstrip())

	def line(self, label: str, value: Any, limit: int = NAME_LIMIT) -> str:
		"""As `text`, of an address: Frappe would write what stands in pointed brackets anew, or take it for nothing."""
		whole = str(value or "").strip()
		return self._changed(label, whole, in_round(whole)[:limit].rstrip())

	def name(self, label: str, value: Any, limit: int = NAME_LIMIT) -> str:
		"""A text of at most `limit` characters of which a document may be named."""
		whole = str(value or "").strip()
		return self._changed(label, whole, _as_name(whole, limit))

	def party(self, label: str, value: Any, limit: int = PARTY_LIMIT) -> str:
		"""The name of a Customer: as `name`, told from a Customer Group's."""
		whole = str(value or "").strip()
		kept = _as_name(whole, limit)
		return self._changed(label, whole, _in_brackets(kept, limit) if _is_of_a_group(kept) else kept)

	def day(self, label: str, value: date, first: date) -> date:
		"""A day, or `first` for one before it."""
		kept = max(value, first)
		self._changed(label, str(value), str(kept))
		return kept

	def email(self, label: str, value: Any) -> str:
		"""The first address of a text that is one; empty for none."""
		whole = str(value or "").strip()
		found = (validate_email_address(one) for one in split_emails(whole.replace(";", ",")))
		valid = [one for one in found if one and len(one) <= NAME_LIMIT]
		return self._changed(label, whole, valid[0] if valid else "")

	def phone(self, label: str, value: Any, country: str | None = None) -> str:
		"""A number that Frappe takes: as it is, else with its extension behind `#`, else as far as it is digits."""
		whole = str(value or "").strip()
		if not whole or validate_phone_number(whole):
			return whole
		number, rest = phones.number_in(whole, _region(country or countries.home(self.company)))
		if number:
			main = phonenumbers.format_number(_without_extension(number), phonenumbers.PhoneNumberFormat.E164)
			full = f"{main}#{number.extension}" if number.extension else main
			if validate_phone_number(full) and not rest and phonenumbers.is_valid_number(number):
				return full
			return self._changed(label, whole, full if validate_phone_number(full) else main)
		digits = "".join(letter for letter in whole if letter in "0123456789+")
		return self._changed(label, whole, digits if validate_phone_number(digits) else "")

	def country(self, label: str, value: Any) -> str | None:
		"""The Country meant; that of the company where none is named; None for one that this site does not know."""
		whole = str(value or "").strip()
		if found := countries.find(whole):
			return found
		stands_in = None if whole else countries.home(self.company)
		self.changes.append(Change(label, whole, stands_in or ""))
		return stands_in

	def address(self, data: dict[str, Any]) -> dict[str, Any]:
		"""The fields of an Address, each such that ERPNext takes it. data: by ERPNext's names, and `title`."""
		kind = _(data.get("address_type") or "Billing")
		fitted = dict(data)
		country = fitted["country"] = self.country(_("Country ({0})").format(kind), data.get("country"))
		fitted["title"] = self.name(_("Title ({0})").format(kind), data.get("title"), TITLE_LIMIT)
		fitted["address_line1"], fitted["address_line2"] = _in_two_lines(data)
		for name in ("address_line1", *ADDRESS_TEXTS):
			label = f"{_meta_label('Address', name)} ({kind})"
			fitted[name] = self.line(label, fitted.get(name), _limit("Address", name))
		for name in ("address_line1", "city"):
			fitted[name] = fitted[name] or NOTHING
		fitted["email_id"] = self.email(f"{_('Email')} ({kind})", data.get("email_id"))
		fitted["phone"] = self._address_phone(f"{_('Phone')} ({kind})", data.get("phone"), country)
		return fitted

	def customer(self, data: dict[str, Any], country: str | None = None) -> dict[str, Any]:
		"""The fields of a customer and of his contact, with his addresses. What is absent stays absent.

		country: from which his number is dialled where he brings no address; None for that of the company.
		"""
		fitted = {name: value for name, value in data.items() if value not in (None, "")}
		for name, fits, limit in (
			("customer_name", self.party, PARTY_LIMIT),
			("tax_id", self.text, NAME_LIMIT),
			("first_name", self.name, NAME_LIMIT),
		):
			if name in fitted:
				fitted[name] = fits(_(frappe.unscrub(name)), fitted[name], limit)
		if "last_name" in fitted:  # Frappe keeps both names in one field as well
			room = NAME_LIMIT - len(fitted.get("first_name", "")) - 1
			fitted["last_name"] = self.name(_("Last Name"), fitted["last_name"], max(0, room))
		if "addresses" in fitted:
			fitted["addresses"] = [self.address(one) for one in fitted["addresses"]]
		country = next((one["country"] for one in fitted.get("addresses", ())), country)
		if "email" in fitted:
			fitted["email"] = self.email(_("Email"), fitted["email"])
		if "phone" in fitted:
			fitted["phone"] = self.phone(_("Phone"), fitted["phone"], country)
		return {name: value for name, value in fitted.items() if value != ""}

	def comment_on(self, doctype: str, name: str) -> None:
		"""Write what could not be kept into a comment on a document that is saved; nothing where all was."""
		if not self.changes:
			return
		rows = "".join(f"<li>{_in_words(change)}</li>" for change in dict.fromkeys(self.changes))
		said = _("Not all that came from outside could be kept as it was:")
		frappe.get_doc(doctype, name).add_comment("Comment", f"{said}<ul>{rows}</ul>")

	def _changed(self, label: str, whole: str, kept: str) -> str:
		if kept != whole:
			self.changes.append(Change(label, whole, kept))
		return kept

	def _address_phone(self, label: str, value: Any, country: str | None) -> str:
		if frappe.get_meta("Address").get_field("phone").options == "Phone":
			return self.phone(label, value, country)
		return self.text(label, value)


def _as_name(whole: str, limit: int) -> str:
	kept = whole.translate(NOT_IN_NAMES)[:limit].rstrip()
	return _in_brackets(kept, limit) if kept == NO_NAME or kept.startswith(NO_BEGINNING) else kept


def _in_brackets(name: str, limit: int) -> str:
	return f"({name[: limit - 2]})"


def _is_of_a_group(name: str) -> bool:
	"""Whether ERPNext would refuse a new Customer of this name, for a Customer Group has it.

	https://github.com/frappe/erpnext/blob/version-15/erpnext/selling/doctype/customer/customer.py
	(validate_name_with_customer_group)
	"""
	named_by = frappe.defaults.get_global_default("cust_master_name")
	if not name or named_by != "Customer Name" or names.existing("Customer", name):
		return False
	return bool(frappe.db.exists("Customer Group", name))


def _in_two_lines(data: dict[str, Any]) -> tuple[str, str]:
	"""The lines of an address; the rest of a first one that is too long is put before the second, between two words."""
	first, second = (str(data.get(name) or "").strip() for name in ("address_line1", "address_line2"))
	limit = _limit("Address", "address_line1")
	if len(first) <= limit:
		return first, second
	cut = first.rfind(" ", 0, limit + 1)
	cut = cut if cut > 0 else limit
	return first[:cut].rstrip(), ", ".join(filter(None, (first[cut:].strip(), second)))


def _region(country: str | None) -> str | None:
	code = frappe.get_cached_value("Country", country, "code") if country else None
	return (code or "").upper() or None


def _without_extension(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
	plain = phonenumbers.PhoneNumber()
	plain.merge_from(number)
	plain.extension = None
	return plain


def _limit(doctype: str, fieldname: str) -> int:
	return frappe.get_meta(doctype).get_field(fieldname).length or NAME_LIMIT


def _meta_label(doctype: str, fieldname: str) -> str:
	return _(frappe.get_meta(doctype).get_label(fieldname))


def _in_words(change: Change) -> str:
	label, original, kept = (escape_html(part) for part in (change.label, change.original, change.kept))
	if not original:
		return _("{0} was not given: {1} was assumed.").format(label, kept or NOTHING)
	if not kept:
		return _("{0} was left out, for ERPNext does not take it: {1}").format(label, original)
	return _("{0} became {1}. It was: {2}").format(label, kept, original)
