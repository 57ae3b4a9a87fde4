"""A background worker that is killed at a chosen place: `worker module:function before|after|second|third|poison`.

A method is named as `module:Class.method`.

At the first call of the function, before it runs or after it returned, both the worker and its job are
killed by SIGKILL, as a power cut would. `second`, `third`: before that call. `poison`: at the first call that is
about a document described as poison. Everything else is Frappe's own worker.
"""

import importlib
import os
import signal
import sys
from functools import reduce
from itertools import count

from frappe.utils.background_jobs import start_worker

from erp_connect.tests.bench.services import QUEUES

CALLS = {"before": 1, "second": 2, "third": 3}


def die() -> None:
	os.kill(os.getppid(), signal.SIGKILL)
	os.kill(os.getpid(), signal.SIGKILL)


def arm(place: str, when: str) -> None:
	"""Replace the function by one that dies."""
	module_name, path = place.split(":")
	*owners, name = path.split(".")
	owner = reduce(getattr, owners, importlib.import_module(module_name))
	original = getattr(owner, name)
	calls = count(1)

	def deadly(*args, **kwargs):
		number = next(calls)
		if number == CALLS.get(when) or (when == "poison" and _is_poison(args)):
			die()
		result = original(*args, **kwargs)
		if when == "after":
			die()
		return result

	setattr(owner, name, deadly)


def _is_poison(args: tuple) -> bool:
	values = [getattr(arg, "source", arg) for arg in args]
	return any(isinstance(value, dict) and value.get("description") == "poison" for value in values)


if __name__ == "__main__":
	arm(sys.argv[1], sys.argv[2])
	start_worker(queue=QUEUES, quiet=True)
