"""What is wrong with the traffic of accounts as a whole: too many requests fail, webhooks are refused, or ever more events wait."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping

import frappe
from frappe import _
from frappe.utils import add_to_date, now_datetime

from erp_connect.core.delivery import backlog, surge
from erp_connect.core.delivery.outcome import DELIVERED, EXISTS, NOTHING
from erp_connect.core.verify.request import METHOD
from erp_connect.operate import refusals
from erp_connect.operate.alerts.kinds import BACKLOG, NOT_PROVED, REFUSED
from erp_connect.store import alerts as store
from erp_connect.store.alerts import Problem

WINDOW_MINUTES = 15
# Of fewer requests a share says little.
LEAST_REQUESTS = 20
MOST_SHOWN = 3
# Some answers of 4xx are what was asked for, such as that a record is there already.
GOOD = (DELIVERED, EXISTS, NOTHING)
UNSETTLED = ("Queued", "Sending", "Retrying", "Received", "Processing")
SAMPLES = "erp_connect_backlogs"
SAMPLES_KEPT = 7200
REFUSALS = "erp_connect_refusals"
# Webhooks within an hour: a few may be somebody who looks what is there.
LEAST_REFUSALS = 10


def failing_requests(limits: Mapping[str, int]) -> Iterator[Problem]:
	"""limits: the share in percent at which each account's people are told; 0 for never."""
	accounts = tuple(name for name, limit in limits.items() if limit)
	counts: dict[str, Counter] = defaultdict(Counter)
	for account, outcome, status, count in _requests(accounts):
		wrong = outcome not in GOOD and (not status or status >= 400)
		counts[account][(status or 0) if wrong else None] += count
	for account, by_status in counts.items():
		every = sum(by_status.values())
		wrong = every - by_status.pop(None, 0)
		if every >= LEAST_REQUESTS and 100 * wrong >= limits[account] * every:
			yield Problem(account, REFUSED, wrong, _refused(wrong, every, by_status))


def _requests(accounts: tuple[str, ...]) -> list[tuple]:
	if not accounts:
		return []
	return frappe.db.sql(
		"SELECT integration, outcome, response_status, COUNT(*) FROM `tabSync Attempt`"
		" WHERE integration IN %s AND started >= %s GROUP BY integration, outcome, response_status",
		(accounts, add_to_date(now_datetime(), minutes=-WINDOW_MINUTES)),
	)


def _refused(wrong: int, every: int, by_status: Counter) -> str:
	kinds = "; ".join(
		_("status {0}: {1} times").format(status, count)
		if status
		else _("no answer: {0} times").format(count)
		for status, count in by_status.most_common(MOST_SHOWN)
	)
	text = _("{0} of {1} requests of the last {2} minutes failed ({3}). Their answers stand in the events.")
	return text.format(wrong, every, WINDOW_MINUTES, kinds)


def refused_webhooks(accounts: Collection[str]) -> Iterator[Problem]:
	"""Accounts of which many webhooks were refused within the last hour. Keeps a sample."""
	known = refusals.of_accounts(accounts)
	samples: dict = frappe.cache.get_value(REFUSALS, expires=True) or {}
	now = store.seconds(now_datetime())
	kept = {}
	for account in accounts:
		# A browser that opens the address is no sender.
		rows = [row for row in known.get(account, ()) if row["reason"] != METHOD]
		kept[account] = surge.with_sample(samples.get(account, ()), now, sum(row["count"] for row in rows))
		count = surge.grown(kept[account])
		if rows and count >= LEAST_REFUSALS:
			text = _(
				"{0} webhooks were refused within an hour, so what they told is missing here until they are sent again. The "
				"last reason: {1} All reasons stand in the account, tab Inbound."
			)
			yield Problem(account, NOT_PROVED, count, text.format(count, rows[0]["words"]))
	frappe.cache.set_value(REFUSALS, kept, expires_in_sec=SAMPLES_KEPT)


def growing_backlogs(limits: Mapping[str, int]) -> Iterator[Problem]:
	"""limits: how many events have to wait before an account's people are told; 0 for never. Keeps a sample."""
	counts = _waiting(tuple(limits))
	samples: dict = frappe.cache.get_value(SAMPLES, expires=True) or {}
	now = store.seconds(now_datetime())
	kept = {
		account: backlog.with_sample(samples.get(account, ()), now, counts.get(account, 0))
		for account in limits
	}
	frappe.cache.set_value(SAMPLES, kept, expires_in_sec=SAMPLES_KEPT)
	grown = store.accounts_with(BACKLOG)
	for account, limit in limits.items():
		before = backlog.grows(kept[account], limit, was=account in grown) if limit else -1
		if before >= 0:
			waiting = counts[account]
			text = _(
				"{0} events wait, half an hour ago there were {1}. Look whether the other side has become slow; else start "
				"more background workers, or allow more Requests at once."
			)
			yield Problem(account, BACKLOG, waiting, text.format(waiting, before))


def _waiting(accounts: tuple[str, ...]) -> dict[str, int]:
	if not accounts:
		return {}
	return dict(
		frappe.db.sql(
			"SELECT integration, COUNT(*) FROM `tabSync Log` WHERE status IN %s AND integration IN %s"
			" GROUP BY integration",
			(UNSETTLED, accounts),
		)
	)
