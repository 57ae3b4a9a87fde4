"""Signatures over the exact bytes that travel.

Two things: the Standard Webhooks scheme (identifier, timestamp, body; several secrets while one is being
replaced), and signatures composed by a template for systems that want requests signed in their own way.

Promises constant-time comparison and that verification raises nothing but SignatureError. Never reads a
clock, never serialises a payload (what is signed are the bytes given), never puts a secret in a message.
Scheme: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

from erp_connect.core.errors import ConfigurationError, ConnectError, PayloadError, Whole

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"
SECRET_PREFIX = "whsec_"
TOLERANCE = 300
ALGORITHMS = ("sha256", "sha512", "sha1")
ENCODINGS = ("hex", "base64")
PARTS = (
	"timestamp", "timestamp_ms", "method", "path", "url", "body", "id", "body_sha256", "host", "folder", "body_md5",
	"form_md5", "form_md5_escaped", "key",
)  # fmt: skip
# A parameter of the query, as its receiver reads it: {query.time}.
QUERY = "query."

_PLACE = re.compile(rb"\{(" + "|".join(PARTS).encode() + rb"|query\.[A-Za-z0-9_-]+)\}")
_ANY_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_-]+)?)\}")
_MAX_SIGNATURES = 20
_MAX_HEADER = 4096


class SignatureError(ConnectError):
	"""A message is not signed by any of the secrets, or its time is too far off."""

	default_code = "signature"


def secret_bytes(secret: str) -> bytes:
	"""The key in a signing secret: `whsec_` and base64, or any other text as it is (UTF-8).

	Raises ConfigurationError when the part after `whsec_` is not base64, or the secret is empty.
	"""
	if not secret:
		raise ConfigurationError(
			"The signing secret is empty. Enter one of 24 characters or more.", code="secret"
		)
	if not secret.startswith(SECRET_PREFIX):
		return secret.encode()
	try:
		return decode_base64(secret[len(SECRET_PREFIX) :])
	except ValueError:
		raise ConfigurationError(
			"The signing secret starts with whsec_ but what follows is not base64. Copy it again in full.",
			code="secret",
		) from None


def new_secret(randomness: bytes) -> str:
	"""A `whsec_` secret from 24 to 64 random bytes."""
	if not 24 <= len(randomness) <= 64:
		raise ValueError("a signing secret takes 24 to 64 random bytes")
	return SECRET_PREFIX + base64.b64encode(randomness).decode()


def sign(message_id: str, timestamp: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
	"""The three Standard Webhooks headers for `body`, signed with every secret given.

	timestamp: seconds since 1970. Raises ConfigurationError for no or a malformed secret.
	"""
	keys = [secret_bytes(secret) for secret in secrets]
	if not keys:
		raise ConfigurationError("There is no signing secret. Enter one in the account.", code="secret")
	signatures = ("v1," + _signature(key, message_id, timestamp, body) for key in keys)
	return {
		ID_HEADER: message_id,
		TIMESTAMP_HEADER: str(timestamp),
		SIGNATURE_HEADER: " ".join(signatures),
	}


def verify(
	headers: Mapping[str, str],
	body: bytes,
	secrets: Iterable[str],
	*,
	now: float,
	tolerance: int = TOLERANCE,
) -> str:
	"""The message id, if `body` was signed by one of the secrets within `tolerance` seconds of `now`.

	Header names are taken in any case. Raises SignatureError for everything else, whatever the headers hold.
	"""
	lowered = {name.lower(): value for name, value in headers.items()}
	message_id = lowered.get(ID_HEADER, "")
	timestamp = _timestamp(lowered.get(TIMESTAMP_HEADER, ""))
	given = _given_signatures(lowered.get(SIGNATURE_HEADER, ""))
	if not message_id or timestamp is None or not given:
		raise SignatureError("The request is not signed: the webhook headers are missing or unreadable.")
	# Both directions: a request from the future would stay valid for as long as its sender likes.
	if abs(now - timestamp) > tolerance:
		raise SignatureError(
			"The request was signed more than {tolerance} seconds away from now. Check the sender's clock.",
			tolerance=tolerance,
		)
	matches = [
		hmac.compare_digest(_signature(secret_bytes(secret), message_id, timestamp, body).encode(), signature)
		for secret in secrets
		for signature in given
	]
	if not any(matches):
		raise SignatureError(
			"The signature does not fit the request. Check that both sides hold the same secret."
		)
	return message_id


def sign_message(algorithm: str, secret: bytes, message: bytes, encoding: str) -> str:
	"""HMAC of `message`. algorithm: one of `ALGORITHMS`; encoding: `hex` (lower case) or `base64`.

	Raises ConfigurationError for an unknown algorithm or encoding, or an empty secret.
	"""
	if algorithm not in ALGORITHMS or encoding not in ENCODINGS:
		raise ConfigurationError(
			"The signature {algorithm} as {encoding} is not known. Choose one of {algorithms} as hex or base64.",
			code="signing",
			algorithm=algorithm,
			encoding=encoding,
			algorithms=Whole(", ".join(ALGORITHMS)),
		)
	if not secret:
		raise ConfigurationError(
			"The secret that signs the requests is empty. Enter it in the account.", code="secret"
		)
	digest = hmac.new(secret, message, getattr(hashlib, algorithm)).digest()
	return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def parts_named(template: str) -> list[str]:
	"""The parts that `template` names."""
	return _ANY_PLACE.findall(template)


def check_template(template: str) -> None:
	"""Raises ConfigurationError if `template` is empty or names a part that does not exist."""
	named = parts_named(template)
	unknown = [name for name in named if name not in PARTS and not name.startswith(QUERY)]
	if unknown:
		raise ConfigurationError(
			"The signature template names {name}, which does not exist. Use one of {parts}.",
			code="signing",
			name=unknown[0],
			parts=Whole(", ".join(PARTS)),
		)
	if not named:
		raise ConfigurationError(
			"The signature template names no part of the request. Use at least one of {parts}.",
			code="signing",
			parts=Whole(", ".join(PARTS)),
		)


def compose_message(template: str, parts: Mapping[str, str | bytes]) -> bytes:
	"""The bytes to sign: `template` with each `{part}` replaced, once, by its value.

	parts: a value for each part that the template names; `body` as the exact bytes.
	Raises ConfigurationError for an unknown part, PayloadError for one that has no value here.
	"""
	check_template(template)

	def value(match: re.Match[bytes]) -> bytes:
		name = match[1].decode()
		if name not in parts:
			raise PayloadError(
				"The signature template uses {name}, which this request does not have. Correct the path or the query of the "
				"flow, or the template in the account.",
				code="signing",
				name=name,
			)
		part = parts[name]
		return part if isinstance(part, bytes) else part.encode()

	return _PLACE.sub(value, template.encode())


def decode_base64(text: str) -> bytes:
	"""Bytes of standard or URL-safe base64, padded or not. Raises ValueError for anything else."""
	plain = text.strip().rstrip("=").replace("-", "+").replace("_", "/")
	try:
		decoded = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
	except binascii.Error as error:
		raise ValueError("not base64") from error
	if not decoded:
		raise ValueError("not base64")
	return decoded


def _signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
	# Ids from outside may hold anything; surrogates must not raise.
	head = f"{message_id}.{timestamp}.".encode(errors="surrogatepass")
	return base64.b64encode(hmac.new(key, head + body, hashlib.sha256).digest()).decode()


def _timestamp(text: str) -> int | None:
	return int(text) if re.fullmatch(r"\d{1,12}", text, re.ASCII) else None


def _given_signatures(header: str) -> list[bytes]:
	if len(header) > _MAX_HEADER:
		return []
	entries = header.split(" ")[:_MAX_SIGNATURES]
	return [entry[3:].encode(errors="surrogatepass") for entry in entries if entry.startswith("v1,")]
