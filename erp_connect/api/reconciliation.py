"""Calls behind the buttons of comparisons: start, stop, repair, ignore, and what the form shows."""

import json
from typing import Any

import frappe
from frappe import _

from erp_connect.api import selection
from erp_connect.api.permissions import require_manager, require_user
from erp_connect.core.errors import ConnectError
from erp_connect.jobs.wakeup import COMPARISON
from erp_connect.messages import throw
from erp_connect.reconcile import outcome, sides
from erp_connect.reconcile import repair as repairs
from erp_connect.store import reconciliations, walk_events

AT_ONCE = 1000
SHOWN = 200
SIDES = ("policy", "here", "there")
FIELDS = [
	"name", "kind", "status", "document_type", "document_name", "external_id", "message", "fields_json", "repair_log",
]  # fmt: skip


@frappe.whitelist(methods=["POST"])
def start(mapping: str) -> str:
	"""Compare both sides of a flow. Returns the Sync Reconciliation: the one that goes on, if there is one."""
	require_manager()
	flow = frappe.get_doc("Field Mapping", mapping)
	flow.check_permission("read")
	if not flow.enabled:
		frappe.throw(_("Flow {0} is switched off. Tick Enabled in it first.").format(flow.name))
	try:
		sides.require_comparable(flow)
		name = reconciliations.create(flow.name, flow.integration)
	except ConnectError as error:
		throw(error, title=_("Not compared"))
	COMPARISON.after_commit(name)
	return name


@frappe.whitelist(methods=["POST"])
def stop(name: str) -> None:
	"""End a comparison that goes on. What it has confirmed by then stays."""
	require_manager()
	frappe.get_doc("Sync Reconciliation", name).check_permission("read")
	if reconciliations.stop(name):
		walk_events.stop(frappe.db.get_value("Sync Reconciliation", name, "failed_log"))


@frappe.whitelist(methods=["POST"])
def repair(names: list[str] | str, side: str = "policy") -> dict[str, Any]:
	"""Repair findings (names of Sync Difference). side: whose state stands, `here` or `there`; `policy`: as the flow says.

	Returns `begun`, how many, and `refused`: {name: why}. What is being repaired already is left alone.
	"""
	require_manager()
	if side not in SIDES:
		frappe.throw(
			_("{0} is no side. Use policy, here or there.").format(frappe.utils.escape_html(side[:140]))
		)
	names = selection.readable("Sync Difference", names, AT_ONCE)
	_require_change(names)
	_refresh(names)
	return repairs.repair(names, side)


@frappe.whitelist(methods=["POST"])
def ignore(names: list[str] | str) -> int:
	"""Take findings as they are, also in later comparisons while nothing about them changes. Returns how many."""
	require_manager()
	return repairs.ignore(selection.readable("Sync Difference", names, AT_ONCE))


@frappe.whitelist(methods=["POST"])
def summary(name: str, limit: int = 50) -> dict[str, Any]:
	"""State, counts and first findings of a comparison that the user may see, with what came of repairs.

	That is written down as well, hence POST. Each finding has `fields`: {field, label, here, there}.
	"""
	require_user()
	frappe.get_doc("Sync Reconciliation", name).check_permission("read")
	outcome.refresh(name)
	run = frappe.db.get_value("Sync Reconciliation", name, [
		"name", "field_mapping", "integration", "status", "phase", "progress", "started", "finished", "error",
		"missing_here", "missing_there", "different", "orphan_links", "checked_there", "checked_here", "total",
	], as_dict=True)  # fmt: skip
	found = frappe.get_list(
		"Sync Difference",
		filters={"reconciliation": name, "kind": ("!=", "Matched")},
		fields=FIELDS,
		order_by="kind asc, name asc",
		limit=min(max(int(limit), 1), SHOWN),
	)
	for row in found:
		row["fields"] = json.loads(row.pop("fields_json") or "[]")
	return {**run, "statuses": _statuses(name), "differences": found}


def _statuses(name: str) -> dict[str, int]:
	"""Number of findings by what became of them."""
	return dict(
		frappe.db.sql(
			"SELECT status, COUNT(*) FROM `tabSync Difference` WHERE reconciliation = %s AND kind != 'Matched'"
			" GROUP BY status",
			name,
		)
	)


def _require_change(names: list[str]) -> None:
	"""Raise `frappe.PermissionError` unless the user may do by himself what a repair may do to the documents here."""
	for row in frappe.get_all(
		"Sync Difference", filters={"name": ("in", names)}, fields=["document_type", "document_name"]
	):
		right = "write" if row.document_name else "create"
		if row.document_name and not frappe.db.exists(row.document_type, row.document_name):
			continue
		frappe.has_permission(row.document_type, right, doc=row.document_name, throw=True)


def _refresh(names: list[str]) -> None:
	for run in {frappe.db.get_value("Sync Difference", name, "reconciliation") for name in names}:
		outcome.refresh(run)
