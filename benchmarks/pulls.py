"""A long pull from a paged source: records stored per second, memory, and a worker killed in the middle of it.

The source is a process of its own, and so is the worker. Storing and writing are measured one after the other: the
worker takes only the queue of pulls first, and the other one afterwards.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import frappe
import surroundings

from erp_connect.jobs.wakeup import INBOUND, PULL
from erp_connect.store import sync_cursor

ACCOUNT, FLOW = "Benchmark source", "Benchmark pull"
PAGE_SIZE = 500
# Records that share one change time.
RUN = 7
EARLY = 10_000
WRITTEN = 5000
PATIENCE = 600
STYLES: dict[str, dict[str, Any]] = {
	"Changed since": {"pull_path": "/changed-since", "changed_expression": "modified"},
	"Offset": {"pull_path": "/offset"},
}


@dataclass
class Found:
	"""per_second: records stored. early_mb, peak_mb: most memory of a job up to `EARLY` records, and in all.

	unique, doubles: records that are stored, and those that are more than once.
	"""

	style: str
	records: int
	per_second: float
	early_mb: float
	peak_mb: float
	unique: int
	doubles: int


def measure(records: int) -> list[Found]:
	"""Pull all records in each style, with a worker killed at two fifths."""
	return [_pulled(style, records) for style in STYLES]


def written_per_second() -> float:
	"""How fast records of the pull before become documents (ToDos), of a few thousand of them."""
	frappe.db.sql(
		"UPDATE `tabSync Log` SET due_at = NULL WHERE seq >= (SELECT MIN(seq) FROM `tabSync Log`) + %s",
		WRITTEN,
	)
	frappe.db.commit()  # the worker is another connection
	waiting = _due()
	with worker("short"):
		INBOUND.wake(ACCOUNT)
		_until(lambda: _due() < waiting)  # the worker is up
		started, left = time.monotonic(), _due()
		_until(lambda: not _due())
	return left / (time.monotonic() - started)


def _pulled(style: str, records: int) -> Found:
	_forget()
	watch = _Watch()
	with _source(records) as port:
		_set_up(port, style)
		_pull(watch, kill_at=records * 2 // 5)
		_let_the_lease_run_out()
		_pull(watch)
	rows, unique = frappe.db.sql("SELECT COUNT(*), COUNT(DISTINCT external_id) FROM `tabSync Log`")[0]
	return Found(
		style,
		records,
		watch.records / watch.seconds,
		watch.early / 1024,
		watch.peak / 1024,
		unique,
		rows - unique,
	)


class _Watch:
	"""Looks at the cursor and at the job's memory while a pull runs."""

	def __init__(self) -> None:
		self.records = 0
		self.seconds = 0.0
		self.early = self.peak = 0

	def until(self, worker: subprocess.Popen, count: int | None) -> None:
		"""Until so many records were fetched, or to the end of the walk for None."""
		begin = first = None
		end = time.monotonic() + PATIENCE
		while time.monotonic() < end:
			fetched, status, error = _cursor()
			if error:
				raise RuntimeError(error)
			if begin is None or fetched == first:
				begin, first = time.monotonic(), fetched  # counted from the first page on
			self._weigh(worker, fetched)
			if status == sync_cursor.IDLE or (count and fetched >= count):
				self.records += fetched - first
				self.seconds += time.monotonic() - begin
				return
			time.sleep(0.02)
		raise TimeoutError(f"the pull did not get there within {PATIENCE} s")

	def _weigh(self, worker: subprocess.Popen, fetched: int) -> None:
		kilobytes = max((resident(child) for child in children(worker.pid)), default=0)
		self.peak = max(self.peak, kilobytes)
		if fetched <= EARLY:
			self.early = max(self.early, kilobytes)


def _pull(watch: _Watch, kill_at: int | None = None) -> None:
	with worker("long") as process:
		PULL.wake(FLOW)
		watch.until(process, kill_at)
		if kill_at:
			for pid in (*children(process.pid), process.pid):
				with suppress(ProcessLookupError):
					os.kill(pid, signal.SIGKILL)


@contextmanager
def worker(queue: str) -> Iterator[subprocess.Popen]:
	"""A worker that takes the jobs of one queue alone."""
	surroundings.empty_queue()
	frappe.cache.delete_keys("erp_connect:wake")
	command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "worker", "--quiet"]
	with surroundings.process([*command, "--queue", queue]) as worker:
		yield worker


@contextmanager
def _source(records: int) -> Iterator[int]:
	port = surroundings.free_port()
	command = [sys.executable, "-m", "erp_connect.tests.fakes.paged_source", "--port", str(port)]
	with surroundings.process([*command, "--records", str(records), "--run", str(RUN)], port):
		yield port


def _set_up(port: int, style: str) -> None:
	frappe.get_doc(
		{
			"doctype": "Integration Settings",
			"account_name": ACCOUNT,
			"base_url": f"http://127.0.0.1:{port}",
			"user": surroundings.USER,
		}
	).insert()
	frappe.get_doc(
		{
			"doctype": "Field Mapping",
			"mapping_name": FLOW,
			"integration": ACCOUNT,
			"document_type": "ToDo",
			"direction": "Incoming",
			"remote_entity": "record",
			"rows": [{"source": "description", "target": "name"}],
			"inbound_id_expression": "id",
			"inbound_version_expression": "version",
			"pull_records": "data",
			"pull_parameters": [{"place": "Query", "key": "since", "value": "{since}"}],
			"paging": style,
			"page_size": PAGE_SIZE,
			**STYLES[style],
		}
	).insert()
	sync_cursor.make_due(FLOW)
	frappe.db.commit()  # the worker is another connection


def _forget() -> None:
	for doctype, name in (("Field Mapping", FLOW), ("Integration Settings", ACCOUNT)):
		if frappe.db.exists(doctype, name):
			frappe.delete_doc(doctype, name, force=True)
	frappe.db.commit()  # TRUNCATE ends the transaction anyway
	for doctype in surroundings.LOGS:
		frappe.db.sql_ddl(f"TRUNCATE `tab{doctype}`")


def _let_the_lease_run_out() -> None:
	"""Spare the measurement the three minutes after which another worker takes over."""
	frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = UNIX_TIMESTAMP()")
	frappe.db.commit()  # the worker is another connection


def _cursor() -> tuple[int, str, str]:
	frappe.db.rollback()
	return frappe.db.get_value("Sync Cursor", {"field_mapping": FLOW}, ["fetched", "status", "error"])


def _due() -> int:
	frappe.db.rollback()
	return frappe.db.sql("SELECT COUNT(*) FROM `tabSync Log` WHERE due_at IS NOT NULL")[0][0]


def _until(what: Callable[[], bool]) -> None:
	end = time.monotonic() + PATIENCE
	while not what():
		if time.monotonic() > end:
			raise TimeoutError(f"not within {PATIENCE} s")
		time.sleep(0.05)


def children(pid: int) -> list[int]:
	"""The processes that a process has started: of a worker, its jobs."""
	try:
		return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
	except OSError:
		return []


def resident(pid: int) -> int:
	"""Kilobytes of memory that a process holds; 0 when it has ended."""
	try:
		lines = Path(f"/proc/{pid}/status").read_text().splitlines()
	except OSError:
		return 0
	return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
