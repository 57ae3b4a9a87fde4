"""The records of the paged source: made on the fly, changed, added and removed while they are walked.

Promises: every record has an id that never changes, a version that counts its changes, and a change time; runs of
records share one time. A change takes a later time than anything before it.
"""

from __future__ import annotations

import datetime as dt
import threading
from bisect import bisect_left, insort
from typing import Any

START = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
SHAPES = ("iso", "frappe", "s", "ms")


class Records:
	"""count: how many there are at first. run: how many in a row share one change time, one second apart.

	times: how change times are written: iso (2024-01-01T00:00:00Z), frappe (2024-01-01 00:00:00.000000),
	s or ms (Unix time).
	"""

	def __init__(self, count: int, run: int = 7, times: str = "iso") -> None:
		if times not in SHAPES:
			raise ValueError(f"unknown notation {times}")
		self.times = times
		self._lock = threading.RLock()
		self._versions = dict.fromkeys(range(1, count + 1), 1)
		self._seconds = {number: (number - 1) // run for number in self._versions}
		self._now = max(self._seconds.values(), default=0)
		self._next = count + 1
		# Always sorted: (second, number), and by number.
		self._by_change = [(second, number) for number, second in self._seconds.items()]
		self._by_number = list(self._versions)

	def __len__(self) -> int:
		return len(self._versions)

	@property
	def ids(self) -> set[str]:
		with self._lock:
			return {id_of(number) for number in self._versions}

	@property
	def versions(self) -> dict[str, int]:
		"""The version of each record by its id."""
		with self._lock:
			return {id_of(number): version for number, version in self._versions.items()}

	def add(self, count: int = 1) -> list[str]:
		"""New records, all of one time; their ids."""
		with self._lock:
			self._now += 1
			numbers = range(self._next, self._next + count)
			self._next += count
			for number in numbers:
				self._versions[number] = 1
				self._by_number.append(number)
				self._stamp(number)
			return [id_of(number) for number in numbers]

	def move_clock(self, moment: dt.datetime) -> None:
		"""Let what happens next happen after this moment."""
		with self._lock:
			self._now = max(self._now, int((moment - START).total_seconds()))

	def mutate(self, *ids: str) -> None:
		"""Change records: all get the next version and one new time."""
		with self._lock:
			self._now += 1
			for number in map(number_of, ids):
				self._unstamp(number)
				self._versions[number] += 1
				self._stamp(number)

	def remove(self, *ids: str) -> None:
		with self._lock:
			for number in map(number_of, ids):
				self._unstamp(number)
				del self._versions[number], self._seconds[number]
				self._by_number.remove(number)

	def share_time(self, *ids: str) -> None:
		"""Give records the time of the first of them, without a new version: as a bulk change would have left them."""
		with self._lock:
			numbers = [number_of(id_) for id_ in ids]
			second = self._seconds[numbers[0]]
			for number in numbers:
				self._unstamp(number)
				self._seconds[number] = second
				insort(self._by_change, (second, number))

	def one(self, id_: str) -> dict[str, Any] | None:
		with self._lock:
			number = number_of(id_)
			return self._record(number) if number in self._versions else None

	def slice(
		self, start: int, size: int, since: Any = None, *, by_change: bool = False, exclusive: bool = False
	) -> tuple[list[dict[str, Any]], int]:
		"""`size` records from place `start` on of those changed at or after `since`, and how many there are in all.

		exclusive: those changed after `since`, as some sources have it.
		"""
		with self._lock:
			if by_change:
				first = self._place_of(since, exclusive=exclusive)
				numbers = [number for _, number in self._by_change[first + start : first + start + size]]
				return [self._record(number) for number in numbers], len(self._by_change) - first
			numbers = self._numbers(since)
			return [self._record(number) for number in numbers[start : start + size]], len(numbers)

	def after(self, number: int, size: int, since: Any = None) -> tuple[list[dict[str, Any]], bool]:
		"""`size` records with a higher number than `number`, and whether there are more."""
		with self._lock:
			numbers = self._numbers(since)
			place = bisect_left(numbers, number + 1)
			return [self._record(found) for found in numbers[place : place + size]], place + size < len(
				numbers
			)

	def _place_of(self, since: Any, *, exclusive: bool) -> int:
		if since in (None, ""):
			return 0
		return bisect_left(self._by_change, (self._second(since) + bool(exclusive), 0))

	def _numbers(self, since: Any) -> list[int]:
		if since in (None, ""):
			return self._by_number
		second = self._second(since)
		return [number for number in self._by_number if self._seconds[number] >= second]

	def _stamp(self, number: int) -> None:
		self._seconds[number] = self._now
		insort(self._by_change, (self._now, number))

	def _unstamp(self, number: int) -> None:
		place = bisect_left(self._by_change, (self._seconds[number], number))
		del self._by_change[place]

	def _record(self, number: int) -> dict[str, Any]:
		return {
			"id": id_of(number),
			"number": number,
			"name": f"Record {number}",
			"email": f"record{number}@example.com",
			"amount": number / 100,
			"version": self._versions[number],
			"modified": self._written(self._seconds[number]),
		}

	def _written(self, second: int) -> Any:
		moment = START + dt.timedelta(seconds=second)
		if self.times == "iso":
			return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
		if self.times == "frappe":
			return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
		return int(moment.timestamp()) * (1 if self.times == "s" else 1000)

	def _second(self, since: Any) -> int:
		if self.times in ("s", "ms"):
			unit = 1 if self.times == "s" else 1000
			return -(-int(since) // unit) - int(START.timestamp())
		moment = dt.datetime.fromisoformat(str(since).replace("Z", "+00:00"))
		moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc)
		return -((START - moment) // dt.timedelta(seconds=1))


def id_of(number: int) -> str:
	return f"R-{number:06d}"


def number_of(id_: str) -> int:
	return int(id_.removeprefix("R-"))
