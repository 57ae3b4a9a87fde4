"""Comments that come in: by the rule of Desk, where whoever may read a document may say something of it.

The DocType Comment itself is open to System Managers alone, as its rows also say who submitted or assigned a document. So
only rows of the type Comment come in by this rule, in the name of the account's user, and nobody is called by them.
"""

from __future__ import annotations

from typing import Any

import frappe
from bs4 import BeautifulSoup
from frappe import _

from erp_connect.records import rights


def is_meant(doc: Any) -> bool:
	"""Whether a document is a comment as people write it, about a document."""
	about = doc.doctype == "Comment" and doc.get("comment_type") == "Comment"
	return bool(about and doc.get("reference_doctype") and doc.get("reference_name"))


def insert(doc: Any) -> None:
	"""Insert a comment in the name of the session's user. Raises `PermissionError` where what it is about may not be read."""
	about, name = doc.reference_doctype, doc.reference_name
	if not frappe.db.exists(about, name) or not frappe.has_permission(about, "read", doc=name):
		raise frappe.PermissionError(_("No permission to read {0} {1}").format(_(about), name))
	doc.comment_email = frappe.session.user
	doc.comment_by = frappe.utils.get_fullname(frappe.session.user)
	doc.content = without_mentions(doc.content or "")
	# As in Desk (frappe.desk.form.utils.add_comment): the right to read the document is the right to comment on it.
	doc.insert(ignore_permissions=True)


def without_mentions(html: str) -> str:
	"""The text without what Frappe takes for the mention of a user, whom it would write an e-mail."""
	if "mention" not in html:
		return html
	soup = BeautifulSoup(html, "html.parser")
	for mention in soup.find_all(class_="mention"):
		mention.unwrap()
	return str(soup)


def require_readable(doc: Any) -> None:
	"""Raises `PermissionError` where the session's user may not read a document to which nothing is written."""
	if not rights.may_read(doc, frappe.session.user):
		raise frappe.PermissionError(_("No permission to read {0} {1}").format(_(doc.doctype), doc.name))
