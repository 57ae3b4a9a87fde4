"""Changes that a source tells by a token of its own: opaque, replaced by each answer, and it may expire.

	token_next        expression for the token in an answer, or `header:X-Token`: the one that asks for what changes
	                  from then on. An answer that has none is not the last one
	token_path        template of the path where the token is asked for before everything is fetched; empty where the
	                  last page of everything holds it
	changes_path      template of the path of changes, where it is another one than that of all records; `{token}` alone
	                  where the token is the address to be asked
	token_expired     expression over the answer of an error that is true where the token is not known any more; a
	                  status of 410 always says so

In templates the token is `{token}`, missing while everything is fetched.

Sources: page tokens of https://developers.google.com/workspace/drive/api/guides/manage-changes, sync tokens of
https://developers.google.com/workspace/calendar/api/guides/sync, delta links of
https://learn.microsoft.com/graph/delta-query-overview.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from erp_connect.core.errors import ConnectError
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.paging import page as styles
from erp_connect.core.paging.page import PagingError, Position
from erp_connect.core.paging.settings import HEADER
from erp_connect.core.problems import Problem, from_error

NAME = "token"
ADDRESS = "{token}"
# Marks the position at which the token is asked for, before the first page.
BEFOREHAND = "token_beforehand"
GONE = 410
OTHERS = ("token_path", "changes_path", "token_expired")


@dataclass(frozen=True)
class Tokens:
	"""next: the token in an answer; next_header: the header that carries it instead. path: where the first one is had.

	text: as it was written."""

	next: Expression | None
	next_header: str
	path: str
	expired: Expression | None
	text: str

	def found(self, data: Any, headers: Mapping[str, str]) -> str | None:
		"""The token that an answer gives; None where it gives none. Raises `PagingError` for what is none."""
		if self.next_header:
			wanted = self.next_header.lower()
			return next((value for name, value in headers.items() if name.lower() == wanted and value), None)
		found = self.next.search(data) if data is not None else None
		if found in (None, ""):
			return None
		if isinstance(found, bool) or not isinstance(found, str | int | float):
			raise PagingError(
				"What stands where the token is expected is no text. Correct the expression.", code="token"
			)
		return str(found)

	def is_expired(self, status: int | None, data: Any) -> bool:
		"""Whether an error says that the source does not know the token any more."""
		if status == GONE:
			return True
		try:
			return bool(self.expired and data is not None and self.expired.search(data))
		except ConnectError:
			return False


def tokens_from(values: Mapping[str, Any]) -> Tokens | None:
	"""The tokens of a flow, from its fields as the module says; None when it has none. Raises `ConnectError`."""
	written = _text(values, "token_next")
	if not written:
		return None
	is_header = written.startswith(HEADER)
	return Tokens(
		next=None if is_header else compile_expression(written),
		next_header=written.removeprefix(HEADER).strip() if is_header else "",
		path=_text(values, "token_path"),
		text=written,
		expired=compile_expression(expired) if (expired := _text(values, "token_expired")) else None,
	)


def first(position: Position, tokens: Tokens) -> Position:
	"""The position before the first page of a walk: of everything, the token has to be had beforehand."""
	return {**position, BEFOREHAND: True} if tokens.path and not position.get("since") else position


def is_beforehand(position: Position) -> bool:
	return bool(position.get(BEFOREHAND))


def after_token(position: Position) -> Position:
	"""The first page, once the token is there."""
	return {key: value for key, value in position.items() if key != BEFOREHAND}


def check(values: Mapping[str, Any], used: set[str]) -> Iterator[Problem]:
	"""What is wrong with the token fields of a flow. used: names that the templates of its request use."""
	written = _text(values, "token_next")
	if not written:
		if NAME in used or any(_text(values, name) for name in OTHERS):
			yield _problem(
				"token_next",
				"Write where an answer holds the token for the next run, or leave {token} and the other fields of it out.",
				token=ADDRESS,
			)
		return
	for name in ("token_next", "token_expired"):
		if (text := _text(values, name)) and not text.startswith(HEADER):
			try:
				compile_expression(text)
			except ConnectError as error:
				yield from_error(error, None, name)
	if not used & {NAME, "*"}:
		yield _problem(
			"token_next",
			"Nothing uses {token}, so everything would be fetched each time. Add a parameter with it, for example {name} = "
			"{token}, or use it in the path of the changes.",
			token=ADDRESS,
			name="syncToken",
		)
	yield from _check_others(values)


def _check_others(values: Mapping[str, Any]) -> Iterator[Problem]:
	if _text(values, "changed_expression") or _text(values, "pull_since"):
		yield _problem(
			"token_next",
			"Changes are told by a token or by their time, not by both. Empty the fields of the token, or those of the time.",
		)
	if _text(values, "paging") == styles.CHANGED_SINCE:
		yield _problem(
			"paging", "Pages turned by Changed since need a time, not a token. Choose another way."
		)
	if values.get("window_days"):
		yield _problem(
			"window_days",
			"Records whose changes are told by a token are not loaded in windows. Leave the days empty.",
		)
	if _text(values, "parent_path") or values.get("parent_doctype"):
		yield _problem(
			"token_next", "Records below other records have no token of their own. Leave it empty."
		)


def _text(values: Mapping[str, Any], name: str) -> str:
	return str(values.get(name) or "").strip()


def _problem(column: str, template: str, **params: Any) -> Problem:
	return Problem(None, column, "token", template, params)
