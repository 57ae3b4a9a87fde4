"""Orders that a person amended: the order outside is the one that stands.

ERPNext's Amend cancels a Sales Order and makes another of it, with rows of other names. Promises that the links of an
order, with what is remembered of it, follow once it is submitted; what was changed in it is the person's. Never commits.
"""

from __future__ import annotations

import json
from typing import Any

import frappe

from erp_connect.commerce.sales.order_state import ENTITY
from erp_connect.records import amendments
from erp_connect.records.write import HeldForReview
from erp_connect.store import bindings, locks, sync_link

DOCTYPE, ROW = "Sales Order", "Sales Order Item"
# What events by the name of the order may have been remembered of it before its link followed.
GATHERED = ("claims", "applied", "received", "paid_back", "freed")
BY_ROW = ("unsent", "restocked", "booked")


def followed(name: str) -> str:
	"""The Sales Order that stands in place of one, with all that is remembered of it; `name` where none does.

	Raises `HeldForReview` while the amended order is a draft.
	"""
	heir = amendments.last_amendment(DOCTYPE, name)
	status = None if heir == name else frappe.db.get_value(DOCTYPE, heir, "docstatus")
	if (
		status is None
		or status == amendments.CANCELLED
		or not frappe.has_permission(DOCTYPE, "read", doc=heir)
	):
		return name
	if status == 0:
		raise HeldForReview(
			"Sales Order {old} was cancelled and amended as {order}, which is still a draft. Submit it, then {again}.",
			code="order_draft",
			old=name,
			order=heir,
		)
	locks.until_commit(f"amended:{name}")
	for link in _links(name):
		_move(link, heir)
	return heir


def _links(order: str) -> list[Any]:
	"""Links of an order with those it came from. One that was sent somewhere is another record there once it is amended."""
	filters = {"remote_entity": ENTITY, "document_type": DOCTYPE, "document_name": order}
	fields = ["name", "integration", "document_name", "details"]
	return [
		link
		for link in frappe.get_all("Sync Link", filters, fields)
		if "order" in json.loads(link.details or "{}")
	]


def _move(link: Any, name: str) -> None:
	details = json.loads(link.details)
	renamed = _rows(link.document_name, name)
	details["lines"] = {
		line: [renamed[row] for row in rows if row in renamed]
		for line, rows in (details.get("lines") or {}).items()
	}
	for key in BY_ROW:
		if pieces := details.get(key):
			details[key] = {renamed[row]: count for row, count in pieces.items() if row in renamed}
	if own := sync_link.find_document(link.integration, ENTITY, DOCTYPE, name):
		if own.external_id:
			return
		_gather(details, json.loads(own.details or "{}"))
		sync_link.remove(own.name)
	bindings.move(link.name, name, json.dumps(details))


def _gather(details: dict[str, Any], more: dict[str, Any]) -> None:
	for key in GATHERED:
		if more.get(key):
			details[key] = [*details.get(key, ()), *more[key]]


def _rows(old: str, new: str) -> dict[str, str]:
	"""Rows of the amended order by those of the old one: the same article, as often as before."""
	before, after = _by_article(old), _by_article(new)
	renamed: dict[str, str] = {}
	for article, names in before.items():
		if len(after.get(article, ())) == len(names):
			renamed |= zip(names, after[article], strict=True)
	return renamed


def _by_article(order: str) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	filters = {"parent": order, "parenttype": DOCTYPE}
	for row in frappe.get_all(ROW, filters, ["name", "item_code"], order_by="idx"):
		found.setdefault(row.item_code, []).append(row.name)
	return found
