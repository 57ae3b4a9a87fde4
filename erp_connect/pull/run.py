"""The background job that pulls a flow: page after page, each stored together with the place it stands at.

ask → read → store records and cursor → commit. A page that fails leaves the cursor where it was; a killed worker's
lease runs out and another one goes on at the same page. Memory holds one page.
"""

from __future__ import annotations

from erp_connect.config import account as accounts
from erp_connect.config import pulling
from erp_connect.jobs import pull_wakeup, session
from erp_connect.pull import failure, turns
from erp_connect.pull.walk import Walk
from erp_connect.store import schema, sync_cursor


def run(flow: str) -> None:
	"""Pull what is due of `flow`. Entry point of the job; leaves the session's user as it found it."""
	session.run(flow, pull_wakeup, _run)


def _run(flow: str) -> bool:
	"""True when there is more to do at once."""
	schema.require()
	cursor = sync_cursor.claim(flow)
	if cursor is None:
		return False
	walk = turns.opened(
		lambda: Walk(cursor, accounts.load(cursor.account), pulling.load(cursor.flow)),
		lambda reason: failure.note(cursor, reason, due_in=None, refused=False),
	)
	if walk is None:
		return False
	try:
		return turns.take(walk)
	finally:
		walk.close()
