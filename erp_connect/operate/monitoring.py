"""How the site and its accounts fare, as facts that a monitor asks for every few seconds: cheap, whatever was kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from math import ceil

import frappe
import redis
from frappe.utils import background_jobs, now_datetime
from rq import Worker

from erp_connect.jobs import scheduler_watch
from erp_connect.jobs.scheduler_watch import SWEEP_LATE
from erp_connect.operate.overview import facts
from erp_connect.store import installation, schema, sync_log

QUEUES = ("short", "default", "long")
# What is looked at for rates and times: so many seconds back, and at most so many events.
WINDOW = 300
LOOKED_AT = 20_000
QUANTILES = (0.5, 0.95, 0.99)
OLDEST_LATE = 300
OK, DEGRADED, DOWN = "ok", "degraded", "down"


@dataclass(frozen=True)
class Queue:
	"""workers: that serve it. waiting: jobs. None, both, while Redis is away. up_seconds: since its first worker began,
	None where there is none."""

	name: str
	workers: int | None
	waiting: int | None
	up_seconds: float | None = None


@dataclass(frozen=True)
class Site:
	"""versions: of apps by name. swept_seconds: since the sweep ran last, None when never. held: a copy on another host."""

	versions: dict[str, str]
	scheduler: bool
	swept_seconds: float | None
	held: bool
	missing_indexes: list[str]
	queues: list[Queue]

	def problems(self) -> list[str]:
		"""Short words for what keeps the whole engine from its work; see docs/monitoring.md for what to do."""
		found = {
			"redis": any(queue.workers is None for queue in self.queues),
			"no_worker": any(queue.workers == 0 for queue in self.queues),
			"scheduler_off": not self.scheduler,
			"sweep_late": self.scheduler and (self.swept_seconds is None or self.swept_seconds > SWEEP_LATE),
			"missing_indexes": bool(self.missing_indexes),
			"unconfirmed_installation": self.held,
		}
		return [name for name, is_so in found.items() if is_so]


@dataclass
class Account:
	"""counts: unsettled events by (direction, status). oldest_seconds: of what is due; oldest: the same by direction.
	recent: events of the last minutes by (direction, status). requests, deliveries: quantile → seconds that one request took, and from save to delivered;
	empty where there were none."""

	name: str
	enabled: bool
	paused: bool
	breaker: str = "Closed"
	throttled_seconds: float = 0
	oldest_seconds: float = 0
	oldest: dict[str, float] = field(default_factory=dict)
	counts: dict[tuple[str, str], int] = field(default_factory=dict)
	recent: dict[tuple[str, str], int] = field(default_factory=dict)
	requests: dict[float, float] = field(default_factory=dict)
	deliveries: dict[float, float] = field(default_factory=dict)

	def problems(self) -> list[str]:
		"""Short words for what is wrong with the account; see docs/monitoring.md."""
		if not self.enabled:
			return []
		by_status: dict[str, int] = defaultdict(int)
		for (_direction, status), count in self.counts.items():
			by_status[status] += count
		found = {
			"paused": self.paused,
			"breaker_open": self.breaker != "Closed",
			"late": not self.paused and self.oldest_seconds > OLDEST_LATE,
			"failed": by_status["Failed"] > 0,
			"held": by_status["On Hold"] > 0,
		}
		return [name for name, is_so in found.items() if is_so]


def site() -> Site:
	"""The whole site's state. Asks Redis; never raises because of it."""
	known = scheduler_watch.scheduler()
	return Site(
		versions={
			app: str(frappe.get_attr(f"{app}.__version__")) for app in ("erp_connect", "frappe", "erpnext")
		},
		scheduler=known.active,
		swept_seconds=known.swept_seconds,
		held=installation.is_held(),
		missing_indexes=schema.missing_indexes(),
		queues=queues(),
	)


def status(site: Site, accounts: Sequence[Account]) -> str:
	"""`DOWN`: nothing goes across. `DEGRADED`: one of these accounts needs somebody. Else `OK`."""
	if site.problems():
		return DOWN
	return DEGRADED if any(one.problems() for one in accounts) else OK


