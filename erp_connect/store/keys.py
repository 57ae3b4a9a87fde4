"""The keys by which the database tells rows apart, and by which it puts them in order."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from typing import Any

from erp_connect.core.values.ids import new_event_id


def new_id() -> str:
	"""The name of a new event or attempt: names sort by the time at which they were made."""
	return new_event_id(int(time.time() * 1000), os.urandom(10))


def order_key(flow: str, doctype: str, name: str) -> str:
	"""Events with one order key are sent in order and collapse into one another."""
	return hashlib.sha1(f"{flow}\n{doctype}\n{name}".encode(), usedforsecurity=False).hexdigest()


def subject_key(flow: str, doctype: str, where: Mapping[str, Any]) -> str:
	"""Order key of events about the document that a trigger points to, which is looked up when it is sent.

	Where it is pointed to by its name, they stand in one order with the events of its own.
	"""
	if set(where) == {"name"}:
		return order_key(flow, doctype, str(where["name"]))
	return order_key(flow, doctype, json.dumps(where, default=str, sort_keys=True))


def dedupe_key(account: str, scope: str, key: str) -> str:
	"""What came in with one key, within a scope of an account, came in once."""
	return hashlib.sha256(f"{account}\n{scope}\n{key}".encode()).hexdigest()
