"""What each background job does around its work: it sees what others have committed, and leaves no user behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import frappe

from erp_connect.store.transactions import read_committed

# Python lets a thread work for ten times as long, unless it waits.
SWITCH_SECONDS = 0.0005


@contextmanager
def session() -> Iterator[None]:
	"""Work under `read_committed`; the session's user is the one from before when it ends."""
	user = frappe.session.user
	try:
		with read_committed():
			yield
	finally:
		frappe.set_user(user)


@contextmanager
def quick_threads() -> Iterator[None]:
	"""Let threads that wait for an answer have their turn soon, although another one is at work without a pause."""
	before = sys.getswitchinterval()
	sys.setswitchinterval(SWITCH_SECONDS)
	try:
		yield
	finally:
		sys.setswitchinterval(before)
