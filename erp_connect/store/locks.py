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
	name = _name(what)
	if not frappe.db.sql("SELECT GET_LOCK(%s, %s)", (name, seconds))[0][0]:
		raise busy()
	try:
		yield
	finally:
		frappe.db.sql("SELECT RELEASE_LOCK(%s)", name)


def try_to_hold(what: str) -> bool:
	"""Take the lock called `what` unless somebody has it, also in this process; `let_go` of it in the end."""
	name = _name(what)
	if name in _tried():
		return False
	if frappe.db.sql("SELECT GET_LOCK(%s, 0)", name)[0][0]:
		_tried().add(name)
		return True
	return False


def let_go(what: str) -> None:
	"""Release a lock taken by `try_to_hold`."""
	name = _name(what)
	_tried().discard(name)
	frappe.db.sql("SELECT RELEASE_LOCK(%s)", name)


def _tried() -> set[str]:
	"""What this connection holds: the database would let it have the same lock twice."""
	if not hasattr(frappe.local, "erp_connect_tried"):
		frappe.local.erp_connect_tried = set()
	return frappe.local.erp_connect_tried


def until_commit(what: str, seconds: int = 30) -> None:
	"""Hold the lock called `what` until the transaction ends. Raises `Busy`."""
	until_commit_all([what], seconds)


def until_commit_all(things: list[str], seconds: int = 30) -> None:
	"""Hold several locks until the transaction ends, taken in one statement and in one order. Raises `Busy`."""
	held = _held()
	if names := sorted({_name(what) for what in things} - held):
		# Registered each time: a rollback clears the callbacks, and all but the first find nothing to release.
		frappe.db.after_commit.add(_release_held)
		frappe.db.after_rollback.add(_release_held)
		held.update(names)
		taken = frappe.db.sql(
			"SELECT " + ", ".join(["GET_LOCK(%s, %s)"] * len(names)), _with(names, seconds)
		)[0]
		if not all(taken):
			raise busy()


def _held() -> set[str]:
	"""Names of the locks that this connection holds until its transaction ends."""
	if not hasattr(frappe.local, "erp_connect_locks"):
		frappe.local.erp_connect_locks = set()
	return frappe.local.erp_connect_locks


def _release_held() -> None:
	if names := list(_held()):
		_held().clear()
		frappe.db.sql("SELECT " + ", ".join(["RELEASE_LOCK(%s)"] * len(names)), names)


def _with(names: list[str], seconds: int) -> list:
	return [value for name in names for value in (name, seconds)]


def _name(what: str) -> str:
	# Names are shared by all sites of a database server and hold at most 64 characters.
	return "erp_connect:" + hashlib.sha256(f"{frappe.conf.db_name}:{what}".encode()).hexdigest()[:40]


def busy() -> Busy:
	return Busy("Another process is at work on the same record. Try again in a moment.")
