"""DocTypes that nothing from outside ever writes, whatever a flow says and whoever its account acts as.

They decide who may do what, hold code or templates that the site runs, or keep secrets; and the records of this app
are its own. DocTypes of the framework are protected by their module, so that one that a later version brings is as
well; those among them that are data of the business are named. DocTypes of other apps are business documents.
"""

from __future__ import annotations

import frappe

from erp_connect.core.errors import ConnectError

OWN_MODULE = "ERP Connect"
MODULES = frozenset(
	{"Automation", "Core", "Custom", "Desk", "Email", "Integrations", "Printing", "Social", "Website", "Workflow", OWN_MODULE}
)  # fmt: skip
DATA = frozenset(
	{"Blog Category", "Blog Post", "Blogger", "Color", "Comment", "Communication", "Discussion Reply", "Discussion Topic",
	"Email Group", "Email Group Member", "Email Unsubscribe", "Event", "File", "Help Article", "Help Category", "Language",
	"Marketing Campaign", "Milestone", "Newsletter", "Note", "Print Heading", "Reminder", "SMS Log", "Tag", "Tag Link",
	"ToDo", "Translation", "UTM Campaign", "UTM Medium", "UTM Source"}
)  # fmt: skip


# Of modules that hold data otherwise.
ALSO = frozenset({"Address Template"})


class ProtectedDocType(ConnectError):
	"""A record of a protected DocType was to be written from outside."""

	default_code = "protected_doctype"


def is_protected(doctype: str) -> bool:
	"""Whether nothing from outside may write documents of this DocType."""
	if doctype in DATA or doctype in ALSO:
		return doctype in ALSO
	meta = frappe.get_meta(doctype)
	# Who makes a DocType in Desk puts it into whatever module is there.
	return meta.module in MODULES and not meta.custom


def require_writable(doctype: str) -> None:
	"""Raise `ProtectedDocType` for a DocType that is never written from outside."""
	if is_protected(doctype):
		raise ProtectedDocType(
			"{doctype} is never written from outside: it decides what people may do here, or what the site runs. Let the "
			"flow be Outgoing, or choose another document type.",
			doctype=doctype,
		)
