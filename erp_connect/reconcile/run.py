"""The background job that compares both sides of a flow, in turns, each stored together with the place it stands at.

A killed worker's lease runs out, and another one goes on at the same place. It ends by itself after a while and asks
for a successor, so that no comparison keeps a worker from the others.
"""

from __future__ import annotations

import time

import frappe

from erp_connect import compat
from erp_connect.core.errors import ConnectError
from erp_connect.messages import translate
from erp_connect.outbound import pace
from erp_connect.outbound.switch import may_send
from erp_connect.pull.failure import Reason
from erp_connect.reconcile import failure, sides, wakeup
from erp_connect.reconcile.walk import Walk
from erp_connect.store import reconciliations, schema
from erp_connect.store.reconciliations import Run
from erp_connect.store.transactions import read_committed

RUN_SECONDS = 50
# Longest time to sit out a rate limit; beyond it the sweep comes back.
PATIENCE_SECONDS = 5.0


def run(name: str) -> None:
	"""Go on with comparison `name`. Entry point of the job; leaves the session's user as it found it."""
	wakeup.started(name)
	user = frappe.session.user
	try:
		with read_committed():
			more = _run(name)
		if more:
			wakeup.wake(name)
	finally:
		frappe.set_user(user)


def _run(name: str) -> bool:
	"""True when there is more to do at once."""
	schema.require()
	held = reconciliations.claim(name)
	if held is None:
		return False
	try:
		walk = _open(held)
	except (ConnectError, frappe.DoesNotExistError) as error:
		text = translate(error) if isinstance(error, ConnectError) else str(error)
		failure.note(held, Reason("configuration", text), due_in=None)
		return False
	try:
		return _turns(walk)
	except Exception as error:
		frappe.db.rollback()
		failure.of_error(walk.run, walk.sides.account, error)
		return False
	finally:
		walk.close()


def _open(held: Run) -> Walk:
	found = sides.load(held.flow)
	if not frappe.db.get_value("User", found.account.user, "enabled"):
		raise ConnectError(
			"User {user} is disabled. Enable the user, then compare again.", user=found.account.user
		)
	frappe.set_user(found.account.user)
	return Walk(held, found)


def _turns(walk: Walk) -> bool:
	end = time.monotonic() + RUN_SECONDS
	while time.monotonic() < end:
		if not _may_go_on(walk):
			walk.give_back(failure.PAUSED_SECONDS)
			return False
		wait = pace.permitted_in(walk.sides.account) if walk.asks() else 0
		if wait > min(PATIENCE_SECONDS, max(0.0, end - time.monotonic())):
			walk.give_back(wait)
			return False
		if wait:
			time.sleep(wait)
			continue
		compat.forget_looked_up_values()
		if not walk.turn():
			return False
	walk.give_back(0)
	return True


def _may_go_on(walk: Walk) -> bool:
	"""Whether account and flow are switched on, by what is committed now."""
	return may_send(walk.sides.account.name) and bool(
		frappe.db.get_value("Field Mapping", walk.sides.flow, "enabled")
	)
