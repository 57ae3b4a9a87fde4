"""Documents that a person cancelled and amended: the one that stands in place of the one that was cancelled."""

from __future__ import annotations

import frappe

CANCELLED = 2


def standing(doctype: str, name: str) -> str:
	"""The last document that `name` was amended to, drafts included; `name` itself where it stands or has no heir."""
	known = {name}
	while frappe.db.get_value(doctype, name, "docstatus") == CANCELLED:
		heirs = frappe.get_all(
			doctype, {"amended_from": name}, pluck="name", order_by="creation desc", limit=1
		)
		if not heirs or heirs[0] in known:
			break
		name = heirs[0]
		known.add(name)
	return name
