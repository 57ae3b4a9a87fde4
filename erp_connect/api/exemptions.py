"""Calls behind **Skip or Pin…**: a person takes a document out of what an account sends or writes, or takes it back."""

from typing import Any

import frappe
from frappe import _

from erp_connect.api import selection
from erp_connect.api.permissions import require_manager
from erp_connect.config import steering
from erp_connect.operate import exempting
from erp_connect.records import names as document_names

AT_ONCE = 500
REASON_LIMIT = 1000
# Records that speak of a document: the columns of its type and name.
SPEAKS = {
	"Sync Link": ("document_type", "document_name"),
	"Sync Log": ("reference_doctype", "reference_name"),
}


@frappe.whitelist()
def choices(document_type: str) -> list[dict[str, Any]]:
	"""Accounts that send or write documents of a type: `integration`, and `rules` and `flows` to choose from."""
	require_manager()
	frappe.has_permission(document_type, "read", throw=True)
	filters = {"document_type": document_type}
	accounts = sorted(set(frappe.get_list("Field Mapping", filters=filters, pluck="integration")))
	found = [
		{"integration": account, **exempting.choices(account, document_type)}
		for account in accounts
		if steering.may(account)
	]
	return [one for one in found if one["rules"]]


@frappe.whitelist(methods=["POST"])
def exempt(
	integration: str,
	document_type: str,
	names: list[str] | str,
	rule: str,
	flow: str = "",
	reason: str = "",
) -> int:
	"""Take documents out of what an account sends or writes, until that is taken back. Returns how many.

	rule: Skip (nothing is sent or written), Pin Here (nothing that comes in is written), Pin Outside (nothing is sent).
	flow: holds for this flow only. For managers who have every right of the account's user and may read the documents.
	"""
	require_manager()
	frappe.has_permission("Integration Settings", "read", doc=integration, throw=True)
	steering.require(integration)
	reason = _reason(reason)
	chosen = selection.readable(document_type, names, AT_ONCE)
	for name in chosen:
		document_names.require_exact(document_type, name)
	return exempting.put(integration, document_type, chosen, rule=rule, flow=flow, reason=reason)


@frappe.whitelist(methods=["POST"])
def exempt_chosen(doctype: str, names: list[str] | str, rule: str, reason: str = "") -> int:
	"""As `exempt`, for the documents that rows of Sync Link or Sync Log speak of, each at its account. Returns how many."""
	require_manager()
	if doctype not in SPEAKS:
		frappe.throw(_("Choose links or events."))
	rows = selection.readable(doctype, names, AT_ONCE)
	type_column, name_column = SPEAKS[doctype]
	filters = {"name": ("in", rows), name_column: ("is", "set")}
	found = frappe.get_all(
		doctype, filters, ["integration", f"{type_column} as kind", f"{name_column} as document"]
	)
	wanted: dict[tuple[str, str], list[str]] = {}
	for row in found:
		documents = wanted.setdefault((row.integration, row.kind), [])
		if row.document not in documents and frappe.db.exists(row.kind, row.document):
			documents.append(row.document)
	return sum(
		exempt(account, kind, documents, rule, reason=reason)
		for (account, kind), documents in wanted.items()
		if documents
	)


@frappe.whitelist(methods=["POST"])
def take_back(names: list[str] | str) -> int:
	"""End exemptions: what was skipped meanwhile is queued again, and the documents are sent as they are now."""
	require_manager()
	chosen = selection.readable("Sync Exemption", names, AT_ONCE)
	filters = {"name": ("in", chosen)}
	steering.require(*frappe.get_all("Sync Exemption", filters, pluck="integration", distinct=True))
	return exempting.take_back(chosen)


def _reason(text: str) -> str:
	if len(text) > REASON_LIMIT:
		frappe.throw(_("A reason has at most {0} characters.").format(REASON_LIMIT))
	return text.strip()
