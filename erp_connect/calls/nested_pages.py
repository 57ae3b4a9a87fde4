"""Further pages of the lists within a record that is fetched by itself, so that it is whole before it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from erp_connect.config.inflow import InFlow
from erp_connect.core.errors import ConnectError
from erp_connect.core.paging import nested
from erp_connect.core.paging.nested import ListGoesOn
from erp_connect.jobs.steps import Steps
from erp_connect.records import identity


class ChangedMeanwhile(ConnectError):
	"""The record is another one than it was on the page before."""

	default_code = "changed_meanwhile"


def completed(
	flow: InFlow,
	record: dict[str, Any],
	leads_on: Callable[[dict[str, Any]], bool],
	ask: Callable[[dict[str, Any]], Steps[dict[str, Any]]],
) -> Steps[dict[str, Any]]:
	"""`record` with all entries of its lists.

	leads_on: whether the flow's request says these cursors. ask: the same record from these cursors on. Raises
	`ListGoesOn` where a list cannot be completed, `ChangedMeanwhile` where its pages are of two versions, and what `ask`
	raises.
	"""
	version = identity.version_of(flow, record)
	for _page in range(nested.MAX_PAGES):
		lists = nested.unfinished(record)
		if not lists:
			return record
		for one in lists:
			if one.within or one.cursor is None or not leads_on(_only(one)):
				raise nested.goes_on(one)
		further = yield from ask(nested.cursors(record))
		if identity.version_of(flow, further) != version:
			raise ChangedMeanwhile("The record was changed while its pages were read.")
		record = nested.joined(record, further, lists)
	raise ListGoesOn(
		"The lists of the record take more than {pages} pages, so nothing was written. Ask for more entries at once.",
		pages=nested.MAX_PAGES,
	)


def _only(one: nested.Connection) -> dict[str, Any]:
	"""The cursor of one list, as the next request would be told it."""
	cursors: Any = one.cursor
	for name in reversed(one.path):
		cursors = {name: cursors}
	return cursors
