"""Waits for the files of an event's records, one event at a time so that memory stays small, while deliveries go out."""

from __future__ import annotations

from erp_connect.config.account import Account
from erp_connect.inbound import routing
from erp_connect.outbound.sending import TURN_SECONDS, Sending

# Tries after which a record is written without files that cannot be had.
TRIES = 3


def had(
	tasks: list[routing.Task], attempts: int, account: Account, sending: Sending
) -> tuple[list[routing.Task], Exception | None]:
	"""The tasks with their files, or why the event is to be tried again. Hold no lock; leaves the user of another lane.

	attempts: of the event, this one included.
	"""
	found: list[tuple[list[routing.Task], Exception | None]] = []

	def keep(done: list[routing.Task] | None, error: Exception | None) -> None:
		found.append((done or [], error))

	sending.crew.start(routing.with_files(tasks, patient=attempts < TRIES), account.user, keep)
	while not found:
		sending.turn(TURN_SECONDS)
	return found[0]
