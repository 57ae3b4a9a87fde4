"""Products of the fake of Shopify, written by its API. https://shopify.dev/docs/api/admin-graphql/2026-04/mutations/productSet"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MOST_OPTIONS = 3
NO_PRODUCT, NO_VARIANT = "Product does not exist", "Product variant does not exist"


def picture(shop: Any, url: str, alt: str | None = None) -> dict[str, Any]:
	"""A picture as it hangs on products and variants."""
	return {
		"id": f"gid://shopify/MediaImage/{shop.number()}",
		"alt": alt or "",
		"preview": {"image": {"url": url}},
	}


def create(shop: Any, given: dict[str, Any]) -> dict[str, Any]:
	"""A product with its variants. The same call once more makes another one: SKUs need not be unique."""
	options = {
		one["name"]: [value["name"] for value in one["values"]] for one in given.get("productOptions") or ()
	}
	variants = given.get("variants") or ()
	if told := _wrong(given, options, variants):
		return {"product": None, "userErrors": [{"field": ["input"], "message": told}]}
	number = shop.number()
	media = [picture(shop, one["originalSource"], one.get("alt")) for one in given.get("files") or ()]
	product = {
		"id": f"gid://shopify/Product/{number}",
		"legacyResourceId": str(number),
		"title": given["title"],
		"descriptionHtml": given.get("descriptionHtml") or "",
		"status": given.get("status") or "ACTIVE",
		"updatedAt": f"{shop.clock:%Y-%m-%dT%H:%M:%SZ}",
		"hasOnlyDefaultVariant": options == {"Title": ["Default Title"]},
		"options": [
			{"id": f"gid://shopify/ProductOption/{shop.number()}", "name": name, "values": values}
			for name, values in options.items()
		],
		"media": media,
		"featuredMedia": media[0] if media else None,
		"variants": [],
	}
	for one in variants:
		_variant(shop, product, one, [one["file"]["originalSource"]] if one.get("file") else [])
	shop.add("products", product)
	return {"product": product, "userErrors": []}


def update(shop: Any, given: dict[str, Any], media: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
	product = shop.records["products"].get(given.get("id"))
	if told := NO_PRODUCT if product is None else _unfetchable(media):
		return {"product": None, "userErrors": [{"field": ["id"], "message": told}]}
	_add_media(shop, product, media)
	shop.change("products", product, **{key: value for key, value in given.items() if key != "id"})
	return {"product": product, "userErrors": []}


def set_files(shop: Any, id_: str, given: dict[str, Any]) -> dict[str, Any]:
	"""The files of a product, as they are listed: what is left out is removed from it, and from its variants."""
	product = shop.records["products"].get(id_)
	if set(given) != {"files"}:
		raise ValueError("the fake sets nothing but files of a product that is there")
	known = {one["id"]: one for one in product["media"]} if product else {}
	new = [one for one in given["files"] if not one.get("id")]
	told = NO_PRODUCT if product is None else _unfetchable(new)
	if any(one["id"] not in known for one in given["files"] if one.get("id")):
		told = told or "File does not exist"
	if told:
		return {"product": None, "userErrors": [{"field": ["input", "files"], "message": told}]}
	media = [
		known[one["id"]] if one.get("id") else picture(shop, one["originalSource"], one.get("alt"))
		for one in given["files"]
	]
	for variant in product["variants"]:
		variant["media"] = [one for one in variant["media"] if one in media]
	shop.change("products", product, media=media, featuredMedia=media[0] if media else None)
	return {"product": product, "userErrors": []}


def add_variants(
	shop: Any,
	product_id: str,
	given: Sequence[dict[str, Any]],
	strategy: str,
	media: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
	"""A value that an option does not have is added to it; a variant with the values of another one is refused."""
	product = shop.records["products"].get(product_id)
	told = NO_PRODUCT if product is None else _unfetchable(media)
	for one in given if product else ():
		told = told or _misfit(product, one) or _without_media(one, media)
	if told:
		return {
			"product": None,
			"productVariants": None,
			"userErrors": [{"field": ["variants"], "message": told}],
		}
	if strategy == "DEFAULT" and product["hasOnlyDefaultVariant"]:
		remove_variants(shop, product_id, [one["id"] for one in product["variants"]])
	for option in product["options"]:
		chosen = [_chosen(one)[option["name"]] for one in given]
		option["values"] = list(dict.fromkeys((*option["values"], *chosen)))
	_add_media(shop, product, media)
	made = [_variant(shop, product, one, one.get("mediaSrc") or ()) for one in given]
	return {"product": product, "productVariants": made, "userErrors": []}


def update_variants(
	shop: Any, product_id: str, given: Sequence[dict[str, Any]], media: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
	found = []
	for number, one in enumerate(given):
		record = shop.records["productVariants"].get(one["id"])
		told = (
			NO_VARIANT if not record or record["product"]["id"] != product_id else _without_media(one, media)
		)
		if told := told or _unfetchable(media):
			wrong = {"field": ["variants", str(number), "id"], "message": told}
			return {"productVariants": None, "userErrors": [wrong]}
		found.append(record)
	for record, one in zip(found, given, strict=True):
		apart = ("id", "mediaSrc", "optionValues", "inventoryItem")
		record.update({key: value for key, value in one.items() if key not in apart})
		if one.get("optionValues"):
			record["selectedOptions"] = [
				{"name": name, "value": value} for name, value in _chosen(one).items()
			]
		_add_media(shop, record["product"], media)
		record["media"] = _hung(record["product"], one.get("mediaSrc") or ()) or record["media"]
	return {"productVariants": found, "userErrors": []}


def remove_variants(shop: Any, product_id: str, ids: Sequence[str]) -> dict[str, Any]:
	product = shop.records["products"].get(product_id)
	known = {one["id"] for one in product["variants"]} if product else set()
	if told := NO_PRODUCT if product is None else NO_VARIANT if set(ids) - known else "":
		return {"product": None, "userErrors": [{"field": ["variantsIds"], "message": told}]}
	if not known - set(ids):
		told = "Cannot delete the only variant of a product"
		return {"product": None, "userErrors": [{"field": ["variantsIds"], "message": told}]}
	product["variants"] = [one for one in product["variants"] if one["id"] not in ids]
	for one in ids:
		del shop.records["productVariants"][one]
	return {"product": product, "userErrors": []}


def _wrong(given: dict[str, Any], options: dict[str, list[str]], variants: Sequence[dict[str, Any]]) -> str:
	if not given.get("title"):
		return "Title can't be blank"
	if len(options) > MOST_OPTIONS:
		return f"Can only specify a maximum of {MOST_OPTIONS} options"
	if any(len(set(values)) < len(values) or not values for values in options.values()):
		return "Duplicated option value"
	files = {one["originalSource"] for one in given.get("files") or ()}
	seen = []
	for variant in variants:
		chosen = _chosen(variant)
		if set(chosen) != set(options) or any(value not in options[name] for name, value in chosen.items()):
			return "Option values do not fit the options of the product"
		if chosen in seen:
			return "Variant already exists"
		if variant.get("file") and variant["file"]["originalSource"] not in files:
			return "Any file specified for a variant must also be specified for the product"
		seen.append(chosen)
	return _unfetchable(given.get("files") or ())


def _misfit(product: dict[str, Any], given: dict[str, Any]) -> str:
	chosen, names = _chosen(given), {one["name"] for one in product["options"]}
	if set(chosen) - names:
		return "Option does not exist"
	if names - set(chosen):
		return "You need to add option values for all options"
	taken = [
		{one["name"]: one["value"] for one in variant["selectedOptions"]} for variant in product["variants"]
	]
	return f"The variant '{' / '.join(chosen.values())}' already exists." if chosen in taken else ""


def _chosen(given: dict[str, Any]) -> dict[str, str]:
	return {one["optionName"]: one["name"] for one in given.get("optionValues") or ()}


def _without_media(given: dict[str, Any], media: Sequence[dict[str, Any]]) -> str:
	missing = set(given.get("mediaSrc") or ()) - {one["originalSource"] for one in media}
	return "Media source must match one of the media" if missing else ""


def _unfetchable(media: Sequence[dict[str, Any]]) -> str:
	wrong = [
		one for one in media if not (one.get("originalSource") or "").startswith(("http://", "https://"))
	]
	return "Image URL is invalid" if wrong else ""


def _add_media(shop: Any, product: dict[str, Any], media: Sequence[dict[str, Any]]) -> None:
	added = [picture(shop, one["originalSource"], one.get("alt")) for one in media]
	product["media"] = [*product.get("media", ()), *added]
	product["featuredMedia"] = product.get("featuredMedia") or (added[0] if added else None)


def _hung(product: dict[str, Any], sources: Sequence[str]) -> list[dict[str, Any]]:
	return [one for one in product["media"] if one["preview"]["image"]["url"] in sources]


def _variant(
	shop: Any, product: dict[str, Any], given: dict[str, Any], sources: Sequence[str]
) -> dict[str, Any]:
	number, stored = shop.number(), shop.number()
	item = given.get("inventoryItem") or {}
	record = {
		"id": f"gid://shopify/ProductVariant/{number}",
		"legacyResourceId": str(number),
		"updatedAt": f"{shop.clock:%Y-%m-%dT%H:%M:%SZ}",
		"title": " / ".join(one["name"] for one in given["optionValues"]),
		"sku": given.get("sku") or item.get("sku"),
		"barcode": given.get("barcode"),
		"price": given.get("price") or "0.00",
		"product": product,
		"selectedOptions": [
			{"name": one["optionName"], "value": one["name"]} for one in given["optionValues"]
		],
		"media": _hung(product, sources),
		"inventoryItem": {
			"id": f"gid://shopify/InventoryItem/{stored}",
			"legacyResourceId": str(stored),
			"tracked": item.get("tracked", False),
		},
	}
	product["variants"].append(record)
	return shop.add("productVariants", record)
