"""Products of the fake of Magento as its API writes them: options and choices, pictures, attributes, special prices.

https://developer.adobe.com/commerce/webapi/rest/tutorials/configurable-product/
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import Any

from erp_connect.tests.fakes import magento_rules as rules
from erp_connect.tests.fakes.magento_search import Refused, found

PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
FORBIDDEN = re.compile(r'[/?*:";<>()|{}]')
GROUP = {"attribute_group_id": "7", "attribute_group_name": "Product Details", "attribute_set_id": 4}
NO_ATTRIBUTE = Refused(
	404, 'The attribute with a "%1" attributeCode doesn\'t exist. Verify the attribute and try again.'
)


def written(shop: Any, product: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
	"""The values of a product as they are kept. Raises `Refused`."""
	values = dict(values)
	if "custom_attributes" in values:
		_require_options(shop, values["custom_attributes"])
		kept = {one["attribute_code"]: one for one in product.get("custom_attributes", ())}
		given = {one["attribute_code"]: one for one in values["custom_attributes"]}
		values["custom_attributes"] = list((kept | given).values())
	if "media_gallery_entries" in values:
		values["media_gallery_entries"] = _gallery(shop, product, values["media_gallery_entries"])
	if extension := values.get("extension_attributes"):
		values["extension_attributes"] = {**product.get("extension_attributes", {}), **extension}
		_require_choices(shop, values["extension_attributes"])
		by_id = {one["id"]: one["sku"] for one in shop.records["products"].values()}
		links = values["extension_attributes"].get("configurable_product_links", ())
		shop.children[product["sku"]] = [by_id[one] for one in links]
	return values


def _require_options(shop: Any, given: list[dict[str, Any]]) -> None:
	"""A value of an attribute with options has to be one of them."""
	known = {one["attribute_code"]: one for one in shop.records["attributes"].values()}
	for one in given:
		attribute = known.get(one["attribute_code"])
		options = {option["value"] for option in attribute["options"]} if attribute else set()
		if attribute and one["value"] not in options:
			raise Refused(400, f'Value "{one["value"]}" is no option of {one["attribute_code"]}.')


def _require_choices(shop: Any, extension: dict[str, Any]) -> None:
	"""Links to products that are there, each with values of its own for the options."""
	codes = [_code_of_option(shop, one) for one in extension.get("configurable_product_options", [])]
	by_id = {one["id"]: one for one in shop.records["products"].values()}
	seen: dict[tuple[str, ...], int] = {}
	for id_ in extension.get("configurable_product_links", []):
		if id_ not in by_id:
			raise Refused(400, f'The product with ID "{id_}" does not exist.')
		own = {one["attribute_code"]: one["value"] for one in by_id[id_].get("custom_attributes", ())}
		if missing := [code for code in codes if not own.get(code)]:
			raise Refused(400, f'Product with id "{id_}" does not contain required attribute "{missing[0]}".')
		chosen = tuple(own[code] for code in codes)
		if chosen in seen:
			told = f'Products "{seen[chosen]}" and "{id_}" have the same set of attribute values.'
			raise Refused(400, told)
		seen[chosen] = id_


def _code_of_option(shop: Any, option: dict[str, Any]) -> str:
	attribute = shop.records["attributes"].get(int(option["attribute_id"]))
	if not attribute:
		raise NO_ATTRIBUTE
	if not option.get("label"):
		raise Refused(400, "Option label is not specified.")
	if not option.get("values"):
		raise Refused(400, "Option values are not specified.")
	known = {one["value"] for one in attribute["options"]}
	if any(str(one["value_index"]) not in known for one in option["values"]):
		raise Refused(400, "Value index is not specified for an option.")
	return attribute["attribute_code"]


def _gallery(shop: Any, product: dict[str, Any], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
	"""Entries without an id are new; those that are not named any more are removed."""
	known = {one["id"]: one for one in product.get("media_gallery_entries", ())}
	kept = []
	for one in given:
		if one.get("id") in known:
			kept.append({**known[one["id"]], **one})
			continue
		content = one.get("content") or {}
		size = _size(content)
		shown = {key: value for key, value in one.items() if key != "content"}
		kept.append({**shown, "id": shop.number(), "file": f"/{content['name']}", "bytes": size})
	return kept


def _size(content: dict[str, str]) -> int:
	"""Bytes of a new picture. Raises `Refused`."""
	try:
		size = len(base64.b64decode(content.get("base64_encoded_data", ""), validate=True))
	except binascii.Error:
		size = 0
	if not size:
		raise Refused(400, "The image content must be valid base64 encoded data.")
	if content.get("type") not in PICTURES:
		raise Refused(400, "The image MIME type is not valid or not supported.")
	if not content.get("name") or FORBIDDEN.search(content["name"]):
		raise Refused(400, "Provided image name contains forbidden characters.")
	return size


def create_attribute(shop: Any, _query: Any, body: Any) -> dict[str, Any]:
	values = rules.checked(body, {"attribute": rules.ATTRIBUTE})["attribute"]
	rules.required(values, "default_frontend_label", "frontend_input")
	code = re.sub(r"[^a-z0-9_]", "_", values["default_frontend_label"].lower())[:30]
	if code in {one["attribute_code"] for one in shop.records["attributes"].values()}:
		raise Refused(400, "An attribute with the same code (%1) already exists.", [code])
	record = {
		**values,
		"attribute_id": shop.number(),
		"attribute_code": code,
		"is_user_defined": True,
		"options": [{"label": " ", "value": ""}, *_numbered(shop, values.get("options", []))],
	}
	return shop.add("attributes", record)


def change_attribute(shop: Any, _query: Any, body: Any, code: str) -> dict[str, Any]:
	"""Options with a value are changed, those without one added; those that are left out stay."""
	given = body.get("attribute") or {}
	record = next((one for one in shop.records["attributes"].values() if one["attribute_code"] == code), None)
	if record is None or given.get("attribute_id") != record["attribute_id"]:
		raise NO_ATTRIBUTE
	changed = {one["value"]: one for one in given.get("options", ()) if one.get("value")}
	new = [one for one in given.get("options", ()) if not one.get("value")]
	if {one["label"] for one in new} & {one["label"] for one in record["options"]}:
		raise Refused(400, "The value of Admin must be unique.")
	options = [changed.get(one["value"], one) for one in record["options"]]
	record["options"] = [*options, *_numbered(shop, new)]
	return record


def add_option(shop: Any, _query: Any, body: Any, code: str) -> str:
	"""The id of a new option, a bare text. https://developer.adobe.com/commerce/webapi/rest/quick-reference/"""
	option = rules.checked(body, rules.OPTION)["option"]
	rules.required(option, "label")
	record = next((one for one in shop.records["attributes"].values() if one["attribute_code"] == code), None)
	if record is None:
		raise NO_ATTRIBUTE
	if option["label"] in {one["label"] for one in record["options"]}:
		told = 'Admin store attribute option label "%1" is already exists.'
		raise Refused(400, told, [option["label"]])
	(made,) = _numbered(shop, [option])
	record["options"] = [*record["options"], made]
	return made["value"]


