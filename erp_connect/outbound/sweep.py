"""The guarantee behind the wake-ups: every minute, whatever is due gets a drain, and stopped backfills go on."""

import frappe

from erp_connect.outbound import backfill, wakeup


def sweep() -> None:
	"""Scheduled every minute. Takes over where a wake-up, a worker or Redis was lost."""
	for account in due_accounts():
		wakeup.wake(account)
	backfill.wake_all()


def due_accounts() -> list[str]:
	"""Accounts that may send and have something to send."""
	return frappe.db.sql_list(
		"SELECT settings.name FROM `tabIntegration Settings` settings"
		" WHERE settings.enabled = 1 AND settings.paused = 0 AND EXISTS ("
		" SELECT 1 FROM `tabSync Log` log"
		" WHERE log.integration = settings.name AND log.due_at <= UNIX_TIMESTAMP() AND log.direction = 'Outgoing')"
	)
