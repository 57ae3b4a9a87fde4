"""Orders pulled from a shop that throttles by cost: none lost, the allowance used, memory flat.

The shop is the fake of Shopify with the allowance of an ordinary plan (2,000 points, 100 more each second), asked as the
preset asks it. Pulled means: every order stands in the log, to be fetched whole and booked; that is not measured here, as it
would take the shop's allowance of a day. https://shopify.dev/docs/api/usage/limits
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import frappe
import pulls
import surroundings

import erp_connect
from erp_connect.jobs.wakeup import PULL
from erp_connect.store import sync_cursor
from erp_connect.tests.fakes.shopify import BUCKET, Shopify, fixture

ACCOUNT, FLOW = "Benchmark shop", "Benchmark orders"
PRESET = Path(erp_connect.__file__).parent / "presets" / "shopify" / "preset.json"
TOKEN = "shpat_benchmark"
# The first part, by which memory is compared.
EARLY_SHARE = 10
PATIENCE = 900


@dataclass
class Found:
	"""used: share of the points that the shop gave, from the first query to the last, which were spent.

	early_mb, peak_mb: most memory of a job up to the first tenth of the orders, and in all. lost, doubles: orders.
	"""

	orders: int
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
		self.spent, self.first, self.last = 0, 0.0, 0.0
		start = datetime(2026, 1, 1, tzinfo=timezone.utc)
		order = fixture("order")
		for number in range(orders):
			id_ = f"gid://shopify/Order/{1_000_000 + number}"
			changed = f"{start + timedelta(seconds=number):%Y-%m-%dT%H:%M:%SZ}"
			self.records["orders"][id_] = {
				**order, "id": id_, "legacyResourceId": str(1_000_000 + number), "updatedAt": changed
			}  # fmt: skip

	def answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
		found = super().answer(query, variables)
		self.last = time.monotonic()
		self.first = self.first or self.last
		self.spent += (found.get("extensions", {}).get("cost", {}).get("actualQueryCost")) or 0
		return found

	@property
	def given(self) -> float:
		"""Points that could be spent."""
		return BUCKET + self.restore * (self.last - self.first)


def measure(orders: int) -> Found:
	"""Pull so many orders with one worker."""
	shop = Shop(orders)
	try:
		_set_up(shop)
		early = peak = 0
		with pulls.worker("long") as worker:
			PULL.wake(FLOW)
			end = time.monotonic() + PATIENCE
			while (fetched := _fetched()) is not None:
				if time.monotonic() > end:
					raise TimeoutError(f"{fetched} of {orders} orders within {PATIENCE} s")
				resident = max((pulls.resident(child) for child in pulls.children(worker.pid)), default=0)
				peak = max(peak, resident)
				early = peak if fetched <= orders // EARLY_SHARE else early
				time.sleep(0.05)
		rows, unique = frappe.db.sql(
			"SELECT COUNT(*), COUNT(DISTINCT external_id) FROM `tabSync Log` WHERE field_mapping = %s", FLOW
		)[0]
		return Found(
			orders,
			shop.last - shop.first,
			shop.spent / shop.given,
			early / 1024,
			peak / 1024,
			orders - unique,
			rows - unique,
		)
	finally:
		shop.stop()


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
			"rows": [{"source": "id", "target": "id"}],
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
