"""The cost centers and projects of rows of articles: those of the document where the record says them, else that of the article.

The company's cost center stands in new rows by default, and ERPNext fills at a save what is empty only. So an article with one of
its own was booked on the company's. And a project that the document names was none of its rows', by which costs are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.records import comparing

TABLE, CENTER, PROJECT = "items", "cost_center", "project"
ENTRY, RATE_OF_LIST = "Stock Entry", "plc_conversion_rate"


def fill(doc: Any, values: Mapping[str, Any]) -> None:
	"""For new rows of a document that was filled with `values`, where these do not say them."""
	said = values.get(TABLE)
	if not isinstance(said, list) or not (doc.doctype == ENTRY or doc.meta.has_field(RATE_OF_LIST)):
		return
	for row, columns in zip(doc.get(TABLE) or (), said, strict=False):
		for field in (CENTER, PROJECT):
			if row.is_new() and row.meta.has_field(field) and not row.get(field) and field not in columns:
				# No default takes the place of an empty text.
				row.set(field, values.get(field) or ("" if field == CENTER else None))


def follow(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
	"""Let rows of a draft that is about to be saved with `values` follow where they have what it had before."""
	for field in (CENTER, PROJECT):
		if doc.docstatus.is_draft() and comparing.says_another(field, values, before):
			for row in doc.get(TABLE) or ():
				if row.meta.has_field(field) and (row.get(field) or "") == (before.get(field) or ""):
					row.set(field, values[field])
