"""Reading the signature of a request and comparing it with what each secret would have made.

Promises: every comparison takes place, in constant time, whichever of them fits; what a request holds raises
VerificationError and InputError only. Never accepts a signature that is merely similar: no stripping, no
padding, only the case of hexadecimal digits is free.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from erp_connect.core.delivery.aes_checksum import SEALED, aes_key, checksum_fits
from erp_connect.core.guard.redaction import Secret
from erp_connect.core.values import dates
from erp_connect.core.verify import types as kinds
from erp_connect.core.verify.keys import key_bytes, rsa_key, rsa_matches, strict_base64
from erp_connect.core.verify.message import compose, names_part
from erp_connect.core.verify.places import BODY
from erp_connect.core.verify.request import (
	BAD_SECRET,
	FUTURE,
	MALFORMED,
	MISMATCH,
	MISSING,
	NO_SECRET,
	STALE,
	InboundRequest,
	VerificationError,
	single,
)
from erp_connect.core.verify.types import Scheme, Signature, Timestamp

_MAX_SIGNATURES = 20
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)
_MILLISECONDS = re.compile(r"\d{1,15}", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){1,1024}")
_STAND_IN = b"\0" * 32
_Key = TypeVar("_Key")


@dataclass(frozen=True)
class Given:
	"""What a request brings: its signatures, and the text of its time, empty where the scheme has none."""

	signatures: tuple[str, ...]
	timestamp: str


def read_given(scheme: Scheme, request: InboundRequest) -> Given:
	"""The signatures and the time as they stand in the request. Raises VerificationError and InputError."""
	signatures: tuple[str, ...] = ()
	timestamps: list[str] = []
	if scheme.signature:
		text = single(scheme.signature.place.texts(request))
		signatures = _signatures(scheme.signature, text)
		if scheme.timestamp and scheme.timestamp.key:
			timestamps = _under_key(text, scheme.timestamp.key)
	if scheme.timestamp and scheme.timestamp.place:
		timestamps = scheme.timestamp.place.texts(request)
	return Given(signatures, single(timestamps) if scheme.timestamp else "")


def check_time(timestamp: Timestamp, text: str, now: float) -> float | None:
	"""The seconds since 1970 that `text` means; None for an unreadable time that nobody relies on.

	Raises VerificationError `stale`, `future` or `malformed`.
	"""
	moment = _moment(text, timestamp.unit)
	if moment is None:
		if timestamp.past is None and timestamp.future is None:
			return None
		raise VerificationError(MALFORMED)
	if timestamp.past is not None and now - moment > timestamp.past:
		raise VerificationError(STALE)
	if timestamp.future is not None and moment - now > timestamp.future:
		raise VerificationError(FUTURE)
	return moment


def check_signature(
	scheme: Scheme, request: InboundRequest, given: Given, secrets: Sequence[Secret], now: float
) -> None:
	"""Raises VerificationError unless one of the signatures was made with one of the secrets."""
	message = compose(scheme.message, request, _values(scheme, request, given), left_out=_left_out(scheme))
	keys = usable_keys(secrets, _key_maker(scheme, now))
	matches = [_fits(scheme, key, message, signature) for key in keys for signature in given.signatures]
	if not any(matches):
		raise VerificationError(MISMATCH)


def usable_keys(secrets: Sequence[Secret], make: Callable[[str], _Key]) -> list[_Key]:
	"""The keys of all secrets that can be used. make: raises ValueError for one that cannot.

	Raises VerificationError `no_secret`, `bad_secret`, or what `make` raises when no secret is usable.
	"""
	texts = [secret.reveal() for secret in secrets if secret]
	if not texts:
		# As long as an account with a secret takes: whether there is one is nobody's business.
		hmac.new(_STAND_IN, _STAND_IN, "sha256").digest()
		raise VerificationError(NO_SECRET)
	keys, refusal = [], VerificationError(BAD_SECRET)
	for text in texts:
		try:
			keys.append(make(text))
		except ValueError:
			continue
		except VerificationError as error:
			refusal = error
	try:
		if not keys:
			raise refusal
		return keys
	finally:
		del refusal  # it holds this frame, and all that leads here, once it is raised


def _key_maker(scheme: Scheme, now: float) -> Callable[[str], object]:
	if scheme.kind == kinds.RSA:
		return lambda text: rsa_key(text, now)
	if scheme.kind == kinds.SALTED_AES:
		return aes_key
	return lambda text: key_bytes(text, scheme.secret_encoding)


def _fits(scheme: Scheme, key: object, message: Callable[[bytes], bytes], signature: str) -> bool:
	if scheme.kind == kinds.RSA:
		return rsa_matches(key, scheme.algorithm, message(b""), _decoded(scheme, signature))
	if scheme.kind == kinds.SALTED_AES:
		return checksum_fits(key, scheme.iv.encode(), message(b""), _sealed(signature))
	if scheme.kind == kinds.PLAIN_DIGEST:
		digest = hashlib.new(scheme.algorithm, message(key)).digest()
	else:
		digest = hmac.new(key, message(b""), scheme.algorithm).digest()
	if scheme.signature.encoding == "base64":
		return hmac.compare_digest(base64.b64encode(digest), signature.encode())
	return hmac.compare_digest(digest.hex().encode(), signature.lower().encode())


def _sealed(signature: str) -> bytes:
	sealed = strict_base64(signature)
	if len(sealed) != SEALED:
		raise VerificationError(MALFORMED)
	return sealed


def _decoded(scheme: Scheme, signature: str) -> bytes:
	if scheme.signature.encoding == "base64":
		return strict_base64(signature)
	if not _HEX.fullmatch(signature):
		raise VerificationError(MALFORMED)
	return bytes.fromhex(signature)


def _values(scheme: Scheme, request: InboundRequest, given: Given) -> dict[str, str]:
	values = {"timestamp": given.timestamp, "webhook_id": scheme.webhook_id}
	if names_part(scheme.message, "id"):
		values["id"] = single(scheme.id[0].texts(request))
	return values


def _left_out(scheme: Scheme) -> str:
	place = scheme.signature.place
	return place.name if place.kind == BODY else ""


def _signatures(signature: Signature, text: str) -> tuple[str, ...]:
	if signature.parse == "plain":
		return (text,)
	if signature.parse == "pairs":
		found = _under_key(text, signature.key)
	else:
		entries = text.split(" ") if signature.parse == "list" else [text]
		found = [
			entry.removeprefix(signature.prefix)
			for entry in entries[:_MAX_SIGNATURES]
			if entry.startswith(signature.prefix)
		]
	found = [entry for entry in found if entry][:_MAX_SIGNATURES]
	if not found:
		raise VerificationError(MISSING)
	return tuple(found)


def _under_key(text: str, key: str) -> list[str]:
	pairs = (entry.partition("=") for entry in text.split(","))
	return [value.strip() for name, _, value in pairs if name.strip() == key]


def _moment(text: str, unit: str) -> float | None:
	if unit == "iso":
		return _iso_moment(text)
	pattern = _SECONDS if unit == "s" else _MILLISECONDS
	if not pattern.fullmatch(text):
		return None
	return int(text) / (1 if unit == "s" else 1000)


def _iso_moment(text: str) -> float | None:
	try:
		moment = dates.parse_iso(text)
		if moment.tzinfo is None:
			moment = moment.replace(tzinfo=dates.zone("UTC"))
		return moment.timestamp()
	except (ValueError, OverflowError):
		return None
