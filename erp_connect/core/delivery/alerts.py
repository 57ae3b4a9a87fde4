"""When people are told of what is wrong: once when it begins, again when it grows or stays, and when it is over.

Problems are not events: they are looked for again and again, and compared with what was told. Nothing here knows a
clock; times are seconds of one clock, whichever.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key")

# What comes and goes within this time, such as a breaker that lets a probe through, is one problem.
QUIET_SECONDS = 300
# A problem that grows is told again when it has doubled, though not more often than this.
GROWTH_SECONDS = 3600
REMINDER_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Known:
	"""A problem that was found before. count: when it was last told; told_at: that time; seen_at: when it was last found."""

	count: int
	told_at: float
	seen_at: float


@dataclass
class Decision(Generic[Key]):
	"""Problems by what is to be done. begun, again and ended are told; `seen` ones are only found again."""

	begun: list[Key] = field(default_factory=list)
	again: list[Key] = field(default_factory=list)
	seen: list[Key] = field(default_factory=list)
	ended: list[Key] = field(default_factory=list)


def decide(
	found: Mapping[Key, int], known: Mapping[Key, Known], now: float, once: Collection[Key] = ()
) -> Decision[Key]:
	"""What to do about the problems of this moment. found: how much of each there is, at least 1. once: those of which
	people are not reminded."""
	decision: Decision[Key] = Decision()
	for key, count in found.items():
		if key not in known:
			decision.begun.append(key)
		elif key not in once and _is_due(count, known[key], now):
			decision.again.append(key)
		else:
			decision.seen.append(key)
	decision.ended = _over(found, known, now)
	return decision


def _is_due(count: int, known: Known, now: float) -> bool:
	since = now - known.told_at
	return since >= REMINDER_SECONDS or (since >= GROWTH_SECONDS and count >= 2 * known.count)


def _over(found: Collection[Key], known: Mapping[Key, Known], now: float) -> list[Key]:
	return [key for key, last in known.items() if key not in found and now - last.seen_at >= QUIET_SECONDS]
