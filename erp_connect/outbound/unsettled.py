"""What came of a lane's requests and is not written yet, and what it says about the account."""

from __future__ import annotations

import time

import frappe

from erp_connect.calls import switch
from erp_connect.config.account import Account
from erp_connect.core.delivery import breaker as breakers
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.outcome import Outcome
from erp_connect.messages import in_own_words
from erp_connect.outbound import settle
from erp_connect.outbound.request import CROSSED, Delivery
from erp_connect.store import database

# What was sent is written at the latest after this time: it bounds what a dying worker repeats.
FLUSH_SECONDS = 1.0
# Nothing more can be sent before a person has acted.
STOPPING = (outcomes.PAUSE, outcomes.AUTH, outcomes.GONE)


class Unsettled:
	"""Deliveries of one account that wait to be written, and one outcome for each exchange.

	breaker: of the account, as far as this worker knows.
	"""

	def __init__(self, account: Account) -> None:
		self.account = account
		self.breaker = breakers.BreakerState()
		self.deliveries: list[Delivery] = []
		self._outcomes: list[Outcome] = []
		self._written = time.monotonic()

	def add(self, found: list[Delivery]) -> None:
		"""Take what came of one request, at least one Delivery."""
		outcome = found[0].result.outcome
		self.deliveries.extend(found)
		self._outcomes.append(outcome)
		self.breaker = breakers.on_result(self.breaker, outcome.system_works, 0, self.account.breaker)

	@property
	def says_wait(self) -> bool:
		"""Whether what came last makes it senseless to start another request."""
		last = self._outcomes[-1]
		asked_to_wait = last.kind == outcomes.THROTTLE or last.pause
		return last.kind in STOPPING or asked_to_wait or self.breaker.state != breakers.CLOSED

	@property
	def stopping(self) -> Outcome | None:
		"""An outcome after which a person has to act."""
		return next((outcome for outcome in self._outcomes if outcome.kind in STOPPING), None)

	def is_due(self, most: int) -> bool:
		"""Whether it has to be written now. most: how many may wait."""
		late = time.monotonic() - self._written > FLUSH_SECONDS
		return bool(self.deliveries) and (late or len(self.deliveries) >= most)

	def write(self, leaving: str) -> None:
		"""Write it, and pause the account where a person has to act. Commits.

		leaving: worker that has nothing under way any more. What came meanwhile, or could not be written since the
		database went away, waits on.
		"""
		self._written = time.monotonic()
		settled, results = list(self.deliveries), list(self._outcomes)
		if stopping := self.stopping:
			switch.pause(self.account.name, in_own_words(stopping))
		self.breaker = self._settle(settled, results, leaving)
		self.deliveries, self._outcomes = self.deliveries[len(settled) :], self._outcomes[len(results) :]

	def forget(self) -> None:
		self.deliveries, self._outcomes = [], []

	def _settle(self, settled: list[Delivery], results: list[Outcome], leaving: str) -> breakers.BreakerState:
		"""Write what came of requests; where that fails, each for itself, so that one is given up, and no more."""
		try:
			return settle.deliveries(settled, self.account, results, leaving)
		except CROSSED:
			raise
		except Exception:
			if not database.is_alive():
				raise
			frappe.db.rollback()
		for item in settled:
			try:
				settle.deliveries([item], self.account, [])
			except CROSSED:
				raise
			except Exception as error:
				if not database.is_alive():
					raise
				settle.broken(item.token, [item.prepared], error)
		return settle.deliveries([], self.account, results, leaving)
