"""Confirms what was found, at the end of the walk: what is under way or changed meanwhile is no difference.

Each candidate is looked at once more by the same eyes that found it, with its record fetched in full where the flow
fetches single records. Reads only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import frappe

from erp_connect.calls import fetcher as fetching
from erp_connect.calls import state as account_state
from erp_connect.calls.fetcher import Fetcher, GoneOutside, NotFetched, NotNow
from erp_connect.core.delivery import outcome as outcomes
from erp_connect.core.delivery.states import IN, OUT
from erp_connect.core.errors import ConnectError
from erp_connect.jobs.steps import Steps
from erp_connect.reconcile import in_flight, inside, looking, outside, timestamps, told, unmatched_links
from erp_connect.reconcile.sides import Sides
from erp_connect.records import exempt
from erp_connect.store import exemptions
from erp_connect.store.reconciliations import Run
from erp_connect.store.sync_difference import DIFFERENT, MISSING_HERE, MISSING_THERE, ORPHAN, Finding


@dataclass(frozen=True)
class Fetched:
	"""What asking for one record gave. gone: it is not there. found: it is. problem: why neither can be told."""

	whole: Any = None
	gone: bool = False
	found: bool = False
	problem: str = ""


def needs_fetch(sides: Sides, row: Any) -> bool:
	"""Whether a candidate can be confirmed only by asking outside."""
	if row.kind == MISSING_THERE:
		return bool(sides.inward.fetch_path and row.link and not sides.is_money)
	return sides.inward.fetch_each and row.kind in (DIFFERENT, MISSING_HERE)


def asks_by_itself(sides: Sides, row: Any) -> bool:
	"""Whether `fetch` asks for a candidate without keeping to the account's limits, as it does for whole records."""
	return row.kind == MISSING_THERE and needs_fetch(sides, row)


def fetch(sides: Sides, fetcher: Fetcher, row: Any) -> Steps[Fetched]:
	"""Ask outside for the record of a candidate. Raises `NotFetched` and `NotNow` when it may be had later."""
	try:
		if row.kind == MISSING_THERE:
			return (yield from _whether_gone(sides, fetcher, row.external_id))
		return Fetched(whole=(yield from fetcher.fetched(sides.inward, json.loads(row.record))))
	except GoneOutside:
		return Fetched(gone=True)
	except NotNow:
		raise
	except NotFetched as error:
		if error.passing:
			raise
		return Fetched(problem=told.of(error))
	except ConnectError as error:
		return Fetched(problem=told.of(error))


def confirm(
	sides: Sides, run: Run, rows: list[Any], fetched: Fetched | None
) -> tuple[list[Finding], outside.Seen]:
	"""What still holds of candidates, and the links and documents that turned out to be outside.

	fetched: what was fetched for the one row, where that was needed. A record that seemed to be missing here may
	turn out to be different.
	"""
	found, seen = _look_again(sides, run, rows, fetched)
	found = _with_exemptions(sides, found)
	started = timestamps.latest(run.started)
	events = in_flight.of(sides, found)
	held = [
		_told(finding, events.about(sides, finding), fetched)
		for finding in found
		if not events.under_way(sides, finding) and not (finding.latest and finding.latest > started)
	]
	return held, seen


def _with_exemptions(sides: Sides, found: list[Finding]) -> list[Finding]:
	"""The findings, each of a document that a person took out of the exchange with who did, and why."""
	names = [finding.document_name for finding in found if finding.document_name]
	known = {
		**exemptions.stopping(IN, sides.account.name, sides.doctype, names, sides.flow),
		**exemptions.stopping(OUT, sides.account.name, sides.doctype, names, sides.flow),
	}
	return [
		replace(finding, message=exempt.told(known[finding.document_name]))
		if finding.document_name in known
		else finding
		for finding in found
	]


def _whether_gone(sides: Sides, fetcher: Fetcher, external_id: str) -> Steps[Fetched]:
	context = {"external_id": external_id}
	if (expression := sides.inward.external_id) and expression.text.isidentifier():
		context[expression.text] = external_id
	result = yield from fetcher.ask(sides.inward, context)
	account_state.save_state(sides.account, [result.outcome])
	if fetching.is_gone(result):
		return Fetched(gone=True)
	if result.outcome.kind == outcomes.DELIVERED:
		fetcher.require_no_errors(sides.inward, result)
		return Fetched(found=True)
	raise fetching.failure(sides.account, result.outcome)


def _look_again(
	sides: Sides, run: Run, rows: list[Any], fetched: Fetched | None
) -> tuple[list[Finding], outside.Seen]:
	outer = [row for row in rows if row.kind in (DIFFERENT, MISSING_HERE)]
	if fetched and (fetched.found or (fetched.gone and outer)):
		return [], outside.Seen()
	inner = [row.document_name for row in rows if row.kind == MISSING_THERE and not row.link]
	links = [row.link for row in rows if row.kind in (MISSING_THERE, ORPHAN) and row.link]
	unlinked = _unlinked(outer)
	seen = looking.look(sides, [_item(sides, row, fetched) for row in outer if row.link not in unlinked])
	found = [
		*seen.findings,
		*inside.look(sides, run.name, inner),
		*unmatched_links.look(sides, unmatched_links.named(sides, run, links)),
	]
	return found, seen


def _unlinked(rows: list[Any]) -> set[str]:
	"""Links of candidates that are not there any more: their records were deleted or repaired meanwhile."""
	names = {row.link for row in rows if row.link}
	kept = frappe.get_all("Sync Link", filters={"name": ("in", list(names))}, pluck="name") if names else []
	return names - set(kept)


def _told(finding: Finding, event: str, fetched: Fetched | None) -> Finding:
	"""The finding with what a person should know about it."""
	if fetched and fetched.problem:
		text = frappe._("Could not be confirmed: {0}").format(fetched.problem)
		return replace(finding, message=text)
	return replace(finding, message=finding.message or event)


def _item(sides: Sides, row: Any, fetched: Fetched | None) -> outside.Item:
	return outside.read(sides, json.loads(row.record), fetched.whole if fetched else None)
