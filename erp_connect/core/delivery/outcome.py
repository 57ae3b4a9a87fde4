"""What one exchange with an outside system means for the event it carried.

Promises one verdict per exchange, taken from facts alone, with a message that says what happened. Never
decides when to try again (core.delivery.retry) nor what to write where (the delivery side). Never turns an answer
that could not be understood into a success.

An outcome is `unknown` when the receiver may have acted although no usable answer came back: connection
lost after the request went out, a gateway that gave up waiting, a page of HTML where JSON was due after a
creation. Such an event is sent again with the same key and the same bytes, so the receiver can tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from erp_connect.core.delivery.retry import parse_retry_after
from erp_connect.core.errors import ConfigurationError, fill
from erp_connect.core.parse import answer

DELIVERED = "delivered"
RETRY = "retry"
FINAL = "final"
UNKNOWN = "unknown"
THROTTLE = "throttle"
AUTH = "auth"
PAUSE = "pause"
GONE = "gone"

RETRIED_STATUSES = frozenset({408, 425, 429}) | frozenset(range(500, 600))
# The gateway answered, not the system behind it: the request may have been carried out.
_AMBIGUOUS_STATUSES = frozenset({502, 504, 520, 524})
_THROTTLING_STATUSES = frozenset({429, 503})
_CREDENTIALS = frozenset({401, 407})
_MULTI_STATUS = 207
# Nobody can tell whether the record was taken, and the same answer to a repetition would not tell it either.
_NOT_REPEATED = frozenset({"no_result", "partial"})

_MESSAGES = {
	"delivered": "Delivered with status {status}.",
	"refused": "The other system answered {status} but refused the record: {remote}",
	"no_result": "The other system answered {status}, but not recognisably for this record, which it may have taken.",
	"partial": "The other system answered {status}, which may hold refusals, and the flow does not say how to see them.",
	"unexpected_content": "The other system answered {status} with {content} where data was expected.",
	"answer_cut": "The other system answered {status} with more data than is read, so the answer is incomplete.",
	"unauthorized": "The other system did not accept the credentials (status {status}).",
	"credentials": "There are no valid credentials for this account: {remote}",
	"forbidden": "The other system does not allow this request (status {status}): {remote}",
	"not_found": "The other system found nothing at this address (status 404): {remote}",
	"gone": "The other system says this address is gone for good (status 410).",
	"conflict": "The other system reports a conflict with what it holds (status 409): {remote}",
	"invalid": "The other system refused the data (status {status}): {remote}",
	"redirect": "The other system sent a redirect to {location} (status {status}), which is never followed.",
	"rejected": "The other system refused the request (status {status}): {remote}",
	"not_yet": "The other system cannot take the record yet (status {status}): {remote}",
	"throttled": "The other system asks to slow down (status {status}).",
	"unavailable": "The other system is not able to answer now (status {status}): {remote}",
	"ambiguous": "A gateway gave up waiting (status {status}); the record may have been created.",
	"unexpected_status": "The other system answered with the unusual status {status}.",
	"dns": "The host name of the other system cannot be resolved.",
	"refused_connection": "The other system's host refused the connection.",
	"connect_timeout": "The other system's host did not accept the connection in time.",
	"tls": "The other system's TLS certificate could not be verified.",
	"client_certificate": "The other system did not accept this site's client certificate: {remote}",
	"proxy": "The proxy on the way out did not let the request through: {remote}",
	"blocked": "The address of the other system is not allowed.",
	"timeout": "The other system did not answer in time; the request may have been carried out.",
	"reset": "The connection broke before the request was sent.",
	"lost": "The connection broke before the whole answer arrived; the request may have been carried out.",
	"decode": "The answer could not be decompressed.",
	"invalid_request": "The request cannot be sent as it is: {remote}",
}

# Transport failures by kind: (outcome when nothing was sent, outcome when it may have been, two codes).
_ERRORS: dict[str, tuple[str, str, str, str]] = {
	"dns": (RETRY, RETRY, "dns", "dns"),
	"refused": (RETRY, RETRY, "refused_connection", "refused_connection"),
	"connect_timeout": (RETRY, RETRY, "connect_timeout", "connect_timeout"),
	"tls": (PAUSE, PAUSE, "tls", "tls"),
	"client_certificate": (PAUSE, PAUSE, "client_certificate", "client_certificate"),
	# No account is to blame, and all of them go on by themselves once the proxy works.
	"proxy": (RETRY, RETRY, "proxy", "proxy"),
	"blocked": (PAUSE, PAUSE, "blocked", "blocked"),
	"read_timeout": (RETRY, UNKNOWN, "connect_timeout", "timeout"),
	"deadline": (RETRY, UNKNOWN, "connect_timeout", "timeout"),
	"reset": (RETRY, UNKNOWN, "reset", "lost"),
	"truncated": (RETRY, UNKNOWN, "reset", "lost"),
	"decode": (RETRY, UNKNOWN, "reset", "decode"),
	"invalid_request": (FINAL, FINAL, "invalid_request", "invalid_request"),
}

_STATUS_CODES = {
	403: "forbidden",
	404: "not_found",
	409: "conflict",
	400: "invalid",
	413: "invalid",
	415: "invalid",
	422: "invalid",
}


@dataclass(frozen=True)
class StatusRules:
	"""success: statuses that count as done. retry: further statuses to try again, such as 409."""

	success: frozenset[int] = frozenset(range(200, 300))
	retry: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Exchange:
	"""The facts of one exchange.

	status, headers: of the answer; status None when none came. content: what the body turned out to be
	(`core.answer` kinds). truncated: the answer was longer than what is read.
	error, sent, error_text: kind of transport failure, whether the receiver may have seen the request, words.
	creates: the request creates something at the receiver. needs_content: the flow reads the answer.
	accepted: verdict of the flow's success predicate on the body; None when it has none. judged_apart: the records of
	the request are judged by results of their own, or nothing was sent that could be refused.
	remote_message: the receiver's own words. refreshed: the token was renewed just before this exchange.
	not_yet: the receiver says that the same request may succeed later.
	"""

	status: int | None = None
	headers: Mapping[str, str] = field(default_factory=dict)
	content: str = answer.JSON
	truncated: bool = False
	error: str = ""
	sent: bool = True
	error_text: str = ""
	creates: bool = False
	needs_content: bool = False
	accepted: bool | None = None
	judged_apart: bool = True
	remote_message: str = ""
	refreshed: bool = False
	not_yet: bool = False


@dataclass(frozen=True)
class Outcome:
	"""kind: one of the constants of this module. retry_after: seconds the receiver asked for, or None.

	template and params: the message in English, to be translated and filled; `str()` gives it in English.
	"""

	kind: str
	code: str
	params: Mapping[str, Any] = field(default_factory=dict)
	retry_after: int | None = None

	@property
	def template(self) -> str:
		return _MESSAGES[self.code]

	@property
	def resend(self) -> bool:
		"""Whether the same event is to be sent again by itself, on schedule."""
		return self.kind in (RETRY, UNKNOWN, THROTTLE, AUTH) and self.code not in _NOT_REPEATED

	@property
	def system_works(self) -> bool:
		"""Whether the system answered as a working one does: what the breaker wants to know."""
		if self.code == "not_yet" or self.code in _NOT_REPEATED:
			return True
		return self.kind in (DELIVERED, FINAL) and self.code not in ("redirect", "unexpected_content")

	def __str__(self) -> str:
		return fill(self.template, self.params)


def classify(exchange: Exchange, *, now: datetime, rules: StatusRules | None = None) -> Outcome:
	"""The outcome of `exchange`. now: time zone aware, to read a `Retry-After` date."""
	rules = rules or StatusRules()
	if exchange.status is None:
		return _from_error(exchange)
	if exchange.status in rules.success:
		return _from_success(exchange)
	if exchange.status in rules.retry or exchange.status in RETRIED_STATUSES:
		return _from_retried(exchange, now)
	if exchange.not_yet and exchange.status not in _CREDENTIALS:
		return Outcome(RETRY, "not_yet", _params(exchange))
	return _from_refusal(exchange)


def _from_error(exchange: Exchange) -> Outcome:
	unsent, maybe, unsent_code, maybe_code = _ERRORS.get(exchange.error, _ERRORS["reset"])
	params = {"remote": exchange.error_text or exchange.error}
	return Outcome(maybe, maybe_code, params) if exchange.sent else Outcome(unsent, unsent_code, params)


def _from_success(exchange: Exchange) -> Outcome:
	params = _params(exchange)
	# A 404 that counts as done (already deleted) carries an error text, not the data of the flow.
	if not 200 <= exchange.status < 300:
		return Outcome(DELIVERED, "delivered", params)
	if exchange.needs_content and exchange.truncated:
		return Outcome(_not_understood(exchange), "answer_cut", params)
	if exchange.needs_content and exchange.content not in (answer.JSON, answer.XML):
		return Outcome(_not_understood(exchange), "unexpected_content", params)
	if exchange.accepted is False:
		return Outcome(FINAL, "refused", params)
	if exchange.status == _MULTI_STATUS and exchange.accepted is None and not exchange.judged_apart:
		return Outcome(UNKNOWN, "partial", params)
	return Outcome(DELIVERED, "delivered", params)


def _not_understood(exchange: Exchange) -> str:
	return UNKNOWN if exchange.creates else FINAL


def _from_retried(exchange: Exchange, now: datetime) -> Outcome:
	headers = {name.lower(): value for name, value in exchange.headers.items()}
	retry_after = parse_retry_after(headers.get("retry-after"), now)
	params = _params(exchange)
	if exchange.status in _THROTTLING_STATUSES and retry_after is not None:
		return Outcome(THROTTLE, "throttled", params, retry_after)
	if exchange.creates and exchange.status in _AMBIGUOUS_STATUSES:
		return Outcome(UNKNOWN, "ambiguous", params, retry_after)
	code = "throttled" if exchange.status == 429 else "unavailable"
	return Outcome(RETRY, code, params, retry_after)


def _from_refusal(exchange: Exchange) -> Outcome:
	status, params = exchange.status, _params(exchange)
	if status in _CREDENTIALS:
		return Outcome(PAUSE if exchange.refreshed else AUTH, "unauthorized", params)
	if status == 410:
		return Outcome(GONE, "gone", params)
	if 300 <= status < 400:
		return Outcome(FINAL, "redirect", params)
	if 400 <= status < 500:
		return Outcome(FINAL, _STATUS_CODES.get(status, "rejected"), params)
	return Outcome(FINAL, "unexpected_status", params)


def _params(exchange: Exchange) -> dict[str, Any]:
	return {
		"status": exchange.status,
		"remote": exchange.remote_message or "no reason given",
		"content": exchange.content,
		"location": _place(exchange) if 300 <= exchange.status < 400 else "",
	}


def _place(exchange: Exchange) -> str:
	"""Where a redirect points, without its query: that may hold a token."""
	location = next((value for name, value in exchange.headers.items() if name.lower() == "location"), "")
	try:
		parts = urlsplit(location)
		return f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.hostname else parts.path or "nowhere"
	except ValueError:
		return "an unreadable address"


_STATUS_ENTRY = re.compile(r"([1-5])xx|([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?", re.IGNORECASE | re.ASCII)


def parse_statuses(text: str) -> frozenset[int]:
	"""Statuses written as `2xx, 404` or `200-204, 409`. An empty text means `2xx`.

	Raises ConfigurationError for anything else.
	"""
	found: set[int] = set()
	for entry in (part.strip() for part in (text or "2xx").split(",")):
		if entry:
			found |= _statuses(entry)
	return frozenset(found or range(200, 300))


def _statuses(entry: str) -> set[int]:
	match = _STATUS_ENTRY.fullmatch(entry)
	if not match:
		raise ConfigurationError(
			"{text} is not an HTTP status. Write statuses as 2xx, 404 or 200-204, separated by commas.",
			code="status",
			text=entry,
		)
	if match[1]:
		return set(range(int(match[1]) * 100, int(match[1]) * 100 + 100))
	return set(range(int(match[2]), int(match[3] or match[2]) + 1))
