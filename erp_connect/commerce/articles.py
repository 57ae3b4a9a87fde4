"""Which Item an article of a shop is: by its link, its code, or its barcode."""

from __future__ import annotations

import frappe

from erp_connect.commerce.settings import CommerceSettings
from erp_connect.inbound.write import HeldForReview
from erp_connect.store import locks

ENTITIES = ("variant", "product", "item")


def item_of(settings: CommerceSettings, *, sku: str, name: str, external_ids: tuple[str, ...] = ()) -> str:
	"""The Item for an article; made where the account allows that. Raises `HeldForReview` when there is none."""
	found = _linked(settings, external_ids) or _by_code(sku) or _by_barcode(sku)
	if found:
		return found
	if not settings.create_items or not sku:
		raise HeldForReview(
			"There is no item for article {sku} ({name}). Create it, link it, or add its code as a barcode; then press "
			"Retry.",
			code="missing_item",
			sku=sku or "-",
			name=name or "-",
		)
	return _create(settings, sku, name)


def _linked(settings: CommerceSettings, external_ids: tuple[str, ...]) -> str | None:
	wanted = [external_id for external_id in external_ids if external_id]
	if not wanted:
		return None
	links = frappe.get_all(
		"Sync Link",
		filters={
			"integration": settings.account,
			"remote_entity": ("in", ENTITIES),
			"external_id": ("in", wanted),
			"document_type": "Item",
		},
		fields=["remote_entity", "external_id", "document_name"],
	)
	links.sort(key=lambda link: (wanted.index(link.external_id), ENTITIES.index(link.remote_entity)))
	return next((link.document_name for link in links if frappe.db.exists("Item", link.document_name)), None)


def _by_code(sku: str) -> str | None:
	return frappe.db.get_value("Item", {"name": sku}, "name") if sku else None


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
				"item_name": (name or sku)[:140],
				"item_group": group,
				"stock_uom": stock.stock_uom or "Nos",
			}
		)
		.insert()
		.name
	)
