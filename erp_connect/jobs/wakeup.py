"""Wakes the drain of an account once a transaction with events has been committed.

Best effort by design: the sweep of every minute is the guarantee, this is only speed. Whatever goes wrong
here, with Redis stopped for example, is never felt by the user whose save it follows.
"""

from contextlib import suppress
from functools import lru_cache

import frappe
import redis

JOB = "erp_connect.outbound.drain.drain"
QUEUE = "short"
# A wake-up that was lost with its worker stops blocking the next one after this time.
PENDING_SECONDS = 30
QUEUE_PATIENCE = 0.3


def after_commit(accounts: set[str]) -> None:
	"""Wake `accounts` after the commit of the current transaction, once each."""
	if not hasattr(frappe.local, "erp_connect_wake"):
		frappe.local.erp_connect_wake = set()
	frappe.local.erp_connect_wake |= accounts
	# Registered each time: a rollback clears the callbacks, and all but the first find the set empty.
	frappe.db.after_commit.add(_wake_pending)


def _wake_pending() -> None:
	accounts, frappe.local.erp_connect_wake = frappe.local.erp_connect_wake, set()
	for account in accounts:
		wake(account)


def wake(account: str, job: str = JOB, queue: str = QUEUE, argument: str = "account") -> bool:
	"""Queue a job for `account` unless one is waiting to start. Never raises; True when one was queued.

	argument: name under which the job gets `account`; a job may be about something else, such as a flow.
	"""
	try:
		if not _mark(account, job):
			return False
		_require_queue()
		frappe.enqueue(job, queue=queue, **{argument: account})
	except Exception:  # any failure of Redis or of the queue: the sweep delivers instead
		frappe.logger("erp_connect").warning(
			"wake-up of %s failed, the sweep will deliver", account, exc_info=True
		)
		_unmark(account, job)
		return False
	return True


def _require_queue() -> None:
	# Frappe tries for seconds to reach a queue that is down, in the request of the user who saved.
	with suppress(redis.AuthenticationError):  # it is there; Frappe has the credentials
		_queue(frappe.conf.redis_queue).ping()


@lru_cache(maxsize=4)
def _queue(url: str) -> redis.Redis:
	"""One kept connection for each queue server; redis-py opens a new one in a forked process."""
	return redis.from_url(url, socket_connect_timeout=QUEUE_PATIENCE, socket_timeout=QUEUE_PATIENCE)


def started(account: str, job: str = JOB) -> None:
	"""The job is running: whatever comes from now on asks for another one."""
	frappe.cache.delete(_key(account, job))


def _mark(account: str, job: str) -> bool:
	return bool(frappe.cache.set(_key(account, job), 1, nx=True, ex=PENDING_SECONDS))


def _unmark(account: str, job: str) -> None:
	# Otherwise the next wake-ups would rely on a job that was never queued.
	with suppress(redis.RedisError):
		started(account, job)


def _key(account: str, job: str) -> bytes:
	return frappe.cache.make_key(f"erp_connect:wake:{job}:{account}")
