"""Who may see records of exchanges: those who have a role of this app and may read what the record speaks of.

A Sync Log row shows the content of a document, so it is as visible as the document itself, in lists as well as
alone. User Permissions on Company apply besides, since the row carries the company of its account; a Sync
Attempt is as visible as its Sync Log.
"""

import frappe
from frappe.permissions import get_role_permissions

from erp_connect import compat
from erp_connect.config.roles import MANAGER, USER

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
	return _readable("Sync Log", "reference_doctype", "reference_name", user)


def sync_link_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _readable("Sync Link", "document_type", "document_name", user)


def sync_difference_conditions(user: str | None = None, doctype: str | None = None) -> str:
	return _readable("Sync Difference", "document_type", "document_name", user)


def sync_attempt_conditions(user: str | None = None, doctype: str | None = None) -> str:
	user = user or frappe.session.user
	if user == "Administrator" or not _role_may_read("Sync Log", user):
		return (
			""  # without a right to Sync Log there is none to Sync Attempt either: they have the same roles
		)
	return f"`tabSync Attempt`.`sync_log` IN ({_names('Sync Log', user)})"


def has_sync_log_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return _may_read(doc.get("reference_doctype"), doc.get("reference_name"), user)


def has_sync_link_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	return _may_read(doc.get("document_type"), doc.get("document_name"), user)


def has_sync_attempt_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	user, log = user or frappe.session.user, doc.get("sync_log")
	if user == "Administrator" or not log:
		return True
	if not frappe.db.exists("Sync Log", log):
		return False
	return bool(frappe.has_permission("Sync Log", "read", doc=log, user=user))


def _may_read(doctype: str | None, name: str | None, user: str | None) -> bool:
	user = user or frappe.session.user
	if not doctype or user == "Administrator":
		return True
	if not _role_may_read(doctype, user):
		return False
	if not name or not frappe.db.exists(doctype, name):
		# Gone: whether the user might have read it can be told only where the user may read all.
		return not compat.match_condition(doctype, user)
	return bool(frappe.has_permission(doctype, "read", doc=name, user=user))


def _readable(record: str, type_column: str, name_column: str, user: str | None) -> str:
	"""SQL condition: the record speaks of a document that the user may read."""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	kind, name = f"`tab{record}`.`{type_column}`", f"`tab{record}`.`{name_column}`"
	whole, parts = ["''"], []
	for doctype in _spoken_of(record, type_column):
		if not _role_may_read(doctype, user):
			continue
		escaped = frappe.db.escape(doctype, percent=False)
		if not compat.match_condition(doctype, user):
			whole.append(escaped)
		elif not frappe.get_meta(doctype).issingle:  # of which there are no rows to choose from
			parts.append(f"({kind} = {escaped} AND {name} IN ({_names(doctype, user)}))")
	return "(" + " OR ".join([f"{kind} IS NULL", f"{kind} IN ({', '.join(whole)})", *parts]) + ")"


def _spoken_of(record: str, column: str) -> list[str]:
	"""The DocTypes that records speak of; read off the first column of an index."""
	table = frappe.qb.DocType(record)
	found = frappe.qb.from_(table).select(table[column]).distinct().run(pluck=True)
	return frappe.get_all("DocType", filters={"name": ("in", [name for name in found if name])}, pluck="name")


def _role_may_read(doctype: str, user: str) -> bool:
	return bool(get_role_permissions(frappe.get_meta(doctype), user=user).get("read"))


def _names(doctype: str, user: str) -> str:
	"""Subquery: names of the documents of `doctype` that the user may read."""
	condition = compat.match_condition(doctype, user)
	return f"SELECT `tab{doctype}`.`name` FROM `tab{doctype}`" + (f" WHERE {condition}" if condition else "")
