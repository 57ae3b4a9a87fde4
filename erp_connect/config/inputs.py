"""The inputs of an account: entries that are its own, for addresses, parameters, constants and expressions."""

from __future__ import annotations

import re

import frappe

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.values.inputs import KEY

# What expressions over documents call them. In templates of addresses and queries it is `input`.
IN_EXPRESSIONS = "_input"
IN_TEMPLATES = "input"


def of_account(account: str) -> dict[str, str]:
	"""The inputs of an account by their keys. Empty for an account that does not exist."""
	if not frappe.db.exists("Integration Settings", account, cache=True):
		return {}
	return of_document(frappe.get_cached_doc("Integration Settings", account))


def of_document(doc) -> dict[str, str]:
	"""The inputs of an Integration Settings, saved or not."""
	return {row.key: row.value or "" for row in doc.inputs}


def check(doc) -> None:
	"""Raises `ConfigurationError` for a key that no address could name, and for one that is there twice."""
	seen = set()
	for row in doc.inputs:
		row.key, row.value = (row.key or "").strip(), (row.value or "").strip()
		if not re.fullmatch(KEY, row.key):
			raise ConfigurationError(
				"Inputs, row {row}: {key} cannot be named in an address. Begin with a small letter, and use small "
				"letters, digits and underscores.",
				code="input",
				row=row.idx,
				key=row.key,
			)
		if row.key in seen:
			raise ConfigurationError(
				"Inputs, row {row}: {key} is there twice. Remove one of the rows.",
				code="input",
				row=row.idx,
				key=row.key,
			)
		seen.add(row.key)


def stamp(account: str) -> str:
	"""Changes whenever the account, and with it perhaps an input, was saved."""
	return str(frappe.get_cached_value("Integration Settings", account, "modified") or "") if account else ""
