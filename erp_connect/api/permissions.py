"""Who may see records of exchanges: those who have a role of this app and may read what the record speaks of.

A Sync Log row shows the content of a document, so it is as visible as that document, and as the one that a trigger led
to; where its payload holds more, linked documents or fields of a permission level, only for those who may read that as
well (`records/flow_contents.py`). What came in and is no document yet is for those whose roles may read what the flow
makes of it, and so is the record that is kept as the sample of a flow. A Sync Attempt is as visible as its Sync Log.

Everything belongs to an account, and is for those who may read the account: User Permissions on Company hold by it.
"""

import frappe

from erp_connect import compat
from erp_connect.config.roles import MANAGERS, USER
from erp_connect.records import flow_contents
from erp_connect.records.rights import role_may_read

ROLES = (USER, *MANAGERS)
ACCOUNT = "Integration Settings"


def has_app_permission() -> bool:
	return bool(set(ROLES) & set(frappe.get_roles()))


def require_user() -> None:
	"""Raise `frappe.PermissionError` unless the session's user may see and retry events."""
	frappe.only_for(ROLES)


def require_manager() -> None:
	"""Raise `frappe.PermissionError` unless the session's user may configure accounts and flows."""
	frappe.only_for(MANAGERS)


def sync_log_conditions(user: str | None = None, doctype: str | None = None) -> str:
	user = user or frappe.session.user
	return _all(
		_of_account("Sync Log", user),
		_readable("Sync Log", "reference_doctype", "reference_name", user),
		_readable("Sync Log", "payload_doctype", "payload_name", user),
		_of_open_flow("Sync Log", user),
		_not_yet_a_document(user),
	)


def sync_link_conditions(user: str | None = None, doctype: str | None = None) -> str:
	user = user or frappe.session.user
	return _all(
		_of_account("Sync Link", user), _readable("Sync Link", "document_type", "document_name", user)
	)


def sync_exemption_conditions(user: str | None = None, doctype: str | None = None) -> str:
	user = user or frappe.session.user
	return _all(
		_of_account("Sync Exemption", user),
		_readable("Sync Exemption", "document_type", "document_name", user),
	)


def sync_difference_conditions(user: str | None = None, doctype: str | None = None) -> str:
	user = user or frappe.session.user
	return _all(
		_of_account("Sync Difference", user),
		_readable("Sync Difference", "document_type", "document_name", user),
		_of_open_flow("Sync Difference", user),
	)


def account_record_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""Of records that belong to an account and speak of no document: flows, and where their jobs stand."""
	return _of_account(doctype, user or frappe.session.user)


def sync_sample_conditions(user: str | None = None, doctype: str | None = None) -> str:
	user = user or frappe.session.user
	return _all(_of_account("Sync Sample", user), _of_readable_flow(user), _of_open_flow("Sync Sample", user))


def sync_attempt_conditions(user: str | None = None, doctype: str | None = None) -> str:
	user = user or frappe.session.user
	if user == "Administrator" or not role_may_read("Sync Log", user):
		return (
			""  # without a right to Sync Log there is none to Sync Attempt either: they have the same roles
		)
	return f"`tabSync Attempt`.`sync_log` IN ({_names('Sync Log', user)})"


def has_sync_log_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	user = user or frappe.session.user
	return (
		_may_use_account(doc, user)
		and _may_read(doc.get("reference_doctype"), doc.get("reference_name"), user)
		and _may_read(doc.get("payload_doctype"), doc.get("payload_name"), user)
		and not flow_contents.is_hidden(doc.get("field_mapping"), user)
		and _may_see_before(doc, user)
	)


def has_sync_link_permission(doc, ptype: str = "read", user: str | None = None, debug: bool = False) -> bool:
	user = user or frappe.session.user
	return _may_use_account(doc, user) and _may_read(doc.get("document_type"), doc.get("document_name"), user)


def has_sync_difference_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	user = user or frappe.session.user
	return has_sync_link_permission(doc, ptype, user) and not flow_contents.is_hidden(
		doc.get("field_mapping"), user
	)


def has_sync_sample_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	user, flow = user or frappe.session.user, doc.get("field_mapping")
	if user == "Administrator":
		return True
	return (
		_may_use_account(doc, user)
		and flow_contents.is_readable(flow, user)
		and not flow_contents.is_hidden(flow, user)
	)


def has_account_record_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	return _may_use_account(doc, user or frappe.session.user)


def has_sync_attempt_permission(
	doc, ptype: str = "read", user: str | None = None, debug: bool = False
) -> bool:
	user, log = user or frappe.session.user, doc.get("sync_log")
	if user == "Administrator" or not log:
		return True
	if not frappe.db.exists("Sync Log", log):
		return False
	return bool(frappe.has_permission("Sync Log", "read", doc=log, user=user))


def _may_use_account(doc, user: str) -> bool:
	account = doc.get("integration")
	if not account or user == "Administrator" or not frappe.db.exists(ACCOUNT, account):
		return True
	return bool(frappe.has_permission(ACCOUNT, "read", doc=account, user=user))


def _may_see_before(doc, user: str) -> bool:
	"""Whether a user may see what came in and is no document yet."""
	if doc.get("reference_doctype") or user == "Administrator":
		return True
	if flow := doc.get("field_mapping"):
		return flow_contents.is_readable(flow, user)
	account = doc.get("integration")
	return not account or not flow_contents.closed_accounts(user, integration=account)


def _may_read(doctype: str | None, name: str | None, user: str) -> bool:
	if not doctype or user == "Administrator":
		return True
	if not role_may_read(doctype, user):
		return False
	if not name or not frappe.db.exists(doctype, name):
		# Gone: whether the user might have read it can be told only where the user may read all.
		return not compat.match_condition(doctype, user)
	return bool(frappe.has_permission(doctype, "read", doc=name, user=user))


def _all(*conditions: str) -> str:
	return " AND ".join(condition for condition in conditions if condition)


def _of_account(record: str, user: str) -> str:
	"""SQL condition: the record belongs to an account that the user may read, or to none."""
	if user == "Administrator" or not role_may_read(ACCOUNT, user):
		return ""  # without a right to accounts there is none to their records either
	if not compat.match_condition(ACCOUNT, user):
		return ""
	column = f"`tab{record}`.`integration`"
	return f"({column} IS NULL OR {column} IN ({_names(ACCOUNT, user)}))"


def _of_readable_flow(user: str) -> str:
	"""SQL condition: a role of the user may read what the sample's flow makes of its record."""
	if user == "Administrator":
		return ""
	return f"`tabSync Sample`.`field_mapping` IN ({_literals(flow_contents.readable_flows(user))})"


