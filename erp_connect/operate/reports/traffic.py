"""What went across by account and flow: how much, how it went, why it failed, and how long it took."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe.utils import add_days, flt, getdate

from erp_connect import compat
from erp_connect.core.delivery import reasons
from erp_connect.operate.monitoring import quantiles

DONE = ("Delivered", "Processed")
NOT_NEEDED = ("Skipped", "Superseded", "Cancelled")
# Of more, the newest are looked at: percentiles of so many say what those of all would.
REQUESTS_LOOKED_AT, FAILURES_LOOKED_AT = 50_000, 5_000
REASONS_SHOWN = 3
Key = tuple[str, str, str]


@dataclass
class Traffic:
	"""Of one account, flow and direction. times: seconds that each request took. reasons: how often each."""

	counts: Counter = field(default_factory=Counter)
	times: list[float] = field(default_factory=list)
	reasons: Counter = field(default_factory=Counter)


def rows(first: Any, last: Any, account: str = "") -> list[dict[str, Any]]:
	"""One row for each account, flow and direction, of events that were recorded from day `first` to day `last` and that
	the session's user may see; those with most failures first."""
	values = {"first": getdate(first), "after": add_days(getdate(last), 1), "account": account}
	found: dict[Key, Traffic] = defaultdict(Traffic)
	_count(found, values)
	_failures(found, values)
	_times(found, values)
	told = [_row(key, traffic) for key, traffic in found.items()]
	return sorted(told, key=lambda row: (-row["failed"], row["integration"], row["field_mapping"]))


def _where(values: dict[str, Any]) -> str:
	"""Conditions on the alias-free table, with what the session's user may see."""
	conditions = ["`tabSync Log`.creation >= %(first)s", "`tabSync Log`.creation < %(after)s"]
	if values["account"]:
		conditions.append("`tabSync Log`.integration = %(account)s")
	if allowed := compat.match_condition("Sync Log", frappe.session.user):
		conditions.append(f"({allowed})")
	return " AND ".join(conditions)


def _count(found: dict[Key, Traffic], values: dict[str, Any]) -> None:
	counted = frappe.db.sql(
		"SELECT integration, field_mapping, direction, status, COUNT(*) FROM `tabSync Log`"
		f" WHERE {_where(values)} GROUP BY integration, field_mapping, direction, status",
		values,
	)
	for account, flow, direction, status, count in counted:
		found[account or "", flow or "", direction or ""].counts[status] += count


def _failures(found: dict[Key, Traffic], values: dict[str, Any]) -> None:
	failed = frappe.db.sql(
		"SELECT integration, field_mapping, direction, error, reference_name, external_id FROM `tabSync Log`"
		f" WHERE status IN ('Failed', 'On Hold') AND {_where(values)} ORDER BY creation DESC LIMIT {FAILURES_LOOKED_AT}",
		values,
	)
	for account, flow, direction, error, name, external_id in failed:
		said = reasons.same(error or "", (name or "", external_id or ""))
		found[account or "", flow or "", direction or ""].reasons[said] += 1


def _times(found: dict[Key, Traffic], values: dict[str, Any]) -> None:
	asked = frappe.db.sql(
		"SELECT `tabSync Log`.integration, `tabSync Log`.field_mapping, `tabSync Log`.direction,"
		" `tabSync Attempt`.duration_ms FROM `tabSync Log`"
		" JOIN `tabSync Attempt` ON `tabSync Attempt`.sync_log = `tabSync Log`.name"
		f" WHERE {_where(values)} ORDER BY `tabSync Log`.creation DESC LIMIT {REQUESTS_LOOKED_AT}",
		values,
	)
	for account, flow, direction, milliseconds in asked:
		found[account or "", flow or "", direction or ""].times.append((milliseconds or 0) / 1000)


def _row(key: Key, traffic: Traffic) -> dict[str, Any]:
	account, flow, direction = key
	counts = traffic.counts
	done, failed = sum(counts[status] for status in DONE), counts["Failed"]
	not_needed = sum(counts[status] for status in NOT_NEEDED)
	every = sum(counts.values())
	times = quantiles(traffic.times)
	why = "; ".join(f"{count}× {text}" for text, count in traffic.reasons.most_common(REASONS_SHOWN) if text)
	return {
		"integration": account,
		"field_mapping": flow,
		"direction": direction,
		"events": every,
		"done": done,
		"failed": failed,
		"held": counts["On Hold"],
		"waiting": every - done - failed - counts["On Hold"] - not_needed,
		"not_needed": not_needed,
		"success": flt(100 * done / (done + failed), 1) if done + failed else None,
		"requests": len(traffic.times),
		"p50": times.get(0.5),
		"p95": times.get(0.95),
		"p99": times.get(0.99),
		# What came from outside is text, whatever it is.
		"reasons": frappe.utils.escape_html(why),
	}
