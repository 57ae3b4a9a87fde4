"""The states of a Sync Log row and the moves between them.

Promises one table that every writer asks before it changes a status. Never decides which move is due;
that is the work of the planner, the outcome and the person in Desk.

A row that was delivered, superseded or processed is history: to send it again, a new row is made that
points back at it.
"""

from __future__ import annotations

QUEUED = "Queued"
SENDING = "Sending"
DELIVERED = "Delivered"
RETRYING = "Retrying"
FAILED = "Failed"
SKIPPED = "Skipped"
SUPERSEDED = "Superseded"
CANCELLED = "Cancelled"
ON_HOLD = "On Hold"
RECEIVED = "Received"
PROCESSING = "Processing"
PROCESSED = "Processed"

_SETTLED_BY_HAND = {CANCELLED, SUPERSEDED, SKIPPED}

OUTGOING: dict[str, frozenset[str]] = {
	QUEUED: frozenset({SENDING, ON_HOLD, FAILED} | _SETTLED_BY_HAND),
	# Back to Queued: the lease ran out, the account was throttled, or a later batch takes it.
	SENDING: frozenset({DELIVERED, RETRYING, FAILED, ON_HOLD, QUEUED} | _SETTLED_BY_HAND),
	RETRYING: frozenset({SENDING, QUEUED, ON_HOLD, FAILED} | _SETTLED_BY_HAND),
	ON_HOLD: frozenset({QUEUED, RETRYING, FAILED} | _SETTLED_BY_HAND),
	FAILED: frozenset({QUEUED} | _SETTLED_BY_HAND),
	SKIPPED: frozenset({QUEUED}),
	CANCELLED: frozenset({QUEUED}),
	DELIVERED: frozenset(),
	SUPERSEDED: frozenset(),
}

INCOMING: dict[str, frozenset[str]] = {
	RECEIVED: frozenset({PROCESSING, ON_HOLD, FAILED} | _SETTLED_BY_HAND),
	PROCESSING: frozenset({PROCESSED, RETRYING, FAILED, ON_HOLD, RECEIVED} | _SETTLED_BY_HAND),
	RETRYING: frozenset({PROCESSING, RECEIVED, ON_HOLD, FAILED} | _SETTLED_BY_HAND),
	ON_HOLD: frozenset({RECEIVED, RETRYING, FAILED} | _SETTLED_BY_HAND),
	FAILED: frozenset({RECEIVED} | _SETTLED_BY_HAND),
	SKIPPED: frozenset({RECEIVED}),
	CANCELLED: frozenset({RECEIVED}),
	PROCESSED: frozenset(),
	SUPERSEDED: frozenset(),
}

ALL = frozenset(OUTGOING) | frozenset(INCOMING)
# May be claimed by a worker once their time has come.
CLAIMABLE = frozenset({QUEUED, RETRYING, RECEIVED})
# Held by a worker under a lease.
IN_FLIGHT = frozenset({SENDING, PROCESSING})
# The engine still has work to do on these.
OPEN = CLAIMABLE | IN_FLIGHT | {ON_HOLD}
# Open, or failed and not yet looked after by a person. Retention never removes these.
UNRESOLVED = OPEN | {FAILED}


def can_move(old: str, new: str, *, direction: str | None = None) -> bool:
	"""Whether a row may go from status `old` to `new`; staying where it is is always allowed.

	direction: `Outgoing` or `Incoming`; without it, a move legal in either direction is legal.
	Unknown statuses may not move anywhere.
	"""
	if direction == "Outgoing":
		tables = (OUTGOING,)
	elif direction == "Incoming":
		tables = (INCOMING,)
	else:
		tables = (OUTGOING, INCOMING)
	return any(old in table and (old == new or new in table[old]) for table in tables)
