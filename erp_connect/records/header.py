"""What the head of a document says for its rows: Desk takes it over into them, ERPNext at a save into some that are empty.

So the pieces of a draft that was given another warehouse went on to leave the one before, ERPNext put a day of delivery back
to that of the rows, and a Stock Reconciliation whose warehouse stands in the head alone was refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from erp_connect.config.inflow import InFlow
from erp_connect.records import comparing
from erp_connect.records.discounts import PRICES
from erp_connect.records.values import mapped_columns

NEVER = object()
TABLE = "items"
# Field of the head → column. Warehouses are those of all rows then, also in Desk.
WAREHOUSES = {
	"set_warehouse": "warehouse",
	"set_from_warehouse": "from_warehouse",
	"set_target_warehouse": "target_warehouse",
	"rejected_warehouse": "rejected_warehouse",
	"from_warehouse": "s_warehouse",
	"to_warehouse": "t_warehouse",
}
# Whether they have one at all depends on what the Stock Entry is for, which ERPNext sees to.
OF_ENTRIES = ("s_warehouse", "t_warehouse")
PRICE_LISTS, CURRENCY = ("selling_price_list", "buying_price_list"), "currency"
# A day is that of the rows which had the one before: a person may have chosen another for one of them.
DAYS = {"delivery_date": "delivery_date", "schedule_date": "schedule_date"}


def follow(
	flow: InFlow, doc: Any, values: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> None:
	"""Let the rows of a draft that is about to be saved with `values` follow its head, in columns that the flow does not say.

	before: what it had in the fields of `values`; None of a new one.
	"""
	if not doc.docstatus.is_draft():
		return
	said = mapped_columns(flow.mapping.targets()).get(TABLE, set())
	if before is not None and not said.intersection(PRICES):
		_forget_prices(doc, values, before)
	for field, column in {**WAREHOUSES, **DAYS}.items():
		if doc.get(field) and column not in said:
			earlier = (before or {}).get(field)
			_follow(doc, field, column, earlier if comparing.says_another(field, values, before) else NEVER)


def _forget_prices(doc: Any, values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
	"""Empty the prices of another price list, or in another currency: ERPNext finds them anew at the save."""
	if any(comparing.says_another(field, values, before) for field in PRICE_LISTS):
		_empty_prices(doc.get(TABLE) or ())
	elif comparing.says_another(CURRENCY, values, before):
		_empty_prices(_of_a_list(doc))


def forget_prices(flow: InFlow, doc: Any) -> None:
	"""Empty the prices that come from a list, unless the flow says prices: the document has another list or currency now."""
	if not mapped_columns(flow.mapping.targets()).get(TABLE, set()).intersection(PRICES):
		_empty_prices(_of_a_list(doc))


def _of_a_list(doc: Any) -> list[Any]:
	return [row for row in doc.get(TABLE) or () if row.get(PRICES[0])]


def _empty_prices(rows: Iterable[Any]) -> None:
	for row in rows:
		row.update({field: None for field in PRICES if row.meta.has_field(field)})


def _follow(doc: Any, field: str, column: str, earlier: Any) -> None:
	"""earlier: what the head said, where it says something else now."""
	for row in doc.get(TABLE) or ():
		stands = row.get(column)
		if not row.meta.has_field(column) or (not stands and column in OF_ENTRIES):
			continue
		changed = earlier is not NEVER and (field in WAREHOUSES or comparing.same(str(stands), earlier))
		if changed or (row.is_new() and not stands):
			row.set(column, doc.get(field))
