"""Articles that a line names by their id, where its code leads nowhere.

A choice of a product (a size, a colour) without a code of its own shows that of its product, which is a template here,
or nothing, or its id. Promises that a code which is that of an item that can be sold is never passed over, and that an id is
not taken for the code of another item. Writes nothing.
"""

from __future__ import annotations

import frappe

from erp_connect.commerce.sales.articles import known_items, linked_items
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.commerce.order.lines import Line
from erp_connect.core.commerce.order.model import Order


def in_place_of_codes(settings: CommerceSettings, order: Order) -> Order:
	"""The order, with the id of its article as the code of each line whose own code is that of a template, or of no item."""
	named = [line for line in order.lines if line.article_id]
	if not named:
		return order
	linked = linked_items(settings, [line.article_id for line in named])
	asked = {line.sku for line in named if line.article_id in linked}
	known = known_items(settings, {*asked, *linked}) if asked else {}
	sold = _sold(known)

	def settled(line: Line) -> Line:
		said = {"article_id": ""}
		if line.article_id in linked and (line.sku not in sold or line.sku == line.article_id):
			item = linked[line.article_id]
			# By its id, unless another item has that as its code.
			said["sku"] = line.article_id if known.get(line.article_id) == item else item
		return line.model_copy(update=said)

	return order.model_copy(update={"lines": [settled(line) for line in order.lines]})


def _sold(items: dict[str, str]) -> set[str]:
	"""Those of some codes whose items are no templates."""
	templates = frappe.get_all(
		"Item", {"name": ("in", list(items.values()) or [""]), "has_variants": 1}, pluck="name"
	)
	return {code for code, item in items.items() if item not in templates}
