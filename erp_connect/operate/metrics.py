"""What `monitoring` finds, in Prometheus's text format.

All are gauges: events are deleted after their time, so that a count over all of them would not only grow.
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from erp_connect.operate.monitoring import WINDOW, Account, Site

CONTENT_TYPE = CONTENT_TYPE_LATEST
BREAKERS = ("Closed", "Open", "Half Open")


def text(site: Site, accounts: list[Account]) -> bytes:
	"""The metrics of a site and of some of its accounts."""
	registry = CollectorRegistry()
	registry.register(_Found([*_site(site), *_accounts(accounts)]))
	return generate_latest(registry)


class _Found(Collector):
	def __init__(self, metrics: list[Metric]) -> None:
		self.metrics = metrics

	def collect(self) -> Iterator[Metric]:
		yield from self.metrics


def _site(site: Site) -> Iterator[Metric]:
	yield InfoMetricFamily("erp_connect", "Versions of the apps", value=site.versions)
	yield _one("scheduler_active", "1 while the site's scheduler may run", site.scheduler)
	if site.swept_seconds is not None:
		yield _one("last_sweep_seconds", "Since a worker ran the job of every minute", site.swept_seconds)
	yield _one(
		"missing_indexes", "Database indexes that the engine needs and lacks", len(site.missing_indexes)
	)
	yield _one("installation_held", "1 on a copy of the site that nobody has confirmed", site.held)
	yield _one(
		"redis_up", "1 while the queue's Redis answers", all(q.workers is not None for q in site.queues)
	)
	workers = _gauge("workers", "Background workers by the queue that they serve", "queue")
	jobs = _gauge("queued_jobs", "Background jobs that wait, of all apps", "queue")
	for queue in site.queues:
		if queue.workers is not None:
			workers.add_metric([queue.name], queue.workers)
			jobs.add_metric([queue.name], queue.waiting)
	yield from (workers, jobs)


def _accounts(accounts: list[Account]) -> Iterator[Metric]:
	enabled = _gauge("account_enabled", "1 while the account is enabled", "account")
	paused = _gauge("account_paused", "1 while nothing is sent", "account")
	breaker = _gauge("breaker", "1 at the state that the account's breaker is in", "account", "state")
	throttled = _gauge("throttled_seconds", "For which the other system asked not to be called", "account")
	oldest = _gauge("oldest_due_seconds", "How long the oldest event is due already", "account")
	events = _gauge("events", "Events that are not settled", "account", "direction", "status")
	recent = _gauge(
		"recent_events",
		f"Events of the last {WINDOW} seconds by how they stand",
		"account",
		"direction",
		"status",
	)
	requests = _gauge(
		"request_seconds", f"Requests of events of the last {WINDOW} seconds", "account", "quantile"
	)
	deliveries = _gauge(
		"delivery_seconds",
		f"From save to delivered, of events of the last {WINDOW} seconds",
		"account",
		"quantile",
	)
	for one in accounts:
		enabled.add_metric([one.name], one.enabled)
		paused.add_metric([one.name], one.paused)
		throttled.add_metric([one.name], one.throttled_seconds)
		oldest.add_metric([one.name], one.oldest_seconds)
		for state in BREAKERS:
			breaker.add_metric([one.name, state], state == one.breaker)
		for family, counts in ((events, one.counts), (recent, one.recent)):
			for (direction, status), count in sorted(counts.items()):
				family.add_metric([one.name, direction, status], count)
		for family, times in ((requests, one.requests), (deliveries, one.deliveries)):
			for part, seconds in times.items():
				family.add_metric([one.name, str(part)], seconds)
	yield from (enabled, paused, breaker, throttled, oldest, events, recent, requests, deliveries)


def _gauge(name: str, meaning: str, *labels: str) -> GaugeMetricFamily:
	return GaugeMetricFamily(f"erp_connect_{name}", meaning, labels=labels)


def _one(name: str, meaning: str, value: float) -> GaugeMetricFamily:
	return GaugeMetricFamily(f"erp_connect_{name}", meaning, value=float(value))
