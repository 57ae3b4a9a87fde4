"""Which Item an article of a shop is: by its link, its code, or its barcode."""

from __future__ import annotations

import frappe
from frappe.utils import escape_html

from erp_connect.commerce.parties.fitting import NAME_LIMIT
from erp_connect.commerce.settings import CommerceSettings
from erp_connect.records.write import HeldForReview
from erp_connect.store import locks

ENTITIES = ("variant", "product", "item")


def items_of(settings: CommerceSettings, articles: dict[str, str]) -> dict[str, str]:
	"""The Item of each article, by its code: {code: name outside} → {code: Item}.

	Missing ones are made where the account allows that. Raises `HeldForReview` when there is none.
	"""
	codes = [code for code in articles if code]
	known = {**_by_code(codes), **_linked(settings, codes)}
	return {
		code: known.get(code.casefold()) or _by_barcode(code) or _new(settings, code, name)
		for code, name in articles.items()
	}


def titled(title: str) -> dict[str, str]:
	"""A title as the name of an item or row, with the whole of it as the description where it is longer than a name can be."""
	if len(title) <= NAME_LIMIT:
		return {"item_name": title} if title else {}
	return {"item_name": title[:NAME_LIMIT].rstrip(), "description": escape_html(title)}


def _new(settings: CommerceSettings, code: str, name: str) -> str:
	if not settings.create_items or not code:
		raise HeldForReview(
			"There is no item for article {sku} ({name}). Create it, link it, or add its code as a barcode; then press "
			"Retry.",
			code="missing_item",
			sku=code or "-",
			name=name or "-",
		)
	return _create(settings, code, name)


def _linked(settings: CommerceSettings, codes: list[str]) -> dict[str, str]:
	"""Items that are linked with these ids; a variant's link counts before a product's."""
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
	there = set(_by_code([link.document_name for link in links]).values())
	return {link.external_id.casefold(): link.document_name for link in links if link.document_name in there}


def _by_code(codes: list[str]) -> dict[str, str]:
	found = frappe.get_all("Item", filters={"name": ("in", codes)}, pluck="name") if codes else []
	return {name.casefold(): name for name in found}


def _by_barcode(sku: str) -> str | None:
	return (
		frappe.db.get_value("Item Barcode", {"barcode": sku, "parenttype": "Item"}, "parent") if sku else None
	)


def _create(settings: CommerceSettings, sku: str, name: str) -> str:
	stock = frappe.get_cached_doc("Stock Settings")
	group = settings.item_group or stock.item_group
	if not group:
		raise HeldForReview(
			"Article {sku} would be a new item, but no item group is set. Choose one in account {account}.",
			code="missing_item_group",
			sku=sku,
			account=settings.account,
		)
	# One at a time: two orders with the same new article would clash in the database.
	locks.until_commit("new items")
	if known := _by_code(sku):
		return known
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
