"""What messages tell people to press, choose or change exists under that name."""

from __future__ import annotations

import re
import unittest
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import frappe

from erp_connect.core.mapping.transforms import TRANSFORMS
from erp_connect.tests.unit import messages_in_source as source

APP = Path(frappe.get_app_path("erp_connect"))
# What these say is told to programs or describes outside systems.
SILENT = frozenset(("patches", "texts.py", "v1", "known_schemes.py", "openapi.py", "reference.py"))
SCREENS = ("public/js", "erp_connect/doctype", "www")
# Names that no form of the site has: of products, formats, protocols and what is written in fields.
PROPER = re.compile(
	r"(?:ERPNext|ERP Connect|Frappe|Desk|OAuth|JSON|XML|XPath|CSV|HTTP|HTTPS|HTML|URL|UTF-8|UTC|TLS|SHA|HMAC|GraphQL|GET|HEAD|POST|"
	r"PUT|PATCH|DELETE|Unicode|ASCII|PEM|RSA|EC|SQL|NUL|ISO|IP|IPv4|IPv6|API|BOM|ID|PDF|AES|EUR|PO|OpenAPI|SOCKS|ETag|If-Match|Y|MB|KB|IANA|IBAN|OK|I|Retry-After|"
	r"Idempotency-Key|Content-Length|Content-Encoding|Content-Type|X-[\w-]+|Basic|Bearer|Standard Webhooks|JMESPath|"
	r"MariaDB|Redis|Europe/Berlin|Python|English|Latin|Mon|Monday|Draft|Retail|Form|NAME|FLOW|DOCTYPE|ENTITY|ERP_CONNECT_\w*|"
	r"[A-Z]{2,}_[A-Z_]+|None|True|None)\b"
)
CAPITAL = re.compile(r"(?<![\w%`'\"/.-])[A-Z]")
# What stands before the first word of a sentence, of a quotation or of an example.
BEGINS = re.compile(r"(?:^|[.!?:…}“\"(`'\n>] ?|→ |: |\d\. )$")
STATEMENT = re.compile(
	r"`tab|-----BEGIN|\b(?:AND|OR|FROM|GROUP BY|CAST|COALESCE|TRANSACTION|AS now|WHERE|JOIN|LIMIT|SET|COLLATE|ORDER BY|ARGV|KEYS)\b|\bIN \(%s"
)
BUTTON = re.compile(r"\b(?:[Pp]ress|[Tt]ick|[Uu]ntick|[Rr]aise|[Ll]ower) (?!`)(?!\{again\})")
SCRIPT_TEXT = re.compile(r'__\(\s*"((?:[^"\\]|\\.)+)"')


@cache
def vocabulary() -> frozenset[str]:
	"""Everything that a person can see under a name: DocTypes, labels, choices, roles, buttons and transforms."""
	fields = frappe.get_all(
		"DocField", filters={"hidden": 0}, fields=["label", "fieldtype", "options"], limit=0
	)
	names = {field.label for field in fields if field.label}
	for field in fields:
		if field.fieldtype in ("Select", "Autocomplete"):
			names.update((field.options or "").split("\n"))
	names.update(frappe.get_all("DocType", pluck="name"), frappe.get_all("Page", pluck="title"))
	names.update(frappe.get_all("Role", pluck="name"), TRANSFORMS)
	names.update(script_texts())
	plain = {re.sub(r" \([^)]*\)$", "", name.strip()) for name in names if name}
	return frozenset(name for name in plain | names if name and name[0].isupper())


def script_texts() -> Iterator[str]:
	for folder in SCREENS:
		for file in (APP / folder).rglob("*.js"):
			yield from SCRIPT_TEXT.findall(file.read_text("utf-8"))


def messages() -> Iterator[tuple[str, str]]:
	"""Place and text of what the app says to people, in Python and in the scripts of Desk."""
	for file in source.files(APP):
		if SILENT & set(file.relative_to(APP).parts):
			continue
		for line, text in source.sentences(file.read_text("utf-8")):
			if not STATEMENT.search(text):
				yield f"{file.relative_to(APP)}:{line}", text.strip()
	for folder in SCREENS:
		for file in (APP / folder).rglob("*.js"):
			for text in SCRIPT_TEXT.findall(file.read_text("utf-8")):
				yield str(file.relative_to(APP)), text


def known(text: str) -> int:
	"""Length of what exists under the name with which a text begins; 0 where nothing does."""
	proper = PROPER.match(text)
	length = proper.end() if proper else 0
	words = re.match(r"[^.:;(){}\"“”]+", text)
	parts = words[0].split(" ") if words else []
	for count in range(len(parts), 0, -1):
		name = " ".join(parts[:count])
		if name.rstrip(",'").removesuffix("'s") in vocabulary():
			return max(length, len(name))
	return length


def unknown_names(text: str) -> Iterator[str]:
	"""What is written like a name in the middle of a sentence and exists nowhere."""
	end = 0
	for match in CAPITAL.finditer(text):
		if match.start() < end:
			continue
		length = known(text[match.start() :])
		end = match.start() + length
		if not length and not BEGINS.search(text[: match.start()]):
			yield text[match.start() : match.start() + 50]


class TestNames(unittest.TestCase):
	def test_names_that_do_not_exist_are_found(self):
		for text in ("Then choose Rounding threshold of the account.", "See the tab Adventures of the flow."):
			self.assertEqual(len(list(unknown_names(text))), 1, text)
		for text in ("Then raise the rounding limit.", "Press Recalculate."):
			self.assertTrue(all(not known(text[match.end() :]) for match in BUTTON.finditer(text)), text)

	def test_what_has_a_name_in_a_message_exists(self):
		unknown = [f"{place}: …{name}" for place, text in messages() for name in unknown_names(text)]
		self.assertEqual(unknown, [], "\n".join(unknown))

	def test_what_is_to_be_pressed_ticked_or_raised_is_named(self):
		unknown = [
			f"{place}: {text[match.start() : match.start() + 60]}"
			for place, text in messages()
			for match in BUTTON.finditer(text)
			if not known(text[match.end() :])
		]
		self.assertEqual(unknown, [], "\n".join(unknown))
