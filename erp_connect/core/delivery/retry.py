"""When to try again.

Promises delays that follow the configured schedule, spread by jitter so that many events do not come back
at the same moment, and never shorter than what the receiver asked for, up to a cap. Never sleeps and never
reads a clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from erp_connect.core.errors import ConfigurationError

DEFAULT_SCHEDULE = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
LONGEST_RETRY_AFTER = 7 * 86400


@dataclass(frozen=True)
class RetryPolicy:
	"""Waiting times in seconds between the attempts of one event.

	schedule: one entry per retry. jitter: share of a delay by which it may vary, 0 to 1.
	max_retry_after: longest wait in seconds that a receiver may ask for.
	"""

	schedule: tuple[int, ...] = DEFAULT_SCHEDULE
	jitter: float = 0.2
	max_retry_after: int = 3600

	def __post_init__(self) -> None:
		if any(delay < 0 for delay in self.schedule) or not 0 <= self.jitter <= 1 or self.max_retry_after < 0:
			raise ConfigurationError(
				"The retry policy is not usable. Waiting times must not be negative and jitter lies from 0 to 1.",
				code="retry_policy",
			)

	def next_delay(self, attempt: int, *, random: float, retry_after: int | None = None) -> int | None:
		"""Seconds to wait after attempt number `attempt` (the first is 1) failed; None when tries are used up.

		random: a number from 0 to 1 that places the delay within its jitter.
		retry_after: what the receiver asked for in seconds; it lengthens the wait, never shortens it.
		"""
		if attempt < 1:
			raise ValueError("attempts are counted from 1")
		if attempt > len(self.schedule):
			return None
		delay = round(self.schedule[attempt - 1] * (1 + self.jitter * (2 * random - 1)))
		if retry_after is None:
			return delay
		return max(delay, min(retry_after, self.max_retry_after))

	def asked_delay(self, retry_after: int | None) -> int:
		"""Seconds to wait after being asked to slow down, at least 1. retry_after: what the receiver asked for."""
		return max(1, min(retry_after or 1, self.max_retry_after))


def parse_retry_after(header: str | None, now: datetime) -> int | None:
	"""Seconds a `Retry-After` header asks to wait, from 0 to `LONGEST_RETRY_AFTER`; None if it cannot be read.

	Both forms of RFC 9110 (10.2.3) are read: seconds, also with decimals as some servers send, and an
	HTTP date. now: the current time, with a time zone; a naive value is taken as UTC.
	"""
	text = (header or "").strip()
	if not text or len(text) > 64:
		return None
	seconds = _seconds(text)
	if seconds is None:
		seconds = _seconds_until(text, now)
	if seconds is None:
		return None
	return math.ceil(min(max(seconds, 0), LONGEST_RETRY_AFTER))


def _seconds(text: str) -> float | None:
	try:
		value = float(text)
	except ValueError:
		return None
	return value if math.isfinite(value) else None


def _seconds_until(text: str, now: datetime) -> float | None:
	try:
		moment = parsedate_to_datetime(text)
	except (TypeError, ValueError, IndexError, OverflowError):
		return None
	return (_aware(moment) - _aware(now)).total_seconds()


def _aware(moment: datetime) -> datetime:
	return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
