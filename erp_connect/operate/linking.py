"""Linking by hand: which kinds of records an account can link, and what an event is about that waits for a link."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.commerce.parties import recognition
from erp_connect.commerce.sales import articles, order_search
from erp_connect.config.inflow import DOCUMENT
from erp_connect.core.delivery.states import IN
from erp_connect.core.errors import ConnectError
from erp_connect.inbound import routing
from erp_connect.jobs import steps
from erp_connect.records import identity, newly_linked
from erp_connect.store import manual_links

# What the flows of orders, payments, parcels and the like look for, whatever they are called outside.
COMMERCE = (
	("item", "Item"),
	*((entity, "Item") for entity in articles.ENTITIES if entity != "item"),
	(recognition.ENTITY, "Customer"),
	(order_search.ENTITY, order_search.DOCTYPE),
)


def kinds(account: str) -> list[dict[str, str]]:
	"""What records of an account can be linked with: `{remote_entity, document_type}` of its flows, then of commerce."""
	flows = frappe.get_all(
		"Field Mapping",
		filters={"integration": account},
		fields=["remote_entity", "document_type", "purpose"],
		order_by="name",
	)
	found = [
		(flow.remote_entity, flow.document_type) for flow in flows if (flow.purpose or DOCUMENT) == DOCUMENT
	]
	if any((flow.purpose or DOCUMENT) != DOCUMENT for flow in flows):
		found += COMMERCE
	return [{"remote_entity": entity, "document_type": doctype} for entity, doctype in dict.fromkeys(found)]


def suggestion(event: Any) -> dict[str, str]:
	"""The record that an event brought, as a link would name it; what is not known is left out.

	event: a Sync Log that came in.
	"""
	known = {"integration": event.integration}
	if event.direction != IN:
		return known
	try:
		tasks = steps.run(routing.tasks(event.integration, event, None))
		named = [
			(task.flow, identity.identify(task.flow, task.record))
			for task in tasks
			if task.flow.purpose == DOCUMENT
		]
	except ConnectError:
		return known  # an event that cannot be read says nothing of its record
	if len(named) != 1:
		return known
	flow, external_id = named[0]
	return {
		**known,
		"remote_entity": flow.remote_entity,
		"document_type": flow.document_type,
		"external_id": external_id or "",
	}


def link(account: str, remote_entity: str, external_id: str, document_type: str, document_name: str) -> str:
	"""Link a document with a record. Returns the name of the Sync Link. Does not commit.

	Raises `frappe.ValidationError` for what the account has no flow for, and `LinkConflict`.
	"""
	if {"remote_entity": remote_entity, "document_type": document_type} not in kinds(account):
		frappe.throw(
			frappe._(
				"No flow of account {0} writes or sends {1} as {2}. Choose another one of the list."
			).format(*map(frappe.utils.escape_html, (account, frappe._(document_type), remote_entity)))
		)
	name = manual_links.add(account, remote_entity, external_id, document_type, document_name)
	newly_linked.queue(account, remote_entity, document_type, [document_name])
	return name
