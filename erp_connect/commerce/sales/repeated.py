"""An event that comes again under its id: it says what it said, or a person has to compare the two.

Its documents are booked, and do not follow what is said later: to call that unchanged would drop what is meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from erp_connect.commerce.sales import order_lookup
from erp_connect.core.errors import Whole
from erp_connect.records.write import HeldForReview
from erp_connect.store.sync_link import Link

DIGITS = 6


def said(*, lines: Iterable[Any] = (), amount: Any = None) -> dict[str, str]:
	"""What is kept of an event, as `facts` of its link. lines: with `line_id` and `quantity`. What is not stated is left out."""
	pieces: dict[str, float] = {}
	for line in lines:
		pieces[line.line_id] = round(pieces.get(line.line_id, 0) + float(line.quantity), DIGITS)
	facts = {"pieces": json.dumps(pieces, sort_keys=True) if pieces else "", "amount": _number(amount)}
	return {name: value for name, value in facts.items() if value}


def require_same(link: Link, external_id: str, now: Mapping[str, str]) -> None:
	"""Raises `HeldForReview` where an event says otherwise than when it was booked.

	Only what both state is compared; of what was booked before facts were kept, nothing is known.
	"""
	before = order_lookup.facts(link)
	if all(before.get(name, value) == value for name, value in now.items()):
		return
	raise HeldForReview(
		"{id} is booked by {document} with {booked}, but now comes with {now}. Compare the two, correct {document} if need "
		"be, then {done}.",
		code="event_changed",
		id=external_id,
		document=link.document_name,
		booked=Whole(_words(before)),
		now=Whole(_words(now)),
	)


def _number(amount: Any) -> str:
	return "" if amount is None else str(round(float(amount), DIGITS))


def _words(facts: Mapping[str, str]) -> str:
	pieces = json.loads(facts.get("pieces") or "{}")
	told = [f"{line} × {quantity:g}" for line, quantity in pieces.items()]
	if amount := facts.get("amount"):
		told.append(f"{float(amount):g}")
	return ", ".join(told) or "-"
