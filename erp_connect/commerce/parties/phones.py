"""The phone number in what people type: which number it is, and what else the text says, so that nothing goes unsaid.

https://pypi.org/project/phonenumbers/ reads letters as the digits below them on a telephone: `1234-56 Apt` would be
1234-56-278. Only where a number is written in letters (`1-800-FLOWERS`) are they taken for digits, and told. Pure.
"""

from __future__ import annotations

import re
from contextlib import suppress

import phonenumbers
from phonenumbers import PhoneNumber

# So much of a text is looked through for a phone number.
LIMIT = 250
_LETTER = re.compile(r"[^\W\d_]")
_BEGINNING = re.compile(r"[\d+＋(]")
# Between two numbers; after it, only a number that is dialled in full is a second one: `(0)30 / 1234-56` is one.
_BETWEEN = re.compile(r"[/,;|&\n]\s*(?=[+＋(]?[+＋0])")
_LABEL = re.compile(
	r"\W*(?:tel|telefon|telephone|phone|fon|ph|mob|mobil|mobile|cell|handy)?\W*", re.IGNORECASE
)


def number_in(text: str, region: str | None) -> tuple[PhoneNumber | None, str]:
	"""The number that a text is, or the first one in it; and what else the text says, empty where that is nothing.

	region: ISO code of the country from which the number is dialled.
	"""
	start = _BEGINNING.search(text[:LIMIT])
	if start is None:
		return _first(text, region)
	lead, body = text[: start.start()], text[start.start() :]
	lead = "" if _LABEL.fullmatch(lead) else lead
	head, tail = _until_letters(body)
	whole, plain = _possible(body, region), _possible(head, region)
	if tail and whole and whole.extension and plain and _same(whole, plain):
		return whole, lead
	number, more = _of_one(head, plain, region)
	if number:
		return number, _said(lead, more, tail)
	number, rest = _first(text, region)
	return (number, rest) if number else (whole, text)


def _until_letters(text: str) -> tuple[str, str]:
	letter = _LETTER.search(text)
	return (text[: letter.start()], text[letter.start() :]) if letter else (text, "")


def _of_one(text: str, whole: PhoneNumber | None, region: str | None) -> tuple[PhoneNumber | None, str]:
	"""The first of two numbers, and the other one; otherwise the one that the text is. whole: the text as one number."""
	for gap in _BETWEEN.finditer(text[:LIMIT]):
		one, other = (_possible(part, region) for part in (text[: gap.start()], text[gap.end() :]))
		if one and phonenumbers.is_valid_number(one) and other:
			return one, text[gap.end() :]
	return whole, ""


def _first(text: str, region: str | None) -> tuple[PhoneNumber | None, str]:
	found = next(iter(phonenumbers.PhoneNumberMatcher(text[:LIMIT], region)), None)
	return (found.number, text.replace(found.raw_string, "", 1)) if found else (None, text)


def _possible(text: str, region: str | None) -> PhoneNumber | None:
	with suppress(phonenumbers.NumberParseException):
		number = phonenumbers.parse(text, region)
		if phonenumbers.is_possible_number(number):
			return number
	return None


def _same(one: PhoneNumber, other: PhoneNumber) -> bool:
	return (one.country_code, one.national_number) == (other.country_code, other.national_number)


def _said(*parts: str) -> str:
	"""What of these says something: letters or digits."""
	return " ".join(part for part in parts if re.search(r"\w", part))
