"""The background job that loads flows in windows of time: page after page, each stored with the place it stands at.

A killed worker's lease runs out, and another one goes on at the same page of the same window.
"""

from __future__ import annotations

from erp_connect.config import account as accounts
from erp_connect.config import pulling
from erp_connect.jobs.wakeup import LOAD
from erp_connect.pull import load_failure, side_by_side, turns
from erp_connect.pull.load_walk import LoadWalk
from erp_connect.store import loads


def run(name: str) -> None:
	"""Go on with load `name`, and with others beside it. Entry point of the job.

	Leaves the session's user as it found it.
	"""
	side_by_side.run_job(LOAD, name, loads.due, _open, _failed)


def _open(name: str) -> LoadWalk | None:
	return turns.opened(
		loads.claim(name),
		lambda load: LoadWalk(load, accounts.load(load.account), pulling.load(load.flow)),
		lambda load, reason: load_failure.note(load, reason, due_in=None),
	)


def _failed(walk: LoadWalk, error: Exception) -> None:
	load_failure.of_error(walk.load, walk.account, error)
