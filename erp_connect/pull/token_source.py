"""Asks a source that tells changes by a token of its own; see `core.paging.tokens`."""

from __future__ import annotations

from typing import Any

import frappe

from erp_connect.core.errors import ConnectError, Whole
from erp_connect.core.expressions.path_template import render_path
from erp_connect.core.paging import tokens
from erp_connect.jobs.steps import Steps
from erp_connect.pull.source import Page, Source

KEPT = (
	"The source gave no token that asks for what changes from now on: the next pull asks for the same changes again. Correct "
	"Token for the next run, in the answer (tab Pull)."
)
NONE_AT_ALL = (
	"The source gave no token that asks for what changes from now on: the next pull fetches everything again. Correct Token "
	"for the next run, in the answer (tab Pull)."
)


class NoToken(ConnectError):
	"""The answer that is to hold the first token does not."""

	default_code = "no_token"


class TokenSource(Source):
	"""An open way to records whose changes are told by a token. Close it."""

	def first(self, since: Any, largest: int = 0) -> dict:
		return tokens.first(super().first(since, largest), self.pull.tokens)

	def wants(self, position: dict) -> bool:
		return not tokens.is_beforehand(position)

	def ask(self, position: dict, parent: Any = None) -> Steps[Page]:
		"""The page at `position`, or the token beforehand: a page without records. See `Source.ask`."""
		if not tokens.is_beforehand(position):
			return (yield from super().ask(position, parent))
		path = render_path(self.pull.tokens.path, self._context(None))
		result = yield from self._exchange("GET", path)
		return Page(result, self._unusable(result))

	def following(self, position: dict, page: Page) -> dict | None:
		if not tokens.is_beforehand(position):
			return super().following(position, page)
		if self.mark(page) is None:
			raise NoToken(
				"The answer of {path} holds no token where flow {flow} looks for it ({expression}). Correct Token for the next "
				"run, in the answer, or Path of the first token (tab Pull).",
				path=Whole(self.pull.tokens.path),
				flow=self.flow.name,
				expression=Whole(self.pull.tokens.text),
			)
		return tokens.after_token(position)

	def again(self, position: dict, page: Page, start: dict) -> tuple[dict | None, bool]:
		return super().again(position, page, tokens.after_token(start))

	def mark(self, page: Page) -> str | None:
		answer = page.result.answer if page.result else None
		return self.pull.tokens.found(answer.data, page.result.raw_headers) if answer else None

	def is_expired(self, position: dict, page: Page) -> bool:
		if not position.get("since") or page.result is None:
			return False
		return self.pull.tokens.is_expired(page.result.status, page.result.answer.data)

	def remark(self, position: dict, page: Page) -> str:
		if self.mark(page) is not None:
			return ""
		if self.pull.tokens.path and not position.get("since"):
			return ""  # the one that was had beforehand
		return frappe._(KEPT if position.get("since") else NONE_AT_ALL)
