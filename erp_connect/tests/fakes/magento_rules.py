"""What the REST API of Magento takes in a body: names and types of the web service's interfaces, others are refused.

https://developer.adobe.com/commerce/webapi/rest/quick-reference/
"""

from __future__ import annotations

from typing import Any

from erp_connect.tests.fakes.magento_search import Refused

NUMBER = (int, float)
# By name: a type, a nested interface, or a list with the interface of its elements.
PRODUCT = {
	"sku": str, "name": str, "attribute_set_id": int, "price": NUMBER, "status": int, "visibility": int, "type_id": str, "weight": NUMBER,
	"custom_attributes": [{"attribute_code": str, "value": str}],
	"media_gallery_entries": [{
		"id": int, "media_type": str, "label": str, "position": int, "disabled": bool, "types": [str], "file": str, "bytes": int,
		"content": {"base64_encoded_data": str, "type": str, "name": str},
	}],
	"extension_attributes": {
		"configurable_product_options": [{
			"id": int, "product_id": int, "attribute_id": str, "label": str, "position": int, "values": [{"value_index": int}]
		}],
		"configurable_product_links": [int],
	},
}  # fmt: skip
ATTRIBUTE = {
	"default_frontend_label": str, "frontend_input": str, "scope": str, "is_required": bool, "options": [{"label": str}]
}  # fmt: skip
OPTION = {"option": {"label": str, "value": str, "sort_order": int, "is_default": bool}}
PLACE = {"attributeSetId": int, "attributeGroupId": int, "attributeCode": str, "sortOrder": int}
SPECIAL_PRICES = {
	"prices": [{"price": NUMBER, "store_id": int, "sku": str, "price_from": str, "price_to": str}]
}
SOURCE_ITEMS = {"sourceItems": [{"sku": str, "source_code": str, "quantity": NUMBER, "status": int}]}
BASE_PRICES = {"prices": [{"price": NUMBER, "store_id": int, "sku": str}]}
COMMENT = {
	"statusHistory": {"comment": str, "is_customer_notified": int, "is_visible_on_front": int, "status": str, "parent_id": int}
}  # fmt: skip
QUANTITIES = [{"order_item_id": int, "qty": NUMBER, "extension_attributes": dict}]
SHIP = {
	"items": QUANTITIES, "notify": bool, "appendComment": bool, "comment": {"comment": str, "is_visible_on_front": int},
	"tracks": [{"track_number": str, "title": str, "carrier_code": str}],
	"arguments": {"extension_attributes": {"source_code": str}},
}  # fmt: skip
TRACK = {
	"entity": {
		"order_id": int, "parent_id": int, "track_number": str, "title": str, "carrier_code": str, "description": str, "qty": NUMBER,
		"weight": NUMBER,
	}
}  # fmt: skip
INVOICE = {
	"capture": bool,
	"items": QUANTITIES,
	"notify": bool,
	"appendComment": bool,
	"comment": {"comment": str},
}
REFUND = {
	"items": QUANTITIES, "notify": bool, "appendComment": bool, "comment": {"comment": str, "is_visible_on_front": int},
	"arguments": {
		"shipping_amount": NUMBER, "adjustment_positive": NUMBER, "adjustment_negative": NUMBER,
		"extension_attributes": {"return_to_stock_items": [int]},
	},
}  # fmt: skip
# By the payment gateway, of an invoice.
REFUND_OF_INVOICE = {**REFUND, "isOnline": bool}


def checked(body: Any, rule: Any, at: str = "") -> Any:
	"""The body, if it fits. Raises `Refused` as the web service does."""
	kind = type(rule) if isinstance(rule, dict | list) else rule
	if not isinstance(body, kind) or (isinstance(body, bool) and rule is not bool):
		raise _type(body, at)
	for name, value in body.items() if isinstance(rule, dict) else ():
		if name not in rule:
			told = f'"{name}" is not supported. Correct the field name and try again.'
			raise Refused(400, told, {"fieldName": name})
		checked(value, rule[name], name)
	for value in body if isinstance(rule, list) else ():
		checked(value, rule[0], at)
	return body


def required(values: dict[str, Any], *names: str) -> None:
	for name in names:
		if values.get(name) in (None, ""):
			raise Refused(400, '"%fieldName" is required. Enter and try again.', {"fieldName": name})


def _type(value: Any, at: str) -> Refused:
	told = f'Error occurred during "{at}" processing. The "{value}" value\'s type is invalid.'
	return Refused(400, told)
