"""Brands here and in a shop, equal at first: the base of the tests of comparisons.

`compare` does in this process what the worker would; `settle` carries out what repairs queued, both ways.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any
from unittest.mock import patch

import frappe

from erp_connect.api import reconciliation
from erp_connect.inbound.process import process
from erp_connect.pull.source import Source
from erp_connect.reconcile import run
from erp_connect.store import sync_difference
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.shop import PAGES, Shop

FLOW = "Test compare"
KINDS = ("missing_here", "missing_there", "different", "orphan_links")


class ReconcileCase(ConnectTestCase):
	"""`self.shop`, and `self.flow` once `flow` was called. Brands have names that begin with `self.prefix`."""

	def setUp(self) -> None:
		super().setUp()
		services.flush()
		self.shop = Shop()
		self.addCleanup(self.shop.stop)
		make.account(self.shop.url, breaker_threshold=0, retry_schedule="1s, 1s, 1s")
		self.prefix = f"RC{frappe.generate_hash(length=6)}"
		self.commit()

	def make_flow(self, **values: Any) -> None:
		"""A flow of brands that goes both ways, with the pages of the shop."""
		self.flow = make.flow(
			"Brand",
			values.pop("requests", make.rest("/brands")),
			[make.row("brand", "name", is_match_key=1), make.row("description", "text")],
			**{
				"name": FLOW,
				"direction": "Both",
				"condition": f"starts_with(brand, '{self.prefix}')",
				"external_id_expression": "data.id",
				"inbound_id_expression": "id",
				"conflict_policy": "Hold for review",
				"pull_path": "/brands",
				**PAGES,
				"page_size": 10,
				"changed_expression": "modified",
				**values,
			},
		)
		self.commit()

	def receives(self, **values: Any) -> None:
		"""A flow that only receives."""
		self.make_flow(**{"direction": "Incoming", "requests": [], "condition": "", **values})

	def brand(self, number: int, text: str = "") -> str:
		"""A brand here; its name."""
		return make.brand(text or f"text {number}", self.name(number)).name

	def name(self, number: int) -> str:
		return f"{self.prefix}-{number:05d}"

	def equal(self, count: int) -> list[str]:
		"""So many brands that are here and in the shop; their names."""
		names = [self.brand(number) for number in range(count)]
		if self.flow.direction == "Both":
			self.deliver()
		else:
			ids = [
				self.shop.add("brands", name=name, text=f"text {number}") for number, name in enumerate(names)
			]
			self.link(dict(zip(names, ids, strict=True)))
		self.commit()
		return names

	def link(self, ids: dict[str, str]) -> None:
		"""Link brands with records as if they had come from there."""
		for name, id_ in ids.items():
			frappe.get_doc(
				{
					"doctype": "Sync Link",
					"integration": make.ACCOUNT,
					"remote_entity": self.flow.remote_entity,
					"document_type": self.flow.document_type,
					"document_name": name,
					"external_id": id_,
				}
			).insert()

	def id_of(self, name: str) -> str:
		return frappe.db.get_value("Sync Link", {"document_name": name}, "external_id")

	def forget(self, name: str) -> None:
		"""Let a document vanish as by a restored backup: nobody is told."""
		frappe.db.delete("Brand", {"name": name})
		frappe.db.commit()

	def begin(self) -> str:
		name = reconciliation.start(self.flow.name)
		self.commit()
		return name

	def assert_under_way(self) -> None:
		"""There is no difference, neither before nor after what waits was sent."""
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))
		self.deliver()
		self.assertEqual(self.counts(self.compare()), (0, 0, 0, 0))

	def compare(self) -> Any:
		"""A comparison from begin to end; the Sync Reconciliation."""
		name = self.begin()
		run.run(name)
		return self.row(name)

	def before_page(self, page: int, work: Callable[[], Any]) -> None:
		"""Do something right before a page is asked for, by its number in the next comparison."""
		ask, pages = Source.ask, count(1)

		def interrupted(source: Source, position: dict) -> Any:
			if next(pages) == page:
				work()
			return (yield from ask(source, position))

		patcher = patch.object(Source, "ask", interrupted)
		patcher.start()
		self.addCleanup(patcher.stop)

	def row(self, name: str) -> Any:
		frappe.db.rollback()
		return frappe.get_doc("Sync Reconciliation", name)

	def counts(self, row: Any) -> tuple[int, ...]:
		"""(missing here, missing there, different, orphan links)."""
		self.assertEqual((row.status, row.error or ""), ("Completed", ""), self.history())
		return tuple(row.get(kind) for kind in KINDS)

	def found(self, row: Any, **filters: Any) -> list:
		frappe.db.rollback()
		return frappe.get_all(
			"Sync Difference",
			filters={"reconciliation": row.name, **filters},
			fields=["*"],
			order_by="kind, document_name, external_id",
		)

	def one(self, row: Any, **filters: Any) -> Any:
		found = self.found(row, **filters)
		self.assertEqual(len(found), 1, [(one.kind, one.document_name, one.message) for one in found])
		return found[0]

	def fields(self, difference: Any) -> dict[str, tuple[Any, Any]]:
		return {
			one["field"]: (one["here"], one["there"]) for one in json.loads(difference.fields_json or "[]")
		}

	def repair(self, row: Any, side: str = "policy") -> dict[str, Any]:
		"""Repair all that was found, and carry it out."""
		answer = reconciliation.repair([one.name for one in self.found(row, status="Open")], side)
		self.settle()
		return answer

	def settle(self) -> None:
		"""Work off what waits, inwards and outwards."""
		frappe.db.commit()
		process(make.ACCOUNT)
		self.deliver()
		process(make.ACCOUNT)
		frappe.db.rollback()

	def statuses_of(self, row: Any) -> list[str]:
		"""What became of the findings."""
		reconciliation.summary(row.name)
		self.commit()
		return sorted({one.status for one in self.found(row)})

	def let_lease_end(self) -> None:
		frappe.db.sql("UPDATE `tabSync Reconciliation` SET due_at = due_at - 86400 WHERE due_at IS NOT NULL")
		frappe.db.commit()

	def leftovers(self) -> int:
		"""Rows of the comparison that are no findings."""
		frappe.db.rollback()
		return frappe.db.count("Sync Difference", {"kind": ("not in", sync_difference.KINDS)})
