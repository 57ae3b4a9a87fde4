"""The page fields of a flow, made a `Paging`.

	paging                one of `core.paging.STYLES`
	page_size             records asked for per page; empty or 0 leaves it to the source
	page_size_parameter   name that carries the size; empty is the usual name of the style, `-` sends none
	page_parameter        name that carries the offset, page number, cursor or id; likewise
	page_place            Query, Header or Body; in Body the names are paths such as paging.offset. Not asked for
	                      where pages are addresses, nor for GraphQL, whose variables they are
	page_start            position of the first page, for Offset and Page; empty: 0 and 1
	page_next             expression for the next address or cursor, or `header:X-Next`; for a GraphQL cursor
	                      it leads to pageInfo, or to the cursor itself
	page_more             expression that is true while there are more pages
	page_total            expression for the total, or `header:X-Total`; it counts records, unless `pages:` stands
	                      before it: `pages:meta.total_pages`, `pages:header:X-WP-TotalPages`

Promises: what cannot work is refused here, in words that say what to write. Never asks the source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ConfigurationError, ConnectError, Whole
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.paging import page as styles
from erp_connect.core.paging.page import PLACES, STYLES, Paging
from erp_connect.core.problems import Problem, from_error
from erp_connect.core.values.paths import parse_path

MAX_SIZE = 100_000
HEADER = "header:"
PAGES = "pages:"
NOT_SENT = "-"

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_NUMBER = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(frozen=True)
class _Usual:
	"""What a style uses when nothing is written."""

	parameter: str = ""
	size: str = ""
	start: int | None = None
	more: str = ""
	total: str = ""


# Names that are in wide use. Where systems agree least, the presets of those who have them cite them as sources.
_USUAL = {
	styles.NONE: _Usual(),
	styles.OFFSET: _Usual("offset", "limit", 0),
	styles.PAGE: _Usual("page", "per_page", 1),
	styles.LINK_HEADER: _Usual(),
	styles.NEXT_URL: _Usual(),
	styles.BODY_CURSOR: _Usual("cursor", "limit"),
	styles.HEADER_CURSOR: _Usual("cursor", "limit"),
	styles.GRAPHQL_CURSOR: _Usual("after", "first"),
	styles.SEARCH_CRITERIA: _Usual(
		"searchCriteria[currentPage]", "searchCriteria[pageSize]", 1, total="total_count"
	),
	styles.LAST_ID: _Usual("starting_after", "limit", more="has_more"),
	styles.CHANGED_SINCE: _Usual("offset", "limit"),
}
_BY_NEXT = (styles.NEXT_URL, styles.BODY_CURSOR, styles.HEADER_CURSOR, styles.GRAPHQL_CURSOR)
_NEEDS_NEXT = _BY_NEXT[:3]
_NEEDS_PARAMETER = (
	styles.OFFSET,
	styles.PAGE,
	styles.BODY_CURSOR,
	styles.HEADER_CURSOR,
	styles.GRAPHQL_CURSOR,
	styles.SEARCH_CRITERIA,
	styles.LAST_ID,
)
_BY_ADDRESS = (styles.LINK_HEADER, styles.NEXT_URL)
_STARTED = (styles.OFFSET, styles.PAGE)


def paging_from(values: Mapping[str, Any]) -> Paging:
	"""How the source of a flow is paged, from the fields above. Raises ConfigurationError for the first problem."""
	paging, problems = _read(values)
	if problems:
		raise ConfigurationError(
			problems[0].template, code=problems[0].code, field=problems[0].field, **problems[0].params
		)
	return paging


def check(values: Mapping[str, Any]) -> list[Problem]:
	"""Everything that is wrong with the fields, each problem with the field at fault and no row."""
	return _read(values)[1]


def _read(values: Mapping[str, Any]) -> tuple[Paging, list[Problem]]:
	reader = _Reader(values)
	return reader.paging(), reader.problems


class _Reader:
	"""Reads the fields one by one and keeps what is wrong with them."""

	def __init__(self, values: Mapping[str, Any]) -> None:
		self.values = values
		self.problems: list[Problem] = []
		self.style = self.text("paging") or styles.NONE
		self.usual = _USUAL.get(self.style, _Usual())

	def paging(self) -> Paging:
		if self.style not in STYLES:
			self.refuse(
				"paging",
				"{style} is not a way to turn pages. Choose one of: {known}.",
				style=self.style,
				known=Whole(", ".join(STYLES)),
			)
			return Paging()
		if self.style == styles.NONE:
			return Paging()
		next_header, next_ = self.next()
		total_is_pages, total_header, total = self.total()
		size_parameter = self.name("page_size_parameter", self.usual.size)
		self.check_changed_since(size_parameter)
		return Paging(
			style=self.style,
			size=self.size(),
			size_parameter=size_parameter,
			parameter=self.parameter(),
			place=self.place(),
			start=self.start(),
			next=next_,
			next_header=next_header,
			more=self.expression("page_more", self.text("page_more") or self.usual.more),
			total=total,
			total_header=total_header,
			total_is_pages=total_is_pages,
		)

	def refuse(self, field: str, template: str, **params: Any) -> None:
		self.problems.append(Problem(None, field, "paging", template, params))

	def text(self, field: str) -> str:
		value = self.values.get(field)
		return "" if value is None else str(value).strip()

	def name(self, field: str, usual: str) -> str:
		"""The name of a parameter; in the body it must be a path, in a header the name of one."""
		written = self.text(field) or usual
		if written in ("", NOT_SENT):
			return ""
		if self.place() == "Body":
			self.attempt(field, lambda: parse_path(written))
		elif self.place() == "Header" and not _HEADER_NAME.fullmatch(written):
			self.refuse(field, "{name} is not the name of a header.", name=written)
		return written

	def parameter(self) -> str:
		written = self.name("page_parameter", self.usual.parameter)
		if not written and self.style in _NEEDS_PARAMETER:
			self.refuse(
				"page_parameter",
				"Pages turned by {style} need the parameter that carries the position. Write its name.",
				style=self.style,
			)
		return written

	def place(self) -> str:
		# The cursor of a GraphQL query is a variable of it, whatever is chosen.
		if self.style == styles.GRAPHQL_CURSOR:
			return "Body"
		if self.style in _BY_ADDRESS:
			return "Query"
		written = self.text("page_place") or "Query"
		if written in PLACES:
			return written
		if not any(problem.field == "page_place" for problem in self.problems):
			self.refuse("page_place", "{place} is no place for a parameter.", place=written)
		return "Query"

	def size(self) -> int:
		written = self.text("page_size") or "0"
		if not _NUMBER.fullmatch(written) or int(written) > MAX_SIZE:
			self.refuse(
				"page_size",
				"The page size {size} is not a number from 0 to {limit}.",
				size=written,
				limit=MAX_SIZE,
			)
			return 0
		return int(written)

	def start(self) -> int | None:
		written = self.text("page_start")
		if not written or self.style not in _STARTED:
			return self.usual.start
		if not _NUMBER.fullmatch(written):
			self.refuse("page_start", "The first page {start} is not a number such as 0 or 1.", start=written)
			return self.usual.start
		return int(written)

	def next(self) -> tuple[str, Expression | None]:
		if self.style not in _BY_NEXT:
			return "", None
		written = self.text("page_next")
		if not written and self.style in _NEEDS_NEXT:
			self.refuse(
				"page_next",
				"Pages turned by {style} need the place of the next one in the answer. "
				"Write an expression such as paging.next, or header:X-Next-Cursor.",
				style=self.style,
			)
		if written.startswith(HEADER) or (written and self.style == styles.HEADER_CURSOR):
			return self.header("page_next", written), None
		return "", self.expression("page_next", written)

	def total(self) -> tuple[bool, str, Expression | None]:
		written = self.text("page_total") or self.usual.total
		is_pages = written.startswith(PAGES)
		written = written.removeprefix(PAGES).strip()
		if written.startswith(HEADER):
			return is_pages, self.header("page_total", written), None
		return is_pages, "", self.expression("page_total", written)

	def header(self, field: str, written: str) -> str:
		name = written.removeprefix(HEADER).strip()
		if not _HEADER_NAME.fullmatch(name):
			self.refuse(field, "{name} is not the name of a header.", name=name or '""')
		return name

	def expression(self, field: str, written: str) -> Expression | None:
		return self.attempt(field, lambda: compile_expression(written)) if written else None

	def attempt(self, field: str, work: Any) -> Any:
		try:
			return work()
		except ConnectError as error:
			found = from_error(error)
			self.problems.append(Problem(None, field, found.code, found.template, found.params))
			return None

	def check_changed_since(self, size_parameter: str) -> None:
		if self.style != styles.CHANGED_SINCE:
			return
		if size_parameter and self.size() == 1:
			self.refuse("page_size", "Pages turned by Changed since need at least 2 records each.")
		if "changed_expression" in self.values and not self.text("changed_expression"):
			self.refuse(
				"changed_expression",
				"Pages turned by Changed since need the time of the last change. Write where a record holds it.",
			)
