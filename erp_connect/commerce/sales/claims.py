"""What was given back or called off of an order, and events that did so without a document, as its state keeps them.

Promises that events are known by their kind as well as their id: a refund and a cancellation may share one, and so may
those of two accounts. What was kept before kinds were counts for each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from erp_connect.core.commerce.order.events import Refund

REFUND, CANCELLATION = "refund", "cancellation"
# Of a claim, the kind and the id of its event; its own `id` is another where two events have one.
OF = "of"
SHOWN = 120  # characters of an id, to which a number is added

Claims = list[dict[str, Any]]
# A text is an id that was kept without its kind.
Applied = dict[str, Any] | str


def made(claims: Claims, kind: str, event: str, refund: dict[str, Any]) -> dict[str, Any]:
	"""A claim of an event, to be kept with others: its id is no other one's. event: id with the scope of its account."""
	known, number, own = {claim["id"] for claim in claims}, 1, refund["id"]
	while own in known:
		number += 1
		own = f"{refund['id'][:SHOWN]} ({number})"
	return {**refund, "id": own, OF: [kind, event]}


def read(claim: dict[str, Any]) -> Refund:
	"""What was given back or called off."""
	return Refund.read({name: value for name, value in claim.items() if name != OF})


def find(claims: Claims, kind: str, scope: str, event: str) -> Refund | None:
	"""What an event gave back or called off. scope: of the account that it comes by."""
	own = [kind, scope + event]
	found = next((claim for claim in claims if claim.get(OF) == own), None)
	found = found or next((claim for claim in claims if OF not in claim and claim["id"] == event), None)
	return read(found) if found else None


def was_applied(
	applied: list[Applied], claims: Claims, kind: str, scope: str, event: str
) -> dict[str, str] | None:
	"""What an event said when it changed the order without a document; None for one that did not."""
	for one in applied:
		if isinstance(one, dict) and (one["kind"], one["id"]) == (kind, scope + event):
			return one["said"]
	if scope + event not in applied:
		return None
	claim = find(claims, kind, scope, event)
	return {"amount": str(claim.amount)} if claim and claim.amount is not None else {}


def restocked(claims: Claims, rows: Callable[[str], list[str]]) -> dict[str, float]:
	"""Pieces by row that claims said to put back into stock. rows: of a line of the source."""
	found: dict[str, float] = {}
	for line in (line for claim in claims for line in read(claim).lines):
		if line.restock:
			row = (rows(line.line_id) or [line.line_id])[0]
			found[row] = found.get(row, 0.0) + float(line.quantity)
	return found