def _of_open_flow(record: str, user: str) -> str:
	"""SQL condition: the payloads of the record's flow hold nothing that the user may not read."""
	if user == "Administrator" or not (hidden := flow_contents.hidden_flows(user)):
		return ""
	column = f"`tab{record}`.`field_mapping`"
	return f"({column} IS NULL OR {column} NOT IN ({_literals(hidden)}))"


def _not_yet_a_document(user: str) -> str:
	"""SQL condition: the event speaks of a document, or the user may read what it is about to become."""
	if user == "Administrator":
		return ""
	flow, account = "`tabSync Log`.`field_mapping`", "`tabSync Log`.`integration`"
	readable = flow_contents.readable_flows(user)
	closed = sorted(flow_contents.closed_accounts(user))
	return (
		"(`tabSync Log`.`reference_doctype` IS NOT NULL"
		f" OR {flow} IN ({_literals(readable)})"
		f" OR ({flow} IS NULL AND ({account} IS NULL OR {account} NOT IN ({_literals(closed)}))))"
	)


def _literals(names: list[str]) -> str:
	"""Texts as SQL, for a query that may be formatted; never an empty list."""
	return compat.without_percent(", ".join(frappe.db.escape(name, percent=False) for name in ["", *names]))


def _readable(record: str, type_column: str, name_column: str, user: str) -> str:
	"""SQL condition: the record speaks of a document that the user may read."""
	if user == "Administrator":
		return ""
	kind, name = f"`tab{record}`.`{type_column}`", f"`tab{record}`.`{name_column}`"
	whole, parts = [""], []
	for doctype in _spoken_of(record, type_column):
		if not role_may_read(doctype, user):
			continue
		if not compat.match_condition(doctype, user):
			whole.append(doctype)
		elif not frappe.get_meta(doctype).issingle:  # of which there are no rows to choose from
			parts.append(
				f"({kind} = {frappe.db.escape(doctype, percent=False)} AND {name} IN ({_names(doctype, user)}))"
			)
	return "(" + " OR ".join([f"{kind} IS NULL", f"{kind} IN ({_literals(whole)})", *parts]) + ")"


def _spoken_of(record: str, column: str) -> list[str]:
	"""The DocTypes that records speak of; read off the first column of an index."""
	table = frappe.qb.DocType(record)
	found = frappe.qb.from_(table).select(table[column]).distinct().run(pluck=True)
	return frappe.get_all("DocType", filters={"name": ("in", [name for name in found if name])}, pluck="name")


def _names(doctype: str, user: str) -> str:
	"""Subquery: names of the documents of `doctype` that the user may read."""
	condition = compat.match_condition(doctype, user)
	return f"SELECT `tab{doctype}`.`name` FROM `tab{doctype}`" + (f" WHERE {condition}" if condition else "")
