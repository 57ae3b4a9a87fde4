"""Asks for records that lie below others: pages of parents, and for each parent the pages of its children.

A `ChildSource` goes the way of a `Source`; a page of parents is a page without records.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import frappe

from erp_connect.calls.fetcher import is_gone
from erp_connect.config.account import Account
from erp_connect.config.inflow import InFlow
from erp_connect.config.pulling import Pulling
from erp_connect.core.paging import parents as nested
from erp_connect.core.paging.parents import Parents
from erp_connect.jobs.steps import Steps
from erp_connect.pull.source import Page, Source

PARENTS_FIELD = "Parents in the answer"
GONE = (
	"{0} of the parents did not exist any more when their records were asked for. If they do exist, correct the path, "
	"then choose Actions → Pull Everything."
)


def open_source(account: Account, pull: Pulling, flow: InFlow) -> Source:
	"""An open way to the records of a flow, by one list or by the parents of its records. Close it."""
	return ChildSource(account, pull, flow, pull.parents) if pull.parents else Source(account, pull, flow)


class ChildSource(Source):
	"""An open way to records that are children of others. Close it."""

	def __init__(self, account: Account, pull: Pulling, flow: InFlow, parents: Parents) -> None:
		super().__init__(account, pull, flow)
		self.list = Source(
			account,
			replace(pull, request=parents.request, records=parents.records, changed=parents.changed),
			replace(flow, external_id=parents.identity),
			self.connection,
			PARENTS_FIELD,
		)

	def first(self, since: Any, largest: int = 0) -> dict:
		return nested.first(self.list.pull.request.paging, since, largest=largest)

	def wants(self, position: dict) -> bool:
		return not nested.is_listing(position)

	def ask(self, position: dict, parent: Any = None) -> Steps[Page]:
		"""The page at `position`, of parents or of children; see `Source.ask`."""
		if nested.is_listing(position):
			page = yield from self.list.ask(position["list"])
			# The time of a change is that of the parent where the children have none of their own.
			times = [] if self.pull.changed else page.times
			return Page(page.result, page.reason, parents=page.records, held=page.held, times=times)
		place = nested.child_position(self.pull.request.paging, position)
		page = yield from super().ask(place, position["parents"][0])
		if page.reason and is_gone(page.result) and position["answered"]:
			# Other parents were answered, so the address is right and this one is gone.
			return Page(page.result, gone=True)
		return replace(page, total=0)  # of one parent

	def following(self, position: dict, page: Page) -> dict | None:
		after = self._after(position, page)
		return None if nested.is_over(after) else after

	def again(self, position: dict, page: Page, start: dict) -> tuple[dict | None, bool]:
		"""Each list is repeated for itself, so the whole never is; whether one stays in doubt."""
		return None, self._after(position, page)["in_doubt"]

	def remark(self, position: dict, page: Page) -> str:
		gone = self._after(position, page)["gone"]
		return frappe._(GONE).format(gone) if gone else ""

	def _after(self, position: dict, page: Page) -> dict:
		if page.gone:
			return nested.without_parent(position)
		if nested.is_listing(position):
			paging = self.list.pull.request.paging
			found = [parent for parent in page.parents if parent is not None]
			return nested.after_list(paging, position, self.list.facts(page), found)
		return nested.after_children(self.pull.request.paging, position, self.facts(page))
