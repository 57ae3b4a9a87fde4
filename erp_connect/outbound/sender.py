"""Sends the requests of one claim and stops where going on makes no sense.

It stops when the account is paused or disabled, when the receiver asks to slow down or fails too often, and
before the lease could run out. What was not sent is given back uncounted.
"""

from __future__ import annotations

import time

from erp_connect.calls import state as account_state
from erp_connect.calls import switch
from erp_connect.calls.exchange import Connection
from erp_connect.calls.switch import may_send
from erp_connect.config.account import Account
from erp_connect.core.delivery import breaker as breakers
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.messages import describe
from erp_connect.outbound import batching, settle
from erp_connect.outbound.claim import SENDING_SECONDS, Claim
from erp_connect.outbound.settle import Delivery

# What was sent is written at the latest after this time: it bounds what a dying worker repeats.
FLUSH_SECONDS = 1.0
# Nothing more can be sent before a person has acted.
STOPPING = (outcomes.PAUSE, outcomes.AUTH, outcomes.GONE)


class Sender:
	"""Sends the requests of one claim in order, and stops where going on makes no sense."""

	def __init__(self, account: Account, connection: Connection, taken: Claim) -> None:
		self.account = account
		self.connection = connection
		self.taken = taken
		self.last_start = taken.taken + SENDING_SECONDS
		self.breaker = taken.breaker
		self.pending: list[Delivery] = []
		self.outcomes: list[Outcome] = []
		self.stopped = False
		self.flushed = time.monotonic()

	def send_all(self, prepared: list) -> bool:
		"""Send, settle, and give back what was not sent. True when it stopped early."""
		groups = batching.group(prepared)
		for position, group in enumerate(groups):
			if not self._may_go_on():
				rest = [item for later in groups[position:] for item in later]
				self._flush()
				settle.release(self.taken.token, [i.event for i in rest], {i.event.name for i in rest})
				return True
			self._send(group)
		self._flush()
		return False

	def _send(self, group: list) -> None:
		deliveries = batching.send(self.connection, group)
		outcome = deliveries[0].result.outcome
		self.pending.extend(deliveries)
		self.outcomes.append(outcome)
		self.breaker = breakers.on_result(self.breaker, outcome.system_works, 0, self.account.breaker)
		self.stopped = outcome.kind in (*STOPPING, outcomes.THROTTLE) or self.breaker.state != breakers.CLOSED
		if time.monotonic() - self.flushed > FLUSH_SECONDS:
			self._flush()

	def _may_go_on(self) -> bool:
		if self.stopped or time.monotonic() > self.last_start:
			return False
		# Asked once after each flush: a pause takes effect within that time.
		return bool(self.pending) or may_send(self.account.name)

	def _flush(self) -> None:
		if self.outcomes and self.outcomes[-1].kind in STOPPING:
			switch.pause(self.account.name, describe(self.outcomes[-1]))
		settle.deliveries(self.taken.token, self.pending, self.account)
		if self.outcomes:
			self.breaker = account_state.save_state(self.account, self.outcomes)
		self.pending, self.outcomes, self.flushed = [], [], time.monotonic()
