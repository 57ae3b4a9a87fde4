"""Begins comparisons that are due by their flow's schedule, and lets those that stopped go on.

Best effort, as with sending: the sweep of every minute is the guarantee.
"""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe.utils import now_datetime

from erp_connect.config import pulling
from erp_connect.config.inflow import INCOMING
from erp_connect.core.errors import ConnectError
from erp_connect.jobs.wakeup import COMPARISON
from erp_connect.pull import schedule as pulls
from erp_connect.reconcile import sides
from erp_connect.store import reconciliations


def sweep() -> None:
	"""Each minute: begin what is due, and let what stopped go on."""
	schedule_due()
	for name in reconciliations.due_runs():
		COMPARISON.wake(name)


def schedule_due() -> list[str]:
	"""Begin the comparisons that are due by their flow's schedule. Returns their names. Commits."""
	begun = []
	for flow in _scheduled():
		try:
			if _is_due(flow):
				sides.require_comparable(frappe.get_cached_doc("Field Mapping", flow.name))
				begun.append(reconciliations.create(flow.name, flow.integration))
				COMPARISON.after_commit(begun[-1])
		except (ConnectError, frappe.DoesNotExistError) as error:
			# One flow that cannot be compared must not keep the others from it.
			frappe.logger("erp_connect").warning("%s is not compared: %s", flow.name, error)
		frappe.db.commit()  # each for itself; wakes its worker
	return begun


def _scheduled() -> list:
	return frappe.db.sql(
		"SELECT flow.name, flow.integration, flow.modified FROM `tabField Mapping` flow"
		" JOIN `tabIntegration Settings` account ON account.name = flow.integration"
		" WHERE flow.enabled = 1 AND flow.direction IN %s AND COALESCE(flow.reconcile_schedule, '') != ''"
		" AND account.enabled = 1 AND account.paused = 0",
		(INCOMING,),
		as_dict=True,
	)


def _is_due(flow) -> bool:
	cron = pulling.load(flow.name).reconcile_cron
	# A flow that was never compared begins at the first time after it was set up.
	since = reconciliations.last_begun(flow.name) or flow.modified
	seconds = pulls.seconds_to_next(cron, since)
	if seconds is None or reconciliations.unfinished(flow.name):
		return False
	return since + timedelta(seconds=seconds) <= now_datetime()
