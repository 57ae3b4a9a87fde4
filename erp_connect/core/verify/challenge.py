"""Answers to requests that are no events: an outside system asking whether anybody is there.

	{"when": [{"body": "type", "equals": "url_verification"}], "answer": {"echo": {"body": "challenge"}}}
	{"when": [{"method": "GET"}], "answer": {"text": "ok"}, "verified": false}

Promises: what a stranger sent is sent back only after proof (a verified request, or a token that fits), as plain
text or JSON, short and printable. Never raises because of a request.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from erp_connect.core.guard.redaction import Secret
from erp_connect.core.parse.limits import InputError
from erp_connect.core.verify.conditions import Condition, all_hold, take_conditions
from erp_connect.core.verify.places import BODY, HEADER, QUERY, Place, take_place
from erp_connect.core.verify.request import InboundRequest
from erp_connect.core.verify.settings import Settings, wrong

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
_ECHO = re.compile(r"[\x20-\x7e]{1,1000}")


@dataclass(frozen=True)
class Challenge:
	"""One rule. name: of the member under which JSON carries the answer; empty for plain text. verified: whether
	the request must prove itself like an event. token: a place where one of the secrets must stand."""

	when: tuple[Condition, ...]
	text: str = ""
	echo: Place | None = None
	name: str = ""
	verified: bool = True
	token: Place | None = None


@dataclass(frozen=True)
class Reply:
	"""What to answer with."""

	status: int
	content_type: str
	body: bytes


def answer_challenge(
	challenges: Sequence[Challenge],
	request: InboundRequest,
	secrets: Sequence[Secret],
	proved: Callable[[], bool],
) -> Reply | None:
	"""The answer when `request` is one of the challenges, else None. Never raises.

	proved: whether the request comes from a holder of the secrets; asked only where a rule depends on it.
	"""
	for challenge in challenges:
		try:
			if _applies(challenge, request, secrets) and (not challenge.verified or proved()):
				return _reply(challenge, request)
		except InputError:
			continue
	return None


def take_challenges(settings: Settings) -> tuple[Challenge, ...]:
	"""The rules under `challenge`. Raises ConfigurationError."""
	return tuple(_challenge(Settings(given, where)) for given, where in settings.several("challenge"))


def _challenge(settings: Settings) -> Challenge:
	when = take_conditions(settings, "when")
	if not when:
		raise wrong(settings.where("when"), "must say how a challenge is told from an event")
	answer = Settings(settings.take("answer"), settings.where("answer"))
	echo, name, text = None, answer.text("name", ""), answer.text("text", "")
	if "echo" in answer:
		inner = Settings(answer.take("echo"), answer.where("echo"))
		echo = take_place(inner, (HEADER, QUERY, BODY))
		inner.done()
	answer.done()
	verified, token = settings.flag("verified", True), None
	if "token" in settings:
		inner = Settings(settings.take("token"), settings.where("token"))
		token = take_place(inner, (HEADER, QUERY, BODY))
		inner.done()
	settings.done()
	if echo and not verified and not token:
		raise wrong(settings.where("verified"), "must be true for an echo without a token")
	return Challenge(when, text, echo, name, verified, token)


def _applies(challenge: Challenge, request: InboundRequest, secrets: Sequence[Secret]) -> bool:
	if not all_hold(challenge.when, request):
		return False
	return challenge.token is None or _one_of(challenge.token.texts(request), secrets)


def _one_of(given: list[str], secrets: Sequence[Secret]) -> bool:
	if len(given) != 1:
		return False
	return any(
		[same(given[0].encode("utf-8", "replace"), secret.reveal().encode()) for secret in secrets if secret]
	)


def same(left: bytes, right: bytes) -> bool:
	"""Whether two texts are equal, in a time that tells neither where they differ nor how long they are."""
	return hmac.compare_digest(hashlib.sha256(left).digest(), hashlib.sha256(right).digest())


def _reply(challenge: Challenge, request: InboundRequest) -> Reply | None:
	text: Any = challenge.text
	if challenge.echo:
		found = challenge.echo.texts(request)
		if len(found) != 1 or not _ECHO.fullmatch(found[0]):
			return None
		text = found[0]
	if challenge.name:
		return Reply(200, JSON, json.dumps({challenge.name: text}).encode())
	return Reply(200, TEXT, text.encode())
