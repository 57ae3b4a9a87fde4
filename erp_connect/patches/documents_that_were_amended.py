"""Records of documents that were cancelled and amended before their links followed by themselves."""

import frappe

from erp_connect.records import amendments
from erp_connect.store import amended


def execute() -> None:
	for doctype, name in amended.cancelled_with_links():
		heir = amendments.last_amendment(doctype, name)
		if heir == name:
			continue
		amendments.take_over(doctype, name, heir)
		doc = frappe.get_doc(doctype, heir)
		if doc.docstatus == amendments.SUBMITTED:
			amendments.remember(doc)
