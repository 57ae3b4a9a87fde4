"""The background job that pulls a flow: page after page, each stored together with the place it stands at.

ask → read → store records and cursor → commit. A page that fails leaves the cursor where it was; a killed worker's
lease runs out and another one goes on at the same page. Memory holds one page. It ends by itself after a while and
asks for a successor, so that no flow keeps a worker from the others.
"""

from __future__ import annotations

import time

import frappe

from erp_connect.config import account as accounts
from erp_connect.config import pulling
from erp_connect.core.errors import ConnectError
from erp_connect.messages import translate
from erp_connect.outbound import pace
from erp_connect.outbound.switch import may_send
from erp_connect.pull import failure, wakeup
from erp_connect.pull.walk import Walk
from erp_connect.store import schema, sync_cursor
from erp_connect.store.sync_cursor import Cursor
from erp_connect.store.transactions import read_committed

RUN_SECONDS = 50
# Longest time to sit out a rate limit; beyond it the sweep comes back.
PATIENCE_SECONDS = 5.0


def run(flow: str) -> None:
	"""Pull what is due of `flow`. Entry point of the job; leaves the session's user as it found it."""
	wakeup.started(flow)
	user = frappe.session.user
	try:
		with read_committed():
			more = _run(flow)
		if more:
			wakeup.wake(flow)
	finally:
		frappe.set_user(user)


def _run(flow: str) -> bool:
	"""True when there is more to do at once."""
	schema.require()
	cursor = sync_cursor.claim(flow)
	if cursor is None:
		return False
	try:
		walk = _open(cursor)
	except (ConnectError, frappe.DoesNotExistError) as error:
		text = translate(error) if isinstance(error, ConnectError) else str(error)
		failure.note(cursor, failure.Reason("configuration", text), due_in=None, refused=False)
		return False
	try:
		return _pages(walk)
	finally:
		walk.close()


def _open(cursor: Cursor) -> Walk:
	account = accounts.load(cursor.account)
	if not frappe.db.get_value("User", account.user, "enabled"):
		raise ConnectError("User {user} is disabled. Enable the user, then pull again.", user=account.user)
	frappe.set_user(account.user)
	return Walk(cursor, account, pulling.load(cursor.flow))


def _pages(walk: Walk) -> bool:
	end = time.monotonic() + RUN_SECONDS
	while time.monotonic() < end:
		if not _may_go_on(walk):
			walk.give_back(60)
			return False
		wait = pace.permitted_in(walk.account)
		if wait > min(PATIENCE_SECONDS, max(0.0, end - time.monotonic())):
			walk.give_back(wait)
			return False
		if wait:
			time.sleep(wait)
			continue
		if not walk.turn():
			return False
	walk.give_back(0)
	return True


def _may_go_on(walk: Walk) -> bool:
	"""Whether account and flow are switched on, by what is committed now."""
	return may_send(walk.account.name) and bool(
		frappe.db.get_value("Field Mapping", walk.cursor.flow, "enabled")
	)
