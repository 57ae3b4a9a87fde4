"""What is wrong at this moment with any account or the site, by a few statements for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import frappe
from frappe import _

from erp_connect.operate import sunsets
from erp_connect.operate.alerts import credentials, site, stopped, traffic
from erp_connect.operate.alerts.kinds import (
	BREAKER,
	DIFFERENCES,
	PAUSED,
	SUNSET,
	WAITING,
	WEBHOOKS,
)
from erp_connect.store import accounts as store
from erp_connect.store import sync_difference, sync_log
from erp_connect.store.alerts import Problem
from erp_connect.store.webhook_subscriptions import FAILED as NOT_REGISTERED

LATE_SECONDS = 300
REASONS = 3
FIELDS = (
	"name", "paused", "pause_reason", "user", "connected_app", "token_user", "credentials_end", "rotate_after_days",
	"alert_error_rate", "alert_backlog",
)  # fmt: skip


def problems() -> list[Problem]:
	"""What is wrong with the accounts that are enabled, and with the site that they are on."""
	accounts = {
		row.name: row for row in frappe.get_all("Integration Settings", filters={"enabled": 1}, fields=FIELDS)
	}
	if not accounts:
		return []
	found = [
		*_paused(accounts),
		*_broken(),
		*stopped.problems(tuple(accounts)),
		*_late({name: row.user for name, row in accounts.items() if not row.paused}),
		*_differences(tuple(accounts)),
		*_unregistered(),
		*_sunsets(),
		*traffic.failing_requests({name: row.alert_error_rate for name, row in accounts.items()}),
		*traffic.refused_webhooks(tuple(accounts)),
		*traffic.growing_backlogs({name: row.alert_backlog for name, row in accounts.items()}),
	]
	for row in accounts.values():
		found += [*credentials.ending(row), *credentials.to_renew(row)]
	return [*site.without_worker(), *(problem for problem in found if problem.integration in accounts)]


def _paused(accounts: dict) -> Iterator[Problem]:
	for name, row in accounts.items():
		if row.paused:
			text = _("Nothing is sent. {0} Correct the cause, then press Resume.")
			yield Problem(name, PAUSED, 1, text.format(row.pause_reason or ""))


def _broken() -> Iterator[Problem]:
	rows = frappe.get_all(
		"Integration State",
		filters={"breaker": ("!=", "Closed")},
		fields=["integration", "failures", "last_error"],
	)
	for row in rows:
		text = _("{0} failures in a row, so that only a probe is sent now and then. Last: {1}")
		yield Problem(row.integration, BREAKER, 1, text.format(row.failures, row.last_error or "-"))


def _late(accounts: dict[str, str]) -> Iterator[Problem]:
	"""What is due and nobody takes, in accounts that are not paused. accounts: name → user."""
	may = store.switched_on() if accounts else {}
	for account, seconds in sync_log.oldest_due(accounts).items():
		if seconds < LATE_SECONDS:
			continue
		minutes = int(seconds // 60)
		text = _("An event has been waiting for {0} minutes. Check that a background worker is running.")
		if account not in may:
			text = _(
				"An event has been waiting for {0} minutes, since {1} is disabled. Enable the user, or choose another."
			)
		told = text.format(minutes, accounts[account])
		yield Problem(account, WAITING, minutes, told)


def _differences(accounts: tuple[str, ...]) -> Iterator[Problem]:
	"""What comparisons of flows left to a person; nothing can be repaired in a flow that is switched off."""
	switched_on = set(frappe.get_all("Field Mapping", filters={"enabled": 1}, pluck="name"))
	flows: dict[str, list[tuple[int, str]]] = defaultdict(list)
	for account, flow, count, _since in sync_difference.open_by_flow(accounts):
		if flow in switched_on:
			flows[account].append((count, flow))
	for account, counts in flows.items():
		total = sum(count for count, _flow in counts)
		most = "; ".join(f"{flow}: {count}" for count, flow in sorted(counts, reverse=True)[:REASONS])
		text = _(
			"Comparisons found {0} differences that wait for a person. Decide them on the Review Desk. {1}"
		)
		if total == 1:
			text = _(
				"A comparison found one difference that waits for a person. Decide it on the Review Desk. {1}"
			)
		yield Problem(account, DIFFERENCES, total, text.format(total, most))


def _unregistered() -> Iterator[Problem]:
	rows = frappe.get_all(
		"Webhook Subscription", filters={"status": NOT_REGISTERED}, fields=["integration", "topic", "message"]
	)
	topics: dict[str, list] = defaultdict(list)
	for row in rows:
		topics[row.integration].append(row)
	for account, failed in topics.items():
		text = _("Webhooks are not registered for {0}: {1} Correct it, then press Webhooks → Register.")
		names = ", ".join(sorted(row.topic for row in failed))
		yield Problem(account, WEBHOOKS, len(failed), text.format(names, failed[0].message or ""))


def _sunsets() -> Iterator[Problem]:
	for account, text in sunsets.near().items():
		# Nothing stands still yet, and what helps may take weeks.
		yield Problem(account, SUNSET, 1, text, reminded=False)
