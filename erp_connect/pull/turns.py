"""Takes a walk on in a background job, turn by turn: at its account's pace, while it is switched on.

It ends by itself after a while and asks for a successor, so that no walk keeps a worker from the others.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

import frappe

from erp_connect import compat
from erp_connect.calls import rate_gate
from erp_connect.calls.switch import may_send
from erp_connect.config.account import Account
from erp_connect.core.errors import ConnectError
from erp_connect.jobs.steps import Steps
from erp_connect.messages import translate
from erp_connect.pull.failure import PAUSED_SECONDS, Reason
from erp_connect.pull.source import Source

RUN_SECONDS = 50
# Longest time to sit out a rate limit; beyond it the sweep comes back.
PATIENCE_SECONDS = 5.0
Held = TypeVar("Held")


class Walk(ABC):
	"""What a job goes on with while a worker has it.

	store: the module that keeps where it stands. flow_name: of the flow that must be switched on.
	"""

	store: ModuleType
	account: Account
	flow_name: str
	source: Source

	@property
	@abstractmethod
	def place(self) -> Any:
		"""What `store` gave the worker: where the walk stands, and the token of its lease."""

	@abstractmethod
	def asks(self) -> bool:
		"""Whether the next turn asks something outside without keeping to the account's limits by itself."""

	@abstractmethod
	def turn(self) -> Steps[bool]:
		"""Do the next piece. True when there may be another one. Commits."""

	def close(self) -> None:
		self.source.close()

	def reserve(self) -> bool:
		"""Have it for as long as an exchange of its account may take; False when it was lost. May commit."""
		needed = 2 * self.account.deadline + 60  # the token may have to be renewed first
		if needed <= self.store.LEASE_SECONDS:
			return True
		held = self.store.hold(self.place)
		if held:
			self.store.keep(self.place, needed)
		frappe.db.commit()  # other workers must see the lease before anything is fetched
		return held

	def may_write(self) -> bool:
		"""Lock its place until the transaction ends, to write what a turn found.

		False when it was lost or stopped, or when account or flow were switched off meanwhile: nothing of the turn counts, and a
		later one asks again. May commit.
		"""
		if not self.store.hold(self.place):
			return False
		if _may_go_on(self):
			return True
		frappe.db.rollback()
		self.give_back(PAUSED_SECONDS)
		return False

	def give_back(self, due_in: float) -> None:
		"""Leave the rest to a later job. Commits."""
		if self.store.hold(self.place):
			self.store.give_back(self.place, due_in)
		frappe.db.commit()  # another worker may go on from then on


def opened(
	held: Held | None, open_it: Callable[[Held], Walk], tell: Callable[[Held, Reason], None]
) -> Walk | None:
	"""The walk of what the store gave; None where it gave nothing, and where the settings do not allow it, which is told."""
	if held is None:
		return None
	walk = None
	try:
		walk = open_it(held)
		_require_user_of(walk.account)
		return walk
	except (ConnectError, frappe.DoesNotExistError) as error:
		if walk:
			walk.close()
		text = translate(error) if isinstance(error, ConnectError) else str(error)
		tell(held, Reason("configuration", text))
		return None


def take(walk: Walk) -> Steps[bool]:
	"""Turn by turn, until nothing is left or the time is over. True when there is more to do at once."""
	end = time.monotonic() + RUN_SECONDS
	while time.monotonic() < end:
		if not _may_go_on(walk):
			walk.give_back(PAUSED_SECONDS)
			return False
		wait = rate_gate.permitted_in(walk.account) if walk.asks() else 0
		if wait > PATIENCE_SECONDS:
			walk.give_back(wait)
			return False
		if wait > end - time.monotonic():
			break  # the next job waits for it: left to the sweep, it would be a minute
		if wait:
			yield wait
			continue
		compat.forget_between_records()
		frappe.clear_messages()  # a refusal in words of Frappe quotes what was said; not what another turn was told
		if not (walk.reserve() and (yield from walk.turn())):
			return False
	walk.give_back(0)
	return True


def _require_user_of(account: Account) -> None:
	if not frappe.db.get_value("User", account.user, "enabled"):
		raise ConnectError("User {user} is disabled. Enable the user, then start again.", user=account.user)


def _may_go_on(walk: Walk) -> bool:
	"""Whether account and flow are switched on, by what is committed now."""
	return may_send(walk.account.name) and bool(
		frappe.db.get_value("Field Mapping", walk.flow_name, "enabled")
	)
