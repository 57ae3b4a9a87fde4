"""Wakes the pull of a flow. Best effort, as with sending: the sweep of every minute is the guarantee."""

import frappe

from erp_connect.jobs import wakeup as wakeups

JOB = "erp_connect.pull.run.run"
QUEUE = "long"


def wake(flow: str) -> None:
	"""Queue the job of a flow unless one waits to start; harmless when one runs, since it takes a lease. Never raises.

	Not told by RQ's word for it: a job whose worker was killed counts as started there for a long time.
	"""
	wakeups.wake(flow, job=JOB, queue=QUEUE, argument="flow")


def started(flow: str) -> None:
	"""The job is running: whatever comes from now on asks for another one."""
	wakeups.started(flow, job=JOB)


def wake_after_commit(flow: str) -> None:
	frappe.db.after_commit.add(lambda: wake(flow))
