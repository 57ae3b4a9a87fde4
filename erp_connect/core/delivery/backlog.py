"""Whether what waits becomes more and more: told by samples over half an hour, so that a burst is none.

Nothing here knows a clock; times are seconds of one clock, whichever.
"""

from __future__ import annotations

from collections.abc import Sequence

# When, and how many events waited.
Sample = tuple[float, int]
WINDOW = 1800
STEP = 600
# Samples are taken each minute; a sweep that was late leaves a gap.
TOLERANCE = 150


def with_sample(samples: Sequence[Sample], now: float, waiting: int) -> list[Sample]:
	"""The samples that still count, with one more."""
	kept = [(at, count) for at, count in samples if now - WINDOW - TOLERANCE <= at < now]
	return [*kept, (now, waiting)]


def grows(samples: Sequence[Sample], least: int, *, was: bool = False) -> int:
	"""How many waited half an hour ago, where there are `least` now and they have become more all the time; else -1.

	samples: in the order of time, the last one is of now. was: it grew a moment ago: then it goes on until there are
	fewer than half an hour ago.
	"""
	if not samples or samples[-1][1] < max(least, 1):
		return -1
	now, waiting = samples[-1]
	steps = [_at(samples, now - back) for back in range(WINDOW, 0, -STEP)]
	if steps[0] < 0:
		return -1
	if was:
		return steps[0] if waiting >= steps[0] else -1
	rising = [*steps, waiting]
	return steps[0] if all(0 <= one < next_ for one, next_ in zip(rising, rising[1:], strict=False)) else -1


def _at(samples: Sequence[Sample], moment: float) -> int:
	"""How many waited at a moment; -1 where nobody looked near it."""
	at, count = min(samples, key=lambda sample: abs(sample[0] - moment))
	return count if abs(at - moment) <= TOLERANCE else -1
