"""Calls behind the samples of a flow: what the outside sends, and what would become of what was received."""

from typing import Any

import frappe
from frappe import _

from erp_connect.api.flows import mapping_of
from erp_connect.api.permissions import require_manager
from erp_connect.config import steering
from erp_connect.core.errors import ConnectError
from erp_connect.messages import throw
from erp_connect.operate import row_results, sampling
from erp_connect.store.samples import FETCHED, PRESET, RECEIVED


@frappe.whitelist(methods=["POST"])
def show(mapping: str | dict) -> dict[str, Any]:
	"""The sample that is at hand for a flow, with its paths: see `operate.sampling.shown`.

	mapping: name of a Field Mapping, or its unsaved values as JSON; so in all calls here.
	"""
	return sampling.shown(sampling.best(_steered(mapping)))


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
def rows(mapping: str | dict, text: str = "", document: str = "") -> list[dict[str, Any]]:
	"""What each row of a flow brings, by itself: see `operate.row_results`.

	text: the sample as JSON; document: name of the document that stands for those here, for what goes out.
	"""
	flow = _steered(mapping)
	if document:
		frappe.has_permission(flow.document_type, "read", doc=document, throw=True)
	try:
		return row_results.of(flow, text, document)
	except ConnectError as error:
		throw(error, title=_("No preview"))


def _steered(mapping: str | dict):
	require_manager()
	flow = mapping_of(mapping)
	steering.require(flow.integration)
	return flow
