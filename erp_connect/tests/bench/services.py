"""The processes that tests on a site need: Redis servers, background workers and the scheduler.

The Redis servers are private to the run, so that workers of other sites never take its jobs, and so that
they can be stopped. Everything started here ends with the run. Nothing else on the machine is touched.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import frappe
from frappe.utils import background_jobs

from erp_connect.tests.bench.forked import ForkedModule

QUEUES = "short,default,long"


class Process:
	"""A process of the run, with its output in a file. Python's modules (`-m`) come from `forked`."""

	def __init__(self, *command: str, env: dict[str, str] | None = None) -> None:
		self.command = command
		self.env = env or {}
		self.child: subprocess.Popen | ForkedModule | None = None
		self.output = tempfile.TemporaryFile()  # noqa: SIM115 it lives as long as the process
		_processes.append(self)

	def start(self) -> Process:
		env = {**os.environ, **self.env}
		if self.command[:2] == (sys.executable, "-m"):
			self.child = ForkedModule(self.command[2], self.command[3:], env, self.output)
		else:
			self.child = subprocess.Popen(
				self.command,
				env=env,
				stdin=subprocess.DEVNULL,
				stdout=self.output,
				stderr=subprocess.STDOUT,
				start_new_session=True,
			)
		return self

	@property
	def running(self) -> bool:
		return self.child is not None and self.child.poll() is None

	def kill(self) -> None:
		"""End it at once, with all its children."""
		if self.running:
			os.killpg(self.child.pid, signal.SIGKILL)
			self.child.wait(10)

	def stop(self) -> None:
		"""Ask it to end, and wait."""
		if self.running:
			self.child.terminate()
			try:
				self.child.wait(5)
			except subprocess.TimeoutExpired:
				self.kill()

	def said(self) -> str:
		self.output.seek(0)
		return self.output.read().decode(errors="replace")


class Redis(Process):
	"""A Redis server on a port of its own that keeps nothing on disk."""

	def __init__(self) -> None:
		self.port = free_port()
		self.url = f"redis://127.0.0.1:{self.port}"
		super().__init__(
			"redis-server",
			"--port",
			str(self.port),
			"--bind",
			"127.0.0.1",
			"--save",
			"",
			"--appendonly",
			"no",
		)

	def start(self) -> Redis:
		super().start()
		wait_for_port(self.port, self)
		return self


class Worker(Process):
	"""A background worker as `bench worker` starts it.

	die: where it kills itself, as `module:function`; see `erp_connect.tests.bench.worker`.
	"""

	def __init__(self, die: str = "", when: str = "before") -> None:
		command = [
			sys.executable,
			"-m",
			"frappe.utils.bench_helper",
			"frappe",
			"worker",
			"--queue",
			QUEUES,
			"--quiet",
		]
		if die:
			command = [sys.executable, "-m", "erp_connect.tests.bench.worker", die, when]
		super().__init__(*command)

	def kill_job(self) -> bool:
		"""Kill the process of the job that it runs now, and nothing else; whether there was one."""
		# The job runs in a child that is a process group of its own.
		children = _children(self.child.pid)
		for child in children:
			_signal(child)
		return bool(children)

	def kill(self) -> None:
		self.kill_job()
		super().kill()


_processes: list[Process] = []
_redis: dict[str, Redis] = {}


def start_redis() -> None:
	"""Start the private servers, once, and let this process and its children use them."""
	if _redis:
		return
	_redis["queue"], _redis["cache"] = Redis().start(), Redis().start()
	os.environ["FRAPPE_REDIS_QUEUE"] = _redis["queue"].url
	os.environ["FRAPPE_REDIS_CACHE"] = _redis["cache"].url
	if conf := getattr(frappe.local, "conf", None):  # `bench run-tests` has opened the site already
		conf.redis_queue, conf.redis_cache = _redis["queue"].url, _redis["cache"].url
		background_jobs._redis_queue_conn = None
		frappe.cache = None
		frappe.setup_redis_cache_connection()


def redis(which: str) -> Redis:
	"""The private server for `queue` or `cache`."""
	return _redis[which]


def flush() -> None:
	"""Lose every job that waits, and every mark that says one is waiting, of all sites.

	What Frappe has in its cache stays: without it the next thousand queries of a test would read DocTypes.
	"""
	background_jobs.get_redis_conn().flushall()
	if marks := list(frappe.cache.scan_iter("*erp_connect:*")):
		frappe.cache.execute_command("DEL", *marks)


def waiting(queue: str) -> list[dict]:
	"""Arguments of the jobs that wait in a queue."""
	return [job.kwargs["kwargs"] for job in background_jobs.get_queue(queue).jobs]


def stop_all() -> None:
	while _processes:
		_processes.pop().stop()
	_redis.clear()


atexit.register(stop_all)


def in_thread(work: Callable[[], object]) -> threading.Thread:
	"""Run `work` beside this thread, with a database connection of its own; its error shows in the test."""
	site = frappe.local.site

	def run() -> None:
		frappe.init(site=site, sites_path=".")
		frappe.connect()
		try:
			work()
		finally:
			frappe.destroy()

	thread = threading.Thread(target=run)
	thread.start()
	return thread


def on_site(site: str, work: Callable[[], object]) -> None:
	"""Run `work` on another site of the bench, beside this one, and wait for it. Raises its error."""
	errors = []

	def run() -> None:
		frappe.init(site=site, sites_path=".")
		frappe.connect()
		try:
			work()
			frappe.db.commit()
		except Exception as error:
			errors.append(error)
		finally:
			frappe.destroy()

	thread = threading.Thread(target=run)
	thread.start()
	thread.join(60)
	if errors:
		raise errors[0]


def in_threads(count: int, work: Callable[[], object]) -> None:
	"""Run `work` in so many threads that start together, and wait. Raises the first error of any of them."""
	barrier, errors = threading.Barrier(count), []

	def guarded() -> None:
		try:
			barrier.wait(20)
			work()
		except Exception as error:
			errors.append(error)

	for thread in [in_thread(guarded) for _ in range(count)]:
		thread.join(60)
	if errors:
		raise errors[0]


def scheduler_tick() -> None:
	"""What the scheduler process does at each of its ticks, with a minute gone by for our sweep."""
	job = frappe.db.get_value("Scheduled Job Type", {"method": "erp_connect.operate.sweep.sweep"})
	frappe.db.set_value(
		"Scheduled Job Type", job, "last_execution", frappe.utils.add_to_date(None, minutes=-2)
	)
	frappe.db.commit()
	frappe.get_doc("Scheduled Job Type", job).enqueue()


def free_port() -> int:
	with socket.socket() as sock:
		sock.bind(("127.0.0.1", 0))
		return sock.getsockname()[1]


def wait_for_port(port: int, process: Process, seconds: float = 10) -> None:
	end = time.monotonic() + seconds
	while time.monotonic() < end and process.running:
		with socket.socket() as sock:
			if sock.connect_ex(("127.0.0.1", port)) == 0:
				return
		time.sleep(0.02)
	raise RuntimeError(f"nothing listens on port {port}: {process.said()}")


def _children(pid: int) -> list[int]:
	try:
		with open(f"/proc/{pid}/task/{pid}/children") as file:
			return [int(child) for child in file.read().split()]
	except OSError:
		return []


def _signal(pid: int) -> None:
	with suppress(ProcessLookupError):
		os.kill(pid, signal.SIGKILL)
