"""Sync Cursor: where the pull of each flow stands.

A cursor moves in the same transaction in which the records before it are stored, so a killed worker neither skips
nor doubles one. A worker has it by a lease (`leases`); without `due_at` it waits for a person.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import frappe
from frappe.utils import add_to_date, now, now_datetime

from erp_connect.core.errors import capped
from erp_connect.core.paging import windows
from erp_connect.store import pull_marks
from erp_connect.store.leases import Leases, whole_seconds

LEASES = Leases("Sync Cursor")
LEASE_SECONDS = 180
IDLE, RUNNING, RETRYING, STOPPED = "Idle", "Running", "Retrying", "Stopped"
FIELDS = (
	"name", "field_mapping", "integration", "status", "whole", "since", "high", "position", "pages", "fetched",
	"queued", "known", "total", "largest", "failures", "failed_log",
)  # fmt: skip


@dataclass
class Cursor:
	"""whole: everything is walked, not only changes. since: change time from which the run asks, or the source's token.

	high: latest change time seen so far, or the latest token. position: of the next page, None before the first.
	pages, fetched, queued, known: counted since the run began. largest: records on the largest page so far.
	"""

	name: str
	flow: str
	account: str
	token: str
	whole: bool = False
	since: Any = None
	high: Any = None
	position: dict | None = None
	pages: int = 0
	fetched: int = 0
	queued: int = 0
	known: int = 0
	total: int = 0
	largest: int = 0
	failures: int = 0
	failed_log: str | None = None


def ensure(flow: str, account: str) -> None:
	"""Make the cursor of a flow; nothing happens when it is there."""
	stamp, user = now(), frappe.session.user
	frappe.db.sql(
		"INSERT IGNORE INTO `tabSync Cursor`"
		" (name, creation, modified, owner, modified_by, field_mapping, integration, status)"
		" VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
		(frappe.generate_hash(length=12), stamp, stamp, user, user, flow, account, IDLE),
	)
	pull_marks.forget_other_account(flow, account)


def claim(flow: str) -> Cursor | None:
	"""Take the cursor of a flow under a lease; None when it is not due, or somebody else has it. Commits."""
	row = LEASES.take(FIELDS, "field_mapping", flow)
	if not row:
		frappe.db.commit()  # ends the reading
		return None
	cursor = _cursor(row, uuid.uuid4().hex)
	if cursor.position is None:
		_begin(cursor)
	_set(cursor.name, LEASE_SECONDS, claim_token=cursor.token, status=RUNNING)
	frappe.db.commit()  # the lease must be visible to other workers before anything is fetched
	return cursor


def hold(cursor: Cursor) -> bool:
	"""Lock the cursor until the transaction ends; False when the lease was lost or the pull was stopped."""
	return LEASES.holds(cursor.name, cursor.token, RUNNING)


def keep(cursor: Cursor, seconds: int) -> None:
	"""Extend the lease of a held cursor. Does not commit."""
	_set(cursor.name, seconds)


def start_over(cursor: Cursor) -> None:
	"""Let a claimed cursor begin again at the first page. It is written down with the first page that comes."""
	cursor.position = None
	cursor.pages = cursor.fetched = cursor.queued = cursor.known = cursor.total = 0
	cursor.high = cursor.since


def advance(cursor: Cursor) -> None:
	"""Write the place a held cursor has reached, with its counts, and renew the lease. Does not commit."""
	_set(
		cursor.name,
		LEASE_SECONDS,
		position=json.dumps(cursor.position),
		since=_text(cursor.since),
		high=_text(cursor.high),
		failures=0,
		error="",
		**_counts(cursor),
	)
	_publish_progress(cursor, RUNNING)


def finish(cursor: Cursor, since: Any, due_in: float | None, warning: str = "") -> None:
	"""The walk of a held cursor is complete: the next one asks for changes since `since`. Does not commit.

	warning: what a person should know of it.
	"""
	_set(
		cursor.name,
		due_in,
		status=IDLE,
		whole=0,
		position=None,
		since=_text(since),
		high=_text(since),
		failures=0,
		failed_log=None,
		error=warning,
		claim_token=None,
		last_run=now(),
		next_run=_moment(due_in),
		**{**_counts(cursor), "progress": 100},
	)
	_publish_progress(cursor, IDLE)


def fail(cursor: Cursor, error: str, due_in: float | None, failed_log: str | None = None) -> None:
	"""Give back a held cursor that cannot go on now, to be taken again at its position. Does not commit."""
	status = STOPPED if due_in is None else RETRYING
	_set(
		cursor.name,
		due_in,
		status=status,
		position=json.dumps(cursor.position) if cursor.position else None,
		error=capped(error),
		failures=cursor.failures + 1,
		failed_log=failed_log,
		claim_token=None,
		next_run=_moment(due_in),
	)
	_publish_progress(cursor, status)


def forget_since(cursor: Cursor) -> None:
	"""The source does not know any more from where changes were asked: a held cursor fetches everything. Does not commit."""
	cursor.since = None
	start_over(cursor)
	_set(cursor.name, LEASE_SECONDS, since=None, high=None, position=None)


def give_back(cursor: Cursor, due_in: float) -> None:
	"""Give back a held cursor that goes on later, without a failure. Does not commit."""
	_set(cursor.name, due_in, claim_token=None)


def make_due(flow: str, *, whole: bool = False, since: str | None = None) -> None:
	"""Let a worker take the cursor now. whole: walk everything, from the start; since: changes from then on.

	Does not commit.
	"""
	if whole or since is not None:
		values = {"whole": int(whole), "position": None, "claim_token": None}
		if whole:
			values["largest"] = 0  # a source may give shorter pages than it did
		if since is not None:
			values |= {"since": since, "high": since}
		_set_of(flow, 0, status=RUNNING, failures=0, error="", **values)
	else:
		frappe.db.sql(
			"UPDATE `tabSync Cursor` SET due_at = UNIX_TIMESTAMP(), failures = 0, status = %s"
			" WHERE field_mapping = %s AND (claim_token IS NULL OR due_at IS NULL OR due_at <= UNIX_TIMESTAMP())",
			(RUNNING, flow),
		)


def leave_to_load(flow: str, since: str) -> bool:
	"""A load fetches everything: a cursor that was to asks only for changes since `since`, at once. Does not commit.

	True when that changed something. A worker that walks everything at the moment finds that it lost its lease.
	"""
	frappe.db.sql(
		"UPDATE `tabSync Cursor` SET high = COALESCE(NULLIF(since, ''), %s), since = high, position = NULL, whole = 0,"
		" claim_token = NULL, status = %s, failures = 0, error = '', due_at = UNIX_TIMESTAMP()"
		" WHERE field_mapping = %s AND (whole = 1 OR COALESCE(since, '') = '')",
		(since, RUNNING, flow),
	)
	return bool(frappe.db._cursor.rowcount)


def schedule(flow: str, due_in: float | None) -> None:
	"""When an idle cursor is due, unless it is due already; None when only a person starts it. Does not commit."""
	due = "NULL" if due_in is None else "UNIX_TIMESTAMP() + %(due)s"
	frappe.db.sql(
		f"UPDATE `tabSync Cursor` SET due_at = {due}, next_run = %(next)s"
		" WHERE field_mapping = %(flow)s AND status = %(idle)s"
		" AND (%(due)s IS NULL OR due_at IS NULL OR due_at > UNIX_TIMESTAMP())",
		{"due": due_in and whole_seconds(due_in), "next": _moment(due_in), "flow": flow, "idle": IDLE},
	)


def stop(flow: str) -> None:
	"""Stop a run; its place is kept. Does not commit."""
	_set_of(flow, None, status=STOPPED, claim_token=None)


def remove(flow: str) -> None:
	frappe.db.delete("Sync Cursor", {"field_mapping": flow})


def due_flows() -> list[str]:
	"""Enabled flows of enabled accounts whose cursor a worker may take."""
	return frappe.db.sql_list(
		"SELECT cur.field_mapping FROM `tabSync Cursor` cur"
		" JOIN `tabField Mapping` flow ON flow.name = cur.field_mapping AND flow.enabled = 1"
		" JOIN `tabIntegration Settings` account ON account.name = flow.integration"
		" WHERE cur.due_at <= UNIX_TIMESTAMP() AND account.enabled = 1 AND account.paused = 0"
	)


def _begin(cursor: Cursor) -> None:
	start_over(cursor)
	_set(cursor.name, LEASE_SECONDS, started=now(), **_counts(cursor))


def _cursor(row, token: str) -> Cursor:
	return Cursor(
		name=row.name,
		flow=row.field_mapping,
		account=row.integration,
		token=token,
		whole=bool(row.whole),
		since=row.since or None,
		high=row.high or None,
		position=json.loads(row.position) if row.position else None,
		**{
			key: row[key] or 0
			for key in ("pages", "fetched", "queued", "known", "total", "largest", "failures")
		},
		failed_log=row.failed_log,
	)


def _counts(cursor: Cursor) -> dict[str, Any]:
	names = ("pages", "fetched", "queued", "known", "total", "largest")
	return {**{name: getattr(cursor, name) for name in names}, "progress": _progress(cursor)}


def _progress(cursor: Cursor) -> float:
	"""How much is done, in per cent: by the windows of time, else by the records."""
	by_records = min(99, 100 * cursor.fetched / cursor.total) if cursor.total else 0
	return windows.under_way(cursor.position).get("progress", by_records)


def _set(name: str, due_in: float | None, **values: Any) -> None:
	LEASES.update("name", name, due_in, values)


def _set_of(flow: str, due_in: float | None, **values: Any) -> None:
	LEASES.update("field_mapping", flow, due_in, values)


def _publish_progress(cursor: Cursor, status: str) -> None:
	"""Let forms that are open show the progress."""
	frappe.publish_realtime(
		"erp_connect_pull",
		{"flow": cursor.flow, "status": status, **windows.under_way(cursor.position), **_counts(cursor)},
		doctype="Field Mapping",
		docname=cursor.flow,
		after_commit=True,
	)


def _text(value: Any) -> str | None:
	return None if value is None else str(value)


def _moment(due_in: float | None):
	return None if due_in is None else add_to_date(now_datetime(), seconds=whole_seconds(due_in))
