"""Sync Reconciliation: comparisons of both sides of a flow, and where each stands.

A comparison moves in the same transaction in which the findings before it are stored, so a killed worker neither
skips nor doubles one. A worker has it by a lease (`leases`); without `due_at` nothing is left to do.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frappe
from frappe.utils import now, now_datetime

from erp_connect.core.errors import capped
from erp_connect.store import locks, sync_difference
from erp_connect.store.leases import Leases

LEASES = Leases("Sync Reconciliation")
LEASE_SECONDS = 180
QUEUED, RUNNING, COMPLETED, FAILED, STOPPED = "Queued", "Running", "Completed", "Failed", "Stopped"
UNFINISHED = (QUEUED, RUNNING)
# Records outside, documents without a link, links not met, confirming, and what is done with what is gone outside.
OUTSIDE, INSIDE, LINKS, CHECK, GONE = "Outside", "Inside", "Links", "Check", "Gone"
# Percent that are done when a phase begins.
PROGRESS = {OUTSIDE: 0, INSIDE: 80, LINKS: 88, CHECK: 92, GONE: 98}
# Comparisons of a flow that are kept; their findings hold what records say.
KEPT = 20
FIELDS = (
	"name", "field_mapping", "integration", "status", "started", "phase", "position", "last_name", "checked_there",
	"checked_here", "total", "failures", "failed_log",
)  # fmt: skip


@dataclass
class Run:
	"""A comparison while a worker has it.

	started: what changed since then on either side is left to the next comparison. position: of the next page.
	last_name: document or external id that was reached in a phase. total: records that the source says there are.
	"""

	name: str
	flow: str
	account: str
	token: str
	status: str
	started: datetime
	phase: str = OUTSIDE
	position: dict | None = None
	last_name: str | None = None
	checked_there: int = 0
	checked_here: int = 0
	total: int = 0
	failures: int = 0
	failed_log: str | None = None


def create(flow: str, account: str) -> str:
	"""A comparison of a flow, due at once; the one that is not finished yet where there is one. Does not commit.

	Raises `locks.Busy`.
	"""
	locks.until_commit(f"reconcile:{flow}")
	if known := unfinished(flow):
		return known
	name, stamp, user = frappe.generate_hash(length=10), now(), frappe.session.user
	frappe.db.sql(
		"INSERT INTO `tabSync Reconciliation`"
		" (name, creation, modified, owner, modified_by, field_mapping, integration, status, phase, due_at)"
		" VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, UNIX_TIMESTAMP())",
		(name, stamp, stamp, user, user, flow, account, QUEUED, OUTSIDE),
	)
	_forget_old(flow)
	return name


def unfinished(flow: str) -> str | None:
	"""The comparison of a flow that goes on, by what is committed now."""
	rows = frappe.db.sql_list(
		"SELECT name FROM `tabSync Reconciliation` WHERE field_mapping = %s AND status IN %s LOCK IN SHARE MODE",
		(flow, UNFINISHED),
	)
	return rows[0] if rows else None


def claim(name: str) -> Run | None:
	"""Take a comparison under a lease; None when it is not due, or somebody else has it. Commits."""
	row = LEASES.take(FIELDS, "name", name)
	if not row:
		frappe.db.commit()  # ends the reading
		return None
	run = _run(row)
	_set(run.name, LEASE_SECONDS, claim_token=run.token, status=run.status, started=run.started)
	frappe.db.commit()  # the lease must be visible to other workers before anything is fetched
	return run


def hold(run: Run) -> bool:
	"""Lock the run until the transaction ends; False when the lease was lost or the run was stopped."""
	return LEASES.holds(run.name, run.token, run.status)


def keep(run: Run, seconds: int) -> None:
	"""Extend the lease of a held run. Does not commit."""
	_set(run.name, seconds)


def advance(run: Run) -> None:
	"""Write the place a held run has reached, and renew the lease. Does not commit."""
	_set(
		run.name,
		LEASE_SECONDS,
		phase=run.phase,
		position=json.dumps(run.position) if run.position else None,
		last_name=run.last_name,
		failures=0,
		error="",
		**_numbers(run),
	)
	_publish_progress(run)


def finish(run: Run, message: str | None = None) -> None:
	"""A held run is through. message: what a person should know; None leaves what was said. Does not commit."""
	sync_difference.drop_unconfirmed(run.name)
	values: dict[str, Any] = {"claim_token": None, **_numbers(run), "progress": 100}
	if run.status == RUNNING:  # otherwise it ended before, and what was left to do is done
		sync_difference.supersede(_others(run))
		values |= {"status": COMPLETED, "finished": now(), "failed_log": None}
	if message is not None:
		values["error"] = capped(message)
	_set(run.name, None, **values)
	_publish_progress(run, values.get("status"))


def fail(run: Run, error: str, due_in: float | None, failed_log: str | None) -> None:
	"""Give back a held run that cannot go on now; without `due_in`, for good. Does not commit."""
	values: dict[str, Any] = {"error": capped(error), "failures": run.failures + 1, "claim_token": None}
	if due_in is None:
		sync_difference.drop_unconfirmed(run.name)
		sync_difference.release_gone(run.name)
	if due_in is None and run.status == RUNNING:  # otherwise it ended before
		values |= {"status": FAILED, "finished": now(), **_numbers(run)}
	_set(run.name, due_in, failed_log=failed_log, **values)
	_publish_progress(run, values.get("status"))


def give_back(run: Run, due_in: float) -> None:
	"""Give back a held run that goes on later, without a failure. Does not commit."""
	_set(run.name, due_in, claim_token=None)


def stop(name: str) -> bool:
	"""End a run that goes on; what it has confirmed stays. True when there was something to stop. Does not commit."""
	frappe.db.sql(
		"UPDATE `tabSync Reconciliation` SET status = %s, due_at = NULL, claim_token = NULL, finished = %s, modified = %s"
		" WHERE name = %s AND status IN %s",
		(STOPPED, now(), now(), name, UNFINISHED),
	)
	stopped = bool(frappe.db._cursor.rowcount)
	if stopped:
		sync_difference.drop_unconfirmed(name)
		sync_difference.release_gone(name)
		_set(name, None, **_findings(name))
	return stopped


def reopen_for_gone(name: str) -> bool:
	"""Let a worker do what the flow does with what is gone outside, for findings that wait. Does not commit.

	False while the comparison goes on: only when it is through, all is known that speaks against it.
	"""
	rows = frappe.db.sql(
		"SELECT status, due_at FROM `tabSync Reconciliation` WHERE name = %s FOR UPDATE", name, as_dict=True
	)
	if not rows or rows[0].status in UNFINISHED:
		return False
	if rows[0].due_at is None:  # otherwise a worker is about to do it
		_set(name, 0, phase=GONE, failures=0)
	return True


def remove(flow: str) -> None:
	"""Delete the comparisons of a flow that is being deleted, with what they found."""
	_forget(frappe.get_all("Sync Reconciliation", filters={"field_mapping": flow}, pluck="name"))


def refresh_counts(name: str) -> None:
	"""After findings were ignored or taken up again. Does not commit."""
	if frappe.db.get_value("Sync Reconciliation", name, "status") not in UNFINISHED:
		frappe.db.set_value("Sync Reconciliation", name, _findings(name), update_modified=False)


def due_runs() -> list[str]:
	"""Comparisons that a worker may take: of enabled flows of enabled accounts that are not paused."""
	return frappe.db.sql_list(
		"SELECT run.name FROM `tabSync Reconciliation` run"
		" JOIN `tabField Mapping` flow ON flow.name = run.field_mapping AND flow.enabled = 1"
		" JOIN `tabIntegration Settings` account ON account.name = flow.integration"
		" WHERE run.due_at <= UNIX_TIMESTAMP() AND account.enabled = 1 AND account.paused = 0"
	)


def last_begun(flow: str) -> datetime | None:
	"""When the latest comparison of a flow was asked for."""
	return frappe.db.get_value(
		"Sync Reconciliation", {"field_mapping": flow}, "creation", order_by="creation desc"
	)


def before(run: Run) -> str | None:
	"""The completed comparison before a run."""
	return frappe.db.get_value(
		"Sync Reconciliation",
		{"field_mapping": run.flow, "status": COMPLETED, "name": ("!=", run.name)},
		"name",
		order_by="creation desc",
	)


def _others(run: Run) -> list[str]:
	"""All comparisons of a flow besides one: the earlier ones, as none begins before that one ended."""
	return frappe.get_all(
		"Sync Reconciliation", {"field_mapping": run.flow, "name": ("!=", run.name)}, pluck="name"
	)


def _forget_old(flow: str) -> None:
	runs = frappe.db.sql_list(
		"SELECT name FROM `tabSync Reconciliation` WHERE field_mapping = %s ORDER BY creation DESC LIMIT 1000 OFFSET %s",
		(flow, KEPT),
	)
	_forget(runs)


def _forget(runs: list[str]) -> None:
	if runs:
		sync_difference.remove_of(runs)
		frappe.db.delete("Sync Reconciliation", {"name": ("in", runs)})


def _run(row: Any) -> Run:
	return Run(
		name=row.name,
		flow=row.field_mapping,
		account=row.integration,
		token=uuid.uuid4().hex,
		# What is left to do after the end changes no status.
		status=RUNNING if row.status in UNFINISHED else row.status,
		started=row.started or now_datetime(),
		phase=row.phase or OUTSIDE,
		position=json.loads(row.position) if row.position else None,
		last_name=row.last_name,
		failed_log=row.failed_log,
		**{key: row[key] or 0 for key in ("checked_there", "checked_here", "total", "failures")},
	)


def _numbers(run: Run) -> dict[str, Any]:
	progress = PROGRESS[run.phase]
	if run.phase == OUTSIDE and run.total:
		progress = min(PROGRESS[INSIDE], PROGRESS[INSIDE] * run.checked_there / run.total)
	return {
		"checked_there": run.checked_there,
		"checked_here": run.checked_here,
		"total": run.total,
		"progress": progress,
		**_findings(run.name),
	}


def _findings(name: str) -> dict[str, int]:
	return {frappe.scrub(kind) + ("s" if kind == sync_difference.ORPHAN else ""): number
		for kind, number in sync_difference.counts(name).items()}  # fmt: skip


def _set(name: str, due_in: float | None, **values: Any) -> None:
	LEASES.update("name", name, due_in, values)


def _publish_progress(run: Run, status: str | None = None) -> None:
	"""Let forms that are open show the progress, or the status that it ended with."""
	frappe.publish_realtime(
		"erp_connect_reconciliation",
		{
			"name": run.name,
			"flow": run.flow,
			"status": status or run.status,
			"phase": run.phase,
			**_numbers(run),
		},
		doctype="Sync Reconciliation",
		docname=run.name,
		after_commit=True,
	)
