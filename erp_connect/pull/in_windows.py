"""A source that only answers for a time of limited length, asked in one window after the other.

`InWindows` goes the way of a `Source`. Position: that of `core.paging.windows`, with `pages` that were asked for and
the records on the `largest` of them. Records that two windows share come twice, which whoever takes them has to see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import frappe

from erp_connect.config.account import Account
from erp_connect.config.inflow import InFlow
from erp_connect.config.pulling import Pulling
from erp_connect.core.paging import windows
from erp_connect.core.values import cursor as times
from erp_connect.jobs.steps import Steps
from erp_connect.pull.children import open_source
from erp_connect.pull.source import Page, Source

# In a position: records on the largest page so far, and where the first window begins that may lack some.
LARGEST, DOUBTED = "largest", "doubted"
DOUBTFUL = (
	"In {0} windows records were removed at the source during each of several walks, so that others may have been "
	"missed: the next pull begins with the first of them. Choose another way to turn pages, or pull when the source is "
	"quiet."
)


def open_pull(
	account: Account, pull: Pulling, flow: InFlow, since: Any, position: Mapping[str, Any] | None = None
) -> Source | PulledInWindows:
	"""An open way to what changed since `since`, or to everything for None. Close it.

	In windows where the flow says so, and it is known when the first one begins. position: of a walk that goes on.
	"""
	source = open_source(account, pull, flow)
	if not pull.pulls_in_windows or pull.windows is None:
		return source
	start = since if since is not None else pull.windows.oldest
	known = times.as_moment(start, account.time_zone) is not None
	in_windows = windows.is_position(position) if position else known
	return PulledInWindows(source, pull.windows) if in_windows else source


class InWindows:
	"""All records of a source, from the oldest on."""

	def __init__(self, source: Source, spec: windows.Windows) -> None:
		self.source = source
		self.spec = spec
		self.connection = source.connection

	def close(self) -> None:
		self.source.close()

	def first(self, since: Any, largest: int = 0) -> dict:
		"""The position before the first page of the first window. The last one ends now."""
		return self._from(self.spec.oldest, largest)

	def _from(self, start: Any, largest: int) -> dict:
		now = dt.datetime.now(dt.timezone.utc)
		until = times.written_as(now, start, self.source.account.time_zone)
		# The clock of a source may be ahead: no window begins after now.
		start = until if times.older(until, start) else start
		return {**windows.first(self.spec, start, until), windows.BEGIN: start, "pages": 0, LARGEST: largest}

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
		if windows.is_cut(self.spec, total=page.total, seen=self._seen(position, page)):
			return self._on(windows.halved(position))
		following = self.source.following(inner, page)
		if self.source.wants(inner):
			position = {**position, LARGEST: max(position[LARGEST], len(page.held))}
		return following and self._on(windows.within(position, following))

	def again(self, position: dict, page: Page, start: dict) -> tuple[dict | None, bool]:
		"""The window once more or the next one, None behind the last; whether records of it may have been missed."""
		once_more, in_doubt = self.source.again(self._inner(position), page, self._first(position))
		if once_more is not None:
			return self._on(windows.within(position, once_more)), False
		return self._ended(position, page, in_doubt)

	def _ended(self, position: dict, page: Page, in_doubt: bool) -> tuple[dict | None, bool]:
		if in_doubt:
			return None, True
		after = windows.after_window(self.spec, position, seen=self._seen(position, page))
		return None if windows.is_over(after) else self._on(after), False

	def _inner(self, position: dict) -> dict:
		return position["at"] or self._first(position)

	def _first(self, position: dict) -> dict:
		return self.source.first(None, position[LARGEST])

	def _seen(self, position: dict, page: Page) -> int:
		return self.source.seen(self._inner(position)) + len(page.held)

	@staticmethod
	def _on(position: dict) -> dict:
		return {**position, "pages": position["pages"] + 1}


class PulledInWindows(InWindows):
	"""What changed, from a time on, or from the oldest record. Each window is read to its end before the next one."""

	@property
	def pull(self) -> Pulling:
		return self.source.pull

	def first(self, since: Any, largest: int = 0) -> dict:
		return self._from(self._start(since), largest)

	def sample(self, since: Any) -> dict:
		"""The position before the first page of the last window, as `Source.sample`."""
		first = self.first(since)
		last = times.minus(first["until"], self.spec.length)
		return {**first, "start": times.later(first["start"], last, self.source.account.time_zone)}

	def resumed(self, position: dict) -> dict:
		"""Where a walk goes on: a window that is longer than what may be asked for now begins again, and is shorter."""
		return position if position["length"] <= self.spec.length else windows.restarted(self.spec, position)

	def reached(self, position: dict, page: Page, high: Any, since: Any) -> Any:
		"""The time from which the next walk asks, after one that ended with `page`. See `Source.reached`.

		No further back than the last window is long, so that a source where nothing happens is not asked for ever more of
		them; and not behind a window that may lack records.
		"""
		if not self.pull.tells_changes:
			return high
		zone = self.source.account.time_zone
		doubted = self._marked(position, page).get(DOUBTED)
		if doubted is not None:
			return times.latest(since, doubted, zone)
		return times.latest(high, times.minus(position["until"], self.spec.length), zone)

	def remark(self, position: dict, page: Page) -> str:
		"""What a person should know of the windows, after a walk that ended with `page`."""
		after = self._marked(position, page)
		doubtful = frappe._(DOUBTFUL).format(after["doubtful"]) if after["doubtful"] else ""
		return " ".join(filter(None, (doubtful, after["remark"])))

	def mark(self, page: Page) -> Any:
		return self.source.mark(page)

	def is_expired(self, position: dict, page: Page) -> bool:
		return self.source.is_expired(self._inner(position), page)

	def changed_of(self, record: Any) -> Any:
		return self.source.changed_of(record)

	def _ended(self, position: dict, page: Page, in_doubt: bool) -> tuple[dict | None, bool]:
		"""Windows that may lack records do not hold up those behind them: `reached` leads back to them."""
		after = self._marked(position, page)
		return None if windows.is_over(after) else self._on(after), False

	def _marked(self, position: dict, page: Page) -> dict:
		"""The position after the last page of a window, with what is to be known of it."""
		inner = self._inner(position)
		_, in_doubt = self.source.again(inner, page, self._first(position))
		seen, remark = self._seen(position, page), self.source.remark(inner, page)
		after = windows.after_window(self.spec, position, seen=seen, in_doubt=in_doubt, remark=remark)
		return {DOUBTED: position["start"], **after} if in_doubt else after

	def _start(self, since: Any) -> Any:
		"""When the first window begins. A day that a person wrote stands for its first moment, as the other side writes it."""
		oldest, zone = self.spec.oldest, self.source.account.time_zone
		if since is None:
			return oldest
		moment, text = times.as_moment(since, zone), str(since)
		if times.has_time(text) or not oldest or not times.has_time(oldest):
			return since
		return times.written_as(moment, oldest, zone)
