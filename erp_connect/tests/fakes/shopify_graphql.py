"""Queries of the fake of Shopify: checked against the vendor's schema, paid for, and run.

The judge of queries is graphql-core, https://graphql-core-3.readthedocs.io/
"""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
	DocumentNode,
	FieldNode,
	FragmentSpreadNode,
	GraphQLObjectType,
	GraphQLSchema,
	OperationDefinitionNode,
	VariableNode,
	build_schema,
	execute_sync,
	get_named_type,
	parse,
	validate,
)

from erp_connect.tests.fakes import shopify_products, shopify_refunds, shopify_shipping

SCHEMA: GraphQLSchema = build_schema(Path(__file__).with_name("shopify.graphql").read_text(encoding="utf-8"))
MOST_NODES = 250
MUTATION = 10


def run(shop: Any, query: str, variables: dict[str, Any]) -> dict[str, Any]:
	"""`data` and `errors`, as the standard has them; an error in the query leaves no data."""
	document, wrong = _checked(query)
	if wrong:
		return {"errors": [{"message": message} for message in wrong]}
	found = execute_sync(
		SCHEMA,
		document,
		root_value=Roots(shop),
		context_value=shop,
		variable_values=variables,
		field_resolver=_resolved,
		type_resolver=lambda value, *_: value["id"].split("/")[3],
	)
	told = [{"message": one.message, "path": one.path} for one in found.errors or ()]
	return {**({"errors": told} if told else {}), **({"data": found.data} if found.data is not None else {})}


@lru_cache(maxsize=256)
def _checked(query: str) -> tuple[DocumentNode, tuple[str, ...]]:
	"""A query as it is read, and what is wrong with it by the vendor's schema."""
	document = parse(query)
	return document, tuple(one.message for one in validate(SCHEMA, document))


def operation_of(query: str) -> str:
	"""Name of the first field that a query asks for."""
	return _definition(_checked(query)[0]).selection_set.selections[0].name.value


def cost_of(query: str, variables: dict[str, Any]) -> int:
	"""Points that a query asks for: one for each object, ten for a mutation, and each node of a connection that it may
	have. 0 for one that is not valid: it is refused. https://shopify.dev/docs/api/usage/limits#calculated-query-costs
	"""
	document, wrong = _checked(query)
	if wrong:
		return 0
	definition = _definition(document)
	root = SCHEMA.get_root_type(definition.operation)
	return _cost(definition.selection_set, root, variables, mutates=definition.operation.value == "mutation")


def spent_on(query: str, data: Any) -> int:
	"""Points that the answer to a query has cost: of what came, not of what might have come."""
	definition = _definition(_checked(query)[0])
	root = SCHEMA.get_root_type(definition.operation)
	return _spent(definition.selection_set, root, data, mutates=definition.operation.value == "mutation")


def _spent(selections: Any, parent: Any, data: Any, *, mutates: bool = False) -> int:
	points = 0
	for one in selections.selections if selections and data else ():
		if not isinstance(one, FieldNode):
			points += _spent(one.selection_set, SCHEMA.get_type(one.type_condition.name.value), data)
			continue
		there = data.get((one.alias or one.name).value)
		if not one.selection_set or not there:
			continue
		kind = get_named_type(parent.fields[one.name.value].type)
		if kind.name.endswith("Connection"):
			each = [_spent(one.selection_set, kind, {"nodes": [node]}) for node in there["nodes"]]
			points += 2 + sum(each) + _spent(one.selection_set, kind, {**there, "nodes": []})
		else:
			# Of a plain list one element counts, as in what is asked for.
			first = there[0] if isinstance(there, list) else there
			points += (MUTATION if mutates else 1) + _spent(one.selection_set, kind, first)
	return points


