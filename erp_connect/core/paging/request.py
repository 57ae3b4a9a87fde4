"""What a pull asks for: the request for one page, from the fields of a flow.

A template (of the path, a parameter, a text in the body) may use

	token               by which the source tells changes; null when everything is asked for
	since, until        change times as the source writes them; null when everything is asked for
	window_start, window_end   of the window, while everything is loaded in windows of time; otherwise null
	page_size           records per page
	account             name and company of the account

Promises: a parameter whose template has a missing value is left out as a whole; a value fills exactly its place,
in the path, the query, a header or the body; what pages add replaces a parameter of the same name. An address that
the source gave for the next page is asked as it is, and only at the origin of the account.
Never sends anything, and never adds credentials.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.expressions.parameters import (
	HEADER,
	QUERY,
	Parameter,
	check_header,
	parameters_from,
	rendered,
	with_query,
)
from erp_connect.core.expressions.path_template import render_path
from erp_connect.core.expressions.text_template import MISSING, fill_json
from erp_connect.core.paging import tokens
from erp_connect.core.paging.links import address_of
from erp_connect.core.paging.page import PagePart, Paging, Position
from erp_connect.core.paging.settings import paging_from
from erp_connect.core.paging.walk import place
from erp_connect.core.payload.serialise import graphql_body
from erp_connect.core.values.paths import set_path

METHODS = ("GET", "POST")


@dataclass(frozen=True)
class PullRequest:
	"""What a flow asks for. method: one of `METHODS`. path: a template below the base address.

	changes_path: of changes, where that is another one.

	body: JSON text whose texts are templates, or empty. graphql: a query; then body holds its variables.
	"""

	path: str
	method: str = "GET"
	parameters: tuple[Parameter, ...] = ()
	body: str = ""
	graphql: str = ""
	changes_path: str = ""
	paging: Paging = field(default_factory=Paging)


@dataclass(frozen=True, repr=False)
class Built:
	"""A request for one page. path: with its query, below the base address; or a whole address of the same origin
	that the source gave. body: to be written as JSON, None for no body. See `url`.
	"""

	method: str
	path: str
	headers: Mapping[str, str]
	body: Any = None

	def url(self, base_url: str) -> str:
		"""The whole address. Raises PagingError when the path leads to another origin than `base_url`."""
		return address_of(base_url, self.path)


def request_from(values: Mapping[str, Any]) -> PullRequest:
	"""The request of a flow, from its fields `pull_method`, `pull_path`, `pull_parameters` (rows with place, key
	and value), `pull_body`, `pull_graphql`, and those of `core.paging_settings`.

	Raises ConfigurationError as `paging_from`; `core.pull_check.check` finds everything else.
	"""
	graphql = str(values.get("pull_graphql") or "").strip()
	return PullRequest(
		path=str(values.get("pull_path") or "").strip(),
		method="POST" if graphql else str(values.get("pull_method") or "GET"),
		parameters=parameters_from(values.get("pull_parameters") or ()),
		body=str(values.get("pull_body") or "").strip(),
		graphql=graphql,
		changes_path=str(values.get("changes_path") or "").strip(),
		paging=paging_from(values),
	)


def build(spec: PullRequest, context: Mapping[str, Any], position: Position, base_url: str) -> Built:
	"""The request for the page at `position`.

	context: what templates may use, as the module says; `since` of the position counts before that of the
	context. Raises MappingError for a path or a template that cannot be rendered, ConfigurationError for a body
	or a header that cannot be sent, PagingError for an address of another origin.
	"""
	data = {**context, "page_size": spec.paging.size or None}
	data["since"] = (position["since"] if "since" in position else context.get("since")) or None
	data[tokens.NAME] = data["since"]
	part = place(spec.paging, position)
	url = part.url or _address_by_token(spec, data)
	if url:
		address_of(base_url, url)
		path = url
	else:
		own = rendered(spec.parameters, QUERY, data, part.query)
		template = spec.changes_path if spec.changes_path and data["since"] else spec.path
		path = with_query(render_path(template, data), [*own, *part.query.items()])
	headers = {**dict(rendered(spec.parameters, HEADER, data, part.headers)), **part.headers}
	for name, value in headers.items():
		check_header(name, value)
	return Built(spec.method, path, headers, _body(spec, data, part))


def parse_body(text: str) -> Any:
	"""The JSON value of a body template; None for an empty one. Raises ConfigurationError with line and column."""
	if not text.strip():
		return None
	try:
		return json.loads(text)
	except json.JSONDecodeError as error:
		raise ConfigurationError(
			"The body is not JSON: reading stopped in line {line}, column {column}.",
			code="body",
			line=error.lineno,
			column=error.colno,
		) from None
	except RecursionError:
		raise ConfigurationError("The body is nested too deeply.", code="body") from None


def _address_by_token(spec: PullRequest, data: Mapping[str, Any]) -> str:
	"""The token, where it is itself the address of the changes."""
	return str(data["since"] or "") if spec.changes_path == tokens.ADDRESS else ""


def _body(spec: PullRequest, data: dict[str, Any], part: PagePart) -> Any:
	template = parse_body(spec.body)
	body = None if template is None else fill_json(template, data)
	body = {} if body is MISSING else body
	if spec.graphql:
		body = graphql_body(spec.graphql, _as_object(body))
	if part.body:
		body = _as_object(body)
		for path, value in part.body.items():
			set_path(body, path, value)
	return None if spec.method == "GET" else body


def _as_object(body: Any) -> dict[str, Any]:
	if body is None or isinstance(body, dict):
		return body or {}
	raise ConfigurationError(
		"The body must be an object, {example}, so that names can be added to it.",
		code="body",
		example='{"name": "value"}',
	)
