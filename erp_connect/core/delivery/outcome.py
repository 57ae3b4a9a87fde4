"""What one exchange with an outside system means for the event it carried.

Promises one verdict per exchange, taken from facts alone, with a message that says what happened. Never
decides when to try again (core.delivery.retry) nor what to write where (the delivery side). Never turns an answer
that could not be understood into a success.

An outcome is `unknown` when the receiver may have acted although no usable answer came back: connection
lost after the request went out, a gateway that gave up waiting, a page of HTML where JSON was due after a
creation. Such an event is sent again with the same key and the same bytes, so the receiver can tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from erp_connect.core.delivery import answer_rules
from erp_connect.core.delivery.answer_rules import Judgement
from erp_connect.core.delivery.outcome_messages import MESSAGES
from erp_connect.core.delivery.retry import parse_retry_after
from erp_connect.core.errors import Whole, fill
from erp_connect.core.parse import answer

DELIVERED = "delivered"
RETRY = "retry"
FINAL = "final"
UNKNOWN = "unknown"
THROTTLE = "throttle"
AUTH = "auth"
PAUSE = "pause"
GONE = "gone"
# The record is there already, without this event's doing.
EXISTS = "exists"
# The other system says that nothing is to be done.
NOTHING = "nothing"
# The record is not as it was when it was seen last: nothing was written over it.
CHANGED = "changed"
# A part of a file was taken, and more of it is to be sent.
PARTLY = "partly"
# It is in a batch that is worked off outside: what comes of it is asked for later.
UNDER_WAY = "under_way"

RETRIED_STATUSES = frozenset({408, 425, 429}) | frozenset(range(500, 600))
# The gateway answered, not the system behind it: the request may have been carried out.
_AMBIGUOUS_STATUSES = frozenset({502, 504, 520, 524})
_THROTTLING_STATUSES = frozenset({429, 503})
_CREDENTIALS = frozenset({401, 407})
_MULTI_STATUS = 207
_PRECONDITION_FAILED = 412
# A request for several records was refused as a whole: each is sent by itself, as one may be to blame for all.
REFUSED_TOGETHER = "refused_together"
_OF_ONE_RECORD = frozenset({"invalid", "conflict", "refused", "rejected", "record_gone", "exists"})
# Nobody can tell whether the record was taken, and the same answer to a repetition would not tell it either.
_NOT_REPEATED = frozenset({"no_result", "partial", "unjudged", "batch_unreadable"})
# What a system that works answers with.
_ANSWERS = frozenset({DELIVERED, FINAL, EXISTS, NOTHING, CHANGED, PARTLY, UNDER_WAY})

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
	428: "version_wanted",
}
# What a rule says → the outcome.
_OF_VERDICT = {
	answer_rules.DELIVERED: (DELIVERED, "delivered"),
	answer_rules.TRY_AGAIN: (RETRY, "not_yet"),
	answer_rules.SLOW_DOWN: (THROTTLE, "throttled"),
	# It may still be carried out: only the same request again, under its key, can tell.
	answer_rules.PENDING: (UNKNOWN, "pending"),
	answer_rules.EXISTS: (EXISTS, "exists"),
	answer_rules.GONE: (FINAL, "record_gone"),
	answer_rules.REFUSED: (FINAL, "refused"),
	answer_rules.NOTHING: (NOTHING, "nothing_to_do"),
	answer_rules.CHANGED: (CHANGED, "changed"),
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
	accepted: verdict of the flow's success predicate on the body; None when it has none. unjudged: why the predicate
	could not be evaluated on this answer. judged_apart: the records of
	the request are judged by results of their own, or nothing was sent that could be refused.
	remote_message: the receiver's own words. refreshed: the token was renewed just before this exchange.
	not_yet: the receiver says that the same request may succeed later. deletes: the request deletes.
	judgement: of the rules of the flow and the account, which goes before all else. pause: seconds for which the
	receiver asks to be left alone after this answer, whatever it means.
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
	unjudged: str = ""
	judged_apart: bool = True
	remote_message: str = ""
	refreshed: bool = False
	not_yet: bool = False
	deletes: bool = False
	judgement: Judgement | None = None
	pause: int | None = None


@dataclass(frozen=True)
class Outcome:
	"""kind: one of the constants of this module. retry_after: seconds the receiver asked for, or None.
	pause: seconds in which the account is to be asked for nothing, although the answer is good; None for none.

	template and params: the message in English, to be translated and filled; `str()` gives it in English.
	"""

	kind: str
	code: str
	params: Mapping[str, Any] = field(default_factory=dict)
	retry_after: int | None = None
	pause: int | None = None

	@property
	def template(self) -> str:
		return MESSAGES[self.code]

	@property
	def resend(self) -> bool:
		"""Whether the same event is to be sent again by itself, on schedule."""
		return self.kind in (RETRY, UNKNOWN, THROTTLE, AUTH) and self.code not in _NOT_REPEATED

	@property
	def system_works(self) -> bool:
		"""Whether the system answered as a working one does: what the breaker wants to know."""
		if (
			self.code in ("not_yet", "pending", "changed_outside", "record_moved", REFUSED_TOGETHER)
			or self.code in _NOT_REPEATED
		):
			return True
		return self.kind in _ANSWERS and self.code not in ("redirect", "unexpected_content")

	def __str__(self) -> str:
		return fill(self.template, self.params)


def classify(exchange: Exchange, *, now: datetime, rules: StatusRules | None = None) -> Outcome:
	"""The outcome of `exchange`. now: time zone aware, to read a `Retry-After` date."""
	if exchange.status is None:
		return _from_error(exchange)
	if exchange.judgement:
		found = _from_judgement(exchange, exchange.judgement)
	else:
		found = _from_answer(exchange, now, rules or StatusRules())
	return replace(found, pause=exchange.pause) if exchange.pause else found


def of_item(judgement: Judgement, status: int | None, remote: str) -> Outcome:
	"""What a rule says about one record among several in a request. remote: the receiver's words about it.

	What concerns the credentials is not one record's matter: it is tried again, as anything that may be over later.
	"""
	if judgement.verdict == answer_rules.TOKEN_EXPIRED:
		judgement = replace(judgement, verdict=answer_rules.TRY_AGAIN)
	return _from_judgement(Exchange(status=status, remote_message=remote), judgement)


def apart(outcome: Outcome) -> Outcome:
	"""The outcome of each of several records whose request as a whole had this one.

	What may be the fault of one of them says nothing of the others: they are sent again, each by itself.
	"""
	if outcome.kind in (FINAL, EXISTS) and outcome.code in _OF_ONE_RECORD:
		return Outcome(RETRY, REFUSED_TOGETHER, outcome.params, pause=outcome.pause)
	return outcome


def _from_answer(exchange: Exchange, now: datetime, rules: StatusRules) -> Outcome:
	if exchange.status in rules.success:
		if exchange.not_yet and not exchange.accepted:
			return Outcome(RETRY, "not_yet", _params(exchange))
		return _from_success(exchange)
	if exchange.status in rules.retry or exchange.status in RETRIED_STATUSES:
		return _from_retried(exchange, now)
	if exchange.not_yet and exchange.status not in _CREDENTIALS:
		return Outcome(RETRY, "not_yet", _params(exchange))
	return _from_refusal(exchange)


def _from_error(exchange: Exchange) -> Outcome:
	unsent, maybe, unsent_code, maybe_code = _ERRORS.get(exchange.error, _ERRORS["reset"])
	params = {"remote": Whole(exchange.error_text or exchange.error)}
	return Outcome(maybe, maybe_code, params) if exchange.sent else Outcome(unsent, unsent_code, params)


def _from_judgement(exchange: Exchange, judgement: Judgement) -> Outcome:
	params = {**_params(exchange), **({"remote": Whole(judgement.message)} if judgement.message else {})}
	if judgement.verdict == answer_rules.TOKEN_EXPIRED:
		return _unauthorized(exchange, params)
	if judgement.verdict == answer_rules.GONE and exchange.deletes:
		return Outcome(DELIVERED, "delivered", params)
	if judgement.verdict == answer_rules.SLOW_DOWN and judgement.wait is None:
		return Outcome(RETRY, "throttled", params)
	kind, code = _OF_VERDICT[judgement.verdict]
	return Outcome(kind, code, params, judgement.wait)


def _unauthorized(exchange: Exchange, params: dict[str, Any]) -> Outcome:
	return Outcome(PAUSE if exchange.refreshed else AUTH, "unauthorized", params)


def _from_success(exchange: Exchange) -> Outcome:
	params = _params(exchange)
	# A 404 that counts as done (already deleted) carries an error text, not the data of the flow.
	if not 200 <= exchange.status < 300:
		return Outcome(DELIVERED, "delivered", params)
	if exchange.needs_content and exchange.truncated:
		return Outcome(_not_understood(exchange), "answer_cut", params)
	if exchange.needs_content and exchange.content not in (answer.JSON, answer.XML):
		return Outcome(_not_understood(exchange), "unexpected_content", params)
	if exchange.unjudged:
		return Outcome(UNKNOWN, "unjudged", {**params, "remote": Whole(exchange.unjudged)})
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
		return _unauthorized(exchange, params)
	if status == 410:
		return Outcome(GONE, "gone", params)
	if status == _PRECONDITION_FAILED:
		return Outcome(FINAL, "conflict", params) if exchange.creates else Outcome(CHANGED, "changed", params)
	if 300 <= status < 400:
		return Outcome(FINAL, "redirect", params)
	if 400 <= status < 500:
		return Outcome(FINAL, _STATUS_CODES.get(status, "rejected"), params)
	return Outcome(FINAL, "unexpected_status", params)


def _params(exchange: Exchange) -> dict[str, Any]:
	return {
		"status": exchange.status,
		"remote": Whole(exchange.remote_message or "no reason given"),
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
