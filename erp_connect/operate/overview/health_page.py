"""The health of the site and of its accounts on one page of Desk: what monitors are told, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from frappe import _

from erp_connect.core.delivery.states import DELIVERED, FAILED, IN, ON_HOLD, OUT, PROCESSED
from erp_connect.operate import monitoring
from erp_connect.operate.monitoring import LOOKED_AT, OLDEST_LATE, Account
from erp_connect.operate.overview import accounts as cards
from erp_connect.operate.overview import engine
from erp_connect.operate.overview.engine import GREEN, RED

HOUR = 3600
ORANGE = "orange"


def found() -> dict[str, Any]:
	"""`colour` and `words` for all of it, `status` as monitors are told; `engine`: see `engine.lines`; `waiting` by
	direction; `accounts` as in the workspace, each with its last `hour`; `cut`: the most events that are looked at for
	these, where there were more, else 0; `versions` by app."""
	site, accounts = monitoring.site(), monitoring.accounts(HOUR)
	status = monitoring.status(site, accounts)
	hours = {one.name: _hour(one) for one in accounts}
	looked_at = sum(sum(one.recent.values()) for one in accounts)
	return {
		"status": status,
		**_verdict(status, sum(bool(one.problems()) for one in accounts)),
		"engine": engine.lines(site),
		"waiting": [_waiting(accounts, direction) for direction in (OUT, IN)],
		# One that was made since has none.
		"accounts": [{**card, "hour": hours.get(card["name"])} for card in cards.overview()],
		"cut": LOOKED_AT if looked_at >= LOOKED_AT else 0,
		"versions": site.versions,
	}


def _verdict(status: str, troubled: int) -> dict[str, str]:
	if status == monitoring.DOWN:
		return {"colour": RED, "words": _("It stands still. What is red below says what helps.")}
	if status == monitoring.OK:
		return {"colour": GREEN, "words": _("Everything works.")}
	words = (
		_("It works, and one account needs somebody.")
		if troubled == 1
		else _("It works, and {0} accounts need somebody.")
	)
	return {"colour": ORANGE, "words": words.format(troubled)}


def _waiting(accounts: Sequence[Account], direction: str) -> dict[str, Any]:
	"""What is not over, of one direction: `waiting`, `failed` and `held` events, and `oldest_seconds` of what is due."""
	counts: dict[str, int] = {}
	for one in accounts:
		for (way, status), count in one.counts.items():
			if way == direction:
				counts[status] = counts.get(status, 0) + count
	failed, held = counts.pop(FAILED, 0), counts.pop(ON_HOLD, 0)
	waiting = sum(counts.values())
	oldest = int(max((one.oldest.get(direction, 0) for one in accounts), default=0))
	going = [one.oldest.get(direction, 0) for one in accounts if one.enabled and not one.paused]
	late = int(max(going, default=0))
	colour, words = GREEN, _("It goes on.") if waiting else _("Nothing waits.")
	if late > OLDEST_LATE:
		colour = RED
		words = _("An event has been waiting for {0} minutes").format(late // 60)
	elif oldest > OLDEST_LATE:
		colour, words = ORANGE, _("Events wait for accounts that are paused or switched off.")
	elif failed or held:
		colour, words = ORANGE, _("Events wait for a person.")
	return {
		"direction": direction,
		"colour": colour,
		"words": words,
		"waiting": waiting,
		"failed": failed,
		"held": held,
		"oldest_seconds": oldest,
	}


def _hour(one: Account) -> dict[str, Any]:
	"""Of the events of the last hour: how many were `sent`, `taken_in` and `failed`; `requests` and `deliveries`: the
	seconds within which half and 95 % of them were done, or None."""
	return {
		"sent": one.recent.get((OUT, DELIVERED), 0),
		"taken_in": one.recent.get((IN, PROCESSED), 0),
		"failed": sum(count for (_way, status), count in one.recent.items() if status == FAILED),
		"requests": _half_and_most(one.requests),
		"deliveries": _half_and_most(one.deliveries),
	}


def _half_and_most(times: dict[float, float]) -> list[float] | None:
	return [round(times[0.5], 3), round(times[0.95], 3)] if times else None
