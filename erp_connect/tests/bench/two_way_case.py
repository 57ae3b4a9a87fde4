"""One kind of record in a shop and in ERPNext, changed on both sides: the base of tests of two-way flows.

`push`, `fetch` and `work` do in this process what the workers would.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import frappe

from erp_connect.core.mapping.merge import HOLD
from erp_connect.inbound import process
from erp_connect.pull import run
from erp_connect.store import sync_cursor
from erp_connect.store.transactions import read_committed
from erp_connect.tests.base import ConnectTestCase
from erp_connect.tests.bench import factories as make
from erp_connect.tests.bench import services
from erp_connect.tests.fakes.shop import PAGES, Shop

FLOW = "Customers both ways"
KIND = "customers"
ROWS = {"name": "customer_name", "tax": "tax_id", "site": "website"}
SINGLE = {"fetch_path": "/customers/{external_id}", "fetch_result": "data", "fetch_each": 0}
BLIND = {"inbound_version_expression": "", "answer_version_expression": ""}


def mapped() -> list[dict]:
	"""The rows of the flow, where nothing else is said."""
	return [make.row(field, name) for name, field in ROWS.items()]


class BusyShop(Shop):
	"""A shop that refuses requests, or to which something happens while it answers one."""

	def __init__(self) -> None:
		super().__init__()
		self.refused: dict[str, int] = {}
		self.before_answer: dict[str, Callable[[Any], None]] = {}

	def refuse(self, method: str, status: int) -> None:
		"""Answer the next request of this method with `status`, once."""
		self.refused[method] = status

	def before_answering(self, method: str, what: Callable[[Any], None]) -> None:
		"""Let `what` happen once, after the next request of this method was carried out and before it is answered.

		It is called with the record.
		"""
		self.before_answer[method] = what

	def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
		if status := self.refused.pop(method, None):
			return status, {"message": "not now"}
		code, answer = deepcopy(super().answer(method, path, query, body))
		if what := self.before_answer.pop(method, None):
			what(answer["data"])
		return code, answer


def elsewhere(site: str, what: Callable[[], Any]) -> Any:
	"""Run `what` with a connection of its own, as another worker would. Commits."""
	done: list[Any] = []

	def work() -> None:
		with read_committed():
			frappe.set_user("Administrator")
			done.append(what())
			frappe.db.commit()

	services.on_site(site, work)
	return done[0]


class TwoWayShopCase(ConnectTestCase):
	"""`self.shop` has customers; `flow` connects them with those of ERPNext, by HOLD where nothing else is said."""

	def setUp(self) -> None:
		super().setUp()
		self.site_name = frappe.local.site
		self.shop = self.new_shop()
		self.addCleanup(self.shop.stop)
		make.account(self.shop.url, breaker_threshold=0)

	def new_shop(self) -> BusyShop:
		return BusyShop()

	def flow(self, policy: str = HOLD, rows: list[dict] | None = None, **values: Any):
		doc = make.flow(
			"Customer",
			make.rest("/customers"),
			rows or mapped(),
			**{
				"name": FLOW,
				"direction": "Both",
				"remote_entity": KIND,
				"external_id_expression": "data.id",
				"answer_version_expression": "data.version",
				"inbound_id_expression": "id",
				"inbound_version_expression": "version",
				"conflict_policy": policy,
				"send_nulls": 1,
				"pull_path": "/customers",
				**PAGES,
				**values,
			},
		)
		self.commit()
		return doc

	def linked(self, **values: Any):
		"""A customer that both sides have. Returns it, and its id in the shop."""
		doc = make.customer(**values)
		self.push()
		return doc.reload(), self.link(doc).external_id

	def edited(self, policy: str = HOLD, **values: Any):
		"""As `linked`, by a new flow, and changed here since: the outside has not heard of it."""
		self.flow(policy, **values)
		doc, id_ = self.linked(tax_id="0")
		self.edit(doc, tax_id="here")
		return doc, id_

	def conflict(self):
		"""As `edited`, and changed outside as well: it waits for a person."""
		doc, id_ = self.edited()
		self.shop.change(KIND, id_, tax="there")
		self.pull()
		return doc, id_

	def link(self, doc):
		return self.links(document_name=doc.name, integration=make.ACCOUNT)[0]

	def elsewhere(self, what: Callable[[], Any]) -> Any:
		return elsewhere(self.site_name, what)

	def push(self) -> None:
		self.deliver()

	def fetch(self) -> None:
		sync_cursor.make_due(FLOW)
		self.commit()
		run.run(FLOW)

	def work(self) -> None:
		self.commit()
		process.process(make.ACCOUNT)

	def pull(self) -> None:
		self.fetch()
		self.work()

	def cycles(self, count: int = 3) -> None:
		for _ in range(count):
			self.later(3600)
			self.push()
			self.pull()

	def edit(self, doc, **values: Any) -> None:
		doc.reload()
		doc.update(values)
		doc.save()
		self.commit()

	def here(self, doc) -> tuple:
		frappe.db.rollback()
		values = frappe.db.get_value("Customer", doc.name, list(ROWS.values()), as_dict=True)
		return values.tax_id or "", values.website or ""

	def there(self, id_: str) -> tuple:
		record = self.shop.things[KIND][id_]
		return record.get("tax") or "", record.get("site") or ""

	def assert_sides(self, doc, id_: str, *values: str) -> None:
		self.assertEqual((self.here(doc), self.there(id_)), (values, values), self.history())
