"""Whether the stored bytes of an event still say something that the other side should hear.

An event that is built anew carries its document as it is now. Stored bytes carry a past state: sent after a newer one
they would put the outside back. Promises that a state counts as newer by the order in which it was recorded, however
often it was sent since, and that an event of which nothing reached the outside never counts. Never sees a document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from erp_connect.core.delivery.states import (
	DELIVERED,
	FAILED,
	ON_HOLD,
	OUT,
	PROCESSED,
	QUEUED,
	RETRYING,
	SENDING,
	SKIPPED,
)

NOTHING_CHANGED = "nothing_changed"
UNDER_WAY = frozenset({QUEUED, SENDING, RETRYING, ON_HOLD})


@dataclass(frozen=True)
class Recorded:
	"""One event of a document, as it stands in Sync Log.

	seq: its place in the order in which events were recorded. frozen: an attempt was made whose outcome is unknown.
	replay_of: name of the event whose bytes it repeats. edited: its bytes were written by a person instead.
	"""

	name: str
	seq: int
	status: str
	outcome: str = ""
	direction: str = OUT
	frozen: bool = False
	replay_of: str = ""
	edited: bool = False


class History:
	"""All events of ONE document in one flow, in any order."""

	def __init__(self, events: Sequence[Recorded]) -> None:
		self.events = {event.name: event for event in events}

	def place(self, name: str) -> int:
		"""When the state that an event carries was recorded: for a repetition, when the first of its row was."""
		event = self.events[name]
		while not event.edited and event.replay_of in self.events:
			event = self.events[event.replay_of]
		return event.seq

	def newer(self, name: str, *, ahead: bool) -> str | None:
		"""The newest event that makes the bytes of `name` old: its state reached the outside, or may have.

		ahead: also one that still waits to be sent, since a repetition would be queued behind it.
		"""
		place = self.place(name)
		found = [
			(self.place(event.name), event.seq, event.name)
			for event in self.events.values()
			if self.place(event.name) > place and _counts(event, ahead=ahead)
		]
		return max(found)[-1] if found else None

	def repeated(self, name: str) -> str | None:
		"""A repetition of `name` that was delivered, or is under way."""
		found = [event for event in self.events.values() if name in self.origins(event.name)]
		return next((e.name for e in found if e.status == DELIVERED or e.status in UNDER_WAY), None)

	def origins(self, name: str) -> list[str]:
		"""The events that one repeats, the latest first."""
		found, event = [], self.events[name]
		while event.replay_of in self.events:
			event = self.events[event.replay_of]
			found.append(event.name)
		return found

	def family(self, name: str) -> set[str]:
		"""The first event of a row of repetitions, and all that repeat it; `name` is one of them."""
		first = [name, *self.origins(name)][-1]
		return {first, *(other for other in self.events if first in self.origins(other))}


def _counts(event: Recorded, *, ahead: bool) -> bool:
	if event.direction != OUT:
		return event.status == PROCESSED  # written here since: the outside holds something newer
	if event.status == DELIVERED or (event.status == SKIPPED and event.outcome == NOTHING_CHANGED):
		return True
	if event.status in UNDER_WAY and ahead:
		return True
	return event.frozen and event.status in (FAILED, *UNDER_WAY)
