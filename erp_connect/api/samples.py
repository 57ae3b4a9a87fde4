"""Calls behind the samples of a flow: what the outside sends, and what would become of what was received."""

from typing import Any

import frappe
from frappe import _

from erp_connect.api.flows import mapping_of
from erp_connect.api.permissions import require_manager
from erp_connect.config import steering
from erp_connect.core.errors import ConnectError
from erp_connect.messages import throw, translate
from erp_connect.operate import last_records, row_results, sampling
from erp_connect.store.samples import FETCHED, PRESET, RECEIVED


@frappe.whitelist(methods=["POST"])
def show(mapping: str | dict) -> dict[str, Any]:
	"""The sample that is at hand for a flow, with its paths: see `operate.sampling.shown`; and its `drift`, as told there.

	mapping: name of a Field Mapping, or its unsaved values as JSON; so in all calls here.
	"""
	require_manager()
	flow = mapping_of(mapping)
	# The form asks by itself: who may not see a sample sees none, and is not told so at each look.
	allowed = steering.may(flow.integration)
	if not allowed:
		return {**sampling.shown(None), "allowed": False, "drift": {}}
	return {**sampling.shown(sampling.best(flow)), "allowed": True, "drift": sampling.drift(flow)}


@frappe.whitelist(methods=["POST"])
def take(mapping: str | dict, origin: str) -> dict[str, Any]:
	"""Take a sample, and keep it if the flow is saved. origin: Fetched (calls the outside), Received or Preset."""
	flow = _steered(mapping)
	if origin not in (FETCHED, RECEIVED, PRESET):
		frappe.throw(_("Unknown origin {0}.").format(origin))
	try:
		return sampling.shown(sampling.keep(flow, sampling.take(flow, origin)))
	except ConnectError as error:
		throw(error, title=_("No sample"))


@frappe.whitelist(methods=["POST"])
def paste(mapping: str | dict, text: str) -> dict[str, Any]:
	"""Take a pasted record, or the body of a webhook, for the sample, and keep it if the flow is saved."""
	flow = _steered(mapping)
	try:
		return sampling.shown(sampling.keep(flow, sampling.pasted(flow, text)))
	except ConnectError as error:
		throw(error, title=_("No sample"))


@frappe.whitelist(methods=["POST"])
def preview(mapping: str | dict, text: str = "") -> dict[str, Any]:
	"""What would become of a webhook's body: of `text`, or of the last one that came. Keeps nothing."""
	flow = _steered(mapping)
	try:
		return sampling.preview(flow, text)
	except ConnectError as error:
		throw(error, title=_("No preview"))


@frappe.whitelist(methods=["POST"])
def rows(mapping: str | dict, text: str = "", document: str = "") -> dict[str, Any]:
	"""What each row of a flow brings, by itself: `rows` as `operate.row_results` tells, or the `error` for which nothing is told.

	text: the sample as JSON; document: name of the document that stands for those here, for what goes out. Asked again and
	again while a flow is written, when much is wrong with it still.
	"""
	flow = _steered(mapping)
	if document:
		frappe.has_permission(flow.document_type, "read", doc=document, throw=True)
	try:
		return {"rows": row_results.of(flow, text, document), "error": ""}
	except ConnectError as error:
		return {"rows": [], "error": translate(error)}


@frappe.whitelist(methods=["POST"])
def test(mapping: str | dict, count: int = 10) -> dict[str, Any]:
	"""What the flow would do with the last records: those that came, or else a page outside, and the last documents here."""
	flow = _steered(mapping)
	try:
		return last_records.test(flow, count)
	except ConnectError as error:
		throw(error, title=_("No test"))


def _steered(mapping: str | dict):
	require_manager()
	flow = mapping_of(mapping)
	steering.require(flow.integration)
	return flow
