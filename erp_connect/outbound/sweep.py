"""The guarantee behind the wake-ups: every minute, whatever is due gets a drain, and stopped backfills go on."""

import frappe
from frappe.utils import add_to_date, get_datetime, now_datetime

from erp_connect.inbound import bulk
from erp_connect.inbound import wakeup as inbound
from erp_connect.outbound import backfill, wakeup

JOB = "erp_connect.outbound.sweep.sweep"


def sweep() -> None:
	"""Scheduled every minute. Takes over where a wake-up, a worker or Redis was lost."""
	for account in due_accounts("Outgoing"):
		wakeup.wake(account)
	for account in due_accounts("Incoming"):
		inbound.wake(account)
	bulk.wake_all()
	backfill.wake_all()


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


def due_accounts(direction: str) -> list[str]:
	"""Accounts that have something to send, or to work off, and may."""
	return frappe.db.sql_list(
		"SELECT settings.name FROM `tabIntegration Settings` settings"
		" WHERE settings.enabled = 1 AND (settings.paused = 0 OR %(direction)s = 'Incoming') AND EXISTS ("
		" SELECT 1 FROM `tabSync Log` log"
		" WHERE log.integration = settings.name AND log.due_at <= UNIX_TIMESTAMP() AND log.direction = %(direction)s)",
		{"direction": direction},
	)
