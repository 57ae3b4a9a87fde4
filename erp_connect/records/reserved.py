"""What is reserved of an article in a warehouse, where ERPNext does not count it anew by itself."""

from __future__ import annotations

from erpnext.stock.stock_balance import get_reserved_qty, update_bin_qty


def count_anew(item: str, warehouse: str) -> None:
	"""Bring the reserved quantity of the Bin in line with the open orders. Does not commit."""
	update_bin_qty(item, warehouse, {"reserved_qty": get_reserved_qty(item, warehouse)})
