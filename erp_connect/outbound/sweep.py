"""The guarantee behind the wake-ups: every minute, whatever is due gets a drain, and stopped backfills go on."""

import frappe

from erp_connect.inbound import wakeup as inbound
from erp_connect.outbound import backfill, wakeup


def sweep() -> None:
	"""Scheduled every minute. Takes over where a wake-up, a worker or Redis was lost."""
	for account in due_accounts("Outgoing"):
		wakeup.wake(account)
	for account in due_accounts("Incoming"):
		inbound.wake(account)
	backfill.wake_all()


def due_accounts(direction: str) -> list[str]:
	"""Accounts that have something to send, or to work off, and may."""
	return frappe.db.sql_list(
		"SELECT settings.name FROM `tabIntegration Settings` settings"
		" WHERE settings.enabled = 1 AND (settings.paused = 0 OR %(direction)s = 'Incoming') AND EXISTS ("
		" SELECT 1 FROM `tabSync Log` log"
		" WHERE log.integration = settings.name AND log.due_at <= UNIX_TIMESTAMP() AND log.direction = %(direction)s)",
		{"direction": direction},
	)
