"""Named locks of the database: one worker at a time, on whatever machine, also for what does not exist yet.

They belong to the connection, not to the transaction, and end with it when a worker dies.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import frappe

from erp_connect.core.errors import ConnectError


class Busy(ConnectError):
	"""Another worker holds the lock for too long."""

	default_code = "busy"


@contextmanager
def one_at_a_time(what: str, seconds: int = 30) -> Iterator[None]:
	"""Hold the lock called `what` inside the block. Raises `Busy` when it is not free within `seconds`."""
	name = _take(what, seconds)
	try:
		yield
	finally:
		_release(name)


def until_commit(what: str, seconds: int = 30) -> None:
	"""Hold the lock called `what` until the transaction ends. Raises `Busy`."""
	name = _take(what, seconds)
	frappe.db.after_commit.add(lambda: _release(name))
	frappe.db.after_rollback.add(lambda: _release(name))


def _take(what: str, seconds: int) -> str:
	# Names are shared by all sites of a database server and hold at most 64 characters.
	name = "erp_connect:" + hashlib.sha256(f"{frappe.conf.db_name}:{what}".encode()).hexdigest()[:40]
	if not frappe.db.sql("SELECT GET_LOCK(%s, %s)", (name, seconds))[0][0]:
		raise Busy("Another process is at work on the same record. Try again in a moment.")
	return name


def _release(name: str) -> None:
	frappe.db.sql("SELECT RELEASE_LOCK(%s)", name)
