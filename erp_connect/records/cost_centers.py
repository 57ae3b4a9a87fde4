"""The cost centers of rows of articles: that of the document where the record says one, else that of the article.

The company's stands in new rows by default, and ERPNext fills at a save what is empty only. So an article with a cost center of its
own was booked on the company's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erp_connect.records import comparing

TABLE, FIELD = "items", "cost_center"
ENTRY, RATE_OF_LIST = "Stock Entry", "plc_conversion_rate"


def fill(doc: Any, values: Mapping[str, Any]) -> None:
	"""For new rows of a document that was filled with `values`, where these do not say it."""
	said = values.get(TABLE)
	if not isinstance(said, list) or not (doc.doctype == ENTRY or doc.meta.has_field(RATE_OF_LIST)):
		return
	for row, columns in zip(doc.get(TABLE) or (), said, strict=False):
		if row.is_new() and row.meta.has_field(FIELD) and not row.get(FIELD) and FIELD not in columns:
			row.set(FIELD, values.get(FIELD) or "")  # no default takes the place of an empty text


def follow(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
	"""Let rows of a draft that is about to be saved with `values` follow where they have the cost center that it had before."""
	if doc.docstatus.is_draft() and comparing.says_another(FIELD, values, before):
		for row in doc.get(TABLE) or ():
			if row.meta.has_field(FIELD) and row.get(FIELD) == before.get(FIELD):
				row.set(FIELD, values[FIELD])
