"""Token bucket: how many requests an account may make now.

Promises no more than `burst` requests at once and `rate` a second over time, also when many workers share
one bucket (the caller keeps it, under a row lock). Never sleeps and never reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass

# Keeps ten additions of 0.1 from ending just below one whole token.
_EPSILON = 1e-9


@dataclass(frozen=True)
class Bucket:
	"""tokens: requests that may be made at once. updated: when they were counted, in seconds."""

	tokens: float
	updated: float


def take(
	bucket: Bucket | None, wanted: int, now: float, rate: float, burst: int
) -> tuple[int, Bucket, float]:
	"""Take up to `wanted` tokens: (number granted, the bucket afterwards, seconds until the next token).

	bucket: None for an account that was not used yet. rate: tokens per second; 0 or less means no limit.
	burst: most tokens the bucket holds, at least 1. The wait is 0 when anything was granted.
	"""
	if rate <= 0:
		return wanted, Bucket(max(burst, 1), now), 0.0
	size = float(max(burst, 1))
	held = size if bucket is None else bucket.tokens
	# A clock set back must not take tokens away.
	elapsed = 0.0 if bucket is None else max(0.0, now - bucket.updated)
	held = min(size, held + elapsed * rate)
	granted = max(0, min(wanted, int(held + _EPSILON)))
	left = max(0.0, held - granted)
	wait = 0.0 if granted or wanted <= 0 else (1 - left) / rate
	return granted, Bucket(left, now), wait


def give_back(bucket: Bucket, unused: int, burst: int) -> Bucket:
	"""The bucket after `unused` granted tokens were not needed."""
	return Bucket(min(float(max(burst, 1)), bucket.tokens + max(0, unused)), bucket.updated)
