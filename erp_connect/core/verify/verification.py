"""Whether a webhook comes from whom it says: the one gate between the open internet and the inbox.

Promises: `verify` answers with what is known about a request that is proved, or raises VerificationError and
nothing else, whatever the request holds. Compares in constant time, over the bytes that travelled, with every
secret of the account. Never stores, never calls anybody, never reads a clock, and never tells a caller why.

	scheme = scheme_from_dict({"kind": "hmac", …})
	scheme = chosen(scheme, request)  # of several ways, the one for such a request
	reply = challenge_answer(scheme, request, secrets, now)  # send it, and stop, when there is one
	verified = verify(scheme, request, secrets, now)

For a scheme that asks the vendor, `callback_request` makes the question and `confirm` reads the answer.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace

from erp_connect.core.delivery.aes_checksum import aes_key
from erp_connect.core.errors import ConfigurationError
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.parse.limits import InputError
from erp_connect.core.verify import types as kinds
from erp_connect.core.verify.alternatives import chosen
from erp_connect.core.verify.callback import CallbackRequest, callback_request, certificate_url, confirm
from erp_connect.core.verify.challenge import Reply, answer_challenge, same
from erp_connect.core.verify.event import Verified, event_of
from erp_connect.core.verify.keys import key_bytes, rsa_key
from erp_connect.core.verify.request import (
	CALLBACK_NEEDED,
	MALFORMED,
	MISMATCH,
	InboundRequest,
	VerificationError,
	inbound_request,
	single,
)
from erp_connect.core.verify.scheme import scheme_from_dict
from erp_connect.core.verify.signature import check_signature, check_time, read_given, usable_keys
from erp_connect.core.verify.types import Scheme

__all__ = [
	"CallbackRequest",
	"InboundRequest",
	"Reply",
	"Scheme",
	"VerificationError",
	"Verified",
	"callback_request",
	"certificate_url",
	"challenge_answer",
	"check_secret",
	"chosen",
	"confirm",
	"inbound_request",
	"scheme_from_dict",
	"verify",
]


def verify(scheme: Scheme, request: InboundRequest, secrets: Sequence[Secret], now: float) -> Verified:
	"""What is known of `request`, if it proves that it comes from a holder of one of `secrets`.

	secrets: of the account, all that are valid while one is being replaced; for RSA the public keys or
	certificates as PEM, for Basic authentication `user:password`. now: seconds since 1970.
	Raises VerificationError, whose message is always the same; `reason` is for logs only.
	"""
	scheme = chosen(scheme, request)
	if scheme.kind == kinds.CALLBACK:
		raise VerificationError(CALLBACK_NEEDED)
	try:
		if scheme.token is not None:
			_check_token(scheme, request, secrets)
			return event_of(scheme, request, None)
		given = read_given(scheme, request)
		signed = replace(request, url=scheme.url) if scheme.url else request
		check_signature(scheme, signed, given, secrets, now)
	except InputError:
		raise VerificationError(MALFORMED) from None
	timestamp = check_time(scheme.timestamp, given.timestamp, now) if scheme.timestamp else None
	return event_of(scheme, request, timestamp)


def challenge_answer(
	scheme: Scheme, request: InboundRequest, secrets: Sequence[Secret], now: float
) -> Reply | None:
	"""The answer when `request` is a challenge of the scheme and no event, else None. Never raises.

	Call it before `verify`. A challenge that must be signed is verified here; one that is not proved gives None,
	and `verify` then refuses it like any other request.
	"""

	def proved() -> bool:
		try:
			verify(scheme, request, secrets, now)
		except VerificationError:
			return False
		return True

	return answer_challenge(scheme.challenge, request, secrets, proved)


def check_secret(scheme: Scheme, secret: Secret, now: float) -> None:
	"""Raises ConfigurationError, code `secret`, when `secret` cannot work with the scheme. For when it is saved."""
	for way in scheme.alternatives:
		check_secret(way.scheme, secret, now)
	if scheme.alternatives:
		return
	text = secret.reveal()
	try:
		if not text.strip():
			raise ValueError("empty")
		_SECRET_CHECKS.get(scheme.kind, _any_text)(scheme, text, now)
	except (ValueError, VerificationError):
		raise ConfigurationError(
			"The webhook secret does not fit: it must be {expected}. Copy it again in full.",
			code="secret",
			expected=_EXPECTED.get(scheme.kind) or _EXPECTED_ENCODING[scheme.secret_encoding],
		) from None


def _check_token(scheme: Scheme, request: InboundRequest, secrets: Sequence[Secret]) -> None:
	known = usable_keys(secrets, str.encode)
	text = single(scheme.token.texts(request))
	if text[: len(scheme.token_prefix)].lower() != scheme.token_prefix.lower():
		raise VerificationError(MISMATCH)
	given = text[len(scheme.token_prefix) :].strip().encode()
	if scheme.kind == kinds.BASIC:
		try:
			given = base64.b64decode(given, validate=True)
		except (binascii.Error, ValueError):
			raise VerificationError(MALFORMED) from None
	if not any([same(given, secret) for secret in known]):
		raise VerificationError(MISMATCH)


def _any_text(scheme: Scheme, text: str, now: float) -> None:
	key_bytes(text, scheme.secret_encoding)


def _user_and_password(scheme: Scheme, text: str, now: float) -> None:
	user, colon, password = text.partition(":")
	if not (user and colon and password):
		raise ValueError("no colon")


_SECRET_CHECKS = {
	kinds.BASIC: _user_and_password,
	kinds.SALTED_AES: lambda scheme, text, now: aes_key(text),
	kinds.RSA: lambda scheme, text, now: rsa_key(text, now),
}
_EXPECTED = {
	kinds.BASIC: "user:password",
	kinds.SALTED_AES: "a key of 16, 24 or 32 characters",
	kinds.RSA: "a public key of 2048 bits or more, or a certificate that is valid now, as PEM text",
}
_EXPECTED_ENCODING = {
	"utf8": "a text",
	"base64": "base64",
	"hex": "hexadecimal digits",
	"whsec": "whsec_ and base64, or any other text",
}
