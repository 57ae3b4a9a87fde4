"""The keys by which the database tells rows apart, and by which it puts them in order."""

from __future__ import annotations

import hashlib
import os
import time

from erp_connect.core.values.ids import new_event_id


def new_id() -> str:
	"""The name of a new event or attempt: names sort by the time at which they were made."""
	return new_event_id(int(time.time() * 1000), os.urandom(10))


def order_key(flow: str, doctype: str, name: str) -> str:
	"""Events with one order key are sent in order and collapse into one another."""
	return hashlib.sha1(f"{flow}\n{doctype}\n{name}".encode(), usedforsecurity=False).hexdigest()


def dedupe_key(account: str, scope: str, key: str) -> str:
	"""What came in with one key, within a scope of an account, came in once."""
	return hashlib.sha256(f"{account}\n{scope}\n{key}".encode()).hexdigest()
