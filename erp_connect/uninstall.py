"""Removes what the app put outside its own DocTypes. Data of ERPNext stays untouched."""

import frappe

from erp_connect import install
from erp_connect.capture import numbers, subscriptions
from erp_connect.config.roles import MANAGER, USER
from erp_connect.operate import onboarding

MODULE, APP = "ERP Connect", "erp_connect"
# Records of Frappe that speak of our DocTypes: (DocType, field that names the DocType).
TRACES = (
	("Version", "ref_doctype"),
	("Comment", "reference_doctype"),
	("Notification Log", "document_type"),
	("View Log", "reference_doctype"),
	("List Filter", "reference_doctype"),
	("Deleted Document", "deleted_doctype"),
	("DocShare", "share_doctype"),
	("Logs To Clear", "ref_doctype"),
)
# Records of Desk for the app, each with the field that has its title.
DESK = (("Workspace Sidebar", "title"), ("Desktop Icon", "label"))


def before_uninstall() -> None:
	subscriptions.remove_all()
	numbers.unmark_all()
	doctypes = frappe.get_all("DocType", filters={"module": MODULE}, pluck="name")
	for doctype, fieldname in TRACES:
		frappe.db.delete(doctype, {fieldname: ("in", doctypes)})
	auth = frappe.qb.Table("__Auth")
	frappe.qb.from_(auth).where(auth.doctype.isin(doctypes)).delete().run()
	_remove_jobs()
	_remove_from_desk()
	_remove_roles()


def _remove_jobs() -> None:
	for name in frappe.get_all(
		"Scheduled Job Type", filters={"method": ("like", "erp_connect.%")}, pluck="name"
	):
		frappe.delete_doc("Scheduled Job Type", name, force=True)


def _remove_from_desk() -> None:
	_remove_sidebars()
	frappe.delete_doc_if_exists("Custom HTML Block", install.BLOCK, force=True)
	# Frappe takes the onboarding along, but not its steps, which belong to no module.
	frappe.db.delete("Onboarding Step", {"name": ("in", onboarding.STEPS)})


def _remove_sidebars() -> None:
	"""What 16 shows of an app beside its workspace; Frappe looks for some of it under another name than it gave.

	Row by row of the tables, since these documents take their files in the app along when developers delete them.
	"""
	for doctype, title in DESK:
		if not frappe.db.table_exists(doctype):
			continue
		names = frappe.get_all(doctype, or_filters={title: MODULE, "app": APP}, pluck="name")
		for field in frappe.get_meta(doctype).get_table_fields():
			frappe.db.delete(field.options, {"parenttype": doctype, "parent": ("in", [*names, ""])})
		frappe.db.delete(doctype, {"name": ("in", [*names, ""])})


def _remove_roles() -> None:
	for doctype in ("Has Role", "Custom DocPerm", "DocPerm"):
		frappe.db.delete(doctype, {"role": ("in", (MANAGER, USER))})
	for role in (MANAGER, USER):
		frappe.delete_doc_if_exists("Role", role, force=True)
