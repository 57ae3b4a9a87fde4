"""The isolation level under which the engine works."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def read_committed() -> Iterator[None]:
	"""Inside, each query sees what others have committed by then, and only rows that exist are locked.

	What was not committed before is committed on entry, and rolled back at the end.
	"""
	frappe.db.commit()  # the isolation level of a running transaction cannot be changed
	frappe.db.sql("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
	frappe.db.commit()  # makes it the level of the transaction that starts now
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.db.sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
