"""How an account stands, as one word for the many numbers that are known of it."""

from __future__ import annotations

from dataclasses import dataclass

OFF, PAUSED, BROKEN, PROBING, LATE, FAILED, HELD, THROTTLED, RETRYING, HEALTHY, QUIET = (
	"off", "paused", "broken", "probing", "late", "failed", "held", "throttled", "retrying", "healthy", "quiet",
)  # fmt: skip
LATE_SECONDS = 300


@dataclass(frozen=True)
class Facts:
	"""breaker: `Closed`, `Open` or `Half Open`. failed, held, retrying: events. oldest_seconds: for how long what is due
	has been waiting. throttled_seconds: for which the other side asked to wait. used: whether anything ever went across.
	"""

	enabled: bool = True
	paused: bool = False
	breaker: str = "Closed"
	failed: int = 0
	held: int = 0
	retrying: int = 0
	oldest_seconds: int = 0
	throttled_seconds: int = 0
	used: bool = True


def account_health(facts: Facts) -> str:
	"""What a person should know first: what stops everything before what stops some, and that before what passes."""
	found = (
		(OFF, not facts.enabled),
		(PAUSED, facts.paused),
		(BROKEN, facts.breaker == "Open"),
		(PROBING, facts.breaker == "Half Open"),
		(FAILED, facts.failed),
		(HELD, facts.held),
		(THROTTLED, facts.throttled_seconds > 0),
		(LATE, facts.oldest_seconds > LATE_SECONDS),
		(RETRYING, facts.retrying),
		(HEALTHY, facts.used),
	)
	return next((word for word, met in found if met), QUIET)
