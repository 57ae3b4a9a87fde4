"""Products of the fake of WooCommerce as its API writes them: attributes, pictures, variations.

https://woocommerce.github.io/woocommerce-rest-api-docs/#product-properties
"""

from __future__ import annotations

from typing import Any

from erp_connect.tests.fakes.woocommerce_rules import Refused, invalid

ATTRIBUTE = {"id": int, "name": str, "position": int, "visible": bool, "variation": bool, "options": list}
CHOICE = {"id": int, "name": str, "option": str}
IMAGE = {"id": int, "src": str, "name": str, "alt": str}
KINDS = {int: "integer", str: "string", bool: "boolean", list: "array"}


def written(shop: Any, record: dict[str, Any], values: dict[str, Any], owner: Any = None) -> dict[str, Any]:
	"""The values of a product, or of a variation of `owner`, as they are kept. Raises `Refused`."""
	values = dict(values)
	if "attributes" in values:
		_shaped("attributes", values["attributes"], CHOICE if owner else ATTRIBUTE)
		values["attributes"] = (
			_choices(owner, values["attributes"]) if owner else _attributes(shop, values["attributes"])
		)
	if "images" in values:
		_shaped("images", values["images"], IMAGE)
		known = {one["id"]: one for one in record.get("images", ())}
		values["images"] = [_picture(shop, one, known) for one in values["images"]]
	if "image" in values:
		_shaped("image", [values["image"]], IMAGE)
		values["image"] = _picture(shop, values["image"], {})
	return values


def create_variation(
	shop: Any, product: dict[str, Any], children: dict[int, Any], values: dict[str, Any]
) -> dict[str, Any]:
	"""A variation of a variable product. Raises `Refused`."""
	skus = {one["sku"] for one in (*shop.records["products"].values(), *children.values())} - {""}
	if values.get("sku") in skus:
		raise Refused(400, "product_invalid_sku", "Invalid or duplicated SKU.")
	blank = {"sku": product["sku"], "status": "publish", "regular_price": "", "image": None, "attributes": []}
	record = {**blank, "id": shop.number(), "parent_id": product["id"], "type": "variation", **shop.stamp()}
	record.update(written(shop, record, values, product))
	children[record["id"]] = record
	product["variations"] = [*product.get("variations", ()), record["id"]]
	return record


def _shaped(name: str, given: Any, rule: dict[str, type]) -> None:
	if not isinstance(given, list):
		raise invalid(name, f"{name} is not of type array.")
	for number, one in enumerate(given):
		for key, value in one.items():
			kind = rule.get(key, object)
			if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
				raise invalid(name, f"{name}[{number}][{key}] is not of type {KINDS[kind]}.")


def _attributes(shop: Any, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
	"""As a product has them: those of the shop by their id, others by their name; one that has neither is passed over."""
	kept = []
	for one in given:
		known = shop.attributes.get(one.get("id") or 0)
		if one.get("id") and not known:
			continue
		name = known["attribute"]["name"] if known else one.get("name")
		if name:
			blank = {"id": 0, "position": 0, "visible": False, "variation": False, "options": []}
			kept.append({**blank, **one, "name": name})
	return kept


def _choices(product: dict[str, Any], given: list[dict[str, Any]]) -> list[dict[str, Any]]:
	"""Values of a variation; those of no attribute that the product varies by are passed over."""
	varies = [one for one in product["attributes"] if one["variation"]]
	kept = []
	for one in given:
		by = ("id", one["id"]) if one.get("id") else ("name", one.get("name"))
		if found := next((attribute for attribute in varies if attribute[by[0]] == by[1]), None):
			kept.append({"id": found["id"], "name": found["name"], "option": one["option"]})
	return kept


def _picture(shop: Any, given: dict[str, Any], known: dict[int, dict[str, Any]]) -> dict[str, Any]:
	"""A picture that is there, or one that the shop fetches."""
	if given.get("id"):
		if given["id"] not in known:
			told = f"#{given['id']} is an invalid image ID."
			raise Refused(400, "woocommerce_product_invalid_image_id", told)
		return known[given["id"]] | {key: given[key] for key in ("name", "alt") if key in given}
	source = given.get("src", "")
	if not source.startswith(("http://", "https://")):
		told = f"Error getting remote image {source}. Error: A valid URL was not provided."
		raise Refused(400, "woocommerce_product_image_upload_error", told)
	return {"name": "", "alt": "", **given, "id": shop.number()}
