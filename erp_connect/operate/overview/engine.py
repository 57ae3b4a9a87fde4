"""What has to run so that anything goes across, line by line: how it stands and since when, or what helps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import format_datetime, now_datetime

from erp_connect.jobs.scheduler_watch import SWEEP, Scheduler
from erp_connect.operate.alerts import site as alerts_of_site
from erp_connect.operate.monitoring import Queue, Site
from erp_connect.operate.overview.site import without_indexes
from erp_connect.store import installation

GREEN, RED = "green", "red"


def lines(site: Site) -> list[dict[str, Any]]:
	"""Each: `part`, `label`, `colour`, `words` that hold the remedy, and the `path` in Desk that leads to it, where the
	user may go there."""
	return [_redis(site), *_queues(site), _scheduler(site), _indexes(site), _installation(site)]


def _redis(site: Site) -> dict[str, Any]:
	away = any(queue.workers is None for queue in site.queues)
	words = _("It answers.")
	if away:
		words = _(
			"It does not answer, so nothing is sent or written. Nothing is lost: an administrator starts it, with bench start or "
			"the process manager of the server, and what waits goes on."
		)
	return _line("redis", _("Redis of the queues"), words, RED if away else GREEN)


def _queues(site: Site) -> list[dict[str, Any]]:
	return [
		_line(
			f"queue_{queue.name}",
			_("Workers of the queue {0}").format(queue.name),
			" ".join((_workers(queue), _jobs(queue.waiting or 0))).strip(),
			GREEN if queue.workers else RED,
			_path("RQ Worker", "rq-worker"),
		)
		for queue in site.queues
		if queue.workers is not None
	]


def _workers(queue: Queue) -> str:
	if not queue.workers:
		return alerts_of_site.idle_in_words([queue.name])
	words = _("One worker runs.") if queue.workers == 1 else _("{0} workers run.").format(queue.workers)
	return (
		words
		if queue.up_seconds is None
		else f"{words} {_('Running since {0}.').format(_before(queue.up_seconds))}"
	)


def _jobs(count: int) -> str:
	if not count:
		return ""
	return _("One job waits.") if count == 1 else _("{0} jobs wait.").format(count)


def _scheduler(site: Site) -> dict[str, Any]:
	stopped = alerts_of_site.stopped_in_words(Scheduler(site.scheduler, site.swept_seconds))
	last = _("The job of every minute was never run.")
	if site.swept_seconds is not None:
		last = _("The job of every minute was run last at {0}.").format(_before(site.swept_seconds))
	path = _path("Scheduled Job Type", f"scheduled-job-type?method={SWEEP}")
	return _line("scheduler", _("Scheduler"), f"{stopped} {last}".strip(), RED if stopped else GREEN, path)


def _indexes(site: Site) -> dict[str, Any]:
	missing = site.missing_indexes
	words = without_indexes(missing) if missing else _("All of them are there.")
	return _line("indexes", _("Database indexes"), words, RED if missing else GREEN)


def _installation(site: Site) -> dict[str, Any]:
	words = _("Confirmed. Its identity: {0}")
	if site.held:
		words = _(
			"This site looks like a copy of another installation: nothing is sent, fetched or accepted until a System Manager confirms it."
		)
	# Where it is confirmed, at the top of the workspace.
	path = "/app/erp-connect"
	return _line(
		"installation",
		_("Installation"),
		words.format(installation.identity()),
		RED if site.held else GREEN,
		path,
	)


def _line(part: str, label: str, words: str, colour: str, path: str = "") -> dict[str, Any]:
	return {"part": part, "label": label, "words": words, "colour": colour, "path": path}


def _path(doctype: str, path: str) -> str:
	return f"/app/{path}" if frappe.has_permission(doctype) else ""


def _before(seconds: float) -> str:
	"""The time so many seconds ago, as the user writes it."""
	return format_datetime(now_datetime() - timedelta(seconds=int(seconds)))
