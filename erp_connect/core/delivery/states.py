"""The states of Sync Log rows and the moves between them, for each kind of row.

`store/moves.py` writes every change of a status; it puts these tables into the condition of its statements, so that
the database refuses a move that is not allowed. Nothing here decides which move is due: that is the work of the
planner, of the outcome of an exchange, and of the person in Desk.

What was delivered, superseded or processed is history: to send it again, a new row is made that points back at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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

OUT, IN = "Outgoing", "Incoming"


@dataclass(frozen=True)
class LifeCycle:
	"""What may become of one kind of row.

	direction: as the rows say. starts: states in which a row is inserted. moves: state → states that may follow it;
	nothing follows a final state.
	"""

	direction: str
	starts: frozenset[str]
	moves: Mapping[str, frozenset[str]]

	def can_move(self, old: str, new: str) -> bool:
		"""Whether a row may go from `old` to `new`; staying where it is is always allowed. False for unknown states."""
		return old in self.moves and (old == new or new in self.moves[old])

	def origins(self, new: str) -> frozenset[str]:
		"""States whose rows may be written as `new`: `new` itself among them, unless it is final.

		A lease that ran out is taken over within one state, but history is not written a second time.
		"""
		return frozenset(
			old for old, following in self.moves.items() if following and self.can_move(old, new)
		)


_ENDED_UNSENT = {CANCELLED, SUPERSEDED, SKIPPED}

OUTGOING = LifeCycle(
	OUT,
	frozenset({QUEUED}),
	{
		QUEUED: frozenset({SENDING, ON_HOLD, FAILED} | _ENDED_UNSENT),
		# Back to Queued: the lease ran out, the account was throttled, or a later batch takes it.
		SENDING: frozenset({DELIVERED, RETRYING, FAILED, ON_HOLD, QUEUED} | _ENDED_UNSENT),
		RETRYING: frozenset({SENDING, QUEUED, ON_HOLD, FAILED} | _ENDED_UNSENT),
		ON_HOLD: frozenset({QUEUED, RETRYING, FAILED} | _ENDED_UNSENT),
		FAILED: frozenset({QUEUED} | _ENDED_UNSENT),
		SKIPPED: frozenset({QUEUED}),
		CANCELLED: frozenset({QUEUED}),
		DELIVERED: frozenset(),
		SUPERSEDED: frozenset(),
	},
)

# Webhooks, fetched records, and jobs of many records.
INCOMING = LifeCycle(
	IN,
	frozenset({RECEIVED}),
	{
		RECEIVED: frozenset({PROCESSING, ON_HOLD, FAILED} | _ENDED_UNSENT),
		PROCESSING: frozenset({PROCESSED, RETRYING, FAILED, ON_HOLD, RECEIVED} | _ENDED_UNSENT),
		RETRYING: frozenset({PROCESSING, RECEIVED, ON_HOLD, FAILED} | _ENDED_UNSENT),
		ON_HOLD: frozenset({RECEIVED, RETRYING, FAILED} | _ENDED_UNSENT),
		FAILED: frozenset({RECEIVED} | _ENDED_UNSENT),
		SKIPPED: frozenset({RECEIVED}),
		CANCELLED: frozenset({RECEIVED}),
		PROCESSED: frozenset(),
		SUPERSEDED: frozenset(),
	},
)

# A call of the API, which its caller waits for: under way from the start, and repeated by the caller under its key,
# until a later event has stated the same anew.
CALL = LifeCycle(
	IN,
	frozenset({PROCESSING}),
	{
		PROCESSING: frozenset({PROCESSED, FAILED}),
		FAILED: frozenset({PROCESSING, SUPERSEDED}),
		PROCESSED: frozenset(),
		SUPERSEDED: frozenset(),
	},
)

# What keeps a pull, a load or a comparison from going on: one row for a row of failures. Failed is not the end of it: a
# person, or the next regular run, lets the walk go on, which then fails once more or gets through; or a person ends it.
INTERRUPTION = LifeCycle(
	IN,
	frozenset({RETRYING, FAILED}),
	{
		RETRYING: frozenset({FAILED, PROCESSED, CANCELLED}),
		FAILED: frozenset({RETRYING, PROCESSED, CANCELLED}),
		CANCELLED: frozenset(),
		PROCESSED: frozenset(),
	},
)

# What was done here without a message from outside, written down when it is over.
REPORT = LifeCycle(IN, frozenset({PROCESSED, FAILED}), {PROCESSED: frozenset(), FAILED: frozenset()})

LIFE_CYCLES = (OUTGOING, INCOMING, CALL, INTERRUPTION, REPORT)

# May be claimed by a worker once their time has come.
CLAIMABLE = frozenset({QUEUED, RETRYING, RECEIVED})
# Held by a worker under a lease.
IN_FLIGHT = frozenset({SENDING, PROCESSING})
# The engine still has work to do on these.
OPEN = CLAIMABLE | IN_FLIGHT | {ON_HOLD}
# Waits, or ended without effect: a person may have it tried again from the start.
RETRYABLE = frozenset({FAILED, RETRYING, SKIPPED, CANCELLED, ON_HOLD})
# Not done, and no worker has it: a person may give it up.
CANCELLABLE = frozenset({QUEUED, RETRYING, ON_HOLD, FAILED})
# Open, or failed and not yet looked after by a person. Retention never removes these.
UNRESOLVED = OPEN | {FAILED}
