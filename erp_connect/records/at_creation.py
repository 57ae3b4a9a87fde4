"""Fields that ERPNext reads only as a document is made: people cannot change them in Desk afterwards, and nor does a record.

What such a field said later stood in the document and did nothing: a price that was changed there was never charged.
https://github.com/frappe/erpnext/blob/version-15/erpnext/stock/doctype/item/item.py (after_insert)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frappe import _

PRICE, STOCK = "standard_rate", "opening_stock"
FIELDS: Mapping[str, tuple[str, ...]] = {"Item": (PRICE, STOCK)}


def put_back(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
	"""Leave these fields of a known document as they were. values: those it is about to be saved with. before: what it had."""
	for field in FIELDS.get(doc.doctype, ()):
		if field in values and field in before:
			doc.set(field, before[field])


def reason(doctype: str, field: str, label: str) -> str:
	"""Why such a field stays as it was, and where it is said instead; empty for any other field."""
	if field not in FIELDS.get(doctype, ()):
		return ""
	if field == PRICE:
		return _(
			"ERPNext reads {0} only as an article is made, for its first price. Have changes of it written by a flow on Item Price, "
			"and tick Only on create in this row."
		).format(label)
	return _(
		"ERPNext reads {0} only as an article is made. Have counts written by a flow on Stock Reconciliation, and tick Only on "
		"create in this row."
	).format(label)
