"""Events that failed or wait for a person, as alerts speak of them: in the app's own words, or as the events say it.

What an event says may quote its document, so it is for those who may see the event, and for receivers of alerts, which
only who has every right of the account's user may add.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from string import Formatter
from typing import Any

import frappe
from frappe import _

from erp_connect.core.delivery.outcome import Outcome
from erp_connect.core.delivery.outcome_messages import MESSAGES
from erp_connect.core.delivery.quoting import SAID
from erp_connect.core.delivery.states import IN
from erp_connect.messages import in_own_words
from erp_connect.operate.alerts.kinds import FAILED, HELD
from erp_connect.store.alerts import OVER, Problem

# Kinds of alerts that are about events, with the status of these.
EVENTS = {FAILED: "Failed", HELD: "On Hold"}
REASONS = 3
LOOKED_AT = 100
LONGEST = 200
# Of the message of an outcome, what an event keeps, or is not quoted.
_PLACES = frozenset({"status", "remote"})


def problems(accounts: tuple[str, ...]) -> Iterator[Problem]:
	"""What failed or is held in some accounts, in the app's own words."""
	counts = frappe.db.sql(
		"SELECT integration, status, COUNT(*) FROM `tabSync Log`"
		" WHERE status IN ('Failed', 'On Hold') AND integration IN %s GROUP BY integration, status",
		(accounts,),
	)
	kinds = {status: kind for kind, status in EVENTS.items()}
	for account, status, count in counts:
		kind = kinds[status]
		yield Problem(account, kind, count, _message(kind, count, _reasons(account, status, quoted=False)))


def quoting(account: str, rows: list[Any]) -> list[Any]:
	"""Rows of `store.alerts.to_tell`, where the message of each that is about events says the reasons as the events do."""
	return [_quoting(account, row) for row in rows]


def _quoting(account: str, row: Any) -> Any:
	status = EVENTS.get(row["kind"])
	if not status or row["to_tell"] == OVER:
		return row
	reasons = _reasons(account, status, quoted=True)
	return frappe._dict(row, message=_message(row["kind"], row["amount"], reasons))


def _message(kind: str, count: int, reasons: str) -> str:
	texts = {
		FAILED: (
			_("One event failed. Correct the cause, then press Retry in the list of events. {1}"),
			_("{0} events failed. Correct the cause, then press Retry in the list of events. {1}"),
		),
		HELD: (
			_("One event waits for a decision of a person. Decide it on the Review Desk. {1}"),
			_("{0} events wait for a decision of a person. Decide them on the Review Desk. {1}"),
		),
	}
	one, many = texts[kind]
	return (one if count == 1 else many).format(count, reasons)


def _reasons(account: str, status: str, *, quoted: bool) -> str:
	"""The most frequent reasons among the newest events."""
	events = frappe.get_all(
		"Sync Log",
		filters={"integration": account, "status": status},
		fields=["error", "direction", "outcome", "response_status", "field_mapping"],
		order_by="creation desc",
		limit=LOOKED_AT,
	)
	say = _as_it_says if quoted else _in_own_words
	counts = Counter(text for text in map(say, events) if text)
	return " ".join(_("{0} times: {1}").format(count, text) for text, count in counts.most_common(REASONS))


def _as_it_says(event: Any) -> str:
	return (event.error or "").strip()[:LONGEST]


def _in_own_words(event: Any) -> str:
	"""Why an event stopped, by the code of its outcome, and in which flow."""
	code = event.outcome or ""
	words = code.replace("_", " ")
	said = _(words[:1].upper() + words[1:])
	if event.direction != IN and _PLACES.issuperset(_places(MESSAGES.get(code, "{other}"))):
		said = in_own_words(Outcome("", code, {"status": event.response_status or "-", "remote": SAID}))
	return f"{event.field_mapping}: {said}" if event.field_mapping and said else said


def _places(template: str) -> set[str]:
	"""Names of the places of a template."""
	return {name for _text, name, _spec, _conversion in Formatter().parse(template) if name}
