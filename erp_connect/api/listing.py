"""Frappe's own calls behind lists, reports, counts and exports, with what came from outside made harmless in those of the app.

The hook `override_whitelisted_methods` names them. Other DocTypes are answered by Frappe as ever.
"""

from typing import Any

import frappe
from frappe import client
from frappe.desk import listview, reportview
from frappe.desk.utils import pop_csv_params

from erp_connect.operate import outside_text


@frappe.whitelist()
@frappe.read_only()
def get() -> Any:
	"""The rows of a list, a report, or a report grouped by a column."""
	doctype, data = frappe.form_dict.get("doctype"), reportview.get()
	return outside_text.rows(doctype, data) if outside_text.is_ours(doctype) else data


@frappe.whitelist()
@frappe.read_only()
def get_group_by_count(doctype: str, current_filters: str, field: str) -> Any:
	"""How many rows have each value of a column, for the list's sidebar."""
	data = listview.get_group_by_count(doctype, current_filters, field)
	return outside_text.listed(data) if outside_text.is_ours(doctype) else data


@frappe.whitelist()
@frappe.read_only()
def get_count(doctype: str, filters: Any = None, debug: Any = False, cache: Any = False) -> int:
	"""How many records fit filters; in DocTypes of the app, of those that the user may see.

	Frappe 15 counts all there are, by which whoever asks often enough reads what a field holds.
	"""
	if not outside_text.is_ours(doctype):
		return client.get_count(doctype, filters, debug, cache)
	form = frappe.form_dict
	for name in set(form) - {"cmd", "filters"}:
		form.pop(name)
	form.update({"doctype": doctype, "filters": filters or []})
	return reportview.get_count()


@frappe.whitelist(methods=["GET", "POST"])
def export_query() -> None:
	"""The file of a list or report."""
	form = frappe.form_dict
	ours = outside_text.is_ours(form.get("doctype"))
	if ours:
		form.pop(
			"export_in_background", None
		)  # what a background job of Frappe makes goes out by mail as it is
	dialect = pop_csv_params(frappe._dict(form))
	reportview.export_query()
	if ours:
		# Taken out first, so that no error leaves the file as Frappe made it.
		kind, content = frappe.response.pop("type"), frappe.response.pop("filecontent")
		safe = outside_text.exported(content, frappe.response["filename"], dialect)
		frappe.response.update({"type": kind, "filecontent": safe})
