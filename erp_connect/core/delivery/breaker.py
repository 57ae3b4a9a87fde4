"""Circuit breaker of one account: stop calling a system that only fails, and find out when it is back.

Promises that at most one probe is out at a time, that the pause doubles with each failed probe up to a
limit, and that one success closes it. Never stores anything: states go in and come out, the caller keeps
them (under a row lock, so that two workers do not both take the probe).

	Closed ──threshold failures in a row──▶ Open ──cooldown over, probe taken──▶ Half Open
	   ▲──────────────── success ◀──────────────┘◀────────── failure, cooldown doubled ──┘
"""

from __future__ import annotations

from dataclasses import dataclass, replace

CLOSED = "Closed"
OPEN = "Open"
HALF_OPEN = "Half Open"


@dataclass(frozen=True)
class BreakerPolicy:
	"""threshold: failures in a row that open the breaker; 0 turns it off. All times in seconds.

	probe_timeout: after this the probe is given up as lost (its worker died) and another may go.
	"""

	threshold: int = 10
	cooldown: int = 60
	growth: float = 2.0
	max_cooldown: int = 3600
	probe_timeout: int = 180


@dataclass(frozen=True)
class BreakerState:
	"""Where the breaker stands. Times are in seconds on the caller's clock; 0 means not set.

	failing_since: time of the first failure after the last success.
	"""

	state: str = CLOSED
	failures: int = 0
	cooldown: int = 0
	open_until: float = 0
	probe_until: float = 0
	failing_since: float = 0


DEFAULT_POLICY = BreakerPolicy()


def allow(state: BreakerState, now: float) -> str:
	"""What may be sent now: `all`, `probe` (one request, after `begin_probe`) or `none`."""
	if state.state == CLOSED:
		return "all"
	due = state.open_until if state.state == OPEN else state.probe_until
	return "probe" if now >= due else "none"


def begin_probe(state: BreakerState, now: float, policy: BreakerPolicy = DEFAULT_POLICY) -> BreakerState:
	"""The state after the caller took the probe that `allow` offered. Raises ValueError if none was due."""
	if allow(state, now) != "probe":
		raise ValueError("no probe is due")
	return replace(state, state=HALF_OPEN, probe_until=now + policy.probe_timeout)


def on_result(
	state: BreakerState, ok: bool, now: float, policy: BreakerPolicy = DEFAULT_POLICY
) -> BreakerState:
	"""The state after one exchange ended.

	ok: the system answered as a working system does; a refused record (422) is an answer too.
	"""
	if ok:
		return BreakerState()
	failing = replace(state, failures=state.failures + 1, failing_since=state.failing_since or now)
	if state.state == HALF_OPEN:
		return _open(failing, now, _grown(state.cooldown, policy), policy)
	if state.state == OPEN:
		# A request that was under way when the breaker opened: no reason to wait longer.
		return failing
	if 0 < policy.threshold <= failing.failures:
		return _open(failing, now, policy.cooldown, policy)
	return failing


def _grown(cooldown: int, policy: BreakerPolicy) -> int:
	return round((cooldown or policy.cooldown) * policy.growth)


def _open(state: BreakerState, now: float, cooldown: int, policy: BreakerPolicy) -> BreakerState:
	cooldown = min(cooldown, policy.max_cooldown)
	return replace(state, state=OPEN, cooldown=cooldown, open_until=now + cooldown, probe_until=0)
