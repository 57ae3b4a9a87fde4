"""What stops the whole site: a scheduler that stands still, queues without a worker.

The sweep cannot tell that it does not run. So others look as well: whoever opens the workspace or asks the monitoring
endpoint (the web process), and jobs that were rung for (a worker). A site on which nothing runs and nobody looks tells
nobody: that is what the monitoring endpoint is for.
"""

from __future__ import annotations

from collections.abc import Sequence

import frappe
import redis
from frappe import _
from frappe.utils import now_datetime

from erp_connect.calls.notices import tell_managers
from erp_connect.core.delivery.alerts import decide
from erp_connect.jobs.scheduler_watch import SWEEP_LATE, Scheduler, scheduler
from erp_connect.jobs.session import session
from erp_connect.jobs.wakeup import ALERTS, SITE
from erp_connect.operate import monitoring
from erp_connect.operate.alerts.kinds import SCHEDULER, WORKERS
from erp_connect.store import alerts as store
from erp_connect.store import installation, locks

LOCK = "alerts"
LOOKED = "erp_connect:site_looked_at"
# Of all who ask together.
LOOKED_SECONDS = 60


def problems() -> list[store.Problem]:
	"""What is wrong with the site at this moment."""
	return [*_stopped(), *without_worker()]


def without_worker() -> list[store.Problem]:
	"""Queues that nobody serves. Also the sweep, which one worker runs, may find one."""
	if idle := [queue.name for queue in monitoring.queues() if queue.workers == 0]:
		return [store.Problem("", WORKERS, len(idle), idle_in_words(idle))]
	return []


def idle_in_words(queues: list[str]) -> str:
	"""That no worker serves these queues, with the remedy."""
	text = _(
		"No background worker serves these queues: {0}. What waits there stands still. An administrator starts one, "
		"with bench start or the process manager of the server."
	)
	return text.format(", ".join(queues))


def stopped_in_words(known: Scheduler) -> str:
	"""What stands still with the scheduler, and the remedy; empty while it works."""
	if not known.active:
		return _(
			"The scheduler is switched off: retries, pulls and alerts stand still. An administrator switches it on with "
			"bench --site <site> enable-scheduler."
		)
	if known.late:
		return _(
			"The job of every minute has not been run for more than {0} minutes: retries, pulls and alerts stand still. An "
			"administrator looks whether bench schedule runs and whether the workers are busy."
		).format(SWEEP_LATE // 60)
	return ""


def run() -> None:
	"""Job: a worker that is alive looks whether the scheduler is."""
	SITE.started()
	with session():
		look()


def look_now_and_then() -> None:
	"""Look, at most once in `LOOKED_SECONDS`, in the request of somebody who asks how things stand. Never raises for Redis."""
	try:
		due = frappe.cache.set(frappe.cache.make_key(LOOKED), 1, nx=True, ex=LOOKED_SECONDS)
	except redis.RedisError:
		return
	if due:
		look()


def look() -> None:
	"""Write down what began or goes on, and tell it. Commits. That it is over is found by the sweep, which proves it."""
	if installation.is_held() or not frappe.db.exists("Integration Settings", {"enabled": 1}):
		return
	found = {problem.key: problem for problem in problems()}
	if not found or not locks.try_to_hold(LOCK):
		return
	try:
		_write_down(found)
		frappe.db.commit()  # also in a request that only reads
	finally:
		locks.let_go(LOCK)
	if "" in store.accounts_to_tell():
		ALERTS.wake("")


def tell_at_once(begun: Sequence[store.Problem]) -> None:
	"""Leave notifications of problems of the site that began, by this process: the job that tells waits for a worker."""
	for problem in begun:
		if not problem.integration:
			tell_managers(_(problem.kind), problem.message)


def _write_down(found: dict[str, store.Problem]) -> None:
	known = {key: seen for key, seen in store.known().items() if key in found}
	amounts = {key: problem.amount for key, problem in found.items()}
	decision = decide(amounts, known, store.seconds(now_datetime()))
	if decision.begun:
		begun = [found[key] for key in decision.begun]
		store.begin(begun)
		tell_at_once(begun)
	for key in decision.seen:
		store.see(found[key], tell=False)
	for key in decision.again:
		store.see(found[key], tell=True)


def _stopped() -> list[store.Problem]:
	text = stopped_in_words(scheduler())
	return [store.Problem("", SCHEDULER, 1, text)] if text else []
