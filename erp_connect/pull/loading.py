"""Begins loads in windows of time, with the pull of changes beside them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import frappe

from erp_connect.config import account as accounts
from erp_connect.config import pulling
from erp_connect.config.pulling import Pulling
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.paging import windows
from erp_connect.core.values import cursor as times
from erp_connect.jobs.wakeup import LOAD, PULL
from erp_connect.store import loads, sync_cursor

# Changes are asked for from so long before the load began: the clock of a source may be behind.
SEAM = dt.timedelta(minutes=5)
# Where nobody said when the oldest record was made.
YEARS = 2
NO_WINDOWS = (
	"Flow {flow} is not loaded in windows. On its tab Pull, say in the query where a window begins and ends, and how "
	"many days one holds at most."
)


def begin(flow: str, since: str) -> str:
	"""Begin a load of flow `flow`, from the time `since` up to now. Returns the name of the Sync Load.

	since: when the oldest record was made, in any notation; it is written as the other side writes times, where that is
	known. From now on the flow's pull asks for changes only, if the source tells of them. Does not commit. Raises
	`ConnectError` when the flow is not loaded in windows, for a bad time, and while another load of it is not over.
	"""
	pull = _loadable(flow)
	zone = accounts.load(pull.account).time_zone
	since = _as_written(pull, pulling.since_of(since), zone)
	now = dt.datetime.now(dt.timezone.utc)
	name = loads.create(flow, pull.account, since, str(times.written_as(now, since, zone)))
	sync_cursor.ensure(flow, pull.account)
	if pull.tells_changes and sync_cursor.leave_to_load(flow, str(times.written_as(now - SEAM, since, zone))):
		PULL.after_commit(flow)
	LOAD.after_commit(name)
	return name


def proposal(flow: str) -> dict[str, Any]:
	"""What the dialog offers: `since`, in the notation that is known, `days` of a window, `unfinished`: a load.

	Raises `ConnectError` when the flow is not loaded in windows.
	"""
	pull = _loadable(flow)
	zone = accounts.load(pull.account).time_zone
	year = dt.datetime.now(dt.timezone.utc).year - YEARS
	return {
		"since": pull.since or pull.windows.oldest or _as_written(pull, f"{year}-01-01T00:00:00Z", zone),
		"days": pull.windows.length // windows.DAY,
		"unfinished": loads.unfinished(flow),
	}


def _as_written(pull: Pulling, text: str, zone: str) -> str:
	"""A time in the notation of the other side, where one is known. Raises `ConfigurationError` for what is no time."""
	windows.check_start(text, zone)
	known = frappe.db.get_value("Sync Cursor", {"field_mapping": pull.flow}, "since")
	likes = (like for like in (pull.windows.oldest, known, pull.since) if times.as_moment(like, zone))
	moment = times.as_moment(text, zone)
	return str(times.written_as(moment, next(likes, text), zone))


def _loadable(flow: str) -> Pulling:
	pull = pulling.load(flow)
	if pull.windows is None:
		raise ConfigurationError(NO_WINDOWS, code="no_windows", flow=flow)
	return pull