def _definition(document: DocumentNode) -> OperationDefinitionNode:
	(found,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
	return found


def _cost(selections: Any, parent: Any, variables: dict[str, Any], *, mutates: bool = False) -> int:
	points = 0
	for one in selections.selections if selections else ():
		if not isinstance(one, FieldNode):
			assert not isinstance(one, FragmentSpreadNode), "named fragments are not counted here"
			points += _cost(one.selection_set, SCHEMA.get_type(one.type_condition.name.value), variables)
			continue
		kind = get_named_type(parent.fields[one.name.value].type)
		if not isinstance(kind, GraphQLObjectType) and not one.selection_set:
			continue
		if kind.name.endswith("Connection"):
			for part in one.selection_set.selections:
				inner = 1 + _cost(
					part.selection_set, get_named_type(kind.fields[part.name.value].type), variables
				)
				points += inner * (_first(one, variables) if part.name.value == "nodes" else 1)
			points += 2
		else:
			points += (MUTATION if mutates else 1) + _cost(one.selection_set, kind, variables)
	return points


def _first(field: FieldNode, variables: dict[str, Any]) -> int:
	"""How many nodes a connection may have here."""
	value = next((one.value for one in field.arguments if one.name.value == "first"), None)
	if isinstance(value, VariableNode):
		return int(variables.get(value.name.value) or 0)
	return int(value.value) if value else 0


def _resolved(source: Any, info: Any, **arguments: Any) -> Any:
	"""A field of a record; a connection is a page of the list that the record has there."""
	if info.parent_type.name == "Order" and info.field_name == "fulfillmentOrders":
		shopify_shipping.fulfillment_orders(info.context, source)
	if info.parent_type.name == "Product" and info.field_name == "variantsCount":
		return {"count": len(source["variants"])}
	value = source.get(info.field_name) if isinstance(source, dict) else getattr(source, info.field_name)
	if callable(value):
		value = value(info, **arguments)
	if get_named_type(info.return_type).name.endswith("Connection"):
		return _page(value, arguments.get("first"), arguments.get("after"))
	# A plain list is cut to `first`, where that is given: https://shopify.dev/docs/api/admin-graphql/latest/objects/Fulfillment
	return value[: arguments["first"]] if isinstance(value, list) and "first" in arguments else value


def _page(found: list[Any], first: int | None, after: str | None) -> dict[str, Any]:
	if first is None:
		raise ValueError("you must provide one of first or last")
	if first > MOST_NODES:
		raise ValueError(f"First cannot be greater than {MOST_NODES}")
	start = _behind(found, base64.b64decode(after).decode()) if after else 0
	nodes = found[start : start + first]
	last = start + len(nodes) - 1
	cursor = base64.b64encode(_place(found[last], last).encode()).decode() if nodes else None
	return {"nodes": nodes, "pageInfo": {"hasNextPage": start + first < len(found), "endCursor": cursor}}


def _behind(found: list[Any], place: str) -> int:
	"""Where the page after `place` begins; by value, so that what moved to the end meanwhile is met there."""
	return next(
		(number for number, one in enumerate(found) if _place(one, number) > place),
		len(found),
	)


def _place(record: dict[str, Any], number: int) -> str:
	"""Of what has a time of change by that, of the entries of a record by their order."""
	return f"{record['updatedAt']} {record['id']}" if "updatedAt" in record else f"{number:09d}"


def _key(info: Any) -> str:
	"""By which a call that is repeated is known. Some mutations are refused without one, since 2026-04."""
	directives = {one.name.value: one for one in info.field_nodes[0].directives}
	if "idempotent" not in directives:
		raise ValueError("The @idempotent directive is required for this mutation but was not provided.")
	value = directives["idempotent"].arguments[0].value
	return info.variable_values.coerced[value.name.value] if isinstance(value, VariableNode) else value.value


class Roots:
	"""The fields of Query and Mutation."""

	def __init__(self, shop: Any) -> None:
		self._shop = shop
		self.shop = {"name": "Our Shop", "currencyCode": "USD"}
		self.shopifyPaymentsAccount = shop.payments

	def node(self, info: Any, id: str) -> Any:
		return self._shop.node(id)

	order = refund = fulfillment = customer = product = productVariant = node

	def orders(self, info: Any, query: str = "", **_: Any) -> Any:
		return self._shop.listed("orders", query)

	def customers(self, info: Any, query: str = "", **_: Any) -> Any:
		return self._shop.listed("customers", query)

	def products(self, info: Any, query: str = "", **_: Any) -> Any:
		return self._shop.listed("products", query)

	def productVariants(self, info: Any, query: str = "", **_: Any) -> Any:
		return self._shop.listed("productVariants", query)

	def webhookSubscriptions(self, info: Any, **_: Any) -> Any:
		return list(self._shop.webhooks.made.values())

	def webhookSubscriptionCreate(self, info: Any, topic: str, webhookSubscription: dict[str, Any]) -> Any:
		return self._shop.webhooks.create(topic, webhookSubscription)

	def webhookSubscriptionDelete(self, info: Any, id: str) -> Any:
		return self._shop.webhooks.delete(id)

	def inventorySetQuantities(self, info: Any, input: dict[str, Any]) -> Any:
		"""https://shopify.dev/docs/api/admin-graphql/2026-04/mutations/inventorySetQuantities"""
		key = _key(info)
		if key in self._shop.keys:
			return self._shop.keys[key]
		told = list(self._wrong(input["quantities"]))
		if not told:
			for one in input["quantities"]:
				self._shop.stock[one["inventoryItemId"], one["locationId"]] = one["quantity"]
		group = None if told else {"id": f"gid://shopify/InventoryAdjustmentGroup/{self._shop.number()}"}
		self._shop.keys[key] = {"inventoryAdjustmentGroup": group, "userErrors": told}
		return self._shop.keys[key]

	def _wrong(self, quantities: list[dict[str, Any]]) -> Any:
		known = {one["inventoryItem"]["id"] for one in self._shop.records["productVariants"].values()}
		for number, one in enumerate(quantities):
			place = ["input", "quantities", str(number)]
			if "changeFromQuantity" not in one:
				yield {"field": place, "message": "The changeFromQuantity argument is required."}
			if one["inventoryItemId"] not in known:
				yield {
					"field": [*place, "inventoryItemId"],
					"message": "The specified inventory item could not be found.",
				}
			if one["locationId"] not in self._shop.locations:
				yield {
					"field": [*place, "locationId"],
					"message": "The specified location could not be found.",
				}

	def productVariantsBulkUpdate(
		self, info: Any, productId: str, variants: list[dict[str, Any]], media: Any = ()
	) -> Any:
		return shopify_products.update_variants(self._shop, productId, variants, media or ())

	def productVariantsBulkCreate(
		self, info: Any, productId: str, variants: list[dict[str, Any]], strategy: str, media: Any = ()
	) -> Any:
		return shopify_products.add_variants(self._shop, productId, variants, strategy, media or ())

	def productVariantsBulkDelete(self, info: Any, productId: str, variantsIds: list[str]) -> Any:
		return shopify_products.remove_variants(self._shop, productId, variantsIds)

	def productUpdate(self, info: Any, product: dict[str, Any], media: Any = ()) -> Any:
		return shopify_products.update(self._shop, product, media or ())

	def fulfillmentCreate(self, info: Any, fulfillment: dict[str, Any], message: str = "") -> Any:
		return shopify_shipping.create(self._shop, fulfillment)

	def fulfillmentTrackingInfoUpdate(
		self, info: Any, fulfillmentId: str, trackingInfoInput: dict[str, Any], notifyCustomer: bool = False
	) -> Any:
		return shopify_shipping.track(self._shop, fulfillmentId, trackingInfoInput, notifyCustomer)

	def fulfillmentCancel(self, info: Any, id: str) -> Any:
		return shopify_shipping.cancel_parcel(self._shop, id)

	def orderCancel(self, info: Any, orderId: str, reason: str, **_: Any) -> Any:
		return shopify_shipping.cancel_order(self._shop, orderId, reason)

	def orderClose(self, info: Any, input: dict[str, Any]) -> Any:
		return shopify_shipping.close_order(self._shop, input["id"])

	def refundCreate(self, info: Any, input: dict[str, Any]) -> Any:
		"""https://shopify.dev/docs/api/admin-graphql/2026-04/mutations/refundCreate"""
		key = _key(info)
		if key not in self._shop.keys:
			self._shop.keys[key] = shopify_refunds.create(self._shop, input)
		return self._shop.keys[key]

	def productSet(self, info: Any, input: dict[str, Any], identifier: Any = None, **_: Any) -> Any:
		if identifier:
			return shopify_products.set_files(self._shop, identifier["id"], input)
		return shopify_products.create(self._shop, input)
