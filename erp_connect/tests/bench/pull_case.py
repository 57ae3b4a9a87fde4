"""A paged source over HTTP and a flow that pulls Brands from it: the base of the tests of pulls.

`pull` and `work` do in this process what the workers would; `worker` starts a real one.
"""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.inbound.process import process
from erp_connect.operate import sweep
from erp_connect.pull import run
from erp_connect.store import sync_cursor
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.fault_server import Reply
from erp_connect.tests.fakes.paged_source import PagedSource

FLOW = "Test pull"
SINCE = {"place": "Query", "key": "since", "value": "{since}"}
OFFSET = {
	"pull_path": "/offset",
	"pull_records": "data",
	"paging": "Offset",
	"page_size": 50,
	"pull_parameters": [SINCE],
}
CHANGED = {
	"pull_path": "/changed-since",
	"pull_records": "data",
	"paging": "Changed since",
	"page_size": 50,
	"changed_expression": "modified",
	"pull_parameters": [SINCE],
}
ROWS = [make.row("brand", "id", is_match_key=1), make.row("description", "name")]
RECORDS = [{"id": f"R-00000{number}", "name": f"Record {number}", "version": 1} for number in range(1, 4)]


class PullCase(ConnectTestCase):
	"""`self.source` once `serve` was called; `self.flow` once `pulls` was."""

	def setUp(self) -> None:
		super().setUp()
		services.flush()
		self.forget_brands()
		self.addCleanup(self.forget_brands)

	def forget_brands(self) -> None:
		frappe.db.rollback()
		frappe.db.delete("Brand", {"name": ("like", "R-%")})
		frappe.db.commit()

	def serve(self, count: int, account: dict[str, Any] | None = None, **how: Any) -> PagedSource:
		"""A source of so many records, and an account that leads to it."""
		self.source = PagedSource(count, **how).start()
		self.addCleanup(self.source.stop)
		make.account(self.source.url(), **{"breaker_threshold": 0, **(account or {})})
		self.commit()
		return self.source

	def pulls(self, **values: Any):
		"""A flow that pulls as `values` say, OFFSET without any."""
		self.flow = make.flow(
			"Brand",
			[],
			values.pop("rows", ROWS),
			**{
				"name": FLOW,
				"direction": "Incoming",
				"inbound_id_expression": "id",
				"inbound_version_expression": "version",
				"pull_overlap": "0s",
				**(values if "pull_path" in values else {**OFFSET, **values}),
			},
		)
		self.commit()
		return self.flow

	def pull(self, **how: Any) -> Any:
		"""Pull now, in this process. Returns where the cursor stands then."""
		sync_cursor.make_due(FLOW, **how)
		return self.go_on()

	def go_on(self) -> Any:
		"""Let what is due of the pull happen, in this process."""
		self.commit()
		run.run(FLOW)
		return self.cursor()

	def work(self) -> None:
		"""Write what came, in this process."""
		self.commit()
		process(make.ACCOUNT)

	def change(self, **values: Any) -> None:
		"""Save other settings of the flow."""
		self.flow.reload()
		self.flow.update(values)
		self.flow.save()
		self.commit()

	def cursor(self) -> Any:
		frappe.db.rollback()
		return frappe.get_all("Sync Cursor", filters={"field_mapping": FLOW}, fields=["*"])[0]

	def lease_runs_out(self) -> None:
		"""Let time pass for the cursor, too."""
		self.later()
		frappe.db.sql("UPDATE `tabSync Cursor` SET due_at = due_at - 86400 WHERE due_at IS NOT NULL")
		self.commit()

	def worker(self, **how: str) -> services.Worker:
		worker = services.Worker(**how).start()
		self.addCleanup(worker.kill)
		return worker

	def sweep_until_done(self, seconds: float = 40) -> None:
		"""Let the scheduler tick until everything is fetched and written."""
		sweep.sweep()
		self.wait_for(self.done, seconds, "not fetched and written")

	def done(self) -> bool:
		return self.cursor().status == "Idle" and self.settled()

	def settled(self) -> bool:
		return not frappe.db.sql("SELECT 1 FROM `tabSync Log` WHERE due_at IS NOT NULL LIMIT 1")

	def stored(self) -> list[str]:
		"""External ids of the records that were stored, each as often as it was."""
		frappe.db.rollback()
		return frappe.get_all(
			"Sync Log", filters={"event": "pull"}, pluck="external_id", order_by="seq asc", limit=0
		)

	def records(self, **filters: Any) -> list:
		return self.events(event="pull", **filters)

	def record(self, external_id: str, **filters: Any):
		return self.event(event="pull", external_id=external_id, **filters)

	def trouble(self):
		"""The event that tells of a pull that failed."""
		return self.event(event="pull_run")

	def asked(self, path: str) -> list[dict[str, Any]]:
		"""What each request of a path asked for."""
		return [dict(asked.values) for asked in list(self.source.requests) if asked.path == path]

	def assert_stored_once(self) -> None:
		stored = self.stored()
		self.assertEqual(len(stored), len(set(stored)), "doubles")
		self.assertEqual(set(stored), self.source.records.ids)

	def assert_written_once(self) -> None:
		"""Every record of the source is one event, one link and one document."""
		self.assert_stored_once()
		self.assertEqual({row.status for row in self.records()}, {"Processed"}, self.history())
		links = self.links(remote_entity="brand")
		self.assertEqual(sorted(link.external_id for link in links), sorted(self.source.records.ids))
		self.assertEqual(len({link.document_name for link in links}), len(links))
		self.assertEqual(frappe.db.count("Brand", {"name": ("like", "R-%")}), len(links))


class ScriptedCase(PullCase):
	"""The source is the receiver, which answers what a test says."""

	account_values: dict[str, Any] = {}

	def setUp(self) -> None:
		super().setUp()
		make.account(self.receiver.url(), **{"breaker_threshold": 0, **self.account_values})
		self.commit()

	def asks(self, *answers: Reply, **values: Any) -> Any:
		"""A flow whose source gives these answers, the last one again and again; pulled once."""
		self.receiver.script("/items", *answers)
		self.pulls(**{"pull_path": "/items", "pull_records": "data", "paging": "None", **values})
		return self.pull()

	def again(self) -> Any:
		self.lease_runs_out()
		return self.go_on()
