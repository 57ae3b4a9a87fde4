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
# The first events of a document that is inserted, saved, cancelled, changed by `db_set` or deleted.
_FIRST = (
	"before_insert", "before_validate", "before_update_after_submit", "before_cancel", "on_change", "on_trash",
)  # fmt: skip
_BE_QUIET = "erp_connect.store.dry_run.be_quiet"


class _Every(list):
	"""Has all names in it."""

	def __contains__(self, _name: object) -> bool:
		return True


class WouldCommit(ConnectError):
	"""Something inside wanted to keep what it wrote."""

	default_code = "would_commit"


@contextmanager
def nothing_kept() -> Iterator[None]:
	"""Inside, nothing is committed, and at the end all is rolled back, as are callbacks that waited for the commit.

	A commit inside raises `WouldCommit`. What was not committed before is committed on entry, as by
	`transactions.read_committed`, under which records are written. Messages shown inside are dropped, and no Notification
	tells anybody of what is not kept: some, such as those to chats, are sent at once.
	"""
	database, conf, said = frappe.local.db, frappe.local.conf, list(frappe.local.message_log)
	hooks = frappe.get_doc_hooks()
	with transactions.read_committed():
		frappe.local.conf = frappe._dict(conf, **QUIET)
		frappe.local.doc_events_hooks = {**hooks, "*": _with_quiet(hooks.get("*", {}))}
		database.commit = _refuse
		try:
			yield
		finally:
			del database.commit
			frappe.local.conf, frappe.local.message_log, frappe.local.doc_events_hooks = conf, said, hooks
			database.rollback()


def _with_quiet(handlers: dict[str, list[str]]) -> dict[str, list[str]]:
	return {**handlers, **{event: [*handlers.get(event, []), _BE_QUIET] for event in _FIRST}}


def be_quiet(doc, method: str | None = None) -> None:
	"""Document event: let Frappe take all Notifications of a document for sent."""
	doc.flags.notifications_executed = _Every()


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
