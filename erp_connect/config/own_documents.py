"""Which texts of a flow are names of documents of this site, for which a preset asks instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import frappe

from erp_connect.core.presets import own_values

# What no two sites have alike, looked for in any text, in this order.
OWN = ("Company", "User", "Warehouse", "Account", "Cost Center", "Bank Account")
# What is called by usual words (a customer may be called Customer): looked for where a field links to it, as is
# all that belongs to a company.
OWN_LINKS = ("Price List", "Customer", "Supplier", "Employee", "Project", "Department", "Branch", *OWN)
# Of these, only some are chosen from.
LEAVES = ("Account", "Cost Center", "Warehouse", "Department")
CONSTANTS = ("constant", "default_value")
PARAMETERS = ("request_parameters", "pull_parameters", "parent_parameters")


class OwnDocuments:
	"""Collects the documents that the flows of an account name, and puts inputs in their place.

	inputs: keys of the account's inputs by their values; taken: keys that are in use; shipped: texts that the preset of
	its system has, which are no site's own. `asked` then says which inputs a preset needs, and for which of its flows.
	"""

	def __init__(self, inputs: Mapping[str, str], taken: set[str], shipped: set[str]) -> None:
		self._inputs, self._taken, self._shipped = dict(inputs), set(taken), shipped
		self._keys: dict[str, str] = {}
		self._asked: dict[str, tuple[str, list[str]]] = {}

	def replaced(
		self, flow: str, mapping: Mapping[str, Any], value_maps: Mapping[str, Any]
	) -> tuple[dict, dict]:
		"""The mapping of a flow and its value maps with inputs for documents of this site."""
		rows = [self._row(flow, mapping, row) for row in mapping.get("rows", ())]
		changed = {**mapping, "rows": rows}
		if _reads_documents(mapping):
			changed["condition"] = self._expression(flow, mapping.get("condition") or "")
			if not changed["condition"]:
				changed.pop("condition")
		for table in PARAMETERS:
			if table in mapping:
				changed[table] = [
					{**row, "value": self._text(flow, row.get("value"))} for row in mapping[table]
				]
		maps = {
			name: [{key: self._text(flow, text) for key, text in entry.items()} for entry in entries]
			for name, entries in value_maps.items()
		}
		return changed, maps

	def asked(self) -> Iterator[dict[str, Any]]:
		"""The inputs that these flows need, as a preset writes them."""
		for key, (doctype, flows) in self._asked.items():
			yield document_input(key, doctype, doctype) | {"flows": list(dict.fromkeys(flows))}

	def _row(self, flow: str, mapping: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
		changed = dict(row)
		doctype = _link_of(mapping, row.get("source") or "")
		for fieldname in CONSTANTS:
			if row.get(fieldname):
				changed[fieldname] = self._text(flow, row[fieldname], doctype)
		if row.get("source") and _reads_documents(mapping) and row.get("direction") != "Incoming":
			changed["source"] = self._expression(flow, row["source"])
		return changed

	def _text(self, flow: str, text: Any, doctype: str = "") -> Any:
		if not isinstance(text, str) or "{input." in text:
			return text
		return own_values.constant(text, self._known(flow, text, doctype))

	def _expression(self, flow: str, text: str) -> str:
		found: dict[str, str] = {}
		for literal in own_values.literals(text):
			found |= self._known(flow, literal)
		changed = own_values.expression(text, found)
		for literal, key in found.items():
			if f"_input.{key}" not in changed:
				self._forget(flow, literal, key)
		return changed

	def _known(self, flow: str, text: str, doctype: str = "") -> dict[str, str]:
		"""The key of the input for a text, by the text; empty for one that is no document of this site."""
		kind = "" if text in self._shipped else _kind_of(text, doctype)
		if not kind:
			return {}
		key = self._inputs.get(text) or self._keys.get(text)
		if key is None:
			key = self._keys[text] = self._free(frappe.scrub(kind))
		if text not in self._inputs:
			self._asked.setdefault(key, (kind, []))[1].append(flow)
		return {text: key}

	def _forget(self, flow: str, text: str, key: str) -> None:
		"""A literal that stays where it is needs no input, unless another place has one."""
		if key in self._asked and self._asked[key][1] == [flow]:
			del self._asked[key], self._keys[text]
			self._taken.discard(key)

	def _free(self, base: str) -> str:
		key, number = base, 2
		while key in self._taken:
			key, number = f"{base}_{number}", number + 1
		self._taken.add(key)
		return key


def document_input(key: str, title: str, doctype: str) -> dict[str, Any]:
	"""The input of a preset that asks for a document."""
	filters = {"is_group": 0} if doctype in LEAVES else {}
	return {"key": key, "title": title, "doctype": doctype} | ({"filters": filters} if filters else {})


def _reads_documents(mapping: Mapping[str, Any]) -> bool:
	"""Whether all expressions of a flow are over documents, which know the account's inputs."""
	return (mapping.get("direction") or "Outgoing") == "Outgoing"


def _kind_of(text: str, doctype: str) -> str:
	"""The DocType of which a text names a document of this site's own; empty for none."""
	if not text or len(text) > 140:
		return ""
	kinds = dict.fromkeys([doctype, *OWN] if doctype and _is_own(doctype) else OWN)
	return next((kind for kind in kinds if _exists(kind, text)), "")


def _exists(doctype: str, name: str) -> bool:
	# Compared letter by letter, as the database would find it in any case.
	return frappe.db.exists("DocType", doctype, cache=True) and frappe.db.exists(doctype, name) == name


def _is_own(doctype: str) -> bool:
	return doctype in OWN_LINKS or frappe.get_meta(doctype).has_field("company")


def _link_of(mapping: Mapping[str, Any], source: str) -> str:
	"""The DocType that the ERPNext field of a row links to; empty where it is no such field."""
	meta = frappe.get_meta(mapping["document_type"])
	table, separator, fieldname = source.rpartition("[].")
	if separator:
		parent = meta.get_field(table)
		if not parent or parent.fieldtype not in ("Table", "Table MultiSelect"):
			return ""
		meta = frappe.get_meta(parent.options)
	field = meta.get_field(fieldname)
	return field.options if field and field.fieldtype == "Link" else ""
