"""An event that comes again under its id: it says what it said, or a person has to compare the two.

Its documents are booked, and do not follow what is said later: to call that unchanged would drop what is meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from frappe import _

from erp_connect.commerce.sales import order_lookup
from erp_connect.commerce.sales.order_state import OrderState
from erp_connect.core.errors import Whole
from erp_connect.records import site_time
from erp_connect.records.write import HeldForReview
from erp_connect.store.sync_link import Link

DIGITS = 6
PIECES, AMOUNT, RESTOCKED = "pieces", "amount", "restocked"
# How facts are told besides pieces and amounts.
WORDS = {
	"amounts": "amounts of lines {0}",
	RESTOCKED: "back into stock {0}",
	"shipping": "shipping {0}",
	"fee": "fee {0}",
	"currency": "{0}",
	"gateway": "by {0}",
	"reference": "reference {0}",
	"location": "from {0}",
	"day": "on {0}",
}


def said(*, lines: Iterable[Any] = (), amount: Any = None, **more: Any) -> dict[str, str]:
	"""What is kept of an event, as `facts` of its link. What is not stated is left out.

	lines: with `line_id` and `quantity`, and of returned goods `amount`, `restock` and `location`. more: further facts, those of
	`WORDS`; numbers count as such.
	"""
	lines = list(lines)
	facts = {PIECES: _by_line(lines, lambda line: line.quantity), AMOUNT: _number(amount)}
	if any(hasattr(line, "restock") for line in lines):
		facts["amounts"] = _by_line(
			[line for line in lines if line.amount is not None], lambda line: line.amount
		)
		back = [line for line in lines if line.restock and line.quantity]
		# Kept also where nothing is put back: to put it back later is something else.
		facts[RESTOCKED] = _by_line(back, lambda line: line.quantity, lambda line: line.location) or "{}"
	for name, value in more.items():
		facts[name] = value if isinstance(value, str) else _number(value)
	return {name: value for name, value in facts.items() if value}


def day(date: str) -> str:
	"""The day of an event as a fact; empty where it states none."""
	return str(site_time.past_day_of(date)) if date else ""


def require_same(
	link: Link, external_id: str, now: Mapping[str, str], booked: Mapping[str, str] | None = None
) -> None:
	"""Raises `HeldForReview` where an event says otherwise than when it was booked.

	Only what both state is compared; of what was booked before facts were kept, nothing is known. booked: facts by the
	document itself, which count before what was said.
	"""
	require_equal(external_id, link.document_name, {**order_lookup.facts(link), **(booked or {})}, now)


def require_equal(external_id: str, document: str, before: Mapping[str, str], now: Mapping[str, str]) -> None:
	"""`require_same` for facts that are at hand. document: in which the event is booked."""
	changed = [name for name, value in now.items() if before.get(name, value) != value]
	if not changed:
		return
	raise HeldForReview(
		"{id} is booked by {document} with {booked}, but now comes with {now}. Compare the two, correct {document} if need "
		"be, then {done}.",
		code="event_changed",
		id=external_id,
		document=document,
		booked=Whole(_words(before, changed)),
		now=Whole(_words(now, changed)),
	)


def require_as_applied(
	state: OrderState, kind: str, event: Any, order: str, before: Mapping[str, str]
) -> None:
	"""`require_equal` for an event that changed an order and made no document of its own. before: what it said then."""
	now = said_of_money(event)
	if float(now.get(AMOUNT, 0)) and not float(before.get(AMOUNT, 0)):
		raise HeldForReview(
			"Refund {id} has changed Sales Order {order} before and paid nothing back, but now comes with {amount}. Book by hand "
			"what was paid back, then {done}.",
			code="event_changed",
			id=event.id,
			order=order,
			amount=str(event.amount),
		)
	were, are = _pieces_of(state, state.claimed(kind, event.id), event)
	require_equal(event.id, order, {**before, **were}, {**now, **are})


def refuse_pieces_of_other(state: OrderState, kind: str, event: Any, order: str) -> None:
	"""Raises `HeldForReview` where an event of another kind took the same pieces under this id: both may tell of one matter.

	kind: the other one.
	"""
	before, now = _pieces_of(state, state.claimed(kind, event.id), event)
	if not before or before != now:
		return
	raise HeldForReview(
		"{id} names pieces of Sales Order {order} that were called off or given back under this number before. If they are the "
		"same, only money is left to be booked; if further ones, they are, too. Do so by hand, then {done}.",
		code="same_pieces",
		id=event.id,
		order=order,
	)


def said_of_money(event: Any) -> dict[str, str]:
	"""What is kept of an event besides its pieces that changes an order and makes no document."""
	return said(amount=getattr(event, "amount", None), shipping=getattr(event, "shipping", None))


def _pieces_of(state: OrderState, claim: Any, event: Any) -> tuple[dict[str, str], dict[str, str]]:
	"""Pieces of a claim and of an event as facts to be compared; empty where one of the two names none.

	By line where the order's source knows them all; what is named otherwise is counted.
	"""
	source = state.source()
	if not (claim and claim.lines and event.lines):
		return {}, {}
	if source and all(source.line(line.line_id) for line in event.lines):
		before, now = (_by_line(one.lines, lambda line: line.quantity) for one in (claim, event))
	else:
		before, now = (
			json.dumps({_("pieces"): round(sum(float(line.quantity) for line in one.lines), DIGITS)})
			for one in (claim, event)
		)
	return {PIECES: before}, {PIECES: now}


def other_day(link: Link, date: str) -> str:
	"""That an event now names another day than when it was booked, in words; the day stays. Empty where it does not."""
	before, now = order_lookup.facts(link).get("day"), day(date)
	if not (before and now) or before == now:
		return ""
	return _("It came with the day {0} and stays booked so, but names {1} now.").format(before, now)


def stays(document: str, status: str) -> str:
	"""Why an event that is booked stays so, though its state now is one from before: such news often comes late."""
	return _("It is booked by {0} and stays so: {1} does not mean that it failed.").format(document, status)


def _by_line(lines: Iterable[Any], number: Any, place: Any = None) -> str:
	sums: dict[str, float] = {}
	for line in lines:
		key = f"{line.line_id} @ {place(line)}" if place and place(line) else line.line_id
		sums[key] = round(sums.get(key, 0) + float(number(line)), DIGITS)
	return json.dumps(sums, sort_keys=True) if sums else ""


def _number(amount: Any) -> str:
	return "" if amount is None else str(round(float(amount), DIGITS))


def _words(facts: Mapping[str, str], changed: Iterable[str]) -> str:
	"""Pieces and amount, and what else differs."""
	told = _pieces(facts.get(PIECES))
	if amount := facts.get(AMOUNT):
		told.append(f"{float(amount):g}")
	for name in changed:
		if (words := WORDS.get(name)) and (value := facts.get(name)):
			told.append(_(words).format(", ".join(_pieces(value)) or "-" if value.startswith("{") else value))
	return ", ".join(told) or "-"


def _pieces(text: str | None) -> list[str]:
	return [f"{line} × {quantity:g}" for line, quantity in json.loads(text or "{}").items()]
