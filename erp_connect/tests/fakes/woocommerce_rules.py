"""What the REST API of WooCommerce takes, and how it refuses the rest.

https://woocommerce.github.io/woocommerce-rest-api-docs/#errors
"""

from __future__ import annotations

import re
from typing import Any

ORDER_STATUSES = (
	"auto-draft",
	"pending",
	"processing",
	"on-hold",
	"completed",
	"cancelled",
	"refunded",
	"failed",
	"checkout-draft",
)
DECIMAL = re.compile(r"\d+(\.\d+)?|")
# Writable fields by kind, as far as anything here sends them, with what the schema says of each.
WRITABLE: dict[str, dict[str, Any]] = {
	"orders": {"status": ORDER_STATUSES, "customer_note": str},
	"products": {
		"name": str, "sku": str, "type": ("simple", "grouped", "external", "variable"), "status": ("draft", "pending", "private", "publish", "future"),
		"description": str, "regular_price": "price", "sale_price": "price", "date_on_sale_from": str, "date_on_sale_to": str, "manage_stock": bool, "stock_quantity": int,
		"attributes": list, "images": list,
	},
	"variations": {
		"sku": str, "description": str, "attributes": list, "image": dict, "status": ("draft", "pending", "private", "publish"), "regular_price": "price", "sale_price": "price", "date_on_sale_from": str, "date_on_sale_to": str, "manage_stock": bool,
		"stock_quantity": int,
	},
	"customers": {"email": str, "first_name": str, "last_name": str},
}  # fmt: skip
ORDER_BY = {
	"orders": ("date", "id", "include", "title", "slug", "modified"),
	"products": (
		"date",
		"id",
		"include",
		"title",
		"slug",
		"price",
		"popularity",
		"rating",
		"menu_order",
		"modified",
	),
	"customers": ("id", "include", "name", "registered_date"),
}


class Refused(Exception):
	"""An answer that is an error, in the shape that WordPress gives it."""

	def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
		super().__init__(message)
		self.status = status
		self.body = {"code": code, "message": message, "data": {"status": status, **data}}


NO_ROUTE = Refused(404, "rest_no_route", "No route was found matching the URL and request method.")


def invalid(name: str, told: str) -> Refused:
	"""A parameter that does not fit the schema."""
	return Refused(
		400,
		"rest_invalid_param",
		f"Invalid parameter(s): {name}",
		params={name: told},
		details={name: {"code": "rest_invalid_param", "message": told, "data": None}},
	)


def checked_page(query: dict[str, str], kind: str) -> tuple[int, int]:
	"""Records per page and number of the page. Raises `Refused`."""
	values = {"per_page": query.get("per_page", "10"), "page": query.get("page", "1")}
	for name, value in values.items():
		if not value.isdigit():
			raise invalid(name, f"{name} is not of type integer.")
	if not 1 <= int(values["per_page"]) <= 100:
		raise invalid("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)")
	if int(values["page"]) < 1:
		raise invalid("page", "page must be greater than or equal to 1")
	wanted = query.get("orderby")
	if wanted and wanted not in ORDER_BY.get(kind, (wanted,)):
		raise invalid("orderby", f"orderby is not one of {', '.join(ORDER_BY[kind])}.")
	if query.get("order", "asc") not in ("asc", "desc"):
		raise invalid("order", "order is not one of asc and desc.")
	return int(values["per_page"]), int(values["page"])


def in_time(records: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
	"""The records that the dates of a query leave, those at the very dates not among them. Raises `Refused`.

	`after`, `before` (of creation) and `modified_after`, of `WC_REST_CRUD_Controller::prepare_objects_query`.
	"""
	suffix = "_gmt" if query.get("dates_are_gmt") == "true" else ""
	for name in ("after", "before", "modified_after"):
		if not (date := query.get(name)):
			continue
		if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", date):
			raise invalid(name, "Invalid date.")
		field = f"date_{'modified' if name == 'modified_after' else 'created'}{suffix}"
		date = date.removesuffix("Z")
		records = [one for one in records if (one[field] < date if name == "before" else one[field] > date)]
	return records


def checked_values(kind: str, body: Any) -> dict[str, Any]:
	"""The writable values of a body; those that are not known are passed over, as WordPress does. Raises `Refused`."""
	known = WRITABLE[kind]
	values = {name: value for name, value in (body or {}).items() if name in known}
	for name, value in values.items():
		_check(name, value, known[name])
	return values


def _check(name: str, value: Any, rule: Any) -> None:
	if isinstance(rule, tuple):
		if value not in rule:
			raise invalid(name, f"{name} is not one of {', '.join(rule)}.")
	elif rule == "price":
		if not isinstance(value, str):
			raise invalid(name, f"{name} is not of type string.")
		if not DECIMAL.fullmatch(value):
			raise invalid(name, f"{name} is not a price.")
	elif not isinstance(value, rule) or (rule is int and isinstance(value, bool)):
		kinds = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object"}
		raise invalid(name, f"{name} is not of type {kinds[rule]}.")
