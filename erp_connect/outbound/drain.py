"""The background job that sends what is due of all accounts, until nothing is.

claim → prepare → store → send → settle. Any number of workers may run it at once. It ends by itself after a while and
asks for a successor, so that it does not keep a worker from other jobs. While nobody else needs the worker it waits
for more, since what rings then goes out at once, without a process that has to start first.
"""

from __future__ import annotations

import time

import frappe
from rq import get_current_job

from erp_connect.jobs import doorbell, scheduler_watch, session
from erp_connect.jobs.wakeup import SENDING
from erp_connect.outbound.sending import TURN_SECONDS, Sending

RUN_SECONDS = 50
# How long to wait for more after the last event, while no other job needs the worker.
LINGER_SECONDS = 20.0
# Between two looks at whether another job needs it.
GLANCE_SECONDS = 0.25


def drain(account: str = "") -> None:
	"""Send what is due. Entry point of the job; leaves the session's user as it found it.

	account: was used before version 0.2; what is due of the other accounts goes along.
	"""
	# Claiming locks only the rows that are taken, never the gaps between them, into which users insert.
	SENDING.started()
	with session.session(), session.quick_threads(), Sending() as sending:
		more = _send(sending)
	if more:
		SENDING.wake()
	scheduler_watch.notice()


def _send(sending: Sending) -> bool:
	"""True when there is more to do at once."""
	end = time.monotonic() + RUN_SECONDS
	while time.monotonic() < end:
		sending.turn(TURN_SECONDS)
		if sending.idle and not _linger(sending, end):
			return False
	sending.listener.leave()
	sending.finish()
	return True


def _linger(sending: Sending, end: float) -> bool:
	"""Wait for something to send. False when nothing came, and nobody listens any more."""
	# No transaction stays open: it would hold up whoever changes the tables.
	frappe.db.rollback()
	end = min(end, time.monotonic() + (LINGER_SECONDS if get_current_job() else 0))
	while time.monotonic() < end and not doorbell.others_wait():
		sending.rest(GLANCE_SECONDS)
		if not sending.idle:
			return True
	rang = sending.listener.leave()
	sending.ring(rang)
	return bool(rang)
