"""The background job that compares both sides of flows, in turns, each stored together with the place it stands at.

A killed worker's lease runs out, and another one goes on at the same place.
"""

from __future__ import annotations

from erp_connect.jobs import session
from erp_connect.jobs.wakeup import COMPARISON
from erp_connect.outbound.sending import Sending
from erp_connect.pull import turns
from erp_connect.pull.beside import Walks
from erp_connect.reconcile import failure, sides
from erp_connect.reconcile.walk import Walk
from erp_connect.store import reconciliations, schema


def run(name: str) -> None:
	"""Go on with comparison `name`, and with others beside it. Entry point of the job.

	Leaves the session's user as it found it.
	"""
	COMPARISON.started(name)
	with session.session(), session.quick_threads(), Sending(dedicated=False) as sending:
		schema.require()
		more = Walks(sending, _open, _failed).take(name, reconciliations.due_runs)
	for other in more:
		COMPARISON.wake(other)


def _open(name: str) -> Walk | None:
	held = reconciliations.claim(name)
	if held is None:
		return None
	return turns.opened(
		lambda: Walk(held, sides.load(held.flow)), lambda reason: failure.note(held, reason, due_in=None)
	)


def _failed(walk: Walk, error: Exception) -> None:
	failure.of_error(walk.run, walk.account, error)
