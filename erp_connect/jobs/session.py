"""What each background job does around its work: it sees what others have committed, and leaves no user behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe

from erp_connect.store.transactions import read_committed


@contextmanager
def session() -> Iterator[None]:
	"""Work under `read_committed`; the session's user is the one from before when it ends."""
	user = frappe.session.user
	try:
		with read_committed():
			yield
	finally:
		frappe.set_user(user)


def run(name: str, wakeup, work: Callable[[str], bool]) -> None:
	"""Do the job that was asked for by `wakeup` (a module with `started` and `wake`) under `name`.

	work: true when there is more to do at once; then a successor is asked for.
	"""
	wakeup.started(name)
	with session():
		if work(name):
			wakeup.wake(name)
