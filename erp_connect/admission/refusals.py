"""Counts webhooks that were refused, by account and reason: in Redis, from where the sweep takes them each minute.

Nothing of a request is kept, for nothing in it is proved: the account is known by its address, the reason is one of a
closed list. So a flood writes as little as one request does. Without Redis nothing is counted, and the log says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe.utils import now_datetime
from redis.exceptions import RedisError

from erp_connect.core.verify.request import REASONS

COUNTS, LAST = "erp_connect:refused", "erp_connect:refused_at"
# What no scheme of verification says.
WAITED, UNUSABLE = "too_many_attempts", "unusable"
KNOWN = frozenset((*REASONS, WAITED, UNUSABLE))


@dataclass(frozen=True)
class Refused:
	"""count: of webhooks. last: when the last one came, in the site's time, to the second."""

	count: int
	last: str


def count(account: str, reason: str) -> None:
	"""One webhook of an account was refused. reason: one of `KNOWN`. Never raises because of Redis."""
	if reason not in KNOWN:
		raise ValueError(reason)
	name = f"{reason}:{account}"
	pipeline = frappe.cache.pipeline(transaction=True)
	pipeline.hincrby(_key(COUNTS), name, 1)
	pipeline.hset(_key(LAST), name, now_datetime().isoformat(" ", "seconds"))
	_run(pipeline)


def pending() -> dict[str, dict[str, Refused]]:
	"""What was counted and not taken yet: account → reason → how many."""
	return _asked(take=False)


def take() -> dict[str, dict[str, Refused]]:
	"""`pending`, which is counted from nothing on afterwards."""
	return _asked(take=True)


def _asked(*, take: bool) -> dict[str, dict[str, Refused]]:
	pipeline = frappe.cache.pipeline(transaction=True)
	pipeline.hgetall(_key(COUNTS))
	pipeline.hgetall(_key(LAST))
	if take:
		pipeline.delete(_key(COUNTS), _key(LAST))
	counts, last = (_run(pipeline) or [{}, {}])[:2]
	found: dict[str, dict[str, Refused]] = {}
	for name, number in counts.items():
		reason, _colon, account = name.decode().partition(":")
		found.setdefault(account, {})[reason] = Refused(int(number), last.get(name, b"").decode())
	return found


def _run(pipeline) -> list:
	try:
		return pipeline.execute()
	except RedisError:
		frappe.logger("erp_connect").error("refused webhooks are not counted: no Redis", exc_info=True)
		return []


def _key(name: str) -> bytes:
	return frappe.cache.make_key(name)
