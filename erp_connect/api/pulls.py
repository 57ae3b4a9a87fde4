"""Calls behind the tab Pull of Field Mapping: pull now, stop, where it stands, and a look at one page."""

import json
from typing import Any

import frappe
from frappe import _

from erp_connect.api.flows import mapping_of
from erp_connect.api.permissions import require_manager, require_user
from erp_connect.calls.switch import may_send
from erp_connect.config import pulling, steering
from erp_connect.core.errors import ConnectError
from erp_connect.core.paging import windows
from erp_connect.jobs.wakeup import PULL
from erp_connect.messages import throw
from erp_connect.operate import not_done, pull_preview
from erp_connect.store import sync_cursor

STATE = (
	"status", "since", "last_run", "next_run", "started", "pages", "fetched", "queued", "known", "total", "progress",
	"failures", "failed_log", "error", "whole", "position",
)  # fmt: skip


@frappe.whitelist(methods=["POST"])
def pull_now(mapping: str, whole: bool = False, since: str = "") -> None:
	"""Pull the flow `mapping` in the background: changes since the last run, since a time, or everything.

	whole: everything, from the first page. since: changes from that time on, as the other side writes times.
	"""
	flow = flow_that_pulls(mapping)
	if since and flow.token_next:
		frappe.throw(
			_(
				"The source of {0} tells changes by a token, not by their time. Choose Pull Everything."
			).format(flow.name)
		)
	try:
		start = pulling.since_of(since) or None
	except ConnectError as error:
		throw(error, title=_("Not pulled"))
	sync_cursor.ensure(flow.name, flow.integration)
	sync_cursor.make_due(flow.name, whole=bool(whole), since=start)
	if not may_send(flow.integration):
		frappe.msgprint(
			_(
				"Account {0} is paused or switched off, or its user is disabled. The pull begins once that is over."
			).format(flow.integration)
		)
	PULL.after_commit(flow.name)


@frappe.whitelist(methods=["POST"])
def stop(mapping: str) -> None:
	"""Stop a pull. What was fetched is written; the next pull goes on where this one stopped."""
	sync_cursor.stop(flow_that_pulls(mapping, enabled=False).name)


@frappe.whitelist()
def state(mapping: str) -> dict[str, Any] | None:
	"""Where the pull of a flow stands; None when it has none.

	events: what of those that came in by the flow is not done, see `operate.not_done`. by_token: the source tells changes by a token, which is not given here; then since says only whether there is one.
	window_start, window_end: of the window under way, where it goes in windows of time.
	"""
	require_user()
	frappe.has_permission("Field Mapping", "read", doc=mapping, throw=True)
	found = frappe.db.get_value("Sync Cursor", {"field_mapping": mapping}, STATE, as_dict=True)
	if found:
		found |= windows.under_way(json.loads(found.pop("position") or "null"))
	if found and frappe.db.get_value("Field Mapping", mapping, "token_next"):
		found |= {"by_token": True, "since": bool(found.since)}
	if found:
		found["events"] = not_done.of_flow(mapping)
	return found


@frappe.whitelist(methods=["POST"])
def preview(mapping: str | dict) -> dict[str, Any]:
	"""Fetch one page and show what would be written. Writes nothing and moves no cursor.

	mapping: name of a Field Mapping, or its unsaved values as JSON. See `pull.trial.run` for the answer.
	"""
	require_manager()
	flow = mapping_of(mapping)
	steering.require(flow.integration)
	try:
		return pull_preview.run(flow)
	except ConnectError as error:
		throw(error, title=_("No preview"))


def flow_that_pulls(mapping: str, *, enabled: bool = True):
	"""The flow `mapping`, for a manager who may read it. Refuses one that pulls nothing, or is switched off if that counts."""
	require_manager()
	flow = frappe.get_doc("Field Mapping", mapping)
	flow.check_permission("read")
	if enabled and not flow.enabled:
		frappe.throw(_("Flow {0} is switched off. Tick Enabled in it first.").format(flow.name))
	if flow.direction == "Outgoing" or not (flow.pull_path or "").strip():
		frappe.throw(_("Flow {0} pulls nothing. Enter a path on its tab Pull.").format(flow.name))
	return flow
