"""Whether a tax is withheld of what a party is paid, which Desk ticks as a person chooses the party, and ERPNext not at a save.

Without that, a supplier was paid the tax as well, and his bill did not count for the thresholds of later ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe

from erp_connect.records import comparing
from erp_connect.records.templates import OF_TAXES

WITHHELD, CATEGORY, GROUP = "apply_tds", "tax_withholding_category", "tax_withholding_group"
PARTIES = {"supplier": "Supplier", "customer": "Customer"}


def fill(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
	"""Tick it in a draft that is about to be saved with `values`, and is given another party, unless they say it.

	before: what it had in these fields; None of a new one.
	"""
	field = next((each for each in PARTIES if comparing.says_another(each, values, before)), None)
	if field is None or not doc.docstatus.is_draft() or not doc.meta.has_field(WITHHELD):
		return
	meta = frappe.get_meta(PARTIES[field])
	asked = [each for each in (CATEGORY, GROUP) if meta.has_field(each)]
	known = frappe.db.get_value(PARTIES[field], values[field], asked, as_dict=True) or {}
	found = {WITHHELD: int(any(known.values())), CATEGORY: known.get(CATEGORY)}
	doc.update({name: found[name] for name in found if name not in values and doc.meta.has_field(name)})
	if before is not None and OF_TAXES not in values:
		# Of the party before: ERPNext adds the rows of this one at the save, and takes none away.
		doc.set(
			OF_TAXES, [row for row in doc.get(OF_TAXES) or () if not row.get("is_tax_withholding_account")]
		)
