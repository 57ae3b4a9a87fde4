"""What the parts of a walk over pages hand to each other: how the source pages, what came, what is asked next.

Promises: plain values, and facts read from a page without guessing: a flag or a total that is not there, or
cannot be read, is unknown. Never decides whether there is another page (core.pagination does).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import Expression
from erp_connect.core.payload.serialise import fingerprint

NONE = "None"
OFFSET = "Offset"
PAGE = "Page"
LINK_HEADER = "Link header"
NEXT_URL = "Next URL"
BODY_CURSOR = "Body cursor"
HEADER_CURSOR = "Header cursor"
GRAPHQL_CURSOR = "GraphQL cursor"
SEARCH_CRITERIA = "searchCriteria"
LAST_ID = "Last id"
CHANGED_SINCE = "Changed since"
STYLES = (
	NONE,
	OFFSET,
	PAGE,
	LINK_HEADER,
	NEXT_URL,
	BODY_CURSOR,
	HEADER_CURSOR,
	GRAPHQL_CURSOR,
	SEARCH_CRITERIA,
	LAST_ID,
	CHANGED_SINCE,
)
PLACES = ("Query", "Header", "Body")

_NO = frozenset({"", "0", "false", "no", "n", "off"})
_PRINT_LENGTH = 16

Position = dict[str, Any]


class PagingError(ConnectError):
	"""The pages of a source cannot be walked: they repeat, contradict each other, or lead elsewhere."""

	default_code = "paging"


@dataclass(frozen=True)
class Paging:
	"""How a source is paged. `core.paging_settings.paging_from` makes one from the fields of a flow.

	style: one of `STYLES`. size: records asked for per page, 0 to leave it to the source.
	size_parameter, parameter: names that carry the size and the position; empty when they are not sent.
	place: one of `PLACES`, where both go; in "Body" the names are paths (`core.paths`).
	start: value of the position on the first page; None when the first page carries none.
	next: address or cursor of the next page, in the body. next_header: the same in a header of the answer.
	more: true while there are more pages, in the body.
	total, total_header: how many there are, in the body or in a header; of pages if `total_is_pages`.
	"""

	style: str = NONE
	size: int = 0
	size_parameter: str = ""
	parameter: str = ""
	place: str = "Query"
	start: int | None = None
	next: Expression | None = None
	next_header: str = ""
	more: Expression | None = None
	total: Expression | None = None
	total_header: str = ""
	total_is_pages: bool = False


@dataclass(frozen=True)
class PagePart:
	"""What a page adds to the request. body: values by path. url: the address the source itself gave; a path
	below the base address, or a whole address of the same origin. With it, no parameter is repeated.
	"""

	query: Mapping[str, str] = field(default_factory=dict)
	headers: Mapping[str, str] = field(default_factory=dict)
	body: Mapping[str, Any] = field(default_factory=dict)
	url: str = ""


@dataclass(frozen=True)
class PageFacts:
	"""What came back.

	data: the parsed body, None when it was empty. headers: of the answer, names in any case.
	records: the list on this page. changed: the change time of each, for `Changed since`. ids: the external id
	of each; may be empty for styles other than `Last id`. base_url: of the account. url: the address that was
	asked, which relative addresses in the answer refer to. proof: query parameters by which the account proved itself.
	"""

	data: Any = None
	headers: Mapping[str, str] = field(default_factory=dict)
	records: list[Any] = field(default_factory=list)
	changed: list[Any] = field(default_factory=list)
	base_url: str = ""
	ids: list[Any] = field(default_factory=list)
	url: str = ""
	proof: frozenset[str] = frozenset()

	def header(self, name: str) -> str:
		"""The value of a header, empty when there is none."""
		wanted = name.lower()
		return next((value for key, value in self.headers.items() if key.lower() == wanted), "")

	def print_of(self, place: int) -> str:
		"""A short mark of one record, by its id if it has one, and its change time."""
		known = self.ids[place] if place < len(self.ids) else None
		changed = self.changed[place] if place < len(self.changed) else None
		return mark([self.records[place] if known in (None, "") else str(known), changed])

	def print_of_all(self) -> str:
		"""A short mark of the page: equal for the same records in the same order."""
		whole = len(self.ids) == len(self.records) and not any(known in (None, "") for known in self.ids)
		return mark([str(known) for known in self.ids] if whole else self.records)


def mark(value: Any) -> str:
	"""A short text that is equal for equal JSON-like values."""
	return fingerprint(value)[:_PRINT_LENGTH]


def mark_text(text: str) -> str:
	"""A short text that is equal for equal texts, of any length."""
	return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_PRINT_LENGTH]


def more_flag(paging: Paging, page: PageFacts) -> bool | None:
	"""What the source says about further pages; None when it says nothing."""
	return truth(paging.more.search(page.data)) if paging.more else None


def truth(value: Any) -> bool | None:
	"""A flag as sources write it: true, 1, "true", "0" …; None for null."""
	if value is None:
		return None
	return value.strip().lower() not in _NO if isinstance(value, str) else bool(value)


def total_of(paging: Paging, page: PageFacts) -> int | None:
	"""The total of records, or of pages if `total_is_pages`; None when the page does not say."""
	if paging.total_header:
		return _count(page.header(paging.total_header))
	return _count(paging.total.search(page.data)) if paging.total else None


def says_more(paging: Paging, page: PageFacts, *, pages: int, covered: int) -> bool | None:
	"""Whether there are further records, by the flag or else the total; None when the source does not say.

	pages: how many were read, this one included. covered: how many records of the whole list lie behind.
	Raises PagingError when the first page alone holds more records than the total.
	"""
	flag = more_flag(paging, page)
	total = total_of(paging, page) if flag is None else None
	if total is None:
		return flag
	if paging.total_is_pages:
		return pages < total
	if pages == 1 and len(page.records) > total:
		raise PagingError(
			"The total of the source is {total}, but its first page holds {count} records. "
			"If the total counts pages, write pages: before it.",
			code="total",
			total=total,
			count=len(page.records),
		)
	# A total may count records that are never shown: an empty page is the end all the same.
	return bool(page.records) and covered < total


def counted(position: Position, page: PageFacts) -> Position:
	"""The position with this page counted in: pages, records seen, the largest page, empty pages in a row."""
	count = len(page.records)
	return {
		**position,
		"pages": position.get("pages", 0) + 1,
		"seen": position.get("seen", 0) + count,
		"most": max(position.get("most", 0), count),
		"empty": 0 if count else position.get("empty", 0) + 1,
	}


def is_short(after: Position, page: PageFacts) -> bool:
	"""Whether a page shows by its length that it is the last.

	It must be shorter than another page was: a source may give fewer records per page than it is asked for.
	"""
	return len(page.records) < max(after["most"], 1)


def size_is_honoured(paging: Paging, largest: int) -> bool:
	"""Whether a page that was read earlier shows that the source gives as many records as it is asked for."""
	return bool(paging.size and paging.size_parameter and largest >= paging.size)


def _count(value: Any) -> int | None:
	if isinstance(value, bool) or not isinstance(value, int | float | str):
		return None
	try:
		number = int(value)
	except (ValueError, OverflowError):
		return None
	return number if number >= 0 else None
