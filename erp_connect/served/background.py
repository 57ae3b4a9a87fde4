"""What a call of the API leaves for a worker: taken under a lease, as the user who called, again when a worker died."""

from __future__ import annotations

import json
import uuid

import frappe

from erp_connect.calls import switch
from erp_connect.core.delivery.states import CANCELLED, FAILED, SKIPPED, SUPERSEDED
from erp_connect.core.errors import capped
from erp_connect.jobs import session
from erp_connect.records import failures
from erp_connect.store import background_jobs
from erp_connect.store.sync_log import BULK, EXPORT

JOB = "erp_connect.served.background.run"
# By the kind of the job, what does its next part: `(job, claim token) -> whether there is more`. It commits nothing
# that it has not done, and does nothing without the lease.
WORK = {BULK: "erp_connect.served.bulk.go_on", EXPORT: "erp_connect.served.exporting.go_on"}
# Times in a row that a job may take its worker down, or meet a deadlock, before it is given up or left to the next.
DEATHS = 3
ACCEPTED = 202
ENDED = frozenset({FAILED, CANCELLED, SKIPPED, SUPERSEDED})
CONFLICTS = 5
DIED = {
	BULK: (
		"The worker died each of the {0} times it had this job. Look for records of unusual size, or too little memory, "
		"in the worker's log; then repeat the call, or send the records that have no result again."
	),
	EXPORT: (
		"The worker died each of the {0} times it had this job. Look for too little memory or disk in the worker's "
		"log; then ask for less at once, by filters."
	),
}
DISABLED = "User {0} was disabled, so nothing more was done. Enable the user, then repeat the call."
DELETED = "User {0} was deleted, so nothing more was done. Repeat the call as another user."


def wake_after_commit(job: str) -> None:
	"""Queue a job once its row is there for others to see."""
	frappe.db.after_commit.add(lambda: wake(job))


def wake(job: str) -> None:
	"""Queue a job; harmless when it runs already, since it takes a lease. Never raises."""
	try:
		frappe.enqueue(JOB, queue="long", job=job)
	except Exception:  # as with wake-ups: the sweep tries again in a minute
		frappe.logger("erp_connect").warning("job %s could not be queued", job, exc_info=True)


def wake_all() -> None:
	"""Let jobs go on that nobody works on: their worker died, or the queue was lost."""
	for job in background_jobs.due():
		wake(job)


def repeat(account: str, status: int, answer: str) -> None:
	"""A call was repeated under its key that left a job: let the job go on if it failed, since the answer says it runs.

	status, answer: of the first call. Commits.
	"""
	job = json.loads(answer).get("job") if status == ACCEPTED and answer else None
	if job and background_jobs.begin_again(job, account):
		frappe.db.commit()  # a worker must find it
		wake(job)


def why_ended(status: str, error: str | None) -> str | None:
	"""Why a job ended without having done all, translated; None for one that is done, or goes on.

	status, error: of its row.
	"""
	if status not in ENDED:
		return None
	return error or frappe._(
		"A person put the job aside. Repeat the call under its key if it is wanted all the same."
	)


def run(job: str) -> None:
	"""Job: do it as the user who called. Goes on where a killed worker stopped."""
	with session.session():
		if claim := _claim(job):
			_go_on(job, *claim)


def _claim(job: str) -> tuple[str, str, str] | None:
	"""Take the job under a lease: its kind, its account, and the token. None when it is done, or somebody else has it."""
	row = background_jobs.lock_due(job)
	if not row:
		return None
	token = uuid.uuid4().hex
	background_jobs.lease(job, token, attempts=row.attempts + 1)
	if row.attempts >= DEATHS:
		background_jobs.fail(job, token, "worker_died", frappe._(DIED[row.event]).format(DEATHS))
	elif refused := _refused(row.owner):
		background_jobs.fail(job, token, "permission", refused)
	frappe.db.commit()  # the lease must be visible to other workers before the work begins
	frappe.set_user(row.owner)
	return row.event, row.integration, token


def _refused(user: str) -> str:
	"""Why a user may do nothing more, translated; empty where that is not so."""
	enabled = frappe.db.get_value("User", user, "enabled")
	if enabled:
		return ""
	return frappe._(DELETED if enabled is None else DISABLED).format(user)


def _go_on(job: str, kind: str, account: str, token: str) -> None:
	work = frappe.get_attr(WORK[kind])
	conflicts = 0
	while conflicts < CONFLICTS:
		if refused := _refused(frappe.session.user):
			background_jobs.fail(job, token, "permission", refused)
			frappe.db.commit()  # whoever asks for the job must see why it ended
			return
		if not switch.takes_in(account):
			_leave(job, token)
			return
		try:
			more = work(job, token)
		except frappe.QueryDeadlockError:
			frappe.db.rollback()
			conflicts += 1
			continue
		except Exception as error:
			frappe.db.rollback()
			told = capped(failures.detail(error, failures.repeated_by_caller()))
			background_jobs.fail(job, token, "error", told)
			more = False
		frappe.db.commit()  # what was done and its results together: what is resumed is neither lost nor done twice
		if not more:
			return


def _leave(job: str, token: str) -> None:
	"""Let a job wait where it stands: its account was switched off. Commits."""
	if background_jobs.hold(job, token):
		background_jobs.lease(job, token, seconds=0, attempts=0)
	frappe.db.commit()  # whoever goes on once the account is on again must find it free
