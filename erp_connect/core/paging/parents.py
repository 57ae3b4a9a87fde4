"""Records that lie below others: the list of their parents, and where a walk over both stands.

A list of parents is walked page by page, and the children of each are asked for, page by page, before the next one's.
The request for children may use `_parent`, and each child carries its parent under that name.

The fields of a flow, besides those of `core.paging.request` and `core.paging.settings`, which say how children are
asked for:

	parent_path, parent_parameters, parent_body, parent_graphql    the request for the list; no path: no parents
	parent_records       expression for the list in the answer; what it gives of a parent is its `_parent`
	parent_changed       expression for the time of the last change, in a parent
	parent_paged         whether pages of the list are turned, in the same way as those of the children
	parent_id            expression for the id in a parent, for pages turned by the last id
	parent_doctype, parent_filters    documents here that are the parents, instead of a list outside; `parent_records`
	                     says what is kept of each

Position: plain JSON. `list` is the place in the list, None once it was read to its end; `parents` those of the page
that was read last whose children are not all stored, the first of them at work; `child` the place among its children.

Promises: a parent is dropped from a position only with the last page of its children, so that a walk that is
interrupted anywhere goes on at the very page that was not stored. Never asks anything itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.paging import gaps, walk
from erp_connect.core.paging import page as styles
from erp_connect.core.paging.page import PageFacts, Paging, PagingError, Position
from erp_connect.core.paging.request import PullRequest, request_from

PARENT = "_parent"
# The fields of the list, by the field of the children that they stand for.
FIELDS = {
	"pull_path": "parent_path",
	"pull_parameters": "parent_parameters",
	"pull_body": "parent_body",
	"pull_graphql": "parent_graphql",
	"changed_expression": "parent_changed",
	"inbound_id_expression": "parent_id",
}
# Parents of one page that wait for their turn, as JSON: they are written with each page of children.
MAX_WAITING = 1_000_000
ROW_OF_FILTERS = 4


@dataclass(frozen=True)
class Parents:
	"""How the list of parents is asked for and read."""

	request: PullRequest
	records: Expression | None = None
	changed: Expression | None = None
	identity: Expression | None = None


@dataclass(frozen=True)
class Documents:
	"""Documents here for each of which records are asked for. filters: as Frappe's lists take them.

	records: what is kept of each, over a page of them.
	"""

	doctype: str
	filters: tuple[Any, ...]
	records: Expression | None


def has_parents(values: Mapping[str, Any]) -> bool:
	"""Whether a flow fetches children of parents, of a list outside or of documents here."""
	return has_list(values) or has_documents(values)


def has_list(values: Mapping[str, Any]) -> bool:
	return bool(str(values.get("parent_path") or "").strip())


def has_documents(values: Mapping[str, Any]) -> bool:
	return bool(values.get("parent_doctype"))


def parents_from(values: Mapping[str, Any]) -> Parents | Documents | None:
	"""The parents of a flow; None where it has none. Raises `ConnectError` as `request_from` and `filters_from`."""
	if has_documents(values):
		return Documents(
			values["parent_doctype"],
			filters_from(values.get("parent_filters")),
			_expression(values.get("parent_records")),
		)
	if not has_list(values):
		return None
	return Parents(
		request_from(values_of_list(values)),
		_expression(values.get("parent_records")),
		_expression(values.get("parent_changed")),
		_expression(values.get("parent_id")),
	)


def filters_from(text: Any) -> tuple[Any, ...]:
	"""Filters of a list of documents, from their JSON: rows of DocType, field, operator and value.

	Raises `ConfigurationError` for anything else.
	"""
	try:
		filters = json.loads(str(text or "").strip() or "[]")
	except ValueError:
		filters = None
	if not isinstance(filters, list) or not all(
		isinstance(row, list) and len(row) == ROW_OF_FILTERS for row in filters
	):
		raise ConfigurationError("The filters are damaged. Remove them and choose them anew.", code="filters")
	return tuple(filters)


def values_of_list(values: Mapping[str, Any]) -> dict[str, Any]:
	"""The fields of a flow as if the list of parents were what it fetches."""
	own = {field: values.get(parent) for field, parent in FIELDS.items()}
	paging = {} if values.get("parent_paged") else {"paging": styles.NONE}
	return {**values, **own, **paging}


def first(listing: Paging, since: Any = None, *, largest: int = 0) -> Position:
	"""The position before the first page of parents.

	since: change time to start from, None for everything. largest: children on the largest page of earlier walks.
	"""
	return {
		"since": since,
		"pages": 0,
		"largest": largest,
		"list": walk.first(listing, since),
		"parents": [],
		"child": None,
		"answered": False,
		"gone": 0,
		"in_doubt": False,
		"too_long": False,
	}


def is_listing(position: Position) -> bool:
	"""Whether the next page is one of parents."""
	return not position["parents"]


def child_position(paging: Paging, position: Position) -> Position:
	"""Where the walk stands among the children of the first parent that waits."""
	return position["child"] or walk.first(paging, position["since"], largest=position["largest"])


def after_list(listing: Paging, position: Position, page: PageFacts, found: list[Any]) -> Position:
	"""The position after a page of parents. found: those of the page whose children are wanted.

	Raises PagingError as `walk.advance`, and where they are too much to keep.
	"""
	if len(json.dumps(found)) > MAX_WAITING:
		raise PagingError(
			"The parents of one page take more than {limit} KB. Take only what is needed of each, for example "
			"{example} as Parents in the answer, or ask for fewer records per page.",
			code="parents",
			limit=MAX_WAITING // 1000,
			example="[].{id: id, name: name}",
		)
	following, in_doubt = _following(listing, position["list"], page, position["since"])
	if gaps.is_look(position["list"]) and not gaps.missed(listing, position["list"], page):
		found = []  # their children were asked for
	after = _counted(
		position, in_doubt, following is None and gaps.is_too_long(listing, position["list"], page)
	)
	return {**after, "list": following, "parents": found, "child": None}


def after_children(paging: Paging, position: Position, page: PageFacts) -> Position:
	"""The position after a page of children. Raises PagingError as `walk.advance`."""
	before = child_position(paging, position)
	following, in_doubt = _following(paging, before, page, position["since"])
	too_long = following is None and gaps.is_too_long(paging, before, page)
	after = {**_counted(position, in_doubt, too_long), "child": following, "answered": True}
	after["largest"] = max(after["largest"], len(page.records))
	return after if following else {**after, "parents": after["parents"][1:]}


def without_parent(position: Position, said: str = "") -> Position:
	"""The position when the parent at work is passed over: it does not exist any more, or cannot be asked for.

	said: what the source said of it.
	"""
	after = _counted(position, in_doubt=False)
	return {**after, "parents": after["parents"][1:], "child": None, "gone": after["gone"] + 1, "said": said}


def is_over(position: Position) -> bool:
	return not position["parents"] and position["list"] is None


def _following(paging: Paging, before: Position, page: PageFacts, since: Any) -> tuple[Position | None, bool]:
	"""The next place in a list, None at its end; and whether records may be missing although it is the end."""
	following = walk.advance(paging, before, page)
	if following is not None:
		return following, False
	if not gaps.missed(paging, before, page):
		return None if gaps.is_look(before) else gaps.second_look(before, page), False
	following = gaps.repeated(before, walk.first(paging, since))
	return following, following is None


def _counted(position: Position, in_doubt: bool, too_long: bool = False) -> Position:
	return {
		**position,
		"pages": position["pages"] + 1,
		"in_doubt": position["in_doubt"] or in_doubt,
		"too_long": position.get("too_long", False) or too_long,
	}


def _expression(text: Any) -> Expression | None:
	written = str(text or "").strip()
	return compile_expression(written) if written else None
