"""Calls behind Update from Preset: what a newer release changes of an account's flows, and taking it over."""

import json
from typing import Any

import frappe
from frappe import _

from erp_connect.api.permissions import require_manager
from erp_connect.config import preset_files, steering
from erp_connect.core.errors import ConnectError
from erp_connect.core.presets.release_changes import Change
from erp_connect.messages import throw
from erp_connect.operate import preset_releases as releases
from erp_connect.operate.preset_releases import Update


@frappe.whitelist()
def updates(account: str) -> dict[str, Any]:
	"""What newer releases of their presets bring for the flows of an account.

	`title`, `release` and `taken` of the account's preset; `flows`: each with `flow`, `from`, `to`, `notes` (of the
	releases in between), `roles` (that its user lacks) and `changes` (`id`, `kind`, `where`, `what`, `before`, `yours`,
	`now`, `conflict`); `gone`: flows that their preset does not have any more; `untaken`: flows that can be added.
	"""
	require_manager()
	doc = frappe.get_doc("Integration Settings", account)
	doc.check_permission("read")
	steering.require(account)
	found = releases.of_account(account)
	own = preset_files.of_account(doc)
	return {
		"title": own.title if own else "",
		"release": own.release if own else "",
		"taken": doc.preset_release or "",
		"flows": [_update(update) for update in found.updates],
		"gone": list(found.gone),
		"untaken": list(found.untaken),
	}


@frappe.whitelist(methods=["POST"])
def take_over(flow: str, release: str, chosen: list[str] | str | None = None) -> None:
	"""Bring a flow to a release of its preset, keeping what was changed here.

	chosen: ids of the changes in conflict in which the preset's value is taken instead.
	"""
	require_manager()
	doc = frappe.get_doc("Field Mapping", flow)
	doc.check_permission("write")
	steering.require(doc.integration)
	try:
		releases.take_over(doc, release, _ids(chosen))
	except ConnectError as error:
		throw(error, title=_("Not taken over"))


def _ids(chosen: list[str] | str | None) -> list[str]:
	found = json.loads(chosen) if isinstance(chosen, str) else chosen or []
	if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
		frappe.throw(_("Give a list with the ids of changes."))
	return found


def _update(update: Update) -> dict[str, Any]:
	since = update.origin.release
	return {
		"flow": update.doc.name,
		"from": since,
		"to": update.preset.release,
		"enabled": bool(update.doc.enabled),
		"notes": [
			{"release": release, "text": _(text)}
			for release, text in releases.migrations(update.preset, since)
		],
		"roles": releases.lacking_roles(update.doc.integration, update.flow),
		"changes": [_change(change) for change in update.changes],
	}


def _change(change: Change) -> dict[str, Any]:
	field = frappe.get_meta("Field Mapping").get_field(change.field)
	# What is no field of a flow is a value map.
	where = _(_label(field)) if field else _("Value Map {0}").format(change.field)
	row = " → ".join(part for part in json.loads(change.row)[:-1] if part) if change.row else ""
	rows = field.options if field else "Value Map Entry"
	column = frappe.get_meta(rows).get_label(change.column) if change.column else ""
	kind = frappe.get_meta(rows).get_field(change.column) if change.column else field
	told = (
		(lambda value: _row(rows, value))
		if change.row and not change.column
		else (lambda value: _text(kind, value))
	)
	return {
		"id": change.id,
		"kind": change.kind,
		"where": where,
		"what": ": ".join(part for part in (row, _(column) if column else "") if part),
		"before": told(change.before),
		"yours": told(change.yours),
		"now": told(change.now),
		"conflict": change.conflict,
	}


def _label(field: Any) -> str:
	"""The label of a field; of a table without one, what its tab is called."""
	if field.label:
		return field.label
	fields = frappe.get_meta("Field Mapping").fields
	tabs = [known.label for known in fields[: field.idx] if known.fieldtype == "Tab Break"]
	return tabs[-1]


def _row(doctype: str, values: Any) -> str:
	"""A row of a table in words: what is not as in any new row."""
	if values is None:
		return ""
	fields = [frappe.get_meta(doctype).get_field(name) for name in values]
	told = [
		f"{_(field.label)}: {_text(field, values[field.fieldname])}"
		for field in fields
		if str(values[field.fieldname]) not in ("", "0", str(field.default or ""))
	]
	return "; ".join(told)


def _text(field: Any, value: Any) -> str:
	if value is None:
		return ""
	if field.fieldtype == "Check":
		return _("Yes") if value else _("No")
	return str(value)
