"""Text from outside as Frappe makes it harmless, before anything else looks at it, and with all of its words.

Frappe does so in the middle of a save. Before that, documents have cleaned texts themselves, as an Item has its
description, and took `<Nord>` for a tag that they leave out without a word, as Frappe 16 does everywhere. In documents
that are submitted, Frappe leaves texts as they are where people cannot change them.

https://github.com/frappe/frappe/blob/version-15/frappe/model/base_document.py (_sanitize_content)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from frappe.model.base_document import get_controller
from frappe.utils import html_utils

from erp_connect.core.values.brackets import as_html

NOT_CLEANED = ("Attach", "Attach Image", "Barcode", "Code")
# Those that Frappe takes away with what is in them are tags as well.
ELEMENTS = frozenset(
	name.lower()
	for name in (
		*html_utils.acceptable_elements, *html_utils.svg_elements, *html_utils.mathml_elements,
		"applet", "base", "body", "embed", "frame", "frameset", "head", "html", "iframe", "link", "meta", "noframes", "noscript",
		"object", "o:p", "script", "slot", "style", "template", "title",
	)
)  # fmt: skip


def make_new(doc: Any, fields: Iterable[str]) -> None:
	"""Make texts of a document that is about to be inserted harmless. What it is named by stays: names have no entities, and
	Frappe refuses brackets in them."""
	names = _named_by(doc)
	clean(doc, [name for name in fields if name not in names])


def clean(doc: Any, fields: Iterable[str]) -> None:
	"""Make the texts in these fields harmless, and those of rows in them."""
	for name in fields:
		field, value = doc.meta.get_field(name), doc.get(name)
		for row in value if isinstance(value, list) else ():
			clean(row, [one.fieldname for one in row.meta.fields])
		if field and isinstance(value, str) and "<" in value and not _is_for_programs(field):
			doc.set(name, text(value))


def text(value: str) -> str:
	"""A text as it is kept."""
	as_it_is = html_utils.sanitize_html(value)
	return value if as_it_is == value else html_utils.sanitize_html(as_html(value, ELEMENTS))


def _is_for_programs(field: Any) -> bool:
	"""Whether Frappe cleans no text of this field."""
	return bool(field.ignore_xss_filter) or field.options == "Email" or field.fieldtype in NOT_CLEANED


def _named_by(doc: Any) -> tuple[str, ...]:
	by_field = (doc.meta.autoname or "").removeprefix("field:")
	return (
		(by_field, doc.meta.title_field or "")
		if hasattr(get_controller(doc.doctype), "autoname")
		else (by_field,)
	)
