"""Whether a sample of a webhook fits a scheme, and if not, which part does not and what would.

For a person who sets a scheme up, with a request that he has: never for requests that come in, which learn nothing.
Looks at each part by itself, so that an old sample still shows whether its signature fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.parse.limits import InputError
from erp_connect.core.verify import own_form
from erp_connect.core.verify import types as kinds
from erp_connect.core.verify.event import event_of
from erp_connect.core.verify.message import compose
from erp_connect.core.verify.request import (
	FUTURE,
	MALFORMED,
	MISMATCH,
	STALE,
	InboundRequest,
	VerificationError,
)
from erp_connect.core.verify.scheme import scheme_from_dict
from erp_connect.core.verify.signature import check_signature, check_time, read_given
from erp_connect.core.verify.types import Scheme

# Parts of a proof, in the order in which they are looked at.
SIGNATURE, TIME, AGE, MESSAGE, FIT, TOPIC, ID = "signature", "time", "age", "message", "fit", "topic", "id"


@dataclass(frozen=True)
class Step:
	"""One part: whether it is as the scheme says. reason: why not, as `request.REASONS`; found: what stands there."""

	part: str
	ok: bool
	reason: str = ""
	found: str = ""


@dataclass
class Examined:
	"""steps: what was looked at. ok: the request is proved, whatever its age. would_fit: answers of the form that prove it
	where these do not. line_ends: it is proved once the ends of lines in the body are as they travelled."""

	ok: bool
	steps: list[Step] = field(default_factory=list)
	would_fit: dict[str, Any] | None = None
	line_ends: bool = False


def request_of(method: str, url: str, headers: str, body: str) -> InboundRequest:
	"""The request that a person pasted. headers: one a line, `Name: value`; other lines are left out."""
	pairs = []
	for line in headers.splitlines():
		name, colon, value = line.strip().partition(":")
		if colon and name.strip():
			pairs.append((name.strip(), value.strip()))
	return InboundRequest(method.upper(), url, tuple(pairs), body.encode())


def examine(
	scheme: Scheme,
	given: dict[str, Any] | None,
	request: InboundRequest,
	secrets: Sequence[Secret],
	now: float,
) -> Examined:
	"""What fits of a scheme with a signature. given: the answers of the form that made it, if it was one."""
	found = Examined(False)
	for part in (_signature, _time, _age, _message):
		if step := part(scheme, request, now):
			found.steps.append(step)
	ready = all(step.ok for step in found.steps if step.part != AGE)
	if not ready:
		return found
	step, fitting = _fit(scheme, request, secrets, now)
	found.steps.append(step)
	found.ok, found.line_ends = step.ok, fitting is not None and fitting.body != request.body
	if step.ok:
		found.steps += _event(scheme, fitting or request)
	elif given and step.reason == MISMATCH:
		found.would_fit = _what_would_fit(given, request, secrets, now)
	return found


def _signature(scheme: Scheme, request: InboundRequest, now: float) -> Step:
	place = scheme.signature.place
	try:
		texts = place.texts(request)
		read_given(replace(scheme, timestamp=None), request)
	except VerificationError as error:
		return Step(SIGNATURE, False, error.reason, texts[0] if texts else "")
	except InputError:
		return Step(SIGNATURE, False, MALFORMED)
	return Step(SIGNATURE, True, found=texts[0])


def _time(scheme: Scheme, request: InboundRequest, now: float) -> Step | None:
	if not scheme.timestamp:
		return None
	try:
		text = read_given(replace(scheme, signature=_any_signature(scheme)), request).timestamp
		check_time(replace(scheme.timestamp, past=10**9, future=10**9), text, now)
	except (VerificationError, InputError) as error:
		return Step(TIME, False, getattr(error, "reason", MALFORMED))
	return Step(TIME, True, found=text)


def _any_signature(scheme: Scheme):
	"""The time alone is asked for, unless it stands in the header of the signature."""
	return scheme.signature if scheme.timestamp.key else None


def _age(scheme: Scheme, request: InboundRequest, now: float) -> Step | None:
	"""Samples are old as a rule: told, and no fault of the scheme."""
	if not scheme.timestamp:
		return None
	try:
		text = read_given(replace(scheme, signature=_any_signature(scheme)), request).timestamp
		check_time(scheme.timestamp, text, now)
	except VerificationError as error:
		return Step(AGE, False, error.reason) if error.reason in (STALE, FUTURE) else None
	except InputError:
		return None
	return None


def _message(scheme: Scheme, request: InboundRequest, now: float) -> Step | None:
	try:
		timestamp = read_given(scheme, request).timestamp
		values = {"timestamp": timestamp, "webhook_id": scheme.webhook_id}
		if scheme.id and scheme.id[0].texts(request):
			values["id"] = scheme.id[0].texts(request)[0]
		compose(scheme.message, request, values)(b"")
	except VerificationError as error:
		return Step(MESSAGE, False, error.reason)
	except (InputError, KeyError):
		return Step(MESSAGE, False, MALFORMED)
	return None


def _fit(
	scheme: Scheme, request: InboundRequest, secrets: Sequence[Secret], now: float
) -> tuple[Step, InboundRequest | None]:
	reason = MISMATCH
	for body in _bodies(request.body):
		one = replace(request, body=body)
		try:
			check_signature(
				scheme, replace(one, url=scheme.url or one.url), read_given(scheme, one), secrets, now
			)
		except VerificationError as error:
			reason = error.reason
		except InputError:
			reason = MALFORMED
		else:
			return Step(FIT, True), one
		if reason != MISMATCH:
			break
	return Step(FIT, False, reason), None


def _bodies(body: bytes) -> Iterator[bytes]:
	"""The body, and what it may have been before it was pasted into a form."""
	unix = body.replace(b"\r\n", b"\n")
	windows = unix.replace(b"\n", b"\r\n")
	tried = [body, unix, body.rstrip(b"\r\n"), unix + b"\n", windows, windows + b"\r\n"]
	yield from dict.fromkeys(tried)


def _event(scheme: Scheme, request: InboundRequest) -> list[Step]:
	event = event_of(scheme, request, None)
	steps = [Step(TOPIC, bool(event.topic), found=event.topic)] if scheme.topic else []
	if scheme.id:
		steps.append(Step(ID, not event.id.startswith("sha256:"), found=event.id))
	return steps


def _what_would_fit(
	given: dict[str, Any], request: InboundRequest, secrets: Sequence[Secret], now: float
) -> dict[str, Any] | None:
	"""Answers that differ in one respect or two, of those that senders use."""
	for form in _others(given):
		try:
			scheme = scheme_from_dict(own_form.scheme_of(form))
		except ConfigurationError:
			continue
		step, _fitting = _fit(scheme, request, secrets, now)
		if step.ok:
			return form
	return None


def _others(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
	messages = [
		{"signed": signed, "separator": separator}
		for signed in own_form.MESSAGES
		for separator in (own_form.SEPARATORS if signed != "body" else (".",))
	]
	made = [
		{"algorithm": algorithm, "encoding": encoding}
		for algorithm in ("sha256", "sha512", "sha1", "md5", "sha384")
		for encoding in ("hex", "base64")
	]
	secrets = [{"secret_encoding": one} for one in kinds.SECRET_ENCODINGS]
	for change in (*messages, *made, *secrets):
		yield {**given, **change}
	for message in messages:
		for change in (*made, *secrets):
			yield {**given, **message, **change}
