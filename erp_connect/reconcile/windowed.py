"""All records of a source that only answers for a time of limited length: one window after the other, from the oldest.

`InWindows` goes the way of a `Source`. Records that two windows share come twice, which a comparison does not mind.
Position: that of `core.paging.windows`, with `pages` that were asked for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.paging import windows
from erp_connect.core.values import cursor as times
from erp_connect.jobs.steps import Steps
from erp_connect.pull.source import Page, Source


def whole(source: Source) -> Source | InWindows:
	"""A way to all records: in windows where the flow says that comparisons need them, else as pulls ask.

	Raises `ConfigurationError` for a flow that says so without its oldest record.
	"""
	pull = source.pull
	if not pull.compares_in_windows:
		return source
	if pull.windows is None or not pull.windows.oldest:
		raise ConfigurationError(
			"Flow {flow} is to be compared in windows. Enter Days in a window at most and Oldest record on its tab Pull, "
			"so that it is known from when on.",
			code="no_windows",
			flow=pull.flow,
		)
	return InWindows(source, pull.windows)


class InWindows:
	def __init__(self, source: Source, spec: windows.Windows) -> None:
		self.source = source
		self.spec = spec
		self.connection = source.connection

	def close(self) -> None:
		self.source.close()

	def first(self, since: Any) -> dict:
		"""The position before the first page of the first window. The last one ends now."""
		oldest, now = self.spec.oldest, dt.datetime.now(dt.timezone.utc)
		until = times.written_as(now, oldest, self.source.account.time_zone)
		return {**windows.first(self.spec, oldest, until), "pages": 0}

	def ask(self, position: dict) -> Steps[Page]:
		"""The page at `position`; see `Source.ask`. What a window holds in total says nothing of the whole."""
		self.source.within(windows.asked_window(position))
		page = yield from self.source.ask(self._inner(position))
		return replace(page, total=0)

	def wants(self, position: dict) -> bool:
		return self.source.wants(self._inner(position))

	def following(self, position: dict, page: Page) -> dict | None:
		"""The position after a page, within its window or in the shorter one that has to be read instead; else None."""
		inner = self._inner(position)
		seen = self.source.seen(inner) + len(page.held)
		if windows.is_cut(self.spec, total=page.total, seen=seen):
			return self._on(windows.halved(position))
		following = self.source.following(inner, page)
		return following and self._on(windows.within(position, following))

	def again(self, position: dict, page: Page, start: dict) -> tuple[dict | None, bool]:
		"""The window once more or the next one, None behind the last; whether records of it may have been missed."""
		inner = self._inner(position)
		once_more, in_doubt = self.source.again(inner, page, self.source.first(None))
		if in_doubt:
			return None, True
		if once_more is not None:
			return self._on(windows.within(position, once_more)), False
		after = windows.after_window(self.spec, position, seen=self.source.seen(inner) + len(page.held))
		return None if windows.is_over(after) else self._on(after), False

	def _inner(self, position: dict) -> dict:
		return position["at"] or self.source.first(None)

	@staticmethod
	def _on(position: dict) -> dict:
		return {**position, "pages": position["pages"] + 1}
