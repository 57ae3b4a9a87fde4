"""Proof that takes a question: whether the vendor says that a request is theirs, and where a certificate is.

Promises: only describes the question and reads the answer; asks nothing itself. Never lets a request choose
where the question goes, and names a certificate's address only on the hosts that the scheme believes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from erp_connect.core.errors import ConfigurationError, ExpressionError
from erp_connect.core.expressions.expression import compile_expression
from erp_connect.core.parse.json import parse_json
from erp_connect.core.parse.limits import InputError, Limits, decode_text
from erp_connect.core.verify.event import Verified, event_of
from erp_connect.core.verify.request import MALFORMED, MISMATCH, InboundRequest, VerificationError, single
from erp_connect.core.verify.signature import check_time, read_given
from erp_connect.core.verify.types import Certificate, Scheme

_ANSWER_LIMITS = Limits(max_bytes=100_000)


@dataclass(frozen=True)
class CallbackRequest:
	"""The question: a JSON body for `path` below the address of the account, with its authentication."""

	method: str
	path: str
	body: bytes = field(repr=False)


def callback_request(scheme: Scheme, request: InboundRequest, now: float) -> CallbackRequest:
	"""The question to the vendor about `request`. The body of the request goes in byte for byte.

	Raises VerificationError for a request that is not worth asking about: something missing, not JSON, stale.
	Raises ConfigurationError when the scheme asks nothing.
	"""
	callback = _callback(scheme)
	_time(scheme, request, now)
	try:
		parse_json(request.body, request.limits, any_text=True)
		raw = decode_text(request.body).strip()
	except InputError:
		raise VerificationError(MALFORMED) from None
	members = [
		f"{json.dumps(name)}:{_value(kind, text, scheme, request, raw)}"
		for name, (kind, text) in callback.body
	]
	return CallbackRequest(callback.method, callback.path, ("{" + ",".join(members) + "}").encode())


def confirm(scheme: Scheme, request: InboundRequest, status: int, answer: bytes, now: float) -> Verified:
	"""What is known of `request` when the vendor's answer says yes. status and answer: of the question's reply.

	Raises VerificationError for every other answer, and ConfigurationError when the scheme asks nothing.
	"""
	callback = _callback(scheme)
	try:
		data = parse_json(answer, _ANSWER_LIMITS) if 200 <= status < 300 else None
		accepted = data is not None and compile_expression(callback.success).is_true(data)
	except (InputError, ExpressionError):
		accepted = False
	if not accepted:
		raise VerificationError(MISMATCH)
	return event_of(scheme, request, _time(scheme, request, now))


def certificate_url(scheme: Scheme, request: InboundRequest) -> str:
	"""The address of the certificate that signed `request`, if it is one the scheme believes; empty when the
	scheme has its key from the account. Fetch it, and give its PEM text to `verify` as the secret.

	Raises VerificationError for a missing address or one that is not believed.
	"""
	if scheme.certificate is None:
		return ""
	url = single(scheme.certificate.place.texts(request))
	if not _believed(url, scheme.certificate):
		raise VerificationError(MALFORMED)
	return url


def _callback(scheme: Scheme):
	if scheme.callback is None:
		raise ConfigurationError(
			"The webhook verification {kind} asks nobody. Choose a scheme of the kind callback.",
			code="scheme",
			kind=scheme.kind,
		)
	return scheme.callback


def _time(scheme: Scheme, request: InboundRequest, now: float) -> float | None:
	try:
		given = read_given(scheme, request)
	except InputError:
		raise VerificationError(MALFORMED) from None
	return check_time(scheme.timestamp, given.timestamp, now) if scheme.timestamp else None


def _value(kind: str, text: str, scheme: Scheme, request: InboundRequest, raw: str) -> str:
	if kind == "raw_body":
		return raw
	if kind == "header":
		text = single(request.header_values(text))
	elif kind == "query":
		text = single(request.query_values(text))
	elif kind == "setting":
		text = scheme.webhook_id
	return json.dumps(text)


def _believed(url: str, certificate: Certificate) -> bool:
	try:
		parts = urlsplit(url)
		port = parts.port
	except ValueError:
		return False
	plain = (
		not any(character in url for character in "\\@# \t")
		and ".." not in parts.path
		and "%" not in parts.path
	)
	return (
		plain
		and parts.scheme == "https"
		and port in (None, 443)
		and (parts.hostname or "") in certificate.hosts
		and parts.path.startswith(certificate.path)
	)
