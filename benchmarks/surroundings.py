"""What a measurement needs around it: a receiver, a job queue and a worker of its own, an account and a flow.

Everything is started for the run and stopped with it. The queue is a Redis of its own, so that no other worker
of the bench takes the jobs, and the worker takes none of another site.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import frappe
import requests

HERE = Path(__file__).parent
USER = "benchmark@example.com"
ACCOUNT = "Benchmark"
FLOW = "Benchmark ToDo"
WEBHOOK = "Benchmark Webhook"
TOKEN = "token-of-the-benchmark"
SIGNING_SECRET = "whsec_YmVuY2htYXJrLWJlbmNobWFyay1iZW5jaG1hcms="
ROWS = (
	("name", "name"),
	("description", "text"),
	("status", "state"),
	("priority", "priority"),
	("date", "due"),
)
LOGS = ("Sync Log", "Sync Attempt", "Sync Link", "Webhook Request Log", "ToDo")


class Receiver:
	"""The receiver process as the measurements see it."""

	def __init__(self, port: int) -> None:
		self.url = f"http://127.0.0.1:{port}"

	def reset(self) -> None:
		requests.get(f"{self.url}/reset", timeout=5)

	def arrived(self) -> dict[str, float]:
		return requests.get(f"{self.url}/arrived", timeout=5).json()

	def wait_for(self, count: int, seconds: float = 300) -> dict[str, float]:
		"""What arrived, once there are `count`. Raises TimeoutError."""
		end = time.monotonic() + seconds
		while (arrived := self.arrived())["count"] < count:
			if time.monotonic() > end:
				raise TimeoutError(f"{arrived['count']} of {count} requests arrived in {seconds} s")
			time.sleep(0.05)
		return arrived


def free_port() -> int:
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


@contextmanager
def process(command: list[str], port: int | None = None) -> Iterator[subprocess.Popen]:
	"""A process for the time of the block; with `port`, from when it answers there."""
	child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	try:
		if port:
			_wait_for_port(child, port)
		yield child
	finally:
		child.terminate()
		try:
			child.wait(20)
		except subprocess.TimeoutExpired:
			child.kill()


def _wait_for_port(child: subprocess.Popen, port: int) -> None:
	for _ in range(100):
		if child.poll() is not None:
			break
		with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
			return
		time.sleep(0.1)
	raise RuntimeError(f"{child.args} does not answer at port {port}")


@contextmanager
def receiver() -> Iterator[Receiver]:
	port = free_port()
	with process([sys.executable, str(HERE / "receiver.py"), str(port)], port):
		yield Receiver(port)


@contextmanager
def queue() -> Iterator[None]:
	"""A Redis for jobs alone. To be entered before Frappe reads its configuration."""
	port = free_port()
	os.environ["FRAPPE_REDIS_QUEUE"] = f"redis://127.0.0.1:{port}"
	options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
	with process(["redis-server", *options], port):
		yield


@contextmanager
def worker() -> Iterator[None]:
	"""One ordinary background worker of Frappe, idle and ready."""
	command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "worker", "--quiet"]
	with process([*command, "--queue", "short,default"]):
		_wait_for_worker()
		yield


def _wait_for_worker() -> None:
	from frappe.utils.background_jobs import get_workers

	for _ in range(300):
		if any(worker.get_state() == "idle" for worker in get_workers()):
			return
		time.sleep(0.1)
	raise RuntimeError("no background worker came up within 30 seconds")


def empty_queue() -> None:
	from frappe.utils.background_jobs import get_redis_conn

	get_redis_conn().flushdb()


@contextmanager
def site(name: str) -> Iterator[None]:
	"""A connection to the site, as Administrator like any script of a bench; empty tables before and after."""
	frappe.init(site=name)
	frappe.connect()
	try:
		clear()
		yield
	finally:
		frappe.db.rollback()
		clear()
		frappe.destroy()


def clear() -> None:
	"""Remove what a measurement left: on a scratch site, everything in these tables is its own."""
	for flow in frappe.get_all("Field Mapping", pluck="name"):
		frappe.delete_doc("Field Mapping", flow, force=True)
	for account in frappe.get_all("Integration Settings", pluck="name"):
		frappe.delete_doc("Integration Settings", account, force=True)
	for webhook in frappe.get_all("Webhook", pluck="name"):
		frappe.delete_doc("Webhook", webhook, force=True)
	frappe.db.commit()  # TRUNCATE ends the transaction anyway
	for doctype in LOGS:
		frappe.db.sql_ddl(f"TRUNCATE `tab{doctype}`")
	frappe.clear_cache()


def make_account(url: str, name: str = ACCOUNT, **values: object) -> None:
	"""An account as a careful person sets it up: token, signature, ordinary user, default limits."""
	if not frappe.db.exists("User", USER):
		frappe.get_doc(
			{
				"doctype": "User",
				"email": USER,
				"first_name": "Benchmark",
				"send_welcome_email": 0,
				"roles": [{"role": "Integration User"}],
			}
		).insert()
	frappe.get_doc(
		{
			"doctype": "Integration Settings",
			"account_name": name,
			"base_url": url,
			"user": USER,
			"auth_type": "Bearer Token",
			"token": TOKEN,
			"signing_secret": SIGNING_SECRET,
			**values,
		}
	).insert()


def make_flow(name: str = FLOW, account: str = ACCOUNT) -> None:
	frappe.get_doc(
		{
			"doctype": "Field Mapping",
			"mapping_name": name,
			"integration": account,
			"document_type": "ToDo",
			"remote_entity": "todo",
			"requests": [
				{"event": "Insert", "method": "POST", "path": "/todos"},
				{"event": "Update", "method": "PUT", "path": "/todos/{external_id}"},
			],
			"rows": [{"source": source, "target": target} for source, target in ROWS],
		}
	).insert()
	frappe.db.commit()  # the worker is another connection


def make_webhook(url: str) -> None:
	"""Frappe's own Webhook with the same fields, signed as well."""
	frappe.get_doc(
		{
			"doctype": "Webhook",
			"__newname": WEBHOOK,
			"webhook_doctype": "ToDo",
			"webhook_docevent": "after_insert",
			"request_url": f"{url}/todos",
			"request_method": "POST",
			"request_structure": "",
			"enable_security": 1,
			"webhook_secret": SIGNING_SECRET,
			"webhook_data": [{"fieldname": source, "key": target} for source, target in ROWS],
			"enabled": 1,
		}
	).insert()
	frappe.db.commit()  # the worker is another connection


def remove_webhook() -> None:
	frappe.delete_doc("Webhook", WEBHOOK)
	frappe.cache.delete_value("webhooks")  # Frappe 15 goes on firing a deleted Webhook otherwise
	frappe.db.commit()  # the worker is another connection


def new_todo(number: int):
	"""A ToDo that the account's user may read."""
	return frappe.get_doc(
		{
			"doctype": "ToDo",
			"description": f"Measurement {number}",
			"date": "2030-01-31",
			"priority": "Medium",
			"allocated_to": USER,
		}
	)
