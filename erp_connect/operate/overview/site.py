"""What keeps the whole site from sending and fetching, in words that say what helps."""

from __future__ import annotations

from frappe import _
from frappe.utils.scheduler import is_scheduler_inactive

from erp_connect.operate import monitoring
from erp_connect.store import schema


def warnings() -> list[str]:
	"""Each with its remedy."""
	found = []
	if is_scheduler_inactive(verbose=False):
		found.append(
			_(
				"The scheduler is switched off: retries, pulls and alerts stand still. An administrator switches it on with "
				"bench --site <site> enable-scheduler."
			)
		)
	if not any(queue.workers for queue in monitoring.queues()):
		found.append(
			_(
				"No background worker is running: nothing is sent or written. An administrator starts it, with bench start or "
				"the process manager of the server."
			)
		)
	if missing := schema.missing_indexes():
		found.append(without_indexes(missing))
	return found


def without_indexes(missing: list[str]) -> str:
	"""That the database lacks these indexes, with the remedy."""
	return _("Database indexes are missing ({0}). An administrator runs bench migrate.").format(
		", ".join(missing)
	)
