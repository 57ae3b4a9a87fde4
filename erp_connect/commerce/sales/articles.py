"""Which Item an article of a shop is: by its code, its link, its barcode, or a code that it had before."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.utils import escape_html

from erp_connect.commerce.parties.fitting import NAME_LIMIT
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.core.values.brackets import in_round
from erp_connect.records.write import HeldForReview
from erp_connect.store import former_codes, locks

ENTITIES = ("variant", "product", "item")


def items_of(settings: CommerceSettings, articles: dict[str, str]) -> dict[str, str]:
	"""The Item of each article, by its code: {code: name outside} → {code: Item}.

	Missing ones are made where the account allows that. Raises `HeldForReview` when there is none.
	"""
	known = known_items(settings, articles)
	return {code: known.get(code) or _new(settings, code, name) for code, name in articles.items()}


def known_items(settings: CommerceSettings, codes: Iterable[str]) -> dict[str, str]:
	"""The Items that are there for articles, by their codes. Raises `HeldForReview` where one is only alike."""
	codes = [code for code in codes if code]
	# An item's own code before an id: the numbers of one may be among those of the other.
	known = {**linked_items(settings, codes), **{name: name for name in _items(codes)}}
	found = {code: known.get(code) or _by_barcode(code) for code in codes}
	before = former_codes.current(settings.account, [code for code, item in found.items() if not item])
	found |= {code: before.get(code) or _alike(settings, code) for code, item in found.items() if not item}
	return {code: item for code, item in found.items() if item}


def titled(title: str) -> dict[str, str]:
	"""A title as the name of an item or row, with the whole of it as the description where it is longer than a name can be."""
	title = in_round(title)
	if len(title) <= NAME_LIMIT:
		return {"item_name": title} if title else {}
	return {"item_name": title[:NAME_LIMIT].rstrip(), "description": escape_html(title)}


def _alike(settings: CommerceSettings, code: str) -> str | None:
	"""The Item whose code is the same but for case, where the account overlooks that. Raises `HeldForReview`."""
	# The database takes accents and case for nothing; ERPNext could not have both items, so none can be made.
	item = frappe.db.get_value("Item", code, "name") if code else None
	if item is None:
		return None
	if settings.codes_ignore_case and item.casefold() == code.casefold():
		return item
	raise HeldForReview(
		"Article {sku} is not item {item}: their codes differ in case or accents. If they are the same, add {sku} to the "
		"item as a barcode, or tick Article codes may differ in case in account {account}; then {again}.",
		code="missing_item",
		sku=code,
		item=item,
		account=settings.account,
	)


def _new(settings: CommerceSettings, code: str, name: str) -> str:
	if not settings.create_items or not code:
		raise HeldForReview(
			"There is no item for article {sku} ({name}). Create it, link one with the article (in its menu: Link "
			"with a Record Outside…), or add the code to one as a barcode; then {again}.",
			code="missing_item",
			sku=code or "-",
			name=name or "-",
		)
	return _create(settings, code, name)


def linked_items(settings: CommerceSettings, codes: list[str]) -> dict[str, str]:
	"""Items that are linked with these ids, by them; a variant's link counts before a product's."""
	links = frappe.get_all(
		"Sync Link",
		filters={
			"integration": settings.account,
			"remote_entity": ("in", ENTITIES),
			"external_id": ("in", codes or [""]),
			"document_type": "Item",
		},
		fields=["remote_entity", "external_id", "document_name"],
	)
	links.sort(key=lambda link: -ENTITIES.index(link.remote_entity))
	there = set(_items([link.document_name for link in links]))
	return {link.external_id: link.document_name for link in links if link.document_name in there}


def _items(codes: list[str]) -> list[str]:
	"""Items that the database takes for one of the codes."""
	return frappe.get_all("Item", filters={"name": ("in", codes)}, pluck="name") if codes else []


def _by_barcode(sku: str) -> str | None:
	rows = (
		frappe.get_all(
			"Item Barcode", filters={"barcode": sku, "parenttype": "Item"}, fields=["parent", "barcode"]
		)
		if sku
		else []
	)
	return next((row.parent for row in rows if row.barcode == sku), None)


def _create(settings: CommerceSettings, sku: str, name: str) -> str:
	stock = frappe.get_cached_doc("Stock Settings")
	group = settings.item_group or stock.item_group
	if not group:
		raise HeldForReview(
			"Article {sku} would be a new item, but no item group is set. Choose Item Group of new items in account {account}, then "
			"{again}.",
			code="missing_item_group",
			sku=sku,
			account=settings.account,
		)
	# One at a time: two orders with the same new article would clash in the database.
	locks.until_commit("new items")
	if sku in _items([sku]):
		return sku
	return (
		frappe.get_doc(
			{
				"doctype": "Item",
				"item_code": sku,
				**titled(name or sku),
				"item_group": group,
				"stock_uom": stock.stock_uom or "Nos",
			}
		)
		.insert()
		.name
	)
