"""What an installation needs besides its DocTypes: roles, keys of the tables, subscriptions."""

import frappe

from erp_connect.capture import subscriptions
from erp_connect.config.roles import MANAGER, USER
from erp_connect.store import installation, schema


def after_install() -> None:
	_make_roles()
	schema.ensure()
	installation.adopt()


def after_migrate() -> None:
	_make_roles()
	schema.ensure()
	installation.adopt()
	subscriptions.rebuild()


def _make_roles() -> None:
	for role in (MANAGER, USER):
		if not frappe.db.exists("Role", role):
			frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert(
				ignore_permissions=True  # installation runs before anybody could hold a role
			)
