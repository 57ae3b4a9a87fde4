"""A source that gives only so much of years of records for one query, and a flow that loads them in windows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.inbound.process import process
from erp_connect.pull import load_run, loading
from erp_connect.pull.load_walk import LoadWalk
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench.pull_case import FLOW, SINCE, PullCase
from erp_connect.tests.fakes.paged_windows import PATH

COUNT = 150
BEGIN = "2024-01-01T00:00:00Z"
LOAD = {
	"pull_path": PATH,
	"pull_records": "data",
	"paging": "Offset",
	"page_size": 15,
	"page_total": "total",
	"changed_expression": "modified",
	"window_days": 400,
	"window_records": 40,
	"pull_parameters": [
		SINCE,
		{"place": "Query", "key": "after", "value": "{window_start}"},
		{"place": "Query", "key": "before", "value": "{window_end}"},
	],
}


class LoadCase(PullCase):
	"""`self.name` once `start` was called: of the Sync Load."""

	def start(self, count: int = COUNT, since: str = BEGIN, **values: Any) -> str:
		"""A source, a flow, and a load that waits for a worker."""
		self.serve(count)
		self.source.records.move_clock(dt.datetime.now(dt.timezone.utc))
		self.pulls(**{**LOAD, **values})
		self.name = loading.begin(FLOW, since)
		self.commit()
		return self.name

	def go_on_loading(self) -> Any:
		"""Let what is due of the load happen, in this process. Returns where it stands then."""
		self.commit()
		load_run.run(self.name)
		return self.load()

	def load(self) -> Any:
		frappe.db.rollback()
		return frappe.get_all("Sync Load", filters={"name": self.name}, fields=["*"])[0]

	def wait_passes(self) -> None:
		"""Let time pass for the load, too."""
		self.lease_runs_out()
		frappe.db.sql("UPDATE `tabSync Load` SET due_at = due_at - 86400 WHERE due_at IS NOT NULL")
		self.commit()

	def in_the_middle(self, work: Callable[[], Any], after: int = 6) -> None:
		"""Do something once page number `after` of the load came, before it is stored."""
		store, count = LoadWalk._store, [0]

		def late(walk: LoadWalk, *args: Any) -> bool:
			count[0] += 1
			if count[0] == after:
				work()
			return store(walk, *args)

		patcher = patch.object(LoadWalk, "_store", late)
		patcher.start()
		self.addCleanup(patcher.stop)

	def work_off(self) -> None:
		self.commit()
		while not self.settled():
			process(make.ACCOUNT)

	def windows(self) -> list[tuple[str, str]]:
		"""The windows that were asked for, each once, in their order."""
		return list(dict.fromkeys((asked["after"], asked["before"]) for asked in self.of_load()))

	def of_load(self) -> list[dict[str, Any]]:
		return [asked for asked in self.asked(PATH) if "after" in asked]

	def of_pull(self) -> list[dict[str, Any]]:
		return [asked for asked in self.asked(PATH) if "after" not in asked]
