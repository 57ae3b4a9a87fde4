"""What the answers of a system mean beyond their status: ordered rules, as data.

Promises: the first rule whose status and condition fit decides; a condition that cannot be evaluated on an answer
does not fit. Rules are plain rows, so that accounts, flows and presets can say the same. Never decides what becomes
of an event (`outcome` does).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from erp_connect.core.delivery.retry import LONGEST_RETRY_AFTER, parse_retry_after
from erp_connect.core.delivery.statuses import parse_statuses
from erp_connect.core.errors import ConfigurationError, ConnectError, Whole
from erp_connect.core.expressions.expression import Expression, compile_expression
from erp_connect.core.values.cursor import as_moment

DELIVERED = "Delivered"
TRY_AGAIN = "Try again"
SLOW_DOWN = "Slow down"
# No verdict on the answer itself, which is judged by the other rules.
SLOW_DOWN_AFTERWARDS = "Slow down afterwards"
TOKEN_EXPIRED = "Token expired"
PENDING = "Pending"
EXISTS = "Exists already"
GONE = "Gone"
REFUSED = "Refused"
NOTHING = "Nothing to do"
CHANGED = "Changed outside"
VERDICTS = (
	DELIVERED, TRY_AGAIN, SLOW_DOWN, SLOW_DOWN_AFTERWARDS, TOKEN_EXPIRED, PENDING, EXISTS, GONE, REFUSED, NOTHING,
	CHANGED,
)  # fmt: skip

_HEADER = re.compile(
	r"header:\s*(?P<name>[A-Za-z0-9-]+)\s*(?:(?P<comparison><=|=)\s*(?P<value>\S.*?))?\s*", re.ASCII
)


@dataclass(frozen=True)
class HeaderCondition:
	"""A header that is there, equals a text, or is a number that is at most another one."""

	name: str
	comparison: str = ""
	value: str = ""

	def fits(self, headers: Mapping[str, str]) -> bool:
		found = _header(headers, self.name)
		if not self.comparison or not found:
			return bool(found)
		if self.comparison == "=":
			return found == self.value
		try:
			return float(found) <= float(self.value)
		except ValueError:
			return False


@dataclass(frozen=True)
class AnswerRule:
	"""statuses: empty for any. condition: None for any answer of these statuses. until: seconds, or a time.

	message: for people. Of an `Expression`, the data is the body.
	"""

	verdict: str
	statuses: frozenset[int] = frozenset()
	condition: Expression | HeaderCondition | None = None
	until: Expression | str | None = None
	message: str = ""

	def fits(self, status: int, data: Any, headers: Mapping[str, str]) -> bool:
		"""Whether an answer is of this kind. data: its parsed body, None when it has none."""
		if self.statuses and status not in self.statuses:
			return False
		if isinstance(self.condition, HeaderCondition):
			return self.condition.fits(headers)
		return self.condition is None or bool(_found(self.condition, data))

	def seconds(self, data: Any, headers: Mapping[str, str], now: datetime) -> int | None:
		"""How long to wait, by *until* or else the header `Retry-After`; None when the answer does not say."""
		if self.until is None:
			return parse_retry_after(_header(headers, "Retry-After"), now)
		value = _header(headers, self.until) if isinstance(self.until, str) else _found(self.until, data)
		return _seconds(value, now)


@dataclass(frozen=True)
class Judgement:
	"""What a rule says about one answer. wait: seconds, None when the answer does not say."""

	verdict: str
	wait: int | None = None
	message: str = ""


def rules_from(rows: Iterable[Mapping[str, Any]]) -> tuple[AnswerRule, ...]:
	"""Rules from rows, in their order. Raises as `rule_from`."""
	return tuple(rule_from(row) for row in rows)


def judge(
	rules: Iterable[AnswerRule], status: int, data: Any, headers: Mapping[str, str], now: datetime
) -> Judgement | None:
	"""What the first rule that fits says; None when none does. now: with a time zone."""
	for rule in rules:
		if rule.verdict != SLOW_DOWN_AFTERWARDS and rule.fits(status, data, headers):
			return Judgement(rule.verdict, rule.seconds(data, headers, now), rule.message)
	return None


def pause_after(
	rules: Iterable[AnswerRule], status: int, data: Any, headers: Mapping[str, str], now: datetime
) -> int | None:
	"""Seconds in which the account is to be left alone after this answer, whatever it means; None for none."""
	waits = [
		rule.seconds(data, headers, now)
		for rule in rules
		if rule.verdict == SLOW_DOWN_AFTERWARDS and rule.fits(status, data, headers)
	]
	return max((wait for wait in waits if wait), default=None)


def rule_from(row: Mapping[str, Any]) -> AnswerRule:
	"""A rule from a row with `verdict` and, as texts, `statuses`, `condition`, `until` and `message`.

	Raises ConfigurationError, or ExpressionError for a condition that cannot be compiled.
	"""
	statuses, condition, until = (
		(row.get(name) or "").strip() for name in ("statuses", "condition", "until")
	)
	verdict = row.get("verdict") or ""
	if verdict not in VERDICTS:
		raise ConfigurationError(
			"{verdict} is not a meaning. Choose one of: {known}.",
			code="answer_rule",
			verdict=verdict or "-",
			known=Whole(", ".join(VERDICTS)),
		)
	if not statuses and not condition:
		raise ConfigurationError(
			"Enter a status or a condition: without either, the rule would fit every answer.",
			code="answer_rule",
		)
	if verdict == SLOW_DOWN_AFTERWARDS and not until:
		raise ConfigurationError(
			"Enter in Until how long the account is left alone, for example header:X-RateLimit-Reset.",
			code="answer_rule",
		)
	return AnswerRule(
		verdict=verdict,
		statuses=parse_statuses(statuses) if statuses else frozenset(),
		condition=_condition(condition) if condition else None,
		until=_until(until) if until else None,
		message=(row.get("message") or "").strip(),
	)


def _condition(text: str) -> Expression | HeaderCondition:
	if not text.startswith("header:"):
		return compile_expression(text)
	match = _HEADER.fullmatch(text)
	if not match:
		raise ConfigurationError(
			"{text} is not a condition on a header. Write header:NAME, header:NAME = value or header:NAME <= number.",
			code="answer_rule",
			text=text,
		)
	return HeaderCondition(match["name"], match["comparison"] or "", match["value"] or "")


def _until(text: str) -> Expression | str:
	if not text.startswith("header:"):
		return compile_expression(text)
	match = _HEADER.fullmatch(text)
	if not match or match["comparison"]:
		raise ConfigurationError(
			"{text} names no header. Write for example header:Retry-After.", code="answer_rule", text=text
		)
	return match["name"]


def _header(headers: Mapping[str, str], name: str) -> str:
	wanted = name.lower()
	return next((value.strip() for key, value in headers.items() if key.lower() == wanted), "")


def _found(expression: Expression, data: Any) -> Any:
	try:
		return None if data is None else expression.search(data)
	except ConnectError:
		return None


def _seconds(value: Any, now: datetime) -> int | None:
	"""Seconds that a number, a Unix time or a time as text ask to wait; times without an offset are UTC."""
	if value in (None, "") or isinstance(value, bool) or not isinstance(value, str | int | float):
		return None
	try:
		moment = as_moment(value, "UTC")
	except (ValueError, OverflowError):
		moment = None
	if moment is None:
		return parse_retry_after(str(value), now)
	return math.ceil(min(max((moment - now).total_seconds(), 0), LONGEST_RETRY_AFTER))
