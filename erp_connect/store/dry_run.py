"""Work of which nothing is kept: what a real run would do, and how it would fail, without a trace of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

from erp_connect.core.errors import ConnectError
from erp_connect.store import transactions

# Neither the search index nor mail knows of transactions.
QUIET = {"disable_global_search": 1, "mute_emails": 1}
_PLACE = "erp_connect_dry_run"


class WouldCommit(ConnectError):
	"""Something inside wanted to keep what it wrote."""

	default_code = "would_commit"


@contextmanager
def nothing_kept() -> Iterator[None]:
	"""Inside, nothing is committed, and at the end all is rolled back, as are callbacks that waited for the commit.

	A commit inside raises `WouldCommit`. What was not committed before is committed on entry, as by
	`transactions.read_committed`, under which records are written. Messages shown inside are dropped.
	"""
	database, conf, said = frappe.local.db, frappe.local.conf, list(frappe.local.message_log)
	with transactions.read_committed():
		frappe.local.conf = frappe._dict(conf, **QUIET)
		database.commit = _refuse
		try:
			yield
		finally:
			del database.commit
			frappe.local.conf, frappe.local.message_log = conf, said
			database.rollback()


@contextmanager
def each_undone() -> Iterator[None]:
	"""Within `nothing_kept`: what is written inside is undone at once, so that the next piece of work finds none of it."""
	frappe.db.savepoint(_PLACE)
	try:
		yield
	finally:
		try:
			frappe.db.rollback(save_point=_PLACE)
		except frappe.db.OperationalError:
			frappe.db.rollback()  # after a deadlock the database has undone all, the savepoint too


def _refuse(*_arguments, **_named) -> None:
	raise WouldCommit(
		"This record would be written in several parts, each of them for good, so it cannot be tried without keeping it."
	)
