"""Calls behind **Link…**: a person says which document here is which record outside."""

import frappe
from frappe import _

from erp_connect.api.permissions import require_manager
from erp_connect.config import steering
from erp_connect.core.errors import ConnectError
from erp_connect.messages import throw
from erp_connect.operate import linking
from erp_connect.records import identity, names


@frappe.whitelist()
def kinds(integration: str) -> list[dict[str, str]]:
	"""The entities of an account that can be linked: `remote_entity`, `document_type`."""
	require_manager()
	frappe.has_permission("Integration Settings", "read", doc=integration, throw=True)
	return linking.kinds(integration)


@frappe.whitelist()
def suggestion(event: str) -> dict[str, str]:
	"""What is known of the record that an event brought: `integration`, and if it can be told `remote_entity`,
	`document_type` and `external_id`."""
	require_manager()
	doc = frappe.get_doc("Sync Log", event)
	doc.check_permission("read")
	return linking.suggestion(doc)


@frappe.whitelist(methods=["POST"])
def link(
	integration: str, remote_entity: str, external_id: str, document_type: str, document_name: str
) -> str:
	"""Link a document with the record outside that has this id. Returns the name of the Sync Link.

	For managers who may read both the account and the document and have every right of the account's user, which
	writes the record into the document from then on. Raises `frappe.ValidationError` where one of them is linked
	otherwise already.
	"""
	require_manager()
	frappe.has_permission("Integration Settings", "read", doc=integration, throw=True)
	steering.require(integration)
	frappe.has_permission(document_type, "read", doc=document_name, throw=True)
	names.require_exact(document_type, document_name)
	external_id = external_id.strip()
	if not 0 < len(external_id) <= identity.LIMIT:
		frappe.throw(
			_("Enter the id that the record has outside, of at most {0} characters.").format(identity.LIMIT)
		)
	try:
		return linking.link(integration, remote_entity, external_id, document_type, document_name)
	except ConnectError as error:
		throw(error, _("Not linked"))
