"""What a caller chose: records by name, each of which the caller may read, and values that came as JSON text."""

import json
from typing import Any

import frappe
from frappe import _


def readable(doctype: str, names: list[str] | str, at_once: int) -> list[str]:
	"""The names, as a list.

	Raises `frappe.ValidationError` unless it is one of at most `at_once`, and `frappe.PermissionError` where one of
	the records may not be read.
	"""
	names = parsed(names)
	if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
		frappe.throw(_("Give the names of the records as a list."))
	if len(names) > at_once:
		frappe.throw(_("At most {0} records at once. Narrow the selection.").format(at_once))
	for name in names:
		frappe.has_permission(doctype, "read", doc=name, throw=True)
	return names


def parsed(value: Any) -> Any:
	"""A value that may have come as JSON text. Raises `frappe.ValidationError`."""
	try:
		return json.loads(value) if isinstance(value, str) else value
	except ValueError:
		frappe.throw(_("{0} is not valid JSON.").format(frappe.utils.escape_html(value[:140])))
