"""The daily or weekly digest: what happened in each account, what waits, and what comparisons of both sides found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

import frappe
from frappe import _
from frappe.utils import add_days, format_datetime, formatdate, getdate, now_datetime

from erp_connect.operate import refusals
from erp_connect.operate.overview import credentials, facts
from erp_connect.store import sync_difference, sync_log

DAILY, WEEKLY = "Daily", "Weekly"
DAYS = {DAILY: 1, WEEKLY: 7}
MONDAY = 0
DONE = ("Delivered", "Processed")
LEFT_OUT = ("Skipped", "Superseded", "Cancelled")
FOUND = ("missing_here", "missing_there", "different", "orphan_links")


@dataclass
class Part:
	"""What is said of one account: lines by heading, in words."""

	account: str
	sections: list[tuple[str, list[str]]] = field(default_factory=list)

	def add(self, heading: str, lines: list[str]) -> None:
		"""A section, unless there is nothing to say."""
		if lines:
			self.sections.append((heading, lines))


@dataclass
class Digest:
	"""subject and the parts of the accounts, by name."""

	subject: str
	parts: list[Part]


def is_due(period: str, made_on: date | None, today: date) -> bool:
	"""Whether a receiver gets a digest today. made_on: the day of the last one."""
	if period not in DAYS or (made_on and getdate(made_on) >= today):
		return False
	if period == DAILY or today.weekday() == MONDAY:
		return True
	# On Monday nothing ran.
	return bool(made_on) and (today - getdate(made_on)).days > DAYS[WEEKLY]


def of_accounts(accounts: Collection[str], period: str) -> Digest:
	"""The digest of some accounts for the days before now. Accounts that are not enabled are left out."""
	names = frappe.get_all(
		"Integration Settings", {"enabled": 1, "name": ("in", list(accounts))}, pluck="name", order_by="name"
	)
	since = add_days(now_datetime(), -DAYS[period])
	traffic, compared = _traffic(names, since), _compared(names)
	counts, oldest, alerts = facts.counts(names), sync_log.oldest_due(names), _alerts(names)
	refused = refusals.of_accounts(names)
	parts = []
	for name in names:
		part = Part(name)
		part.add(
			_("What happened since {0}").format(format_datetime(since)), traffic.get(name) or [_("Nothing.")]
		)
		part.add(_("What waits"), _waits(counts[name], int(oldest.get(name, 0))))
		part.add(_("Open alerts"), alerts.get(name, []))
		part.add(_("Are both sides equal?"), compared.get(name, []))
		part.add(_("Webhooks that were refused"), [_refused(row) for row in refused.get(name, ())])
		part.add(_("Credentials"), _credentials(name))
		parts.append(part)
	title = _("Weekly digest of {0}") if period == WEEKLY else _("Daily digest of {0}")
	return Digest(title.format(names[0] if len(names) == 1 else frappe.utils.get_url()), parts)


def _traffic(accounts: list[str], since: datetime) -> dict[str, list[str]]:
	if not accounts:
		return {}
	rows = frappe.db.sql(
		"SELECT integration, field_mapping, status, COUNT(*) FROM `tabSync Log`"
		" WHERE creation >= %s AND integration IN %s GROUP BY integration, field_mapping, status",
		(since, tuple(accounts)),
	)
	flows: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
	for account, flow, status, count in rows:
		group = "done" if status in DONE else "left" if status in LEFT_OUT else status
		flows[account, flow or ""][group] += count
	found: dict[str, list[str]] = defaultdict(list)
	text = _("{0}: {1} went across, {2} failed, {3} were not needed or skipped.")
	for (account, flow), counts in sorted(flows.items()):
		name = flow or _("Without a flow")
		found[account].append(text.format(name, counts["done"], counts["Failed"], counts["left"]))
	return found


def _waits(counts: dict[str, int], oldest: int) -> list[str]:
	lines = []
	if failed := counts.get("Failed", 0):
		text = _("{0} events failed. Correct the cause, then press Retry in the list of events.")
		if failed == 1:
			text = _("One event failed. Correct the cause, then press Retry in the list of events.")
		lines.append(text.format(failed))
	if held := counts.get("On Hold", 0):
		text = _("{0} events wait for a decision. Decide them on the Review Desk.")
		if held == 1:
			text = _("One event waits for a decision. Decide it on the Review Desk.")
		lines.append(text.format(held))
	if waiting := sum(counts.values()) - failed - held:
		minutes = oldest // 60
		text = _("{0} events are under way, the oldest for {1} minutes.")
		if not minutes:
			text = _("One event is under way.") if waiting == 1 else _("{0} events are under way.")
		elif waiting == 1:
			text = _("One event has been under way for {1} minutes.")
		lines.append(text.format(waiting, minutes))
	return lines or [_("Nothing.")]


def _alerts(accounts: list[str]) -> dict[str, list[str]]:
	rows = frappe.get_all(
		"Sync Alert",
		filters={"status": "Open", "integration": ("in", accounts)},
		fields=["integration", "kind", "since", "message"],
		order_by="since",
	)
	found: dict[str, list[str]] = defaultdict(list)
	for row in rows:
		since = format_datetime(row.since)
		found[row.integration].append(
			_("{0}, since {1}. {2}").format(_(row.kind), since, row.message or "").strip()
		)
	return found


def _compared(accounts: list[str]) -> dict[str, list[str]]:
	"""The last comparison of each flow, and how many of the differences that were found are open."""
	rows = frappe.get_all(
		"Sync Reconciliation",
		filters={"integration": ("in", accounts)},
		fields=["name", "integration", "field_mapping", "status", "finished", *FOUND],
		order_by="creation",
	)
	open_ones = {flow: count for _account, flow, count, _since in sync_difference.open_by_flow(accounts)}
	latest = {row.field_mapping: row for row in rows}
	found: dict[str, list[str]] = defaultdict(list)
	for row in latest.values():
		found[row.integration].append(_comparison(row, open_ones.get(row.field_mapping, 0)))
	for account in accounts:
		if not found[account]:
			found[account].append(
				_("No flow was compared. Press Compare Both Sides on a flow, or give it a schedule.")
			)
	return found


def _comparison(row, open_ones: int) -> str:
	if row.status != "Completed":
		return _("{0}: the last comparison is {1}.").format(row.field_mapping, _(row.status))
	day, different = formatdate(row.finished), sum(row[name] or 0 for name in FOUND)
	if not different:
		return _("{0}: compared on {1}, both sides are equal.").format(row.field_mapping, day)
	text = _(
		"{0}: compared on {1}. Missing here: {2}, missing there: {3}, different: {4}, links that lead nowhere: {5}. "
		"Still open: {6}."
	)
	return text.format(row.field_mapping, day, *(row[name] or 0 for name in FOUND), open_ones)


def _refused(row: dict) -> str:
	text = _("{0} so far, the last one on {1}: {2}")
	return text.format(row["count"], format_datetime(row["last"]), row["words"])


def _credentials(account: str) -> list[str]:
	return credentials.ends(frappe.get_cached_doc("Integration Settings", account))
