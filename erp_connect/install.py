"""What an installation needs besides its DocTypes: roles, keys of the tables, subscriptions."""

import frappe

from erp_connect.capture import subscriptions
from erp_connect.config.roles import MANAGER, MANAGERS, USER
from erp_connect.operate import onboarding
from erp_connect.store import installation, schema

BLOCK = "ERP Connect Overview"
# Drawn beside the block's own element, which is a shadow that neither Desk's links nor its styles reach.
BLOCK_SCRIPT = """
const place = document.createElement("div");
root_element.host.after(place);
window.erp_connect?.load("overview").then(() => erp_connect.show_overview(place));
"""


def after_install() -> None:
	_make_roles()
	_make_block()
	schema.ensure()
	installation.adopt()


def after_migrate() -> None:
	_make_roles()
	_make_block()
	schema.ensure()
	installation.adopt()
	subscriptions.rebuild()
	onboarding.tick()


def _make_roles() -> None:
	for role in (MANAGER, USER):
		if not frappe.db.exists("Role", role):
			frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert(
				ignore_permissions=True  # installation runs before anybody could hold a role
			)


def _make_block() -> None:
	"""What the workspace begins with. Frappe imports no records of this kind along with an app's files."""
	values = {"html": "<span></span>", "script": BLOCK_SCRIPT, "style": "", "private": 0}
	roles = [{"role": role} for role in (USER, *MANAGERS)]
	if frappe.db.exists("Custom HTML Block", BLOCK):
		doc = frappe.get_doc("Custom HTML Block", BLOCK)
		if all(doc.get(name) == value for name, value in values.items()):
			return
		doc.update(values)
		doc.save(ignore_permissions=True)  # a migration acts for nobody
		return
	doc = frappe.get_doc({"doctype": "Custom HTML Block", "name": BLOCK, **values, "roles": roles})
	doc.insert(ignore_permissions=True)  # an installation acts for nobody
