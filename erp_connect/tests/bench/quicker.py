"""What makes a run of the tests quicker without any of them seeing it."""

from __future__ import annotations

import gc
import pickle
from types import SimpleNamespace
from typing import Any

from frappe.model.meta import Meta
from frappe.utils import redis_wrapper

from erp_connect.compat import VERSION

KEPT_METAS = 1000


def make_quicker() -> None:
	"""For the rest of this process. Called once the site is connected, when the modules of the apps are there."""
	# They live as long as the run: to look through them for garbage again and again takes a twentieth of its time. What
	# comes later is looked through as often as ever: connections to the database end with it.
	gc.freeze()
	if VERSION < 16:  # which keeps Metas in the process by itself
		unpickle_metas_once()


def unpickle_metas_once() -> None:
	"""Take a Meta that Redis gives again, byte by byte, for the one that was unpickled before.

	Frappe 15 forgets all Metas with each change of user and reads some fifty again from Redis, a fifth of a run's time.
	A job in a worker changes user once or twice; the tests' process does so for each event.
	"""
	known: dict[bytes, Meta] = {}

	def loads(pickled: bytes) -> Any:
		if pickled in known:
			return known[pickled]
		value = pickle.loads(pickled)
		if isinstance(value, Meta):
			if len(known) >= KEPT_METAS:
				known.clear()
			known[pickled] = value
		return value

	redis_wrapper.pickle = SimpleNamespace(loads=loads, dumps=pickle.dumps)
