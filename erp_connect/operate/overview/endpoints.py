"""The slowest endpoint of each account, of the last requests of a day; looked for once a minute at most."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from urllib.parse import urlsplit

import frappe
from frappe.utils import add_to_date, now_datetime

from erp_connect.operate.monitoring import quantiles

LOOKED_AT = 500
LEAST_REQUESTS = 3
KEPT, SECONDS_KEPT = "erp_connect_slowest", 60
# Ids in an address: what has a digit, or is as long as no word of an API.
_ID = re.compile(r"(?=[^/]*\d)[^/]{2,}|[^/]{30,}|\d")
_VERSION = re.compile(r"v\d{1,2}(\.\d+)?|\d{4}-\d{2}(-\d{2})?")


def slowest(accounts: Collection[str]) -> dict[str, tuple[str, float, int]]:
	"""By account: method and path with `…` for ids, the seconds within which 95 % of its requests were answered, and how
	many of them there were. Without accounts that asked little."""
	key = f"{KEPT}:{frappe.session.user}"
	if (kept := frappe.cache.get_value(key)) is None:
		kept = {account: found for account in accounts if (found := _of(account))}
		frappe.cache.set_value(key, kept, expires_in_sec=SECONDS_KEPT)
	return {account: tuple(kept[account]) for account in accounts if account in kept}


def named(method: str, url: str) -> str:
	"""An endpoint without what is of one record."""
	parts = [
		part if _VERSION.fullmatch(part) else _ID.sub("…", part) if _ID.fullmatch(part) else part
		for part in urlsplit(url).path.split("/")
	]
	return f"{method} {'/'.join(parts) or '/'}"[:100]


def _of(account: str) -> tuple[str, float, int] | None:
	rows = frappe.db.sql(
		"SELECT method, url, duration_ms FROM `tabSync Attempt` WHERE integration = %s AND started >= %s"
		" ORDER BY started DESC LIMIT %s",
		(account, add_to_date(now_datetime(), days=-1), LOOKED_AT),
	)
	times: dict[str, list[float]] = defaultdict(list)
	for method, url, milliseconds in rows:
		times[named(method or "", url or "")].append((milliseconds or 0) / 1000)
	found = [
		(endpoint, quantiles(seconds, (0.95,))[0.95], len(seconds))
		for endpoint, seconds in times.items()
		if len(seconds) >= LEAST_REQUESTS
	]
	return max(found, key=lambda one: one[1], default=None)
