"""Each minute: what is wrong is compared with what was told, and what is to be told is queued."""

from __future__ import annotations

import frappe
from frappe.utils import now_datetime

from erp_connect.core.delivery.alerts import decide
from erp_connect.jobs.wakeup import ALERTS
from erp_connect.operate.alerts import conditions, site
from erp_connect.store import alerts as store
from erp_connect.store import locks

LOCK = "alerts"


def look() -> None:
	"""Write down what began, grew or ended, and wake the jobs that tell it. Commits. Another one at it is left alone."""
	if not locks.try_to_hold(LOCK):
		return
	try:
		_write_down()
		frappe.db.commit()  # what is to be told is known from here on, whatever becomes of the jobs
	finally:
		locks.let_go(LOCK)
	for account in store.accounts_to_tell():
		ALERTS.wake(account)


def _write_down() -> None:
	problems = {problem.key: problem for problem in conditions.problems()}
	now = store.seconds(now_datetime())
	amounts = {key: problem.amount for key, problem in problems.items()}
	once = [key for key, problem in problems.items() if not problem.reminded]
	decision = decide(amounts, store.known(), now, once)
	if decision.begun:
		begun = [problems[key] for key in decision.begun]
		store.begin(begun)
		site.tell_at_once(begun)
	for key in decision.seen:
		store.see(problems[key], tell=False)
	for key in decision.again:
		store.see(problems[key], tell=True)
	if decision.ended:
		store.end(decision.ended)
	store.forget_old()
