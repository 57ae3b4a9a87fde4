"""What is wrong with the request of a pull, before anything is asked.

Promises: every problem with the field, and for a parameter its row, so that Desk can show it there; templates that
use a name nobody fills, and pages that could never turn, are found here. Never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.expressions.parameters import HEADER_NAME, PLACES
from erp_connect.core.expressions.path_template import template_fields
from erp_connect.core.expressions.text_template import template_roots, texts_of
from erp_connect.core.paging import page as styles
from erp_connect.core.paging import settings, tokens, windows
from erp_connect.core.paging.page import Paging
from erp_connect.core.paging.parents import (
	FIELDS,
	PARENT,
	filters_from,
	has_documents,
	has_list,
	has_parents,
	values_of_list,
)
from erp_connect.core.paging.request import METHODS, PullRequest, parse_body, request_from
from erp_connect.core.problems import Problem, from_error

NAMES = frozenset({"since", "until", "page_size", "account", "input", tokens.NAME}) | windows.NAMES


@dataclass
class _Names:
	"""known: what templates may use. used: what they do use."""

	known: frozenset[str] = NAMES
	used: set[str] = field(default_factory=set)


def check_values(values: Mapping[str, Any]) -> list[Problem]:
	"""Everything wrong with the pull fields of a flow, those for pages, parents and windows included."""
	if not has_parents(values):
		names = _Names()
		found = _check_values(values, names)
		return [*found, *_check_windows(values, names.used), *tokens.check(values, names.used)]
	names, of_list = _Names(NAMES | {PARENT}), _Names()
	found = _check_values(values, names)
	if PARENT not in names.used and "*" not in names.used:
		found.append(
			_problem(
				"pull_path",
				"Nothing here uses {parent}, so each parent would be asked for the same records. Write for example "
				"{example}.",
				parent=PARENT,
				example="/products/{_parent.id}/variations",
			)
		)
	if has_documents(values):
		return [*found, *_check_documents(values), *tokens.check(values, names.used)]
	in_list = [_of_list(problem) for problem in _check_values(values_of_list(values), of_list)]
	found += [problem for problem in in_list if problem not in found]
	windowed = _check_windows(values, names.used | of_list.used)
	return [*found, *windowed, *tokens.check(values, names.used | of_list.used)]


def _check_values(values: Mapping[str, Any], names: _Names) -> list[Problem]:
	found = settings.check(values)
	# The request is looked at even if its pages cannot be turned.
	spec = request_from({**values, "paging": styles.NONE} if found else values)
	return found + _check(spec, names)


def _check_documents(values: Mapping[str, Any]) -> Iterator[Problem]:
	if has_list(values):
		yield _problem("parent_doctype", "Choose documents here or enter a path of the parents, not both.")
	if values.get("window_days"):
		yield _problem(
			"window_days", "Records of documents here are not loaded in windows. Leave the days empty."
		)
	if not str(values.get("parent_records") or "").strip():
		yield _problem(
			"parent_records",
			"Enter what is needed of each document, for example {example}: it is kept with each record, and a change of it "
			"makes the record news.",
			example="[].{name: name, number: tracking_number}",
		)
	try:
		filters_from(values.get("parent_filters"))
	except ConnectError as error:
		yield from_error(error, None, "parent_filters")


def _of_list(problem: Problem) -> Problem:
	"""A problem of the request for parents, at the field where it stands."""
	name = FIELDS["pull_parameters"] if problem.row else FIELDS.get(problem.field, problem.field)
	return replace(problem, field=name)


def _check(spec: PullRequest, names: _Names) -> list[Problem]:
	return [
		*_check_method(spec),
		*_check_path(spec, names),
		*_check_changes_path(spec, names),
		*_check_parameters(spec, names),
		*_check_body(spec, names),
		*_check_graphql(spec),
		*_check_since(spec.paging, names.used),
	]


def _check_method(spec: PullRequest) -> Iterator[Problem]:
	if spec.method not in METHODS:
		yield _problem("pull_method", "A pull asks by GET or POST, not by {method}.", method=spec.method)
	elif spec.method == "GET" and (spec.body or spec.graphql):
		field = "pull_graphql" if spec.graphql else "pull_body"
		yield _problem(field, "A GET request carries no body. Choose POST, or remove the body.")
	elif spec.method == "GET" and spec.paging.place == "Body":
		yield _problem("page_place", "A GET request carries no body. Send the position in the query.")


def _check_path(spec: PullRequest, names: _Names) -> Iterator[Problem]:
	yield from _check_template("pull_path", None, names, lambda: template_fields(spec.path))


def _check_changes_path(spec: PullRequest, names: _Names) -> Iterator[Problem]:
	if spec.changes_path == tokens.ADDRESS:
		names.used.add(tokens.NAME)
	elif spec.changes_path:
		yield from _check_template("changes_path", None, names, lambda: template_fields(spec.changes_path))


def _check_parameters(spec: PullRequest, names: _Names) -> Iterator[Problem]:
	for row, parameter in enumerate(spec.parameters, start=1):
		if not parameter.key:
			yield _problem("key", "The parameter has no name.", row)
		elif parameter.place not in PLACES:
			yield _problem("place", "{place} is no place for a parameter.", row, place=parameter.place)
		elif parameter.place == "Header" and not HEADER_NAME.fullmatch(parameter.key):
			yield _problem("key", "{name} is not the name of a header.", row, name=parameter.key)
		yield from _check_text("value", row, names, parameter.value)


def _check_body(spec: PullRequest, names: _Names) -> Iterator[Problem]:
	try:
		body = parse_body(spec.body)
	except ConnectError as error:
		yield from_error(error, None, "pull_body")
		return
	if body is not None and not isinstance(body, dict) and (spec.graphql or spec.paging.place == "Body"):
		yield _problem(
			"pull_body",
			"The body must be an object, {example}, so that names can be added to it.",
			example='{"name": "value"}',
		)
	for text in texts_of(body):
		yield from _check_text("pull_body", None, names, text)


def _check_graphql(spec: PullRequest) -> Iterator[Problem]:
	if spec.paging.style != styles.GRAPHQL_CURSOR:
		return
	name = spec.paging.parameter.removeprefix("variables.")
	if not spec.graphql:
		yield _problem("pull_graphql", "Pages turned by GraphQL cursor need a query. Write it.")
	elif name and f"${name}" not in spec.graphql:
		yield _problem(
			"pull_graphql",
			"The query does not use the variable ${name}, which carries the position. "
			"Declare it, and hand it to the list: after: ${name}.",
			name=name,
		)


def _check_since(paging: Paging, used: set[str]) -> Iterator[Problem]:
	if paging.style == styles.CHANGED_SINCE and not used & {"since", "*"}:
		yield _problem(
			"pull_parameters",
			"Pages turned by Changed since ask from a time onwards, but nothing here uses {since}. "
			"Add a parameter with it.",
			since="{since}",
		)


def _check_windows(values: Mapping[str, Any], used: set[str]) -> Iterator[Problem]:
	if "*" in used:
		return
	if values.get("window_days") and not used >= windows.NAMES:
		yield _problem(
			"window_days",
			"To load in windows, the request must say where a window begins and ends. Use {start} and {end} in the "
			"query or the body, or leave the days empty.",
			start=f"{{{windows.START}}}",
			end=f"{{{windows.END}}}",
		)
	elif used & windows.NAMES and not values.get("window_days"):
		yield _problem(
			"window_days",
			"The request uses {start} or {end}, but nothing is loaded in windows. Write how many days one holds at most.",
			start=f"{{{windows.START}}}",
			end=f"{{{windows.END}}}",
		)
	elif values.get("window_compare") and not str(values.get("window_since") or "").strip():
		yield _problem("window_since", "To compare in windows, write when the oldest record was made.")
	elif values.get("window_pull") and values.get("paging") == styles.CHANGED_SINCE:
		yield _problem(
			"window_pull",
			"Pages turned by Changed since are not asked for in windows. Choose another way to turn pages, or untick Pull in "
			"windows, too.",
		)
	elif values.get("window_records") and not values.get("window_days"):
		yield _problem(
			"window_days", "Write how many days a window holds at most, or leave the records empty."
		)


def _check_text(column: str, row: int | None, names: _Names, text: str) -> Iterator[Problem]:
	yield from _check_template(column, row, names, lambda: template_roots(text))


def _check_template(
	column: str, row: int | None, names: _Names, names_of: Callable[[], set[str] | frozenset[str]]
) -> Iterator[Problem]:
	try:
		named = names_of()
	except ConnectError as error:
		found = from_error(error, row, column)
		yield Problem(row, column, found.code, found.template, found.params)
		return
	names.used |= named
	for name in sorted(named - names.known - {"*"}):
		yield _problem(
			column,
			"There is no {name} here. Known are: {known}.",
			row,
			name=name,
			known=Whole(", ".join(sorted(names.known))),
		)


def _problem(column: str, template: str, row: int | None = None, **params: Any) -> Problem:
	return Problem(row, column, "pull", template, params)
