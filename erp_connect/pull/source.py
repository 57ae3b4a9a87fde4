"""Asks a source for one page of records and reads the answer. Stores nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import frappe

from erp_connect.calls import connection as connections
from erp_connect.calls.exchange import Connection, Reader, Result
from erp_connect.config import inputs
from erp_connect.config.account import Account
from erp_connect.config.inflow import InFlow
from erp_connect.config.pulling import Pulling
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.paging import gaps, walk, windows
from erp_connect.core.paging import request as pull_request
from erp_connect.core.paging.page import Paging
from erp_connect.core.paging.parents import PARENT
from erp_connect.core.paging.unfiltered import unfiltered
from erp_connect.core.parse.answer import EMPTY, ROWS, Answer, read_answer, read_row_answer, remote_message
from erp_connect.core.parse.limits import Limits
from erp_connect.core.payload.serialise import serialise
from erp_connect.core.values import dates
from erp_connect.jobs.steps import Steps
from erp_connect.messages import translate
from erp_connect.pull import failure
from erp_connect.pull.failure import Reason
from erp_connect.records import identity

PAGE_BYTES = 16 * 1024 * 1024
# Names and values of one line of JSON lines.
ROW_KEYS = 10_000
MANY_PAGES = (
	"The list has so many pages that they were not looked at a second time: if the source removed or changed records during"
	" this walk, others may have been missed. Choose Actions → Compare Both Sides afterwards, turn pages by a cursor, the last"
	" id or the time of change, or choose Actions → Load in Windows."
)
RECORDS_FIELD = "Records in the answer"
TOO_LONG = "The answer is longer than {0} MB, so it was not read to its end. Ask for fewer records per page."
NO_LIST = (
	"The answer holds no records where flow {flow} looks for them ({expression}). Correct {label}, "
	"on the tab Pull."
)
NOTHING_THERE = (
	"The answer holds no records where flow {flow} looks for them ({expression}). Correct {label}, "
	"on the tab Pull; if the source gives nothing there for an empty list, write {expression} || `[]`."
)
# As a source writes it that broke off: an empty list says so, or has the status 204.
BLANK = (
	"The answer is blank (status {0}), which is no empty list: a source that fails may answer so. If it means that there are no "
	"records, add a row to What answers mean: status {0}, and if header:Content-Length = 0, Nothing to do."
)
NO_CONTENT = 204
GRAPHQL_ERRORS = "The source reports errors in the answer to the query: {0}"


class NoRecords(ConnectError):
	"""The answer does not hold what the flow expects."""

	default_code = "no_records"


@dataclass
class Page:
	"""result: None where nothing had to be asked. reason: why there is no page; None when there is one. changed: change time of each record, where known.

	total: number of records that the source says there are, 0 when it does not. held: what the page held before the
	flow's expression left something out; by that, pages are turned. times: change times that the next run may begin at.
	parents: of a page that holds those of the records, instead of records. gone: the parent that was asked for does
	not exist any more, or the source refuses to tell of it; said: its words.
	"""

	result: Result | None
	reason: Reason | None = None
	records: list[Any] = field(default_factory=list)
	changed: list[Any] = field(default_factory=list)
	total: int = 0
	held: list[Any] = field(default_factory=list)
	times: list[Any] = field(default_factory=list)
	parents: list[Any] = field(default_factory=list)
	gone: bool = False
	said: str = ""


class Source:
	"""An open way to the records of a flow. Close it.

	records_field: label of the field that says where the records stand.
	"""

	def __init__(
		self,
		account: Account,
		pull: Pulling,
		flow: InFlow,
		connection: Connection | None = None,
		records_field: str = RECORDS_FIELD,
	) -> None:
		self.account = account
		self.pull = pull
		self.flow = flow
		self.records_field = records_field
		self.window: tuple[Any, Any] = (None, None)
		self.connection = connection or _connection(account)

	@property
	def paging(self) -> Paging:
		return self.pull.request.paging

	def close(self) -> None:
		self.connection.close()

	def within(self, window: tuple[Any, Any]) -> None:
		"""Ask only for records between these times from now on."""
		self.window = window

	def first(self, since: Any, largest: int = 0) -> dict:
		"""The position before the first page, of changes since then, or of everything for None."""
		return walk.first(self.pull.request.paging, since, largest=largest)

	def sample(self, since: Any) -> dict:
		"""The position before a page that shows what the source gives; as `first`."""
		return self.first(since)

	def resumed(self, position: dict) -> dict:
		"""Where a walk goes on that was interrupted at `position`."""
		return position

	def reached(self, position: dict, page: Page, high: Any, since: Any) -> Any:
		"""From when the next walk asks, after one from `since` that ended with `page` and saw `high` as the latest time."""
		return high

	def ask(self, position: dict, parent: Any = None) -> Steps[Page]:
		"""The page at `position`. parent: whose children are asked for; each record carries it as `_parent`.

		Never raises for anything the outside does; raises `ConnectError` for a request that cannot be built.
		"""
		context = self._context(position.get("since"))
		if parent is not None:
			context[PARENT] = parent
		request = pull_request.build(self.pull.request, context, position, self.connection.base_url)
		body, content_type = serialise(request.body) if request.body is not None else (b"", "")
		result = yield from self._exchange(request.method, request.path, body, content_type, request.headers)
		return self._read(position, result, parent)

	def _exchange(
		self,
		method: str,
		path: str,
		body: bytes = b"",
		content_type: str = "",
		headers: Mapping[str, str] | None = None,
	) -> Steps[Result]:
		how = {"flow": None, "creates": False, "headers": headers or {}, "reader": self._reader}
		return (yield from self.connection.exchange(method, path, body, content_type, "", **how))

	@property
	def _reader(self) -> Reader:
		if self.pull.rows is None:
			return read_answer
		limits = Limits(max_bytes=PAGE_BYTES, max_keys=ROW_KEYS, max_items=ROW_KEYS, gzip=True)
		return partial(read_row_answer, form=self.pull.rows, limits=limits)

	def following(self, position: dict, page: Page) -> dict | None:
		"""The position after `page`; None at the end. Raises `PagingError` when the source leads nowhere."""
		return walk.advance(self.pull.request.paging, position, self.facts(page))

	def wants(self, position: dict) -> bool:
		"""Whether records are asked for at `position`, and not only what leads to them, or what was had already."""
		return not gaps.is_look(position)

	def seen(self, position: dict) -> int:
		"""How many records lie behind `position` in the list that is asked for there."""
		return position.get("seen", 0)

	def mark(self, page: Page) -> Any:
		"""What asks for changes from then on, by the source's own word; None where times of change tell."""
		return None

	def is_expired(self, position: dict, page: Page) -> bool:
		"""Whether the source refused a page since it does not know any more what changes were asked from."""
		return False

	def remark(self, position: dict, page: Page) -> str:
		"""What a person should know of a walk that ends with `page`."""
		too_long = gaps.is_too_long(self.pull.request.paging, position, self.facts(page))
		return frappe._(MANY_PAGES) if too_long else ""

	def again(self, position: dict, page: Page, start: dict) -> tuple[dict | None, bool]:
		"""For a walk that ends with `page`: from where it goes on, and whether it stays in doubt.

		It is repeated because the source lost records meanwhile, unless that was done often enough; where nothing tells of
		that, the pages that were read are looked at once more. start: the position before the first page.
		"""
		facts = self.facts(page)
		if not gaps.missed(self.pull.request.paging, position, facts):
			return None if gaps.is_look(position) else gaps.second_look(position, facts), False
		following = gaps.repeated(position, start)
		return following, following is None

	def facts(self, page: Page) -> walk.PageFacts:
		"""What `core.paging` needs to know of a page to go on from it."""
		return walk.PageFacts(
			data=page.result.answer.data,
			headers=page.result.raw_headers,
			records=page.held,
			changed=[self.changed_of(record) for record in page.held] if self.pull.changed else [],
			ids=[_id_or_none(self.flow, record) for record in page.held],
			base_url=self.connection.base_url,
			url=page.result.asked,
			proof=page.result.proof,
		)

	def _context(self, since: Any) -> dict[str, Any]:
		return {
			"since": since,
			"until": self._now().isoformat(timespec="seconds"),
			windows.START: self.window[0],
			windows.END: self.window[1],
			"page_size": self.pull.request.paging.size,
			"account": {"name": self.account.name, "company": self.account.company},
			inputs.IN_TEMPLATES: dict(self.account.inputs),
		}

	def _now(self) -> dt.datetime:
		"""The time as the clocks of the outside show it, which its times without an offset are in."""
		now = dt.datetime.now(dt.timezone.utc)
		return dates.in_zone(now, "UTC", self.account.time_zone).replace(tzinfo=None)

	def _read(self, position: dict, result: Result, parent: Any) -> Page:
		if result.outcome.kind == outcomes.NOTHING:
			return Page(result)
		if reason := self._unusable(result):
			return Page(result, reason)
		answer = result.answer
		if self.pull.request.graphql and isinstance(answer.data, dict) and answer.data.get("errors"):
			# What came beside errors may lack records.
			said = self.connection.redactor.text(remote_message(answer.data))
			return Page(result, Reason("refused", frappe._(GRAPHQL_ERRORS).format(said or "-")))
		try:
			records = self._records(answer)
		except ConnectError as error:
			return Page(result, failure.reason_of(error))
		held = [_beside(parent, record) for record in self._unfiltered(answer.data, records)]
		records = [_beside(parent, record) for record in records]
		changed = [self.changed_of(record) for record in records]
		page = Page(result, None, records, changed, held=held, times=changed)
		page.total = walk.expected(self.pull.request.paging, position, self.facts(page)) or 0
		return page

	def _unusable(self, result: Result) -> Reason | None:
		"""Why nothing can be read of an answer; None where it can."""
		if result.outcome.kind != outcomes.DELIVERED:
			return failure.of_outcome(result.outcome)
		if result.cut:
			text = frappe._(TOO_LONG).format(self.connection.client.max_response_bytes // 2**20)
			return Reason("answer_cut", text)
		if result.answer.kind == EMPTY and self.pull.rows is None and result.status != NO_CONTENT:
			return Reason("unexpected_content", frappe._(BLANK).format(result.status))
		if not result.answer.structured and result.answer.kind not in (EMPTY, ROWS):
			return self._unreadable(result.answer)
		return None

	def _unreadable(self, answer: Answer) -> Reason:
		if self.pull.rows is None:
			return Reason(
				"unexpected_content",
				frappe._("The answer is not JSON or XML. Check path and authentication."),
			)
		text = frappe._("The answer is not {0}. Check path, authentication and format (tab Pull).")
		why = translate(answer.error) if answer.error else ""
		return Reason("unexpected_content", f"{text.format(self.pull.rows.kind)} {why}".strip())

	def _records(self, answer: Answer) -> list[Any]:
		if answer.kind == EMPTY:
			return []
		found = self.pull.records.search(answer.data) if self.pull.records else answer.data
		if found is None:
			raise self._no_records(NOTHING_THERE)
		if not isinstance(found, list | dict):
			raise self._no_records(NO_LIST)
		return found if isinstance(found, list) else [found]

	def _unfiltered(self, data: Any, records: list[Any]) -> list[Any]:
		found = unfiltered(self.pull.records, data) if self.pull.records else None
		return records if found is None else found

	def _no_records(self, template: str) -> NoRecords:
		return NoRecords(
			template,
			flow=self.flow.name,
			expression=self.pull.records.text if self.pull.records else "-",
			label=Whole(frappe._(self.records_field)),
		)

	def changed_of(self, record: Any) -> Any:
		"""The change time of a record; None where it cannot be told."""
		try:
			found = self.pull.changed.search(record) if self.pull.changed else None
		except ConnectError:
			return None
		return found if isinstance(found, str | int | float) and not isinstance(found, bool) else None


def _connection(account: Account) -> Connection:
	settings = frappe.get_cached_doc("Integration Settings", account.name)
	return connections.open_connection(settings, account, PAGE_BYTES)


def _beside(parent: Any, record: Any) -> Any:
	"""A record with its parent, where it has one."""
	return record if parent is None or not isinstance(record, dict) else {**record, PARENT: parent}


def _id_or_none(flow: InFlow, record: Any) -> str | None:
	try:
		return identity.identify(flow, record)
	except ConnectError:
		return None
