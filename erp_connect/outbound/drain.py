"""The background job that sends what is due for one account, batch by batch, until nothing is.

claim → prepare → store → send → settle. Any number of workers may run it for one account at once, up to the
account's own limit; the database decides who gets what. It ends by itself after a while and asks for a
successor, so that no account keeps a worker from the others.
"""

from __future__ import annotations

import time

import frappe

from erp_connect.calls import connection as connections
from erp_connect.calls import switch
from erp_connect.calls.exchange import Connection
from erp_connect.calls.switch import may_send
from erp_connect.config import account as accounts
from erp_connect.config.account import Account
from erp_connect.core.errors import ConnectError
from erp_connect.jobs import session, wakeup
from erp_connect.messages import translate
from erp_connect.outbound import backfill, look_first, prepare, settle
from erp_connect.outbound.claim import Claim, claim
from erp_connect.outbound.sender import Sender
from erp_connect.store import schema

BATCH = 100
RUN_SECONDS = 50
# Longest time to sit out a rate limit; beyond it the sweep comes back.
PATIENCE_SECONDS = 5.0


def drain(account: str) -> None:
	"""Send what is due for `account`. Entry point of the job; leaves the session's user as it found it."""
	# Claiming locks only the rows that are taken, never the gaps between them, into which users insert.
	session.run(account, wakeup, _run)


def _run(account: str) -> bool:
	"""True when there is more to do."""
	more = _send(account)
	if not more:
		backfill.wake_all(integration=account)  # it stands still while much of it is unsent
	return more


def _send(name: str) -> bool:
	"""Batch after batch. True when there is more to send."""
	end = time.monotonic() + RUN_SECONDS
	worker = None
	try:
		while time.monotonic() < end:
			worker = _current(name, worker)
			if worker is None:
				return False
			wait = worker.step()
			if wait > min(PATIENCE_SECONDS, end - time.monotonic()):
				return False
			time.sleep(wait)
		return True
	finally:
		if worker:
			worker.close()


def _current(name: str, worker: _Worker | None) -> _Worker | None:
	"""A worker with the settings as they are now; None when the account may not send."""
	if may_send(name) and worker and not worker.outdated():
		return worker
	if worker:
		worker.close()
	return _open(name) if may_send(name) else None


def _open(name: str) -> _Worker | None:
	"""A worker with the account's current settings; None, and the account paused, if they cannot be used."""
	try:
		schema.require()
		settings = frappe.get_doc("Integration Settings", name)
		account = accounts.from_document(settings)
		frappe.set_user(account.user)
		return _Worker(account, connections.open_connection(settings, account), str(settings.modified))
	except ConnectError as error:
		switch.pause(name, translate(error))
		frappe.db.commit()  # the pause must last, whatever becomes of this job
		return None


class _Worker:
	def __init__(self, account: Account, connection: Connection, modified: str) -> None:
		self.account = account
		self.connection = connection
		self.modified = modified

	def close(self) -> None:
		self.connection.close()

	def outdated(self) -> bool:
		return (
			str(frappe.db.get_value("Integration Settings", self.account.name, "modified")) != self.modified
		)

	def step(self) -> float:
		"""One batch. Returns how many seconds to wait before the next one; infinity when nothing is due."""
		taken = claim(self.account, BATCH)
		if not taken.events:
			return float("inf") if taken.wait is None else taken.wait
		self._process(taken, taken.events, last_chance=False)
		return 0

	def _process(self, taken: Claim, events: list, *, last_chance: bool) -> None:
		batch = prepare.prepare(events, self.account)
		looked = look_first.look(batch.prepared, self.connection, self.account)
		batch.prepared = looked.go
		batch.verdicts += looked.wait
		waiting = (
			[] if last_chance else [item for item in batch.verdicts if item.outcome == prepare.MISSING_LINK]
		)
		settle.verdicts(taken.token, [item for item in batch.verdicts if item not in waiting], self.account)
		settle.store_requests(taken.token, batch.prepared)
		if looked.left:
			settle.release(taken.token, [item.event for item in looked.left], set())
		stopped = Sender(self.account, self.connection, taken).send_all(batch.prepared)
		if waiting:
			left = [item.event for item in waiting]
			if stopped:
				settle.release(taken.token, left, set())
			else:
				# What they point to may have been sent just now.
				self._process(taken, left, last_chance=True)
