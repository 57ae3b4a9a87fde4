"""The database itself: whether its connection stands, another one in its place, and whether it has room."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import frappe
from frappe import _

# Errors of MariaDB that say there is no room, and those that say so only with the system's error 28 beside them.
# https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
FULL, MAYBE_FULL = (1021, 1114), (3, 1026, 1030)
# Between two tries to reach the database.
AGAIN_SECONDS = 0.5


class StorageFull(frappe.ValidationError):
	"""There is no room for what has to be recorded. Nothing of the transaction may be kept."""

	http_status_code = 503


def told_by(error: Exception) -> tuple[Any, ...]:
	"""Number and message of an error of the database; empty for any other exception."""
	# Of all drivers, the class that those of data, integrity and operation have in common.
	return error.args if isinstance(error, frappe.db.DataError.__base__) else ()


def is_full(error: Exception) -> bool:
	"""Whether an error of the database means that its disk, or the table, is full."""
	if not isinstance(error, frappe.db.OperationalError | frappe.db.InternalError) or not error.args:
		return False
	return error.args[0] in FULL or (error.args[0] in MAYBE_FULL and "28" in str(error.args[-1]))


@contextmanager
def in_words() -> Iterator[None]:
	"""Around the recording of events inside somebody else's transaction. Raises `StorageFull` where there is no room."""
	try:
		yield
	except (frappe.db.OperationalError, frappe.db.InternalError) as error:
		if not is_full(error):
			raise
		frappe.throw(
			_(
				"Nothing was saved: the database's disk is full, so the change could not be recorded for the systems"
				" that have to hear of it. Ask your administrator to free space, then save again."
			),
			StorageFull,
			title=_("Disk full"),
		)


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
