"""Sync Load: loads of everything in windows of time, and where each stands.

A load moves in the same transaction in which the records before it are stored, so a killed worker neither skips nor
doubles one. A worker has it by a lease (`leases`); without `due_at` it waits for a person, or is over.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from typing import Any

import frappe
from frappe.utils import now

from erp_connect.core.errors import ConfigurationError, capped
from erp_connect.core.paging import windows
from erp_connect.store import locks
from erp_connect.store.leases import Leases

DOCTYPE = "Sync Load"
LEASES = Leases(DOCTYPE)
LEASE_SECONDS = 180
RUNNING, RETRYING, STOPPED, COMPLETED, CANCELLED = "Running", "Retrying", "Stopped", "Completed", "Cancelled"
GOES_ON = (RUNNING, RETRYING)
UNFINISHED = (*GOES_ON, STOPPED)
# Loads of a flow that are kept.
KEPT = 20
COUNTS = ("pages", "fetched", "queued", "known")
FIELDS = (
	"name", "field_mapping", "integration", "since", "up_to", "position", *COUNTS, "failures", "failed_log",
)  # fmt: skip


@dataclass
class Load:
	"""A load while a worker has it.

	since, up_to: the time that is loaded, as the source writes it. position: see `core.paging.windows`, None before the
	first page. pages, fetched, queued, known: counted since the load began.
	"""

	name: str
	flow: str
	account: str
	token: str
	since: str
	up_to: str
	position: dict | None = None
	pages: int = 0
	fetched: int = 0
	queued: int = 0
	known: int = 0
	failures: int = 0
	failed_log: str | None = None


def create(flow: str, account: str, since: str, up_to: str) -> str:
	"""A load of a flow, due at once. Returns its name. Does not commit.

	Raises `ConfigurationError` while another one of the flow is not over, and `locks.Busy`.
	"""
	locks.until_commit(f"load:{flow}")
	if known := unfinished(flow):
		raise ConfigurationError(
			"The load {name} of flow {flow} is not over. Let it go on, or give it up first.",
			code="load_unfinished",
			name=known,
			flow=flow,
		)
	name, stamp, user = frappe.generate_hash(length=10), now(), frappe.session.user
	frappe.db.sql(
		"INSERT INTO `tabSync Load`"
		" (name, creation, modified, owner, modified_by, field_mapping, integration, status, since, up_to, started, due_at)"
		" VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, UNIX_TIMESTAMP())",
		(name, stamp, stamp, user, user, flow, account, RUNNING, since, up_to, stamp),
	)
	_forget_old(flow)
	return name


def unfinished(flow: str) -> str | None:
	"""The load of a flow that is not over, by what is committed now."""
	rows = frappe.db.sql_list(
		"SELECT name FROM `tabSync Load` WHERE field_mapping = %s AND status IN %s LOCK IN SHARE MODE",
		(flow, UNFINISHED),
	)
	return rows[0] if rows else None


def claim(name: str) -> Load | None:
	"""Take a load under a lease; None when it is not due, or somebody else has it. Commits."""
	row = LEASES.take(FIELDS, "name", name)
	if not row:
		frappe.db.commit()  # ends the reading
		return None
	load = _load(row, uuid.uuid4().hex)
	_set(load, LEASE_SECONDS, claim_token=load.token, status=RUNNING)
	frappe.db.commit()  # the lease must be visible to other workers before anything is fetched
	return load


def hold(load: Load) -> bool:
	"""Lock the load until the transaction ends; False when the lease was lost, or a person stopped it."""
	return LEASES.holds(load.name, load.token, RUNNING)


def keep(load: Load, seconds: int) -> None:
	"""Extend the lease of a held load. Does not commit."""
	_set(load, seconds)


def advance(load: Load, percent: float) -> None:
	"""Write the place a held load has reached, and renew the lease. percent: that is loaded. Does not commit."""
	_set(load, LEASE_SECONDS, failures=0, error="", **_reached(load, percent))
	_publish(load, RUNNING, percent)


def finish(load: Load, warning: str = "") -> None:
	"""A held load is through. warning: what a person should know of it. Does not commit."""
	values = {"status": COMPLETED, "finished": now(), "failed_log": None, "failures": 0, "claim_token": None}
	_set(load, None, error=capped(warning), **{**_reached(load, 100), **values})
	_publish(load, COMPLETED, 100)


def fail(load: Load, error: str, due_in: float | None, failed_log: str | None) -> None:
	"""Give back a held load that cannot go on now; without `due_in`, until a person resumes it. Does not commit."""
	if due_in is None and load.position:  # a person who resumes it has perhaps changed something
		# Its place among the pages may be what failed, since cursors expire: the window begins again.
		load = replace(load, position={**load.position, "refused": 0, "at": None})
	status = STOPPED if due_in is None else RETRYING
	_set(
		load,
		due_in,
		status=status,
		error=capped(error),
		failures=load.failures + 1,
		failed_log=failed_log,
		claim_token=None,
		position=_written(load),
	)
	_publish(load, status)


def give_back(load: Load, due_in: float) -> None:
	"""Give back a held load that goes on later, without a failure. Does not commit."""
	_set(load, due_in, claim_token=None)


def stop(name: str) -> bool:
	"""Stop a load that goes on; its place is kept. True when there was something to stop. Does not commit."""
	return _move(name, STOPPED, GOES_ON)


def resume(name: str) -> bool:
	"""Let a stopped load go on at its place, at once. True when it was stopped. Does not commit."""
	return _move(name, RUNNING, (STOPPED,), due=True)


def give_up(name: str) -> bool:
	"""End a load for good; what was stored stays. True when it was not over. Does not commit."""
	return _move(name, CANCELLED, UNFINISHED, ends=True)


def remove(flow: str) -> None:
	"""Delete the loads of a flow that is being deleted."""
	frappe.db.delete(DOCTYPE, {"field_mapping": flow})


def due() -> list[str]:
	"""Loads that a worker may take: of enabled flows of enabled accounts that are not paused."""
	return frappe.db.sql_list(
		"SELECT job.name FROM `tabSync Load` job"
		" JOIN `tabField Mapping` flow ON flow.name = job.field_mapping AND flow.enabled = 1"
		" JOIN `tabIntegration Settings` account ON account.name = flow.integration"
		" WHERE job.due_at <= UNIX_TIMESTAMP() AND account.enabled = 1 AND account.paused = 0"
	)


def _move(name: str, status: str, origins: tuple[str, ...], *, due: bool = False, ends: bool = False) -> bool:
	stamp = now()
	frappe.db.sql(
		f"UPDATE `tabSync Load` SET status = %s, due_at = {'UNIX_TIMESTAMP()' if due else 'NULL'}, claim_token = NULL,"
		" failures = 0, finished = %s, modified = %s WHERE name = %s AND status IN %s",
		(status, stamp if ends else None, stamp, name, origins),
	)
	return bool(frappe.db._cursor.rowcount)


def _forget_old(flow: str) -> None:
	old = frappe.db.sql_list(
		"SELECT name FROM `tabSync Load` WHERE field_mapping = %s ORDER BY creation DESC LIMIT 1000 OFFSET %s",
		(flow, KEPT),
	)
	if old:
		frappe.db.delete(DOCTYPE, {"name": ("in", old)})


def _load(row: Any, token: str) -> Load:
	return Load(
		name=row.name,
		flow=row.field_mapping,
		account=row.integration,
		token=token,
		since=row.since,
		up_to=row.up_to,
		position=json.loads(row.position) if row.position else None,
		failed_log=row.failed_log,
		**{key: row[key] or 0 for key in (*COUNTS, "failures")},
	)


def _reached(load: Load, percent: float) -> dict[str, Any]:
	"""What is shown of the place, besides the place itself."""
	values = {
		**{name: getattr(load, name) for name in COUNTS},
		"progress": percent,
		"position": _written(load),
	}
	if not load.position:
		return values
	start, end = (None, None) if windows.is_over(load.position) else windows.window_of(load.position)
	return {**values, "window_start": start, "window_end": end, "windows": load.position["windows"]}


def _written(load: Load) -> str | None:
	return json.dumps(load.position) if load.position else None


def _set(load: Load, due_in: float | None, **values: Any) -> None:
	LEASES.update("name", load.name, due_in, values)


def _publish(load: Load, status: str, percent: float | None = None) -> None:
	"""Let forms that are open show the progress."""
	frappe.publish_realtime(
		"erp_connect_load",
		{"name": load.name, "flow": load.flow, "status": status, "progress": percent},
		doctype=DOCTYPE,
		docname=load.name,
		after_commit=True,
	)
