"""The description of this API for programs: openapi."""

from __future__ import annotations

import frappe
from pydantic import ConfigDict

from erp_connect.api.v1.models import Model
from erp_connect.served import openapi as description
from erp_connect.served.caller import Caller
from erp_connect.served.endpoint import OPERATIONS, Reply, operation


class OpenApiIn(Model):
	pass


class OpenApiOut(Model):
	model_config = ConfigDict(extra="allow")

	openapi: str
	info: dict
	paths: dict


@frappe.whitelist(methods=["GET", "POST"])
@operation(OpenApiIn, OpenApiOut, writes=False)
def openapi(caller: Caller, request: OpenApiIn) -> Reply:
	"""This document: OpenAPI 3.1 of the calls that the account may make. Always JSON."""
	account = frappe.get_cached_doc("Integration Settings", caller.account)
	offered = [one for name, one in OPERATIONS.items() if name not in caller.switched_off]
	return Reply(
		description.document(
			offered,
			site=frappe.utils.get_url(),
			key_header=account.key_header or "",
			secret_header=account.secret_header or "",
		),
		only_json=True,
	)
