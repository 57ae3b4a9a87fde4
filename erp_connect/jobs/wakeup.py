"""Wakes background jobs of this app, each unless one waits to start already.

Best effort by design: the sweep of every minute is the guarantee, this is only speed. Whatever goes wrong here is
never felt by the user whose save it follows.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import frappe
import redis

# A wake-up that was lost with its worker stops blocking the next one after this time.
PENDING_SECONDS = 30
QUEUE_PATIENCE = 0.3


@dataclass(frozen=True)
class Wakeup:
	"""How one kind of job is woken. job: its dotted path; argument: under which it gets what it is about, if anything."""

	job: str
	queue: str
	argument: str = ""

	def wake(self, what: str = "") -> bool:
		"""Queue the job about `what` unless one is waiting to start. Never raises; True when one was queued."""
		try:
			marked = frappe.cache.set(self.mark_of(what), 1, nx=True, ex=PENDING_SECONDS)
		except redis.RedisError:
			_warn(what or self.job)
			return False
		return bool(marked) and self.queue_marked(what)

	def queue_marked(self, what: str = "") -> bool:
		"""Queue the job about `what`, which was marked as waiting. Never raises; True when it was queued."""
		try:
			_require_queue()
			frappe.enqueue(self.job, queue=self.queue, **({self.argument: what} if self.argument else {}))
		except Exception:  # any failure of the queue: the sweep does it instead
			_warn(what or self.job)
			self.started(what)  # otherwise the next wake-ups would rely on a job that was never queued
			return False
		return True

	def after_commit(self, what: str) -> None:
		"""Wake after the commit of the current transaction."""
		frappe.db.after_commit.add(lambda: self.wake(what))

	def started(self, what: str = "") -> None:
		"""The job is running: whatever comes from now on asks for another one."""
		with suppress(redis.RedisError):
			frappe.cache.delete(self.mark_of(what))

	def mark_of(self, what: str = "") -> bytes:
		"""The key in the cache that is there, for `PENDING_SECONDS`, while a job about `what` waits to start."""
		return frappe.cache.make_key(f"erp_connect:wake:{self.job}:{what}")


SENDING = Wakeup("erp_connect.outbound.drain.drain", "short")
INBOUND = Wakeup("erp_connect.inbound.process.process", "short", "account")
# Harmless while one runs, since a pull, a load and a comparison take a lease. Not told by RQ's word for it: a job whose worker
# was killed counts as started there for a long time.
PULL = Wakeup("erp_connect.pull.run.run", "long", "flow")
LOAD = Wakeup("erp_connect.pull.load_run.run", "long", "name")
COMPARISON = Wakeup("erp_connect.reconcile.run.run", "long", "name")
WEBHOOKS = Wakeup("erp_connect.operate.webhooks.look_after", "short", "account")
ALERTS = Wakeup("erp_connect.operate.alerts.notify.run", "short", "account")
SITE = Wakeup("erp_connect.operate.alerts.site.run", "short")


def _warn(what: str) -> None:
	frappe.logger("erp_connect").warning("wake-up of %s failed, the sweep will do it", what, exc_info=True)


def _require_queue() -> None:
	# Frappe tries for seconds to reach a queue that is down, in the request of the user who saved.
	with suppress(redis.AuthenticationError):  # it is there; Frappe has the credentials
		_queue(frappe.conf.redis_queue).ping()


@lru_cache(maxsize=4)
def _queue(url: str) -> redis.Redis:
	"""One kept connection for each queue server; redis-py opens a new one in a forked process."""
	return redis.from_url(url, socket_connect_timeout=QUEUE_PATIENCE, socket_timeout=QUEUE_PATIENCE)
