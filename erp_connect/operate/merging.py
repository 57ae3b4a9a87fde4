"""Merges the documents among which a held record is not clear: one stays, and the record is of that one from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from frappe import _

from erp_connect.core.delivery.states import IN, ON_HOLD
from erp_connect.operate import linking, replay, review
from erp_connect.records import identity


def may_merge(doctype: str) -> bool:
	"""Whether ERPNext lets documents of a type be merged, and the session's user may do it with some of them."""
	allowed = (frappe.has_permission(doctype, right) for right in ("write", "delete"))
	return bool(frappe.get_meta(doctype).allow_rename) and all(allowed)


def merge(event: Any, stays: str, others: Sequence[str]) -> None:
	"""Merge `others` into the document `stays`, link it with the record of `event`, and take the event up again.

	event: a Sync Log that is held. The documents must be among those that fit its record and that the session's user may
	see. ERPNext merges as that user. Does not commit. Raises `frappe.ValidationError` and its like, and `LinkConflict`; what
	was done until then is for the caller to roll back.
	"""
	if (event.direction, event.status) != (IN, ON_HOLD):
		_not_held()
	found = review.match(event)
	doctype = found.get("document_type", "")
	_require_fitting(found, [stays, *others])
	if not frappe.get_meta(doctype).allow_rename:
		frappe.throw(
			_("ERPNext does not let {0} be merged. Choose the right one and press Link and Retry.").format(
				_(doctype)
			)
		)
	for other in others:
		_require_rights(doctype, other, stays)
	for other in others:
		frappe.rename_doc(doctype, other, stays, merge=True, show_alert=False)
	if found["external_id"]:
		linking.link(event.integration, found["remote_entity"], found["external_id"], doctype, stays)
	if not replay.retry([event.name]):
		_not_held()


def _require_fitting(found: dict[str, Any], names: list[str]) -> None:
	fitting = {one["name"] for one in found.get("candidates", ())}
	if len(names) < 2 or len(set(names)) < len(names):
		frappe.throw(_("Choose the document that stays, and others to merge into it."))
	for name in names:
		if name not in fitting:
			frappe.throw(
				_(
					"{0} does not fit this record any more, or you may not see it. Press Refresh and choose again."
				).format(frappe.utils.escape_html(name[: identity.LIMIT]))
			)


def _require_rights(doctype: str, other: str, stays: str) -> None:
	"""Raise `frappe.PermissionError` before anything is written, in words that say what else there is to do."""
	needed = ((other, "write"), (other, "delete"), (stays, "write"))
	if all(frappe.has_permission(doctype, right, doc=name) for name, right in needed):
		return
	frappe.throw(
		_(
			"You may not merge {0} into {1}: that takes the right to write both and to delete the one that goes. Ask "
			"somebody who has it, or choose the right one and press Link and Retry."
		).format(*map(frappe.utils.escape_html, (other, stays))),
		frappe.PermissionError,
	)


def _not_held() -> None:
	frappe.throw(_("This event is not held any more. Press Refresh."))
