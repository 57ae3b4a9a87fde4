"""The background job that pulls flows: page after page, each stored together with the place it stands at.

ask → read → store records and cursor → commit. A page that fails leaves the cursor where it was; a killed worker's
lease runs out and another one goes on at the same page. Memory holds one page of each walk.
"""

from __future__ import annotations

from erp_connect.config import account as accounts
from erp_connect.config import pulling
from erp_connect.jobs.wakeup import PULL
from erp_connect.pull import failure, side_by_side, turns
from erp_connect.pull.walk import Walk
from erp_connect.store import sync_cursor


def run(flow: str) -> None:
	"""Pull what is due of `flow`, and of other flows beside it. Entry point of the job.

	Leaves the session's user as it found it.
	"""
	side_by_side.run_job(PULL, flow, sync_cursor.due_flows, _open, _failed)


def _open(flow: str) -> Walk | None:
	return turns.opened(
		sync_cursor.claim(flow),
		lambda cursor: Walk(cursor, accounts.load(cursor.account), pulling.load(cursor.flow)),
		lambda cursor, reason: failure.note(cursor, reason, due_in=None, refused=False),
	)


def _failed(walk: Walk, error: Exception) -> None:
	failure.of_error(walk.cursor, walk.account, error)
