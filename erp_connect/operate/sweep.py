"""The guarantee behind the wake-ups: every minute, whatever is due gets its job, and stopped backfills go on."""

import frappe
from frappe.utils import add_to_date, get_datetime, now_datetime

from erp_connect.calls import switch
from erp_connect.core.delivery.states import IN
from erp_connect.jobs import doorbell
from erp_connect.jobs.scheduler_watch import SWEEP
from erp_connect.jobs.wakeup import INBOUND, LOAD, PULL
from erp_connect.operate import refusals
from erp_connect.operate.alerts.due import look
from erp_connect.outbound import backfill, turning_days
from erp_connect.reconcile import schedule as comparisons
from erp_connect.served import background
from erp_connect.store import former_names, installation, leftovers, loads, outbox, sync_cursor, waiting

JOB = SWEEP


def sweep() -> None:
	"""Scheduled every minute. Takes over where a wake-up, a worker or Redis was lost."""
	if installation.is_held():
		return
	former_names.follow_accounts()
	leftovers.cancel_late()
	waiting.release_decided()
	turning_days.look()
	if accounts := switch.due_accounts():
		doorbell.ring(accounts)
	for account in due_accounts():
		INBOUND.wake(account)
	for flow in sync_cursor.due_flows():
		PULL.wake(flow)
	for load in loads.due():
		LOAD.wake(load)
	comparisons.sweep()
	background.wake_all()
	backfill.wake_all()
	look()
	refusals.keep()


def see_that_it_runs() -> None:
	"""Make the sweep due if it is dated in the future, as on a site whose time zone was set after installation.

	Frappe counts a job's next run from its last one, or from its creation, in the site's time.
	"""
	jobs = frappe.get_all(
		"Scheduled Job Type", filters={"method": JOB}, fields=["name", "last_execution", "creation"]
	)
	for job in jobs:
		if get_datetime(job.last_execution or job.creation) > now_datetime():
			frappe.db.set_value(
				"Scheduled Job Type", job.name, "last_execution", add_to_date(now_datetime(), days=-1)
			)


def due_accounts() -> list[str]:
	"""Accounts that have something to work off, and may."""
	accounts = frappe.get_all("Integration Settings", filters={"enabled": 1}, pluck="name")
	return outbox.due_accounts(accounts, IN)