def _numbered(shop: Any, options: list[dict[str, Any]]) -> list[dict[str, Any]]:
	return [{"label": one["label"], "value": str(shop.number())} for one in options]


def groups(shop: Any, query: dict[str, str], _body: Any) -> dict[str, Any]:
	return found([GROUP], query, frozenset(GROUP))


def place_attribute(shop: Any, _query: Any, body: Any) -> str:
	given = rules.checked(body, rules.PLACE)
	rules.required(given, "attributeSetId", "attributeGroupId", "attributeCode")
	codes = {one["attribute_code"] for one in shop.records["attributes"].values()}
	if given["attributeCode"] not in codes:
		raise NO_ATTRIBUTE
	if given["attributeSetId"] != GROUP["attribute_set_id"]:
		raise Refused(404, 'No such entity with id "%1"', [given["attributeSetId"]])
	shop.placed.append(given["attributeCode"])
	return str(shop.number())


def special_prices(shop: Any, _query: Any, body: Any) -> list[dict[str, Any]]:
	"""Says with 200 what was refused. A day that is left out keeps the value that it had."""
	wrong = []
	for price in rules.checked(body, rules.SPECIAL_PRICES)["prices"]:
		if told := _wrong_price(shop, price):
			wrong.append({"message": told, "parameters": [price["sku"], str(price["store_id"])]})
			continue
		before = shop.special.get(price["sku"], {})
		shop.special[price["sku"]] = before | {
			key: price[key] for key in ("price", "price_from", "price_to") if price.get(key) is not None
		}
	return wrong


def end_special_prices(shop: Any, _query: Any, body: Any) -> list[dict[str, Any]]:
	wrong = []
	for price in rules.checked(body, rules.SPECIAL_PRICES)["prices"]:
		if told := _wrong_price(shop, price):
			wrong.append({"message": told, "parameters": [price["sku"], str(price["store_id"])]})
		else:
			shop.special.pop(price["sku"], None)
	return wrong


def _wrong_price(shop: Any, price: dict[str, Any]) -> str:
	if price.get("sku") not in shop.records["products"]:
		return "The product that was requested doesn't exist. Verify the product and try again. Row ID: SKU = %SKU."
	if price.get("store_id") != 0:
		return "Requested store is not found. Row ID: SKU = %SKU, Store ID: %storeId."
	if price.get("price") is None or price["price"] < 0:
		return "Invalid attribute Price = %price. Row ID: SKU = %SKU, Store ID: %storeId."
	for name in ("price_from", "price_to"):
		try:
			if price.get(name):
				datetime.strptime(price[name], "%Y-%m-%d %H:%M:%S")
		except ValueError:
			return f"Invalid attribute {name} = {price[name]}. Row ID: SKU = %SKU, Store ID: %storeId."
	return ""
