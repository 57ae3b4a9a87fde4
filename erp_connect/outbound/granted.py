"""How many requests an account grants one worker at once, and when the worker asks for more."""

from __future__ import annotations

import time

from erp_connect.calls import state as account_state
from erp_connect.config.account import Account
from erp_connect.outbound.claim import more_places

# Between two looks for more places: at first, and after many in vain.
ASK_SECONDS, LONGEST_ASK_SECONDS = 0.02, 1.0


class Granted:
	"""places: requests that may be under way here at once. worker: token of the process."""

	def __init__(self, account: Account, worker: str) -> None:
		self.account = account
		self.worker = worker
		self.places = 0
		self._asked, self._ask_in = 0.0, ASK_SECONDS

	def take(self, places: int) -> None:
		"""A claim said how many there are now."""
		self.places = places
		self._asked = time.monotonic()

	def may_ask(self, under_way: int) -> bool:
		"""Whether all places are taken, the account allows more at once, and the last question is a while ago."""
		full = under_way >= self.places < self.account.concurrency
		return full and time.monotonic() - self._asked > self._ask_in

	def ask(self) -> None:
		"""Take more places, if there are any. Commits."""
		self._asked, before = time.monotonic(), self.places
		self.places = more_places(self.account, self.worker)
		in_vain = self.places <= before
		self._ask_in = min(self._ask_in * 2, LONGEST_ASK_SECONDS) if in_vain else ASK_SECONDS

	def leave(self) -> None:
		"""Give the places back to other workers. Commits."""
		if self.places:
			account_state.give_back_places(self.account.name, self.worker)
			self.places = 0
