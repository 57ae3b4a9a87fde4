"""Calls behind the button Webhooks of Integration Settings: what is registered at the other side."""

from dataclasses import asdict
from typing import Any

import frappe
from frappe import _

from erp_connect.api.permissions import require_manager
from erp_connect.config import steering
from erp_connect.core.errors import ConnectError
from erp_connect.messages import throw
from erp_connect.operate import webhooks
from erp_connect.operate.subscriber import wanted_by
from erp_connect.store import webhook_subscriptions as store

SHOWN = ("topic", "status", "remote_id", "address", "expires_on", "checked_on", "message")


@frappe.whitelist()
def state(account: str) -> dict[str, Any]:
	"""What is registered for an account: `offered` (whether its preset says how), `address` (that would be called),
	`wanted` (topics its flows take), `subscriptions`."""
	require_manager()
	doc = frappe.get_doc("Integration Settings", account)
	doc.check_permission("read")
	preset = webhooks.of_preset(doc)
	return {
		"offered": preset is not None,
		"address": webhooks.address_of(doc),
		"wanted": [one.topic for one in wanted_by(doc, preset)] if preset else [],
		"subscriptions": [{key: getattr(row, key) for key in SHOWN} for row in store.of_account(doc.name)],
	}


@frappe.whitelist(methods=["POST"])
def register(account: str, anew: bool = False) -> dict[str, Any]:
	"""Register the webhooks that the flows of an account need, and look whether those registered are still there.

	anew: those as well, as after a change of the secret. Returns topics: `made`, `kept`, `removed`, `failed` (with the
	reason of each) and `left` (what stays outside and could not be ended).
	"""
	doc = _to_change(account)
	try:
		return asdict(webhooks.register(doc.name, anew=bool(anew)))
	except ConnectError as error:
		throw(error, title=_("Not registered"))


@frappe.whitelist(methods=["POST"])
def remove(account: str) -> dict[str, Any]:
	"""End all webhooks of an account at the other side. Returns as `register`."""
	doc = _to_change(account)
	try:
		return asdict(webhooks.remove(doc.name))
	except ConnectError as error:
		throw(error, title=_("Not removed"))


@frappe.whitelist(methods=["POST"])
def forget(account: str) -> list[str]:
	"""Strike the webhooks of an account here, where the other side cannot be asked. Returns those that stay there."""
	return webhooks.forget(_to_change(account).name)


def _to_change(account: str):
	require_manager()
	doc = frappe.get_doc("Integration Settings", account)
	doc.check_permission("write")
	steering.require(account)
	return doc
