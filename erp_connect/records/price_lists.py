"""Price lists are for people to change: what is written from outside leaves them alone.

With *Auto Insert Item Price If Missing* in Stock Settings, ERPNext remembers the rate of every order as an Item Price,
or overwrites the one there is; a shop's discounted rate would then be offered to everybody. The switch counts for the
whole site and is read in the middle of ERPNext's pricing, so the one function that writes is wrapped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import frappe
from erpnext.stock import get_item_details


def _unless_from_outside(remember: Callable[[Any], None]) -> Callable[[Any], None]:
	@wraps(remember)
	def insert_item_price(args: Any) -> None:
		# Set by `coming_from`, for this request or job only.
		if not frappe.flags.erp_connect_origin:
			remember(args)

	insert_item_price.leaves_price_lists_alone = True  # type: ignore[attr-defined]
	return insert_item_price


def leave_alone() -> None:
	"""See that nothing written inside `coming_from` is remembered as an Item Price. May be called again."""
	if not hasattr(get_item_details.insert_item_price, "leaves_price_lists_alone"):
		get_item_details.insert_item_price = _unless_from_outside(get_item_details.insert_item_price)
