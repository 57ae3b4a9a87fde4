"""Events that a trigger has led to: of none, of one, or of several documents, each of which is sent by an event of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe

from erp_connect.config.account import Account
from erp_connect.outbound.request import Verdict
from erp_connect.records.document import Subject
from erp_connect.store import keys, subjects

OUTCOME = "sent_each"
SEVERAL = "It leads to {0} documents. Each of them has an event of its own now."


def not_one(event: Any, found: Sequence[Subject], account: Account) -> Verdict | None:
	"""What becomes of an event that is about no document, or about several; None where it is one, or was begun.

	found: the documents that it is about.
	"""
	if not found:
		return Verdict(event, "Skipped", "document_not_found")
	if len(found) == 1 or event.method or event.steps:
		return None
	more = tuple(_row(event, subject, account) for subject in found)
	return Verdict(event, "Skipped", OUTCOME, frappe._(SEVERAL).format(len(found)), more=more)


def _row(event: Any, subject: Subject, account: Account) -> dict[str, Any]:
	where = {subjects.NAME: subject.name}
	return {
		"integration": account.name,
		"field_mapping": event.field_mapping,
		"company": account.company,
		"event": event.event,
		"reference_doctype": event.reference_doctype,
		"reference_name": event.reference_name,
		"order_key": keys.subject_key(event.field_mapping, subject.doctype, where),
		"subject": subjects.text(subject.doctype, where),
	}
