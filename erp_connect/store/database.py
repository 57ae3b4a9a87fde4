"""The connection to the database: whether it still stands, and another one in its place."""

from __future__ import annotations

import time
from contextlib import suppress

import frappe

# Between two tries to reach the database.
AGAIN_SECONDS = 0.5


def is_alive() -> bool:
	"""Whether the connection answers. What kind of error its end shows as differs by driver and by moment."""
	try:
		frappe.db.sql("SELECT 1")
	except Exception:
		return False
	return True


def reconnect(patience: float = 0.0, *, read_committed: bool = False) -> None:
	"""Put a new connection in the place of one that died. What was not committed is gone with it, as after a rollback.

	patience: seconds for which to go on trying. read_committed: the session works at that level. Raises what the
	driver raises when the database cannot be reached.
	"""
	with suppress(Exception):  # a dead connection need not say goodbye
		frappe.db._conn.close()
	frappe.db.before_commit.reset()
	frappe.db.after_commit.reset()
	with suppress(Exception):  # as after any rollback: none of them may keep the new connection away
		frappe.db.before_rollback.run()
		frappe.db.after_rollback.run()
	_connect(patience)
	if read_committed:
		frappe.db.sql("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
		frappe.db.commit()  # makes it the level of the transaction that starts now


def _connect(patience: float) -> None:
	end = time.monotonic() + patience
	while True:
		try:
			frappe.db.connect()
			return
		except frappe.db.OperationalError:
			if time.monotonic() > end:
				raise
			time.sleep(AGAIN_SECONDS)


def restore() -> bool:
	"""Whether the connection had died; then there is a new one, or none, so that a request can still be answered.

	Frappe commits or rolls back after each request, which fails on a dead connection, and the answer with it.
	"""
	if is_alive():
		return False
	try:
		reconnect()
	except Exception:
		frappe.logger("erp_connect").error("the database cannot be reached", exc_info=True)
		frappe.local.db = None  # Frappe asks for it before it commits
	return True
