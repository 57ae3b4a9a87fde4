"""The background job that compares both sides of a flow, in turns, each stored together with the place it stands at.

A killed worker's lease runs out, and another one goes on at the same place.
"""

from __future__ import annotations

import frappe

from erp_connect.jobs import session
from erp_connect.pull import turns
from erp_connect.reconcile import failure, sides, wakeup
from erp_connect.reconcile.walk import Walk
from erp_connect.store import reconciliations, schema


def run(name: str) -> None:
	"""Go on with comparison `name`. Entry point of the job; leaves the session's user as it found it."""
	session.run(name, wakeup, _run)


def _run(name: str) -> bool:
	"""True when there is more to do at once."""
	schema.require()
	held = reconciliations.claim(name)
	if held is None:
		return False
	walk = turns.opened(
		lambda: Walk(held, sides.load(held.flow)), lambda reason: failure.note(held, reason, due_in=None)
	)
	if walk is None:
		return False
	try:
		return turns.take(walk)
	except Exception as error:
		frappe.db.rollback()
		failure.of_error(walk.run, walk.account, error)
		return False
	finally:
		walk.close()
