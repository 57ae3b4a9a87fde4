"""Who may steer an account: only who has every right that the account's user has.

An account reads and writes as its user, so whoever decides what it does (its settings and parameters, flows, value
maps, links, backfills) could otherwise read and write by it what is closed to himself. Rights are roles, with the
permission levels that come with them, User Permissions, and documents that were shared. A System Manager gives himself
every right anyhow, and is held up by nothing here.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.permissions import AUTOMATIC_ROLES, get_allowed_docs_for_doctype
from frappe.utils import escape_html

from erp_connect.config.account import FORBIDDEN_USERS, SYSTEM_MANAGER

RIGHTS_OF_SHARE = ("read", "write", "submit", "share")
SHOWN = 5


def require(*accounts: str | None) -> None:
	"""Raise `frappe.PermissionError` unless the session's user has all rights that the users of these accounts have.

	Accounts that do not exist are passed over: whoever names one hears of it elsewhere.
	"""
	for account in dict.fromkeys(filter(None, accounts)):
		if user := frappe.db.get_value("Integration Settings", account, "user"):
			require_rights_of(user, account)


def may(account: str | None) -> bool:
	"""Whether `require` lets the session's user pass."""
	user = frappe.db.get_value("Integration Settings", account, "user") if account else None
	return not user or not missing_rights(frappe.session.user, user)


def require_for_value_maps(*names: str) -> None:
	"""As `require`, for all accounts of which a flow uses one of these value maps."""
	flows = frappe.get_all(
		"Field Mapping Row",
		filters={"value_map": ("in", names), "parenttype": "Field Mapping"},
		pluck="parent",
	)
	require(*_accounts_of(set(flows)))


def _accounts_of(flows: set[str]) -> list[str]:
	if not flows:
		return []
	return frappe.get_all("Field Mapping", filters={"name": ("in", list(flows))}, pluck="integration")


def require_rights_of(user: str, account: str) -> None:
	"""Raise `frappe.PermissionError` unless the session's user has all rights of `user`, as whom `account` acts."""
	if missing := missing_rights(frappe.session.user, user):
		frappe.throw(
			_(
				"Account {0} acts as {1}, who has rights that you do not have: {2}. Ask a System Manager to do this, to "
				"give you these rights, or to let the account act as a user with fewer."
			).format(escape_html(account), escape_html(user), escape_html("; ".join(missing))),
			frappe.PermissionError,
			title=_("Account of a user with more rights"),
		)


def missing_rights(editor: str, user: str) -> list[str]:
	"""What `user` may do and `editor` may not, in words; empty when the editor may do all of it."""
	if editor == user or editor == "Administrator" or SYSTEM_MANAGER in frappe.get_roles(editor):
		return []
	return [
		*_missing_roles(editor, user),
		*_missing_permissions(get_user_permissions(editor), get_user_permissions(user)),
		*_missing_shares(editor, user),
	]


def require_fit_to_act(user: str | None) -> None:
	"""Raise `frappe.ValidationError` for a user as whom no account may act: one who may do everything."""
	if not user or user in FORBIDDEN_USERS:
		return  # refused where the settings are read, for saved accounts as well
	if SYSTEM_MANAGER in frappe.get_roles(user):
		frappe.throw(
			_(
				"An account cannot act as {0}, who is a System Manager: whoever may set up the account could do everything "
				"then. Choose a user of its own who has just the roles that the account needs."
			).format(escape_html(user)),
			title=_("User with too many rights"),
		)


def _missing_roles(editor: str, user: str) -> list[str]:
	roles = set(frappe.get_roles(user)) - set(frappe.get_roles(editor)) - set(AUTOMATIC_ROLES)
	return [_("role {0}").format(_(role)) for role in sorted(roles)]


def _missing_permissions(editor: dict, user: dict) -> list[str]:
	"""Restrictions of the editor (User Permissions by the DocType they allow) that do not hold for the user."""
	return [
		_("documents of {0} that your User Permissions leave out").format(_(doctype))
		for doctype, mine in editor.items()
		if _is_wider(mine, user.get(doctype) or [])
	]


def _is_wider(mine: list, theirs: list) -> bool:
	"""Whether `theirs` leave open what `mine` close, for whichever DocType they apply to."""
	# None stands for all DocTypes that no permission names.
	for target in {row.get("applicable_for") or None for row in [*mine, *theirs]} | {None}:
		allowed_me = set(get_allowed_docs_for_doctype(mine, target))
		allowed_them = set(get_allowed_docs_for_doctype(theirs, target))
		# No value at all is no restriction.
		if allowed_me and (not allowed_them or not allowed_them <= allowed_me):
			return True
	return False


def _missing_shares(editor: str, user: str) -> list[str]:
	"""Documents that were shared with the user and are closed to the editor."""
	shares = frappe.get_all(
		"DocShare",
		filters={"user": user, "everyone": 0},
		fields=["share_doctype", "share_name", *RIGHTS_OF_SHARE],
	)
	missing = []
	for share in shares:
		if len(missing) == SHOWN:
			break
		if (share.share_doctype, share.share_name) == ("User", user):
			continue  # Frappe shares each user's own record with him; nothing from outside writes it
		if not all(_has_too(editor, share, right) for right in RIGHTS_OF_SHARE if share[right]):
			missing.append(f"{_(share.share_doctype)} {share.share_name}")
	return missing


def _has_too(editor: str, share, right: str) -> bool:
	if not frappe.db.exists(share.share_doctype, share.share_name):
		return True
	return bool(frappe.has_permission(share.share_doctype, right, doc=share.share_name, user=editor))
