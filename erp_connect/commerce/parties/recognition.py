"""Which Customer a buyer is, by the keys of the account.

An external id or a tax id says it by itself. An e-mail address does among private people; the mailbox of a company, and
any phone number, are shared by strangers and count only beside the same name or tax id. Never a silent merge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import frappe

from erp_connect.commerce.parties import contacts
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.records.write import HeldForReview
from erp_connect.store import locks, sync_link

ENTITY = "customer"
INDIVIDUAL = "Individual"


@dataclass(frozen=True)
class Found:
	"""name: the Customer; None when nobody is recognised. key: by which.

	alike: others who have a key of the buyer that does not say enough.
	"""

	name: str | None
	key: str = ""
	alike: tuple[str, ...] = ()


def lock(settings: CommerceSettings, data: dict[str, Any]) -> None:
	"""Two calls about the same person wait for each other, whatever key they share."""
	for key in sorted(settings.match_keys):
		if value := data.get(key):
			# External ids belong to an account, all else to the person.
			scope = settings.account if key == "external_id" else ""
			locks.until_commit(f"customer:{scope}:{key}:{str(value).strip().casefold()}")


def find(settings: CommerceSettings, data: dict[str, Any]) -> Found:
	"""The Customer that the first applicable key recognises. Raises `HeldForReview` if a key fits several."""
	alike: list[str] = []
	for key in settings.match_keys:
		value = data.get(key)
		if value in (None, ""):
			continue
		names = _FINDERS[key](settings, str(value))
		sure = {name for name in names if _is_meant(key, name, data)}
		if len(sure) > 1:
			raise HeldForReview(
				"{count} customers have the {key} {value}. If they are one, merge them in ERPNext; if not, take it off those whose it "
				"is not. Then {again}.",
				count=len(sure),
				key=key,
				value=value,
			)
		if sure:
			return Found(sure.pop(), key)
		alike += sorted(names - set(alike))
	return Found(None, alike=tuple(alike))


def by_external_id(settings: CommerceSettings, value: str) -> set[str]:
	"""The Customer that is linked with an id of the account, as a set of one or none."""
	link = sync_link.find_external(settings.account, ENTITY, value)
	return {link.document_name} if link and frappe.db.exists("Customer", link.document_name) else set()


def _is_meant(key: str, name: str, data: dict[str, Any]) -> bool:
	"""Whether a customer who has the buyer's key is the buyer."""
	if key in ("external_id", "tax_id"):
		return True
	known = frappe.db.get_value("Customer", name, ["customer_name", "customer_type", "tax_id"], as_dict=True)
	taxes = (_code(known.tax_id), _code(data.get("tax_id")))
	if all(taxes):
		return taxes[0] == taxes[1] and (key == "email" or not _has_other_email(name, data.get("email")))
	same_name = _plain(known.customer_name) == _plain(data.get("customer_name"))
	if key == "phone":
		return same_name and not _has_other_email(name, data.get("email"))
	private = known.customer_type == (data.get("customer_type") or INDIVIDUAL) == INDIVIDUAL
	return private or same_name


def _has_other_email(name: str, email: str | None) -> bool:
	"""Whether a customer is reached by e-mail, and not by this address."""
	known = contacts.emails_of(name) if email else set()
	return bool(known) and email.casefold() not in known


def _plain(text: str | None) -> str:
	return " ".join((text or "").split()).casefold()


def _code(text: str | None) -> str:
	return "".join(sign for sign in text or "" if sign.isalnum()).upper()


def _by_email(settings: CommerceSettings, value: str) -> set[str]:
	direct = contacts.having("Customer", "email_id", value, "name")
	return {*direct, *contacts.parties_with("Contact Email", "email_id", value)}


def _by_phone(settings: CommerceSettings, value: str) -> set[str]:
	direct = contacts.having("Customer", "mobile_no", value, "name")
	return {*direct, *contacts.parties_with("Contact Phone", "phone", value)}


def _by_tax_id(settings: CommerceSettings, value: str) -> set[str]:
	return contacts.having("Customer", "tax_id", value, "name")


_FINDERS: dict[str, Callable[[CommerceSettings, str], set[str]]] = {
	"external_id": by_external_id,
	"email": _by_email,
	"phone": _by_phone,
	"tax_id": _by_tax_id,
}
