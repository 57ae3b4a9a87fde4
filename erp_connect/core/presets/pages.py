"""Pages on which people see a record of the outside: an address for each kind of record, with its id put in.

	"pages": {"order": "/orders/{id}", "payment": "https://dashboard.{input.region}.example.com/payments/{id}"}

What begins with a slash is below the address of the account, also in its sandbox. A page elsewhere is one of the live
system: `sandbox_pages` says where those of its sandbox are, in the same form. A flow may have one of its own. A value fills the place where it stands, and no other:
an id can neither lead to another host nor climb (`expressions.path_template`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from erp_connect.core.errors import MappingError
from erp_connect.core.expressions.path_template import join_url, render_path, template_fields
from erp_connect.core.problems import Problem, from_error

_PAGE = re.compile(r"(https://[^/\s]+)?(/[^\s/].*)")
_IN_HOST = re.compile(r"\{input\.([a-z][a-z0-9_]*)\}")
_NAME = re.compile(r"[A-Za-z0-9]+([.-][A-Za-z0-9]+)*")
_KNOWN = {"id", "input"}


def problem_of(template: str) -> Problem | None:
	"""What is wrong with a page, if it cannot be used."""
	found = _PAGE.fullmatch(template)
	if not found or "{" in _IN_HOST.sub("", found[1] or ""):
		return Problem(
			None,
			"page",
			"page",
			"It begins with / or https://, and its host holds no more than inputs, such as {example}.",
			{"example": "https://{input.shop}.example.com/orders/{id}"},
		)
	try:
		unknown = sorted(template_fields(found[2]) - _KNOWN)
	except MappingError as error:
		return from_error(error, None, "page")
	if unknown:
		return Problem(
			None,
			"page",
			"page",
			"It knows the id and the inputs of the account, as {{id}} and {{input.key}}, and no {name}.",
			{"name": unknown[0]},
		)
	return None


def _readable(template: str) -> str:
	if problem := problem_of(template):
		raise ValueError(str(problem))
	return template


PageAddress = Annotated[str, AfterValidator(_readable)]


def is_below_account(template: str) -> bool:
	"""Whether the page is below the address of the account, and so also in its sandbox."""
	return template.startswith("/")


def page_of(template: str, base_url: str, external_id: str, inputs: Mapping[str, str]) -> str:
	"""The address of the page of a record; empty where its id, or an input that is missing, makes none."""
	host, path = _PAGE.fullmatch(template).groups()
	values: dict[str, Any] = {"id": external_id, "input": dict(inputs)}
	base = _filled(host, inputs) if host else base_url
	try:
		return join_url(base, render_path(path, values)) if base else ""
	except MappingError:
		return ""


def _filled(host: str, inputs: Mapping[str, str]) -> str:
	named = {key: inputs.get(key, "") for key in _IN_HOST.findall(host)}
	if not all(_NAME.fullmatch(value) for value in named.values()):
		return ""
	return _IN_HOST.sub(lambda found: named[found[1]], host)
