"""Work that waits for the outside, written as straight code: it yields what takes time and goes on with the result.

What is yielded is a step: a function that touches neither Frappe nor the database, such as one HTTP exchange, or a
number of seconds to wait. `run` takes the steps one after another, in this thread. A `Crew` takes the steps of many
works at once, in threads; all that lies between two steps runs in the thread that owns the crew, one piece at a time
and as the work's user, so that it may use Frappe as always.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import frappe

T = TypeVar("T")
Step = Callable[[], Any] | float | int
Steps = Generator[Step, Any, T]


def run(steps: Steps[T]) -> T:
	"""Take all steps here and now. Returns what the work returns; raises what it raises."""
	try:
		step = next(steps)
		while True:
			try:
				found = _take(step)
			except Exception as error:
				step = steps.throw(error)
			else:
				step = steps.send(found)
	except StopIteration as end:
		return end.value


def _take(step: Step) -> Any:
	return step() if callable(step) else time.sleep(step)


@dataclass
class _Work:
	steps: Steps
	user: str
	done: Callable[[Any, Exception | None], None]


@dataclass(order=True)
class _Alarm:
	at: float
	number: int
	work: _Work = field(compare=False)


class Crew:
	"""Takes the steps of many works at once. Close it.

	size: most steps at a time; waiting for seconds takes no place.
	"""

	def __init__(self, size: int) -> None:
		self._threads = ThreadPoolExecutor(size, thread_name_prefix="erp_connect")
		self._taken: SimpleQueue[tuple[_Work, Future]] = SimpleQueue()
		self._alarms: list[_Alarm] = []
		self._numbers = count()
		self._in_threads = 0

	@property
	def under_way(self) -> int:
		"""How many works are under way."""
		return self._in_threads + len(self._alarms)

	@property
	def busy(self) -> bool:
		"""Whether any work is under way."""
		return bool(self.under_way)

	def close(self) -> None:
		"""Start nothing more. What is in a thread at this moment is not waited for, and its work not gone on with."""
		self._threads.shutdown(wait=False, cancel_futures=True)

	def start(self, steps: Steps[T], user: str, done: Callable[[T | None, Exception | None], None]) -> None:
		"""Begin a work as `user`. At its end `done` is called, with what it returned or with what it raised."""
		self._go_on(_Work(steps, user, done), None, None)

	def wait(self, seconds: float) -> None:
		"""Let all works go on whose step is taken; wait for one, at most so many seconds."""
		end = time.monotonic() + seconds
		if self._alarms:
			end = min(end, self._alarms[0].at)
		try:
			self._finished(*self._taken.get(timeout=max(0.0, end - time.monotonic())))
			while True:
				self._finished(*self._taken.get_nowait())
		except Empty:
			pass
		while self._alarms and self._alarms[0].at <= time.monotonic():
			self._go_on(heapq.heappop(self._alarms).work, None, None)

	def _finished(self, work: _Work, future: Future) -> None:
		self._in_threads -= 1
		error = future.exception()
		try:
			self._go_on(work, None if error else future.result(), error)
		finally:
			del error, future  # an error that is kept holds this frame, and must not be held by it

	def _go_on(self, work: _Work, found: Any, error: BaseException | None) -> None:
		if frappe.session.user != work.user:
			frappe.set_user(work.user)
		try:
			step = work.steps.throw(error) if error else work.steps.send(found)
		except StopIteration as end:
			work.done(end.value, None)
		except Exception as failure:
			work.done(None, failure)
		else:
			self._begin(work, step)
		finally:
			del error  # as in `_finished`

	def _begin(self, work: _Work, step: Step) -> None:
		if not callable(step):
			heapq.heappush(self._alarms, _Alarm(time.monotonic() + step, next(self._numbers), work))
			return
		self._in_threads += 1
		future = self._threads.submit(step)
		future.add_done_callback(lambda found: self._taken.put((work, found)))
