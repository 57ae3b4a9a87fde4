"""Orders pulled from a shop that throttles by cost: none lost, the allowance used, memory flat.

The shop is the fake of Shopify, asked as the preset asks it. First the list, with the allowance of an ordinary plan: every
order stands in the log. Then each order is fetched whole, with the allowance of its largest one but one, as otherwise the
throttle would take hours; what is fetched is written as a ToDo, since booking orders is measured by itself (`inbound`).
https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import frappe
import pulls
import surroundings

import erp_connect
from erp_connect.jobs.wakeup import INBOUND, PULL
from erp_connect.store import sync_cursor
from erp_connect.tests.fakes.shopify import BUCKET, RESTORE, Shopify, fixture

ACCOUNT, FLOW = "Benchmark shop", "Benchmark orders"
PRESET = Path(erp_connect.__file__).parent / "presets" / "shopify" / "preset.json"
TOKEN = "shpat_benchmark"
# The first part, by which memory is compared.
EARLY_SHARE = 10
PATIENCE = 900
LATE_SECONDS = 5
# Points each second of a large plan. Its bucket holds those of as many seconds as the ordinary one.
RESTORE_WHOLE = 1000


LISTED = "SELECT COUNT(*), COUNT(DISTINCT external_id) FROM `tabSync Log` WHERE field_mapping = %s"
# Those of which a document says what only the whole order holds.
WRITTEN = (
	"SELECT COUNT(*), COUNT(DISTINCT todo.description) FROM `tabSync Link` link JOIN `tabToDo` todo"
	" ON todo.name = link.document_name WHERE link.integration = %s AND todo.description LIKE '%%75.36%%'"
)


@dataclass
class Found:
	"""One of the two parts. restore: points that the shop gave each second. used: share of the points that it gave, from
	the first query to the last, which were spent.

	early_mb, peak_mb: most memory of a job up to the first tenth of the orders, and in all. lost, doubles: orders.
	"""

	orders: int
	restore: int
	seconds: float
	used: float
	early_mb: float
	peak_mb: float
	lost: int
	doubles: int


class Shop(Shopify):
	"""Keeps when it was asked, and what was paid."""

	def __init__(self, orders: int) -> None:
		super().__init__(token=TOKEN)
		self.has(RESTORE)
		start = datetime(2026, 1, 1, tzinfo=timezone.utc)
		order = fixture("order")
		for number in range(orders):
			id_ = f"gid://shopify/Order/{1_000_000 + number}"
			changed = f"{start + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}"
			self.records["orders"][id_] = {
				**order, "id": id_, "legacyResourceId": str(1_000_000 + number), "updatedAt": changed
			}  # fmt: skip

	def has(self, restore: int) -> None:
		"""Begin with a full bucket of a plan that gives so many points each second."""
		with self.lock:
			self.restore, self.bucket = restore, BUCKET * restore // RESTORE
			self.available, self.at = float(self.bucket), time.monotonic()
			self.spent, self.first, self.last = 0, 0.0, 0.0

	def answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
		found = super().answer(query, variables)
		self.last = time.monotonic()
		self.first = self.first or self.last
		self.spent += (found.get("extensions", {}).get("cost", {}).get("actualQueryCost")) or 0
		return found

	@property
	def given(self) -> float:
		"""Points that could be spent."""
		return self.bucket + self.restore * (self.last - self.first)


def measure(orders: int) -> tuple[Found, Found]:
	"""Pull the list of so many orders, then each of them whole, with one worker."""
	shop = Shop(orders)
	try:
		_set_up(shop)
		listed = _watched(shop, orders, "long", lambda: PULL.wake(FLOW), _fetched, (LISTED, FLOW))
		shop.has(RESTORE_WHOLE)
		whole = _watched(shop, orders, "short", lambda: INBOUND.wake(ACCOUNT), _written, (WRITTEN, ACCOUNT))
		return listed, whole
	finally:
		shop.stop()


def _watched(
	shop: Shop,
	orders: int,
	queue: str,
	begin: Callable[[], Any],
	so_far: Callable[[], int | None],
	count: tuple[str, str],
) -> Found:
	"""One part. so_far: how many orders are through, None once all are. count: the query for how many
	there are then, and how many different ones, and its value."""
	early = peak = 0
	with pulls.worker(queue) as worker:
		begin()
		end = time.monotonic() + PATIENCE
		while (done := so_far()) is not None:
			if time.monotonic() > end:
				raise TimeoutError(f"{done} of {orders} orders within {PATIENCE} s")
			resident = max((pulls.resident(child) for child in pulls.children(worker.pid)), default=0)
			peak = max(peak, resident)
			early = peak if done <= orders // EARLY_SHARE else early
			time.sleep(0.1)
	rows, unique = frappe.db.sql(*count)[0]
	return Found(
		orders, shop.restore, shop.last - shop.first, shop.spent / shop.given, early / 1024, peak / 1024, orders - unique,
		rows - unique,
	)  # fmt: skip


def _set_up(shop: Shop) -> None:
	preset = json.loads(PRESET.read_text(encoding="utf-8"))
	asked = next(flow["mapping"] for flow in preset["flows"] if flow["title"] == "Orders")
	frappe.get_doc(
		{
			**preset["settings"],
			"doctype": "Integration Settings",
			"account_name": ACCOUNT,
			"base_url": shop.url,
			"user": surroundings.USER,
			"concurrency": preset["limits"]["at_once"],
			"parameters": [{"place": "Header", "key": "X-Shopify-Access-Token", "secret": TOKEN}],
			"answer_rules": preset["answers"],
		}
	).insert()
	frappe.get_doc(
		{
			**asked,
			"doctype": "Field Mapping",
			"mapping_name": FLOW,
			"integration": ACCOUNT,
			"document_type": "ToDo",
			"purpose": "Document",
			"rows": [
				{
					"source": "description",
					"target": "join(' ', [string(id), totalPriceSet.shopMoney.amount])",
				},
				{"source": "allocated_to", "target": "", "constant": surroundings.USER},
			],
			"enabled": 1,
		}
	).insert()
	sync_cursor.make_due(FLOW)
	frappe.db.commit()  # the worker is another connection


def _fetched() -> int | None:
	"""Orders so far; None once the walk is through."""
	frappe.db.rollback()
	found = frappe.db.get_value(
		"Sync Cursor", {"field_mapping": FLOW}, ["fetched", "status", "error"], as_dict=True
	)
	if found.error:
		raise RuntimeError(found.error)
	return None if found.status == sync_cursor.IDLE else found.fetched


def _written() -> int | None:
	"""Orders that became documents so far; None once no event waits."""
	frappe.db.rollback()
	due = frappe.db.sql("SELECT MIN(due_at) - UNIX_TIMESTAMP() FROM `tabSync Log` WHERE due_at IS NOT NULL")[
		0
	][0]
	if due is None:
		return None
	if due < -LATE_SECONDS:
		INBOUND.wake(ACCOUNT)  # as the sweep does, which the measurement has not: some were asked to wait
	return frappe.db.count("Sync Link", {"integration": ACCOUNT})
