"""Products of the fake of Shopify, made by its API. https://shopify.dev/docs/api/admin-graphql/latest/mutations/productSet"""

from __future__ import annotations

from typing import Any


def picture(shop: Any, url: str) -> dict[str, Any]:
	"""A picture as it hangs on products and variants."""
	return {"id": f"gid://shopify/MediaImage/{shop.number()}", "preview": {"image": {"url": url}}}


def create(shop: Any, given: dict[str, Any]) -> dict[str, Any]:
	"""A product with its variants. The same call once more makes another one: SKUs need not be unique."""
	options = {
		one["name"]: {value["name"] for value in one["values"]} for one in given.get("productOptions") or ()
	}
	told = "" if given.get("title") else "Title can't be blank"
	for variant in given.get("variants") or ():
		chosen = {one["optionName"]: one["name"] for one in variant["optionValues"]}
		if set(chosen) != set(options) or any(value not in options[name] for name, value in chosen.items()):
			told = "Option values do not fit the options of the product"
	if told:
		return {"product": None, "userErrors": [{"field": ["input"], "message": told}]}
	number = shop.number()
	product = {
		"id": f"gid://shopify/Product/{number}",
		"legacyResourceId": str(number),
		"title": given["title"],
		"descriptionHtml": given.get("descriptionHtml") or "",
		"status": given.get("status") or "ACTIVE",
		"updatedAt": f"{shop.clock:%Y-%m-%dT%H:%M:%SZ}",
		"hasOnlyDefaultVariant": options == {"Title": {"Default Title"}},
		"options": [
			{"id": f"gid://shopify/ProductOption/{shop.number()}", "name": name, "values": sorted(values)}
			for name, values in options.items()
		],
		"featuredMedia": next(
			(picture(shop, one["originalSource"]) for one in given.get("files") or ()), None
		),
	}
	product["variants"] = [_variant(shop, product, one) for one in given.get("variants") or ()]
	return {"product": product, "userErrors": []}


def _variant(shop: Any, product: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
	number, stored = shop.number(), shop.number()
	record = {
		"id": f"gid://shopify/ProductVariant/{number}",
		"legacyResourceId": str(number),
		"updatedAt": f"{shop.clock:%Y-%m-%dT%H:%M:%SZ}",
		"title": " / ".join(one["name"] for one in given["optionValues"]),
		"sku": given.get("sku"),
		"barcode": given.get("barcode"),
		"price": given.get("price") or "0.00",
		"product": product,
		"selectedOptions": [
			{"name": one["optionName"], "value": one["name"]} for one in given["optionValues"]
		],
		"media": [],
		"inventoryItem": {
			"id": f"gid://shopify/InventoryItem/{stored}",
			"legacyResourceId": str(stored),
			"tracked": (given.get("inventoryItem") or {}).get("tracked", False),
		},
	}
	return shop.add("productVariants", record)
