"""Which Country a text means: a name in ERPNext's words or those of other languages, a code, or a usual alias."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import frappe
from babel import Locale
from babel.core import get_global

# Names of countries are looked for in these besides English.
LANGUAGES = (
	"en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sk", "da", "sv", "nb", "fi", "tr", "el", "ru", "uk", "ro", "hu",
	"bg", "hr", "sl", "sr", "lt", "lv", "et", "ar", "he", "fa", "hi", "id", "ms", "vi", "th", "zh", "ja", "ko",
)  # fmt: skip
# What people write and no list of names has.
ALIASES = {
	"america": "US", "unitedstatesofamerica": "US", "greatbritain": "GB", "britain": "GB", "england": "GB", "scotland": "GB",
	"wales": "GB", "northernireland": "GB", "republicofireland": "IE", "eire": "IE", "holland": "NL", "thenetherlands": "NL",
	"turkey": "TR", "turkiye": "TR", "czechrepublic": "CZ", "republicofkorea": "KR", "dprk": "KP", "russianfederation": "RU",
	"macedonia": "MK", "swaziland": "SZ", "capeverde": "CV", "ivorycoast": "CI", "burma": "MM", "easttimor": "TL",
	"uae": "AE", "prc": "CN", "peoplesrepublicofchina": "CN", "republicofchina": "TW", "vatican": "VA", "drc": "CD",
	"republicofkosovo": "XK", "xkx": "XK", "xks": "XK",
	# The European Union's own code: https://style-guide.europa.eu/en/content/-/isg/topic?identifier=annex-a5-list-countries-territories-currencies
	"el": "GR",
}  # fmt: skip


def find(text: str | None) -> str | None:
	"""The Country of the site for a name, a code (ISO 3166: two letters, three letters, number) or an alias; None: unknown."""
	text = (text or "").strip()
	if not text:
		return None
	if known := frappe.db.exists("Country", text):
		return known
	if len(text) == 2 and (known := _with_code(text)):
		return known
	code = code_of(text)
	return _with_code(code) if code else None


def home(company: str | None) -> str | None:
	"""The country of a company, else the site's."""
	own = frappe.get_cached_value("Company", company, "country") if company else None
	return own or frappe.db.get_default("country")


@lru_cache(maxsize=1024)
def of_customer(name: str) -> str | None:
	"""The Country of a customer's primary address; None where he has none."""
	address = frappe.db.get_value("Customer", name, "customer_primary_address")
	return frappe.db.get_value("Address", address, "country") if address else None


def code_of(text: str) -> str | None:
	"""The two-letter code of what a text means, None where that is unknown or more than one country."""
	found = get_global("territory_aliases").get(text.upper(), ())
	if len(found) == 1 and text.isascii():
		return found[0]
	if text.upper() in Locale.parse("en").territories and len(text) == 2:
		return text.upper()
	folded = _fold(text)
	return ALIASES.get(folded) or _names().get(folded)


def _with_code(code: str) -> str | None:
	return frappe.db.get_value("Country", {"code": code.lower()}, "name")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
	"""Codes of countries by their folded names; a name of several countries counts by its English meaning, if any."""
	english = _names_in("en")
	others: dict[str, set[str]] = {}
	for language in LANGUAGES:
		for name, code in _names_in(language).items():
			others.setdefault(name, set()).add(code)
	return {name: codes.pop() for name, codes in others.items() if len(codes) == 1} | english


def _names_in(language: str) -> dict[str, str]:
	territories = Locale.parse(language).territories
	return {_fold(name): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}


def _fold(text: str) -> str:
	"""Without accents, case and punctuation; "and" as "&"."""
	plain = unicodedata.normalize("NFKD", text.replace("&", " and ").replace("ı", "i")).casefold()
	kept = "".join(letter for letter in plain if letter.isalnum())
	return re.sub(r"^the(?=.{4})", "", kept)
