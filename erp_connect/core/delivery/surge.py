"""How much a number that only grows has grown within the last hour, told by samples of it.

Nothing here knows a clock; times are seconds of one clock, whichever.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

WINDOW = 3600
# When, and what the number was.
Sample = tuple[float, int]


def with_sample(samples: Sequence[Sample], now: float, number: int) -> list[Sample]:
	"""The samples of the last hour, with one more."""
	return [*((at, count) for at, count in samples if now - WINDOW <= at <= now), (now, number)]


def grown(samples: Sequence[Sample]) -> int:
	"""By how much the number grew over the samples, which are in the order of time. Counted from 0 on again, it goes on."""
	return sum(after - before if after >= before else after for (_, before), (_, after) in pairwise(samples))
