"""The background job that compares both sides of flows, in turns, each stored together with the place it stands at.

A killed worker's lease runs out, and another one goes on at the same place.
"""

from __future__ import annotations

from erp_connect.jobs.wakeup import COMPARISON
from erp_connect.pull import side_by_side, turns
from erp_connect.reconcile import failure, sides
from erp_connect.reconcile.walk import Walk
from erp_connect.store import reconciliations


def run(name: str) -> None:
	"""Go on with comparison `name`, and with others beside it. Entry point of the job.

	Leaves the session's user as it found it.
	"""
	side_by_side.run_job(COMPARISON, name, reconciliations.due_runs, _open, _failed)


def _open(name: str) -> Walk | None:
	return turns.opened(
		reconciliations.claim(name),
		lambda run: Walk(run, sides.load(run.flow)),
		lambda run, reason: failure.note(run, reason, due_in=None),
	)


def _failed(walk: Walk, error: Exception) -> None:
	failure.of_error(walk.run, walk.account, error)
