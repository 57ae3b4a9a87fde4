"""Whether the scheduler does its work, and workers that live by wake-ups alone, who notice when it does not."""

from __future__ import annotations

from dataclasses import dataclass

import frappe
import redis
from frappe.utils import get_datetime, now_datetime
from frappe.utils.scheduler import is_scheduler_inactive
from rq import get_current_job

from erp_connect.jobs.wakeup import SITE

SWEEP = "erp_connect.operate.sweep.sweep"
# Between two sweeps, each a minute after the other, with room for a worker that is busy.
SWEEP_LATE = 300
ASKED = "erp_connect:site_asked_for"
ASKED_SECONDS = 300


@dataclass(frozen=True)
class Scheduler:
	"""active: it may run. swept_seconds: since the job of every minute ran last, None when never."""

	active: bool
	swept_seconds: float | None

	@property
	def late(self) -> bool:
		"""It may run, and does not get its job done."""
		return self.active and (self.swept_seconds is None or self.swept_seconds > SWEEP_LATE)

	@property
	def stopped(self) -> bool:
		return self.late or not self.active


def scheduler() -> Scheduler:
	"""How the scheduler of this site stands."""
	return Scheduler(not is_scheduler_inactive(verbose=False), _swept())


def notice() -> None:
	"""In a job: have it told when the scheduler is late, at most once in five minutes. Never raises because of Redis.

	Not when it was switched off: who did that knows, and whoever opens the workspace is told.
	"""
	if not get_current_job():
		return
	try:
		due = frappe.cache.set(frappe.cache.make_key(ASKED), 1, nx=True, ex=ASKED_SECONDS)
	except redis.RedisError:
		return
	if due and scheduler().late:
		SITE.wake()


def _swept() -> float | None:
	"""The job's own time: only a worker that took it, from a scheduler that queued it, sets it."""
	at = frappe.db.get_value("Scheduled Job Type", {"method": SWEEP}, "last_execution")
	return (now_datetime() - get_datetime(at)).total_seconds() if at else None
