"""Tells the job that sends that an account has something to send, as soon as a transaction is committed.

A job that is at work listens, and takes up what rings at once; only when none does, a job is queued. Best effort by
design: the sweep of every minute is the guarantee, this is only speed. Whatever goes wrong here, with Redis stopped
for example, is never felt by the user whose save it follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import frappe
import redis
from frappe.utils import background_jobs

from erp_connect.jobs import wakeup
from erp_connect.jobs.steps import Steps

# For so long others believe that somebody listens.
LISTENING_SECONDS = 3
# Accounts that rang while nobody listened are found in the database as well.
KEPT_SECONDS = 600
# KEYS: listening, the accounts that rang, the bell, the mark of a job that waits to start. ARGV: seconds to keep them,
# seconds to keep the mark, accounts. 1 where nobody listens and no job waits: whoever rings has to queue one.
_RING = """
redis.call('SADD', KEYS[2], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[2], ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 0 then
	return redis.call('SET', KEYS[4], 1, 'NX', 'EX', ARGV[2]) and 1 or 0
end
if redis.call('LLEN', KEYS[3]) == 0 then
	redis.call('RPUSH', KEYS[3], 1)
	redis.call('EXPIRE', KEYS[3], ARGV[1])
end
return 0
"""


def after_commit(accounts: set[str]) -> None:
	"""Ring for `accounts` after the commit of the current transaction, once each."""
	if not hasattr(frappe.local, "erp_connect_ring"):
		frappe.local.erp_connect_ring = set()
	frappe.local.erp_connect_ring |= accounts
	# Registered each time: a rollback clears the callbacks, and all but the first find the set empty.
	frappe.db.after_commit.add(_ring_pending)


def _ring_pending() -> None:
	accounts, frappe.local.erp_connect_ring = frappe.local.erp_connect_ring, set()
	if accounts:
		ring(accounts)


def ring(accounts: Iterable[str]) -> None:
	"""Let somebody send what is due of `accounts`. Never raises."""
	keys = [*_keys(), wakeup.SENDING.mark_of()]
	try:
		queue_one = frappe.cache.register_script(_RING)(
			keys, [KEPT_SECONDS, wakeup.PENDING_SECONDS, *accounts]
		)
	except redis.RedisError:
		frappe.logger("erp_connect").warning("nobody could be woken, the sweep will deliver", exc_info=True)
		return
	if queue_one:
		wakeup.SENDING.queue_marked()


class Listener:
	"""The job that takes up what rings. Leave it in the end."""

	def listen(self) -> None:
		"""Say that somebody listens, for some seconds to come."""
		_quietly(lambda: frappe.cache.set(_keys()[0], 1, ex=LISTENING_SECONDS))

	def rang(self) -> list[str]:
		"""The accounts that rang since the last call."""
		return _quietly(self._rang) or []

	def hear(self, seconds: float) -> Steps[list[str]]:
		"""As `rang`; waits for one in a thread, at most so many seconds."""
		_, _, bell = _keys()
		yield partial(_quietly, partial(frappe.cache.execute_command, "BLPOP", bell, seconds))
		return _quietly(self._accounts) or []

	def _rang(self) -> list[str]:
		_, _, bell = _keys()
		frappe.cache.execute_command("DEL", bell)
		return self._accounts()

	def _accounts(self) -> list[str]:
		_, accounts, _ = _keys()
		return [account.decode() for account in frappe.cache.execute_command("SPOP", accounts, 1000)]

	def leave(self) -> list[str]:
		"""Listen no more. Returns the accounts that rang until then: who rings later finds nobody here."""
		_quietly(lambda: frappe.cache.execute_command("DEL", _keys()[0]))
		return self.rang()


def others_wait() -> bool:
	"""Whether any job of the bench waits for a worker."""
	queues = _quietly(lambda: background_jobs.get_queues(background_jobs.get_redis_conn()))
	return any(_quietly(lambda queue=queue: queue.count) for queue in queues or ())


def _keys() -> tuple[bytes, bytes, bytes]:
	listening, accounts, bell = (
		frappe.cache.make_key(f"erp_connect:{name}") for name in ("listening", "rang", "bell")
	)
	return listening, accounts, bell


def _quietly(ask):
	"""What Redis answers; None while it is away: then only the database tells what is due."""
	try:
		return ask()
	except redis.RedisError:
		return None
