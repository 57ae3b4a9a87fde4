"""Which flows a caller of the API may use."""

from __future__ import annotations

import frappe

from erp_connect.config import inflow
from erp_connect.config.inflow import InFlow
from erp_connect.records.failures import ApiError
from erp_connect.served.caller import Caller


def exposed_flows(caller: Caller, *, events: bool = False) -> list[InFlow]:
	"""Flows of the account whose records are documents, or with `events` those whose records are business events."""
	return _exposed(caller.account, events=events)


def _exposed(account: str, *, events: bool = False) -> list[InFlow]:
	return [
		flow
		for flow in inflow.of_account(account)
		if flow.expose_api and (flow.purpose != inflow.DOCUMENT) == events
	]


def event_flow(caller: Caller, entity: str) -> InFlow | None:
	"""The flow of an entity whose records are business events, such as stock movements; None when there is none.

	What such an event writes is checked against the user's rights when it is written.
	"""
	flows = exposed_flows(caller, events=True)
	return next((flow for flow in flows if entity in (flow.remote_entity, flow.name)), None)


def exposed_flow(caller: Caller, entity: str, *rights: str) -> InFlow:
	"""The flow of an entity, for a user with one of `rights` to its documents.

	Raises `ApiError` 404 when the account offers none, and `frappe.PermissionError`.
	"""
	return flow_of_account(caller.account, entity, *rights)


def flow_of_account(account: str, entity: str, *rights: str) -> InFlow:
	"""As `exposed_flow`, for what goes on after the call."""
	for flow in _exposed(account):
		if entity in (flow.remote_entity, flow.name):
			if not any(frappe.has_permission(flow.document_type, right) for right in rights):
				raise frappe.PermissionError
			return flow
	raise ApiError(404, "unknown_entity", "This account offers no entity {entity}. Call describe for those it does.",
		field="entity", entity=entity)  # fmt: skip
