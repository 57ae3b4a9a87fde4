"""How each account stands, in words for the workspace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime, now_datetime

from erp_connect.core.delivery import account_health as health
from erp_connect.operate import refusals, sunsets
from erp_connect.operate.overview import credentials, endpoints, facts
from erp_connect.store import sync_log

COLOURS = {
	health.OFF: "gray", health.PAUSED: "orange", health.BROKEN: "red", health.PROBING: "orange", health.LATE: "red",
	health.FAILED: "red", health.HELD: "yellow", health.THROTTLED: "blue", health.RETRYING: "orange",
	health.HEALTHY: "green", health.QUIET: "gray",
}  # fmt: skip
URGENCY = {"red": 0, "orange": 1, "yellow": 2}
FIELDS = [
	"name", "system", "enabled", "paused", "pause_reason", "previous_secret_expires", "previous_verification_expires",
	"connected_app", "token_user", "credentials_end",
]  # fmt: skip


def overview() -> list[dict[str, Any]]:
	"""The accounts that the session's user may see, those with trouble first.

	Each: `name`, `system`, `health` (a word of `core/delivery/account_health.py`), `words` and `details` for people, `colour`,
	`failed`, `held`, `waiting`, `oldest_seconds`, `done` and `wrong` of the last day, `last_success`, `slowest` ({endpoint, seconds, count} or None).
	"""
	rows = frappe.get_list("Integration Settings", fields=FIELDS, order_by="name")
	names = [row.name for row in rows]
	counts, waiting, states = facts.counts(names), sync_log.oldest_due(names), facts.states(names)
	day, refused = facts.last_day(names), refusals.of_accounts(names)
	found = [
		_account(
			row,
			counts[row.name],
			int(waiting.get(row.name, 0)),
			states.get(row.name),
			day.get(row.name, (0, 0)),
			refused.get(row.name, []),
		)
		for row in rows
	]
	slow = endpoints.slowest(names)
	for one in found:
		one["slowest"] = _slowest(slow.get(one["name"]))
	return sorted(found, key=lambda one: URGENCY.get(one["colour"], len(URGENCY)))


def _account(
	row: Any, counts: dict[str, int], oldest: int, state: Any, day: tuple[int, int], refused: list
) -> dict[str, Any]:
	state = state or frappe._dict()
	known = _known(row, counts, oldest, state, used=bool(state.last_success or sum(day)))
	word = health.account_health(known)
	return {
		"name": row.name,
		"system": row.system or "",
		"health": word,
		"colour": COLOURS[word],
		"words": _words(word, row, known, state),
		"details": [*_also(word, known), *credentials.ends(row), *_sunset(row.name), *refusals.told(refused)],
		"failed": known.failed,
		"held": known.held,
		"waiting": sum(counts.values()) - known.failed - known.held,
		"oldest_seconds": oldest,
		"done": day[0],
		"wrong": day[1],
		"last_success": str(state.last_success or ""),
	}


def health_in_words(account: str, counts: dict[str, int], oldest: int) -> dict[str, Any]:
	"""How one account stands: `health`, `words`, `colour`, and what is wrong besides as `also`. counts: events by status."""
	row = frappe.db.get_value("Integration Settings", account, FIELDS, as_dict=True)
	state = facts.states([account]).get(account) or frappe._dict()
	used = bool(state.last_success or counts.get("Delivered") or counts.get("Processed"))
	known = _known(row, counts, oldest, state, used=used)
	word = health.account_health(known)
	return {
		"health": word,
		"words": _words(word, row, known, state),
		"colour": COLOURS[word],
		"also": _also(word, known),
	}


def _known(row: Any, counts: dict[str, int], oldest: int, state: Any, *, used: bool) -> health.Facts:
	return health.Facts(
		enabled=bool(row.enabled),
		paused=bool(row.paused),
		breaker=state.breaker or "Closed",
		failed=counts.get("Failed", 0),
		held=counts.get("On Hold", 0),
		retrying=counts.get("Retrying", 0),
		oldest_seconds=oldest,
		throttled_seconds=max(0, int(state.throttled_seconds or 0)),
		used=used,
	)


def _slowest(found: tuple[str, float, int] | None) -> dict[str, Any] | None:
	if not found:
		return None
	endpoint, seconds, count = found
	return {"endpoint": endpoint, "seconds": round(seconds, 3), "count": count}


def _words(word: str, row: Any, known: health.Facts, state: Any) -> str:
	reason = (row.pause_reason or "").strip()
	words = {
		health.OFF: _("Switched off: nothing is recorded, sent or taken in"),
		health.PAUSED: _("Paused: {0}").format(reason) if reason else _("Paused"),
		health.BROKEN: _("Stopped after {0} failures until {1}, then one event is tried").format(
			state.failures, _at(state.open_seconds or 0)
		),
		health.PROBING: _("Trying one event after failures"),
		health.FAILED: _failed(known.failed),
		health.HELD: _held(known.held),
		health.THROTTLED: _("The other side asked to wait until {0}").format(_at(known.throttled_seconds)),
		health.LATE: _("An event has been waiting for {0} minutes").format(known.oldest_seconds // 60),
		health.RETRYING: (
			_("One event is tried again") if known.retrying == 1 else _("{0} events are tried again")
		).format(known.retrying),
		health.HEALTHY: _("Healthy"),
		health.QUIET: _("Nothing went across yet"),
	}
	return words[word]


def _also(word: str, known: health.Facts) -> list[str]:
	"""What is wrong besides, which the first words leave out."""
	found = []
	if known.failed and word != health.FAILED:
		found.append(_failed(known.failed))
	if known.held and word != health.HELD:
		found.append(_held(known.held))
	return found


def _sunset(account: str) -> list[str]:
	text = sunsets.warning(account)
	return [text] if text else []


def _at(seconds: int) -> str:
	"""The time after so many seconds, as the user writes it."""
	return format_datetime(now_datetime() + timedelta(seconds=max(0, int(seconds))))


def _failed(count: int) -> str:
	return (_("One event failed") if count == 1 else _("{0} events failed")).format(count)


def _held(count: int) -> str:
	return (
		_("One event waits for a decision") if count == 1 else _("{0} events wait for a decision")
	).format(count)
