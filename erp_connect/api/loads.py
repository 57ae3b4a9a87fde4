"""Calls behind loads in windows of time: begin, stop, resume, give up."""

from typing import Any

import frappe
from frappe import _

from erp_connect.api.permissions import require_manager
from erp_connect.api.pulls import flow_that_pulls
from erp_connect.core.errors import ConnectError
from erp_connect.jobs.wakeup import LOAD
from erp_connect.messages import throw
from erp_connect.pull import loading
from erp_connect.store import loads, walk_events


@frappe.whitelist(methods=["POST"])
def proposal(mapping: str) -> dict[str, Any]:
	"""What the dialog for a load of the flow `mapping` offers.

	`since`: a time to start from, as the other side writes times, as far as that is known. `days`: of a window at most.
	`unfinished`: the Sync Load of the flow that is not over, or None.
	"""
	require_manager()
	flow = flow_that_pulls(mapping)
	try:
		return loading.proposal(flow.name)
	except ConnectError as error:
		throw(error, title=_("Not loaded"))


@frappe.whitelist(methods=["POST"])
def start(mapping: str, since: str) -> str:
	"""Load everything of the flow `mapping` in windows of time, in the background. Returns the Sync Load.

	since: when the oldest record was made, in any notation of times.
	"""
	require_manager()
	flow = flow_that_pulls(mapping)
	try:
		return loading.begin(flow.name, since)
	except ConnectError as error:
		throw(error, title=_("Not loaded"))


@frappe.whitelist(methods=["POST"])
def stop(name: str) -> None:
	"""Stop a load that goes on. Its place is kept for `resume`."""
	_require(name)
	if not loads.stop(name):
		frappe.throw(_("Load {0} does not go on any more. Reload the page.").format(name))


@frappe.whitelist(methods=["POST"])
def resume(name: str) -> None:
	"""Let a load that stopped go on where it stopped."""
	_require(name)
	if not loads.resume(name):
		frappe.throw(_("Load {0} is not stopped. Reload the page.").format(name))
	LOAD.after_commit(name)


@frappe.whitelist(methods=["POST"])
def give_up(name: str) -> None:
	"""End a load for good. What it has stored by then is written and stays."""
	_require(name)
	if not loads.give_up(name):
		frappe.throw(_("Load {0} is over already. Reload the page.").format(name))
	walk_events.stop(frappe.db.get_value(loads.DOCTYPE, name, "failed_log"))


def _require(name: str) -> None:
	require_manager()
	frappe.get_doc(loads.DOCTYPE, name).check_permission("read")