def accounts(window: int = WINDOW) -> list[Account]:
	"""The accounts that the session's user may read, by name. By five statements, however many there are.

	window: for how many seconds back `recent`, `requests` and `deliveries` are looked at."""
	rows = frappe.get_list(
		"Integration Settings", fields=["name", "enabled", "paused"], order_by="name", limit=0
	)
	found = {row.name: Account(row.name, bool(row.enabled), bool(row.paused)) for row in rows}
	if found:
		names = tuple(found)
		_states(found, names)
		_unsettled(found, names)
		_recent(found, names, window)
	return list(found.values())


def queues() -> list[Queue]:
	"""The queues in which the engine's jobs wait. Never raises because of Redis."""
	return [_queue(name) for name in QUEUES]


def _queue(name: str) -> Queue:
	try:
		queue = background_jobs.get_queue(name)
		workers = Worker.all(queue=queue)
		return Queue(name, len(workers), queue.count, _up_seconds(workers))
	except redis.RedisError:
		return Queue(name, None, None)


def _up_seconds(workers: list[Worker]) -> float | None:
	began = [worker.birth_date.replace(tzinfo=timezone.utc) for worker in workers if worker.birth_date]
	return (datetime.now(timezone.utc) - min(began)).total_seconds() if began else None


def _states(found: dict[str, Account], names: tuple[str, ...]) -> None:
	for name, row in facts.states(names).items():
		found[name].breaker = row.breaker or "Closed"
		found[name].throttled_seconds = max(0.0, float(row.throttled_seconds or 0))


def _unsettled(found: dict[str, Account], names: tuple[str, ...]) -> None:
	counts = frappe.db.sql(
		"SELECT integration, direction, status, COUNT(*),"
		" UNIX_TIMESTAMP() - MIN(IF(due_at <= UNIX_TIMESTAMP(), due_at, NULL)) FROM `tabSync Log`"
		" WHERE status IN %s AND integration IN %s GROUP BY integration, direction, status",
		(facts.OPEN, names),
	)
	for name, direction, status, count, seconds in counts:
		found[name].counts[direction, status] = count
		if seconds is not None:
			oldest = found[name].oldest
			oldest[direction] = max(float(seconds), oldest.get(direction, 0))
	for name, seconds in sync_log.oldest_due(names).items():
		found[name].oldest_seconds = seconds


def _recent(found: dict[str, Account], names: tuple[str, ...], window: int) -> None:
	"""Of the newest events of the last minutes, which the index of their creation gives."""
	since = frappe.utils.add_to_date(now_datetime(), seconds=-window)
	rows = frappe.db.sql(
		"SELECT name, integration, direction, status,"
		" TIMESTAMPDIFF(MICROSECOND, creation, last_attempt) / 1000000 FROM `tabSync Log`"
		" WHERE creation >= %s AND integration IN %s ORDER BY creation DESC LIMIT %s",
		(since, names, LOOKED_AT),
	)
	taken: dict[str, list[float]] = defaultdict(list)
	account_of: dict[str, str] = {}
	for event, name, direction, status, seconds in rows:
		recent = found[name].recent
		recent[direction, status] = recent.get((direction, status), 0) + 1
		if status == "Delivered" and seconds is not None:
			taken[name].append(float(seconds))
		account_of[event] = name
	for name, seconds in taken.items():
		found[name].deliveries = quantiles(seconds)
	for name, seconds in _request_times(account_of).items():
		found[name].requests = quantiles(seconds)


def _request_times(account_of: dict[str, str]) -> dict[str, list[float]]:
	if not account_of:
		return {}
	rows = frappe.db.sql(
		"SELECT sync_log, duration_ms FROM `tabSync Attempt` WHERE sync_log IN %s", (tuple(account_of),)
	)
	taken: dict[str, list[float]] = defaultdict(list)
	for event, milliseconds in rows:
		taken[account_of[event]].append((milliseconds or 0) / 1000)
	return taken


def quantiles(values: Iterable[float], wanted: Sequence[float] = QUANTILES) -> dict[float, float]:
	"""The smallest of the values that so large a part of them does not exceed; empty without values."""
	ordered = sorted(values)
	return {part: ordered[max(0, ceil(part * len(ordered)) - 1)] for part in wanted} if ordered else {}
