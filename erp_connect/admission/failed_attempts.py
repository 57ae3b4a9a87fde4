"""Counts attempts to get in that failed, and makes the next ones wait.

Like `frappe.rate_limiter`, in Redis and by fixed windows; but only what failed counts, and the sender is not the
one that the request claims to be. So that nobody is locked out by what others do, somebody who got in from an
address of late is counted by himself there. Without Redis nothing is counted, and the log says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import frappe
from redis.exceptions import RedisError

from erp_connect.core.errors import ConnectError

WINDOW_SECONDS = 60
# Of one sender, and of one sender at one account. A person who mistypes stays below, a machine does not.
SENDER_LIMIT = 20
# At one account from everywhere. Holds for senders only that never got in there.
ACCOUNT_LIMIT = 100
# Webhooks of a system whose secret was changed arrive in numbers, and are not guesses.
WEBHOOK_LIMIT = 60
KNOWN_SECONDS = 30 * 86_400


class TooManyAttempts(ConnectError):
	"""Too many attempts of this sender failed. seconds: until the next may be made."""

	default_code = "attempts"

	def __init__(self, seconds: int) -> None:
		super().__init__(
			"Too many attempts failed. Correct the key or secret, and try again in {seconds} seconds.",
			seconds=seconds,
		)
		self.seconds = seconds


@dataclass(frozen=True)
class Scope:
	"""What is counted together. limit: failures in a window after which the next attempt waits."""

	parts: tuple[str, ...]
	limit: int

	@property
	def key(self) -> bytes:
		return _key("failed", *self.parts)


def of_keys(sender: str, account: str | None) -> list[Scope]:
	"""The scopes of an attempt with a pair of keys. account: whose key it was; None for a key of none."""
	if account and is_known(sender, account):
		return [Scope(("keys", account, sender), SENDER_LIMIT)]
	scopes = [Scope(("keys", sender), SENDER_LIMIT)]
	return [*scopes, Scope(("keys of", account), ACCOUNT_LIMIT)] if account else scopes


def of_webhooks(sender: str, account: str | None) -> list[Scope]:
	"""The scope of a webhook. Systems send for many of their customers from one address, so each account has its own.
	account: None for an address of the site that belongs to none."""
	return [Scope(("webhook", account or "", sender), WEBHOOK_LIMIT)]


def wait(scopes: Iterable[Scope]) -> int:
	"""Seconds until the next attempt may be made; 0: now."""
	scopes = list(scopes)

	def ask(pipeline: Any) -> None:
		for scope in scopes:
			pipeline.get(scope.key)
			pipeline.ttl(scope.key)

	answers = _pipelined(ask)
	return max(
		(max(1, left) for scope, count, left in zip(scopes, answers[::2], answers[1::2], strict=False)
			if int(count or 0) >= scope.limit),
		default=0,
	)  # fmt: skip


def require(scopes: Iterable[Scope]) -> None:
	"""Raises `TooManyAttempts` when the next attempt has to wait."""
	if seconds := wait(scopes):
		raise TooManyAttempts(seconds)


def count(scopes: Iterable[Scope]) -> None:
	"""One attempt failed."""

	def add(pipeline: Any) -> None:
		for scope in scopes:
			# In one transaction, so that no counter is ever without an end.
			pipeline.set(scope.key, 0, ex=WINDOW_SECONDS, nx=True)
			pipeline.incr(scope.key)

	_pipelined(add)


def remember(sender: str, account: str) -> None:
	"""This sender got in at this account."""
	if not is_known(sender, account):
		_pipelined(lambda pipeline: pipeline.set(_key("known", account, sender), 1, ex=KNOWN_SECONDS))


def is_known(sender: str, account: str) -> bool:
	"""Whether this sender got in at this account of late."""
	return bool(sum(_pipelined(lambda pipeline: pipeline.exists(_key("known", account, sender)))))


def _pipelined(work: Callable[[Any], None]) -> list[Any]:
	pipeline = frappe.cache.pipeline(transaction=True)
	work(pipeline)
	try:
		return pipeline.execute()
	except RedisError:
		frappe.logger("erp_connect").error("failed attempts are not counted: no Redis", exc_info=True)
		return []


def _key(*parts: str) -> bytes:
	"""One name for the parts, whatever is in them, with the site's own prefix."""
	digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
	return frappe.cache.make_key(f"erp_connect:attempts:{digest}")
