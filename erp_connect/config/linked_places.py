"""Where the linked documents of a flow stand in a document, and what holds the link that leads to each.

customer                        of the document: the linked one stands in the document
items.item_code                 of the rows of a table: one stands in each row
item_doc.brand                  of a linked document, named by its alias: it stands beside that one
note_doc.items.item_code        of the rows of a table of a linked document: one stands in each of those rows
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.model import table_fields

from erp_connect.config.flow import LinkedDocument


@dataclass(frozen=True)
class Place:
	"""way: the names that lead from the document to what the linked document is put into. beside: alias of the linked document
	there that holds the link field; empty where it is a field of that place itself."""

	way: tuple[str, ...] = ()
	beside: str = ""

	def holders(self, document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
		"""What the linked document is put into, and what holds the link field, None where that leads nowhere."""
		found = [document]
		for name in self.way:
			found = [inner for one in found for inner in _each(one.get(name))]
		for one in found:
			yield one, (one.get(self.beside) if self.beside else one)


def places(links: Iterable[LinkedDocument]) -> Iterator[tuple[LinkedDocument, Place]]:
	"""The place of each linked document, in their order. A list of documents stands in the document itself."""
	known: dict[str, Place] = {}
	for link in links:
		place = known[link.alias] = _place(link, known)
		yield link, place


def holder(doctype: str, link: LinkedDocument, linked: Mapping[str, str | None]) -> str | None:
	"""The DocType that the link field is one of; None where there is no such table, or nobody knows it before.

	linked: DocTypes of the linked documents before this one, by their aliases.
	"""
	names = _names(link)
	if names and names[0] in linked:
		doctype, names = linked[names[0]], names[1:]
	for name in names:
		field = frappe.get_meta(doctype).get_field(name) if doctype else None
		doctype = field.options if field and field.fieldtype in table_fields else None
	return doctype


def _place(link: LinkedDocument, known: Mapping[str, Place]) -> Place:
	names = _names(link)
	if not names or names[0] not in known:
		return Place(names)
	way = known[names[0]].way
	return Place((*way, *names)) if names[1:] else Place(way, names[0])


def _names(link: LinkedDocument) -> tuple[str, ...]:
	return tuple(link.table.split(".")) if link.table else ()


def _each(value: Any) -> list[dict[str, Any]]:
	if isinstance(value, dict):
		return [value]
	return value if isinstance(value, list) else []
