"""Who may see records of exchanges: those who have a role of this app and may read what the record speaks of.

A Sync Log row shows the content of a document, so it is as visible as the document itself. User Permissions
on Company apply by themselves, since the row carries the company of its account.
"""

import frappe

from erp_connect.install import MANAGER, USER

ROLES = (USER, MANAGER, "System Manager")


def has_app_permission() -> bool:
	return bool(set(ROLES) & set(frappe.get_roles()))


def require_user() -> None:
	"""Raise `frappe.PermissionError` unless the session's user may see and retry events."""
	frappe.only_for(ROLES)


def require_manager() -> None:
	"""Raise `frappe.PermissionError` unless the session's user may configure accounts and flows."""
	frappe.only_for((MANAGER, "System Manager"))


def sync_log_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _readable("`tabSync Log`.`reference_doctype`", user)


def sync_link_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _readable("`tabSync Link`.`document_type`", user)


def sync_attempt_conditions(user: str | None = None, doctype: str | None = None) -> str:
	condition = sync_log_conditions(user)
	if not condition:
		return ""
	return (
		f"`tabSync Attempt`.`sync_log` IN (SELECT `tabSync Log`.`name` FROM `tabSync Log` WHERE {condition})"
	)


def has_sync_log_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return _may_read(doc.get("reference_doctype"), doc.get("reference_name"), user)


def has_sync_link_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return _may_read(doc.get("document_type"), doc.get("document_name"), user)


def has_sync_attempt_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	subject = frappe.db.get_value("Sync Log", doc.get("sync_log"), ["reference_doctype", "reference_name"])
	return _may_read(*subject, user) if subject else True


def _may_read(doctype: str | None, name: str | None, user: str | None) -> bool:
	user = user or frappe.session.user
	if not doctype or user == "Administrator":
		return True
	if not frappe.has_permission(doctype, "read", user=user):
		return False
	if not name or not frappe.db.exists(doctype, name):
		return True  # gone: the right to the DocType is all there is to ask
	return bool(frappe.has_permission(doctype, "read", doc=name, user=user))


def _readable(column: str, user: str | None) -> str:
	"""SQL condition: the record speaks of a DocType that the user may read."""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	mapped = frappe.get_all("Field Mapping", pluck="document_type", distinct=True)
	triggers = frappe.get_all("Field Mapping Trigger", pluck="trigger_doctype", distinct=True)
	readable = [d for d in {*mapped, *triggers} if frappe.has_permission(d, "read", user=user)]
	escaped = ", ".join(frappe.db.escape(doctype) for doctype in readable) or "''"
	return f"({column} IS NULL OR {column} = '' OR {column} IN ({escaped}))"
