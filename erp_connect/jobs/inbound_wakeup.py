"""Wakes the job that works off what came in. Best effort, as outwards: the sweep is the guarantee."""

from erp_connect.jobs import wakeup as wakeups

JOB = "erp_connect.inbound.process.process"


def wake(account: str) -> bool:
	return wakeups.wake(account, job=JOB)


def started(account: str) -> None:
	wakeups.started(account, job=JOB)
