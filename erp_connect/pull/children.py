"""Asks for records that lie below others: pages of parents, and for each parent the pages of its children.

A `ChildSource` goes the way of a `Source`; a page of parents is a page without records. Parents are records of a list
outside, or documents here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import frappe

from erp_connect.calls.fetcher import is_gone
from erp_connect.config.account import Account
from erp_connect.config.inflow import InFlow
from erp_connect.config.pulling import Pulling
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.errors import Whole
from erp_connect.core.paging import gaps
from erp_connect.core.paging import parents as nested
from erp_connect.core.paging.page import PagingError
from erp_connect.core.paging.parents import Documents, Parents
from erp_connect.jobs.steps import Steps
from erp_connect.pull.documents_here import DocumentList
from erp_connect.pull.source import MANY_PAGES, Page, Source
from erp_connect.pull.token_source import TokenSource

PARENTS_FIELD = "Parents in the answer"
GONE = (
	"{0} of the parents did not exist any more when their records were asked for. If they do exist, correct the path, "
	"then choose Actions → Pull Everything."
)
# What a refusal with a status of success is called.
REFUSALS = ("refused", "no_records")
UNKNOWN = (
	"Of {0} documents the source told nothing; the next run asks for them again. Choose other documents on the tab Pull "
	"if it never will. It said last: {1}"
)


def open_source(account: Account, pull: Pulling, flow: InFlow) -> Source:
	"""An open way to the records of a flow, by one list or by the parents of its records. Close it."""
	if isinstance(pull.parents, Documents):
		return SourceOfDocuments(account, pull, flow, pull.parents)
	if pull.parents:
		return ChildSource(account, pull, flow, pull.parents)
	return TokenSource(account, pull, flow) if pull.tokens else Source(account, pull, flow)


class ChildSource(Source):
	"""An open way to records that are children of others. Close it."""

	def __init__(self, account: Account, pull: Pulling, flow: InFlow, parents: Parents | Documents) -> None:
		super().__init__(account, pull, flow)
		self.list = self._list(parents)

	def _list(self, parents: Any) -> Source | DocumentList:
		return Source(
			self.account,
			replace(self.pull, request=parents.request, records=parents.records, changed=parents.changed),
			replace(self.flow, external_id=parents.identity),
			self.connection,
			PARENTS_FIELD,
		)

	def first(self, since: Any, largest: int = 0) -> dict:
		return nested.first(self.list.paging, since, largest=largest)

	def within(self, window: tuple[Any, Any]) -> None:
		super().within(window)
		if isinstance(self.list, Source):
			self.list.within(window)

	def wants(self, position: dict) -> bool:
		return not nested.is_listing(position) and not gaps.is_look(
			nested.child_position(self.paging, position)
		)

	def seen(self, position: dict) -> int:
		listing = nested.is_listing(position)
		return super().seen(position["list"] if listing else nested.child_position(self.paging, position))

	def ask(self, position: dict, parent: Any = None) -> Steps[Page]:
		"""The page at `position`, of parents or of children; see `Source.ask`."""
		if nested.is_listing(position):
			page = yield from self.list.ask(position["list"])
			# The time of a change is that of the parent where the children have none of their own.
			times = [] if self.pull.changed else page.times
			return Page(page.result, page.reason, parents=page.records, held=page.held, times=times)
		place = nested.child_position(self.paging, position)
		page = yield from super().ask(place, position["parents"][0])
		if page.reason and self._is_passed_over(page, position):
			return Page(page.result, gone=True, said=page.reason.text)
		return replace(page, total=0)  # of one parent

	def _is_passed_over(self, page: Page, position: dict) -> bool:
		# Where other parents were answered, the address is right and this one is gone.
		return is_gone(page.result) and position["answered"]

	def following(self, position: dict, page: Page) -> dict | None:
		after = self._after(position, page)
		return None if nested.is_over(after) else after

	def again(self, position: dict, page: Page, start: dict) -> tuple[dict | None, bool]:
		"""Each list is repeated for itself, so the whole never is; whether one stays in doubt."""
		return None, self._after(position, page)["in_doubt"]

	def remark(self, position: dict, page: Page) -> str:
		after = self._after(position, page)
		told = [frappe._(GONE).format(after["gone"])] if after["gone"] else []
		return " ".join([*told, frappe._(MANY_PAGES)] if after["too_long"] else told)

	def _after(self, position: dict, page: Page) -> dict:
		if page.gone:
			return nested.without_parent(position, page.said)
		if nested.is_listing(position):
			found = [parent for parent in page.parents if parent is not None]
			return nested.after_list(self.list.paging, position, self.list.facts(page), found)
		return nested.after_children(self.paging, position, self.facts(page))


class SourceOfDocuments(ChildSource):
	"""An open way to records that are asked for by documents here. Close it.

	What the source does not know of one document, or refuses, must not keep back those of the others.
	"""

	def _list(self, parents: Documents) -> DocumentList:
		return DocumentList(self.account, parents)

	def _is_passed_over(self, page: Page, position: dict) -> bool:
		refused = page.result.outcome.kind == outcomes.FINAL or page.reason.code in REFUSALS
		return refused or is_gone(page.result)

	def following(self, position: dict, page: Page) -> dict | None:
		after = self._after(position, page)
		if not nested.is_over(after):
			return after
		if after["gone"] and not after["answered"]:
			raise PagingError(
				"Of none of {count} documents the source told anything. Correct the path, or choose other documents (tab "
				"Pull). It said last: {said}",
				code="no_document_known",
				count=after["gone"],
				said=Whole(after["said"]),
			)
		return None

	def remark(self, position: dict, page: Page) -> str:
		after = self._after(position, page)
		return frappe._(UNKNOWN).format(after["gone"], after["said"]) if after["gone"] else ""
