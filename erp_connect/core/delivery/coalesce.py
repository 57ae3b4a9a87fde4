"""Which of one document's waiting events still have to be sent, and in what order.

Promises that the newest state always survives, that the order of what is sent is the order in which it
happened, and that an event whose outcome is unknown stays as it is, in front. Never drops an event without
saying by which one it was replaced or why it is not needed. Never sees a document.

Payloads are built when an event is sent, from the document as it is then; so an older event that survives
carries the newest state too. That is why a creation can take in the updates after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

NEVER_SENT = "never sent"

INSERT = "insert"
SUBMIT = "submit"
# Say no more than: this is how the document looks now.
UPDATES = frozenset({"update", "change", "update_after_submit", "rename"})
STATES = UPDATES | {INSERT, SUBMIT}
ENDINGS = frozenset({"cancel", "delete"})


@dataclass(frozen=True)
class Event:
	"""One waiting event of a document.

	kind: what happened; `Update After Submit` and `update_after_submit` are the same. A kind this module does
	not know (a replay with an edited payload, or a merge, for example) is sent as it is, replaces nothing and is never
	replaced.
	frozen: an attempt was made and its outcome is unknown; the same bytes must be sent again.
	operation: opaque text that is equal for two events when they make the same request (method and path).
	"""

	name: str
	kind: str
	attempts: int = 0
	frozen: bool = False
	operation: str = ""

	@property
	def what(self) -> str:
		return self.kind.strip().lower().replace(" ", "_")


@dataclass
class Plan:
	"""What becomes of each event: every one is in exactly one of the three.

	send: names in order; only the first may be sent now, the rest wait for it. superseded: name → name of
	the event in `send` that carries its state. skipped: name → reason, in English.
	"""

	send: list[str] = field(default_factory=list)
	superseded: dict[str, str] = field(default_factory=dict)
	skipped: dict[str, str] = field(default_factory=dict)


def plan(events: Sequence[Event], *, linked: bool) -> Plan:
	"""Plan the waiting events of ONE document, given in the order they happened.

	Leave out events that another worker is sending at this moment.

	linked: the receiver knows the document: it has a link, or an event of it was delivered before.
	"""
	frozen = [event for event in events if event.frozen]
	planner = _Planner(known=linked or bool(frozen), linked=linked)
	for event in events:
		if not event.frozen:
			planner.take(event)
	return planner.result(frozen)


class _Planner:
	def __init__(self, *, known: bool, linked: bool) -> None:
		self.known = known
		self.linked = linked
		self.waiting: list[Event] = []
		self.replaced: dict[str, str] = {}
		self.skipped: dict[str, str] = {}
		self.unborn = False

	def take(self, event: Event) -> None:
		if event.what in STATES:
			self._take_state(event)
		elif event.what in ENDINGS:
			self._take_ending(event)
		else:
			self.waiting.append(event)

	def _take_state(self, event: Event) -> None:
		last = self.waiting[-1] if self.waiting else None
		if last and self._carries(last, event):
			self.replaced[event.name] = last.name
		elif last and self._gives_way(last, event):
			self.replaced[last.name] = event.name
			self.waiting.pop()
			# What now stands before it may be replaced as well.
			self._take_state(event)
		else:
			self.waiting.append(event)

	def _carries(self, last: Event, event: Event) -> bool:
		"""Whether the older event, still unsent, makes the newer one needless."""
		if last.attempts:
			return False  # its bytes were fixed by the first try, so it no longer carries newer states
		same = last.operation == event.operation
		if last.what == INSERT and not self.known:
			return same or event.what in UPDATES | {INSERT}
		# A submit says more than an update by the same request, so it is the one to keep.
		return last.what == SUBMIT and same and event.what != SUBMIT

	def _gives_way(self, last: Event, event: Event) -> bool:
		if last.what not in STATES:
			return False
		if last.operation == event.operation:
			return True
		# The document is there already, so its insert would be sent as an update anyway.
		return self.linked and last.what == INSERT and event.what == "update"

	def _take_ending(self, event: Event) -> None:
		if not self.known and self._only_states_wait():
			for unsent in (*self.waiting, event):
				self.skipped[unsent.name] = NEVER_SENT
			self.waiting = []
			self.unborn = True
			return
		if earlier := self._same_cancel(event):
			self.replaced[event.name] = earlier.name
			return
		if event.what == "delete":
			for unsent in self.waiting:
				if unsent.what in STATES:
					self.replaced[unsent.name] = event.name
			self.waiting = [unsent for unsent in self.waiting if unsent.what not in STATES]
		self.waiting.append(event)

	def _same_cancel(self, event: Event) -> Event | None:
		"""A cancel that waits already. A document is cancelled once, but setting a field meanwhile reports it again."""
		same = (
			w for w in self.waiting if w.what == event.what == "cancel" and w.operation == event.operation
		)
		return next(same, None)

	def _only_states_wait(self) -> bool:
		"""Whether all that waits is news of a document the receiver has never heard of.

		An ending alone is sent: what it means to the receiver is for the flow to say.
		"""
		if not self.waiting:
			return self.unborn
		return all(event.what in STATES for event in self.waiting)

	def result(self, frozen: list[Event]) -> Plan:
		# An unknown outcome is settled first, also when an older event was put back into the queue by hand.
		send = [event.name for event in (*frozen, *self.waiting)]
		settled = {name: self._survivor(name) for name in self.replaced}
		unsent = {name: NEVER_SENT for name, survivor in settled.items() if survivor in self.skipped}
		superseded = {name: survivor for name, survivor in settled.items() if name not in unsent}
		return Plan(send=send, superseded=superseded, skipped={**self.skipped, **unsent})

	def _survivor(self, name: str) -> str:
		while name in self.replaced:
			name = self.replaced[name]
		return name
